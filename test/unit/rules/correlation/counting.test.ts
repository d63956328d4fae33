import { describe, expect, it } from 'vitest';
import { percentileOf } from '../../../../src/rules/correlation/counting.ts';
import type { CorrelationRule, CorrelationType, Hit } from '../../../../src/rules/schema.ts';
import { bounds, brief, correlation, hit, MINUTE, matchesOf } from './rules.ts';

const count = (limits: Record<string, number>, more: Partial<CorrelationRule> = {}) =>
  correlation({
    name: 'many',
    type: 'event_count',
    rules: ['a'],
    timespanMs: 10 * MINUTE,
    condition: bounds(limits),
    ...more,
  });
const as = (...minutes: number[]) => minutes.map((minute) => hit('a', minute, { recordId: `r${minute}` }));

describe('event_count', () => {
  it.each<[string, Record<string, number>, number[], string[]]>([
    ['enough in the window', { gte: 3 }, [0, 5, 10], ['many: r0 r5 r10']],
    ['the window is closed at both ends', { gte: 2 }, [0, 10], ['many: r0 r10']],
    ['one minute too late', { gte: 2 }, [0, 11], []],
    ['too few', { gte: 3 }, [0, 5], []],
    ['a sliding window, not a calendar one', { gte: 3 }, [0, 8, 12, 17], ['many: r8 r12 r17']],
    ['overlapping windows are one match', { gte: 2 }, [0, 9, 18, 27], ['many: r0 r9 r18 r27']],
    ['touching windows are one match', { gte: 2 }, [0, 1, 10.5, 11, 12], ['many: r0 r1 r10.5 r11 r12']],
    ['windows apart are two matches', { gte: 2 }, [0, 1, 30, 31], ['many: r0 r1', 'many: r30 r31']],
    ['gt', { gt: 2 }, [0, 1], []],
    ['a range', { gt: 2, lte: 3 }, [0, 1, 2], ['many: r0 r1 r2']],
    ['above the range, whose tail does not count', { gt: 1, lte: 3 }, [0, 1, 2, 3], []],
    ['eq looks at whole windows', { eq: 2 }, [0, 1, 2], []],
    ['lt', { lt: 2 }, [0], ['many: r0']],
    ['neq', { neq: 1 }, [0, 30, 31], ['many: r30 r31']],
  ])('%s', (_, limits, minutes, expected) => {
    expect(brief(matchesOf([count(limits)], as(...minutes)))).toEqual(expected);
  });

  it('counts an action once, at its earliest record', () => {
    const hits = [0, 1, 2].map((minute) => hit('a', minute, { action: 'same' }));
    expect(matchesOf([count({ gte: 2 })], hits)).toEqual([]);
    expect(brief(matchesOf([count({ gte: 1 })], hits))).toEqual(['many: a-000000']);
  });

  it('counts several rules together', () => {
    const rule = count({ gte: 2 }, { rules: ['a', 'b'] });
    expect(brief(matchesOf([rule], [hit('a', 0), hit('b', 1)]))).toEqual(['many: a-000000 b-000001']);
  });
});

describe('group-by', () => {
  const person = (minutes: number, ...names: string[]) =>
    hit('a', minutes, { fields: { 'postern.person': names.length === 1 ? (names[0] ?? '') : names } });

  it('counts each group apart', () => {
    const found = matchesOf([count({ gte: 2 })], [person(0, 'p'), person(1, 'q'), person(2, 'p')]);
    expect(found.map(({ group, from, to }) => ({ group, ms: to - from }))).toEqual([
      { group: { 'postern.person': 'p' }, ms: 2 * MINUTE },
    ]);
  });

  it('a hit of several values belongs to each group', () => {
    const found = matchesOf([count({ gte: 2 })], [person(0, 'p', 'q'), person(1, 'q'), person(2, 'p')]);
    expect(found.map(({ group }) => group['postern.person'])).toEqual(['p', 'q']);
  });

  it.each<[string, Hit['fields']]>([
    ['missing', {}],
    ['null', { ip: null }],
    ['empty', { ip: '' }],
    ['an empty list', { ip: [] }],
  ])('a field that is %s keeps the hit out of the chain', (_, fields) => {
    const rule = count({ gte: 2 }, { groupBy: ['postern.person', 'ip'] });
    expect(matchesOf([rule], [hit('a', 0, { fields }), hit('a', 1, { fields })])).toEqual([]);
  });

  it('without group-by everything is one group', () => {
    const found = matchesOf([count({ gte: 2 }, { groupBy: [] })], [person(0, 'p'), person(1, 'q')]);
    expect(found.map(({ group }) => group)).toEqual([{}]);
  });

  it('an alias stands for a different field of each rule', () => {
    const rule = count({ gte: 2 }, { rules: ['a', 'b'], groupBy: ['who'], aliases: { who: { a: 'user', b: 'upn' } } });
    const hits = [
      hit('a', 0, { fields: { user: 'x' } }),
      hit('b', 1, { fields: { upn: 'x' } }),
      hit('b', 2, { fields: { user: 'x' } }),
    ];
    expect(matchesOf([rule], hits).map(({ group, evidence }) => [group, evidence.length])).toEqual([[{ who: 'x' }, 2]]);
  });
});

