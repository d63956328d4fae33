/**
 * Due rows: something to look at again at an instant. They are the product's only way to wait.
 *
 * All are in one partition in order of time, so that looking for what is due is one read. They are written *before* what
 * they belong to: a crash in between leaves a due row whose handler finds nothing to do, never something that nobody
 * looks at again. Handlers therefore ask what is, and repeat safely.
 */
import { z } from 'zod';
import type { Rows, RowWrite } from '../ports.ts';

/** Something to look at again. */
export interface Due {
  readonly at: Date;
  /** Names the handler: `evaluate`, `outbox`, `send`, … Letters only. */
  readonly kind: string;
  /** What it is about, opaque to all but the handler. */
  readonly ref: string;
  /** The person concerned, so that erasing finds the row. */
  readonly person?: string;
}

/** A stored due row. */
export interface DueRow extends Due {
  /** Its row key. */
  readonly row: string;
}

/** See `createDueRows`. */
export interface DueRows {
  /** Writing the same again is harmless. */
  readonly put: (due: Due) => Promise<void>;
  readonly putAll: (due: readonly Due[]) => Promise<void>;
  /** What is due at `now`, earliest first. */
  readonly dueAt: (now: Date) => AsyncIterable<DueRow>;
  /** Everything that waits, earliest first. */
  readonly all: () => AsyncIterable<DueRow>;
  /** Gone is fine. */
  readonly remove: (due: readonly Due[]) => Promise<void>;
}

const PARTITION = 'due';
const Value = z.object({ person: z.string().optional() });

/** Due rows in the table `state`. */
export function createDueRows(rows: Rows): DueRows {
  async function transact(writes: readonly RowWrite[]): Promise<void> {
    const each = [...new Map(writes.map((write) => [write.row, write])).values()];
    for (let at = 0; at < each.length; at += 100) await rows.transact('state', PARTITION, each.slice(at, at + 100));
  }
  async function* list(to?: string): AsyncGenerator<DueRow> {
    for await (const { row, value } of rows.list('state', PARTITION, '', to)) {
      const due = parseRow(row);
      const { person } = Value.parse(value);
      if (due) yield { row, ...due, ...(person !== undefined && { person }) };
    }
  }
  const putAll = (due: readonly Due[]) =>
    transact(due.map((one) => ({ op: 'put', row: rowOf(one), value: one.person ? { person: one.person } : {} })));
  return {
    put: (due) => putAll([due]),
    putAll,
    // The instant is part of the key's beginning, and `;` is the first character after its `:`.
    dueAt: (now) => list(`${now.toISOString()};`),
    all: () => list(),
    remove: (due) => transact(due.map((one) => ({ op: 'delete', row: rowOf(one) }))),
  };
}

function rowOf({ at, kind, ref }: Due): string {
  return `${at.toISOString()}:${kind}:${ref}`;
}

function parseRow(row: string): Due | undefined {
  const [, at, kind, ref] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z):([A-Za-z]+):(.*)$/s.exec(row) ?? [];
  return at !== undefined && kind !== undefined && ref !== undefined ? { at: new Date(at), kind, ref } : undefined;
}
