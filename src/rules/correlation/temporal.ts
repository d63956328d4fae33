/** Temporal chains: several rules in one window, in any order or in the order given. */
import type { Condition, CorrelationRule } from '../schema.ts';
import { type Found, type MayEnd, type Point, slide, type Tally, unite } from './window.ts';

/** One way to satisfy a temporal condition: all of `positive` (in the chain's order), none of `negative`. */
export interface Alternative {
  readonly positive: readonly string[];
  readonly negative: ReadonlySet<string>;
}

/** More alternatives than this reject the rule: nobody can read such a condition either. */
export const MAX_ALTERNATIVES = 64;

/** The alternatives of a temporal rule, or what is wrong with its condition. */
export function toAlternatives(rule: CorrelationRule): readonly Alternative[] | string {
  const { condition, rules } = rule;
  if (condition.kind === 'bounds') return subsetsFor(rule);
  const found = disjoin(condition.expression, false);
  if (!found) return `the condition has more than ${MAX_ALTERNATIVES} alternatives: split the rule`;
  const alternatives = found
    .filter(({ yes, no }) => ![...yes].some((name) => no.has(name)))
    .map(({ yes, no }) => ({ positive: rules.filter((name) => yes.has(name)), negative: no }));
  if (alternatives.length === 0) return 'the condition contradicts itself: it can never hold';
  if (alternatives.some(({ positive }) => positive.length === 0)) {
    return 'the condition holds where nothing happened: every alternative needs a rule without "not"';
  }
  return alternatives;
}

/** `temporal_ordered` with `gte: n` = any n of the rules, in the order given. */
function subsetsFor({ condition, rules }: CorrelationRule): readonly Alternative[] | string {
  const bounds = condition.kind === 'bounds' ? condition.bounds : [];
  let least = bounds.length === 0 ? rules.length : 0;
  for (const { op, value } of bounds) {
    if (op === 'gte') least = Math.max(least, Math.ceil(value));
    else if (op === 'gt') least = Math.max(least, Math.floor(value) + 1);
    else if (op === 'eq' && value === rules.length) least = rules.length;
    else return 'an ordered chain knows "gte" and "gt" only: at least how many of the rules';
  }
  if (least < 1) return 'the condition holds where nothing happened: ask for at least one rule';
  if (least > rules.length) return 'the condition asks for more rules than there are: it can never hold';
  const subsets = choose(rules, least);
  if (subsets.length > MAX_ALTERNATIVES) return `the condition has more than ${MAX_ALTERNATIVES} alternatives`;
  return subsets.map((positive) => ({ positive, negative: new Set<string>() }));
}

function choose(names: readonly string[], count: number): string[][] {
  let chosen: string[][] = [[]];
  for (const [index, name] of names.entries()) {
    const left = names.length - index - 1;
    chosen = chosen.flatMap((some) => [...(some.length < count ? [[...some, name]] : []), some]);
    chosen = chosen.filter((some) => some.length + left >= count).slice(0, MAX_ALTERNATIVES * 4);
  }
  return chosen.filter((some) => some.length === count);
}

interface Literals {
  readonly yes: ReadonlySet<string>;
  readonly no: ReadonlySet<string>;
}

/** Disjunctive normal form; undefined when it grows too large. */
function disjoin(condition: Condition, negated: boolean): Literals[] | undefined {
  if (condition.kind === 'not') return disjoin(condition.of, !negated);
  if (condition.kind === 'name') {
    const only = new Set([condition.name]);
    return [negated ? { yes: new Set(), no: only } : { yes: only, no: new Set() }];
  }
  const parts: Literals[][] = [];
  for (const part of condition.of) {
    const inner = disjoin(part, negated);
    if (!inner) return undefined;
    parts.push(inner);
  }
  const isAnd = (condition.kind === 'and') !== negated;
  if (!isAnd) return parts.flat().length <= MAX_ALTERNATIVES ? parts.flat() : undefined;
  let all: Literals[] = [{ yes: new Set(), no: new Set() }];
  for (const part of parts) {
    all = all.flatMap((left) => part.map((right) => ({ yes: left.yes.union(right.yes), no: left.no.union(right.no) })));
    if (all.length > MAX_ALTERNATIVES) return undefined;
  }
  return all;
}