describe('value types', () => {
  const valued = (minutes: number, fields: Hit['fields']) => hit('a', minutes, { recordId: `r${minutes}`, fields });
  const numbers = (...values: (number | string)[]) => values.map((n, minute) => valued(minute, { n }));
  const by = (type: CorrelationType, limits: Record<string, number>, percentile?: number) =>
    count({}, { type, condition: bounds(limits, 'n'), ...(percentile !== undefined && { percentile }) });

  it.each<[string, CorrelationRule, Hit[], string[]]>([
    ['value_count: distinct values', by('value_count', { gte: 2 }), numbers('x', 'y'), ['many: r0 r1']],
    ['value_count: the same value is one', by('value_count', { gte: 2 }), numbers('x', 'x'), []],
    [
      'value_count: each of several values',
      by('value_count', { gte: 2 }),
      [valued(0, { n: ['x', 'y'] })],
      ['many: r0'],
    ],
    ['value_count: hits without the field are no evidence', by('value_count', { gte: 1 }), [valued(0, {})], []],
    ['value_sum', by('value_sum', { gt: 5 }), numbers(3, '3'), ['many: r0 r1']],
    ['value_sum: too small', by('value_sum', { gt: 5 }), numbers(3, 2), []],
    ['value_sum: text is no number', by('value_sum', { gt: 0 }), numbers('x', ' '), []],
    ['value_sum: below zero', by('value_sum', { gte: 5 }), numbers(6, -3), []],
    ['value_avg', by('value_avg', { gte: 2, lt: 3 }), numbers(1, 4), ['many: r0 r1']],
    ['value_avg: too high', by('value_avg', { lt: 3 }), numbers(1, 9), []],
    ['value_median', by('value_median', { eq: 2.5 }), numbers(9, 1, 2, 3), ['many: r0 r1 r2 r3']],
    ['value_percentile', by('value_percentile', { gte: 9 }, 100), numbers(1, 9), ['many: r0 r1']],
    ['value_percentile: low end', by('value_percentile', { gte: 9 }, 0), numbers(1, 9), []],
    [
      'value_percentile without one is the median',
      by('value_percentile', { eq: 2.5 }),
      numbers(9, 1, 2, 3),
      ['many: r0 r1 r2 r3'],
    ],
  ])('%s', (_, rule, hits, expected) => {
    expect(brief(matchesOf([rule], hits))).toEqual(expected);
  });

  it('value_count over a tuple counts combinations, and needs all of the fields', () => {
    const rule = count({}, { type: 'value_count', condition: bounds({ gte: 2 }, 'n', 'm') });
    const hits = [valued(0, { n: 1, m: 1 }), valued(1, { n: 1, m: 2 }), valued(2, { n: 5 })];
    expect(brief(matchesOf([rule], hits))).toEqual(['many: r0 r1']);
    expect(brief(matchesOf([rule], [valued(0, { n: '1', m: '2' }), valued(1, { n: '1', m: '2' })]))).toEqual([]);
  });

  it.each([
    [[1, 2, 3, 4], 50, 2.5],
    [[1, 2, 3], 50, 2],
    [[1, 2, 3, 4, 5], 25, 2],
    [[7], 90, 7],
    [[0, 10], 90, 9],
  ])('percentile of %j at %d', (sorted, percent, expected) => {
    expect(percentileOf(sorted, percent)).toBeCloseTo(expected, 9);
  });
});
