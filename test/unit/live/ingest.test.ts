import { describe, expect, it } from 'vitest';
import { loadCaseBench } from '../../../cli/test-rules.ts';
import { UpstreamError } from '../../../src/errors.ts';
import { createPeopleStore } from '../../../src/live/people-store.ts';
import type { FindingMessage } from '../../../src/live/stored-finding.ts';
import { EnrolledPerson } from '../../../src/model/enrolled-person.ts';
import type { RawRecord, Rows } from '../../../src/ports.ts';
import { accountOfUser, CASE_START, CaseRecord, momentMs, recordsOf } from '../../../src/rules/case-records.ts';
import { createCorrelator } from '../../../src/rules/correlate.ts';
import type { RuleMode } from '../../../src/rules/schema.ts';
import { createWorld, evidenceIn, storedIn, type World } from './live-run.ts';
import { watchOf } from './small-campaign.ts';

const { runner } = await loadCaseBench();
const caseWatch = { ...runner, correlator: createCorrelator(runner.ruleSet), problems: [], report: () => [] };

const person = (user: string, more: object = {}) =>
  EnrolledPerson.parse({
    id: `p_${user.padEnd(16, '_')}`,
    name: user,
    accounts: [{ kind: 'work', ...accountOfUser(user) }],
    enrolledAt: CASE_START,
    ...more,
  });
const dana = person('dana');
const eli = person('eli');

const later = (moment: string) => new Date(CASE_START.getTime() + momentMs(moment));

/** Records by sample, as rule cases have them; `home` is a place that the owners know. */
function script(...entries: (Partial<CaseRecord> & { sample: string; at: string })[]): RawRecord[] {
  return entries.flatMap((entry) => recordsOf(CaseRecord.parse(entry), numberOf(entry), runner.samples));
}

/** The same entry makes the same records, wherever it stands. */
function numberOf(entry: object): number {
  return [...JSON.stringify(entry)].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 99_991, 7);
}

const known = (user: string) =>
  script(...['-40d', '-20d', '-2d'].map((at) => ({ sample: 'sign-in', at, user, from: 'home', device: 'laptop' })));
const options = { sample: 'sspr-options', at: '0m', from: 'away', flow: 'a' };
const gate = { sample: 'sspr-code-started', at: '1m', from: 'away', flow: 'a' };
const reset = { sample: 'reset-self', at: '2m', from: 'away', flow: 'a' };

async function world(modes?: Readonly<Record<string, RuleMode>>): Promise<World> {
  return createWorld(modes ? await watchOf({ modes }) : caseWatch, [dana, eli]);
}

const bodies = ({ queues }: World) =>
  queues.sent.map(({ body }) => {
    const { change, outcome, tell = '-' } = body as FindingMessage;
    return `${change} ${outcome} ${tell}`;
  });

describe('what an ingest tells', () => {
  it('counts events, what is of no interest and why, what cannot be read and why, and never what it says', async () => {
    const { instance } = await world();
    const secret = 'somebody@private.example';
    const [signIn] = known('dana');
    const records: RawRecord[] = [
      ...known('dana'),
      ...known('stranger'),
      ...script(options),
      { ...signIn, createdDateTime: 'yesterday', userDisplayName: secret },
      { ...signIn, id: undefined, createdDateTime: 7 },
      { hello: secret },
      { ...signIn, id: 'service', userId: null, userPrincipalName: null, servicePrincipalId: 'app' },
    ];
    const report = await instance().ingest(records, later('1h'));
    expect(report).toMatchObject({
      events: 7,
      notEnrolled: 3,
      unreadable: 3,
      hits: expect.any(Number),
      newest: later('0m'),
      faults: {},
    });
    expect(report.findings).toEqual({ new: 1, revised: 0, withdrawn: 0 });
    expect(report.ignored).toEqual({ 'sign-in of an application': 1 });
    expect(Object.keys(report.problems).length).toBeGreaterThan(1);
    expect(Object.keys(report.problems)).toContain('not a record of any log that Postern reads');
    expect(JSON.stringify(report)).not.toContain(secret);
  });

  it('keeps the kinds of problems few, whatever is sent', async () => {
    const { instance } = await world();
    const [signIn] = known('dana');
    const records = Array.from({ length: 300 }, (_, i) => ({ ...signIn, [`field${i}`]: i, createdDateTime: `${i}` }));
    const report = await instance().ingest(records, later('1h'));
    expect(report.unreadable).toBe(300);
    expect(Object.keys(report.problems).length).toBeLessThanOrEqual(20);
  });

  it('writes nothing for records that change nothing', async () => {
    const one = await world();
    const live = one.instance();
    const records = [...known('dana'), ...script(options, gate)];
    expect((await live.ingest(records, later('1h'))).transactions).toBe(3);
    for (const again of [live, one.instance()]) {
      expect(await again.ingest(records, later('2h'))).toMatchObject({
        transactions: 0,
        findings: { new: 0, revised: 0, withdrawn: 0 },
      });
    }
    expect(one.queues.sent).toHaveLength(1);
  });
});

