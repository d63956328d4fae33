/** A parsed filter against the rules of an endpoint: either Graph's refusal, or a test of records. */
import { badRequest } from '../refusal.ts';
import { type Ticks, toTicks } from '../ticks.ts';
import type { Expression, Literal } from './expression.ts';
import type { FilterRules, PropertyRule, PropertyRules } from './filter-rules.ts';

/** Times between which (bounds included) a record must lie. */
export interface TimeWindow {
  readonly from?: Ticks;
  readonly to?: Ticks;
}

/** A filter ready to use. */
export interface CompiledFilter {
  /** Of the property that the log is sorted by; all records outside fail the filter. */
  readonly window: TimeWindow;
  /** Of the collection named by `tagCollection`: a record must hold one of them. */
  readonly tags?: readonly string[];
  /** Undefined when window and tags say it all. */
  readonly matches: ((record: unknown) => boolean) | undefined;
}

type Test = (record: unknown) => boolean;
type Leaf = Extract<Expression, { kind: 'test' }>;

/** Where names are looked up: the record, or the item of a collection. */
interface Scope {
  readonly properties: PropertyRules;
  /** The lambda's variable, which comes first in every path. */
  readonly variable?: string;
  readonly rules: FilterRules;
}

/** Properties that the log itself can tell records apart by, without reading them. */
export interface LogKeys {
  /** What the log is sorted by. */
  readonly timeProperty?: string | undefined;
  /** A collection of words of which each record has one. */
  readonly tagCollection?: string | undefined;
}

/**
 * @throws Refusal 400 for properties and operators that are not documented, and constants of the wrong type
 */
export function compileFilter(expression: Expression, rules: FilterRules, keys: LogKeys = {}): CompiledFilter {
  const scope = { properties: rules.properties, rules };
  const terms = expression.kind === 'and' ? expression.terms : [expression];
  let window: TimeWindow = {};
  let tags: readonly string[] | undefined;
  const tests: Test[] = [];
  for (const term of terms) {
    const test = compile(term, scope);
    const bound = boundOf(term, keys.timeProperty);
    const words = tags ? undefined : wordsOf(term, keys.tagCollection);
    if (bound) window = narrow(window, bound);
    else if (words) tags = words;
    else tests.push(test);
  }
  const matches = tests.length === 0 ? undefined : (record: unknown) => tests.every((test) => test(record));
  return { window, matches, ...(tags && { tags }) };
}

/** The words of `collection/any(t: t eq 'a' or t eq 'b')`. */
function wordsOf(term: Expression, collection: string | undefined): readonly string[] | undefined {
  if (term.kind !== 'any' || !term.term || term.path.join('/') !== collection) return undefined;
  const choices = term.term.kind === 'or' ? term.term.terms : [term.term];
  const words = choices.map((choice) =>
    choice.kind === 'test' && choice.operator === 'eq' && choice.values[0]?.type === 'string'
      ? choice.values[0].value
      : undefined,
  );
  return words.every((word) => word !== undefined) ? words : undefined;
}

function boundOf(term: Expression, timeProperty: string | undefined): TimeWindow | undefined {
  if (term.kind !== 'test' || term.path.join('/') !== timeProperty) return undefined;
  const [literal] = term.values;
  if (literal?.type !== 'time') return undefined;
  const { value } = literal;
  switch (term.operator) {
    case 'ge':
      return { from: value };
    case 'le':
      return { to: value };
    case 'eq':
      return { from: value, to: value };
    default:
      return undefined;
  }
}

function narrow(window: TimeWindow, { from, to }: TimeWindow): TimeWindow {
  return {
    ...window,
    ...(from !== undefined && { from: window.from !== undefined && window.from > from ? window.from : from }),
    ...(to !== undefined && { to: window.to !== undefined && window.to < to ? window.to : to }),
  };
}

function compile(expression: Expression, scope: Scope): Test {
  switch (expression.kind) {
    case 'and': {
      const tests = expression.terms.map((term) => compile(term, scope));
      return (record) => tests.every((test) => test(record));
    }
    case 'or': {
      checkAlternatives(expression.terms.length, scope.rules);
      const tests = expression.terms.map((term) => compile(term, scope));
      return (record) => tests.some((test) => test(record));
    }
    case 'not':
      throw badRequest("Invalid filter clause: the operator 'not' is not supported.");
    case 'all':
      throw badRequest("Invalid filter clause: 'all' is not supported.");
    case 'any':
      return compileAny(expression, scope);
    case 'test':
      return compileTest(expression, scope);
  }
}

