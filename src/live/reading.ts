/** What the readers of Graph share: where records go, and how records of a collection are taken from a page. */
import type { RawRecord } from '../ports.ts';

/** What became of some records, as far as readers must know. */
export interface Ingested {
  /** Rule hits. */
  readonly hits: number;
  /** Records that no log source could read; ingest keeps the reasons. */
  readonly unreadable: number;
}

/** Where records go (src/live/ingest.ts). When it resolves, they are safe; taking them again changes nothing. */
export type Ingest = (records: readonly RawRecord[], now: Date) => Promise<Ingested>;

/** Nothing was ingested. */
export const NOTHING: Ingested = { hits: 0, unreadable: 0 };

/** The records of a page in order, and how many elements were no records at all. */
export function recordsOf(value: readonly unknown[]): { readonly records: RawRecord[]; readonly strange: number } {
  const records = value.filter(
    (element): element is RawRecord => typeof element === 'object' && element !== null && !Array.isArray(element),
  );
  return { records, strange: value.length - records.length };
}

/** An instant as filters want it: whole seconds, no fraction. */
export function filterInstant(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}

/** Makes calls of `work` follow each other, however many callers there are. */
export function inTurn<Args extends readonly unknown[], T>(
  work: (...args: Args) => Promise<T>,
): (...args: Args) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (...args) => {
    const mine = last.then(
      () => work(...args),
      () => work(...args),
    );
    last = mine;
    return mine;
  };
}
