/** Correlation rules and hits for the tests, with everything that a test does not care about filled in. */
import { createPlaceHistory, observe } from '../../../../src/model/place.ts';
import { createCorrelator, type Match } from '../../../../src/rules/correlate.ts';
import type { Condition, CorrelationRule, Hit } from '../../../../src/rules/schema.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
/** An instant that everything in the tests is relative to. */
export const START = Date.UTC(2026, 2, 2, 9);

type Wanted = Partial<CorrelationRule> & Pick<CorrelationRule, 'name' | 'type' | 'rules'>;

/** A correlation grouped by person over an hour, unless said otherwise. */
export function correlation(wanted: Wanted): CorrelationRule {
  return {
    kind: 'correlation',
    title: wanted.name,
    level: 'high',
    references: [],
    tags: [],
    techniques: [],
    falsepositives: [],
    postern: { needs: [] },
    custom: {},
    file: `rules/${wanted.name}/rule.yml`,
    line: 1,
    groupBy: ['postern.person'],
    timespanMs: HOUR,
    aliases: {},
    generate: false,
    condition: { kind: 'bounds', bounds: [{ op: 'gte', value: wanted.rules.length }], fields: [] },
    ...wanted,
  };
}

/** `{ gte: 3 }` or a range, with the fields that value types look at. */
export function bounds(limits: Record<string, number>, ...fields: string[]): CorrelationRule['condition'] {
  const list = Object.entries(limits).map(([op, value]) => ({ op: op as 'gte', value }));
  return { kind: 'bounds', bounds: list, fields };
}

/** A condition over rule names, from nested lists: `['and', 'a', ['not', 'c']]`. */
export function expression(tree: Tree): CorrelationRule['condition'] {
  return { kind: 'expression', expression: toCondition(tree) };
}
type Tree = string | readonly ['and' | 'or' | 'not', ...Tree[]];
function toCondition(tree: Tree): Condition {
  if (typeof tree === 'string') return { kind: 'name', name: tree };
  const [kind, ...rest] = tree;
  const of = rest.map(toCondition);
  return kind === 'not' ? { kind, of: of[0] as Condition } : { kind, of };
}

/** A hit of `rule`, `minutes` after the start, of person p. */
export function hit(rule: string, minutes: number, more: Partial<Hit> = {}): Hit {
  const recordId = more.recordId ?? `${rule}-${String(minutes).padStart(6, '0')}`;
  return {
    rule,
    recordId,
    action: recordId,
    source: 'directory-audits',
    at: START + minutes * MINUTE,
    when: 7,
    place: {},
    ...more,
    fields: { 'postern.person': 'p', ...more.fields },
  };
}

/** A history that was at 198.51.100.0/24 long before the start. */
export function settledHistory() {
  const history = createPlaceHistory();
  observe(history, { network: '198.51.100.0/24' }, START - 30 * 24 * HOUR);
  return history;
}

/** Matches of a fresh correlator, a year later unless said otherwise. */
export function matchesOf(
  rules: readonly CorrelationRule[],
  hits: readonly Hit[],
  { now = START + 365 * 24 * HOUR, cap = 512 } = {},
): Match[] {
  const correlator = createCorrelator({ correlations: rules }, { cap });
  for (const each of hits) correlator.add(each);
  return correlator.matches({ now, history: () => settledHistory() });
}

/** Matches as `rule: record ids`, which is what most tests compare. */
export function brief(matches: readonly Match[]): string[] {
  return matches.map((match) => `${match.rule}: ${match.evidence.map(({ recordId }) => recordId).join(' ')}`);
}
