/**
 * Microsoft Graph's documented limits, kept by waiting before a request instead of by being refused after it.
 *
 * A slot is taken when a request starts and is free again one window after its answer came. So, whatever the network
 * does in between, no window of Graph's own clock ever sees more requests than the limit.
 *
 * Several instances: the logs and all snapshots are read by the one instance that holds the poll (src/live/poll.ts), so
 * the two buckets that are tight belong to one process. The others leave room for instances that know nothing of each
 * other: identity 3,500 units per 10 s, Outlook per mailbox.
 */
import { UpstreamError } from '../errors.ts';
import type { Clock, GraphBucket, GraphPriority } from '../ports.ts';

/** At most `most` requests in any `windowMs`, at most `atOnce` at the same time. */
export interface Limit {
  readonly most: number;
  readonly windowMs: number;
  readonly atOnce?: number;
  /** Every mailbox has its own. */
  readonly each?: 'mailbox';
  /** What Graph documents for the same window, where it does; `most` stays below it. */
  readonly documented?: number;
}

/**
 * Source: "Microsoft Graph service-specific throttling limits". Of the reports and trace limits one request in five is
 * left to the administrators' own tools, of the risk limit, which all apps of the tenant share, half. Subscriptions:
 * 1,000 writes per 20 s; Purview has no published number.
 */
export const LIMITS: Readonly<Record<GraphBucket, Limit>> = {
  reports: { most: 4, windowMs: 10_000, documented: 5 },
  risk: { most: 1, windowMs: 2000, documented: 2 },
  trace: { most: 80, windowMs: 300_000, documented: 100 },
  identity: { most: 500, windowMs: 10_000, documented: 1750 },
  outlook: { most: 2500, windowMs: 600_000, atOnce: 2, each: 'mailbox', documented: 10_000 },
  purview: { most: 10, windowMs: 60_000 },
  subscriptions: { most: 100, windowMs: 20_000, documented: 1000 },
};

const ORDER: Readonly<Record<GraphPriority, number>> = { poll: 0, hint: 1, snapshot: 2 };

/** First pause after a 429 without Retry-After; doubled with each further one, up to `MAX_PAUSE_MS`. */
export const FIRST_PAUSE_MS = 2000;
/** Longest pause of our own. What Graph asks for is waited for, however long. */
export const MAX_PAUSE_MS = 5 * 60_000;

/** What a request asks the limiter for. */
export interface Ticket {
  readonly bucket: GraphBucket;
  readonly priority: GraphPriority;
  /** Tells apart limits that every mailbox has. */
  readonly mailbox?: string;
}

/** Lets requests go when their bucket allows it. */
export interface Limiter {
  /**
   * Runs `call` as soon as a slot is free. A THROTTLED error of it pauses the whole bucket before it is passed on.
   * @throws UpstreamError THROTTLED without calling, when the bucket is paused for longer than `patienceMs`
   */
  readonly run: <T>(ticket: Ticket, call: () => Promise<T>, patienceMs?: number) => Promise<T>;
  /** How much longer the bucket is paused, in ms; 0 = it is not. */
  readonly pausedMs: (bucket: GraphBucket) => number;
  /** Share of the documented limit that this process has used in the last ten minutes; 1 = all of it. */
  readonly load: (bucket: GraphBucket) => number;
  /** Requests since the start, and how many slots are free now. */
  readonly usage: () => Readonly<Record<GraphBucket, { readonly sent: number; readonly free: number }>>;
}

/** Stretch of time that `load` looks at. */
export const LOAD_MS = 10 * 60_000;

interface Lane {
  readonly limit: Limit;
  /** When each of the last requests stops counting, epoch ms; running ones are not in it yet. */
  readonly busyUntil: number[];
  running: number;
  readonly waiting: { readonly order: number; readonly go: () => void }[];
  isPumping: boolean;
  /** Called when a running request ends. */
  onEnd: () => void;
}

interface Bucket {
  pausedUntil: number;
  refusals: number;
  sent: number;
  /** Requests by minute (epoch minutes), for the load. */
  readonly minutes: Map<number, number>;
  readonly lanes: Map<string, Lane>;
}

/** Lanes of mailboxes that are kept although nothing runs in them. */
const MAX_LANES = 1000;