describe('one finding and its changes', () => {
  it('is new, grows, and is told each time', async () => {
    const one = await world();
    const live = one.instance();
    await live.ingest([...known('dana'), ...script(options)], later('1m'));
    await live.ingest(script(gate), later('3m'));
    await live.ingest(script(reset), later('5m'));
    expect(bodies(one)).toEqual([
      'new identified identified',
      'revised attacked attacked',
      'revised compromised compromised',
    ]);
    const [stored, ...others] = await storedIn(one);
    expect(others).toEqual([]);
    expect(stored).toMatchObject({
      version: 3,
      state: 'open',
      formerIds: [],
      createdAt: later('1m'),
      changedAt: later('5m'),
    });
  });

  it('keeps its former id when an earlier record arrives late', async () => {
    const one = await world();
    const live = one.instance();
    await live.ingest([...known('dana'), ...script(gate)], later('3m'));
    const [before] = await storedIn(one);
    await live.ingest(script(options), later('5m'));
    const [after, ...others] = await storedIn(one);
    expect(others).toEqual([]);
    expect(after?.finding.id).not.toBe(before?.finding.id);
    expect(after?.formerIds).toEqual([before?.finding.id]);
    expect(one.queues.sent.map(({ body }) => (body as FindingMessage).formerIds)).toEqual([[], [before?.finding.id]]);
  });

  it('becomes one with another when a record between them arrives', async () => {
    const one = await world();
    const live = one.instance();
    const probe = (at: string) => script({ ...options, at, flow: at });
    await live.ingest([...known('dana'), ...probe('0m'), ...probe('5d')], later('5d'));
    expect(await storedIn(one)).toHaveLength(2);
    await live.ingest(probe('60h'), later('5d'));
    const [joined, ...others] = await storedIn(one);
    expect([others.length, joined?.formerIds.length, joined?.finding.attempts]).toEqual([0, 1, 3]);
  });

  it('is taken back when the place turns out to be the owner’s, and comes back when it does not', async () => {
    const one = await world();
    const live = one.instance();
    await live.ingest([...known('dana'), ...script(options)], later('1m'));
    await live.ingest(script({ sample: 'sign-in', at: '-5d', from: 'away', device: 'laptop' }), later('5m'));
    expect(bodies(one)).toEqual(['new identified identified', 'withdrawn identified identified']);
    expect(await storedIn(one)).toMatchObject([{ state: 'withdrawn', version: 2 }]);
    await live.ingest(script({ ...options, from: 'elsewhere', flow: 'b', at: '3m' }), later('6m'));
    expect(bodies(one)[2]).toBe('revised identified identified');
    expect(await storedIn(one)).toMatchObject([{ state: 'open', version: 3 }]);
  });

  it('is decided by the clock where a chain waits for something not to happen', async () => {
    const one = await world();
    const live = one.instance();
    await live.ingest([...known('dana'), ...script(reset)], later('5m'));
    const chains = async () => (await storedIn(one)).flatMap(({ finding }) => finding.chains);
    expect(await chains()).not.toContain('reset-not-taken-back');
    await one.sweepAt(later('8h10m'), live);
    expect(await chains()).not.toContain('reset-not-taken-back');
    await one.sweepAt(later('8h30m'), live);
    expect(await chains()).toContain('reset-not-taken-back');
    await one.sweepAt(later('9h'), live);
    expect(one.queues.sent).toHaveLength(2);
  });

  it('of several persons is handed to all of them', async () => {
    const one = await world();
    const live = one.instance();
    await live.ingest([...known('dana'), ...known('eli'), ...script(reset)], later('5m'));
    await one.instance().ingest(script({ ...reset, user: 'eli', at: '3h', flow: 'b' }), later('4h'));
    const stored = await storedIn(one);
    expect(
      stored.map(({ finding }) => [
        finding.person,
        finding.chains.includes('resets-from-one-address'),
        finding.ties.length,
      ]),
    ).toEqual(
      expect.arrayContaining([
        [dana.id, true, 1],
        [eli.id, true, 1],
      ]),
    );
  });
});

describe('staged rules', () => {
  it.each<[string, Readonly<Record<string, RuleMode>>, string[]]>([
    [
      'all of them: recorded, nobody is told',
      { 'sspr-probed': 'staged', 'sspr-gate-tried': 'staged' },
      ['new attacked -'],
    ],
    ['one of them: told without it', { 'sspr-gate-tried': 'staged' }, ['new attacked identified']],
    ['none of them', {}, ['new attacked attacked']],
    ['off: not even recorded', { 'sspr-gate-tried': 'off' }, ['new identified identified']],
  ])('%s', async (_, modes, expected) => {
    const one = await world(modes);
    await one.instance().ingest([...known('dana'), ...script(options, gate)], later('3m'));
    expect(bodies(one)).toEqual(expected);
  });
});

