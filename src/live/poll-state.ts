/**
 * The one row that a poll keeps: cursors, heartbeat and counts together, so that an idle poll writes once. Table
 * `state`, partition `poll`, row `logs`. A field that is missing or of an older version starts anew instead of failing.
 */
import { z } from 'zod';
import type { SourceName } from '../model/log-event.ts';
import type { Rows } from '../ports.ts';

const instant = z.coerce.date();

/** A window that is read over several polls. */
const Sweep = z.object({
  /** Read up to here. */
  next: instant,
  to: instant,
  startedAt: instant,
});

/** Why a source could not be read the last time. */
const Failure = z.object({
  /** Code of the UpstreamError. */
  code: z.string(),
  since: instant,
  /** Not asked again before: a missing permission is not asked for each minute. */
  retryAt: instant,
});

/** What is known of one polled log. */
const PolledSource = z.object({
  cursor: instant.optional(),
  hourAt: instant.optional(),
  dayAt: instant.optional(),
  /** A rung of the ladder that one poll could not finish. */
  sweep: Sweep.extend({ name: z.enum(['hour', 'day']) }).optional(),
  /** What was there before the watch began, to learn familiar places from. */
  baseline: Sweep.optional(),
  /** Records per minute of event time. */
  perMinute: z.number().optional(),
  /** When it was last read without a failure. */
  okAt: instant.optional(),
  /** Event time of the newest record ever read. */
  newestAt: instant.optional(),
  failure: Failure.optional(),
  /** Since the first poll. */
  records: z.number().default(0),
  unreadable: z.number().default(0),
  /** Sign-ins only: until then, non-interactive ones are left out because they are too many. */
  interactiveOnlyUntil: instant.optional(),
});
/** What is known of one polled log. */
export type PolledSource = z.infer<typeof PolledSource>;

/** The Purview query that is under way, and what comes next. */
const AuditQuery = z.object({
  id: z.string(),
  from: instant,
  to: instant,
  createdAt: instant,
});
const MailboxPoll = PolledSource.extend({
  query: AuditQuery.optional(),
  /** When the state machine was last moved. */
  lookedAt: instant.optional(),
});
/** What is known of the Purview audit log. */
export type MailboxPoll = z.infer<typeof MailboxPoll>;

/** What records have shown, for coverage: that something was never seen is a sign, too. */
const Signs = z.object({
  /** Event time of the last record of self-service password reset. */
  ssprAt: instant.optional(),
  /** Risk detections with type `generic` or level `hidden`, and others, since the first poll. */
  genericRisks: z.number().default(0),
  detailedRisks: z.number().default(0),
});
/** What records have shown. */
export type Signs = z.infer<typeof Signs>;

const PollState = z.object({
  /** Heartbeat: end of the last poll. */
  at: instant.optional(),
  /** First poll ever. */
  firstAt: instant.optional(),
  counts: z.record(z.string(), z.number()).default({}),
  lease: z.object({ owner: z.string(), until: instant }).optional(),
  sources: z
    .partialRecord(z.enum(['directory-audits', 'sign-ins', 'risk-detections', 'provider-mail']), PolledSource)
    .default({}),
  mailbox: MailboxPoll.default({ records: 0, unreadable: 0 }),
  signs: Signs.default({ genericRisks: 0, detailedRisks: 0 }),
});
/** Everything that the poll keeps. */
export type PollState = z.infer<typeof PollState>;

/** The logs that are read by windows of time. */
export type TimedSource = Extract<SourceName, 'directory-audits' | 'sign-ins' | 'risk-detections' | 'provider-mail'>;

/** Where the row is. */
export const POLL_ROW = { table: 'state', partition: 'poll', row: 'logs' } as const;

/** The state as stored and the tag to replace it by; an empty one when there is none. */
export async function readPollState(
  rows: Rows,
): Promise<{ readonly state: PollState; readonly tag: string | undefined }> {
  const stored = await rows.get(POLL_ROW.table, POLL_ROW.partition, POLL_ROW.row);
  if (!stored) return { state: PollState.parse({}), tag: undefined };
  const parsed = PollState.safeParse(stored.value);
  // Better to read everything again than to be stuck on a row that nobody can read.
  return { state: parsed.success ? parsed.data : PollState.parse({}), tag: stored.tag };
}

/** True when the last poll ended more than `olderThanMs` before `now`, or never. */
export function isPollStale(state: PollState, now: Date, olderThanMs = STALE_MS): boolean {
  return state.at === undefined || now.getTime() - state.at.getTime() > olderThanMs;
}

/** Polls come each minute: after so long without one, notifications start a catch-up. */
export const STALE_MS = 5 * 60_000;

/** Stores the state. `conflict`: another instance was faster. */
export async function writePollState(
  rows: Rows,
  state: PollState,
  tag: string | undefined,
): Promise<'done' | 'conflict'> {
  const value: unknown = JSON.parse(JSON.stringify(state));
  const { table, partition, row } = POLL_ROW;
  return rows.transact(table, partition, [
    tag === undefined ? { op: 'insert', row, value } : { op: 'replace', row, value, tag },
  ]);
}
