import { describe, expect, it } from 'vitest';
import { createCorrelator } from '../../../../src/rules/correlate.ts';
import type { CorrelationRule } from '../../../../src/rules/schema.ts';
import { bounds, brief, correlation, expression, hit, MINUTE, matchesOf } from './rules.ts';

const chain = (type: 'temporal' | 'temporal_ordered', rules: string[], more: Partial<CorrelationRule> = {}) =>
  correlation({ name: 'chain', type, rules, timespanMs: 10 * MINUTE, ...more });
/** `a0 b5` = a at minute 0, b at minute 5. */
const steps = (text: string) =>
  text.split(' ').map((each) => hit(each[0] ?? '', Number(each.slice(1)), { recordId: each }));

describe('temporal', () => {
  const rule = chain('temporal', ['a', 'b', 'c']);
  it.each<[string, CorrelationRule, string, string[]]>([
    ['in any order', rule, 'c0 a5 b10', ['chain: c0 a5 b10']],
    ['one is missing', rule, 'a0 b5 b6', []],
    ['outside the window', rule, 'a0 b5 c11', []],
    ['evidence is what lies in a satisfied window', rule, 'a0 b4 c5 a12 b40', ['chain: a0 b4 c5 a12']],
    ['two of three', chain('temporal', ['a', 'b', 'c'], { condition: bounds({ gte: 2 }) }), 'a0 c5', ['chain: a0 c5']],
    ['not all three', chain('temporal', ['a', 'b', 'c'], { condition: bounds({ lt: 3 }) }), 'a0 b1 c2', []],
  ])('%s', (_, each, hits, expected) => {
    expect(brief(matchesOf([each], steps(hits)))).toEqual(expected);
  });
});

describe('temporal_ordered', () => {
  const rule = chain('temporal_ordered', ['a', 'b', 'c']);
  it.each<[string, CorrelationRule, string, string[]]>([
    ['in order', rule, 'a0 b5 c10', ['chain: a0 b5 c10']],
    ['out of order', rule, 'b0 a5 c10', []],
    ['outside the window', rule, 'a0 b5 c11', []],
    ['a later start saves it', rule, 'a0 a2 b5 c11', ['chain: a2 b5 c11']],
    ['steps of one instant follow each other', rule, 'a5 b5 c5', ['chain: a5 b5 c5']],
    ['what takes part in no complete order is no evidence', rule, 'b0 a1 c2 b3 c4 a5', ['chain: a1 b3 c4']],
    ['two apart', rule, 'a0 b1 c2 a30 b31 c32', ['chain: a0 b1 c2', 'chain: a30 b31 c32']],
    ['a step twice', chain('temporal_ordered', ['a', 'b', 'a']), 'a0 b1 a2', ['chain: a0 b1 a2']],
    ['a step twice, once there', chain('temporal_ordered', ['a', 'b', 'a']), 'a0 b1', []],
    [
      'any two of three, in order',
      chain('temporal_ordered', ['a', 'b', 'c'], { condition: bounds({ gte: 2 }) }),
      'c0 a1 b2',
      ['chain: a1 b2'],
    ],
  ])('%s', (_, each, hits, expected) => {
    expect(brief(matchesOf([each], steps(hits)))).toEqual(expected);
  });

  it('one record is not two steps next to each other', () => {
    const same = [hit('a', 0, { recordId: 'r' }), hit('b', 0, { recordId: 'r' })];
    const two = chain('temporal_ordered', ['a', 'b']);
    expect(matchesOf([two], same)).toEqual([]);
    expect(brief(matchesOf([two], [...same, hit('b', 0, { recordId: 's' })]))).toEqual(['chain: r s']);
  });
});

describe('conditions in words', () => {
  const not = chain('temporal', ['a', 'b', 'c'], { condition: expression(['and', 'a', 'b', ['not', 'c']]) });
  const either = chain('temporal', ['a', 'b', 'c'], { condition: expression(['and', 'a', ['or', 'b', 'c']]) });
  const ordered = chain('temporal_ordered', ['a', 'b', 'c'], {
    condition: expression(['and', 'a', 'b', ['not', 'c']]),
  });
  const noneOf = chain('temporal', ['a', 'b', 'c'], {
    condition: expression(['and', 'a', ['not', ['or', 'b', 'c']]]),
  });
  it.each<[string, CorrelationRule, string, string[]]>([
    ['not: absent', not, 'a0 b5', ['chain: a0 b5']],
    ['not: present before the steps are complete', not, 'a0 c3 b5', []],
    ['not: present afterwards, within the window', not, 'a0 b5 c10', []],
    ['not: after the window', not, 'a0 b5 c11', ['chain: a0 b5']],
    ['not: before the window', not, 'c0 a1 b5', ['chain: a1 b5']],
    ['or: either is enough', either, 'a0 c5', ['chain: a0 c5']],
    ['or: both are evidence', either, 'a0 b1 c5', ['chain: a0 b1 c5']],
    ['not over or: none of them', noneOf, 'a0 a30 b35', ['chain: a0']],
    ['ordered with not', ordered, 'a0 b5', ['chain: a0 b5']],
    ['ordered with not: a later start is free of it', ordered, 'a0 c1 a2 b5', ['chain: a2 b5']],
    ['ordered with not: wrong order', ordered, 'b0 a5', []],
  ])('%s', (_, each, hits, expected) => {
    expect(brief(matchesOf([each], steps(hits)))).toEqual(expected);
  });

  it.each<[string, Partial<CorrelationRule>, RegExp]>([
    ['nothing but not', { condition: expression(['not', 'a']) }, /where nothing happened/],
    ['a contradiction', { condition: expression(['and', 'a', ['not', 'a']]) }, /contradicts itself/],
    ['fewer in an ordered chain', { type: 'temporal_ordered', condition: bounds({ lt: 2 }) }, /"gte" and "gt" only/],
    ['more rules than there are', { type: 'temporal_ordered', condition: bounds({ gte: 4 }) }, /more rules than/],
    ['words where a count belongs', { type: 'event_count', condition: expression('a') }, /goes with temporal types/],
    ['no field', { type: 'value_sum', condition: bounds({ gte: 1 }) }, /needs "field"/],
    ['a percentile of 101', { type: 'event_count', percentile: 101 }, /between 0 and 100/],
    ['a circle', { rules: ['bad'] }, /circle/],
  ])('rejects %s, and only that rule', (_, more, message) => {
    const bad = correlation({ name: 'bad', type: 'temporal', rules: ['a', 'b', 'c'], ...more });
    const good = chain('temporal', ['a', 'b']);
    const correlator = createCorrelator({ correlations: [bad, good] });
    expect(correlator.problems.map((problem) => [problem.rule, problem.file])).toEqual([['bad', 'rules/bad/rule.yml']]);
    expect(correlator.problems[0]?.message).toMatch(message);
    for (const each of steps('a0 b1')) correlator.add(each);
    expect(correlator.matches({ now: 0, history: () => undefined })).toHaveLength(1);
  });
});
