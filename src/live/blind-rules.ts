/** Which rules cannot see what they need, given the gaps: in the words of `watch.report`. Pure. */

import type { Watch } from '../assemble-watch.ts';
import type { SourceName } from '../model/log-event.ts';
import type { RuleReport } from '../report/scan-report.ts';
import type { CorrelationRule, DetectionRule } from '../rules/schema.ts';
import { activitiesOf, fieldsOf } from './coverage-activities.ts';
import { explainGap, type Gap } from './gaps.ts';

/**
 * State of every rule: as set, or blind because of a gap, with what to do about it. A chain is blind when it cannot be
 * completed any more: one of its steps is blind, or all of them where any would do.
 */
export function ruleStates(watch: Watch, gaps: readonly Gap[]): RuleReport[] {
  const whole = new Map(gaps.filter((gap) => !isPartial(gap)).map((gap) => [gap.source, gap]));
  const seen = new Set(watch.sources.map(({ name }) => name).filter((name) => !whole.has(name)));
  const reports = watch.report(seen, new Map());
  const why = createReasons(watch, gaps, whole);
  return reports.map((report) => {
    if (report.state === 'rejected' || report.state === 'off') return report;
    const rule = watch.ruleSet.rule(report.name);
    const reason = rule && why(rule);
    return reason === undefined ? report : { ...report, state: 'blind', why: reason };
  });
}

/** The blind ones of `ruleStates`. */
export function blindRules(watch: Watch, gaps: readonly Gap[]): { readonly rule: string; readonly why: string }[] {
  return ruleStates(watch, gaps).flatMap(({ name, state, why }) =>
    state === 'blind' ? [{ rule: name, why: why ?? 'It cannot see what it needs.' }] : [],
  );
}

function isPartial({ fields, activities }: Gap): boolean {
  return fields !== undefined || activities !== undefined;
}

type Rule = DetectionRule | CorrelationRule;

function createReasons(watch: Watch, gaps: readonly Gap[], whole: ReadonlyMap<SourceName, Gap>) {
  const audits = watch.sources.find(({ name }) => name === 'directory-audits')?.fields ?? {};
  const partial = gaps.filter(isPartial);
  const known = new Map<string, string | undefined>();

  function ofDetection(rule: DetectionRule): string | undefined {
    const fields = fieldsOf(rule);
    const activities = activitiesOf(rule, audits);
    const gap = partial.find(
      (one) =>
        rule.postern.needs.includes(one.source) &&
        (one.fields?.some((field) => fields.some((name) => name === field || name.startsWith(`${field}.`))) ||
          (activities.length > 0 && activities.every((activity) => one.activities?.includes(activity)))),
    );
    return gap && explainGap(gap);
  }

  function ofSteps(rule: CorrelationRule): string | undefined {
    const steps = rule.rules.map((name) => watch.ruleSet.rule(name));
    const reasons = steps.map((step) => step && why(step));
    const isEnough = rule.type.startsWith('temporal')
      ? reasons.some((reason) => reason !== undefined)
      : reasons.every((reason) => reason !== undefined);
    return isEnough ? reasons.find((reason) => reason !== undefined) : undefined;
  }

  function why(rule: Rule): string | undefined {
    if (known.has(rule.name)) return known.get(rule.name);
    known.set(rule.name, undefined);
    const missing = rule.postern.needs.flatMap((need) => whole.get(need) ?? []);
    const reason =
      missing.length > 0
        ? missing.map(explainGap).join(' ')
        : rule.kind === 'detection'
          ? ofDetection(rule)
          : ofSteps(rule);
    known.set(rule.name, reason);
    return reason;
  }
  return why;
}
