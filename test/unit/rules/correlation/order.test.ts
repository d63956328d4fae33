import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPlaceHistory, observe } from '../../../../src/model/place.ts';
import { createCorrelator, type Match } from '../../../../src/rules/correlate.ts';
import type { CorrelationRule, Hit } from '../../../../src/rules/schema.ts';
import { bounds, correlation, expression, HOUR, hit, MINUTE, START, settledHistory } from './rules.ts';

const ten = { timespanMs: 10 * MINUTE };
const absence = { needs: [], absence: { rules: ['d'], withinMs: 8 * MINUTE } };

/** Rules of every type, some on top of others. */
const RULES: readonly (readonly [string, readonly CorrelationRule[]])[] = (
  [
    ['event_count', { type: 'event_count', rules: ['a', 'b'], condition: bounds({ gte: 3 }) }],
    ['event_count in a range', { type: 'event_count', rules: ['a', 'b'], condition: bounds({ gt: 1, lte: 3 }) }],
    ['event_count without group-by', { type: 'event_count', rules: ['a'], groupBy: [], condition: bounds({ gte: 3 }) }],
    ['value_count', { type: 'value_count', rules: ['a', 'b'], condition: bounds({ gte: 2 }, 'n') }],
    ['value_count of a tuple', { type: 'value_count', rules: ['a', 'b'], condition: bounds({ gte: 3 }, 'n', 'flow') }],
    ['value_sum', { type: 'value_sum', rules: ['a'], condition: bounds({ gte: 0.7 }, 'n') }],
    ['value_avg', { type: 'value_avg', rules: ['a', 'b'], condition: bounds({ lt: 0.25 }, 'n') }],
    ['value_median', { type: 'value_median', rules: ['a', 'b'], condition: bounds({ gt: 0.2 }, 'n') }],
    [
      'value_percentile',
      { type: 'value_percentile', percentile: 90, rules: ['a'], condition: bounds({ gt: 0.2 }, 'n') },
    ],
    ['temporal', { type: 'temporal', rules: ['a', 'b', 'c'] }],
    ['temporal with a count', { type: 'temporal', rules: ['a', 'b', 'c'], condition: bounds({ eq: 2 }) }],
    [
      'temporal with not',
      { type: 'temporal', rules: ['a', 'b', 'd'], condition: expression(['and', 'a', 'b', ['not', 'd']]) },
    ],
    ['temporal_ordered', { type: 'temporal_ordered', rules: ['a', 'b', 'c'] }],
    [
      'ordered with or and not',
      {
        type: 'temporal_ordered',
        rules: ['a', 'b', 'c', 'd'],
        condition: expression(['and', 'a', ['or', 'b', 'c'], ['not', 'd']]),
      },
    ],
    ['ordered, absence', { type: 'temporal_ordered', rules: ['a', 'b'], postern: absence }],
    ['count, absence', { type: 'event_count', rules: ['a', 'b'], condition: bounds({ gte: 2 }), postern: absence }],
    [
      'aliases',
      { type: 'temporal', rules: ['a', 'b'], groupBy: ['who'], aliases: { who: { a: 'postern.person', b: 'flow' } } },
    ],
    ['two group-by fields', { type: 'temporal', rules: ['a', 'b'], groupBy: ['postern.person', 'flow'] }],
  ] as const
).map(([name, rule]) => [name, [correlation({ name: 'top', ...ten, ...rule })]] as const);

const inner = correlation({ name: 'inner', type: 'event_count', rules: ['a'], ...ten, condition: bounds({ gte: 2 }) });
const NESTED: typeof RULES = (
  [
    ['ordered over a count', { type: 'temporal_ordered', rules: ['inner', 'b'] }],
    ['ordered, count last', { type: 'temporal_ordered', rules: ['b', 'inner'], generate: true }],
    ['count over a count', { type: 'event_count', rules: ['inner'], groupBy: ['flow'], condition: bounds({ gte: 2 }) }],
    [
      'persons over a count',
      { type: 'value_count', rules: ['inner'], groupBy: [], condition: bounds({ gte: 2 }, 'postern.person') },
    ],
    ['sum over a count', { type: 'value_sum', rules: ['inner'], condition: bounds({ gte: 0.5 }, 'n') }],
    [
      'absence of a count',
      { type: 'temporal', rules: ['b'], postern: { needs: [], absence: { rules: ['inner'], withinMs: 8 * MINUTE } } },
    ],
  ] as const
).map(([name, rule]) => [name, [correlation({ name: 'top', ...ten, ...rule }), inner]] as const);
const middle = correlation({
  name: 'middle',
  type: 'temporal_ordered',
  rules: ['inner', 'b'],
  ...ten,
  postern: absence,
  generate: true,
});
const THREE = [
  'three levels',
  [
    correlation({
      name: 'top',
      type: 'event_count',
      rules: ['middle'],
      ...ten,
      groupBy: [],
      condition: bounds({ gte: 1 }),
      generate: true,
    }),
    inner,
    middle,
  ],
] as const;

