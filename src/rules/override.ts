/** An admin's own numbers for correlations: POSTERN_RULE_<NAME>__TIMESPAN and __THRESHOLD. */
import type { Rule } from './schema.ts';
import { parseTimespan } from './timespan.ts';

/** By rule name. */
export type RuleValues = Readonly<Record<string, { readonly timespan?: string; readonly threshold?: number }>>;

/** What cannot be applied, by rule; the rule keeps its own number. */
export interface OverrideProblem {
  readonly rule: string;
  readonly message: string;
}

/** The rules with the values in place. */
export function overrideRules(
  rules: readonly Rule[],
  values: RuleValues,
): { readonly rules: readonly Rule[]; readonly problems: readonly OverrideProblem[] } {
  const problems: OverrideProblem[] = [];
  const changed = rules.map((rule): Rule => {
    const { timespan, threshold } = values[rule.name] ?? {};
    if (timespan === undefined && threshold === undefined) return rule;
    const say = (message: string) => void problems.push({ rule: rule.name, message });
    if (rule.kind !== 'correlation') {
      say('only correlations have a timespan and a threshold; the setting does nothing');
      return rule;
    }
    const timespanMs = timespan === undefined ? rule.timespanMs : parseTimespan(timespan);
    if (timespanMs === undefined)
      say('the timespan should be over zero and at most ten years, as 90m; the rule keeps its own');
    const { condition } = rule;
    const [only, ...more] = condition.kind === 'bounds' ? condition.bounds : [];
    if (threshold !== undefined && (!only || more.length > 0))
      say('the condition compares with no single number; the threshold does nothing');
    const isThreshold = threshold !== undefined && condition.kind === 'bounds' && only && more.length === 0;
    return {
      ...rule,
      timespanMs: timespanMs ?? rule.timespanMs,
      condition: isThreshold ? { ...condition, bounds: [{ ...only, value: threshold }] } : condition,
    };
  });
  return { rules: changed, problems };
}
