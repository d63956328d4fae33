import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketOf } from '../../../src/live/buckets.ts';
import type { Counts } from '../../../src/live/finding-counts.ts';
import { createFindings, type FindingSummary } from '../../../src/live/findings.ts';
import { findingRow, type StoredFinding } from '../../../src/live/stored-finding.ts';
import { createMemoryRows } from '../../../src/memory.ts';
import { CLOSE_REASONS, DESK_STATUSES, type DeskStatus } from '../../../src/model/desk-status.ts';
import { OUTCOMES, type Outcome, type Signal } from '../../../src/model/finding.ts';
import type { Rows } from '../../../src/ports.ts';

const HOUR_MS = 3600_000;
const START = Date.UTC(2026, 10, 28);

interface Version {
  readonly outcome: Outcome;
  readonly state: StoredFinding['state'];
  /** Hours after START of each attempt. */
  readonly flows: readonly number[];
  readonly formerIds?: readonly string[];
}

function stored(person: string, id: string, version: number, { outcome, state, flows, formerIds = [] }: Version) {
  const at = (hours: number) => new Date(START + hours * HOUR_MS);
  const evidence = flows
    .toSorted((a, b) => a - b)
    .map(
      (hours, index): Signal => ({
        rule: 'r',
        title: 'R',
        recordId: `r${index}`,
        source: 'directory-audits',
        at: at(hours),
        person,
        account: `${person}@example.org`,
        story: 's',
        flow: `f${hours}`,
      }),
    );
  const value: StoredFinding = {
    finding: {
      ...{ id, person, outcome, evidence },
      revision: `${id}-${version}`,
      accounts: [`${person}@example.org`],
      level: 'medium',
      chains: ['c'],
      first: evidence[0]?.at ?? at(0),
      last: evidence.at(-1)?.at ?? at(0),
      attempts: new Set(flows).size,
      changes: [],
      techniques: [],
      cut: false,
      ties: [],
    },
    ...{ formerIds: [...formerIds], state, version, tell: outcome },
    createdAt: at(0),
    changedAt: at(version),
  };
  return value;
}

/** What the counts must be, from the list alone. */
function recount(all: readonly FindingSummary[]): Counts {
  const open = all.filter(({ state }) => state === 'open');
  const counted = open.filter(({ desk }) => desk?.reason !== 'false-alarm');
  const people = (outcomes: readonly Outcome[], some = counted) =>
    new Set(some.filter(({ outcome }) => outcomes.includes(outcome)).map(({ person }) => person)).size;
  const byStatus: Record<string, number> = {};
  for (const { desk, outcome } of open) {
    const key = `${desk?.status ?? 'open'} ${outcome}`;
    byStatus[key] = (byStatus[key] ?? 0) + 1;
  }
  const dayOf = (at: Date) => at.toISOString().slice(0, 10);
  const names = new Set(counted.flatMap(({ days, first }) => [...Object.keys(days), dayOf(first)]));
  const days = [...names].map((day) => {
    const began = counted.filter(({ first }) => dayOf(first) === day);
    const attempts = counted.reduce((sum, one) => sum + (one.days[day] ?? 0), 0);
    return [day, [attempts, people(['attacked', 'compromised'], began), people(['compromised'], began)]] as const;
  });
  return {
    attempts: counted.reduce((sum, { attempts }) => sum + attempts, 0),
    identified: people(OUTCOMES),
    attacked: people(['attacked', 'compromised']),
    compromised: people(['compromised']),
    byStatus,
    days: new Map(days.filter(([, counts]) => counts.some((count) => count > 0))),
  };
}

const version = fc.record({
  outcome: fc.constantFrom(...OUTCOMES),
  state: fc.constantFrom('open' as const, 'open' as const, 'withdrawn' as const),
  flows: fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 4 }),
});
const who = { person: fc.constantFrom('p_1', 'p_2', 'p_3'), id: fc.constantFrom('a', 'b', 'c') };
const operation = fc.oneof(
  { weight: 4, arbitrary: fc.record({ op: fc.constant('store' as const), ...who, version }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('remove' as const), ...who }) },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('decide' as const),
      ...who,
      status: fc.constantFrom(...DESK_STATUSES),
      reason: fc.option(fc.constantFrom(...CLOSE_REASONS), { nil: undefined }),
    }),
  },
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

