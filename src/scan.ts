/** `scan`: the watch over exported logs. Reads files one after another with flat memory, then concludes once. */
import type { Content } from './content.ts';
import { ConfigError } from './errors.ts';
import { createIngest, type Ingest } from './ingest.ts';
import type { SourceName } from './model/log-event.ts';
import type { Enrollment } from './model/person.ts';
import type { FileReport, ScanReport } from './report/scan-report.ts';
import { createPrefilter } from './rules/prefilter.ts';
import type { RuleMode, RuleProblem, Scalar } from './rules/schema.ts';
import { totals } from './rules/totals.ts';
import type { ByteSource } from './sources/formats/byte-source.ts';
import { readRecords } from './sources/formats/read-records.ts';
import type { RawRecord, ReadProblem } from './sources/formats/reading.ts';
import { createWatch, type Watch } from './watch.ts';

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

export interface ScanOptions {
  readonly content: Content;
  readonly placeholders?: Readonly<Record<string, readonly Scalar[]>>;
  readonly modes?: Readonly<Record<string, RuleMode>>;
  readonly enrollment?: Enrollment;
  readonly since?: Date;
  readonly until?: Date;
  readonly onProgress?: (progress: ScanProgress) => void;
  /** False parses every record; findings are the same. For checking exactly that. */
  readonly prefilter?: boolean;
  readonly signal?: AbortSignal;
}

const MAX_EXAMPLES = 5;

/** Scans `inputs` in the order given. Rejects with `ConfigError` when nothing can be evaluated at all. */
export async function scan(inputs: readonly ByteSource[], options: ScanOptions): Promise<ScanResult> {
  const watch = createWatch(options);
  if (watch.ruleSet.detections.length === 0)
    throw new ConfigError(['No rule is left to evaluate. See the problems of the rules.']);
  const ingest = createIngest({ ...watch, ...options });
  const reader = createReader(watch, ingest, options, inputs);
  const files: FileReport[] = [];
  for (const input of inputs) files.push(await reader.read(input));
  const { findings, campaigns, faults, hitsOf } = ingest.conclude(reader.span().to ?? options.until ?? new Date(0));
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

function createReader(watch: Watch, ingest: Ingest, options: ScanOptions, inputs: readonly ByteSource[]) {
  const bytesTotal = inputs.some((input) => input.bytesTotal === 0)
    ? 0
    : inputs.reduce((sum, input) => sum + input.bytesTotal, 0);
  const seen = new Set<SourceName>();
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  let done = 0;
  let records = 0;
  function note(at: number): void {
    first = Math.min(first, at);
    last = Math.max(last, at);
  }
  async function read(input: ByteSource): Promise<FileReport> {
    const tally = createTally(input.name);
    // One prefilter per file: its adaptive fallback judges the key order of one exporter.
    const prefilter =
      options.prefilter === false
        ? undefined
        : createPrefilter(watch.ruleSet, { sources: watch.sources, quietFrom: ingest.quietFrom });
    for await (const batch of readRecords(input, prefilter ? { accept: prefilter.mayMatch } : {})) {
      options.signal?.throwIfAborted();
      for (const raw of batch.records) {
        const taken = ingest.take(raw.record);
        if (taken.kind === 'event') {
          seen.add(taken.source);
          note(taken.at.getTime());
        } else if (taken.kind === 'ignored') tally.ignored(taken.why);
        else tally.unreadable(raw, taken.problems);
        tally.record(raw.shape);
      }
      tally.skip(batch.skipped);
      for (const problem of batch.problems) tally.problem(problem);
      records += batch.records.length + batch.skipped;
      options.onProgress?.({ file: input.name, bytesRead: done + batch.progress.bytesRead, bytesTotal, records });
    }
    const passed = prefilter?.passedOver();
    for (const name of passed?.sources ?? []) {
      seen.add(name);
      note(passed?.from ?? 0);
      note(passed?.to ?? 0);
    }
    done += input.bytesTotal;
    return tally.report();
  }
  return {
    read,
    sourcesSeen: (): ReadonlySet<SourceName> => seen,
    span: () => (first <= last ? { from: new Date(first), to: new Date(last) } : {}),
  };
}

function createTally(name: string) {
  const shapes: Record<string, number> = {};
  const ignored: Record<string, number> = {};
  const examples: ReadProblem[] = [];
  const problems: ReadProblem[] = [];
  let unreadable = 0;
  let passedOver = 0;
  let parsed = 0;
  return {
    record(shape: string): void {
      shapes[shape] = (shapes[shape] ?? 0) + 1;
      parsed++;
    },
    ignored(why: string): void {
      ignored[why] = (ignored[why] ?? 0) + 1;
    },
    unreadable(raw: RawRecord, why: readonly string[]): void {
      unreadable++;
      if (examples.length < MAX_EXAMPLES) examples.push({ line: raw.line, unit: raw.unit, message: why.join('; ') });
    },
    skip(count: number): void {
      passedOver += count;
    },
    problem(problem: ReadProblem): void {
      problems.push(problem);
    },
    report(): FileReport {
      return { name, shapes, records: parsed + passedOver, passedOver, ignored, unreadable, examples, problems };
    },
  };
}
