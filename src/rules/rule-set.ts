/** Rules and sources → a rule set. One bad rule is left out with a problem and stops no other. */
import type { SourceName } from '../model/log-event.ts';
import type { SourceSchema } from '../model/log-source.ts';
import { type Compiled, createCompiler, type ItemProblem } from './compile.ts';
import type { Expression } from './expression.ts';
import { createExtractor, holesOf, neededFields, pathsOfHole } from './extract.ts';
import { filtersFor, meets, missedBy } from './filters.ts';
import { referencesOf } from './link.ts';
import { createEvaluator, type Evaluator, type Program, toRuns, WHEN_ANY } from './program.ts';
import type {
  CorrelationRule,
  Detected,
  DetectionRule,
  FilterRule,
  Rule,
  RuleMode,
  RuleProblem,
  RuleSet,
  RuleSetOptions,
} from './schema.ts';
import { suggestion } from './spelling.ts';

const NOTHING: Detected = { hits: [], faults: [] };

/** Compiles `rules` as `parseRules` yields them. Never throws for a rule: see `problems`. */
export function createRuleSet(rules: readonly Rule[], options: RuleSetOptions): RuleSet {
  const problems: RuleProblem[] = [];
  const modes = modesOf(rules, options.modes ?? {}, problems);
  const active = rules.filter((rule) => modes.get(rule.name) !== 'off');
  const filters = active.filter((rule) => rule.kind === 'filter');
  const compiled = compileAll(active, filters, options, problems);
  const rejected = new Set(
    active.filter((rule) => rule.kind === 'detection' && !compiled.has(rule)).map((rule) => rule.name),
  );
  const correlations = inOrder(evaluable(active, rejected, modes, problems));
  const detections = active.filter((rule) => rule.kind === 'detection' && !rejected.has(rule.name)) as DetectionRule[];
  const programs = toPrograms(detections, compiled, options.sources, neededFields(correlations));
  const evaluators = new Map<SourceName, Evaluator>(
    options.sources.map(({ name, dispatchField }) => [name, createEvaluator(programs.get(name) ?? [], dispatchField)]),
  );
  const byName = new Map<string, DetectionRule | CorrelationRule>();
  for (const rule of [...detections, ...correlations]) {
    byName.set(rule.name, rule);
    if (rule.id !== undefined && !byName.has(rule.id)) byName.set(rule.id, rule);
  }
  return {
    detections,
    correlations,
    problems,
    blind: detections.filter((rule) => (compiled.get(rule)?.size ?? 0) === 0).map((rule) => rule.name),
    programs,
    rule: (nameOrId) => byName.get(nameOrId) ?? byName.get(nameOrId.toLowerCase()),
    mode: (name) => (byName.has(name) ? (modes.get(name) ?? 'on') : 'off'),
    detect: (event, wanted) => evaluators.get(event.source)?.(event, wanted) ?? NOTHING,
  };
}

/** True when some rule asks whether a place is familiar: only then places need to be learned. */
export function asksForPlaces({ programs }: Pick<RuleSet, 'programs'>): boolean {
  return [...programs.values()].some((list) => list.some(({ runs }) => runs.some(({ when }) => when !== WHEN_ANY)));
}

/** By rule, by source: what to evaluate. Rejected rules are missing; blind rules have no source. */
type CompiledRules = Map<Rule, Map<SourceName, Expression>>;

interface ForSource extends Compiled {
  readonly source: SourceSchema;
}

function compileAll(
  active: readonly Rule[],
  filters: readonly FilterRule[],
  options: RuleSetOptions,
  problems: RuleProblem[],
): CompiledRules {
  const compile = createSourceCompilers(options);
  const detections = active.filter((rule) => rule.kind === 'detection');
  const working = new Map<FilterRule, readonly ForSource[]>();
  for (const filter of filters) {
    const results = compile(filter);
    if (!report(filter, results, problems)) continue;
    working.set(filter, results);
    for (const name of missedBy(filter, detections)) {
      problems.push(
        problemOf(filter, 'warning', `"${name}" reads another log source than this filter, which leaves it as it is`),
      );
    }
  }
  const compiled: CompiledRules = new Map();
  for (const rule of detections) {
    const results = compile(rule);
    checkHoles(rule, problems);
    if (!report(rule, results, problems)) continue;
    if (results.length === 0) {
      problems.push(problemOf(rule, 'warning', 'can never match: no log that is read answers its log source'));
    }
    const applied = filtersFor(rule, [...working.keys()]).map((filter) => working.get(filter) ?? []);
    compiled.set(rule, new Map(results.map((result) => [result.source.name, conjoin(result, applied)])));
  }
  return compiled;
}

/** Compiles a rule for each source that answers its log source. */
function createSourceCompilers({
  sources,
  placeholders,
}: RuleSetOptions): (rule: DetectionRule | FilterRule) => ForSource[] {
  const compilers = sources.map((source) => ({ source, compile: createCompiler(source, placeholders) }));
  return (rule) =>
    compilers
      .filter(({ source }) => source.logSources.some((log) => meets(log, rule.logsource)))
      .map(({ source, compile }) => ({ source, ...compile(rule.detection) }));
}

