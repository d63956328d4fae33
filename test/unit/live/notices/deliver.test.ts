import { describe, expect, it } from 'vitest';
import { type DeliveryCode, DeliveryError } from '../../../../src/errors.ts';
import { createDeliverNotices } from '../../../../src/live/deliver.ts';
import { createLedger } from '../../../../src/live/ledger.ts';
import { createPlanNotices } from '../../../../src/live/plan-notices.ts';
import { takeFromQuota } from '../../../../src/live/quotas.ts';
import type { Rows } from '../../../../src/ports.ts';
import { breakIn, channel, PHONE, PRIVATE, person } from '../../notify/plan-situation.ts';
import { createWorld, MINUTE_MS, SENDERS, type SenderOptions } from './world.ts';

const SECOND = channel('c_second', 'jane@second.example');
const three = person({ channels: [PHONE, PRIVATE, SECOND] });
const [mail, sms, webhook] = SENDERS as readonly [SenderOptions, SenderOptions, SenderOptions];
const smtp: SenderOptions = { name: 'smtp', kind: 'email' };

/** Refuses mail to people in this way, so many times. */
const refusing = (code: DeliveryCode, times = Number.POSITIVE_INFINITY, retryAfterMs?: number): SenderOptions => ({
  ...mail,
  refuse: (message, tries) =>
    'to' in message && message.to !== 'desk@desk.example' && tries <= times
      ? new DeliveryError('acs-email', code, retryAfterMs === undefined ? {} : { retryAfterMs })
      : undefined,
});

async function state(world: Awaited<ReturnType<typeof createWorld>>) {
  const all = await world.deliveries();
  return Object.fromEntries(all.map(({ notice, status, why }) => [notice.channel, why ? `${status} ${why}` : status]));
}

describe('a provider that does not take a message', () => {
  it('throttled: waits as long as it was asked to, and sends with the same operation id', async () => {
    const world = await createWorld({ people: [three], senders: [refusing('THROTTLED', 2, 40_000), sms, webhook] });
    await world.found(breakIn());
    await world.settle();
    expect(await state(world)).toEqual({ c_phone: 'accepted', c_private: 'queued THROTTLED' });
    await world.pass(39_000);
    expect(world.toPeople()).toEqual(['sms +15550100']);
    await world.pass(42_000);
    expect(world.toPeople()).toEqual(['sms +15550100', 'email jane@private.example']);
    const tries = world.attempts.filter(({ message }) => 'to' in message && message.to === 'jane@private.example');
    expect([tries.length, new Set(tries.map(({ operationId }) => operationId)).size]).toEqual([3, 1]);
  });

  it('a 500, or a transport that breaks in a way of its own: again and again, then the next channel', async () => {
    const broken: SenderOptions = {
      ...mail,
      refuse: (message) =>
        'to' in message && message.to === 'jane@private.example'
          ? new TypeError('cannot read x of undefined')
          : undefined,
    };
    const world = await createWorld({
      people: [three],
      senders: [broken, { ...sms, result: { status: 'delivered' } }, webhook],
    });
    await world.found(breakIn());
    await world.pass(25 * MINUTE_MS);
    expect((await state(world)).c_private).toBe('queued UNAVAILABLE');
    await world.pass(60 * MINUTE_MS);
    expect(await state(world)).toMatchObject({ c_private: 'failed UNAVAILABLE', c_second: 'accepted' });
    const text = JSON.stringify(world.log.lines);
    expect(text).not.toContain('cannot read');
    expect(text).not.toMatch(/jane|\+1555|example\.org/);
  });

  it.each<[DeliveryCode, string | undefined]>([
    ['REFUSED', undefined],
    ['MISCONFIGURED', undefined],
    ['BAD_ADDRESS', 'failed'],
    ['STOPPED', 'stopped'],
  ])('%s: the next channel at once; lost: %s', async (code, lost) => {
    const world = await createWorld({
      people: [three],
      senders: [
        {
          ...mail,
          refuse: (message) =>
            'to' in message && message.to === 'jane@private.example' ? new DeliveryError('acs-email', code) : undefined,
        },
        sms,
        webhook,
      ],
    });
    await world.found(breakIn());
    await world.settle();
    expect(await state(world)).toEqual({ c_phone: 'accepted', c_private: `failed ${code}`, c_second: 'accepted' });
    expect((await world.people.get('p_jane'))?.channels[1]?.lost?.why).toBe(lost);
    expect((await world.tasks()).map(({ kind }) => kind)).toEqual(lost ? ['channel-lost'] : []);
    expect(await world.told()).toMatchObject({
      tellings: [{ spare: [], channels: ['c_phone', 'c_private', 'c_second'] }],
    });
  });

  it.each<DeliveryCode>(['THROTTLED', 'UNAVAILABLE', 'REFUSED', 'MISCONFIGURED'])(
    '%s, and there is another transport of the kind: that one, at once',
    async (code) => {
      const world = await createWorld({ people: [three], senders: [refusing(code), smtp, sms, webhook] });
      await world.found(breakIn());
      await world.settle();
      expect(
        world.sent.map(({ transport, message }) => ('to' in message ? `${transport} ${message.to}` : transport)),
      ).toEqual(expect.arrayContaining(['smtp jane@private.example', 'acs-sms +15550100']));
      expect((await world.deliveries()).find(({ notice }) => notice.channel === 'c_private')).toMatchObject({
        status: 'accepted',
        transport: 'smtp',
        attempts: 1,
      });
    },
  );

  it('no channel takes anything: the desk must reach the person, and the helper is asked for help', async () => {
    const helper = { name: 'Ann', kind: 'email', address: 'ann@friends.example' } as const;
    const alone = person({ channels: [PHONE, PRIVATE], safetyPlan: { wording: 'normal', helper } });
    const stopping: SenderOptions = { ...sms, refuse: () => new DeliveryError('acs-sms', 'STOPPED') };
    const bounce: SenderOptions = {
      ...mail,
      refuse: (message) =>
        'to' in message && message.to.startsWith('jane') ? new DeliveryError('acs-email', 'BAD_ADDRESS') : undefined,
    };
    const world = await createWorld({ people: [alone], senders: [bounce, stopping, webhook] });
    await world.found(breakIn());
    await world.settle();
    expect(world.toPeople()).toEqual(['email ann@friends.example']);
    expect((await world.tasks()).map(({ kind, why, priority }) => `${kind} ${why} ${priority}`).sort()).toEqual([
      'channel-lost failed 1',
      'channel-lost stopped 1',
      'reach-by-voice undelivered 0',
    ]);
    const toAnn = world.sent.find(({ message }) => 'to' in message && message.to.startsWith('ann'))?.message;
    expect(JSON.stringify(toAnn)).not.toMatch(/jane@|got in|Card|card 1/);
  });

  it('no transport for a kind at all: channels of that kind do not count', async () => {
    const world = await createWorld({ people: [person({ channels: [PHONE, PRIVATE] })], senders: [sms, webhook] });
    await world.found(breakIn());
    await world.settle();
    expect(world.toPeople()).toEqual(['sms +15550100']);
    expect((await world.tasks()).map(({ why }) => why)).toEqual(['one-channel']);
  });
});

