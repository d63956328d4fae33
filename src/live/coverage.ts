/**
 * What the watch cannot see, found out and kept: a missing licence or permission, the SSPR reporting that nobody switched
 * on, an activity that Entra has renamed, a source that is off. What is blind is shown as blind, never as "nothing found".
 */
import { z } from 'zod';
import type { Watch } from '../assemble-watch.ts';
import { GRAPH_READS } from '../azure/graph-paths.ts';
import { type Settings, sourceSetting } from '../config.ts';
import { UpstreamError } from '../errors.ts';
import type { SourceName } from '../model/log-event.ts';
import type { Clock, Graph, Log, Rows } from '../ports.ts';
import { missingActivities } from './coverage-activities.ts';
import { Gap } from './gaps.ts';
import { VOLUMES } from './poll-requests.ts';
import { isPollStale, type PollState, readPollState, type TimedSource } from './poll-state.ts';
import { ladderFor } from './poll-windows.ts';
import type { SnapshotPart } from './snapshot-rows.ts';

const CoverageRow = z.object({
  gaps: z.array(Gap).default([]),
  /** When gaps were last told. */
  toldAt: z.coerce.date().optional(),
  /** When Graph was last asked for the activity names and the reset report, and what that said. */
  askedAt: z.coerce.date().optional(),
  missing: z.object({ fields: z.array(z.string()), activities: z.array(z.string()) }).optional(),
  resetsWithoutRecords: z.boolean().optional(),
});
type CoverageRow = z.infer<typeof CoverageRow>;

/** What coverage needs. */
export interface CoverageDeps {
  readonly graph: Graph;
  readonly rows: Rows;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: Settings;
  readonly watch: () => Promise<Pick<Watch, 'ruleSet' | 'sources'>>;
  /** Codes of snapshot parts that could not be read for everybody (`Snapshots.trouble`). */
  readonly trouble: () => Partial<Record<SnapshotPart, string>>;
}

/** Finds gaps. */
export interface Coverage {
  /** After a poll: finds gaps and stores what has changed. Asks Graph once a day. @throws UpstreamError of tables */
  readonly refresh: (until: Date) => Promise<void>;
  /** What was found last. @throws UpstreamError of tables */
  readonly gaps: () => Promise<readonly Gap[]>;
}

const DAY_MS = 24 * 3600_000;
const TELL_MS = 3600_000;
/** A log of a whole tenant is not empty for so long. */
const SILENT_MS: Partial<Record<SourceName, number>> = { 'directory-audits': 3 * DAY_MS, 'sign-ins': 2 * DAY_MS };
/** So many risk detections, all of them without details, mean that the licence does not cover details. */
const GENERIC_RISKS = 5;
const PARTITION = 'blind';
const ROW = 'gaps';

/** Coverage over its ports. */
export function createCoverage(deps: CoverageDeps): Coverage {
  const { rows, clock } = deps;
  return {
    async refresh() {
      const now = clock.now();
      const before = await readRow(rows);
      const { state } = await readPollState(rows);
      if (isPollStale(state, now)) return;
      const asked = await ask(deps, before, state, now);
      const gaps = withSince(
        findGaps({ settings: deps.settings, state, trouble: deps.trouble(), asked, before: before.gaps }, now),
        before.gaps,
      );
      const isTelling = !before.toldAt || now.getTime() - before.toldAt.getTime() >= TELL_MS;
      const after = { ...asked, gaps, ...(isTelling ? { toldAt: now } : before.toldAt && { toldAt: before.toldAt }) };
      if (isTelling) tell(deps.log, gaps);
      if (isTelling || JSON.stringify(after) !== JSON.stringify(before)) await writeRow(rows, after);
    },
    gaps: async () => (await readRow(rows)).gaps,
  };
}

/** What gaps are found from. */
export interface Evidence {
  readonly settings: Settings;
  readonly state: PollState;
  /** `Snapshots.trouble`. */
  readonly trouble: Partial<Record<SnapshotPart, string>>;
  /** What was found the last time: stands for what was not tried since. */
  readonly before: readonly Gap[];
  readonly asked: Pick<CoverageRow, 'missing' | 'resetsWithoutRecords'>;
}

/** All gaps. Pure; `since` is `now`, or when a source began to fail. */
export function findGaps(evidence: Evidence, now: Date): Gap[] {
  const { settings, state, trouble, before, asked } = evidence;
  const gaps: Gap[] = [];
  for (const source of Object.keys(GRAPH_READS) as SourceName[]) {
    const whole = wholeGap(source, evidence, now);
    if (whole) gaps.push(whole);
  }
  const isSeen = (source: SourceName) => !gaps.some((gap) => gap.source === source);
  if (isSeen('directory-audits')) {
    const source = 'directory-audits';
    if (asked.resetsWithoutRecords) gaps.push({ source, why: 'optIn', since: now, fields: ['postern.recovery'] });
    const { fields = [], activities = [] } = asked.missing ?? {};
    if (fields.length + activities.length > 0) gaps.push({ source, why: 'renamed', since: now, fields, activities });
  }
  for (const source of Object.keys(VOLUMES) as TimedSource[]) {
    const { perMinute, interactiveOnlyUntil } = state.sources[source] ?? {};
    const isReadOnce = ladderFor(perMinute, VOLUMES[source]).hour === undefined;
    if (isSeen(source) && (isReadOnce || interactiveOnlyUntil))
      gaps.push({ source, why: 'volume', since: now, fields: [] });
  }
  const { genericRisks, detailedRisks } = state.signs;
  if (isSeen('risk-detections') && genericRisks >= GENERIC_RISKS && detailedRisks === 0)
    gaps.push({
      source: 'risk-detections',
      why: 'licence',
      since: now,
      fields: ['postern.risk.type', 'postern.risk.level'],
    });
  if (isSeen('mailbox-activity') && settings.POSTERN_SOURCE_AUTHENTICATION_METHODS) {
    const rules = snapshotGap('mailbox-activity', trouble.rules, before, now);
    if (rules) gaps.push({ ...rules, fields: [] });
  }
  return gaps;
}

