/** Heartbeats: each timer notes that it did its work, so that silence is noticed (functions-host issue 11828). */
import { z } from 'zod';
import type { Rows } from '../ports.ts';

const Beat = z.object({ at: z.coerce.date(), counts: z.record(z.string(), z.number()).default({}) });

/** The last time a timer did its work, and what it counted. */
export interface Beat {
  readonly name: string;
  readonly at: Date;
  readonly counts: Readonly<Record<string, number>>;
}

/** Notes that `name` did its work. */
export async function beat(
  rows: Rows,
  name: string,
  at: Date,
  counts: Readonly<Record<string, number>> = {},
): Promise<void> {
  await rows.transact('state', 'beats', [{ op: 'put', row: name, value: { at: at.toISOString(), counts } }]);
}

/** All heartbeats, by name. */
export async function beats(rows: Rows): Promise<Beat[]> {
  const all: Beat[] = [];
  for await (const { row, value } of rows.list('state', 'beats')) all.push({ name: row, ...Beat.parse(value) });
  return all;
}
