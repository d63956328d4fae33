/** Which fields a hit carries, so that correlations and stories need nothing but hits. */
import type { SourceSchema } from '../model/log-source.ts';
import { createFieldResolver, createGetter, type EventFields } from './fields.ts';
import { CARRIED_PATHS, PLACE_PATH, POSTERN_PATHS } from './postern-paths.ts';
import type { CorrelationRule, DetectionRule, Hit, Scalar, Selection } from './schema.ts';

/** The fields of a hit, out of an event's. */
export type Extractor = (fields: EventFields) => Hit['fields'];

/** Field names that correlations look at, by name of the detection rule whose hits they look at. */
export function neededFields(correlations: readonly CorrelationRule[]): ReadonlyMap<string, ReadonlySet<string>> {
  const byName = new Map(correlations.map((rule) => [rule.name, rule]));
  const needed = new Map<string, Set<string>>();
  function add(reference: string, names: readonly string[]): void {
    const nested = byName.get(reference);
    if (nested) {
      for (const below of rulesBelow(nested)) add(below, names);
      return;
    }
    const known = needed.get(reference) ?? new Set();
    for (const name of names) known.add(name);
    needed.set(reference, known);
  }
  for (const rule of correlations) {
    const looked = [...rule.groupBy, ...(rule.condition.kind === 'bounds' ? rule.condition.fields : [])];
    for (const reference of rulesBelow(rule)) {
      add(reference, [...looked, ...looked.flatMap((name) => rule.aliases[name]?.[reference] ?? [])]);
    }
  }
  return needed;
}

function rulesBelow(rule: CorrelationRule): readonly string[] {
  return [...rule.rules, ...(rule.postern.absence?.rules ?? [])];
}

/** Names in `{holes}` of a rule's story and change. */
export function holesOf({ postern }: DetectionRule): readonly string[] {
  const sentences = `${postern.story ?? ''} ${postern.change ?? ''}`;
  return [...new Set([...sentences.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? ''))];
}

/** Paths that a hole may stand for, those that the rule itself asks about first. */
export function pathsOfHole(hole: string, rule: DetectionRule): readonly string[] {
  const asked = [...rule.detection.selections.values()].flatMap(fieldsOf);
  const fits = (path: string) => path.startsWith('postern.') && path.endsWith(`.${hole}`) && path !== PLACE_PATH;
  return [...new Set([...asked.filter(fits), ...POSTERN_PATHS.filter(fits)])];
}

function fieldsOf(selection: Selection): readonly string[] {
  return selection.kind === 'item' ? [selection.field] : selection.of.flatMap(fieldsOf);
}

/** Compiles what a hit of `rule` carries. Holes come first: of several fields with one last segment, the story means that. */
export function createExtractor(rule: DetectionRule, source: SourceSchema, needed: Iterable<string>): Extractor {
  const resolve = createFieldResolver(source);
  const readerOf = (name: string) => ({ name, getters: resolve(name).paths.map(createGetter) });
  const holes = holesOf(rule).map((hole) => pathsOfHole(hole, rule).map(readerOf));
  const readers = [...new Set([...CARRIED_PATHS, ...needed])].map(readerOf);
  return (fields) => {
    const carried: Record<string, Scalar | readonly Scalar[]> = {};
    for (const candidates of holes) {
      for (const { name, getters } of candidates) {
        if (put(carried, name, getters, fields)) break;
      }
    }
    for (const { name, getters } of readers) put(carried, name, getters, fields);
    return carried;
  };
}

type FieldGetter = ReturnType<typeof createGetter>;

// What `collect` has seen since the last `put` began: kept outside, because a closure for each field of each hit costs more
// than all the rest.
let first: Scalar | undefined;
let all: Set<Scalar> | undefined;

function collect(value: Scalar): boolean {
  const trimmed = typeof value === 'string' ? value.trim() : value;
  if (first === undefined) first = trimmed;
  else if (all || trimmed !== first) all = (all ?? new Set([first])).add(trimmed);
  return false;
}

/** True when the event has a value under that name. */
function put(
  carried: Record<string, Scalar | readonly Scalar[]>,
  name: string,
  getters: readonly FieldGetter[],
  fields: EventFields,
): boolean {
  first = undefined;
  all = undefined;
  for (const get of getters) get(fields, collect);
  if (first === undefined) return false;
  carried[name] = all ? [...all] : first;
  return true;
}