/** A part of the snapshots that could not be read; untried, it is as it was. */
function snapshotGap(
  source: SourceName,
  trouble: string | undefined,
  before: readonly Gap[],
  now: Date,
): Gap | undefined {
  if (trouble === 'ok') return undefined;
  if (trouble !== undefined) return { source, why: whyOf(trouble), since: now };
  return before.find((gap) => gap.source === source && (gap.why === 'permission' || gap.why === 'licence'));
}

/** A source of which nothing can be seen. */
function wholeGap(source: SourceName, { settings, state, trouble, before }: Evidence, now: Date): Gap | undefined {
  if (settings[sourceSetting(source)] === false) return { source, why: 'off', since: now };
  if (!(GRAPH_READS[source].clouds as readonly string[]).includes(settings.POSTERN_CLOUD))
    return { source, why: 'cloud', since: now };
  if (source === 'authentication-methods') return snapshotGap(source, trouble.methods, before, now);
  const known = source === 'mailbox-activity' ? state.mailbox : state.sources[source];
  const { failure } = known ?? {};
  if (failure && ['FORBIDDEN', 'NOT_LICENSED', 'UNAUTHORIZED'].includes(failure.code))
    return { source, why: whyOf(failure.code), since: failure.since };
  const silentMs = SILENT_MS[source];
  const last = known?.newestAt ?? state.firstAt;
  if (silentMs !== undefined && last && known?.okAt && now.getTime() - last.getTime() > silentMs)
    return { source, why: 'silent', since: last };
  return undefined;
}

function whyOf(code: string): 'licence' | 'permission' {
  return code === 'NOT_LICENSED' ? 'licence' : 'permission';
}

/** Gaps keep the day they were found. */
function withSince(gaps: readonly Gap[], before: readonly Gap[]): Gap[] {
  const key = ({ since: _, ...gap }: Gap) => JSON.stringify(gap);
  const known = new Map(before.map((gap) => [key(gap), gap.since]));
  return gaps.map((gap) => ({ ...gap, since: known.get(key(gap)) ?? gap.since }));
}

/** Once a day: which activities Entra knows, and whether resets happen that the audit log does not show. */
async function ask(deps: CoverageDeps, before: CoverageRow, state: PollState, now: Date): Promise<CoverageRow> {
  const { settings } = deps;
  const isDue = !before.askedAt || now.getTime() - before.askedAt.getTime() >= DAY_MS;
  const isOn = settings.POSTERN_SOURCE_DIRECTORY_AUDITS && !state.sources['directory-audits']?.failure;
  if (!isDue || !isOn) return before;
  try {
    const missing = await missingActivities(deps.graph, await deps.watch());
    const resetsWithoutRecords = await areResetsMissing(deps.graph, state, now);
    return { ...before, askedAt: now, ...(missing && { missing }), resetsWithoutRecords };
  } catch (error) {
    if (!(error instanceof UpstreamError) || error.service !== 'graph') throw error;
    // Both are beta and not in every tenant: not knowing is no gap.
    deps.log.info('activity names could not be read', { code: error.code });
    return { ...before, askedAt: now };
  }
}

/** Within this time of the watch's beginning, no record of a reset says nothing. */
const OPT_IN_MS = DAY_MS;

/**
 * Password reset is logged only after somebody has opened its reporting page once (entra-docs, howto-sspr-reporting). The
 * report of reset events is made otherwise: resets in it that the log does not have prove that nobody did.
 */
async function areResetsMissing(graph: Graph, { signs, firstAt }: PollState, now: Date): Promise<boolean> {
  if (signs.ssprAt || !firstAt || now.getTime() - firstAt.getTime() < OPT_IN_MS) return false;
  const filter = encodeURIComponent("feature eq 'reset'");
  const path = `/reports/authenticationMethods/userEventsSummary?$filter=${filter}&$top=1000`;
  const from = now.getTime() - 30 * DAY_MS;
  for await (const { value } of graph.pages(path, { version: 'beta', priority: 'snapshot' })) {
    const times = value.map((event) =>
      Date.parse(String((event as { eventDateTime?: unknown } | null)?.eventDateTime)),
    );
    if (times.some((at) => at >= from)) return true;
  }
  return false;
}

function tell(log: Log, gaps: readonly Gap[]): void {
  for (const { source, why } of gaps) if (why !== 'off') log.tell('source blind', { source, why });
}

async function readRow(rows: Rows): Promise<CoverageRow> {
  const stored = await rows.get('state', PARTITION, ROW);
  return CoverageRow.safeParse(stored?.value).data ?? CoverageRow.parse({});
}

async function writeRow(rows: Rows, row: CoverageRow): Promise<void> {
  const value: unknown = JSON.parse(JSON.stringify(row));
  await rows.transact('state', PARTITION, [{ op: 'put', row: ROW, value }]);
}
