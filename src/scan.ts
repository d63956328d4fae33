/** `scan`: the watch over exported logs. Reads files one after another with flat memory, then concludes once. */
import { randomBytes } from 'node:crypto';
import { assembleWatch, type Watch } from './assemble-watch.ts';
import type { Content } from './content.ts';
import { ConfigError, formatProblem } from './errors.ts';
import { createIngest, type Ingest } from './ingest.ts';
import type { SourceName } from './model/log-event.ts';
import { createEnrollment, type Person } from './model/person.ts';
import { parseContent } from './parse-content.ts';
import type { ParsedContent } from './parsed-content.ts';
import type { FileReport, ScanReport } from './report/scan-report.ts';
import type { RuleMode, RuleProblem, Scalar } from './rules/schema.ts';
import { totals } from './rules/totals.ts';
import { type ReadSettings, readSource, type SourceRead } from './scan/read-source.ts';
import { readTogether } from './scan/read-together.ts';
import { splitLines } from './scan/split.ts';
import { fileReport, joinTallies } from './scan/tally.ts';
import type { ThreadSettings } from './scan/threads.ts';
import type { ByteSource } from './sources/formats/byte-source.ts';

/** Everything that a scan has to say; `ms` (how long it took) is the caller's to add: no clock here. */
export interface ScanResult extends Omit<ScanReport, 'ms'> {
  /** Problems of rules, also of rules that are not evaluated for them. */
  readonly ruleProblems: readonly RuleProblem[];
}

/** How far a scan is. */
export interface ScanProgress {
  readonly file: string;
  /** Over all inputs. */
  readonly bytesRead: number;
  /** 0 where an input's size is not known. */
  readonly bytesTotal: number;
  readonly records: number;
}

/** What to scan with. */
export interface ScanOptions {
  readonly content: Content;
  readonly placeholders?: Readonly<Record<string, readonly Scalar[]>>;
  readonly modes?: Readonly<Record<string, RuleMode>>;
  /** Who belongs to which accounts; without it every account is its own person. */
  readonly people?: readonly Person[];
  /** Events outside [since, until] still teach familiar places but are no evidence. */
  readonly since?: Date;
  readonly until?: Date;
  /** The clock. What did not happen is never judged beyond it, whatever the records say of the time. */
  readonly now?: Date;
  readonly onProgress?: (progress: ScanProgress) => void;
  /** False parses every record; findings are the same. For checking exactly that. */
  readonly prefilter?: boolean;
  /** Threads that read a large file of one record per line. Default 1: this one. */
  readonly threads?: number;
  /** Bytes from which on a file counts as large. */
  readonly largeFile?: number;
  readonly signal?: AbortSignal;
}

/** Scans `inputs` in the order given. Rejects with `ConfigError` when nothing can be evaluated at all. */
export async function scan(inputs: readonly ByteSource[], options: ScanOptions): Promise<ScanResult> {
  const hashKey = randomBytes(32);
  const content = parseContent(options.content);
  const watch = assembleWatch({ ...options, content, hashKey });
  if (watch.ruleSet.detections.length === 0) {
    const errors = watch.problems.filter(({ severity }) => severity === 'error').map(formatProblem);
    throw new ConfigError([...errors, 'No rule is left to evaluate. Mend the rules, or choose others.']);
  }
  const { people } = options;
  const ingest = createIngest({ ...watch, ...options, ...(people && { enrollment: createEnrollment(people) }) });
  const reader = createReader(watch, ingest, { ...options, content, hashKey }, inputs);
  const files: FileReport[] = [];
  for (const input of inputs) files.push(await reader.read(input));
  const { findings, campaigns, faults, hitsOf } = ingest.conclude(endOfLog(reader.span().to, options));
  const { from, to } = reader.span();
  return {
    findings,
    campaigns,
    totals: totals(findings),
    files,
    rules: watch.report(reader.sourcesSeen(), hitsOf),
    ruleProblems: watch.problems,
    faults,
    ...(from && { from }),
    ...(to && { to }),
    records: files.reduce((sum, file) => sum + file.records, 0),
  };
}

/**
 * Until when it is known what did not happen: the last event. Not beyond `until`, after which events do not count, and
 * not beyond the clock: a record from the future says nothing of the time in between.
 */
function endOfLog(last: Date | undefined, { until, now }: ScanOptions): Date {
  const ends = [last, until, now].flatMap((at) => at?.getTime() ?? []);
  return new Date(last ? Math.min(...ends) : (until ?? 0));
}

/** What reading needs to know, too: what rules were parsed to, and the key of hashes. */
interface ReaderOptions extends Omit<ScanOptions, 'content'> {
  readonly content: ParsedContent;
  readonly hashKey: Uint8Array;
}

function createReader(watch: Watch, ingest: Ingest, options: ReaderOptions, inputs: readonly ByteSource[]) {
  const { threads = 1, prefilter = true, signal } = options;
  const isSizeKnown = inputs.every((input) => input.bytesTotal > 0);
  const bytesTotal = isSizeKnown ? inputs.reduce((sum, input) => sum + input.bytesTotal, 0) : 0;
  const seen = new Set<SourceName>();
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  let done = 0;
  let recordsDone = 0;

  async function readParts(input: ByteSource): Promise<readonly SourceRead[]> {
    const onProgress = (bytesRead: number, records: number) => {
      signal?.throwIfAborted();
      options.onProgress?.({
        file: input.name,
        bytesRead: done + bytesRead,
        bytesTotal,
        records: recordsDone + records,
      });
    };
    const own: ReadSettings = { watch, ingest, prefilter, onProgress };
    const [first, ...others] = (await splitLines(input, threads, options.largeFile)) ?? [];
    if (!first) return [await readSource(input, own)];
    return readTogether([first, ...others], own, threadSettings(options, prefilter), signal);
  }

  return {
    async read(input: ByteSource): Promise<FileReport> {
      const reads = await readParts(input);
      for (const read of reads) {
        for (const name of read.seen) seen.add(name);
        first = Math.min(first, read.from);
        last = Math.max(last, read.to);
      }
      const report = fileReport(input.name, joinTallies(reads));
      done += input.bytesTotal;
      recordsDone += report.records;
      return report;
    },
    sourcesSeen: (): ReadonlySet<SourceName> => seen,
    span: () => (first <= last ? { from: new Date(first), to: new Date(last) } : {}),
  };
}

/** Only what can go to another thread. */
function threadSettings(options: ReaderOptions, prefilter: boolean): ThreadSettings {
  const { content, hashKey, placeholders, modes, people, since, until } = options;
  return {
    content,
    prefilter,
    hashKey,
    ...(placeholders && { placeholders }),
    ...(modes && { modes }),
    ...(people && { people }),
    ...(since && { since }),
    ...(until && { until }),
  };
}
