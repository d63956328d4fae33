/** Counting chains: event_count, value_count, sums, averages, percentiles, and `temporal` with bounds. */
import type { Bound, CorrelationRule, Scalar } from '../schema.ts';
import { type Found, type MayEnd, type Point, slide, type Tally } from './window.ts';

/** The values of a field (after aliases) at a point; empty = it has none. */
export type ValuesAt = (point: Point, field: string) => readonly Scalar[];

/** A tuple of several multi-valued fields is counted up to this many combinations per hit, smallest first. */
export const MAX_COMBINATIONS = 64;

/** True when `value` is within all of the bounds. */
export function isWithin(bounds: readonly Bound[], value: number): boolean {
  return bounds.every(({ op, value: limit }) => COMPARE[op](value, limit));
}

const COMPARE: Readonly<Record<Bound['op'], (a: number, b: number) => boolean>> = {
  gt: (a, b) => a > b,
  gte: (a, b) => a >= b,
  lt: (a, b) => a < b,
  lte: (a, b) => a <= b,
  eq: (a, b) => a === b,
  neq: (a, b) => a !== b,
};

/** Finds every window whose count, sum, … is within the bounds. `points` ascend by time. */
export function findCounted(
  points: readonly Point[],
  rule: CorrelationRule,
  how: { readonly mayEnd: MayEnd; readonly valuesAt: ValuesAt },
): Found {
  const { bounds, fields } = rule.condition.kind === 'bounds' ? rule.condition : { bounds: [], fields: [] };
  const onlyLower = bounds.every(({ op }) => op === 'gt' || op === 'gte');
  const common = { spanMs: rule.timespanMs, mayEnd: how.mayEnd, everyAnchor: false };
  if (NUMERIC.has(rule.type)) {
    const numbered = points.map((point) => ({ point, values: numbersAt(point, fields[0] ?? '', how.valuesAt) }));
    // A nested match is counted once, at its end; its other moments would weigh its values twice.
    const used = lastOfEach(numbered.filter(({ values }) => values.length > 0));
    const numbers = used.map(({ values }) => values);
    const growing = onlyLower && rule.type === 'value_sum' && numbers.every((list) => list.every((n) => n >= 0));
    const tally = () => numericTally(rule, numbers, bounds);
    const usedPoints = used.map(({ point }) => point);
    return slide(usedPoints, { ...common, tally, growing });
  }
  const keyed = points.map((point) => ({ point, keys: keysAt(point, rule, fields, how.valuesAt) }));
  const used = keyed.filter(({ keys }) => keys.length > 0);
  const keys = used.map((each) => each.keys);
  const usedPoints = used.map(({ point }) => point);
  return slide(usedPoints, { ...common, tally: () => distinctTally(keys, bounds), growing: onlyLower });
}

const NUMERIC: ReadonlySet<string> = new Set(['value_sum', 'value_avg', 'value_median', 'value_percentile']);

/** What is counted once however often it occurs: hits by id, temporal chains by rule, value types by value. */
function keysAt(point: Point, rule: CorrelationRule, fields: readonly string[], valuesAt: ValuesAt): readonly string[] {
  if (rule.type === 'event_count') return [`${point.rule}\u0000${point.id}`];
  if (rule.type === 'temporal') return [point.rule];
  return combinations(fields.map((field) => valuesAt(point, field)));
}

/** Every combination of one value per list as text, sorted, each once; none when a list is empty. */
export function combinations(lists: readonly (readonly Scalar[])[]): readonly string[] {
  let all = [''];
  for (const [index, list] of lists.entries()) {
    const texts = [...new Set(list.map(String))].sort();
    all = all.flatMap((head) => texts.map((text) => (index === 0 ? text : `${head}\u0000${text}`)));
    all = all.slice(0, MAX_COMBINATIONS);
  }
  return all;
}

function numbersAt(point: Point, field: string, valuesAt: ValuesAt): readonly number[] {
  return valuesAt(point, field)
    .filter((value) => typeof value === 'number' || (typeof value === 'string' && value.trim() !== ''))
    .map(Number)
    .filter(Number.isFinite);
}

function lastOfEach<T extends { readonly point: Point }>(items: readonly T[]): T[] {
  const last = new Map(items.map((item) => [`${item.point.rule}\u0000${item.point.id}`, item]));
  return items.filter((item) => last.get(`${item.point.rule}\u0000${item.point.id}`) === item);
}

function distinctTally(keys: readonly (readonly string[])[], bounds: readonly Bound[]): Tally {
  const counts = new Map<string, number>();
  const change = (index: number, by: number) => {
    for (const key of keys[index] ?? []) {
      const count = (counts.get(key) ?? 0) + by;
      if (count > 0) counts.set(key, count);
      else counts.delete(key);
    }
  };
  return {
    add: (index) => change(index, 1),
    remove: (index) => change(index, -1),
    holds: () => counts.size > 0 && isWithin(bounds, counts.size),
  };
}

/** Values in the window, sorted: sums are taken from the sorted list, so that rounding never depends on history. */
function numericTally(rule: CorrelationRule, numbers: readonly (readonly number[])[], bounds: readonly Bound[]): Tally {
  const sorted: number[] = [];
  const place = (value: number) => {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    add: (index) => {
      for (const value of numbers[index] ?? []) sorted.splice(place(value), 0, value);
    },
    remove: (index) => {
      for (const value of numbers[index] ?? []) sorted.splice(place(value), 1);
    },
    holds: () => sorted.length > 0 && isWithin(bounds, aggregate(rule, sorted)),
  };
}

function aggregate(rule: CorrelationRule, sorted: readonly number[]): number {
  if (rule.type === 'value_median') return percentileOf(sorted, 50);
  if (rule.type === 'value_percentile') return percentileOf(sorted, rule.percentile ?? 50);
  const sum = sorted.reduce((total, value) => total + value, 0);
  return rule.type === 'value_avg' ? sum / sorted.length : sum;
}

/** The `percent` percentile (0 to 100) of ascending values, with linear interpolation: 50 is the median. */
export function percentileOf(sorted: readonly number[], percent: number): number {
  const rank = ((sorted.length - 1) * percent) / 100;
  const below = sorted[Math.floor(rank)] ?? Number.NaN;
  const above = sorted[Math.ceil(rank)] ?? below;
  return below + (above - below) * (rank - Math.floor(rank));
}
