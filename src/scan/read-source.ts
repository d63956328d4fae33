/** Reads one file, or a part of one, into an ingest. */
import { setImmediate } from 'node:timers/promises';
import type { Ingest } from '../ingest.ts';
import type { SourceName } from '../model/log-event.ts';
import { createPrefilter } from '../rules/prefilter.ts';
import type { ByteSource } from '../sources/formats/byte-source.ts';
import { readRecords } from '../sources/formats/read-records.ts';
import type { Watch } from '../watch.ts';
import { count, createTally, noteUnreadable, type Tally } from './tally.ts';

/** What reading came to, as plain data. */
export interface SourceRead {
  readonly tally: Tally;
  /** Logs that had records. */
  readonly seen: readonly SourceName[];
  /** Times of the first and the last event, epoch ms; the first is the later one when there was none. */
  readonly from: number;
  readonly to: number;
  /** Lines that it has; 0 where lines do not count. */
  readonly lines: number;
}

/** How reading is done. */
export interface ReadSettings {
  readonly watch: Pick<Watch, 'ruleSet' | 'sources'>;
  readonly ingest: Ingest;
  /** False parses every record. */
  readonly prefilter: boolean;
  /** One JSON record per line, whatever it looks like: for parts of a file of which that is known. */
  readonly isLines?: boolean;
  /** Called after each handful of records, with the bytes and records read so far. May throw to stop. */
  readonly onProgress: (bytesRead: number, records: number) => void;
}

/** Files are read without ever waiting, so every so many bytes others get a turn: Ctrl-C, and what threads say. */
const TURN_BYTES = 16 * 1024 * 1024;

/** Reads everything. What cannot be read is counted, never thrown. */
export async function readSource(
  source: ByteSource,
  { watch, ingest, prefilter: isFiltered, isLines = false, onProgress }: ReadSettings,
): Promise<SourceRead> {
  const tally = createTally();
  const seen = new Set<SourceName>();
  let turnAt = TURN_BYTES;
  let [from, to, lines] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  const note = (at: number) => {
    from = Math.min(from, at);
    to = Math.max(to, at);
  };
  // One prefilter per file: its adaptive fallback judges the key order of one exporter.
  const prefilter = createPrefilter(watch.ruleSet, { sources: watch.sources, quietFrom: ingest.quietFrom });
  const accept = isFiltered ? { accept: prefilter.mayMatch } : {};
  for await (const batch of readRecords(source, { ...accept, isLines })) {
    for (const raw of batch.records) {
      const taken = ingest.take(raw.record);
      if (taken.kind === 'event') {
        seen.add(taken.source);
        note(taken.at.getTime());
      } else if (taken.kind === 'ignored') count(tally.ignored, taken.why);
      else noteUnreadable(tally, { line: raw.line, unit: raw.unit, message: taken.problems.join('; ') });
      count(tally.shapes, raw.shape);
    }
    tally.parsed += batch.records.length;
    tally.passedOver += batch.skipped;
    tally.problems.push(...batch.problems);
    lines = batch.lines;
    if (batch.progress.bytesRead >= turnAt) {
      turnAt = batch.progress.bytesRead + TURN_BYTES;
      await setImmediate();
    }
    onProgress(batch.progress.bytesRead, tally.parsed + tally.passedOver);
  }
  const passed = prefilter.passedOver();
  for (const name of passed.sources) seen.add(name);
  if (passed.sources.length > 0) for (const at of [passed.from, passed.to]) note(at);
  return { tally, seen: [...seen], from, to, lines };
}
