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

/** Appends. `nonce` tells entries of one instant apart; the same entry with the same nonce is written once. */
export async function appendTrail(rows: Rows, entry: TrailEntry, nonce: string): Promise<void> {
  const at = entry.at.toISOString();
  await rows.transact('trail', at.slice(0, 7), [{ op: 'put', row: `${at}:${nonce}`, value: { ...entry, at } }]);
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