function createStore(rows: Rows) {
  const findings = createFindings(rows);
  const versions = new Map<string, number>();
  const put = async (person: string, id: string, given: Version) => {
    const number = (versions.get(id) ?? 0) + 1;
    versions.set(id, number);
    const value = stored(person, id, number, given);
    await rows.transact('evidence', bucketOf(person), [{ op: 'put', row: findingRow(person, id), value }]);
    await findings.index(person, id);
  };
  const remove = async (person: string, id: string) => {
    await rows.transact('evidence', bucketOf(person), [{ op: 'delete', row: findingRow(person, id) }]);
    await findings.index(person, id);
  };
  const decide = async (id: string, desk: Partial<DeskStatus>) => {
    const seen = await findings.summary(id);
    if (!seen) return 'gone';
    const { revision, outcome } = seen.summary;
    return findings.decide(seen, { status: 'open', by: 'o_1', at: new Date(START), revision, outcome, ...desk });
  };
  const run = async (one: Operation) => {
    // Ids are a person's own.
    const id = `${one.person}-${one.id}`;
    if (one.op === 'store') await put(one.person, id, one.version);
    else if (one.op === 'remove') await remove(one.person, id);
    else await decide(id, { status: one.status, ...(one.reason && one.status === 'closed' && { reason: one.reason }) });
  };
  const all = async () => (await findings.list({ states: ['open', 'withdrawn'] }, 1000)).findings;
  return { findings, put, remove, decide, run, all };
}

describe('counts of findings', () => {
  it('are those of a full recount, whatever happens', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 25 }), async (operations) => {
        const { findings, run, all } = createStore(createMemoryRows());
        for (const one of operations) await run(one);
        const listed = await all();
        expect(await findings.counts()).toEqual(recount(listed));
        for (const outcome of OUTCOMES) {
          for (const status of DESK_STATUSES) {
            const { findings: tab } = await findings.tab({ outcomes: [outcome], statuses: [status] }, 100);
            const expected = listed.filter(
              (each) => each.state === 'open' && each.outcome === outcome && (each.desk?.status ?? 'open') === status,
            );
            expect(tab).toEqual(expected);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it('are those of a full recount when everybody writes at once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 15 }), async (operations) => {
        const { findings, run, all } = createStore(createMemoryRows());
        await Promise.all(operations.map(run));
        expect(await findings.counts()).toEqual(recount(await all()));
      }),
      { numRuns: 100 },
    );
  });

  it('leave nothing behind when the last finding goes', async () => {
    const rows = createMemoryRows();
    const { put, remove, findings } = createStore(rows);
    await put('p_1', 'a', { outcome: 'attacked', state: 'open', flows: [1, 30] });
    await remove('p_1', 'a');
    const { days, byStatus, ...sums } = await findings.counts();
    expect([[...days], byStatus, sums]).toEqual([[], {}, { attempts: 0, identified: 0, attacked: 0, compromised: 0 }]);
    const left: string[] = [];
    for await (const { row } of rows.list('inbox', 'findings')) left.push(row);
    expect(left.filter((row) => !row.startsWith('sum:'))).toEqual([]);
  });

  it('page through tabs, newest first across outcomes', async () => {
    const { put, findings } = createStore(createMemoryRows());
    await put('p_1', 'a', { outcome: 'attacked', state: 'open', flows: [1] });
    await put('p_2', 'b', { outcome: 'compromised', state: 'open', flows: [3] });
    await put('p_3', 'c', { outcome: 'attacked', state: 'open', flows: [2] });
    const tab = { outcomes: ['attacked', 'compromised'], statuses: ['open', 'acknowledged'] } as const;
    const first = await findings.tab(tab, 2);
    expect(first.findings.map(({ id }) => id)).toEqual(['b', 'c']);
    const second = await findings.tab(tab, 2, first.next);
    expect([second.findings.map(({ id }) => id), second.next]).toEqual([['a'], undefined]);
  });
});

