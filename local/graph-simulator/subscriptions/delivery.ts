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

/** @param judge whether the subscription of a parcel still wants it */
export function createDelivery(settings: () => Settings, judge: (parcel: Parcel) => Verdict): Delivery {
  let parcels: Parcel[] = [];
  const busy = new Set<string>();
  const records = new Map<string, EndpointRecord>();
  let sent = 0;

  const note = (url: string, change: (record: EndpointRecord) => Partial<EndpointRecord>) => {
    const record = records.get(url) ?? NOTHING;
    records.set(url, { ...record, ...change(record) });
  };

  async function post(url: string, batch: readonly Parcel[], now: number): Promise<void> {
    const started = performance.now();
    const isTaken = await send(
      url,
      compose(batch),
      batch.some(({ tries }) => tries > 0),
    );
    const ms = performance.now() - started;
    note(url, (record) => ({
      posts: record.posts + 1,
      delivered: record.delivered + (isTaken ? batch.length : 0),
      failedPosts: record.failedPosts + (isTaken ? 0 : 1),
      over3s: record.over3s + (ms > FIRST_PATIENCE_MS ? 1 : 0),
      over10s: record.over10s + (ms > LATER_PATIENCE_MS ? 1 : 0),
      answerMs: [...record.answerMs.slice(1 - REMEMBERED), ms],
    }));
    if (!isTaken) for (const parcel of batch) retry(parcel, now);
  }

  function compose(batch: readonly Parcel[]): unknown[] {
    const { duplicateEvery, reorder } = settings();
    const items = batch.flatMap(({ item }) => {
      sent++;
      return duplicateEvery > 0 && sent % duplicateEvery === 0 ? [item, item] : [item];
    });
    return reorder ? items.reverse() : items;
  }

  function retry(parcel: Parcel, now: number): void {
    const { url, tries, firstAt = now } = parcel;
    if (now - firstAt >= GIVE_UP_AFTER_MS) {
      note(url, ({ dropped }) => ({ dropped: dropped + 1 }));
      return;
    }
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries);
    parcels.push({ ...parcel, tries: tries + 1, firstAt, dueAt: now + pause });
  }

  /** One endpoint gets one POST at a time. */
  async function empty(url: string, due: readonly Parcel[], now: number): Promise<void> {
    busy.add(url);
    try {
      const { notificationsPerPost } = settings();
      for (const kind of ['lifecycle', 'change'] as const) {
        const same = due.filter((parcel) => parcel.kind === kind);
        for (let at = 0; at < same.length; at += notificationsPerPost) {
          await post(url, same.slice(at, at + notificationsPerPost), now);
        }
      }
    } finally {
      busy.delete(url);
    }
  }

  return {
    add: (parcel) => void parcels.push({ ...parcel, tries: 0 }),
    run: async (now) => {
      const due = new Map<string, Parcel[]>();
      const kept: Parcel[] = [];
      const ordered = parcels.toSorted((a, b) => a.dueAt - b.dueAt);
      parcels = kept;
      for (const parcel of ordered) {
        const verdict = parcel.dueAt > now || busy.has(parcel.url) ? 'wait' : judge(parcel);
        if (verdict === 'send') due.set(parcel.url, [...(due.get(parcel.url) ?? []), parcel]);
        else if (verdict === 'wait') kept.push(parcel);
      }
      await Promise.all([...due].map(([url, list]) => empty(url, list, now)));
    },
    waiting: () => parcels.length,
    records: () => Object.fromEntries(records),
  };
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
