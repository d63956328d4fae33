/** Absence: a chain fires only when none of some rules follows its last step in time. Decided by a clock. */
import { hasBetween } from './temporal.ts';
import type { Found, MayEnd, Point } from './window.ts';

/** A result that holds for `now` from `since` (inclusive) until `until` (exclusive). Epoch ms. */
export interface Decided {
  readonly found: Found;
  /** The latest deadline that has passed; -Infinity = none played a part. */
  readonly since: number;
  /** The earliest deadline that is pending; Infinity = none. */
  readonly until: number;
}

/**
 * Evaluates a chain with an absence. An instant at which the chain is complete counts when no point of `others` lies in
 * the closed interval `[at, at + withinMs]`, its own record aside, and the interval is over by `now`.
 */
export function decide(
  others: readonly Point[],
  clock: { readonly withinMs: number; readonly now: number },
  find: (mayEnd: MayEnd) => Found,
): Decided {
  const times = others.map((point) => point.at);
  const ids = Map.groupBy(others, (point) => point.id);
  const isFollowed = (point: Point) => {
    const end = point.at + clock.withinMs;
    const own = ids.get(point.id);
    if (!own) return hasBetween(times, point.at, end);
    return others.some((other) => other.id !== point.id && other.at >= point.at && other.at <= end);
  };
  const deadline = (point: Point) => point.at + clock.withinMs;
  const open = find((point) => !isFollowed(point));
  const deadlines = open.moments.map(deadline);
  const until = least(deadlines.filter((time) => time > clock.now));
  const since = -least(deadlines.filter((time) => time <= clock.now).map((time) => -time));
  if (until === Number.POSITIVE_INFINITY) return { found: open, since, until };
  return { found: find((point) => deadline(point) <= clock.now && !isFollowed(point)), since, until };
}

function least(times: readonly number[]): number {
  return times.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY);
}
