import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readSettings } from '../../../src/config.ts';
import { personsMentioned } from '../../../src/live/erasure.ts';
import { readSnapshot, snapshotPartition, wantedSnapshots } from '../../../src/live/snapshot-rows.ts';
import { createSnapshots } from '../../../src/live/snapshots.ts';
import { createManualClock, createMemoryLog, createMemoryRows } from '../../../src/memory.ts';
import { EnrolledPerson } from '../../../src/model/enrolled-person.ts';
import type { RawRecord } from '../../../src/ports.ts';
import { createAuthenticationMethods } from '../../../src/sources/authentication-methods.ts';
import { createFakeGraph, type FakeAnswer } from '../../fixtures/graph/fake-graph.ts';

const NOW = new Date('2026-03-02T12:00:00Z');
const HOUR = 3600_000;
const ID = '26be570a-ae82-4189-b4e2-a37c6808512d';
const hash = (value: string) => `#${createHmac('sha256', 'key').update(value).digest('hex').slice(0, 8)}`;
const later = (ms: number) => new Date(NOW.getTime() + ms);

const PERSON = EnrolledPerson.parse({
  id: 'p_1',
  name: 'Dana',
  accounts: [{ kind: 'work', id: ID, upn: 'dana@example.org' }],
  enrolledAt: NOW,
});
const MAIL = {
  '@odata.type': '#microsoft.graph.emailAuthenticationMethod',
  id: 'm1',
  emailAddress: 'Dana.Private@example.org',
};
const PHONE = { '@odata.type': '#microsoft.graph.phoneAuthenticationMethod', id: 'm2', phoneNumber: '+1 5550100' };
const PASSWORD = {
  '@odata.type': '#microsoft.graph.passwordAuthenticationMethod',
  id: 'm0',
  createdDateTime: NOW.toISOString(),
};
const USER = { id: ID, otherMails: ['dana.private@example.org'], mobilePhone: '+1 555-0100', businessPhones: [] };
const RULE = {
  id: 'r1',
  displayName: '.',
  isEnabled: true,
  conditions: { subjectContains: ['code'] },
  actions: { delete: true },
};

function setUp(people: readonly EnrolledPerson[] = [PERSON], answers: Record<string, FakeAnswer> = {}) {
  const tenant = { methods: [PASSWORD, MAIL, PHONE] as RawRecord[], user: USER as RawRecord, rules: [] as RawRecord[] };
  const graph = createFakeGraph({
    [`GET /users/${ID}/authentication/methods`]: () => ({ pages: [tenant.methods] }),
    [`GET /users/${ID}`]: () => tenant.user,
    [`GET /users/${ID}/mailFolders/inbox/messageRules`]: () => ({ pages: [tenant.rules] }),
    'GET /auditLogs/signIns': () => ({ pages: [[{ id: 's1' }]] }),
    ...answers,
  });
  const clock = createManualClock(NOW);
  const rows = createMemoryRows();
  const ingested: RawRecord[] = [];
  const snapshots = createSnapshots({
    graph,
    rows,
    clock,
    log: createMemoryLog(),
    ingest: async (records) => {
      ingested.push(...records);
      return { hits: 0, unreadable: 0 };
    },
    settings: readSettings({}).settings,
    people: async () => people,
    hash,
  });
  const work = () => snapshots.work(later(365 * 24 * HOUR));
  return { tenant, graph, clock, rows, ingested, snapshots, work };
}

/** A baseline, and time to the next look. */
async function withBaseline(answers: Record<string, FakeAnswer> = {}) {
  const set = setUp([PERSON], answers);
  await set.work();
  set.ingested.length = 0;
  set.graph.calls.length = 0;
  set.clock.set(later(HOUR));
  return set;
}