describe('accounts', () => {
  it('enrolled by name only: the object id is learned from the logs', async () => {
    const one = await createWorld(caseWatch, [
      person('dana', { accounts: [{ kind: 'work', upn: accountOfUser('dana').upn }] }),
    ]);
    await one.instance().ingest(known('dana'), later('0m'));
    const people = await createPeopleStore(one.rows).current();
    expect(people.byAccount({ id: accountOfUser('dana').id })?.person.id).toBe(dana.id);
  });

  it('a mailbox that is linked is the person’s, too', async () => {
    const both = [accountOfUser('dana'), accountOfUser('dana.private')];
    const one = await createWorld(caseWatch, [
      person('dana', { accounts: both.map((account, index) => ({ kind: index ? 'linked' : 'work', ...account })) }),
    ]);
    await one
      .instance()
      .ingest([...known('dana'), ...script(options, { ...options, user: 'dana.private', flow: 'b' })], later('3m'));
    expect(await storedIn(one)).toMatchObject([
      { finding: { person: dana.id, accounts: both.map(({ upn }) => upn).sort(), attempts: 2 } },
    ]);
  });

  it('nobody who is not enrolled leaves a trace', async () => {
    const one = await createWorld(caseWatch, []);
    await one.instance().ingest([...known('dana'), ...script(options, gate, reset)], later('3m'));
    expect(await evidenceIn(one)).toEqual({});
  });
});

describe('transactions', () => {
  it('of a page of 1,000 records are at most one per bucket of persons, and one per bucket of groups', async () => {
    const users = Array.from({ length: 400 }, (_, i) => person(`user${i}`));
    const many = await createWorld(caseWatch, users);
    const page = users.flatMap((_, i) => script({ sample: 'sign-in', at: '-3d', user: `user${i}`, device: 'laptop' }));
    const counted = await many.instance().ingest(page, later('0m'));
    expect(counted.transactions).toBeLessThanOrEqual(32);
    const few = await createWorld(caseWatch, [dana, eli]);
    const probes = script(
      ...Array.from({ length: 498 }, (_, i) => ({
        ...options,
        at: `${i}s`,
        flow: `f${i}`,
        user: i % 2 ? 'dana' : 'eli',
      })),
    );
    const report = await few.instance().ingest([...known('dana'), ...known('eli'), ...probes], later('1h'));
    const groups = new Set(((await evidenceIn(few)).window ?? []).map(({ row }) => row)).size;
    expect(report.transactions).toBeLessThanOrEqual(2 + groups);
  });
});

describe('trouble', () => {
  it('another instance that is always faster ends in an error that passes, not in a loop', async () => {
    const one = await world();
    const rows: Rows = {
      ...one.rows,
      transact: async (table, ...rest) => (table === 'evidence' ? 'conflict' : one.rows.transact(table, ...rest)),
    };
    const ingest = one.instance({ rows }).ingest([...known('dana'), ...script(options)], later('1m'));
    await expect(ingest).rejects.toMatchObject({ name: 'UpstreamError', code: 'UNAVAILABLE' });
  });

  it('a queue that is away: what is decided waits in the outbox for the sweeper', async () => {
    const one = await world();
    const queues = { send: () => Promise.reject(new UpstreamError('service-bus', 'UNAVAILABLE')) };
    await expect(
      one.instance({ queues }).ingest([...known('dana'), ...script(options)], later('1m')),
    ).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect((await evidenceIn(one)).outbox).toHaveLength(1);
    await one.sweepAt(later('3m'), one.instance());
    expect([bodies(one), (await evidenceIn(one)).outbox]).toEqual([['new identified identified'], undefined]);
  });

  it('a row that cannot be read is told, not guessed at', async () => {
    const one = await world();
    const records = [...known('dana'), ...script(options)];
    await one.instance().ingest(records, later('1m'));
    const [row] = (await evidenceIn(one)).person ?? [];
    for await (const { partition } of one.rows.scan('evidence'))
      await one.rows.transact('evidence', partition, [{ op: 'put', row: row?.row ?? '', value: { version: 2 } }]);
    await expect(one.instance().ingest(records, later('2m'))).rejects.toMatchObject({ code: 'UNREADABLE' });
  });

  it('a flood keeps a bounded number of hits, and the finding says that some are missing', async () => {
    const one = await world();
    const live = one.instance();
    await live.ingest(known('dana'), later('0m'));
    const flood = script(...['0m', '6h'].map((at) => ({ ...options, at, flow: at, times: 350, every: '1m' })));
    for (let at = 0; at < flood.length; at += 100) await live.ingest(flood.slice(at, at + 100), later('1d'));
    const [stored] = await storedIn(one);
    expect(stored?.finding).toMatchObject({ cut: true, outcome: 'identified' });
    expect(stored?.finding.evidence.length).toBeLessThanOrEqual(2 * 512);
    const scan = await createWorld(caseWatch, [dana]);
    await scan.instance().ingest([...known('dana'), ...flood.toReversed()], later('1d'));
    expect((await storedIn(scan))[0]?.finding.revision).toBe(stored?.finding.revision);
  });
});
