/**
 * Single rows in memory for a moment, in partitions that are too large to be kept as a whole: planning, wording and sending
 * one notice ask for the same person within a second. As with recent-partitions.ts a copy is at most `ttlMs` old, own
 * writes drop it, and whoever decides on it writes with a tag.
 */
import type { Row, Rows, TableName } from '../ports.ts';

/** Which rows are kept, and how long. */
export interface RecentRowsOptions {
  readonly isKept: (table: TableName, partition: string) => boolean;
  readonly ttlMs: number;
  /** A clock that runs evenly, ms. */
  readonly now: () => number;
}

interface Copy {
  readonly row: Promise<Row | undefined>;
  readonly at: number;
}

/** So many rows are kept at most. */
const MOST = 5000;

/** The same rows, with single ones remembered. Lists and scans go to the table. */
export function withRecentRows(rows: Rows, { isKept, ttlMs, now }: RecentRowsOptions): Rows {
  const copies = new Map<string, Copy>();
  const keyOf = (table: TableName, partition: string, row: string) => `${table}\u0000${partition}\u0000${row}`;
  return {
    ...rows,
    get(table, partition, row) {
      if (!isKept(table, partition)) return rows.get(table, partition, row);
      const key = keyOf(table, partition, row);
      const known = copies.get(key);
      if (known && now() - known.at < ttlMs) return known.row;
      const copy: Copy = { row: rows.get(table, partition, row), at: now() };
      copies.delete(key);
      copies.set(key, copy);
      copy.row.catch(() => copies.get(key) === copy && copies.delete(key));
      for (const oldest of copies.keys()) {
        if (copies.size <= MOST) break;
        copies.delete(oldest);
      }
      return copy.row;
    },
    async transact(table, partition, writes, written) {
      if (!isKept(table, partition)) return rows.transact(table, partition, writes, written);
      const drop = () => {
        for (const { row } of writes) copies.delete(keyOf(table, partition, row));
      };
      drop();
      try {
        return await rows.transact(table, partition, writes, written);
      } finally {
        // Somebody who read meanwhile may have read what was there before.
        drop();
      }
    },
  };
}