describe('claims', () => {
  it('a live lease is waited for; an ended one is taken over', async () => {
    const world = await createWorld({ people: [person({ channels: [PHONE] })] });
    // The process dies after the provider took the message, and before that is written.
    const atSend = await stepOf((one) => one.startsWith('sent acs-sms'));
    world.plug.pullAt(atSend, 'after');
    await world.found(breakIn());
    await world.settle();
    expect(world.toPeople()).toEqual(['sms +15550100']);
    expect((await state(world)).c_phone).toBe('queued');
    await world.pass(1.5 * MINUTE_MS);
    expect(world.toPeople()).toHaveLength(1);
    await world.pass(1 * MINUTE_MS);
    expect(world.toPeople()).toEqual(['sms +15550100', 'sms +15550100']);
    const [first, second] = world.sent.filter(({ transport }) => transport === 'acs-sms');
    expect(first?.operationId).toBe(second?.operationId);
    expect(await state(world)).toEqual({ c_phone: 'accepted' });
  });

  async function stepOf(fits: (step: string) => boolean): Promise<number> {
    const world = await createWorld({ people: [person({ channels: [PHONE] })] });
    const before = world.plug.steps.length;
    await world.found(breakIn());
    await world.settle();
    return world.plug.steps.findIndex(fits) - before + 1;
  }

  it('the same queue message ten times over sends once', async () => {
    const world = await createWorld({ people: [three] });
    await world.found(breakIn());
    await world.settle();
    const [delivery] = await world.deliveries();
    for (let n = 0; n < 10; n++) {
      const body = { person: 'p_jane', notice: delivery?.notice.id };
      await world.broker.put([{ queue: 'notices', id: `again-${n}`, body }]);
    }
    await world.settle();
    expect(world.toPeople()).toHaveLength(2);
  });

  it('two instances with the same message at once: one sends', async () => {
    const world = await createWorld({ people: [three] });
    await world.found(breakIn());
    await world.settle();
    const ledger = createLedger(world.rows);
    const [delivery] = await world.deliveries();
    const stored = await ledger.delivery('p_jane', delivery?.notice.id ?? '');
    if (!stored) throw new Error('nothing stored');
    expect(await ledger.replace({ ...stored.delivery, attempts: 9 }, stored.tag)).toBe('done');
    expect(await ledger.replace({ ...stored.delivery, attempts: 8 }, stored.tag)).toBe('conflict');
  });
});

