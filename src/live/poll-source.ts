/** Reads one log in one poll: its fresh window, oldest first, then rungs of the ladder while there is time. */
import { bucketOf, GRAPH_READS } from '../azure/graph-paths.ts';
import { UpstreamError } from '../errors.ts';
import type { Clock, Graph, GraphPriority, Log, RawRecord } from '../ports.ts';
import { MOST_MS, sourcePath, VOLUMES } from './poll-requests.ts';
import type { PolledSource, TimedSource } from './poll-state.ts';
import { firstSlice, halve, isTooMuch, learnVolume, planPoll, type Window } from './poll-windows.ts';
import { type Ingest, NOTHING, recordsOf } from './reading.ts';

const DAY_MS = 24 * 3600_000;

/** More pages than this in a slice: it is cut. Eight were expected. */
const MOST_PAGES = 24;
/** Above this share of a limit rungs and baselines wait for a quieter time. */
export const MOST_LOAD = 0.45;
/** How long non-interactive sign-ins are left out when they are too many. */
const INTERACTIVE_ONLY_MS = DAY_MS;

/** What reading one log needs. */
export interface SourceDeps {
  readonly graph: Graph;
  readonly clock: Clock;
  readonly log: Log;
  readonly ingest: Ingest;
  /** Sees every record before it is ingested. */
  readonly look: (record: RawRecord) => void;
  /** Called after each slice: progress may be saved. False = stop, another instance has taken over. */
  readonly onProgress: () => Promise<boolean>;
}

/** What one poll read of a log. */
export interface SourceReport {
  records: number;
  hits: number;
  unreadable: number;
  /** Requests. */
  pages: number;
  /** Event time of the newest record. */
  newestAt: Date | undefined;
}

/** When to stop. What is left is read by the next poll. */
export interface Deadlines {
  /** The fresh window and a catch-up. */
  readonly freshUntil: Date;
  /** Rungs and baselines. */
  readonly sweepUntil: Date;
}

/** Reads `source` and moves `state` on; every move is made only after the records before it are safe. @throws UpstreamError */
export async function pollSource(
  source: TimedSource,
  state: PolledSource,
  until: Deadlines,
  deps: SourceDeps,
): Promise<SourceReport> {
  const report: SourceReport = { records: 0, hits: 0, unreadable: 0, pages: 0, newestAt: undefined };
  const reader = { source, state, deps, report };
  const now = deps.clock.now();
  adaptSignIns(source, state, now);
  const plan = planPoll(state, VOLUMES[source], now);
  const { rung, together } = plan;
  const from = together && rung ? earlier(rung.window.from, plan.fresh.from) : plan.fresh.from;
  const done = await readWindow(reader, { from, to: plan.fresh.to }, 'poll', until.freshUntil, (at) => {
    state.cursor = later(state.cursor, at);
  });
  if (rung && together && done) finishRung(state, rung.name, now);
  else if (rung && !state.sweep)
    state.sweep = { name: rung.name, next: rung.window.from, to: rung.window.to, startedAt: now };
  if (done && (await continueRung(reader, until.sweepUntil))) await continueBaseline(reader, until.sweepUntil);
  return report;
}

interface Reader {
  readonly source: TimedSource;
  readonly state: PolledSource;
  readonly deps: SourceDeps;
  readonly report: SourceReport;
}

async function continueRung(reader: Reader, until: Date): Promise<boolean> {
  const { state } = reader;
  const { sweep } = state;
  if (!sweep) return true;
  const done = await readWindow(reader, { from: sweep.next, to: sweep.to }, 'snapshot', until, (at) => {
    sweep.next = at;
  });
  if (!done) return false;
  finishRung(state, sweep.name, sweep.startedAt);
  delete state.sweep;
  return true;
}

async function continueBaseline(reader: Reader, until: Date): Promise<void> {
  const { state } = reader;
  const { baseline } = state;
  if (!baseline || reader.deps.clock.now() >= until) return;
  const done = await readWindow(reader, { from: baseline.next, to: baseline.to }, 'snapshot', until, (at) => {
    baseline.next = at;
  });
  if (done) delete state.baseline;
}

/** The day rung has read what the hour's would. */
function finishRung(state: PolledSource, name: 'hour' | 'day', at: Date): void {
  state.hourAt = at;
  if (name === 'day') state.dayAt = at;
}