describe('a baseline', () => {
  it('is taken when somebody is enrolled, once, and makes no records but past sign-ins', async () => {
    const { work, graph, ingested, rows } = setUp();
    await work();
    expect(graph.calls.map(({ call }) => decodeURIComponent(call))).toEqual([
      `GET /users/${ID}/authentication/methods`,
      `GET /users/${ID}?$select=id,userPrincipalName,otherMails,mobilePhone,businessPhones,lastPasswordChangeDateTime,signInSessionsValidFromDateTime`,
      `GET /auditLogs/signIns?$filter=userId eq '${ID}' and createdDateTime ge 2026-01-31T12:00:00Z&$top=1000`,
      `GET /users/${ID}/mailFolders/inbox/messageRules`,
    ]);
    expect(ingested).toEqual([{ id: 's1' }]);
    await work();
    expect(graph.calls).toHaveLength(4);
    expect((await readSnapshot(rows, 'p_1', ID)).placesAt).toEqual(NOW);
  });

  it('holds keyed hashes only', async () => {
    const { work, rows } = setUp();
    await work();
    const stored = JSON.stringify((await rows.get('state', snapshotPartition('p_1'), ID))?.value);
    expect(stored).not.toMatch(/example\.org|5550100|555-0100/i);
    // Different spellings of one number or address are one.
    expect(stored.split(hash('dana.private@example.org')).length).toBeGreaterThan(2);
    expect(stored.split(hash('+15550100')).length).toBeGreaterThan(2);
  });

  it('of somebody enrolled later is taken then, also by another process', async () => {
    const people = [PERSON];
    const { work, graph, rows, clock } = setUp(people);
    await work();
    graph.calls.length = 0;
    const other = setUp([...people, { ...PERSON, id: 'p_2', enrolledAt: later(HOUR) }]);
    for await (const row of rows.scan('state'))
      await other.rows.transact('state', row.partition, [{ op: 'put', row: row.row, value: row.value }]);
    other.clock.set(later(HOUR));
    await other.work();
    expect(clock.now()).toEqual(NOW);
    expect((await readSnapshot(other.rows, 'p_2', ID)).methods?.at).toEqual(later(HOUR));
    expect((await readSnapshot(other.rows, 'p_1', ID)).methods?.at).toEqual(NOW);
  });

  it('of a mailbox elsewhere is its rules, if its owner opted in', async () => {
    const linked = { kind: 'linked' as const, id: ID, upn: 'dana@example.net' };
    const withoutConsent = setUp([{ ...PERSON, accounts: [linked] }]);
    await withoutConsent.work();
    expect(withoutConsent.graph.paths()).toEqual([]);
    const withConsent = setUp([{ ...PERSON, accounts: [{ ...linked, mailOptIn: NOW }] }]);
    await withConsent.work();
    expect(withConsent.graph.paths()).toEqual([`GET /users/${ID}/mailFolders/inbox/messageRules`]);
  });
});