const places = [
  {},
  { network: '198.51.100.0/24' },
  { network: '203.0.113.0/24', device: 'd1' },
  { network: '192.0.2.0/24' },
];
const anyHit: fc.Arbitrary<Hit> = fc
  .record({
    rule: fc.constantFrom('a', 'a', 'b', 'c', 'd'),
    minute: fc.integer({ min: 0, max: 40 }),
    record: fc.integer({ min: 0, max: 60 }),
    action: fc.option(fc.integer({ min: 0, max: 3 }), { freq: 1 }),
    person: fc.constantFrom('p', 'p', 'p', 'p', 'q', ['p', 'q'], null),
    flow: fc.constantFrom('p', 'p', 'f', null),
    n: fc.constantFrom(0.1, 0.2, 0.3, '0.4', ['0.1', 'x'], null),
    when: fc.constantFrom(7, 7, 7, 1, 2, 5),
    place: fc.constantFrom(...places),
  })
  .map(({ rule, minute, record, action, person, flow, n, when, place }) =>
    hit(rule, minute, {
      recordId: `r${record}`,
      action: action === null ? `r${record}` : `x${action}`,
      when,
      place,
      fields: { 'postern.person': person, flow, n },
    }),
  );

/** The owner was on the network before, or shows up there later. */
function histories(visits: readonly number[]) {
  const history = settledHistory();
  observe(history, { device: 'd1', network: '198.51.100.0/24' }, START - 20 * 24 * HOUR);
  for (const minute of visits) observe(history, { device: 'd1', network: '192.0.2.0/24' }, START + minute * MINUTE);
  return (person: string) => (person === 'p' ? history : createPlaceHistory());
}

const scenario = fc
  .record({
    hits: fc.array(anyHit, { minLength: 4, maxLength: 40, size: 'max' }),
    repeats: fc.array(fc.nat(), { maxLength: 10 }),
    order: fc.array(fc.nat(), { minLength: 50, maxLength: 50 }),
    asks: fc.array(fc.record({ after: fc.nat(50), now: fc.integer({ min: 0, max: 60 }) }), { maxLength: 4 }),
    visits: fc.array(fc.integer({ min: -2000, max: 2000 }), { maxLength: 2 }),
    now: fc.integer({ min: 0, max: 60 }),
    cap: fc.constantFrom(512, 4, 8),
  })
  .map(({ repeats, order, ...rest }) => {
    const doubled = [...rest.hits, ...repeats.map((n) => structuredClone(rest.hits[n % rest.hits.length] as Hit))];
    const shuffled = doubled
      .map((each, index) => ({ each, rank: order[index] ?? 0 }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ each }) => each);
    return { ...rest, shuffled };
  });

describe('the same input in any order, with any duplication and any batching, ends in the same matches', () => {
  it.each([...RULES, ...NESTED, THREE])('%s', (_, rules) => {
    let matched = 0;
    fc.assert(
      fc.property(scenario, ({ hits, shuffled, asks, visits, now, cap }) => {
        const query = { now: START + now * MINUTE, history: histories(visits) };
        const plain = createCorrelator({ correlations: rules }, { cap });
        for (const each of hits) plain.add(each);
        const expected = plain.matches(query);
        matched += expected.length;

        const other = createCorrelator({ correlations: rules.toReversed() }, { cap });
        for (const [index, each] of shuffled.entries()) {
          other.add(each);
          for (const ask of asks.filter(({ after }) => after === index)) {
            other.matches({ now: START + ask.now * MINUTE, history: histories(visits.slice(1)), onlyDirty: true });
          }
        }
        expect(other.matches(query)).toEqual(expected);
        expect(other.matches(query)).toEqual(expected);
        expect(other.nextDeadline()).toEqual(plain.nextDeadline());
      }),
      { numRuns: 300, seed: 7 },
    );
    expect(matched).toBeGreaterThan(50);
  });

  it('also after a snapshot of every group', () => {
    fc.assert(
      fc.property(fc.array(anyHit, { maxLength: 40, size: 'max' }), (hits) => {
        const rules = THREE[1];
        const query = { now: START + HOUR, history: histories([]) };
        const first = createCorrelator({ correlations: rules });
        const next = createCorrelator({ correlations: rules });
        for (const each of hits) first.add(each);
        for (const ref of hits.flatMap(first.windowsOf)) {
          const kept = first.snapshot(ref);
          if (kept) next.restore(structuredClone(kept));
        }
        expect(next.matches(query)).toEqual(first.matches(query));
      }),
      { numRuns: 300, seed: 7 },
    );
  });
});

