/**
 * Which raw lines need not be parsed, because no rule can match them and nothing is learned from them.
 *
 * Exact: with and without it, findings are the same. A line is passed over only if a few of its members, found for
 * certain (`line-cursor.ts`), decide every rule against it (`decisions.ts`), and if it names no account and teaches no
 * place that is not known already. Whatever looks unusual is parsed.
 */
import type { AccountRef, Place, SourceName } from '../model/log-event.ts';
import type { SourceSchema } from '../model/log-source.ts';
import { createLineKind, type LineKind, type Verdict } from './prefilter/line-kind.ts';
import type { RuleSet } from './schema.ts';

/** Decides on raw bytes of NDJSON lines. */
export interface Prefilter {
  /** False only if the record in `buffer[start, end)` can neither be evidence nor teach a name or a place. */
  readonly mayMatch: (buffer: Buffer, start: number, end: number) => boolean;
  /** What was passed over: sources, and the times of the first and the last record (epoch ms). */
  readonly passedOver: () => { readonly sources: readonly SourceName[]; readonly from: number; readonly to: number };
}

/** What a prefilter must know. */
export interface PrefilterOptions {
  readonly sources: readonly SourceSchema[];
  /**
   * The instant (epoch ms) from which a sign-in of this account at this place teaches neither a name nor a place and
   * comes from a familiar one; infinite = not yet. What it once answered must stay true.
   */
  readonly quietFrom: (account: AccountRef, place: Place) => number;
}

/** Kinds of line (by the member that follows the id) that are given up after so many in which nothing was found. */
const MAX_LOST = 8;

const QUOTE = 0x22;
/** Where the id begins in `{"id":"…`, and where it ends if it is a GUID. */
const ID_START = 7;
const GUID_END = ID_START + 36;

/** A prefilter for one input: what it learns of one exporter's habits need not hold for another's. */
export function createPrefilter(ruleSet: RuleSet, options: PrefilterOptions): Prefilter {
  const kinds = options.sources.flatMap((source) => createLineKind(source, ruleSet, options.quietFrom) ?? []);
  // By the first two letters of the member after the id: the kind that such lines turned out to be.
  const kindOf = new Map<number, LineKind>();
  const lost = new Map<number, number>();
  const sources = new Set<SourceName>();
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;

  function look(kind: LineKind, buffer: Buffer, start: number, end: number): Verdict {
    const verdict = kind.look(buffer, start, end);
    if (verdict === 'pass') {
      sources.add(kind.name);
      from = Math.min(from, kind.at());
      to = Math.max(to, kind.at());
    }
    return verdict;
  }

  function tell(mark: number, buffer: Buffer, start: number, end: number): Verdict {
    const tries = lost.get(mark) ?? 0;
    if (tries === MAX_LOST) return 'parse';
    for (const kind of kinds) {
      const verdict = look(kind, buffer, start, end);
      if (verdict === 'lost') continue;
      kindOf.set(mark, kind);
      return verdict;
    }
    lost.set(mark, tries + 1);
    return 'parse';
  }

  return {
    mayMatch(buffer, start, end) {
      // `{"id":"…","xy`, with a GUID for an id in most records.
      const quote = buffer[start + GUID_END] === QUOTE ? start + GUID_END : buffer.indexOf(QUOTE, start + ID_START);
      if (quote < 0 || quote + 4 >= end) return true;
      const mark = ((buffer[quote + 3] as number) << 8) | (buffer[quote + 4] as number);
      const kind = kindOf.get(mark);
      const verdict = kind ? look(kind, buffer, start, end) : tell(mark, buffer, start, end);
      return verdict !== 'pass';
    },
    passedOver: () => ({ sources: [...sources], from, to }),
  };
}