function checkAlternatives(
  count: number,
  { or = true, mostAlternatives = Number.POSITIVE_INFINITY }: FilterRules,
): void {
  if (!or) throw badRequest("Invalid filter clause: the operator 'or' is not supported.");
  if (count > mostAlternatives) {
    // The directory's own words.
    throw badRequest(
      `Too many child clauses specified in search filter expression containing 'OR' operators: ${count}. Max allowed: ${mostAlternatives}.`,
      'Request_UnsupportedQuery',
    );
  }
}

function compileAny(any: Extract<Expression, { kind: 'any' | 'all' }>, scope: Scope): Test {
  const name = any.path.join('/');
  const properties = scope.rules.collections?.[name];
  if (!properties || scope.variable !== undefined || !any.term) {
    throw badRequest(`Invalid filter clause: 'any' is not supported on '${name}'.`);
  }
  const test = compile(any.term, { properties, variable: any.variable, rules: scope.rules });
  return (record) => {
    const items = valueAt(record, any.path);
    return Array.isArray(items) && items.some(test);
  };
}

function compileTest(leaf: Leaf, { properties, variable, rules }: Scope): Test {
  if (variable !== undefined && leaf.path[0] !== variable) {
    throw badRequest(`Invalid filter clause: '${leaf.path[0]}' is no range variable.`);
  }
  const path = variable === undefined ? leaf.path : leaf.path.slice(1);
  const name = path.join('/');
  const rule = Object.hasOwn(properties, name) ? properties[name] : undefined;
  if (!rule) throw badRequest(`Invalid filter clause: the property '${name}' cannot be filtered by.`);
  if (!rule.operators.includes(leaf.operator)) {
    throw badRequest(`Invalid filter clause: the operator '${leaf.operator}' is not supported on '${name}'.`);
  }
  if (leaf.operator === 'in') checkAlternatives(leaf.values.length, { ...rules, or: true });
  const wanted = leaf.values.map((literal) => constantFor(literal, rule, name));
  const compare = comparison(leaf.operator, wanted);
  return (record) => compare(comparable(valueAt(record, path), rule));
}

type Comparable = string | number | boolean | null;

function constantFor(literal: Literal, rule: PropertyRule, name: string): Comparable {
  if (literal.type === 'null') return null;
  const fits = literal.type === rule.type || (rule.type === 'guid' && literal.type === 'string');
  if (!fits) {
    throw badRequest(
      `Invalid filter clause: a binary operator with incompatible types was detected: the property '${name}' is no ${literal.type}.`,
    );
  }
  return rule.ignoreCase || rule.type === 'guid' ? String(literal.value).toLowerCase() : literal.value;
}

/** The record's value in the form that constants have; undefined for values of another type. */
function comparable(value: unknown, rule: PropertyRule): Comparable | undefined {
  if (value === null || value === undefined) return null;
  if (rule.type === 'time') return typeof value === 'string' ? toTicks(value) : undefined;
  if (rule.type === 'guid') return String(value).toLowerCase();
  if (typeof value !== rule.type) return undefined;
  return rule.ignoreCase ? String(value).toLowerCase() : (value as Comparable);
}

function comparison(
  operator: Leaf['operator'],
  wanted: readonly Comparable[],
): (value: Comparable | undefined) => boolean {
  const first = wanted[0] ?? null;
  const text = String(first);
  const ordered =
    (test: (value: string | number | boolean, limit: string | number | boolean) => boolean) =>
    (value: Comparable | undefined) =>
      value !== null && value !== undefined && first !== null && test(value, first);
  switch (operator) {
    case 'eq':
      return (value) => value === first;
    case 'ne':
      return (value) => value !== first;
    case 'in':
      return (value) => value !== undefined && wanted.includes(value);
    case 'gt':
      return ordered((value, limit) => value > limit);
    case 'ge':
      return ordered((value, limit) => value >= limit);
    case 'lt':
      return ordered((value, limit) => value < limit);
    case 'le':
      return ordered((value, limit) => value <= limit);
    case 'startswith':
      return (value) => typeof value === 'string' && value.startsWith(text);
    case 'endswith':
      return (value) => typeof value === 'string' && value.endsWith(text);
    case 'contains':
      return (value) => typeof value === 'string' && value.includes(text);
  }
}

function valueAt(record: unknown, path: readonly string[]): unknown {
  let value = record;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name))
      return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}