/** Reads a window in slices; `advance` is told up to where everything is safe. False when time ran out. */
async function readWindow(
  reader: Reader,
  window: Window,
  priority: GraphPriority,
  until: Date,
  advance: (at: Date) => void,
): Promise<boolean> {
  const { source, state, deps } = reader;
  let at = window.from;
  let cut: Window | undefined;
  while (at < window.to) {
    if (at > window.from && deps.clock.now() >= until) return false;
    if (priority === 'snapshot' && deps.graph.load(bucketOf(GRAPH_READS[source].path)) >= MOST_LOAD) return false;
    const slice =
      cut ?? firstSlice({ from: at, to: window.to }, state.perMinute, VOLUMES[source].pageSize, MOST_MS[source]);
    const read = await readSlice(reader, slice, priority);
    if (read === 'too-large' || read === 'unreadable') {
      cut = smaller(slice, firstSlice(slice, state.perMinute, VOLUMES[source].pageSize, MOST_MS[source]));
      if (cut || read === 'too-large') continue;
      await skip(reader, slice, priority);
    } else if (priority === 'poll' || state.perMinute === undefined) {
      state.perMinute = learnVolume(state.perMinute, slice, read);
    }
    cut = undefined;
    at = slice.to;
    advance(at);
    if (!(await deps.onProgress())) return false;
  }
  return true;
}

/** Reads one slice and ingests it page by page. The number of records, or why it must be cut. */
async function readSlice(
  reader: Reader,
  slice: Window,
  priority: GraphPriority,
): Promise<number | 'too-large' | 'unreadable'> {
  const { source, state, deps, report } = reader;
  const { version } = GRAPH_READS[source];
  const isSmallest = halve(slice) === undefined;
  const span: Span = { records: 0, first: undefined, last: undefined };
  let pages = 0;
  try {
    for await (const page of deps.graph.pages(sourcePath(source, slice, state), { version, priority })) {
      report.pages++;
      pages++;
      await take(reader, page.value, span);
      if (pages < MOST_PAGES || page.last || isSmallest) continue;
      const { first = slice.from, last = slice.to } = span;
      state.perMinute = learnVolume(undefined, { from: first, to: last }, span.records);
      return 'too-large';
    }
  } catch (error) {
    if (error instanceof UpstreamError && error.code === 'UNREADABLE' && error.service === 'graph') return 'unreadable';
    throw error;
  }
  return span.records;
}

/** What a slice held so far. */
interface Span {
  records: number;
  first: Date | undefined;
  last: Date | undefined;
}

/** Graph gives newest first where it cannot be asked otherwise: a page is turned around. */
async function take({ source, state, deps, report }: Reader, value: readonly unknown[], span: Span): Promise<void> {
  const { records, strange } = recordsOf(value);
  const { time } = GRAPH_READS[source];
  records.sort((a, b) => compareText(a[time], b[time]));
  for (const record of records) deps.look(record);
  const { hits, unreadable } = records.length > 0 ? await deps.ingest(records, deps.clock.now()) : NOTHING;
  span.records += value.length;
  report.hits += hits;
  for (const count of [report, state]) {
    count.records += value.length;
    count.unreadable += unreadable + strange;
  }
  for (const record of [records[0], records.at(-1)]) {
    const at = new Date(String(record?.[time]));
    if (Number.isNaN(at.getTime())) continue;
    span.first = span.first && span.first < at ? span.first : at;
    span.last = later(span.last, at);
  }
  if (!span.last) return;
  report.newestAt = later(report.newestAt, span.last);
  state.newestAt = later(state.newestAt, span.last);
}

/**
 * A second whose page is no JSON is given up, with a count; but only when the second after it can be read: otherwise it
 * is not the record that is bad but everything, and the cursor must stay.
 */
async function skip(reader: Reader, { to }: Window, priority: GraphPriority): Promise<void> {
  const next = { from: to, to: new Date(to.getTime() + 1000) };
  if ((await readSlice(reader, next, priority)) === 'unreadable') throw new UpstreamError('graph', 'UNREADABLE');
  reader.report.unreadable++;
  reader.state.unreadable++;
  reader.deps.log.warn('an unreadable page was skipped', { source: reader.source });
}

/** Half of a slice, or less when the volume says so. */
function smaller(slice: Window, wanted: Window): Window | undefined {
  const half = halve(slice);
  return half && wanted.to < half.to ? wanted : half;
}

/** Non-interactive sign-ins are ten times the interactive ones: in a very large tenant they alone would eat the limit. */
function adaptSignIns(source: TimedSource, state: PolledSource, now: Date): void {
  if (source !== 'sign-ins') return;
  if (state.interactiveOnlyUntil) {
    if (now < state.interactiveOnlyUntil) return;
    delete state.interactiveOnlyUntil;
  } else if (isTooMuch(state.perMinute, VOLUMES[source])) {
    state.interactiveOnlyUntil = new Date(now.getTime() + INTERACTIVE_ONLY_MS);
    delete state.perMinute;
  }
}

function compareText(a: unknown, b: unknown): number {
  const [x, y] = [String(a), String(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

function later(a: Date | undefined, b: Date): Date {
  return a && a > b ? a : b;
}

function earlier(a: Date, b: Date): Date {
  return a < b ? a : b;
}
