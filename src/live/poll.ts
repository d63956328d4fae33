/**
 * The poll: reads every log from its cursor, ingests, and moves the cursors on.
 *
 * One row (src/live/poll-state.ts) holds everything, so an idle poll is one request per log and one write. The row's tag
 * keeps two instances from moving cursors against each other: a long poll saves now and then and takes a lease by it, and
 * whoever finds that somebody else was faster stops; what it read was read twice, which changes nothing.
 */
import { GRAPH_READS } from '../azure/graph-paths.ts';
import { type Settings, sourceSetting } from '../config.ts';
import { UpstreamError } from '../errors.ts';
import type { EnrolledPerson } from '../model/enrolled-person.ts';
import type { SourceName } from '../model/log-event.ts';
import type { Clock, Graph, Log, RawRecord, Rows } from '../ports.ts';
import { pollMailbox } from './poll-mailbox.ts';
import { VOLUMES } from './poll-requests.ts';
import { pollSource, type SourceDeps, type SourceReport } from './poll-source.ts';
import { type PolledSource, type PollState, readPollState, type TimedSource, writePollState } from './poll-state.ts';
import { type Ingest, inTurn } from './reading.ts';

/** What a poll needs. */
export interface PollDeps {
  readonly graph: Graph;
  readonly rows: Rows;
  readonly clock: Clock;
  readonly log: Log;
  readonly ingest: Ingest;
  readonly settings: Settings;
  /** All enrolled people, from the cached copy. */
  readonly people: () => Promise<readonly EnrolledPerson[]>;
  /** Names this instance in the lease; random per process. */
  readonly owner: string;
  /**
   * What else belongs into the one process that may use up the tight limits: snapshots, coverage. Run after the cursors
   * are safe, in order, each until the instant given. An UpstreamError of one does not keep the others from running.
   */
  readonly afterwards?: readonly ((until: Date) => Promise<void>)[];
}

/** What a poll did. */
export type PollReport =
  | {
      readonly kind: 'done';
      /** By source; a source that failed has its error's code. Sources that are off or must wait are absent. */
      readonly sources: Readonly<Partial<Record<SourceName, SourceReport | { readonly failed: string }>>>;
    }
  /** Another instance holds the lease. */
  | { readonly kind: 'busy' }
  /** Another instance polled at the same time and was faster. What this one read is safe, cursors are the other's. */
  | { readonly kind: 'overtaken' };

/** The poll. */
export interface Poll {
  /**
   * One poll; while one is under way in this process, that one. @throws UpstreamError of tables or queues; an error of Graph is one source's and only in the report
   */
  readonly run: () => Promise<PollReport>;
}

/** A poll ends its fresh windows after so long; what is left is the next one's. A first one begins with them at once. */
const FRESH_MS = 4 * 60_000;
/** Rungs and baselines get so long in each poll. */
const SWEEP_MS = 40_000;
/** What follows a poll gets so long. */
const AFTERWARDS_MS = 15_000;
/** A poll that takes longer saves its progress about this often. */
const SAVE_MS = 20_000;
/** A lease holds so long after the last save. */
const LEASE_MS = 120_000;
/** More people than this: familiar places are learned from the whole tenant's log, not person by person. */
export const MANY_PEOPLE = 200;
/** A source that needs an administrator is asked again after so long. */
const BLIND_RETRY_MS = 15 * 60_000;

const TIMED = Object.keys(VOLUMES) as TimedSource[];

/** The poll over its ports. */
export function createPoll(deps: PollDeps): Poll {
  let running: Promise<PollReport> | undefined;
  return {
    run() {
      running ??= run(deps).finally(() => {
        running = undefined;
      });
      return running;
    },
  };
}

async function run(deps: PollDeps): Promise<PollReport> {
  const { rows, clock, owner } = deps;
  const { state, tag } = await readPollState(rows);
  const start = clock.now();
  if (state.lease && state.lease.owner !== owner && state.lease.until > start) return { kind: 'busy' };
  const book = createBook(deps, state, tag);
  if (!state.firstAt) await begin(deps, state, start);
  const reports = await readAll(deps, state, book, start);
  state.at = clock.now();
  state.counts = countsOf(reports.sources);
  delete state.lease;
  await book.save();
  if (reports.error) throw reports.error;
  if (book.isOvertaken()) return { kind: 'overtaken' };
  deps.log.tell('heartbeat', { timer: 'poll-logs' });
  await runAfterwards(deps);
  return { kind: 'done', sources: reports.sources };
}

/** The first poll of all. */
async function begin({ people }: PollDeps, state: PollState, now: Date): Promise<void> {
  state.firstAt = now;
  if ((await people()).length <= MANY_PEOPLE) return;
  const from = new Date(now.getTime() - VOLUMES['sign-ins'].retentionMs);
  state.sources['sign-ins'] = { records: 0, unreadable: 0, baseline: { next: from, to: now, startedAt: now } };
}