describe('a difference', () => {
  const source = createAuthenticationMethods({
    hash,
    indicators: { ofAddress: () => undefined, ofDomain: () => undefined },
    clientOf: () => undefined,
  });
  /** What rules see of the differences. */
  const seen = (records: readonly RawRecord[]) =>
    records.map((record) => {
      const reading = source.toLogEvent(record);
      return reading.kind === 'event' ? reading.event.fields.postern : reading;
    });

  it.each<[string, (tenant: ReturnType<typeof setUp>['tenant']) => void, unknown[]]>([
    ['nothing', () => {}, []],
    [
      'an added key',
      (tenant) => tenant.methods.push({ '@odata.type': '#microsoft.graph.fido2AuthenticationMethod', id: 'm3' }),
      [{ method: { action: 'added', type: 'passkey' } }],
    ],
    [
      'a replaced address keeps its id',
      (tenant) => tenant.methods.splice(1, 1, { ...MAIL, emailAddress: 'other@example.net' }),
      [
        {
          method: { action: 'updated', type: 'email' },
          contact: { changed: ['email'], new: [hash('other@example.net')], old: [hash('dana.private@example.org')] },
        },
      ],
    ],
    [
      'another spelling of the same number',
      (tenant) => tenant.methods.splice(2, 1, { ...PHONE, phoneNumber: '+15550100' }),
      [],
    ],
    [
      'a removed phone',
      (tenant) => tenant.methods.splice(2, 1),
      [{ method: { action: 'removed', type: 'phone' }, contact: { changed: ['phone'], old: [hash('+15550100')] } }],
    ],
    [
      'a password that was set',
      (tenant) => tenant.methods.splice(0, 1, { ...PASSWORD, createdDateTime: later(HOUR) }),
      [],
    ],
    [
      'a mobile number in the directory',
      (tenant) => {
        tenant.user = { ...USER, mobilePhone: '+1 555 0111' };
      },
      [
        { method: { action: 'added', type: 'phone' }, contact: { changed: ['phone'], new: [hash('+15550111')] } },
        { method: { action: 'removed', type: 'phone' }, contact: { changed: ['phone'], old: [hash('+15550100')] } },
      ],
    ],
    [
      'other mails in another order',
      (tenant) => {
        tenant.user = { ...USER, otherMails: ['DANA.PRIVATE@example.org'] };
      },
      [],
    ],
  ])('%s', async (_, change, expected) => {
    const { tenant, ingested, snapshots, work } = await withBaseline();
    change(tenant);
    await snapshots.want(['p_1'], 'chain');
    await work();
    expect(seen(ingested)).toEqual(expected);
  });

  it('has one id, however often it is found, and another when it happens again', async () => {
    const fail = { now: false };
    const { tenant, ingested, snapshots, work, clock } = await withBaseline({
      [`GET /users/${ID}/mailFolders/inbox/messageRules`]: () => (fail.now ? 'UNAVAILABLE' : { pages: [[]] }),
    });
    const add = { '@odata.type': '#microsoft.graph.fido2AuthenticationMethod', id: 'm3' };
    tenant.methods.push(add);
    fail.now = true;
    await snapshots.want(['p_1'], 'chain');
    // What was read before the failure is ingested and not stored: found again by the next try.
    await expect(work()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    fail.now = false;
    clock.set(later(2 * HOUR));
    await work();
    expect(ingested).toHaveLength(2);
    expect(ingested[0]?.id).toBe(ingested[1]?.id);
    tenant.methods.pop();
    clock.set(later(3 * HOUR));
    await snapshots.want(['p_1'], 'chain');
    await work();
    tenant.methods.push(add);
    clock.set(later(4 * HOUR));
    await snapshots.want(['p_1'], 'chain');
    await work();
    expect(new Set(ingested.map(({ id }) => id)).size).toBe(3);
    expect(String(ingested[0]?.id)).not.toContain('example');
  });

  it('of inbox rules reads as Exchange would have written it, with hashes for addresses', async () => {
    const { tenant, ingested, snapshots, work } = await withBaseline();
    const forward = {
      id: 'r2',
      isEnabled: true,
      actions: {
        forwardTo: [{ emailAddress: { address: 'collector@example.net' } }],
        markAsRead: true,
        moveToFolder: 'AAMk=',
      },
    };
    tenant.rules.push(RULE, forward, { ...RULE, id: 'r3', isEnabled: false });
    await snapshots.want(['p_1'], 'hint');
    await work();
    expect(ingested).toMatchObject([
      {
        operation: 'New-InboxRule',
        createdDateTime: later(HOUR).toISOString(),
        userPrincipalName: 'dana@example.org',
        auditData: { MailboxOwnerUPN: 'dana@example.org', Parameters: [{ Name: 'DeleteMessage', Value: 'True' }] },
      },
      {
        auditData: {
          Parameters: [
            { Name: 'MarkAsRead', Value: 'True' },
            { Name: 'MoveToFolder', Value: 'AAMk=' },
            { Name: 'ForwardTo', Value: expect.stringMatching(/^#[0-9a-f]{8}$/) },
          ],
        },
      },
    ]);
    expect(JSON.stringify(ingested)).not.toContain('collector');
  });

  it('of a rule that was changed is a change, of one that was only moved is none', async () => {
    const { tenant, ingested, snapshots, work, clock } = await withBaseline();
    tenant.rules.push(RULE);
    await snapshots.want(['p_1'], 'hint');
    await work();
    ingested.length = 0;
    tenant.rules = [{ ...RULE, sequence: 7 }];
    clock.set(later(2 * HOUR));
    await snapshots.want(['p_1'], 'hint');
    await work();
    expect(ingested).toEqual([]);
    tenant.rules = [{ ...RULE, actions: { permanentDelete: true } }];
    clock.set(later(3 * HOUR));
    await snapshots.want(['p_1'], 'hint');
    await work();
    expect(ingested.map(({ operation }) => operation)).toEqual(['Set-InboxRule']);
  });
});

describe('order and limits', () => {
  it('the urgent come first, and what time does not suffice for stays wanted', async () => {
    const people = ['p_1', 'p_2', 'p_3'].map((id) => ({ ...PERSON, id }));
    const { snapshots, rows, clock } = setUp(people);
    await snapshots.want(['p_2'], 'hint');
    await snapshots.want(['p_3'], 'chain');
    await snapshots.work(NOW);
    const left: string[] = [];
    for await (const { person, why } of wantedSnapshots(rows)) left.push(`${why} ${person}`);
    expect(left).toEqual(['chain p_3', 'hint p_2', 'enrolled p_1', 'enrolled p_2', 'enrolled p_3']);
    clock.set(NOW);
  });

  it('when time never suffices everybody has a turn', async () => {
    const people = ['p_1', 'p_2', 'p_3'].map((id) => ({ ...PERSON, id }));
    const { snapshots, rows, clock, work } = setUp(people);
    await work();
    const taken: string[] = [];
    for (let round = 1; round <= 6; round++) {
      await snapshots.want(['p_1', 'p_2', 'p_3'], 'chain');
      const now = later(round * HOUR);
      clock.set(now);
      // The first look at the clock is in time, the next one is not.
      let looks = 0;
      const until = { valueOf: () => (looks++ === 0 ? Number.POSITIVE_INFINITY : 0) } as Date;
      await snapshots.work(until);
      for (const { id } of people)
        if ((await readSnapshot(rows, id, ID)).methods?.at.getTime() === now.getTime()) taken.push(id);
    }
    expect(taken).toEqual(['p_1', 'p_2', 'p_3', 'p_1', 'p_2', 'p_3']);
  });

  it('a snapshot two minutes old is not taken again', async () => {
    const { snapshots, graph, clock, work } = await withBaseline();
    clock.set(later(60_000));
    await snapshots.want(['p_1'], 'chain');
    await work();
    expect(graph.calls).toEqual([]);
  });

  it('somebody who is no longer enrolled is not looked at', async () => {
    const { snapshots, graph, rows, work } = await withBaseline();
    await snapshots.want(['p_9'], 'chain');
    await work();
    expect(graph.calls).toEqual([]);
    for await (const { person } of wantedSnapshots(rows)) expect(person).toBe('nobody');
  });
});

describe('what cannot be read', () => {
  it('is kept by part, and the other parts are read', async () => {
    const { work, rows, snapshots } = setUp([PERSON], {
      [`GET /users/${ID}/authentication/methods`]: () => 'FORBIDDEN',
      [`GET /users/${ID}/mailFolders/inbox/messageRules`]: () => 'NOT_FOUND',
    });
    await work();
    const stored = await readSnapshot(rows, 'p_1', ID);
    expect(stored.missing).toEqual({ methods: 'FORBIDDEN', rules: 'NOT_FOUND' });
    expect(stored.fields?.at).toEqual(NOW);
    // No mailbox is nobody's missing permission.
    expect(snapshots.trouble()).toEqual({ methods: 'FORBIDDEN', fields: 'ok', places: 'ok' });
  });

  it('is no trouble as long as it can be read for others', async () => {
    let isForbidden = false;
    const { work, snapshots, clock } = setUp([PERSON], {
      [`GET /users/${ID}/mailFolders/inbox/messageRules`]: () => (isForbidden ? 'FORBIDDEN' : { pages: [[]] }),
    });
    await work();
    isForbidden = true;
    clock.set(later(HOUR));
    await snapshots.want(['p_1'], 'chain');
    await work();
    expect(snapshots.trouble().rules).toBe('ok');
    clock.set(later(25 * HOUR));
    await snapshots.want(['p_1'], 'chain');
    await work();
    expect(snapshots.trouble().rules).toBe('FORBIDDEN');
  });
});

describe('a hint that a user changed', () => {
  const account = PERSON.accounts[0] as EnrolledPerson['accounts'][0];

  it('reads the recovery fields only', async () => {
    const { snapshots, graph } = await withBaseline();
    await snapshots.checkFields(PERSON, account);
    expect(graph.paths()).toEqual([`GET /users/${ID}`]);
  });

  it.each<[string, RawRecord, number, boolean]>([
    ['nothing of ours', USER, 0, false],
    ['a new address', { ...USER, otherMails: ['other@example.net'] }, 2, true],
    ['a new password', { ...USER, lastPasswordChangeDateTime: '2026-03-02T12:30:00Z' }, 0, true],
    ['ended sessions', { ...USER, signInSessionsValidFromDateTime: '2026-03-02T12:30:00Z' }, 0, true],
  ])('%s', async (_, user, records, wanted) => {
    const { tenant, snapshots, ingested, rows } = await withBaseline();
    tenant.user = user;
    await snapshots.checkFields(PERSON, account);
    expect(ingested).toHaveLength(records);
    const left: string[] = [];
    for await (const { person, why } of wantedSnapshots(rows)) left.push(`${why} ${person}`);
    expect(left).toEqual(wanted ? ['hint p_1'] : []);
  });

  it('leaves the other parts as they are', async () => {
    const { tenant, snapshots, rows } = await withBaseline();
    tenant.user = { ...USER, mobilePhone: null };
    await snapshots.checkFields(PERSON, account);
    const stored = await readSnapshot(rows, 'p_1', ID);
    expect([stored.methods?.at, stored.fields?.at]).toEqual([NOW, later(HOUR)]);
  });
});

describe('places of many people', () => {
  const many = Array.from({ length: 201 }, (_, index) => ({ ...PERSON, id: `p_${index}` }));
  it.each([
    ['before the first poll: the poll reads them for all', -HOUR, []],
    ['after it: person by person', HOUR, ['GET /auditLogs/signIns']],
  ])('who were enrolled %s', async (_, afterMs, expected) => {
    const people = many.map((person) => ({ ...person, enrolledAt: later(afterMs) }));
    const { rows, graph, snapshots } = setUp(people);
    await rows.transact('state', 'poll', [{ op: 'put', row: 'logs', value: { firstAt: NOW.toISOString() } }]);
    let looks = 0;
    await snapshots.work({ valueOf: () => (looks++ === 0 ? Number.POSITIVE_INFINITY : 0) } as Date);
    expect(graph.paths().filter((path) => path.includes('signIns'))).toEqual(expected);
  });
});

it('all rows of a person are found when the person is erased', async () => {
  const id = 'p_0123456789abcdef';
  const { work, rows, snapshots } = setUp([{ ...PERSON, id }]);
  await work();
  await snapshots.want([id], 'chain');
  const found: string[] = [];
  for await (const row of rows.scan('state'))
    if (personsMentioned(row).has(id)) found.push(`${row.partition} ${row.row}`);
  expect(found.sort()).toEqual([`snapshot:${id} ${ID}`, `wanted chain:${id}`]);
});
