/**
 * How often answers may be tried: 30 a minute in all, 10 an hour per reference. References fall into 1,024 counters, so
 * that guessing fills no table and a reference that does not exist costs the same as one that does.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Clock, Rows } from '../ports.ts';

const PER_MINUTE = 30;
const PER_REFERENCE_AND_HOUR = 10;
const COUNTERS = 1024;
const MINUTE_MS = 60_000;
const CONFLICTS = 10;
/** Of the table `state`. */
const PARTITION = 'answers';

const Counter = z.object({ window: z.number(), count: z.number() });

/** Counts one try; false when it is one too many. Always two reads and two writes. */
export async function mayTry(
  ports: { readonly rows: Rows; readonly clock: Clock },
  reference: string,
): Promise<boolean> {
  const slot = createHash('sha256').update(reference).digest().readUInt16BE(0) % COUNTERS;
  const all = await count(ports, 'all', MINUTE_MS);
  const own = await count(ports, String(slot), 60 * MINUTE_MS);
  return all <= PER_MINUTE && own <= PER_REFERENCE_AND_HOUR;
}

/** Adds one to a counter of the present window and tells the sum. Too many writers at once count as too many tries. */
async function count(
  { rows, clock }: { readonly rows: Rows; readonly clock: Clock },
  row: string,
  windowMs: number,
): Promise<number> {
  for (let tries = 0; tries < CONFLICTS; tries++) {
    const window = Math.floor(clock.now().getTime() / windowMs);
    const stored = await rows.get('state', PARTITION, row);
    const known = stored && Counter.parse(stored.value);
    const value = { window, count: known?.window === window ? known.count + 1 : 1 };
    const write = stored
      ? ({ op: 'replace', row, value, tag: stored.tag } as const)
      : ({ op: 'insert', row, value } as const);
    if ((await rows.transact('state', PARTITION, [write])) === 'done') return value.count;
  }
  return Number.POSITIVE_INFINITY;
}
