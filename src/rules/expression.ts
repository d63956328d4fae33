/** Boolean expressions over an event, as trees that can be simplified and as functions that can be run. */
import type { Familiarity } from '../model/place.ts';
import { createEmptyList, createGetter, createPresence, type EventFields, visitEverything } from './fields.ts';
import { comparableText, foldFor, type Matcher } from './matchers.ts';
import { literal, type Placement } from './pattern.ts';

/** A question about some fields of an event. */
export type Leaf =
  /** Some value at one of the paths is accepted. */
  | { readonly kind: 'some'; readonly paths: readonly string[]; readonly accepts: Matcher }
  /** One of the paths is there, whatever its value. */
  | { readonly kind: 'there'; readonly paths: readonly string[] }
  /** Some value at `paths` stands to some value at `others` as `placement` says. */
  | {
      readonly kind: 'same';
      readonly paths: readonly string[];
      readonly others: readonly string[];
      readonly placement: Placement;
      readonly cased: boolean;
    }
  /** Some value or key of the record is accepted. */
  | { readonly kind: 'anywhere'; readonly accepts: Matcher }
  /** The familiarity of the event's place, which is not known when events are evaluated. */
  | { readonly kind: 'place'; readonly accepts: Matcher };

/** An expression. Immutable. */
export type Expression =
  | Leaf
  | { readonly kind: 'and' | 'or'; readonly of: readonly Expression[] }
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'constant'; readonly value: boolean };

/** A compiled expression. */
export type Predicate = (fields: EventFields) => boolean;

/** Always true. */
export const TRUE: Expression = { kind: 'constant', value: true };
/** Never true. */
export const FALSE: Expression = { kind: 'constant', value: false };

/** The same expression with leaves replaced by what `decide` knows of them (`undefined` = nothing), and folded. */
export function simplify(expression: Expression, decide: (leaf: Leaf) => boolean | undefined): Expression {
  switch (expression.kind) {
    case 'constant':
      return expression;
    case 'not': {
      const inner = simplify(expression.of, decide);
      if (inner.kind === 'constant') return inner.value ? FALSE : TRUE;
      return inner.kind === 'not' ? inner.of : { kind: 'not', of: inner };
    }
    case 'and':
    case 'or':
      return simplifyGroup(expression.kind, expression.of, decide);
    default: {
      const known = decide(expression);
      return known === undefined ? expression : known ? TRUE : FALSE;
    }
  }
}

function simplifyGroup(
  kind: 'and' | 'or',
  parts: readonly Expression[],
  decide: (leaf: Leaf) => boolean | undefined,
): Expression {
  const open: Expression[] = [];
  for (const part of parts) {
    const simple = simplify(part, decide);
    if (simple.kind === 'constant') {
      if (simple.value === (kind === 'or')) return simple;
    } else if (simple.kind === kind) open.push(...simple.of);
    else open.push(simple);
  }
  const [only] = open;
  if (open.length === 0) return kind === 'and' ? TRUE : FALSE;
  return open.length === 1 && only ? only : { kind, of: open };
}

/** True when some leaf of the expression satisfies `test`. */
export function someLeaf(expression: Expression, test: (leaf: Leaf) => boolean): boolean {
  switch (expression.kind) {
    case 'constant':
      return false;
    case 'not':
      return someLeaf(expression.of, test);
    case 'and':
    case 'or':
      return expression.of.some((part) => someLeaf(part, test));
    default:
      return test(expression);
  }
}

/** What a leaf says of the place's familiarity; `undefined` for leaves that ask something else. */
export function decidePlace(familiarity: Familiarity): (leaf: Leaf) => boolean | undefined {
  return (leaf) => (leaf.kind === 'place' ? leaf.accepts(familiarity) : undefined);
}

/** Compiles an expression without `place` leaves (one that has some never matches there). */
export function toPredicate(expression: Expression): Predicate {
  switch (expression.kind) {
    case 'constant': {
      const { value } = expression;
      return () => value;
    }
    case 'not': {
      const inner = toPredicate(expression.of);
      return (fields) => !inner(fields);
    }
    case 'and':
      return everyOf(expression.of.map(toPredicate));
    case 'or':
      return someOf(expression.of.map(toPredicate));
    default:
      return toLeafPredicate(expression);
  }
}

function everyOf(parts: readonly Predicate[]): Predicate {
  const [a, b] = parts;
  if (parts.length === 2 && a && b) return (fields) => a(fields) && b(fields);
  return (fields) => {
    for (const part of parts) if (!part(fields)) return false;
    return true;
  };
}

function someOf(parts: readonly Predicate[]): Predicate {
  return (fields) => {
    for (const part of parts) if (part(fields)) return true;
    return false;
  };
}

function toLeafPredicate(leaf: Leaf): Predicate {
  switch (leaf.kind) {
    case 'some': {
      const { accepts } = leaf;
      const found = leaf.paths.map(createGetter).map(
        (get): Predicate =>
          (fields) =>
            get(fields, accepts),
      );
      // An empty list has no value, but rules ask for one by its text: SigmaHQ's `NetworkLocationDetails: '[]'`.
      const asksForEmpty = accepts('[]') && !accepts('x');
      return someOf(asksForEmpty ? [...found, ...leaf.paths.map(createEmptyList)] : found);
    }
    case 'there':
      return someOf(leaf.paths.map(createPresence));
    case 'same':
      return toComparison(leaf);
    case 'anywhere':
      return (fields) => visitEverything(fields, leaf.accepts);
    case 'place':
      return () => false;
  }
}

function toComparison(leaf: Extract<Leaf, { kind: 'same' }>): Predicate {
  const left = leaf.paths.map(createGetter);
  const right = leaf.others.map(createGetter);
  const fold = foldFor([literal('σ')], leaf.cased);
  const compare = COMPARISONS[leaf.placement];
  return (fields) => {
    const others: string[] = [];
    for (const get of right) {
      get(fields, (value) => {
        others.push(fold(comparableText(value)));
        return false;
      });
    }
    const accepts: Matcher = (value) => {
      const text = fold(comparableText(value));
      return others.some((other) => compare(text, other));
    };
    return others.length > 0 && left.some((get) => get(fields, accepts));
  };
}

const COMPARISONS: Readonly<Record<Placement, (text: string, other: string) => boolean>> = {
  whole: (text, other) => text === other,
  startswith: (text, other) => text.startsWith(other),
  endswith: (text, other) => text.endsWith(other),
  contains: (text, other) => text.includes(other),
};
