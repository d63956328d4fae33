/**
 * Windows over the hits of one group: which anchored windows `[t, t + timespan]` are satisfied, and how satisfied
 * windows merge into episodes. Everything is a function of the sorted points, never of arrival order.
 */
import type { Hit } from '../schema.ts';

/** Something at an instant that a chain can use: a hit, or an instant at which a nested match was complete. */
export interface Point {
  /** Epoch ms. */
  readonly at: number;
  /** Name of the rule that matched. */
  readonly rule: string;
  /** Record id; for a nested match its own id. One record can be a point of several rules. */
  readonly id: string;
  readonly of: Hit | Episode;
}

/** A match of a chain in one group, as the correlator keeps it. */
export interface Episode {
  readonly rule: string;
  readonly group: Readonly<Record<string, string>>;
  /** Hash of rule, group and first part. */
  readonly id: string;
  /** The points that took part, in order. */
  readonly parts: readonly Point[];
  /** Every instant at which the chain was complete, epoch ms, in order. */
  readonly moments: readonly number[];
  /** The hits below `parts`, each once, in order of time, record id and rule. */
  readonly evidence: readonly Hit[];
  /** Nominal windows covered, epoch ms. */
  readonly start: number;
  readonly end: number;
  readonly cut: boolean;
}

/** What an evaluation found in one group: starts of satisfied windows, and the points that took part in any of them. */
export interface Found {
  /** Epoch ms, ascending, may repeat. */
  readonly anchors: readonly number[];
  readonly parts: readonly Point[];
  /** Points at which the chain was complete. */
  readonly moments: readonly Point[];
}

/** Decides which points may be the last step; see absence.ts. */
export type MayEnd = (point: Point) => boolean;

/** Nothing found. */
export const NOTHING: Found = { anchors: [], parts: [], moments: [] };

/** Keeps count of what lies in a sliding window; points are named by their index. */
export interface Tally {
  readonly add: (index: number) => void;
  readonly remove: (index: number) => void;
  /** True when the condition holds of what was added and not removed. */
  readonly holds: () => boolean;
}

/** How to slide a window. */
export interface Sliding {
  readonly spanMs: number;
  readonly tally: () => Tally;
  /** True when adding a point never makes the condition false: then every hit from the first completion on is a moment. */
  readonly growing: boolean;
  /** True: every point anchors a window. False: only windows that no other window contains (docs/rules.md, "Counting"). */
  readonly everyAnchor: boolean;
  readonly mayStart?: (at: number) => boolean;
  readonly mayEnd: MayEnd;
}

/** Finds the satisfied windows among `points` (ascending by time). Linear in their number, apart from the tally. */
export function slide(points: readonly Point[], how: Sliding): Found {
  const n = points.length;
  const full = how.tally();
  const prefix = how.growing ? how.tally() : undefined;
  const nextEnd = nextIndexThat(points, how.mayEnd);
  const anchors: number[] = [];
  const parts = new Uint8Array(n);
  const moments = new Uint8Array(n);
  let high = 0;
  let complete = 0;
  let marked = 0;
  for (let low = 0; low < n; low++) {
    const at = atOf(points, low);
    const before = high;
    while (high < n && atOf(points, high) - at <= how.spanMs) full.add(high++);
    const wanted = how.everyAnchor || low === 0 || high > before;
    if (wanted && full.holds() && (how.mayStart?.(at) ?? true)) {
      // The whole window for conditions that more hits can spoil, else the shortest beginning that satisfies.
      let first = high - 1;
      if (prefix) {
        while (!prefix.holds()) prefix.add(complete++);
        first = complete - 1;
      }
      const end = nextEnd[first] ?? n;
      if (end < high) {
        anchors.push(at);
        for (let index = end; index < high; index = nextEnd[index + 1] ?? n) moments[index] = 1;
        parts.fill(1, Math.max(low, marked), high);
        marked = high;
      }
    }
    full.remove(low);
    if (complete > low) prefix?.remove(low);
    else complete = low + 1;
  }
  return { anchors, parts: points.filter((_, i) => parts[i]), moments: points.filter((_, i) => moments[i]) };
}

function atOf(points: readonly Point[], index: number): number {
  return points[index]?.at ?? Number.NaN;
}

/** For every index the next index, itself included, whose point passes; the length where none does. */
function nextIndexThat(points: readonly Point[], passes: MayEnd): Int32Array {
  const next = new Int32Array(points.length + 1).fill(points.length);
  for (let index = points.length - 1; index >= 0; index--) {
    const point = points[index];
    next[index] = point && passes(point) ? index : (next[index + 1] ?? points.length);
  }
  return next;
}

/** Joins what several alternatives of one condition found. */
export function unite(all: readonly Found[]): Found {
  const [only] = all;
  if (all.length <= 1) return only ?? NOTHING;
  return {
    anchors: all.flatMap((found) => found.anchors).sort((a, b) => a - b),
    parts: [...new Set(all.flatMap((found) => found.parts))].sort(comparePoints),
    moments: [...new Set(all.flatMap((found) => found.moments))].sort(comparePoints),
  };
}

/** One run of satisfied windows that overlap or touch. */
export interface Run {
  readonly start: number;
  readonly end: number;
  readonly parts: readonly Point[];
  readonly moments: readonly Point[];
}

/**
 * Merges satisfied windows that overlap or touch (`next.start <= end`), and hands out the points among the runs.
 * Each point that took part lies within a satisfied window, hence in exactly one run.
 */
export function toRuns(found: Found, spanMs: number): Run[] {
  const spans: { start: number; end: number }[] = [];
  for (const start of found.anchors) {
    const last = spans.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, start + spanMs);
    else spans.push({ start, end: start + spanMs });
  }
  const within = (points: readonly Point[], { start, end }: { start: number; end: number }) =>
    points.filter((point) => point.at >= start && point.at <= end);
  return spans.map((span) => ({ ...span, parts: within(found.parts, span), moments: within(found.moments, span) }));
}

/** Order of points: time, then record id, then rule. */
export function comparePoints(a: Point, b: Point): number {
  return a.at - b.at || compareText(a.id, b.id) || compareText(a.rule, b.rule);
}

/** Code-point order, the same on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
