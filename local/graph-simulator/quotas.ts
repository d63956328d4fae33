/**
 * Graph's limits, as its page on service-specific throttling gives them. Each is a sliding window over the simulator's
 * clock; a call that is refused does not count against it.
 */
import { Refusal } from './refusal.ts';

/** The limits that Postern meets. */
export type QuotaName = 'global' | 'reports' | 'risk' | 'message-trace' | 'directory' | 'outlook' | 'subscriptions';

interface Limit {
  readonly most: number;
  readonly windowMs: number;
  /** Whether a refusal says when to come back. */
  readonly retryAfter: boolean;
}

const LIMITS: Readonly<Record<QuotaName, Limit>> = {
  global: { most: 130_000, windowMs: 10_000, retryAfter: true },
  // Audits, sign-ins, registration reports and authentication methods share it.
  reports: { most: 5, windowMs: 10_000, retryAfter: true },
  // Per tenant, all applications together; the documents say that no Retry-After comes.
  risk: { most: 1, windowMs: 1_000, retryAfter: false },
  'message-trace': { most: 100, windowMs: 300_000, retryAfter: true },
  // Resource units of a large tenant; smaller ones have less, see `unitsFor`.
  directory: { most: 8_000, windowMs: 10_000, retryAfter: true },
  // Per mailbox.
  outlook: { most: 10_000, windowMs: 600_000, retryAfter: true },
  subscriptions: { most: 1_000, windowMs: 20_000, retryAfter: true },
};

/** Resource units per 10 s: tenants below 50, up to 500, above 500 users. */
export function unitsFor(users: number): number {
  if (users < 50) return 3_500;
  return users <= 500 ? 5_000 : 8_000;
}

/** What has become of one quota. */
export interface QuotaUse {
  readonly calls: number;
  readonly throttled: number;
  /** Cost of all calls, in the quota's own unit. */
  readonly spent: number;
  /** Highest share of any window that was used, 0 to 1. */
  readonly peakShare: number;
  /** Share of all windows between the first and the last call, 0 to 1. */
  readonly meanShare: number;
}

/** All quotas of one tenant. */
export interface Quotas {
  /**
   * @param key mailbox, where each has its own quota
   * @param most overrides the limit
   * @returns the share of the window that is used now
   * @throws Refusal 429 with Retry-After (seconds) where Graph sends one
   */
  readonly take: (name: QuotaName, cost: number, now: number, key?: string, most?: number) => number;
  readonly use: () => Readonly<Partial<Record<QuotaName, QuotaUse>>>;
  readonly reset: () => void;
}

interface Window {
  readonly spent: { readonly at: number; readonly cost: number }[];
  sum: number;
}

interface Total {
  calls: number;
  throttled: number;
  spent: number;
  peakShare: number;
  first: number;
  last: number;
  most: number;
}

/** Fresh quotas. */
export function createQuotas(): Quotas {
  const windows = new Map<string, Window>();
  const totals = new Map<QuotaName, Total>();
  return {
    take: (name, cost, now, key = '', most = LIMITS[name].most) => {
      const { windowMs, retryAfter } = LIMITS[name];
      const window = windows.get(`${name} ${key}`) ?? { spent: [], sum: 0 };
      windows.set(`${name} ${key}`, window);
      forget(window, now - windowMs);
      const total = totals.get(name) ?? { calls: 0, throttled: 0, spent: 0, peakShare: 0, first: now, last: now, most };
      totals.set(name, { ...total, calls: total.calls + 1, last: now, most });
      if (window.sum + cost > most) {
        totals.set(name, { ...total, calls: total.calls + 1, throttled: total.throttled + 1, last: now, most });
        const wait = Math.max(1, Math.ceil(((window.spent[0]?.at ?? now) + windowMs - now) / 1000));
        throw tooManyRequests(retryAfter ? wait : undefined);
      }
      window.spent.push({ at: now, cost });
      window.sum += cost;
      const share = window.sum / most;
      const spent = { spent: total.spent + cost, peakShare: Math.max(total.peakShare, share) };
      totals.set(name, { ...total, ...spent, calls: total.calls + 1, last: now, most });
      return share;
    },
    use: () => Object.fromEntries([...totals].map(([name, total]) => [name, useOf(total, LIMITS[name].windowMs)])),
    reset: () => {
      windows.clear();
      totals.clear();
    },
  };
}

function forget(window: Window, before: number): void {
  let gone = 0;
  for (const { at, cost } of window.spent) {
    if (at > before) break;
    window.sum -= cost;
    gone++;
  }
  window.spent.splice(0, gone);
}

function useOf({ calls, throttled, spent, peakShare, first, last, most }: Total, windowMs: number): QuotaUse {
  const windows = Math.max(1, (last - first) / windowMs);
  return { calls, throttled, spent, peakShare, meanShare: spent / (most * windows) };
}

/** The documents' own example of a throttled answer. */
export function tooManyRequests(retryAfterSeconds: number | undefined): Refusal {
  const headers = retryAfterSeconds === undefined ? undefined : { 'retry-after': String(retryAfterSeconds) };
  return new Refusal(429, 'TooManyRequests', 'Please retry again later.', headers);
}
