/** From correlation rules to chains and windows: what is looked up once, when a correlator is made. */
import type { CorrelationRule, RuleProblem } from '../schema.ts';
import { type Alternative, toAlternatives } from './temporal.ts';

/** A correlation rule, ready to be evaluated. */
export interface Chain {
  readonly rule: CorrelationRule;
  readonly window: WindowPlan;
  /** Names whose points the chain looks at, those of its absence not among them. */
  readonly steps: ReadonlySet<string>;
  /** Names of all rules it refers to, those of its absence among them. */
  readonly refersTo: readonly string[];
  /** 0 = refers to detection rules only, else one more than the deepest chain it refers to. */
  readonly depth: number;
  /** For temporal types with a condition or an order. */
  readonly alternatives?: readonly Alternative[];
  /** False: only other correlations use it (`generate: false` there). */
  readonly concludes: boolean;
}

/** Hits of the same rules grouped by the same fields are kept once, whatever number of chains looks at them. */
export interface WindowPlan {
  /** Stable over restarts: the group-by names, and the aliases behind them if any. */
  readonly id: string;
  readonly groupBy: readonly string[];
  /** Rule name → the field that stands for each group-by name in its hits. */
  readonly rules: ReadonlyMap<string, readonly string[]>;
  readonly chains: readonly Chain[];
  /** How long a hit can matter after it happened, ms, without lateness. */
  readonly retentionMs: number;
}

/** Everything a correlator looks up. */
export interface Plan {
  /** Those that others refer to come first. */
  readonly chains: readonly Chain[];
  readonly windows: readonly WindowPlan[];
  /** Rule name → windows that keep its hits. */
  readonly windowsOf: ReadonlyMap<string, readonly WindowPlan[]>;
  readonly problems: readonly RuleProblem[];
}

/**
 * Id of the window that keeps hits of detection rules that a correlation with `generate: true` refers to: they are
 * conclusions of their own. No group-by can have this id.
 */
export const GENERATED_WINDOW = '(generated)';

interface Draft {
  id: string;
  groupBy: readonly string[];
  rules: Map<string, readonly string[]>;
  chains: Chain[];
  retentionMs: number;
}

/**
 * Compiles correlation rules. A rule that cannot be evaluated is a problem and is left out, with those that need it.
 * @param signalsConclude False: signals that `generate` makes conclusions of are not kept for that.
 */
export function toPlan(rules: readonly CorrelationRule[], signalsConclude = true): Plan {
  const problems: RuleProblem[] = [];
  const ordered = order(rules, problems);
  const byName = new Map(ordered.map((rule) => [rule.name, rule]));
  const generated = new Set(ordered.filter((rule) => rule.generate).flatMap((rule) => rule.rules));
  const used = new Set(ordered.flatMap((rule) => rule.rules));
  const lasting = retentions(ordered);
  const windows = new Map<string, Draft>();
  const chains: Chain[] = [];
  const rejected = new Set<string>();
  const depths = new Map<string, number>();
  for (const rule of ordered) {
    const alternatives = alternativesOf(rule);
    const needs = referred(rule).find((name) => rejected.has(name));
    if (typeof alternatives === 'string' || needs !== undefined) {
      rejected.add(rule.name);
      problems.push(problem(rule, typeof alternatives === 'string' ? alternatives : `the rule "${needs}" is rejected`));
      continue;
    }
    const window = windowFor(rule, windows);
    window.retentionMs = Math.max(window.retentionMs, lasting.get(rule.name) ?? rule.timespanMs);
    const concludes = !used.has(rule.name) || generated.has(rule.name);
    const depth = 1 + Math.max(-1, ...referred(rule).map((name) => depths.get(name) ?? -1));
    depths.set(rule.name, depth);
    const chain: Chain = {
      rule,
      window,
      steps: new Set(rule.rules),
      refersTo: referred(rule),
      depth,
      concludes,
      ...(alternatives && { alternatives }),
    };
    window.chains.push(chain);
    chains.push(chain);
  }
  const singles = new Set([...generated].filter((name) => !byName.has(name)));
  if (signalsConclude && singles.size > 0) windows.set(GENERATED_WINDOW, generatedWindow(singles));
  const all = [...windows.values()];
  const windowsOf = new Map<string, WindowPlan[]>();
  for (const window of all) {
    for (const name of window.rules.keys()) windowsOf.set(name, [...(windowsOf.get(name) ?? []), window]);
  }
  return { chains, windows: all, windowsOf, problems };
}

