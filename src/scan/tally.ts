/** Counts what was read from a file, for its report. */
import type { FileReport, ReportedProblem } from '../report/scan-report.ts';

const MAX_EXAMPLES = 5;

/** Counts of a file, or of a part of one. Plain data. */
export interface Tally {
  /** Shape → records. */
  readonly shapes: Record<string, number>;
  /** Why → records. */
  readonly ignored: Record<string, number>;
  readonly examples: ReportedProblem[];
  readonly problems: ReportedProblem[];
  unreadable: number;
  passedOver: number;
  parsed: number;
}

/** Nothing counted yet. */
export function createTally(): Tally {
  return { shapes: {}, ignored: {}, examples: [], problems: [], unreadable: 0, passedOver: 0, parsed: 0 };
}

/** One more, by name. */
export function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

/** An unreadable record; only the first few become examples. */
export function noteUnreadable(tally: Tally, example: ReportedProblem): void {
  tally.unreadable++;
  if (tally.examples.length < MAX_EXAMPLES) tally.examples.push(example);
}

/** The counts of a file from those of its parts. `lines`: how many lines each part has, so that later ones count on. */
export function joinTallies(parts: readonly { readonly tally: Tally; readonly lines: number }[]): Tally {
  const whole = createTally();
  let before = 0;
  for (const { tally, lines } of parts) {
    const shift = (problem: ReportedProblem): ReportedProblem =>
      problem.line === undefined ? problem : { ...problem, line: problem.line + before };
    for (const name of ['shapes', 'ignored'] as const) {
      for (const [key, value] of Object.entries(tally[name])) whole[name][key] = (whole[name][key] ?? 0) + value;
    }
    whole.examples.push(...tally.examples.map(shift));
    whole.problems.push(...tally.problems.map(shift));
    for (const name of ['unreadable', 'passedOver', 'parsed'] as const) whole[name] += tally[name];
    before += lines;
  }
  return { ...whole, examples: whole.examples.slice(0, MAX_EXAMPLES) };
}

/** The report of a file from its counts. */
export function fileReport(name: string, tally: Tally): FileReport {
  const { shapes, ignored, examples, problems, unreadable, passedOver, parsed } = tally;
  return { name, shapes, records: parsed + passedOver, passedOver, ignored, unreadable, examples, problems };
}
