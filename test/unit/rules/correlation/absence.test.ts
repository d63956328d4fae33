import { describe, expect, it } from 'vitest';
import { createCorrelator } from '../../../../src/rules/correlate.ts';
import type { CorrelationRule, Hit } from '../../../../src/rules/schema.ts';
import { bounds, brief, correlation, HOUR, hit, MINUTE, START } from './rules.ts';

const absence = (more: Partial<CorrelationRule> = {}) =>
  correlation({
    name: 'alone',
    type: 'temporal_ordered',
    rules: ['a', 'b'],
    postern: { needs: [], absence: { rules: ['c'], withinMs: 4 * HOUR } },
    ...more,
  });

function at(hours: number, rule: CorrelationRule, hits: readonly Hit[]) {
  const correlator = createCorrelator({ correlations: [rule] });
  for (const each of hits) correlator.add(each);
  const found = brief(correlator.matches({ now: START + hours * HOUR, history: () => undefined }));
  const due = correlator.nextDeadline();
  return { found, due: due === undefined ? undefined : (due - START) / MINUTE };
}

describe('absence', () => {
  const a = hit('a', 0, { recordId: 'a' });
  const b = hit('b', 10, { recordId: 'b' });
  const c = (minutes: number) => hit('c', minutes, { recordId: 'c' });
  const fired = ['alone: a b'];

  it.each<[string, number, Hit[], string[], number | undefined]>([
    ['pending while the time runs', 1, [a, b], [], 250],
    ['fires when it is over', 5, [a, b], fired, undefined],
    ['fires at the deadline itself', 250 / 60, [a, b], fired, undefined],
    ['what was awaited came', 5, [a, b, c(100)], [], undefined],
    ['it came at once', 5, [a, b, c(10)], [], undefined],
    ['it came at the last instant', 5, [a, b, c(250)], [], undefined],
    ['it came too late', 5, [a, b, c(251)], fired, undefined],
    ['it came before the last step', 5, [a, b, c(9)], fired, undefined],
    ['of somebody else', 5, [a, b, hit('c', 100, { fields: { 'postern.person': 'q' } })], fired, undefined],
    ['the last step itself is no follower', 5, [a, b, hit('c', 10, { recordId: 'b' })], fired, undefined],
    ['a follower of the same instant is', 5, [a, b, hit('c', 10, { recordId: 'b' }), c(10)], [], undefined],
    ['nothing to wait for without the chain', 5, [a], [], undefined],
  ])('%s', (_, hours, hits, expected, due) => {
    expect(at(hours, absence(), hits)).toEqual({ found: expected, due });
  });

  it('a step repeated later does not hold up the first', () => {
    const again = hit('b', 40, { recordId: 'b2' });
    expect(at(4.5, absence(), [a, b, again])).toEqual({ found: fired, due: 280 });
    expect(at(4.8, absence(), [a, b, again])).toEqual({ found: ['alone: a b b2'], due: undefined });
  });

  it('goes with counts as well', () => {
    const rule = absence({ type: 'event_count', rules: ['a'], condition: bounds({ gte: 1 }) });
    expect(at(3, rule, [a])).toEqual({ found: [], due: 240 });
    expect(at(4, rule, [a])).toEqual({ found: ['alone: a'], due: undefined });
  });

  it('follows the clock without new hits, and back when what was awaited arrives late', () => {
    const correlator = createCorrelator({ correlations: [absence()] });
    for (const each of [a, b]) correlator.add(each);
    const ask = (hours: number) =>
      correlator.matches({ now: START + hours * HOUR, history: () => undefined, onlyDirty: true });
    expect(ask(1)).toEqual([]);
    expect(brief(ask(5))).toEqual(fired);
    expect(ask(6)).toEqual([]);
    expect(ask(1)).toEqual([]);
    expect(brief(ask(6))).toEqual(fired);
    correlator.add(c(100));
    expect(correlator.matches({ now: START + 6 * HOUR, history: () => undefined })).toEqual([]);
    expect(correlator.nextDeadline()).toBeUndefined();
  });
});