function generatedWindow(names: ReadonlySet<string>): Draft {
  const rules = new Map([...names].map((name) => [name, []]));
  return { id: GENERATED_WINDOW, groupBy: [], rules, chains: [], retentionMs: 0 };
}

function alternativesOf(rule: CorrelationRule): readonly Alternative[] | string | undefined {
  const { condition, type } = rule;
  if (!(rule.timespanMs > 0)) return 'the timespan must be longer than nothing';
  if (type === 'temporal_ordered' || (type === 'temporal' && condition.kind === 'expression')) {
    return toAlternatives(rule);
  }
  if (condition.kind === 'expression') return `a condition in words goes with temporal types, not with ${type}`;
  if (type.startsWith('value_') && condition.fields.length === 0) return `${type} needs "field" in its condition`;
  if (type.startsWith('value_') && type !== 'value_count' && condition.fields.length > 1) {
    return `${type} looks at one field, not at several`;
  }
  if (rule.percentile !== undefined && !(rule.percentile >= 0 && rule.percentile <= 100)) {
    return 'the percentile must be between 0 and 100';
  }
  return undefined;
}

/** Rules that are referred to, before those that refer to them. Rules in a circle are left out. */
function order(rules: readonly CorrelationRule[], problems: RuleProblem[]): CorrelationRule[] {
  const byName = new Map(rules.map((rule) => [rule.name, rule]));
  const done = new Map<string, boolean>();
  const result: CorrelationRule[] = [];
  const visit = (rule: CorrelationRule, path: ReadonlySet<string>): boolean => {
    const known = done.get(rule.name);
    if (known !== undefined) return known;
    if (path.has(rule.name)) return false;
    const below = new Set(path).add(rule.name);
    const isFine = referred(rule).every((name) => {
      const inner = byName.get(name);
      return !inner || visit(inner, below);
    });
    if (done.has(rule.name)) return isFine;
    done.set(rule.name, isFine);
    if (isFine) result.push(rule);
    else problems.push(problem(rule, 'correlations refer to each other in a circle'));
    return isFine;
  };
  for (const rule of rules) visit(rule, new Set());
  return result;
}

function referred(rule: CorrelationRule): readonly string[] {
  return [...rule.rules, ...(rule.postern.absence?.rules ?? [])];
}

/** Rule name → how long a hit can matter: its own window and absence, and those of every rule above it. */
function retentions(ordered: readonly CorrelationRule[]): Map<string, number> {
  const above = new Map<string, number>();
  const result = new Map<string, number>();
  for (const rule of ordered.toReversed()) {
    const own = rule.timespanMs + (rule.postern.absence?.withinMs ?? 0) + (above.get(rule.name) ?? 0);
    result.set(rule.name, own);
    for (const name of referred(rule)) above.set(name, Math.max(above.get(name) ?? 0, own));
  }
  return result;
}

function windowFor(rule: CorrelationRule, windows: Map<string, Draft>): Draft {
  const aliases = rule.groupBy.flatMap((name) => {
    const fields = rule.aliases[name];
    return fields ? [[name, Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))]] : [];
  });
  const id = rule.groupBy.join(',') + (aliases.length > 0 ? ` ${JSON.stringify(aliases)}` : '');
  let window = windows.get(id);
  if (!window) {
    window = { id, groupBy: rule.groupBy, rules: new Map(), chains: [], retentionMs: 0 };
    windows.set(id, window);
  }
  for (const name of referred(rule)) {
    window.rules.set(
      name,
      rule.groupBy.map((field) => rule.aliases[field]?.[name] ?? field),
    );
  }
  return window;
}

function problem(rule: CorrelationRule, message: string): RuleProblem {
  return { severity: 'error', rule: rule.name, file: rule.file, line: rule.line, message };
}
