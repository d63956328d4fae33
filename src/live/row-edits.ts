/** Going through whole tables and deleting or rewriting rows, a partition's worth at a time. */
import type { Row, Rows, RowWrite, TableName } from '../ports.ts';

/** What becomes of a row; undefined: it stays as it is. */
export type RowEdit = { readonly op: 'delete' } | { readonly op: 'replace'; readonly value: unknown } | undefined;

/** How many rows went. */
export interface Edited {
  readonly deleted: number;
  readonly rewritten: number;
  /** Changed by somebody else meanwhile: next time. */
  readonly skipped: number;
}

/**
 * Edits every row of a table as `decide` says, each only if it has not changed since it was read.
 * @throws UpstreamError: what is done is done, the rest next time
 */
export async function editTable(
  rows: Rows,
  table: TableName,
  decide: (row: Row) => RowEdit | Promise<RowEdit>,
): Promise<Edited> {
  const total = { deleted: 0, rewritten: 0, skipped: 0 };
  const waiting = new Map<string, RowWrite[]>();
  async function flush(partition: string): Promise<void> {
    const writes = waiting.get(partition) ?? [];
    waiting.delete(partition);
    // One by one where they do not go together: one row that has changed must not keep the others.
    const together = (await rows.transact(table, partition, writes)) === 'done';
    for (const write of writes) {
      const done = together || (await rows.transact(table, partition, [write])) === 'done';
      if (!done) total.skipped++;
      else if (write.op === 'delete') total.deleted++;
      else total.rewritten++;
    }
  }
  for await (const row of rows.scan(table)) {
    const edit = await decide(row);
    if (!edit) continue;
    const { partition, tag } = row;
    const write: RowWrite =
      edit.op === 'delete'
        ? { op: 'delete', row: row.row, tag }
        : { op: 'replace', row: row.row, value: edit.value, tag };
    const writes = waiting.get(partition) ?? [];
    waiting.set(partition, [...writes, write]);
    // Rewritten rows can be large; a transaction holds 4 MiB.
    if (writes.length + 1 >= (edit.op === 'replace' ? 10 : 100)) await flush(partition);
  }
  for (const partition of [...waiting.keys()]) await flush(partition);
  return total;
}
