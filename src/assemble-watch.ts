/** Puts content, rules, sources and correlation together: what `scan`, the tests and the live functions evaluate with. */
import { randomBytes } from 'node:crypto';
import { ruleKey } from './config.ts';
import type { SourceName } from './model/log-event.ts';
import type { LogSource } from './model/log-source.ts';
import type { ParsedContent } from './parsed-content.ts';
import type { RuleReport } from './report/scan-report.ts';
import { type Correlator, createCorrelator } from './rules/correlate.ts';
import type { GradingRules } from './rules/outcome.ts';
import { overrideRules, type RuleValues } from './rules/override.ts';
import { createRuleSet } from './rules/rule-set.ts';
import type { CorrelationRule, DetectionRule, RuleMode, RuleProblem, RuleSet, Scalar } from './rules/schema.ts';
import { createSources } from './sources/index.ts';
import { keyedHash } from './sources/keyed-hash.ts';

/** What a watch is made of. */
export interface WatchOptions {
  readonly content: ParsedContent;
  readonly placeholders?: Readonly<Record<string, readonly Scalar[]>>;
  readonly modes?: Readonly<Record<string, RuleMode>>;
  /** An admin's own timespans and thresholds, by rule name. */
  readonly values?: RuleValues;
  /** Key of the hashes that recovery numbers and addresses are compared by. Random when left out: equality within one run. */
  readonly hashKey?: Buffer;
}

/** Compiled rules with the sources they read. */
export interface Watch {
  readonly sources: readonly LogSource[];
  readonly ruleSet: RuleSet;
  readonly correlator: Correlator;
  readonly grading: GradingRules;
  readonly problems: readonly RuleProblem[];
  /** State of every rule, given the sources that had records and how often each detection matched. */
  readonly report: (seen: ReadonlySet<SourceName>, hitsOf: ReadonlyMap<string, number>) => RuleReport[];
}

/** Compiles and links everything. Bad rules are only reported. */
export function assembleWatch(options: WatchOptions): Watch {
  const { content } = options;
  const key = options.hashKey ?? randomBytes(32);
  const sources = createSources({
    providers: content.providers,
    indicators: content.indicators,
    hash: keyedHash(key),
  });
  const { placeholders, modes, values = {} } = options;
  const overridden = overrideRules(content.rules, values);
  const ruleSet = createRuleSet(overridden.rules, {
    sources,
    ...(placeholders && { placeholders }),
    ...(modes && { modes }),
  });
  const correlator = createCorrelator(ruleSet, { signalsConclude: false });
  const problems = [
    ...content.problems,
    ...overridden.problems.map(
      ({ rule, message }): RuleProblem => ({ file: ruleSetting(rule), message, severity: 'warning', rule }),
    ),
    ...ruleSet.problems,
    ...correlator.problems,
  ];
  return {
    sources,
    ruleSet,
    correlator,
    grading: gradingOf(ruleSet),
    problems,
    report: (seen, hitsOf) => [
      ...ruleSet.detections.map((rule) => stateOf(rule, ruleSet, sources, seen, hitsOf)),
      ...ruleSet.correlations.map((rule) => stateOf(rule, ruleSet, sources, seen, hitsOf)),
      ...[...Map.groupBy(problems.filter(isError), nameOf)].map(([name, own]) => rejected(name, own)),
    ],
  };
}

/** Where an admin's own number was set. */
function ruleSetting(rule: string): string {
  return `POSTERN_RULE_${ruleKey(rule)}`;
}

function gradingOf(ruleSet: RuleSet): GradingRules {
  return {
    chain(name) {
      const rule = ruleSet.rule(name);
      if (rule?.kind !== 'correlation') return undefined;
      // A correlation of somebody else's names no outcome: what it saw is at least an attack.
      return { outcome: rule.postern.outcome ?? 'attacked', level: rule.level, techniques: rule.techniques };
    },
    signal(name) {
      const rule = ruleSet.rule(name);
      if (rule?.kind !== 'detection') return undefined;
      const { story, change } = rule.postern;
      return { title: rule.title, level: rule.level, story: story ?? rule.title, ...(change && { change }) };
    },
  };
}

function stateOf(
  rule: DetectionRule | CorrelationRule,
  ruleSet: RuleSet,
  sources: readonly LogSource[],
  seen: ReadonlySet<SourceName>,
  hitsOf: ReadonlyMap<string, number>,
): RuleReport {
  const { name, title } = rule;
  const hits = hitsOf.get(name) ?? 0;
  if (ruleSet.blind.includes(name)) {
    return { name, title, hits, state: 'blind', why: 'No log that Postern reads answers the log source of this rule.' };
  }
  const missing = rule.postern.needs.filter((need) => !seen.has(need));
  if (missing.length > 0) return { name, title, hits, state: 'blind', why: whyBlind(missing, sources) };
  return { name, title, hits, state: ruleSet.mode(name) };
}

function whyBlind(missing: readonly SourceName[], sources: readonly LogSource[]): string {
  return missing
    .map((name) => {
      const source = sources.find((candidate) => candidate.name === name);
      return `No record of ${(source?.title ?? name).toLowerCase()} was read. It needs: ${source?.needs.join(', ') ?? name}.`;
    })
    .join(' ');
}

function isError({ severity }: RuleProblem): boolean {
  return severity === 'error';
}

/** A rule, or a file that is none. */
function nameOf({ rule, file }: RuleProblem): string {
  return rule ?? file;
}

function rejected(name: string, own: readonly RuleProblem[]): RuleReport {
  const problems = own.map(({ file, line, column, message }) => ({
    file,
    ...(line !== undefined && { line }),
    ...(column !== undefined && { column }),
    message,
  }));
  const why = own.map(({ message }) => message).join('; ');
  return { name, title: name, state: 'rejected', why, problems, hits: 0 };
}