describe('against the definition, tried out by hand', () => {
  const at = (each: { at: number }) => (each.at - START) / MINUTE;
  const spans = (matches: readonly Match[]) =>
    matches.map(({ evidence }) => evidence.map((each) => `${each.rule}${at(each)} ${each.recordId}`));
  const some = fc.uniqueArray(
    fc.record({ rule: fc.constantFrom('a', 'b', 'c'), minute: fc.integer({ min: 0, max: 30 }), record: fc.nat(3) }),
    {
      maxLength: 9,
      selector: ({ rule, minute, record }) => `${rule}${minute}${record}`,
    },
  );
  const toHits = (list: readonly { rule: string; minute: number; record: number }[]) =>
    list
      .map(({ rule, minute, record }) => hit(rule, minute, { recordId: `r${minute}-${record}` }))
      .sort(
        (a, b) =>
          a.at - b.at || (a.recordId < b.recordId ? -1 : a.recordId > b.recordId ? 1 : a.rule < b.rule ? -1 : 1),
      );
  /** Windows as sets of hits → episodes, as docs/rules.md says it. */
  function episodes(windows: readonly { start: number; hits: readonly Hit[] }[], all: readonly Hit[]) {
    const runs: { end: number; hits: Set<Hit> }[] = [];
    for (const { start, hits } of [...windows].sort((a, b) => a.start - b.start)) {
      const last = runs.at(-1);
      if (last && start <= last.end) {
        last.end = start + 10 * MINUTE;
        for (const each of hits) last.hits.add(each);
      } else runs.push({ end: start + 10 * MINUTE, hits: new Set(hits) });
    }
    return runs.map((run) =>
      all.filter((each) => run.hits.has(each)).map((each) => `${each.rule}${at(each)} ${each.recordId}`),
    );
  }
  const run = (rule: CorrelationRule, hits: readonly Hit[]) => {
    const correlator = createCorrelator({ correlations: [rule] });
    for (const each of hits) correlator.add(each);
    return spans(correlator.matches({ now: START, history: () => undefined }));
  };

  it('event_count', () => {
    const rule = correlation({
      name: 'top',
      type: 'event_count',
      rules: ['a', 'b', 'c'],
      ...ten,
      condition: bounds({ gte: 3 }),
    });
    fc.assert(
      fc.property(some, (list) => {
        const hits = toHits(list);
        const windows = hits
          .map(({ at: start }) => ({
            start,
            hits: hits.filter((each) => each.at >= start && each.at <= start + ten.timespanMs),
          }))
          .filter((window) => window.hits.length >= 3);
        expect(run(rule, hits)).toEqual(episodes(windows, hits));
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it('temporal with not', () => {
    const rule = correlation({
      name: 'top',
      type: 'temporal',
      rules: ['a', 'b', 'c'],
      ...ten,
      condition: expression(['and', 'a', 'b', ['not', 'c']]),
    });
    fc.assert(
      fc.property(some, (list) => {
        const hits = toHits(list);
        const windows = hits
          .filter((each) => each.rule !== 'c')
          .map(({ at: start }) => ({
            start,
            hits: hits.filter((each) => each.at >= start && each.at <= start + ten.timespanMs),
          }))
          .filter((window) => ['a', 'b'].every((name) => window.hits.some((each) => each.rule === name)))
          .filter((window) => !window.hits.some((each) => each.rule === 'c'));
        expect(run(rule, hits)).toEqual(episodes(windows, hits));
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it('temporal_ordered', () => {
    const rule = correlation({ name: 'top', type: 'temporal_ordered', rules: ['a', 'b', 'c'], ...ten });
    fc.assert(
      fc.property(some, (list) => {
        const hits = toHits(list);
        const of = (name: string) => hits.filter((each) => each.rule === name);
        const windows = of('a').flatMap((a) =>
          of('b')
            .filter((b) => b.at >= a.at && b.recordId !== a.recordId)
            .flatMap((b) =>
              of('c')
                .filter((c) => c.at >= b.at && c.recordId !== b.recordId && c.at <= a.at + ten.timespanMs)
                .map((c) => ({ start: a.at, hits: [a, b, c] })),
            ),
        );
        expect(run(rule, hits)).toEqual(episodes(windows, hits));
      }),
      { numRuns: 300, seed: 7 },
    );
  });
});
