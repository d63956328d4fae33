/**
 * Mailbox activity by Purview audit queries, which Graph answers later: a query is created, its status is looked at, its
 * records are read. One step each quarter of an hour; where a query stands is kept in the poll's row.
 */
import { GRAPH_READS } from '../azure/graph-paths.ts';
import { UpstreamError } from '../errors.ts';
import type { EnrolledPerson } from '../model/enrolled-person.ts';
import type { RawRecord } from '../ports.ts';
import type { SourceDeps, SourceReport } from './poll-source.ts';
import type { MailboxPoll } from './poll-state.ts';
import { filterInstant, NOTHING, recordsOf } from './reading.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Distance of two steps. A little less than a quarter of an hour, so that a poll on the minute does not miss it. */
const EVERY_MS = 15 * MINUTE_MS - 30_000;
/** Audit records may take an hour, so every query reaches back over the last one's end. */
const REACH_MS = HOUR_MS;
/** Once in so long a query reaches back a day. */
const DAY_EVERY_MS = 6 * HOUR_MS;
const DAY_MS = 24 * HOUR_MS;
/** A first query begins so long ago. */
const FIRST_MS = 7 * DAY_MS;
/** A query that has not ended after so long is given up and asked again. */
const GIVE_UP_MS = 6 * HOUR_MS;
/** More mailboxes than this are not named in a query; then it is for the whole tenant, and others' records are dropped. */
const MOST_NAMES = 100;

/** What rules read of mailboxes (src/sources/mailbox-actions.ts). */
export const AUDITED_OPERATIONS = [
  'New-InboxRule',
  'Set-InboxRule',
  'Enable-InboxRule',
  'UpdateInboxRules',
  'Set-Mailbox',
  'Add-MailboxPermission',
  'Add-RecipientPermission',
  'Add-MailboxFolderPermission',
  'Set-MailboxFolderPermission',
  'AddFolderPermissions',
  'ModifyFolderPermissions',
  'UpdateFolderPermissions',
  'SoftDelete',
  'HardDelete',
  'MoveToDeletedItems',
  'MailItemsAccessed',
] as const;

/**
 * One step. `undefined`: it is not time yet, and nothing was asked.
 * @throws UpstreamError
 */
export async function pollMailbox(
  state: MailboxPoll,
  people: readonly EnrolledPerson[],
  deps: SourceDeps,
): Promise<SourceReport | undefined> {
  const now = deps.clock.now();
  if (state.lookedAt && now.getTime() - state.lookedAt.getTime() < EVERY_MS && state.lookedAt <= now) return undefined;
  state.lookedAt = now;
  const report: SourceReport = { records: 0, hits: 0, unreadable: 0, pages: 0, newestAt: undefined };
  if (state.query) await finishQuery(state, state.query, report, deps);
  const names = people.flatMap(({ accounts }) => accounts.filter(({ kind }) => kind === 'work').map(({ upn }) => upn));
  if (!state.query && names.length > 0) await startQuery(state, names, deps, now);
  return report;
}

/** Reads the query's records when it has succeeded. A query that failed is asked again with the same beginning. */
async function finishQuery(
  state: MailboxPoll,
  query: NonNullable<MailboxPoll['query']>,
  report: SourceReport,
  deps: SourceDeps,
): Promise<void> {
  const status = await statusOf(query.id, deps);
  const ageMs = deps.clock.now().getTime() - query.createdAt.getTime();
  if ((status === 'notStarted' || status === 'running') && ageMs <= GIVE_UP_MS) return;
  if (status === 'succeeded') {
    await readRecords(query.id, state, report, deps);
    state.cursor = query.to;
    if (query.to.getTime() - query.from.getTime() >= DAY_MS) state.dayAt = query.to;
  } else deps.log.warn('a mailbox audit query did not succeed', { status });
  delete state.query;
}

type Status = 'notStarted' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'gone' | 'unknown';

async function statusOf(id: string, { graph }: SourceDeps): Promise<Status> {
  try {
    const { status } = await graph.get(`${GRAPH_READS['mailbox-activity'].path}/${encodeURIComponent(id)}`, {
      priority: 'poll',
    });
    const known: readonly unknown[] = ['notStarted', 'running', 'succeeded', 'failed', 'cancelled'];
    return known.includes(status) ? (status as Status) : 'unknown';
  } catch (error) {
    // Purview forgets queries after a while.
    if (error instanceof UpstreamError && error.code === 'NOT_FOUND') return 'gone';
    throw error;
  }
}

async function readRecords(id: string, state: MailboxPoll, report: SourceReport, deps: SourceDeps): Promise<void> {
  const path = `${GRAPH_READS['mailbox-activity'].path}/${encodeURIComponent(id)}/records?$top=1000`;
  for await (const page of deps.graph.pages(path, { priority: 'poll' })) {
    const { records, strange } = recordsOf(page.value);
    const { hits, unreadable } = records.length > 0 ? await deps.ingest(records, deps.clock.now()) : NOTHING;
    report.pages++;
    report.hits += hits;
    for (const count of [report, state]) {
      count.records += page.value.length;
      count.unreadable += unreadable + strange;
    }
    for (const record of records) notice(record, report, state);
  }
}

function notice({ createdDateTime }: RawRecord, report: SourceReport, state: MailboxPoll): void {
  const at = new Date(String(createdDateTime));
  if (Number.isNaN(at.getTime())) return;
  if (!report.newestAt || report.newestAt < at) report.newestAt = at;
  if (!state.newestAt || state.newestAt < at) state.newestAt = at;
}

async function startQuery(
  state: MailboxPoll,
  names: readonly string[],
  { graph }: SourceDeps,
  now: Date,
): Promise<void> {
  const from = beginning(state, now);
  const { id } = await graph.post(
    GRAPH_READS['mailbox-activity'].path,
    {
      '@odata.type': '#microsoft.graph.security.auditLogQuery',
      displayName: `postern ${filterInstant(now)}`,
      filterStartDateTime: filterInstant(from),
      filterEndDateTime: filterInstant(now),
      recordTypeFilters: ['exchangeAdmin', 'exchangeItem', 'exchangeItemGroup', 'exchangeItemAggregated'],
      operationFilters: [...AUDITED_OPERATIONS],
      ...(names.length <= MOST_NAMES && { userPrincipalNameFilters: names }),
    },
    { priority: 'poll' },
  );
  if (typeof id !== 'string' || id === '') throw new UpstreamError('graph', 'UNREADABLE');
  state.query = { id, from, to: now, createdAt: now };
}

function beginning({ cursor, dayAt }: MailboxPoll, now: Date): Date {
  if (!cursor) return new Date(now.getTime() - FIRST_MS);
  const isDayDue = !dayAt || now.getTime() - dayAt.getTime() >= DAY_EVERY_MS;
  const reach = new Date(cursor.getTime() - REACH_MS);
  const day = new Date(now.getTime() - DAY_MS);
  return isDayDue && day < reach ? day : reach;
}
