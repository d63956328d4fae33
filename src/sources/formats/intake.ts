import { fromJson } from './columns.ts';
import { endOfContainer, mayBeDeeper, TOO_DEEP } from './json-scan.ts';
import type {
  FileProgress,
  Lost,
  RawRecord,
  ReadBatch,
  ReadLimits,
  ReadOptions,
  ReadProblem,
  Unit,
} from './reading.ts';
import { GRAPH_SHAPE, type Reshaped, reshape, type Sink } from './reshape.ts';

/**
 * Records per batch: enough to make the await free, few enough that they die in the young generation (64 of them lived
 * long enough to double the memory of a scan).
 */
const BATCH = 8;
/** Below this a record cannot nest deep enough to hurt whoever walks it. */
const SHALLOW_BYTES = 8192;

/** Collects what is read from one file until a batch is full. */
export interface Intake {
  /** Parses and re-shapes one JSON value given as bytes. Returns false if it is not valid JSON (nothing is reported). */
  json(buffer: Buffer, start: number, end: number, line: number): boolean;
  /** Re-shapes one parsed value (a table row). */
  value(value: unknown, line: number): void;
  /** Takes one CSV row by way of its export. */
  row(row: Record<string, unknown>, line: number, take: (row: Record<string, unknown>, sink: Sink) => void): void;
  problem(message: string, line?: number, lost?: Lost): void;
  /** A problem of the file as a whole: told however many there were. */
  final(message: string, lost?: Lost): void;
  /** True when a batch should be handed on. */
  full(): boolean;
  /** Hands out what there is and starts anew. */
  flush(progress: FileProgress): ReadBatch;
  /** Records read so far, and how many of them are of no known kind. */
  totals(): { readonly records: number; readonly unknown: number; readonly skipped: number; readonly problems: number };
  unit: Unit;
  /** Lines read so far. */
  lines: number;
}

/** An empty intake for one file. */
export function createIntake(options: ReadOptions, limits: ReadLimits): Intake {
  let records: RawRecord[] = [];
  let problems: ReadProblem[] = [];
  let skipped = 0;
  let read = 0;
  let unknown = 0;
  let told = 0;
  let turnedDown = 0;
  let accept: ReadOptions['accept'];
  let at = 0;
  const sink: Sink = {
    record(item: Reshaped) {
      records.push({ record: item.record, shape: item.shape, line: at, unit: intake.unit });
      read += 1;
      if (!item.known) unknown += 1;
      // One record of another shape in the file, and the byte filter could overlook its kind: parse everything.
      if (item.shape !== GRAPH_SHAPE) accept = undefined;
      else if (read === 1) accept = options.accept;
    },
    problem: (message) => intake.problem(message, at),
  };
  const intake: Intake = {
    unit: 'line',
    lines: 0,
    json(buffer, start, end, line) {
      if (accept && !accept(buffer, start, end)) {
        skipped += 1;
        return true;
      }
      if (end - start > SHALLOW_BYTES && isTooDeep(buffer, start, end, limits.depth)) {
        intake.problem(`record nests deeper than ${limits.depth} levels, which no log does: left out`, line);
        return true;
      }
      let value: unknown;
      try {
        value = JSON.parse(buffer.toString('utf8', start, end));
      } catch {
        return false;
      }
      const isText = typeof value === 'string';
      if (isText) value = fromJson(value);
      if (typeof value !== 'object' || value === null) return false;
      intake.value(value, line);
      // Records that are JSON inside a JSON string do not look to the byte filter as it expects them.
      if (isText) accept = undefined;
      return true;
    },
    value(value, line) {
      at = line;
      const before = read + told;
      reshape(value, sink);
      if (read + told === before) intake.problem('holds no log record (no JSON object in it): left out', line);
    },
    row(row, line, take) {
      at = line;
      take(row, sink);
    },
    problem(message, line, lost) {
      // What cost more than a record is told however many records were broken before.
      if (lost === undefined) {
        told += 1;
        if (told > limits.problems) return;
      }
      problems.push({ ...(line !== undefined && { line, unit: intake.unit }), message, ...(lost && { lost }) });
    },
    final(message, lost) {
      problems.push({ message, ...(lost && { lost }) });
    },
    full: () => records.length >= BATCH || problems.length >= BATCH,
    flush(progress) {
      const batch = { records, problems, skipped, lines: intake.lines, progress };
      turnedDown += skipped;
      records = [];
      problems = [];
      skipped = 0;
      return batch;
    },
    totals: () => ({ records: read, unknown, skipped: turnedDown + skipped, problems: told }),
  };
  return intake;
}

function isTooDeep(buffer: Buffer, start: number, end: number, depth: number): boolean {
  return mayBeDeeper(buffer, start, end, depth) && endOfContainer(buffer, start, end, depth) === TOO_DEEP;
}
