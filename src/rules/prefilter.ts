/** Which raw lines need not be parsed, because no rule can match them. */
import type { RuleSet } from './schema.ts';

/** Decides on raw bytes of NDJSON lines. */
export interface Prefilter {
  /** False only if the record in `buffer[start, end)` can neither be evidence nor teach a place. */
  readonly mayMatch: (buffer: Buffer, start: number, end: number) => boolean;
}

/** A prefilter for one input. `learnPlaces`: keep what familiar places are learned from. */
export function createPrefilter(_ruleSet: RuleSet, _options: { readonly learnPlaces: boolean }): Prefilter {
  return { mayMatch: () => true };
}