function conjoin({ source, expression }: ForSource, filters: readonly (readonly ForSource[])[]): Expression {
  const others = filters.flatMap((of) => of.find((result) => result.source === source)?.expression ?? []);
  return others.length > 0 ? { kind: 'and', of: [expression, ...others] } : expression;
}

/** Each item's problem once, however many sources it was compiled for; oddities only when no source knows better. */
function report(
  rule: Rule,
  results: readonly { readonly problems: readonly ItemProblem[] }[],
  problems: RuleProblem[],
): boolean {
  const seen = new Map<string, { problem: ItemProblem; count: number }>();
  for (const { problems: found } of results) {
    for (const problem of found) {
      const key = `${problem.severity} ${problem.item.line}:${problem.item.column}`;
      seen.set(key, { problem, count: (seen.get(key)?.count ?? 0) + 1 });
    }
  }
  let ok = true;
  for (const { problem, count } of seen.values()) {
    const { item, message, severity } = problem;
    if (severity === 'warning' && count < results.length) continue;
    ok &&= severity !== 'error';
    const { line, column } = item;
    problems.push({ severity, file: rule.file, line, column, rule: rule.name, message });
  }
  return ok;
}

function checkHoles(rule: DetectionRule, problems: RuleProblem[]): void {
  for (const hole of holesOf(rule)) {
    if (pathsOfHole(hole, rule).length > 0) continue;
    problems.push(problemOf(rule, 'warning', `no "postern" field ends in ".${hole}", so "{${hole}}" stays empty`));
  }
}

function modesOf(
  rules: readonly Rule[],
  wanted: Readonly<Record<string, RuleMode>>,
  problems: RuleProblem[],
): ReadonlyMap<string, RuleMode> {
  const names = new Set(rules.map((rule) => rule.name));
  for (const name of Object.keys(wanted)) {
    if (names.has(name)) continue;
    const message = `there is no rule "${name}" to set a mode for${suggestion(name, names)}`;
    problems.push({ severity: 'warning', file: 'settings', message });
  }
  return new Map(
    rules.map((rule) => [rule.name, Object.hasOwn(wanted, rule.name) ? (wanted[rule.name] ?? 'on') : 'on']),
  );
}

/** Correlations all of whose rules are there. A rule that is switched off is no reason to reject: it just does not match. */
function evaluable(
  active: readonly Rule[],
  rejected: Set<string>,
  modes: ReadonlyMap<string, RuleMode>,
  problems: RuleProblem[],
): CorrelationRule[] {
  let correlations = active.filter((rule) => rule.kind === 'correlation');
  for (let before = -1; before !== correlations.length; ) {
    before = correlations.length;
    correlations = correlations.filter((rule) => {
      const missing = referencesOf(rule).find((name) => rejected.has(name));
      if (missing === undefined) return true;
      problems.push(problemOf(rule, 'error', `refers to "${missing}", which was rejected; see its problem`));
      rejected.add(rule.name);
      return false;
    });
  }
  for (const rule of correlations) {
    for (const name of referencesOf(rule).filter((reference) => modes.get(reference) === 'off')) {
      problems.push(problemOf(rule, 'warning', `"${name}", which it refers to, is switched off and never matches`));
    }
  }
  return correlations;
}

/** Those that others refer to first. */
function inOrder(correlations: readonly CorrelationRule[]): CorrelationRule[] {
  const byName = new Map(correlations.map((rule) => [rule.name, rule]));
  const ordered = new Set<CorrelationRule>();
  const visit = (rule: CorrelationRule): void => {
    for (const name of referencesOf(rule)) {
      const nested = byName.get(name);
      if (nested && !ordered.has(nested)) visit(nested);
    }
    ordered.add(rule);
  };
  for (const rule of correlations) visit(rule);
  return [...ordered];
}

function toPrograms(
  detections: readonly DetectionRule[],
  compiled: CompiledRules,
  sources: readonly SourceSchema[],
  needed: ReadonlyMap<string, ReadonlySet<string>>,
): ReadonlyMap<SourceName, readonly Program[]> {
  return new Map(
    sources.map((source) => [
      source.name,
      detections.flatMap((rule) => {
        const expression = compiled.get(rule)?.get(source.name);
        const runs = expression ? toRuns(expression) : [];
        const extract = createExtractor(rule, source, needed.get(rule.name) ?? []);
        return runs.length > 0 ? [{ rule, runs, extract, isUsed: needed.has(rule.name) }] : [];
      }),
    ]),
  );
}

function problemOf(rule: Rule, severity: RuleProblem['severity'], message: string): RuleProblem {
  return { severity, file: rule.file, line: rule.line, rule: rule.name, message };
}