describe('since the plan', () => {
  it.each([
    ['was replaced', { retiredAt: new Date() }],
    ['was lost', { lost: { at: new Date(), why: 'stopped' as const } }],
  ])('a channel that %s while the notice waited carries nothing', async (_, change) => {
    const world = await createWorld({ people: [three], settings: { POSTERN_PROBE_BATCH_MINUTES: '60' } });
    await world.found({ ...breakIn(), outcome: 'attacked', changes: [] });
    await world.settle();
    await world.people.update('p_jane', (now) => ({
      ...now,
      channels: now.channels.map((one) => (one.id === 'c_private' ? { ...one, ...change } : one)),
    }));
    await world.pass(120 * MINUTE_MS);
    expect(world.toPeople().sort()).toEqual(['email jane@second.example', 'sms +15550100']);
    expect((await state(world)).c_private).toBe('failed NO_CHANNEL');
  });

  it('somebody whose enrollment ended while the notice waited is sent nothing', async () => {
    const world = await createWorld({ people: [three], settings: { POSTERN_PROBE_BATCH_MINUTES: '60' } });
    await world.found({ ...breakIn(), outcome: 'attacked', changes: [] });
    await world.settle();
    await world.people.remove('p_jane');
    await world.pass(120 * MINUTE_MS);
    expect(world.sent).toEqual([]);
  });
});

describe('many at once', () => {
  it('two instances plan and send the same finding at the same moment: each channel is told once', async () => {
    for (let round = 0; round < 5; round++) {
      const world = await createWorld({ people: [three] });
      const other = { ...world.ports, owner: 'two' };
      await world.found(breakIn());
      const body = { person: 'p_jane', finding: 'f_1' };
      await Promise.all([createPlanNotices(world.ports)(body), createPlanNotices(other)(body)]);
      const notices = (await world.deliveries()).map(({ notice }) => ({ person: 'p_jane', notice: notice.id }));
      const all = [...notices, ...notices, ...notices];
      const senders = [createDeliverNotices(world.ports), createDeliverNotices(other)];
      await Promise.all(all.map((message, index) => senders[index % 2]?.(message)));
      await world.pass(10 * MINUTE_MS);
      expect(world.toPeople().sort()).toEqual(['email jane@private.example', 'sms +15550100']);
      expect((await world.told()).tellings).toHaveLength(1);
      expect(world.toDesk()).toHaveLength(1);
    }
  });

  it('a quota holds however many ask at once', async () => {
    const world = await createWorld({ people: [], settings: { POSTERN_EMAIL_PER_MINUTE: '20' } });
    const turns = await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        takeFromQuota(world.ports, { name: 'acs-email', kind: 'email' }, 0, `n_${n}`),
      ),
    );
    expect(turns.filter(({ kind }) => kind === 'go').length).toBe(20);
  });

  it('a notice takes one token, also when somebody writes while it is claimed', async () => {
    const world = await createWorld({ people: [person()] });
    await world.found(breakIn());
    let collisions = 0;
    const { transact } = world.ports.rows;
    const rows: Rows = {
      ...world.ports.rows,
      transact: async (table, partition, writes, written) => {
        const [write] = writes;
        const isClaim = write?.op === 'replace' && 'lease' in (write.value as object);
        if (!isClaim || collisions >= 2) return transact(table, partition, writes, written);
        collisions += 1;
        return 'conflict';
      },
    };
    await createPlanNotices(world.ports)({ person: 'p_jane', finding: 'f_1' });
    const [mail] = (await world.deliveries()).filter(({ notice }) => notice.kind === 'email');
    await createDeliverNotices({ ...world.ports, rows })({ person: 'p_jane', notice: mail?.notice.id });
    expect(collisions).toBe(2);
    expect(world.toPeople()).toEqual(['email jane@private.example']);
    const quota = await world.rows.get('state', 'quota', 'acs-email');
    const hours = Object.values(
      (quota?.value as Record<string, Record<string, number>> | undefined)?.['3600000'] ?? {},
    );
    expect(hours).toEqual([1]);
  });
});
