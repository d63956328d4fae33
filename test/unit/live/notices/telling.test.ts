import { describe, expect, it } from 'vitest';
import { createDueRows } from '../../../../src/live/due.ts';
import { cardPair, personCardKey } from '../../../../src/notify/card.ts';
import { breakIn, channel, finding, KEY, NOW, PHONE, person, signal, WORK } from '../../notify/plan-situation.ts';
import { createWorld, MINUTE_MS } from './world.ts';

describe('from a finding to the person', () => {
  it('a break-in: two full notices at once, the desk is told by both ways, everything is in the ledger', async () => {
    const world = await createWorld({ people: [person()] });
    await world.found(breakIn());
    await world.settle();
    expect(world.toPeople()).toEqual(['sms +15550100', 'email jane@private.example']);
    expect(
      (await world.deliveries()).map(({ notice, status, transport, attempts }) => [
        notice.channel,
        status,
        transport,
        attempts,
      ]),
    ).toEqual(
      expect.arrayContaining([
        ['c_phone', 'accepted', 'acs-sms', 1],
        ['c_private', 'accepted', 'acs-email', 1],
      ]),
    );
    const { tellings } = await world.told();
    const reference = tellings[0]?.reference ?? '';
    expect(tellings).toMatchObject([{ state: 'got-in', pending: false, card: 1 }]);
    expect(world.toDesk()).toEqual([
      `Herald Postern: somebody got in, ref ${reference.slice(0, 4)}-${reference.slice(4)}`,
    ]);
    const posted = world.sent.find(({ transport }) => transport === 'desk-webhook')?.message;
    expect(posted).toMatchObject({
      kind: 'webhook',
      body: {
        schema: 'postern.desk/1',
        kind: 'break-in',
        priority: 0,
        reference,
        person: { id: 'p_jane', name: 'Jane Doe' },
      },
    });
    const words = cardPair(personCardKey(KEY, 'p_jane'), 1);
    const texts = world.sent.flatMap(({ message }) =>
      'text' in message && message.to !== 'desk@desk.example' ? [message.text] : [],
    );
    expect(texts.every((text) => text.includes(words))).toBe(true);
  });

  it('details that the person’s notice leaves out are in the desk’s, each on one line', async () => {
    const world = await createWorld({ people: [person()] });
    const evil = 'Phone\r\nBcc: x@evil.example\u202egnp';
    const hit = signal({
      rule: 'reset-completed-new-place',
      recordId: 'r2',
      ip: '192.0.2.7',
      country: 'NL',
      client: evil,
    });
    await world.found(breakIn({ evidence: [signal(), hit] }));
    await world.settle();
    const mail = world.sent.find(
      ({ message }) => message.kind === 'email' && message.to === 'desk@desk.example',
    )?.message;
    const text = mail && 'text' in mail ? mail.text : '';
    expect(text).toContain('[192.0.2.7, NL, Phone Bcc: x@evil.examplegnp]');
    expect(text).toContain('Person: Jane Doe (p_jane)');
    expect(text).toContain('- sms c_phone: not touched by the attack');
    expect(text).toContain('- email c_work: may be in the hands of the attacker (affected-mailbox)');
    expect(text).not.toMatch(/^Bcc/m);
    const toJane = world.sent.filter(({ message }) => 'to' in message && message.to !== 'desk@desk.example');
    for (const { message } of toJane) expect(JSON.stringify(message)).not.toMatch(/192\.0\.2\.7|reset-completed|Bcc/);
  });

  it('attempts wait for their batch, by a due row and the sweeper', async () => {
    const world = await createWorld({ people: [person()], settings: { POSTERN_PROBE_BATCH_MINUTES: '60' } });
    await world.found(finding());
    await world.pass(29 * MINUTE_MS);
    expect(world.toPeople()).toEqual([]);
    await world.pass(70 * MINUTE_MS);
    expect(world.toPeople().sort()).toEqual(['email jane@private.example', 'sms +15550100']);
    expect(world.toDesk()).toEqual([]);
  });

  it('a batch that gets worse while it waits is told once, as the worse thing', async () => {
    const world = await createWorld({ people: [person()], settings: { POSTERN_PROBE_BATCH_MINUTES: '60' } });
    await world.found(finding());
    await world.pass(10 * MINUTE_MS);
    await world.found(breakIn({ revision: 'v2' }));
    await world.pass(120 * MINUTE_MS);
    expect((await world.deliveries()).map(({ notice }) => notice.state)).toEqual(['got-in', 'got-in']);
    expect(world.toPeople()).toEqual(['sms +15550100', 'email jane@private.example']);
  });

  it('the same message again, and later revisions, tell nobody again', async () => {
    const world = await createWorld({ people: [person()] });
    await world.found(breakIn());
    await world.settle();
    await world.pass(11 * MINUTE_MS);
    await world.broker.put([{ queue: 'findings', id: 'again', body: { finding: 'f_1', person: 'p_jane' } }]);
    await world.found(breakIn({ revision: 'v2', last: NOW }));
    await world.settle();
    expect(world.toPeople()).toHaveLength(2);
    expect(await world.told()).toMatchObject({ tellings: [{ folded: 1 }] });
    expect(world.toDesk()).toHaveLength(1);
  });

  it.each<[string, Parameters<Awaited<ReturnType<typeof createWorld>>['found']>]>([
    ['only staged chains conclude', [breakIn(), { tell: 'nobody' }]],
    ['somebody whose enrollment ended', [breakIn({ person: 'p_gone' })]],
    ['withdrawn before anybody was told', [breakIn(), { state: 'withdrawn' }]],
  ])('tells nobody: %s', async (_, args) => {
    const world = await createWorld({ people: [person()] });
    await world.found(...args);
    await world.pass(200 * MINUTE_MS);
    expect(world.sent).toEqual([]);
    expect(await world.tasks()).toEqual([]);
  });

  it('a staged chain that says more than the others is not told', async () => {
    const world = await createWorld({ people: [person()] });
    await world.found(breakIn({ changes: [] }), { tell: 'identified' });
    await world.settle();
    expect((await world.deliveries()).map(({ notice }) => notice.state)).toEqual(['tried', 'tried']);
    expect(world.toDesk()).toEqual([]);
  });

  it('what waits is taken back when the finding is withdrawn', async () => {
    const world = await createWorld({ people: [person()], settings: { POSTERN_PROBE_BATCH_MINUTES: '60' } });
    await world.found(finding());
    await world.settle();
    await world.found(finding({ revision: 'v2' }), { state: 'withdrawn' });
    await world.pass(300 * MINUTE_MS);
    expect(world.sent).toEqual([]);
    expect(await world.deliveries()).toEqual([]);
  });

  it.each([{ queue: 'findings' }, { queue: 'notices' }] as const)(
    'a body that is not ours is dropped: $queue',
    async ({ queue }) => {
      const world = await createWorld({ people: [person()] });
      await world.broker.put([
        { queue, id: 'x', body: 'hello' },
        { queue, id: 'y', body: { person: 7 } },
      ]);
      await world.settle();
      expect(world.log.lines.map(({ level }) => level)).toEqual(['error', 'error']);
      expect(world.broker.length()).toBe(0);
    },
  );
});

