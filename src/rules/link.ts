/** Ties rules together: unique names, references by name or id, no cycles. */
import { mapNames } from './parse-correlation.ts';
import type { CorrelationRule, FilterRule, Rule, RuleProblem } from './schema.ts';
import { suggestion } from './spelling.ts';

/** Rules with references resolved to names; a rule whose references cannot be resolved is left out and reported. */
export function linkRules(rules: readonly Rule[]): { rules: readonly Rule[]; problems: readonly RuleProblem[] } {
  const problems: RuleProblem[] = [];
  const report = (rule: Rule, message: string) =>
    void problems.push({ severity: 'error', file: rule.file, line: rule.line, rule: rule.name, message });
  const unique = withoutDuplicates(rules, report);
  const names = createNames(unique);
  let linked = unique.flatMap((rule) => resolveReferences(rule, names, report) ?? []);
  // Leaving one out can leave another without what it refers to, so this goes on until nothing changes.
  for (let before = -1; before !== linked.length; ) {
    before = linked.length;
    linked = withoutOrphans(linked, report);
  }
  return { rules: withoutCycles(linked, report), problems };
}

type Report = (rule: Rule, message: string) => void;

/** The names that a linked rule refers to. */
export function referencesOf(rule: Rule): readonly string[] {
  if (rule.kind === 'detection') return [];
  if (rule.kind === 'filter') return rule.rules === 'any' ? [] : rule.rules;
  return [...rule.rules, ...(rule.postern.absence?.rules ?? [])];
}

function withoutDuplicates(rules: readonly Rule[], report: Report): Rule[] {
  const names = new Map<string, Rule>();
  const ids = new Map<string, Rule>();
  return rules.filter((rule) => {
    const sameName = names.get(rule.name);
    const sameId = rule.id === undefined ? undefined : ids.get(rule.id);
    if (sameId) report(rule, `the id is taken by ${placeOf(sameId)}; give one of them a new id`);
    else if (sameName) report(rule, `the name "${rule.name}" is taken by ${placeOf(sameName)}; rename one of them`);
    if (sameName || sameId) return false;
    names.set(rule.name, rule);
    if (rule.id !== undefined) ids.set(rule.id, rule);
    return true;
  });
}

function placeOf(rule: Rule): string {
  return `${rule.file}:${rule.line}`;
}

interface Names {
  readonly find: (nameOrId: string) => Rule | undefined;
  readonly all: readonly string[];
}

function createNames(rules: readonly Rule[]): Names {
  const byName = new Map(rules.map((rule) => [rule.name, rule]));
  const byId = new Map(rules.flatMap((rule) => (rule.id === undefined ? [] : [[rule.id, rule] as const])));
  return {
    find: (nameOrId) => byName.get(nameOrId) ?? byId.get(nameOrId.toLowerCase()),
    all: [...byName.keys()],
  };
}

function resolveReferences(rule: Rule, names: Names, report: Report): Rule | undefined {
  let ok = true;
  const resolve = (reference: string, mayBe: readonly Rule['kind'][]): string => {
    const target = names.find(reference);
    if (target && mayBe.includes(target.kind)) return target.name;
    ok = false;
    if (target) report(rule, `"${reference}" is a ${target.kind}, which cannot be referred to here`);
    else report(rule, `there is no rule "${reference}"${suggestion(reference, names.all)}`);
    return reference;
  };
  const linked =
    rule.kind === 'correlation'
      ? linkCorrelation(rule, resolve)
      : rule.kind === 'filter'
        ? linkFilter(rule, resolve)
        : rule;
  return ok ? linked : undefined;
}

type Resolve = (reference: string, mayBe: readonly Rule['kind'][]) => string;

function linkCorrelation(rule: CorrelationRule, resolve: Resolve): CorrelationRule {
  const name = (reference: string) => resolve(reference, ['detection', 'correlation']);
  // Each reference is resolved once, so that it is reported once.
  const resolved = new Map<string, string>();
  const once = (reference: string): string => {
    const known = resolved.get(reference) ?? name(reference);
    resolved.set(reference, known);
    return known;
  };
  const { absence } = rule.postern;
  return {
    ...rule,
    rules: [...new Set(rule.rules.map(once))],
    aliases: Object.fromEntries(
      Object.entries(rule.aliases).map(([alias, fields]) => [
        alias,
        Object.fromEntries(Object.entries(fields).map(([reference, field]) => [once(reference), field])),
      ]),
    ),
    condition:
      rule.condition.kind === 'expression'
        ? { kind: 'expression', expression: mapNames(rule.condition.expression, once) }
        : rule.condition,
    postern: absence ? { ...rule.postern, absence: { ...absence, rules: absence.rules.map(once) } } : rule.postern,
  };
}

function linkFilter(rule: FilterRule, resolve: Resolve): FilterRule {
  if (rule.rules === 'any') return rule;
  return { ...rule, rules: rule.rules.map((reference) => resolve(reference, ['detection'])) };
}

/** Rules that refer to one that was left out. */
function withoutOrphans(rules: readonly Rule[], report: Report): Rule[] {
  const names = new Set(rules.map((rule) => rule.name));
  return rules.filter((rule) => {
    const missing = referencesOf(rule).find((name) => !names.has(name));
    if (missing !== undefined) report(rule, `refers to "${missing}", which was rejected; see its problem`);
    return missing === undefined;
  });
}

/** Correlations may be nested this deep. */
const MAX_NESTING = 16;

/** Leaves out correlations that refer to themselves around corners, or are nested too deeply, and those that refer to such. */
function withoutCycles(rules: readonly Rule[], report: Report): Rule[] {
  const byName = new Map(rules.map((rule) => [rule.name, rule]));
  const fine = new Set<string>();
  /** The way to a cycle or too far down; `undefined` = there is none. */
  function wayDown(rule: Rule, path: readonly string[]): readonly string[] | undefined {
    if (fine.has(rule.name) || rule.kind !== 'correlation') return undefined;
    if (path.includes(rule.name) || path.length > MAX_NESTING) return [...path, rule.name];
    for (const name of referencesOf(rule)) {
      const target = byName.get(name);
      const way = target && wayDown(target, [...path, rule.name]);
      if (way) return way;
    }
    fine.add(rule.name);
    return undefined;
  }
  return rules.filter((rule) => {
    const way = wayDown(rule, []);
    if (!way) return true;
    const last = way.at(-1) ?? '';
    if (way.indexOf(last) < way.length - 1) report(rule, `refers to itself in a circle: ${way.join(' → ')}`);
    else report(rule, `correlations are nested more than ${MAX_NESTING} deep`);
    return false;
  });
}
