import { afterEach, describe, expect, it } from 'vitest';
import { readPollState } from '../../../src/live/poll-state.ts';
import { readSnapshot } from '../../../src/live/snapshot-rows.ts';
import { EnrolledPerson } from '../../../src/model/enrolled-person.ts';
import { START, startReading } from '../../fixtures/graph/live-reading.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ID = '26be570a-ae82-4189-b4e2-a37c6808512d';
const PERSON = EnrolledPerson.parse({
  id: 'p_1',
  name: 'Dana',
  accounts: [{ kind: 'work', id: ID, upn: 'dana@example.org', mailOptIn: START }],
  enrolledAt: START,
});
const USER = {
  id: ID,
  userPrincipalName: 'dana@example.org',
  mail: 'dana@example.org',
  otherMails: ['dana.private@example.net'],
};
const audit = (id: string, at: Date) => ({
  id,
  activityDateTime: at.toISOString(),
  activityDisplayName: 'Self-service password reset flow activity progress',
  loggedByService: 'Self-service Password Management',
});
const signIn = (id: string, at: Date, type = 'interactiveUser') => ({
  id,
  createdDateTime: at.toISOString(),
  userId: ID,
  status: { errorCode: 0 },
  signInEventTypes: [type],
  isInteractive: type === 'interactiveUser',
});

type Reading = Awaited<ReturnType<typeof startReading>>;
let reading: Reading | undefined;
afterEach(() => reading?.close());

async function start(...args: Parameters<typeof startReading> extends [unknown, ...infer More] ? More : never) {
  reading = await startReading([PERSON], ...args);
  reading.control.putUsers([USER]);
  return reading;
}

describe('the poll', () => {
  it('idle: four requests and one write', async () => {
    const { poll, control, writes, advance } = await start();
    await poll.run();
    advance(MINUTE);
    await poll.run();
    control.resetStats();
    writes.count = 0;
    advance(MINUTE);
    await poll.run();
    const { calls } = control.stats();
    expect(
      Object.entries(calls)
        .map(([endpoint, { byStatus }]) => [endpoint, byStatus])
        .sort(),
    ).toEqual([
      ['GET /admin/exchange/tracing/messageTraces', { 200: 1 }],
      ['GET /auditLogs/directoryAudits', { 200: 1 }],
      ['GET /auditLogs/signIns', { 200: 1 }],
      ['GET /identityProtection/riskDetections', { 200: 1 }],
    ]);
    expect(writes.count).toBe(1);
  });

  it('reads every record of two days, however late it comes, and none of them makes a 429', async () => {
    const { poll, control, advance, ingested, clock } = await start();
    const all: string[] = [];
    const lateness = [0, 20_000, MINUTE, 10 * MINUTE, 40 * MINUTE, 2 * HOUR, 10 * HOUR];
    control.addRecords(
      Array.from({ length: 2000 }, (_, index) => {
        const at = new Date(START.getTime() + index * 80_000);
        const arrivesAt = new Date(at.getTime() + (lateness[index % lateness.length] ?? 0));
        const id = `record-${index}`;
        if (arrivesAt.getTime() < START.getTime() + 40 * HOUR) all.push(id);
        return index % 2 === 0
          ? { source: 'directory-audits' as const, record: audit(id, at), arrivesAt }
          : {
              source: 'sign-ins' as const,
              record: signIn(id, at, index % 4 === 1 ? 'interactiveUser' : 'nonInteractiveUser'),
              arrivesAt,
            };
      }),
    );
    const end = START.getTime() + 48 * HOUR;
    while (clock.now().getTime() < end) {
      await poll.run();
      advance(3 * MINUTE);
    }
    const seen = new Set(ingested.map(({ id }) => id));
    expect(all.filter((id) => !seen.has(id))).toEqual([]);
    const { quotas } = control.stats();
    for (const [name, { throttled }] of Object.entries(quotas as Record<string, { throttled: number }>))
      expect([name, throttled]).toEqual([name, 0]);
  });

  it('one source blind, the others read', async () => {
    const { poll, control, ingested, coverage } = await start({}, { license: 'none' });
    control.addRecords([{ source: 'directory-audits', record: audit('a', START), arrivesAt: START }]);
    const report = await poll.run();
    expect(report).toMatchObject({ kind: 'done', sources: { 'sign-ins': { failed: 'NOT_LICENSED' } } });
    expect(ingested.map(({ id }) => id)).toContain('a');
    const gaps = (await coverage.gaps()).map(({ source, why }) => `${source} ${why}`);
    expect(gaps).toEqual(['sign-ins licence', 'risk-detections permission']);
  });

  it('reads mailbox activity when the query has run', async () => {
    const { poll, control, advance, ingested } = await start();
    const record = {
      id: 'mailbox-1',
      createdDateTime: new Date(START.getTime() - HOUR).toISOString(),
      auditLogRecordType: 'exchangeAdmin',
      operation: 'New-InboxRule',
      userPrincipalName: 'dana@example.org',
      userId: 'dana@example.org',
      service: 'Exchange',
      auditData: {},
    };
    control.addRecords([{ source: 'mailbox-activity', record, arrivesAt: START }]);
    await poll.run();
    advance(15 * MINUTE);
    await poll.run();
    expect(ingested.map(({ id }) => id)).toEqual(['mailbox-1']);
  });
});