/** Finds every window that satisfies one of the alternatives. `points` ascend by time. */
export function findTemporal(
  points: readonly Point[],
  alternatives: readonly Alternative[],
  how: { readonly spanMs: number; readonly ordered: boolean; readonly mayEnd: MayEnd },
): Found {
  return unite(
    alternatives.map((alternative) => {
      const wanted = new Set(alternative.positive);
      const steps = points.filter((point) => wanted.has(point.rule));
      const forbidden = points.filter((point) => alternative.negative.has(point.rule)).map((point) => point.at);
      const mayStart = (at: number) => !hasBetween(forbidden, at, at + how.spanMs);
      if (how.ordered) return findOrdered(steps, alternative.positive, { ...how, mayStart });
      const tally = () => presence(steps, wanted.size);
      return slide(steps, { ...how, tally, mayStart, growing: true, everyAnchor: true });
    }),
  );
}

function presence(points: readonly Point[], needed: number): Tally {
  const counts = new Map<string, number>();
  const change = (index: number, by: number) => {
    const rule = points[index]?.rule ?? '';
    const count = (counts.get(rule) ?? 0) + by;
    if (count > 0) counts.set(rule, count);
    else counts.delete(rule);
  };
  return {
    add: (index) => change(index, 1),
    remove: (index) => change(index, -1),
    holds: () => counts.size >= needed,
  };
}

/** True when the ascending `times` have one in the closed interval. */
export function hasBetween(times: readonly number[], from: number, to: number): boolean {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? Number.POSITIVE_INFINITY) < from) low = middle + 1;
    else high = middle;
  }
  return (times[low] ?? Number.POSITIVE_INFINITY) <= to;
}

/** The best and the second best value for a step, of different records: neighbors in a chain must be two records. */
interface Best {
  value: number;
  id: string;
  second: number;
}

/**
 * Ordered chains. A point takes part when the latest start that leads to it and the earliest end that follows from it
 * lie within the timespan; both are exact, because what comes before and after a point are independent. Steps may
 * share an instant (Entra writes a reset and its token revocation in the same second) but not a record with the step
 * next to them.
 */
function findOrdered(
  points: readonly Point[],
  steps: readonly string[],
  how: { readonly spanMs: number; readonly mayStart: (at: number) => boolean; readonly mayEnd: MayEnd },
): Found {
  const width = steps.length;
  if (new Set(points.map((point) => point.rule)).size < new Set(steps).size) return unite([]);
  const last = width - 1;
  const starts = reach(points, steps, (point) => (how.mayStart(point.at) ? point.at : Number.NEGATIVE_INFINITY));
  const backward = reach(
    points.toReversed(),
    steps.toReversed(),
    // Negated time turns "earliest end" into "latest start".
    (point) => (how.mayEnd(point) ? -point.at : Number.NEGATIVE_INFINITY),
  );
  const anchors: number[] = [];
  const parts: Point[] = [];
  const moments: Point[] = [];
  for (const [index, point] of points.entries()) {
    const mirrored = (points.length - 1 - index) * width;
    let partOf = false;
    for (let step = 0; step < width; step++) {
      const start = starts[index * width + step] ?? Number.NEGATIVE_INFINITY;
      const end = -(backward[mirrored + last - step] ?? Number.NEGATIVE_INFINITY);
      if (!(end - start <= how.spanMs)) continue;
      partOf = true;
      if (step === 0) anchors.push(point.at);
      if (step === last) moments.push(point);
    }
    if (partOf) parts.push(point);
  }
  return { anchors, parts, moments: [...new Set(moments)] };
}

/** For every point and step: the largest `begin` of a chain of the steps so far that ends there; -Infinity = none. */
function reach(points: readonly Point[], steps: readonly string[], begin: (point: Point) => number): Float64Array {
  const width = steps.length;
  const values = new Float64Array(points.length * width).fill(Number.NEGATIVE_INFINITY);
  const best: Best[] = steps.map(() => ({ value: Number.NEGATIVE_INFINITY, id: '', second: Number.NEGATIVE_INFINITY }));
  for (let from = 0; from < points.length; ) {
    let to = from + 1;
    while (to < points.length && points[to]?.at === points[from]?.at) to++;
    // Step by step within one instant, so that steps of the same second can follow each other.
    for (const [step, rule] of steps.entries()) {
      for (let index = from; index < to; index++) {
        const point = points[index];
        if (point?.rule !== rule) continue;
        const value = step === 0 ? begin(point) : other(best[step - 1], point.id);
        values[index * width + step] = value;
        improve(best[step], value, point.id);
      }
    }
    from = to;
  }
  return values;
}

function other(best: Best | undefined, id: string): number {
  if (!best) return Number.NEGATIVE_INFINITY;
  return best.id === id ? best.second : best.value;
}

function improve(best: Best | undefined, value: number, id: string): void {
  if (!best) return;
  if (id === best.id) best.value = Math.max(best.value, value);
  else if (value > best.value) {
    best.second = best.value;
    best.value = value;
    best.id = id;
  } else best.second = Math.max(best.second, value);
}
