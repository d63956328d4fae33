/** Filters: `(rule) and (filter)`, the vehicle for exclusions of one organization. */
import type { SigmaLogSource } from '../model/log-source.ts';
import type { DetectionRule, FilterRule } from './schema.ts';

/** True when everything that `inner` covers is covered by `outer`: absent members of `outer` cover anything. */
export function covers(outer: SigmaLogSource, inner: SigmaLogSource): boolean {
  return (['category', 'product', 'service'] as const).every(
    (member) => outer[member] === undefined || outer[member].toLowerCase() === inner[member]?.toLowerCase(),
  );
}

/** True when some log can be both: where both name a member it is the same. */
export function meets(a: SigmaLogSource, b: SigmaLogSource): boolean {
  return (['category', 'product', 'service'] as const).every(
    (member) =>
      a[member] === undefined || b[member] === undefined || a[member].toLowerCase() === b[member].toLowerCase(),
  );
}

/** The filters that apply to a rule: those that name it, or any, and whose log source covers the rule's. */
export function filtersFor(rule: DetectionRule, filters: readonly FilterRule[]): readonly FilterRule[] {
  return filters.filter((filter) => names(filter, rule) && covers(filter.logsource, rule.logsource));
}

/** Rules that a filter names in vain, because it is written for another log source. */
export function missedBy(filter: FilterRule, rules: readonly DetectionRule[]): readonly string[] {
  if (filter.rules === 'any') return [];
  return rules
    .filter((rule) => names(filter, rule) && !covers(filter.logsource, rule.logsource))
    .map((rule) => rule.name);
}

function names(filter: FilterRule, rule: DetectionRule): boolean {
  return filter.rules === 'any' || filter.rules.includes(rule.name);
}
