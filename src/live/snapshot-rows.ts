/**
 * Snapshots as stored. Table `state`: partition `snapshot:<person>`, row = account; partition `wanted`, row
 * `<why>:<person>` for snapshots that are to be taken.
 */
import { z } from 'zod';
import { UpstreamError } from '../errors.ts';
import type { Row, Rows } from '../ports.ts';

const instant = z.coerce.date();
const Part = z.object({ at: instant, prints: z.record(z.string(), z.string()) });

/** One account's snapshot. */
export const Snapshot = z.object({
  methods: Part.optional(),
  fields: Part.extend({
    /** When the password was last set, and from when on sessions count: changes hint at more. */
    passwordAt: z.string().optional(),
    sessionsAt: z.string().optional(),
  }).optional(),
  rules: Part.optional(),
  /** When the account's past sign-ins were read for its familiar places. */
  placesAt: instant.optional(),
  /** Why a part could not be read the last time: code of the UpstreamError. Absent = it could. */
  missing: z.partialRecord(z.enum(['methods', 'fields', 'rules', 'places']), z.string()).default({}),
});
/** One account's snapshot. */
export type Snapshot = z.infer<typeof Snapshot>;
/** What a snapshot consists of. */
export type SnapshotPart = keyof Snapshot['missing'];

/** Why a snapshot is wanted, most urgent first. */
export const WHYS = ['chain', 'hint', 'enrolled'] as const;
/** Why a snapshot is wanted. */
export type Why = (typeof WHYS)[number];

/** Partition of a person's snapshots; erasing a person empties it. */
export function snapshotPartition(person: string): string {
  return `snapshot:${person}`;
}

/** The stored snapshot; an empty one when there is none, or none that can be read. */
export async function readSnapshot(rows: Rows, person: string, account: string): Promise<Snapshot> {
  const stored = await rows.get('state', snapshotPartition(person), account);
  return Snapshot.safeParse(stored?.value).data ?? Snapshot.parse({});
}

/**
 * Changes a snapshot as it is stored now: a notification and the poll may look at one account at the same time, each at
 * other parts. @throws UpstreamError, also when others keep being faster
 */
export async function changeSnapshot(
  rows: Rows,
  person: string,
  account: string,
  change: (snapshot: Snapshot) => Snapshot,
): Promise<void> {
  for (let tries = 0; tries < 5; tries++) {
    const stored = await rows.get('state', snapshotPartition(person), account);
    const before = Snapshot.safeParse(stored?.value).data ?? Snapshot.parse({});
    const value: unknown = JSON.parse(JSON.stringify(change(before)));
    const write = stored
      ? ({ op: 'replace', row: account, value, tag: stored.tag } as const)
      : ({ op: 'insert', row: account, value } as const);
    if ((await rows.transact('state', snapshotPartition(person), [write])) === 'done') return;
  }
  throw new UpstreamError('tables', 'UNAVAILABLE');
}

/** Notes that snapshots of people are wanted. Wanting twice is harmless. */
export async function wantSnapshots(rows: Rows, people: Iterable<string>, why: Why, now: Date): Promise<void> {
  const writes = [...new Set(people)].map((person) => ({
    op: 'put' as const,
    row: `${why}:${person}`,
    value: { at: now.toISOString() },
  }));
  for (let at = 0; at < writes.length; at += 100) await rows.transact('state', WANTED, writes.slice(at, at + 100));
}

/** Partition of what is wanted. */
export const WANTED = 'wanted';

/**
 * What is wanted, most urgent first. Within one urgency it goes on after `last` and comes round, so that everybody has
 * a turn although time never suffices for all.
 */
export async function* wantedSnapshots(
  rows: Rows,
  last = '',
): AsyncIterable<{ readonly person: string; readonly why: Why; readonly row: Row }> {
  for (const why of WHYS) {
    const [first, next, end] = [`${why}:`, `${why}:${last}\u0001`, `${why};`];
    for (const [from, to] of last === ''
      ? [[first, end]]
      : [
          [next, end],
          [first, next],
        ])
      for await (const row of rows.list('state', WANTED, from, to))
        yield { person: row.row.slice(first.length), why, row };
  }
}

/** A snapshot was taken; if it was wanted again meanwhile, it stays wanted. */
export async function settleWanted(rows: Rows, { row, tag }: Row): Promise<void> {
  await rows.transact('state', WANTED, [{ op: 'delete', row, tag }]);
}
