/**
 * What the cases of a rule must show: that it fires, that it stays quiet where one thing is lacking (near misses), and
 * that it stays quiet in ordinary life that looks alike. rules/README.md is the author's view.
 */
import { holds } from './condition.ts';
import type { CorrelationRule, DetectionRule, RuleSet } from './schema.ts';

/**
 * Why the rule of a folder stays quiet in a case. `ordinary`: nothing happened that anybody should hear of. Near misses:
 * a `step` is missing; all steps are there, but some are `other` people's (or of another address, attempt, phone), in
 * the wrong `order`, or too far apart (`window`).
 */
export const QUIET_KINDS = ['ordinary', 'step', 'other', 'order', 'window'] as const;
/** See `QUIET_KINDS`. */
export type QuietKind = (typeof QUIET_KINDS)[number];

type AnyRule = DetectionRule | CorrelationRule;

/** The kinds of quiet cases that a rule must have: those in which it could be wrong. */
export function neededKinds(rule: AnyRule): readonly QuietKind[] {
  if (rule.kind === 'detection') return ['ordinary', 'step'];
  if (rule.type === 'temporal_ordered') return ['ordinary', 'step', 'other', 'order', 'window'];
  return countsToOne(rule) ? ['ordinary', 'step'] : ['ordinary', 'step', 'other', 'window'];
}

/** One hit is enough: nothing can lie too far apart or belong to others. */
function countsToOne({ type, condition }: CorrelationRule): boolean {
  if (type === 'temporal' || condition.kind !== 'bounds') return false;
  return condition.bounds.every(({ op, value }) => op === 'gte' && value <= 1);
}

/**
 * Why a case is not of the kind that it says, in words; `undefined` if it may be.
 * @param signals Detection rules that fired in it.
 * @param chains Correlations that fired in it.
 */
export function whyNotOfKind(
  kind: QuietKind,
  rule: AnyRule,
  ruleSet: Pick<RuleSet, 'rule'>,
  { signals, chains }: { readonly signals: readonly string[]; readonly chains: readonly string[] },
): string | undefined {
  if (kind === 'ordinary') {
    return chains.length > 0 ? `in ordinary life nothing may fire; fired: ${chains.join(', ')}` : undefined;
  }
  if (rule.kind === 'detection') {
    return kind === 'step' ? undefined : `"${kind}" is for chains and campaigns; for a signal say "step"`;
  }
  const fired = (name: string): boolean => {
    const below = ruleSet.rule(name);
    if (below?.kind !== 'correlation') return signals.includes(name);
    return rule.generate ? chains.includes(name) : below.rules.some(fired);
  };
  const isComplete = hasAllSteps(rule, fired);
  const isCount = !rule.type.startsWith('temporal');
  if (kind === 'step') {
    return isComplete && !isCount ? 'all steps are there: say "other", "order" or "window"' : undefined;
  }
  return isComplete ? undefined : `"${kind}" needs all steps to be there; there are: ${signals.join(', ') || 'none'}`;
}

/** All that the rule builds on has fired, whenever, wherever and to whomever; for counts: any of it. */
function hasAllSteps({ type, condition, rules }: CorrelationRule, fired: (name: string) => boolean): boolean {
  if (condition.kind === 'expression') return holds(condition.expression, fired);
  return type.startsWith('temporal') ? rules.every(fired) : rules.some(fired);
}