describe('push', () => {
  it('a changed user: one POST, one message, fields read, differences ingested, methods looked at after the next poll', async () => {
    const { poll, subscriptions, control, advance, deliver, ingested, rows, clock } = await start();
    await poll.run();
    expect(await subscriptions.renew()).toMatchObject({ created: 1 });
    advance(2 * MINUTE);
    control.setMethods(ID, [
      {
        '@odata.type': '#microsoft.graph.fido2AuthenticationMethod',
        id: 'key-1',
        createdDateTime: null,
        displayName: 'key',
      } as never,
    ]);
    control.patchUser(ID, { otherMails: ['collector@example.net'] });
    advance(MINUTE);
    await deliver();
    expect(ingested.map(({ change, method }) => `${change} ${method}`).sort()).toEqual([
      'added directory email',
      'removed directory email',
    ]);
    ingested.length = 0;
    advance(3 * MINUTE);
    await poll.run();
    expect(ingested.map(({ change, method }) => `${change} ${method}`)).toEqual([
      'added #microsoft.graph.fido2AuthenticationMethod',
    ]);
    expect((await readSnapshot(rows, 'p_1', ID)).methods?.at.getTime()).toBeLessThanOrEqual(clock.now().getTime());
    expect(Object.values(control.stats().notifications)).toMatchObject([{ delivered: 1, failedPosts: 0 }]);
  });

  it('new mail: its metadata is read, also when notifications come twice and in disorder', async () => {
    const env = { POSTERN_MAIL_SUBSCRIPTIONS: 'on' };
    const { subscriptions, control, advance, deliver, ingested, poll } = await start(env, {
      duplicateEvery: 1,
      reorder: true,
    });
    await poll.run();
    ingested.length = 0;
    expect(await subscriptions.renew()).toMatchObject({ created: 2 });
    for (const id of ['mail-1', 'mail-2'])
      control.addMail(ID, {
        id,
        receivedDateTime: START.toISOString(),
        subject: 'Your code',
        from: { emailAddress: { address: 'security@provider.example', name: '' } },
        toRecipients: [],
        internetMessageId: `<${id}@provider.example>`,
      } as never);
    advance(MINUTE);
    await deliver();
    advance(MINUTE);
    await deliver();
    expect(new Set(ingested.map(({ id }) => id))).toEqual(new Set(['mail-1', 'mail-2']));
    expect(ingested[0]).toMatchObject({ mailbox: { id: ID, userPrincipalName: 'dana@example.org' } });
    expect(JSON.stringify(ingested)).not.toContain('bodyPreview');
  });

  it('a lost users subscription is made again; a removed mail subscription, too, and its mail read again', async () => {
    const env = { POSTERN_MAIL_SUBSCRIPTIONS: 'on' };
    const { subscriptions, control, advance, deliver, ingested, poll } = await start(env);
    await poll.run();
    await subscriptions.renew();
    const [users, mail] = ['users', 'messages'].map((word) =>
      String(control.subscriptions().find(({ resource }) => String(resource).endsWith(word))?.id),
    );
    control.loseSubscription(users ?? '');
    control.addMail(ID, {
      id: 'mail-1',
      receivedDateTime: START.toISOString(),
      subject: 'Your code',
      from: { emailAddress: { address: 'security@provider.example', name: '' } },
      toRecipients: [],
      internetMessageId: '<1@provider.example>',
    } as never);
    control.loseSubscription(mail ?? '');
    ingested.length = 0;
    advance(MINUTE);
    await deliver();
    expect(ingested.map(({ id }) => id)).toContain('mail-1');
    advance(15 * MINUTE);
    expect(await subscriptions.renew()).toMatchObject({ wanted: 2, created: 1, kept: 1 });
    expect(control.subscriptions()).toHaveLength(2);
  });

  it('subscriptions live on for two months', async () => {
    const env = { POSTERN_MAIL_SUBSCRIPTIONS: 'on' };
    const { subscriptions, control, advance, deliver, poll } = await start(env);
    await poll.run();
    await subscriptions.renew();
    const ids = control.subscriptions().map(({ id }) => id);
    for (let hours = 0; hours < 24 * 60; hours += 3) {
      advance(3 * HOUR);
      await subscriptions.renew();
      await poll.run();
      if (hours % 24 === 0) await deliver();
    }
    expect(control.subscriptions().map(({ id }) => id)).toEqual(ids);
    expect(control.stats().calls['POST /subscriptions']).toMatchObject({ calls: 2 });
  });

  it('when polls have stopped, a notification starts one', async () => {
    const { subscriptions, control, advance, deliver, poll, rows, clock } = await start();
    await poll.run();
    await subscriptions.renew();
    advance(HOUR);
    control.patchUser(ID, { mobilePhone: '+1 555 0111' });
    advance(MINUTE);
    await deliver();
    expect((await readPollState(rows)).state.at).toEqual(clock.now());
  });
});
