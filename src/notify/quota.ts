/**
 * How many messages a sender may still send: token buckets, break-ins first. Pure.
 *
 * A taken token comes back a whole window later (to the next twelfth of the window), because providers count what was
 * sent in the last minute or hour: a bucket that fills steadily would let nearly twice the limit through in one window.
 */
import { z } from 'zod';

/** So many messages in any stretch of time of this length. */
export interface QuotaLimit {
  readonly windowMs: number;
  readonly most: number;
}

/** What one sender has sent lately: per window, how many in which slot (slot number → count). */
export const QuotaState = z.record(z.string(), z.record(z.string(), z.number()));
/** What one sender has sent lately. */
export type QuotaState = z.infer<typeof QuotaState>;

/** Whether a message may go now. */
export type QuotaAnswer =
  | { readonly kind: 'go'; readonly state: QuotaState; readonly left: number; readonly of: number }
  | { readonly kind: 'wait'; readonly forMs: number; readonly windowMs: number };

const SLOTS = 12;
/** Share of each window that is kept free for what is more urgent: priority 0 may use all, 2 the least. */
const KEPT_FREE: Readonly<Record<0 | 1 | 2, number>> = { 0: 0, 1: 0.15, 2: 0.3 };

/** Takes one token of every window, or says how long until there is one. */
export function takeToken(
  state: QuotaState,
  limits: readonly QuotaLimit[],
  priority: 0 | 1 | 2,
  now: Date,
): QuotaAnswer {
  let next: QuotaState = {};
  let wait: { forMs: number; windowMs: number } | undefined;
  let tightest = { left: Number.POSITIVE_INFINITY, of: 0 };
  for (const { windowMs, most } of limits) {
    const used = recent(state[String(windowMs)] ?? {}, windowMs, now);
    const sent = Object.values(used).reduce((sum, count) => sum + count, 0);
    const allowed = Math.max(1, most - Math.floor(most * KEPT_FREE[priority]));
    if (sent >= allowed) {
      const forMs = untilBelow(used, allowed, windowMs, now);
      if (!wait || forMs > wait.forMs) wait = { forMs, windowMs };
    }
    const slot = String(Math.floor(now.getTime() / (windowMs / SLOTS)));
    next = { ...next, [String(windowMs)]: { ...used, [slot]: (used[slot] ?? 0) + 1 } };
    if (most - sent - 1 < tightest.left) tightest = { left: most - sent - 1, of: most };
  }
  return wait ? { kind: 'wait', ...wait } : { kind: 'go', state: next, ...tightest };
}

/** Slots of which some part may lie within the window. */
function recent(slots: Readonly<Record<string, number>>, windowMs: number, now: Date): Record<string, number> {
  const first = Math.floor((now.getTime() - windowMs) / (windowMs / SLOTS));
  return Object.fromEntries(Object.entries(slots).filter(([slot]) => Number(slot) >= first));
}

/** Until so many slots have left the window that less than `allowed` remain. */
function untilBelow(slots: Readonly<Record<string, number>>, allowed: number, windowMs: number, now: Date): number {
  const ordered = Object.entries(slots).sort(([a], [b]) => Number(a) - Number(b));
  let remaining = ordered.reduce((sum, [, count]) => sum + count, 0);
  for (const [slot, count] of ordered) {
    remaining -= count;
    // A slot has left when its end is a whole window ago.
    const leaves = (Number(slot) + 1) * (windowMs / SLOTS) + windowMs;
    if (remaining < allowed) return Math.max(1, leaves - now.getTime());
  }
  return windowMs;
}
