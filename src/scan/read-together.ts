/** Reads one file with this thread and others at the same time. */
import type { Ingest } from '../ingest.ts';
import { partSource } from '../sources/formats/byte-source.ts';
import { type ReadSettings, readSource, type SourceRead } from './read-source.ts';
import type { FilePart } from './split.ts';
import { type KnownBefore, readInThreads, type ThreadSettings } from './threads.ts';

/** How far reading is, in bytes and records of all parts together. May throw to stop. */
type Tell = ReadSettings['onProgress'];

/**
 * This thread reads the first part while the others are starting and read the rest; what they learned becomes part of
 * the ingest. The results are in the order of the parts. Rejects when a thread fails, and with the reason of `signal`.
 */
export async function readTogether(
  parts: readonly [FilePart, ...FilePart[]],
  own: ReadSettings,
  threads: ThreadSettings,
  signal?: AbortSignal,
): Promise<readonly SourceRead[]> {
  const [{ path, from, to }, ...others] = parts;
  const [tellOwn, tellOthers] = createTellers(own.onProgress);
  const failed = new AbortController();
  const elsewhere = readInThreads(
    others,
    threads,
    { known: () => knownIn(own.ingest), onProgress: tellOthers },
    signal,
  );
  elsewhere.catch((reason: unknown) => failed.abort(reason));
  const onProgress: Tell = (bytes, records) => {
    failed.signal.throwIfAborted();
    tellOwn(bytes, records);
  };
  const reading = readSource(partSource(path, from, to), { ...own, isLines: true, onProgress });
  const [read, results] = await Promise.all([reading, elsewhere]);
  own.ingest.absorb(results);
  return [read, ...results.map((part) => part.read)];
}

/** More people than this are not handed over: copying what is known of them takes longer than it saves. */
const MOST_KNOWN = 20_000;

/**
 * What reading has learned so far. With it the first day of a part is no first day: places that were in use before are
 * familiar, and need not be learned anew.
 */
function knownIn(ingest: Ingest): KnownBefore {
  const { histories, names } = ingest.learned();
  return histories.size > MOST_KNOWN ? { histories: new Map(), names: new Map() } : { histories, names };
}

/** Two that each tell how far they are; `tell` hears the sum. */
function createTellers(tell: Tell): readonly [Tell, Tell] {
  const told = { bytes: [0, 0], records: [0, 0] };
  const sum = ([one = 0, other = 0]: readonly number[]) => one + other;
  const teller =
    (which: number): Tell =>
    (bytes, records) => {
      told.bytes[which] = bytes;
      told.records[which] = records;
      tell(sum(told.bytes), sum(told.records));
    };
  return [teller(0), teller(1)];
}