/** A limiter on `clock`; with a clock whose sleep moves it on, no real time passes. */
export function createLimiter(clock: Clock, limits: Readonly<Record<GraphBucket, Limit>> = LIMITS): Limiter {
  const now = () => clock.now().getTime();
  const buckets = new Map<GraphBucket, Bucket>();
  for (const bucket of Object.keys(limits) as GraphBucket[])
    buckets.set(bucket, { pausedUntil: 0, refusals: 0, sent: 0, minutes: new Map(), lanes: new Map() });
  const bucketOf = (name: GraphBucket) => buckets.get(name) as Bucket;

  async function pump(bucket: Bucket, lane: Lane): Promise<void> {
    if (lane.isPumping) return;
    lane.isPumping = true;
    while (lane.waiting.length > 0) {
      const waitMs = Math.max(bucket.pausedUntil - now(), untilFree(lane, now()));
      if (waitMs === Number.POSITIVE_INFINITY) await new Promise<void>((resolve) => (lane.onEnd = resolve));
      else if (waitMs > 0) await clock.sleep(waitMs);
      else {
        count(bucket, now());
        lane.running++;
        lane.waiting.shift()?.go();
      }
    }
    lane.isPumping = false;
  }

  async function turn(bucket: Bucket, lane: Lane, order: number): Promise<void> {
    await new Promise<void>((go) => {
      const at = lane.waiting.findIndex((other) => other.order > order);
      lane.waiting.splice(at < 0 ? lane.waiting.length : at, 0, { order, go });
      void pump(bucket, lane);
    });
  }

  return {
    async run({ bucket: name, priority, mailbox }, call, patienceMs = Number.POSITIVE_INFINITY) {
      const bucket = bucketOf(name);
      const limit = limits[name];
      const pausedMs = bucket.pausedUntil - now();
      if (pausedMs > patienceMs) throw new UpstreamError('graph', 'THROTTLED', { retryAfterMs: pausedMs });
      const lane = laneOf(bucket, limit, limit.each && mailbox ? mailbox : '', now());
      await turn(bucket, lane, ORDER[priority]);
      try {
        const result = await call();
        bucket.refusals = 0;
        return result;
      } catch (error) {
        if (error instanceof UpstreamError && error.code === 'THROTTLED') pause(bucket, error.retryAfterMs, now());
        throw error;
      } finally {
        lane.running--;
        lane.busyUntil.push(now() + limit.windowMs);
        lane.onEnd();
      }
    },
    pausedMs: (name) => Math.max(0, bucketOf(name).pausedUntil - now()),
    load(name) {
      const { documented, most, windowMs } = limits[name];
      const since = (now() - LOAD_MS) / 60_000;
      let sent = 0;
      for (const [minute, requests] of bucketOf(name).minutes) if (minute > since) sent += requests;
      return sent / (((documented ?? most) * LOAD_MS) / windowMs);
    },
    usage: () =>
      Object.fromEntries(
        [...buckets].map(([name, { sent, lanes }]) => {
          const lane = lanes.get('');
          const free = lane ? limits[name].most - lane.running - stillBusy(lane, now()) : limits[name].most;
          return [name, { sent, free }];
        }),
      ) as ReturnType<Limiter['usage']>,
  };
}

function count(bucket: Bucket, now: number): void {
  const minute = Math.floor(now / 60_000);
  bucket.sent++;
  if (!bucket.minutes.has(minute)) {
    for (const old of bucket.minutes.keys()) if (old <= minute - LOAD_MS / 60_000) bucket.minutes.delete(old);
  }
  bucket.minutes.set(minute, (bucket.minutes.get(minute) ?? 0) + 1);
}

/** Ms until a slot is free; infinite while only the end of a running request can free one. */
function untilFree(lane: Lane, now: number): number {
  const { most, atOnce = most } = lane.limit;
  if (lane.running >= atOnce) return Number.POSITIVE_INFINITY;
  const over = lane.running + stillBusy(lane, now) - most;
  if (over < 0) return 0;
  // Answers may come out of order, so the times are not sorted by themselves.
  lane.busyUntil.sort((a, b) => a - b);
  const free = lane.busyUntil[over];
  return free === undefined ? Number.POSITIVE_INFINITY : free - now;
}

/** Forgets what no longer counts and says how many do. */
function stillBusy(lane: Lane, now: number): number {
  let kept = 0;
  for (const until of lane.busyUntil) if (until > now) lane.busyUntil[kept++] = until;
  lane.busyUntil.length = kept;
  return kept;
}

function laneOf(bucket: Bucket, limit: Limit, key: string, now: number): Lane {
  const known = bucket.lanes.get(key);
  if (known) return known;
  if (bucket.lanes.size >= MAX_LANES) {
    for (const [name, lane] of bucket.lanes)
      if (lane.running + lane.waiting.length + stillBusy(lane, now) === 0) bucket.lanes.delete(name);
  }
  const lane: Lane = { limit, busyUntil: [], running: 0, waiting: [], isPumping: false, onEnd: () => {} };
  bucket.lanes.set(key, lane);
  return lane;
}

/** Identity Protection sends no Retry-After: then the pause is ours, and grows while refusals go on. */
function pause(bucket: Bucket, retryAfterMs: number | undefined, now: number): void {
  const ours = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** bucket.refusals);
  bucket.refusals++;
  bucket.pausedUntil = Math.max(bucket.pausedUntil, now + (retryAfterMs ?? ours));
}
