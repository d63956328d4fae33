/**
 * Which records this process has taken in already. Logs are read again and again, because records come late
 * (poll-windows.ts), and most of what is read again is what was read before, to the letter. Taking that in once more
 * changes nothing and costs as much as the first time.
 *
 * Nothing depends on it: a new process has seen nothing, and a record that has changed is another one.
 */
import { hash } from 'node:crypto';
import type { RawRecord } from '../ports.ts';

/** So many are remembered, about 10 MB; the oldest are forgotten. */
const MOST = 100_000;

/** Records that are new, and how to remember them once they are safe. */
export interface NewRecords {
  readonly records: readonly RawRecord[];
  /** To be called when they are safe. */
  readonly remember: () => void;
}

/** See the head of this file. */
export function createSeenRecords(most = MOST) {
  const seen = new Set<string>();
  return {
    /** Those that were not remembered. */
    sift(records: readonly RawRecord[]): NewRecords {
      const fresh = new Map<string, RawRecord>();
      for (const record of records) {
        const digest = hash('sha256', JSON.stringify(record), 'base64');
        if (!seen.has(digest)) fresh.set(digest, record);
      }
      return {
        records: [...fresh.values()],
        remember() {
          for (const digest of fresh.keys()) seen.add(digest);
          for (const oldest of seen) {
            if (seen.size <= most) break;
            seen.delete(oldest);
          }
        },
      };
    },
    /** What was of no interest may be so now. */
    forget: () => seen.clear(),
  };
}