describe('what the desk decided', () => {
  const attacked = { outcome: 'attacked', state: 'open', flows: [1] } as const;
  const setup = async () => {
    const rows = createMemoryRows();
    const store = createStore(rows);
    await store.put('p_1', 'a', attacked);
    await store.decide('a', { status: 'closed', reason: 'handled', by: 'o_ada' });
    const deskOf = async (id: string) => (await store.findings.summary(id))?.summary.desk;
    return { ...store, deskOf };
  };

  it('survives a revision that is no worse', async () => {
    const { put, deskOf } = await setup();
    await put('p_1', 'a', { ...attacked, flows: [1, 5] });
    expect(await deskOf('a')).toMatchObject({ status: 'closed', reason: 'handled', by: 'o_ada', revision: 'a-1' });
  });

  it('is open again when the finding gets worse', async () => {
    const { put, deskOf } = await setup();
    await put('p_1', 'a', { ...attacked, outcome: 'compromised' });
    expect(await deskOf('a')).toEqual({
      status: 'open',
      by: 'postern',
      at: new Date(START + 2 * HOUR_MS),
      revision: 'a-2',
      outcome: 'compromised',
    });
  });

  it.each(['the new one first', 'the old one first'])(
    'goes on with the finding that it becomes part of: %s',
    async (order) => {
      const rows = createMemoryRows();
      const { findings, put, decide } = createStore(rows);
      await put('p_1', 'a', attacked);
      await decide('a', { status: 'acknowledged', by: 'o_ada' });
      // As ingest writes it: the new row and the end of the old one in one transaction, then a message.
      const value = stored('p_1', 'n', 1, { ...attacked, flows: [0, 1], formerIds: ['a'] });
      await rows.transact('evidence', bucketOf('p_1'), [
        { op: 'put', row: findingRow('p_1', 'n'), value },
        { op: 'delete', row: findingRow('p_1', 'a') },
      ]);
      for (const id of order === 'the new one first' ? ['n', 'a'] : ['a', 'n']) await findings.index('p_1', id);
      expect((await findings.summary('n'))?.summary.desk).toMatchObject({ status: 'acknowledged', by: 'o_ada' });
      expect(await findings.summary('a')).toBeUndefined();
      expect((await findings.counts()).byStatus).toEqual({ 'acknowledged attacked': 1 });
    },
  );

  it('is not taken over when part of what it becomes was never looked at', async () => {
    const rows = createMemoryRows();
    const { findings, put, decide } = createStore(rows);
    await put('p_1', 'a', attacked);
    await put('p_1', 'b', { ...attacked, flows: [3] });
    await decide('a', { status: 'closed', reason: 'handled' });
    const value = stored('p_1', 'n', 1, { ...attacked, flows: [0, 3], formerIds: ['a', 'b'] });
    await rows.transact('evidence', bucketOf('p_1'), [
      { op: 'put', row: findingRow('p_1', 'n'), value },
      { op: 'delete', row: findingRow('p_1', 'a') },
      { op: 'delete', row: findingRow('p_1', 'b') },
    ]);
    for (const id of ['n', 'a', 'b']) await findings.index('p_1', id);
    expect((await findings.summary('n'))?.summary.desk).toBeUndefined();
  });

  it('is written only over what was seen', async () => {
    const { findings, deskOf } = await setup();
    const seen = await findings.summary('a');
    if (!seen) throw new Error('not listed');
    const { revision, outcome } = seen.summary;
    const desk = { at: new Date(START), revision, outcome };
    expect(await findings.decide(seen, { ...desk, status: 'open', by: 'o_ben' })).toBe('done');
    expect(await findings.decide(seen, { ...desk, status: 'closed', by: 'o_eve' })).toBe('conflict');
    expect(await deskOf('a')).toMatchObject({ status: 'open', by: 'o_ben' });
  });
});