describe('dry-run', () => {
  it('composes and records everything, sends nothing, and going live tells what is still going on', async () => {
    const world = await createWorld({
      people: [person({ channels: [PHONE, WORK] })],
      settings: { POSTERN_MODE: 'dry-run' },
    });
    await world.found(breakIn());
    await world.pass(300 * MINUTE_MS);
    expect(world.sent).toEqual([]);
    const due: unknown[] = [];
    for await (const row of createDueRows(world.rows).all()) due.push(row);
    expect(due).toEqual([]);
    expect((await world.deliveries()).map(({ notice, status }) => [notice.channel, status])).toEqual(
      expect.arrayContaining([
        ['c_phone', 'dry-run'],
        ['c_work', 'dry-run'],
      ]),
    );
    expect((await world.tasks()).map(({ kind, why }) => [kind, why])).toEqual([['reach-by-voice', 'one-channel']]);
  });
});

describe('bad days', () => {
  it('a person without any proven channel: the desk, at once', async () => {
    const world = await createWorld({ people: [person({ channels: [{ ...PHONE, provenAt: undefined }] })] });
    await world.found(breakIn());
    await world.settle();
    expect(world.toPeople()).toEqual([]);
    expect((await world.tasks()).map(({ kind, why, priority }) => [kind, why, priority])).toEqual([
      ['reach-by-voice', 'no-channel', 0],
    ]);
    expect(world.toDesk()).toHaveLength(2);
  });

  it.each([
    ['line breaks', 'jane@private.example\r\nBcc: all@evil.example'],
    ['a second recipient', 'jane@private.example,eve@evil.example'],
    ['a display name', 'Jane <jane@private.example>'],
  ])('an address with %s reaches no sender: the channel is lost, the next one is used', async (_, address) => {
    const evil = channel('c_evil', address, { kind: 'email' });
    const good = channel('c_good', 'jane@second.example');
    const world = await createWorld({ people: [person({ channels: [PHONE, evil, good] })] });
    await world.found(breakIn());
    await world.settle();
    const reached = world.attempts.flatMap(({ message }) => ('to' in message ? [message.to] : []));
    expect(new Set(reached)).toEqual(new Set(['+15550100', 'jane@second.example', 'desk@desk.example']));
    const channels = (await world.people.get('p_jane'))?.channels.map(({ id, lost }) => [id, lost?.why]);
    expect(channels).toEqual([
      ['c_phone', undefined],
      ['c_evil', 'failed'],
      ['c_good', undefined],
    ]);
    expect((await world.tasks()).map(({ kind, why }) => [kind, why])).toEqual([['channel-lost', 'failed']]);
  });

  it('a name in mixed directions is written, and nothing of it leaves its place', async () => {
    const world = await createWorld({ people: [person({ name: 'Jane \u202e\u05d3\u05e0\u05d9\r\nX-Evil: 1' })] });
    await world.found(breakIn());
    await world.settle();
    expect(world.toPeople()).toHaveLength(2);
    for (const { message } of world.sent) {
      if (message.kind === 'email') expect(message.subject).not.toMatch(/[\r\n\u202e]/);
    }
  });
});
