/**
 * Sends notifications: several in one POST, again with growing pauses for up to four hours when they are not taken. How
 * long an answer takes is measured in real time, pauses pass on the simulator's clock.
 */
import { performance } from 'node:perf_hooks';
import type { Settings } from '../settings.ts';

/** A notification on its way. Times in epoch ms. */
export interface Parcel {
  readonly subscription: string;
  readonly url: string;
  readonly kind: 'change' | 'lifecycle';
  readonly item: Readonly<Record<string, unknown>>;
  readonly dueAt: number;
  readonly tries: number;
  /** When it was first tried. */
  readonly firstAt?: number;
}

/** What has become of the notifications to one endpoint. */
export interface EndpointRecord {
  readonly posts: number;
  /** Items that were taken. */
  readonly delivered: number;
  /** Posts that were not answered with 2xx in time. */
  readonly failedPosts: number;
  /** Items given up after four hours. */
  readonly dropped: number;
  /** Posts that took longer than 3 s: above a tenth of all, Graph calls the endpoint slow. */
  readonly over3s: number;
  /** Posts that took longer than 10 s: above 15 %, Graph drops notifications. */
  readonly over10s: number;
  /** Answer times of the last posts, ms. */
  readonly answerMs: readonly number[];
}

/** What may happen to a parcel now. */
export type Verdict = 'send' | 'wait' | 'forget';

/** Sends what is due. */
export interface Delivery {
  readonly add: (parcel: Omit<Parcel, 'tries'>) => void;
  /** Starts sending everything due at `now`; resolves when all of it was answered. */
  readonly run: (now: number) => Promise<void>;
  readonly waiting: () => number;
  readonly records: () => Readonly<Record<string, EndpointRecord>>;
}

const FIRST_PATIENCE_MS = 3_000;
const LATER_PATIENCE_MS = 10_000;
const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 30 * 60_000;
const GIVE_UP_AFTER_MS = 4 * 3_600_000;
/** Answer times that are remembered per endpoint. */
const REMEMBERED = 1000;

const NOTHING: EndpointRecord = {
  posts: 0,
  delivered: 0,
  failedPosts: 0,
  dropped: 0,
  over3s: 0,
  over10s: 0,
  answerMs: [],
};

/** What is on its way, and what became of the rest. */
interface Post {
  parcels: Parcel[];
  readonly busy: Set<string>;
  readonly records: Map<string, EndpointRecord>;
  /** Items sent so far: every so many of them one is doubled. */
  sent: number;
  readonly settings: () => Settings;
}

/** @param judge whether the subscription of a parcel still wants it */
export function createDelivery(settings: () => Settings, judge: (parcel: Parcel) => Verdict): Delivery {
  const post: Post = { parcels: [], busy: new Set(), records: new Map(), sent: 0, settings };
  return {
    add: (parcel) => void post.parcels.push({ ...parcel, tries: 0 }),
    run: async (now) => {
      const due = takeDue(post, judge, now);
      await Promise.all([...due].map(([url, parcels]) => empty(post, url, parcels, now)));
    },
    waiting: () => post.parcels.length,
    records: () => Object.fromEntries(post.records),
  };
}

/** Takes out what is to be sent now, by endpoint, oldest first. */
function takeDue(post: Post, judge: (parcel: Parcel) => Verdict, now: number): Map<string, Parcel[]> {
  const due = new Map<string, Parcel[]>();
  const kept: Parcel[] = [];
  for (const parcel of post.parcels.toSorted((a, b) => a.dueAt - b.dueAt)) {
    const isHeld = parcel.dueAt > now || post.busy.has(parcel.url);
    const verdict = isHeld ? 'wait' : judge(parcel);
    if (verdict === 'wait' && !isHeld && now - parcel.dueAt >= GIVE_UP_AFTER_MS) drop(post, parcel.url);
    else if (verdict === 'wait') kept.push(parcel);
    else if (verdict === 'send') {
      const same = due.get(parcel.url) ?? [];
      same.push(parcel);
      due.set(parcel.url, same);
    }
  }
  post.parcels = kept;
  return due;
}

/** One endpoint gets one POST at a time. */
async function empty(post: Post, url: string, due: readonly Parcel[], now: number): Promise<void> {
  post.busy.add(url);
  try {
    const { notificationsPerPost } = post.settings();
    for (const kind of ['lifecycle', 'change'] as const) {
      const same = due.filter((parcel) => parcel.kind === kind);
      for (let at = 0; at < same.length; at += notificationsPerPost) {
        await sendBatch(post, url, same.slice(at, at + notificationsPerPost), now);
      }
    }
  } finally {
    post.busy.delete(url);
  }
}

async function sendBatch(post: Post, url: string, batch: readonly Parcel[], now: number): Promise<void> {
  const started = performance.now();
  const isRetry = batch.some(({ tries }) => tries > 0);
  const isTaken = await send(url, compose(post, batch), isRetry);
  const ms = performance.now() - started;
  const record = post.records.get(url) ?? NOTHING;
  post.records.set(url, {
    ...record,
    posts: record.posts + 1,
    delivered: record.delivered + (isTaken ? batch.length : 0),
    failedPosts: record.failedPosts + (isTaken ? 0 : 1),
    over3s: record.over3s + (ms > FIRST_PATIENCE_MS ? 1 : 0),
    over10s: record.over10s + (ms > LATER_PATIENCE_MS ? 1 : 0),
    answerMs: [...record.answerMs.slice(1 - REMEMBERED), ms],
  });
  if (!isTaken) for (const parcel of batch) retry(post, parcel, now);
}

function compose(post: Post, batch: readonly Parcel[]): unknown[] {
  const { duplicateEvery, reorder } = post.settings();
  const items = batch.flatMap(({ item }) => {
    post.sent++;
    return duplicateEvery > 0 && post.sent % duplicateEvery === 0 ? [item, item] : [item];
  });
  return reorder ? items.reverse() : items;
}

function retry(post: Post, parcel: Parcel, now: number): void {
  const { url, tries, firstAt = now } = parcel;
  if (now - firstAt >= GIVE_UP_AFTER_MS) {
    drop(post, url);
    return;
  }
  const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries);
  post.parcels.push({ ...parcel, tries: tries + 1, firstAt, dueAt: now + pause });
}

function drop(post: Post, url: string): void {
  const record = post.records.get(url) ?? NOTHING;
  post.records.set(url, { ...record, dropped: record.dropped + 1 });
}

/** True when it was taken in time: 3 s at first, 10 s for retries. */
async function send(url: string, value: readonly unknown[], isRetry: boolean): Promise<boolean> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ value }),
      redirect: 'manual',
      signal: AbortSignal.timeout(isRetry ? LATER_PATIENCE_MS : FIRST_PATIENCE_MS),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
