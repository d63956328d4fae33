/**
 * Writes of many units as few transactions: one for each bucket that is touched, and a second one where a person must not
 * be written before a group that lies in another bucket.
 */
import { UpstreamError } from '../errors.ts';
import type { Rows, RowWrite } from '../ports.ts';

/** Everything that is written for one unit. */
export interface UnitWrites {
  /** Row key of the unit. */
  readonly key: string;
  readonly bucket: string;
  readonly writes: readonly RowWrite[];
  /** Row keys of units that must be written before, or in the same transaction. */
  readonly after: ReadonlySet<string>;
  /** The unit is durable; `tag` is its row's. */
  readonly done: (tag: string | undefined) => void;
}

/** What became of units. */
export interface Written {
  /** Row keys of units that are not durable: another instance was faster with them, or with what they must follow. */
  readonly failed: ReadonlySet<string>;
  readonly transactions: number;
}

const MOST_WRITES = 100;
/** So many transactions run at the same time. */
const AT_ONCE = 8;

/**
 * Writes units. What conflicts, and what must follow it, is left out; everything else is durable afterwards, in an order
 * that lets a repetition find the rest. @throws UpstreamError
 */
export async function writeUnits(rows: Rows, units: readonly UnitWrites[]): Promise<Written> {
  const { first, second } = inOrder(units);
  const failed = new Set<string>();
  let transactions = 0;
  for (const phase of [first, second]) {
    const buckets = [...Map.groupBy(phase, ({ bucket }) => bucket).values()];
    for (let at = 0; at < buckets.length; at += AT_ONCE) {
      const written = await Promise.all(buckets.slice(at, at + AT_ONCE).map((own) => writeBucket(rows, own, failed)));
      transactions += written.reduce((sum, count) => sum + count, 0);
    }
  }
  return { failed, transactions };
}

/** Returns how many transactions it took. */
async function writeBucket(rows: Rows, units: readonly UnitWrites[], failed: Set<string>): Promise<number> {
  let transactions = 0;
  for (const batch of intoBatches(units)) {
    const possible = batch.filter((unit) => ![...unit.after].some((key) => failed.has(key)));
    for (const unit of batch) if (!possible.includes(unit)) failed.add(unit.key);
    if (possible.length > 0) transactions += await writeBatch(rows, possible, failed);
  }
  return transactions;
}

/** A unit waits for the second phase if something it must follow is written in another bucket, or is not written yet. */
function inOrder(units: readonly UnitWrites[]): { first: UnitWrites[]; second: UnitWrites[] } {
  const bucketOf = new Map(units.map(({ key, bucket }) => [key, bucket]));
  const waits = (unit: UnitWrites) =>
    [...unit.after].some((key) => bucketOf.has(key) && bucketOf.get(key) !== unit.bucket);
  const waiting = new Set(units.filter(waits).map(({ bucket }) => bucket));
  const withGroup = new Set(units.filter(({ key }) => key.startsWith('window:')).map(({ bucket }) => bucket));
  // A bucket that has a second transaction in any case, and no group, needs no first one.
  const isSecond = (unit: UnitWrites) => waits(unit) || (waiting.has(unit.bucket) && !withGroup.has(unit.bucket));
  return { first: units.filter((unit) => !isSecond(unit)), second: units.filter(isSecond) };
}

/** Units of one bucket as batches that fit into a transaction: groups first, so that what must follow them does. */
function intoBatches(units: readonly UnitWrites[]): UnitWrites[][] {
  const ordered = [...units].sort((a, b) => Number(b.key.startsWith('window:')) - Number(a.key.startsWith('window:')));
  const batches: UnitWrites[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const unit of ordered) {
    size += unit.writes.length;
    if (size > MOST_WRITES) {
      batches.push([]);
      size = unit.writes.length;
    }
    batches.at(-1)?.push(unit);
  }
  return batches;
}

async function writeBatch(rows: Rows, batch: readonly UnitWrites[], failed: Set<string>): Promise<number> {
  const [bucket = ''] = batch.map((unit) => unit.bucket);
  const writes = batch.flatMap((unit) => unit.writes);
  const written = new Map<string, string>();
  try {
    const { result, transactions } = await inPieces(rows, bucket, writes, written);
    for (const unit of batch) {
      if (result === 'done') unit.done(written.get(unit.key));
      else failed.add(unit.key);
    }
    return transactions;
  } catch (error) {
    // Sizes of rows are not known here, so what is too large for a transaction shows only now.
    const isTooLarge = error instanceof UpstreamError && error.code === 'TOO_LARGE';
    if (!isTooLarge || batch.length < 2) throw error;
    const [head, tail] = [batch.slice(0, batch.length >> 1), batch.slice(batch.length >> 1)];
    return (await writeBucket(rows, head, failed)) + (await writeBucket(rows, tail, failed));
  }
}

/**
 * One transaction, as a rule. A unit with more writes than that has its own row in the last piece: until then, a
 * repetition comes to the same findings and messages and writes them once more.
 */
async function inPieces(
  rows: Rows,
  bucket: string,
  writes: readonly RowWrite[],
  written: Map<string, string>,
): Promise<{ readonly result: 'done' | 'conflict'; readonly transactions: number }> {
  let transactions = 0;
  const pieces: RowWrite[][] = [];
  for (let end = writes.length; end > 0; end -= MOST_WRITES)
    pieces.unshift(writes.slice(Math.max(0, end - MOST_WRITES), end));
  for (const piece of pieces) {
    transactions++;
    if ((await rows.transact('evidence', bucket, piece, written)) === 'conflict')
      return { result: 'conflict', transactions };
  }
  return { result: 'done', transactions };
}
