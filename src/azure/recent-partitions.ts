/**
 * Small partitions in memory for a moment. One piece of news makes several handlers read the same person's ledger within a
 * second: planning, sending, the provider's report. A copy that is at most a second old is as good as a read that was made
 * a second earlier; whoever decides on it writes with a tag, and a conflict drops the copy.
 */
import type { Row, Rows, RowWrite, TableName } from '../ports.ts';

/** Which partitions are kept, and how long. */
export interface RecentOptions {
  /** Only partitions of a few dozen rows: they are read as a whole. */
  readonly isSmall: (table: TableName, partition: string) => boolean;
  readonly ttlMs: number;
  /** A clock that runs evenly, ms. */
  readonly now: () => number;
}

interface Copy {
  readonly rows: Promise<Map<string, Row>>;
  readonly at: number;
}

/** So many partitions are kept at most. */
const MOST = 2000;

/** The same rows, with small partitions remembered. */
export function withRecentPartitions(rows: Rows, { isSmall, ttlMs, now }: RecentOptions): Rows {
  const copies = new Map<string, Copy>();
  const keyOf = (table: TableName, partition: string) => `${table}\u0000${partition}`;

  function copyOf(table: TableName, partition: string): Promise<Map<string, Row>> {
    const key = keyOf(table, partition);
    const known = copies.get(key);
    if (known && now() - known.at < ttlMs) return known.rows;
    const copy: Copy = { rows: readAll(rows, table, partition), at: now() };
    copies.delete(key);
    copies.set(key, copy);
    copy.rows.catch(() => copies.get(key) === copy && copies.delete(key));
    for (const oldest of copies.keys()) {
      if (copies.size <= MOST) break;
      copies.delete(oldest);
    }
    return copy.rows;
  }

  return {
    ...rows,
    async get(table, partition, row) {
      if (!isSmall(table, partition)) return rows.get(table, partition, row);
      return (await copyOf(table, partition)).get(row);
    },
    async *list(table, partition, from = '', to, limit = Number.POSITIVE_INFINITY) {
      if (!isSmall(table, partition)) return yield* rows.list(table, partition, from, to, limit);
      const all = await copyOf(table, partition);
      const wanted = [...all.keys()].filter((row) => row >= from && (to === undefined || row < to)).sort();
      for (const row of wanted.slice(0, limit)) {
        const one = all.get(row);
        if (one) yield one;
      }
    },
    async transact(table, partition, writes, written = new Map()) {
      if (!isSmall(table, partition)) return rows.transact(table, partition, writes, written);
      const key = keyOf(table, partition);
      const before = copies.get(key);
      // Until the answer is there nobody knows what stands in the table.
      copies.delete(key);
      const result = await rows.transact(table, partition, writes, written);
      // Somebody who read meanwhile may have read what was there before.
      if (copies.delete(key)) return result;
      if (result === 'done' && before) {
        const next = await before.rows.then((all) => applied(all, partition, writes, written)).catch(() => undefined);
        if (next && !copies.has(key)) copies.set(key, { rows: Promise.resolve(next), at: before.at });
      }
      return result;
    },
  };
}

async function readAll(rows: Rows, table: TableName, partition: string): Promise<Map<string, Row>> {
  const all = new Map<string, Row>();
  for await (const row of rows.list(table, partition)) all.set(row.row, row);
  return all;
}

/** The copy after own writes; undefined when a new tag was not told. */
function applied(
  before: ReadonlyMap<string, Row>,
  partition: string,
  writes: readonly RowWrite[],
  tags: ReadonlyMap<string, string>,
): Map<string, Row> | undefined {
  const all = new Map(before);
  for (const write of writes) {
    if (write.op === 'delete') all.delete(write.row);
    else {
      const tag = tags.get(write.row);
      if (tag === undefined) return undefined;
      // As it comes back from the table: plain JSON.
      const value: unknown = JSON.parse(JSON.stringify(write.value));
      all.set(write.row, { partition, row: write.row, value, tag });
    }
  }
  return all;
}