/** Keeps the row: saves when it is time, and notices when somebody else has written it. */
function createBook({ rows, clock, owner }: PollDeps, state: PollState, firstTag: string | undefined) {
  let tag = firstTag;
  let overtaken = false;
  let savedAt = clock.now().getTime();
  async function save(): Promise<void> {
    if (!overtaken) overtaken = (await writePollState(rows, state, tag)) === 'conflict';
  }
  return {
    isOvertaken: () => overtaken,
    save,
    /** False = another instance has taken over. */
    saveIfDue: inTurn(async () => {
      const now = clock.now().getTime();
      if (overtaken || now - savedAt < SAVE_MS) return !overtaken;
      savedAt = now;
      state.lease = { owner, until: new Date(now + LEASE_MS) };
      await save();
      if (overtaken) return false;
      const stored = await readPollState(rows);
      tag = stored.tag;
      overtaken = stored.state.lease?.owner !== owner;
      return !overtaken;
    }),
  };
}

interface Readings {
  readonly sources: Partial<Record<SourceName, SourceReport | { readonly failed: string }>>;
  /** The first error that is not a source's own. */
  error: unknown;
}

/** All sources side by side, because each waits for its own limit; what they read is ingested one after the other. */
async function readAll(
  deps: PollDeps,
  state: PollState,
  book: ReturnType<typeof createBook>,
  start: Date,
): Promise<Readings> {
  const readings: Readings = { sources: {}, error: undefined };
  const { clock, graph, log, settings } = deps;
  const until = {
    freshUntil: new Date(start.getTime() + FRESH_MS),
    sweepUntil: new Date(start.getTime() + SWEEP_MS),
  };
  const source: SourceDeps = {
    graph,
    clock,
    log,
    ingest: inTurn(deps.ingest),
    look: (record) => look(record, state),
    onProgress: book.saveIfDue,
  };
  const isOn = (name: SourceName) =>
    settings[sourceSetting(name)] === true &&
    (GRAPH_READS[name].clouds as readonly string[]).includes(settings.POSTERN_CLOUD);
  await Promise.all([
    ...TIMED.filter(isOn).map((name) => {
      const known = state.sources[name] ?? { records: 0, unreadable: 0 };
      state.sources[name] = known;
      return guard(name, known, deps, readings, () => pollSource(name, known, until, source));
    }),
    isOn('mailbox-activity') &&
      guard('mailbox-activity', state.mailbox, deps, readings, async () =>
        pollMailbox(state.mailbox, await deps.people(), source),
      ),
  ]);
  return readings;
}

/** One source's failure is its own: it is noted and told, and the others go on. */
async function guard(
  name: SourceName,
  state: PolledSource,
  { clock, log }: PollDeps,
  readings: Readings,
  read: () => Promise<SourceReport | undefined>,
): Promise<void> {
  const start = clock.now();
  if (state.failure && state.failure.retryAt > start) return;
  try {
    const report = await read();
    if (!report) return;
    const end = clock.now();
    state.okAt = end;
    delete state.failure;
    readings.sources[name] = report;
    const lateMs = report.newestAt ? Math.max(0, end.getTime() - report.newestAt.getTime()) : 0;
    const { records, hits } = report;
    log.tell('poll finished', { source: name, records, hits, lateMs, ms: end.getTime() - start.getTime() });
  } catch (error) {
    if (!(error instanceof UpstreamError) || error.service !== 'graph') {
      readings.error ??= error;
      return;
    }
    const now = clock.now();
    const needsSomebody = ['FORBIDDEN', 'NOT_LICENSED', 'UNAUTHORIZED', 'REFUSED', 'UNREADABLE'].includes(error.code);
    const retryAt = new Date(now.getTime() + (needsSomebody ? BLIND_RETRY_MS : 0));
    state.failure = { code: error.code, since: state.failure?.since ?? now, retryAt };
    readings.sources[name] = { failed: error.code };
    log.tell('poll failed', { source: name, code: error.code });
  }
}

/** Signs that coverage asks for. */
function look(record: RawRecord, { signs }: PollState): void {
  if (record.loggedByService === 'Self-service Password Management') {
    const at = new Date(String(record.activityDateTime));
    if (!Number.isNaN(at.getTime()) && !(signs.ssprAt && signs.ssprAt >= at)) signs.ssprAt = at;
  } else if (record.riskEventType !== undefined) {
    const isHidden = record.riskEventType === 'generic' || record.riskLevel === 'hidden';
    if (isHidden) signs.genericRisks++;
    else signs.detailedRisks++;
  }
}

function countsOf(sources: Readings['sources']): Record<string, number> {
  const reports = Object.values(sources).filter((report) => 'records' in report);
  const sum = (name: 'records' | 'hits' | 'unreadable' | 'pages') =>
    reports.reduce((total, report) => total + report[name], 0);
  return { records: sum('records'), hits: sum('hits'), unreadable: sum('unreadable'), pages: sum('pages') };
}

async function runAfterwards({ afterwards = [], clock, log }: PollDeps): Promise<void> {
  for (const work of afterwards) {
    try {
      await work(new Date(clock.now().getTime() + AFTERWARDS_MS));
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      log.warn('work after a poll failed', { service: error.service, code: error.code });
    }
  }
}
