/** From a rule's field names to the paths of an event, and from a path to its values. */
import type { SourceSchema } from '../model/log-source.ts';
import { POSTERN_PATHS } from './postern-paths.ts';
import type { Scalar } from './schema.ts';
import { closest } from './spelling.ts';

/** The fields of an event: the record and `postern`. */
export type EventFields = Readonly<Record<string, unknown>>;

/** What a field name means in one source. */
export interface ResolvedField {
  /** Dotted paths; the field's values are the union of theirs. */
  readonly paths: readonly string[];
  /** False: probably no such field. The name is then read as a path, as it is written. */
  readonly known: boolean;
  /** What was probably meant. */
  readonly guess?: string;
}

/** Resolves names of one source. Case does not matter for names that the source or Postern knows. */
export function createFieldResolver(source: SourceSchema): (name: string) => ResolvedField {
  const aliases = new Map(Object.entries(source.fields).map(([alias, paths]) => [alias.toLowerCase(), paths]));
  const paths = new Map<string, string>();
  for (const path of [...Object.values(source.fields).flat(), ...POSTERN_PATHS]) {
    for (const prefix of prefixesOf(path)) paths.set(prefix.toLowerCase(), prefix);
  }
  const names = [...Object.keys(source.fields), ...paths.values()];
  return (name) => {
    const lower = name.toLowerCase();
    const aliased = aliases.get(lower);
    if (aliased) return { paths: aliased, known: true };
    const path = paths.get(lower);
    if (path !== undefined) return { paths: [path], known: true };
    const extended = extendKnown(name, aliases, paths);
    if (extended) return { paths: extended, known: true };
    const guess = closest(name, names);
    const isForeign = lower.startsWith('postern.') || lower.startsWith('properties.');
    const known = isLikePath(name) && !isForeign && (guess === undefined || name.length < 8);
    return { paths: [name], known, ...(guess && { guess }) };
  };
}

/**
 * `TargetResources.ModifiedProperties.NewValue` where only `targetResources.modifiedProperties` is known: the rest goes on
 * from there, as it is written and in Graph's camel case.
 */
function extendKnown(
  name: string,
  aliases: ReadonlyMap<string, readonly string[]>,
  paths: ReadonlyMap<string, string>,
): readonly string[] | undefined {
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
    const start = name.slice(0, dot).toLowerCase();
    const path = paths.get(start);
    const heads = aliases.get(start) ?? (path === undefined || path.startsWith('postern') ? undefined : [path]);
    if (!heads) continue;
    const rest = name.slice(dot + 1);
    const camel = rest.replace(/(^|\.)([A-Z])/g, (_, before: string, letter: string) => before + letter.toLowerCase());
    const extended = heads.flatMap((head) => [`${head}.${rest}`, `${head}.${camel}`]);
    return [...new Set(extended.map((candidate) => paths.get(candidate.toLowerCase()) ?? candidate))];
  }
  return undefined;
}

/** Graph writes paths in camel case; a capital first letter is a column name of some export. */
function isLikePath(name: string): boolean {
  return /^[a-z][\w@-]*(?:\.[\w@-]+)*$/.test(name);
}

function prefixesOf(path: string): string[] {
  const segments = path.split('.');
  return segments.map((_, index) => segments.slice(0, index + 1).join('.'));
}

/** Calls `visit` with the values at a path until it answers true; the answer is whether it did. Null is no value. */
export type Getter = (fields: EventFields, visit: (value: Scalar) => boolean) => boolean;

/**
 * Compiles a path. On the way and at the end, a list stands for each of its elements; an object at the end stands for its
 * compact JSON text.
 */
export function createGetter(path: string): Getter {
  const segments = path.split('.');
  const [first = '', second = ''] = segments;
  // Most paths are `name` or `postern.name`, and the walk for any path takes three times as long.
  if (segments.length === 1 && !(first in Object.prototype)) return (fields, visit) => visitValue(fields[first], visit);
  if (segments.length === 2 && first === 'postern' && !(second in Object.prototype)) {
    return ({ postern }, visit) => {
      if (typeof postern !== 'object' || postern === null) return false;
      return visitValue((postern as Record<string, unknown>)[second], visit);
    };
  }
  const visitFrom = (value: unknown, index: number, visit: (value: Scalar) => boolean): boolean => {
    let current = value;
    for (let at = index; at < segments.length; at++) {
      if (typeof current !== 'object' || current === null) return false;
      if (Array.isArray(current)) {
        for (const element of current) if (visitFrom(element, at, visit)) return true;
        return false;
      }
      current = property(current, segments[at] ?? '');
    }
    return visitValue(current, visit);
  };
  return (fields, visit) => visitFrom(fields, 0, visit);
}

/** Compiles the question whether a path is there, whatever its value. */
export function createPresence(path: string): (fields: EventFields) => boolean {
  const segments = path.split('.');
  const isThere = (value: unknown, index: number): boolean => {
    if (index === segments.length) return value !== undefined;
    if (typeof value !== 'object' || value === null) return false;
    if (Array.isArray(value)) return value.some((element) => isThere(element, index));
    return isThere(property(value, segments[index] ?? ''), index + 1);
  };
  return (fields) => isThere(fields, 0);
}

/** Compiles the question whether a path holds an empty list. */
export function createEmptyList(path: string): (fields: EventFields) => boolean {
  const segments = path.split('.');
  const isEmpty = (value: unknown, index: number): boolean => {
    if (index === segments.length) return Array.isArray(value) && value.length === 0;
    if (typeof value !== 'object' || value === null) return false;
    if (Array.isArray(value)) return value.some((element) => isEmpty(element, index));
    return isEmpty(property(value, segments[index] ?? ''), index + 1);
  };
  return (fields) => isEmpty(fields, 0);
}

/** Calls `visit` with every value and key of the record, without what Postern derived, until it answers true. */
export function visitEverything(fields: EventFields, visit: (value: Scalar) => boolean): boolean {
  const inside = (value: unknown): boolean => {
    if (typeof value !== 'object' || value === null) return visitValue(value, visit);
    if (Array.isArray(value)) return value.some(inside);
    return Object.entries(value).some(([key, entry]) => visit(key) || inside(entry));
  };
  return Object.entries(fields).some(([key, value]) => key !== 'postern' && (visit(key) || inside(value)));
}

function visitValue(value: unknown, visit: (value: Scalar) => boolean): boolean {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return visit(value);
    case 'object':
      if (value === null) return false;
      if (!Array.isArray(value)) return visit(JSON.stringify(value));
      for (const element of value) if (visitValue(element, visit)) return true;
      return false;
    default:
      return false;
  }
}

/** Own properties only: a rule's field may be called `constructor`. */
function property(from: object, name: string): unknown {
  if (name in Object.prototype && !Object.hasOwn(from, name)) return undefined;
  return (from as Record<string, unknown>)[name];
}
