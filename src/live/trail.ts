/** The audit trail: who changed or opened what. Append-only; rows are never changed, only pruned by age. */
import { z } from 'zod';
import type { Rows } from '../ports.ts';

/** One thing that somebody did. Opaque ids only. */
export const TrailEntry = z.object({
  at: z.coerce.date(),
  /** Object id of the person at the desk, `key` for a local key, `postern` for the watch itself. */
  actor: z.string(),
  /** Verb and object, from a closed set in code: `person added`, `finding opened` … */
  action: z.string(),
  person: z.string().optional(),
  /** Finding, task or channel id. */
  ref: z.string().optional(),
  /** What changed: names of fields, a reason from a closed set. */
  detail: z.string().optional(),
});
/** One thing that somebody did. */
export type TrailEntry = z.infer<typeof TrailEntry>;

/** Appends. `nonce` tells entries of one instant apart; the same entries with the same nonce are written once. */
export async function appendTrail(rows: Rows, entries: readonly TrailEntry[], nonce: string): Promise<void> {
  const writes = entries.map((entry, index) => {
    const at = entry.at.toISOString();
    const row = `${at}:${nonce}:${String(index).padStart(6, '0')}`;
    return { month: at.slice(0, 7), write: { op: 'put' as const, row, value: { ...entry, at } } };
  });
  for (const [month, all] of Map.groupBy(writes, (one) => one.month)) {
    for (let from = 0; from < all.length; from += 100) {
      const part = all.slice(from, from + 100).map(({ write }) => write);
      await rows.transact('trail', month, part);
    }
  }
}

/** Entries since `since`, oldest first. */
export async function* readTrail(rows: Rows, since: Date, now: Date): AsyncIterable<TrailEntry> {
  for (const month of monthsBetween(since, now)) {
    for await (const { value } of rows.list('trail', month, since.toISOString())) yield TrailEntry.parse(value);
  }
}

function monthsBetween(since: Date, now: Date): string[] {
  const months: string[] = [];
  for (
    let month = new Date(Date.UTC(since.getUTCFullYear(), since.getUTCMonth()));
    month <= now;
    month = new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1))
  ) {
    months.push(month.toISOString().slice(0, 7));
  }
  return months;
}
