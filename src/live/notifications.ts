/**
 * What the queue `notifications` is for: every notification is a hint to read again what Graph says has changed, and what
 * is read goes the same way as the polled logs. So duplicates, reorderings and late ones are harmless.
 */
import { UpstreamError } from '../errors.ts';
import type { EnrolledAccount, EnrolledPerson } from '../model/enrolled-person.ts';
import type { Clock, Graph, Log, RawRecord, Rows } from '../ports.ts';
import type { QueueHandler } from './notice-ports.ts';
import { type NotificationItem, NotificationMessage } from './notification-message.ts';
import type { Poll } from './poll.ts';
import { isPollStale, readPollState } from './poll-state.ts';
import { filterInstant, type Ingest, recordsOf } from './reading.ts';
import type { Snapshots } from './snapshots.ts';
import { getSubscription, type SubscriptionRow } from './subscription-rows.ts';
import type { Subscriptions } from './subscriptions.ts';

/** What processing notifications needs. */
export interface NotificationDeps {
  readonly graph: Graph;
  readonly rows: Rows;
  readonly clock: Clock;
  readonly log: Log;
  readonly ingest: Ingest;
  /** All enrolled people, from the cached copy. */
  readonly people: () => Promise<readonly EnrolledPerson[]>;
  readonly subscriptions: Pick<Subscriptions, 'onLifecycle'>;
  readonly snapshots: Pick<Snapshots, 'checkFields'>;
  readonly poll: Poll;
}

/** Metadata of a mail that the provider-mail source reads; headers come only by name, and only with this. */
const MAIL_FIELDS = 'id,receivedDateTime,subject,from,toRecipients,internetMessageId,internetMessageHeaders';
/** In lists Graph gives no headers. */
const MAIL_LIST_FIELDS = 'id,receivedDateTime,subject,from,toRecipients,internetMessageId';
/** After a lost stretch of mail notifications this much is read again. */
const RESYNC_MS = 24 * 3600_000;

/** Handler of the queue. Throws only UpstreamError: the message comes again. */
export function createNotificationHandler(deps: NotificationDeps): QueueHandler {
  const directory = createDirectory(deps);
  return async (body) => {
    const message = NotificationMessage.safeParse(body);
    if (!message.success) {
      deps.log.error('a message in the queue notifications is not ours and was dropped');
      return;
    }
    for (const item of distinct(message.data.items)) await processItem(item, directory, deps);
    await catchUp(deps);
  };
}

/** One object read once, however often it changed. */
function distinct(items: readonly NotificationItem[]): NotificationItem[] {
  const byKey = new Map(
    items.map((item) => [
      `${item.lifecycle ?? ''} ${item.kind === 'users' ? 'users' : item.subscription} ${item.id}`,
      item,
    ]),
  );
  return [...byKey.values()];
}

async function processItem(item: NotificationItem, directory: Directory, deps: NotificationDeps): Promise<void> {
  if (item.lifecycle) {
    const row = await deps.subscriptions.onLifecycle(item.subscription, item.lifecycle);
    if (row?.kind === 'mail') await resync(row, directory, deps);
    return;
  }
  if (item.id === undefined) return;
  if (item.kind === 'users') {
    // A deleted user cannot be read any more; the audit log tells of it.
    const found = item.change === 'deleted' ? undefined : (await directory()).get(item.id.toLowerCase());
    if (found) await deps.snapshots.checkFields(found.person, found.account);
    return;
  }
  const row = await getSubscription(deps.rows, item.subscription);
  const mailbox = row?.mailbox && (await directory()).get(row.mailbox.toLowerCase());
  if (mailbox) await readMail(item.id, mailbox.account, deps);
}

async function readMail(id: string, account: EnrolledAccount, deps: NotificationDeps): Promise<void> {
  const path = `/users/${pathId(account)}/messages/${encodeURIComponent(id)}?$select=${MAIL_FIELDS}`;
  try {
    const message = await deps.graph.get(path);
    await deps.ingest([withMailbox(message, account)], deps.clock.now());
  } catch (error) {
    if (!(error instanceof UpstreamError) || error.code !== 'NOT_FOUND') throw error;
    // Somebody deletes mail as it arrives, or the owner was faster: mailbox activity tells which.
    deps.log.info('a mail was gone before it could be read');
  }
}

/** Reads the mails of the last day again: some notifications were lost. */
async function resync({ mailbox }: SubscriptionRow, directory: Directory, deps: NotificationDeps): Promise<void> {
  const found = mailbox && (await directory()).get(mailbox.toLowerCase());
  if (!found) return;
  const now = deps.clock.now();
  const filter = encodeURIComponent(`receivedDateTime ge ${filterInstant(new Date(now.getTime() - RESYNC_MS))}`);
  const path = `/users/${pathId(found.account)}/messages?$filter=${filter}&$select=${MAIL_LIST_FIELDS}&$top=100`;
  for await (const { value } of deps.graph.pages(path)) {
    const records = recordsOf(value).records.map((record) => withMailbox(record, found.account));
    await deps.ingest(records, now);
  }
}

/** Says whose mailbox it is: the addressee in a mail can be anybody. */
function withMailbox(message: RawRecord, { id, upn }: EnrolledAccount): RawRecord {
  return { ...message, mailbox: { ...(id !== undefined && { id }), userPrincipalName: upn } };
}

/** Timers of a Functions app can stop for good while HTTP goes on (functions-host issue 11828): then this is the timer. */
async function catchUp({ rows, clock, log, poll }: NotificationDeps): Promise<void> {
  const { state } = await readPollState(rows);
  if (!isPollStale(state, clock.now())) return;
  const report = await poll.run();
  log.warn('the poll is late: a notification has started one', { outcome: report.kind });
}

type Directory = () => Promise<
  ReadonlyMap<string, { readonly person: EnrolledPerson; readonly account: EnrolledAccount }>
>;

/** Accounts by object id and by name, both lower case; made anew when people have changed. */
function createDirectory({ people }: NotificationDeps): Directory {
  let list: readonly EnrolledPerson[] | undefined;
  let byKey = new Map<string, { person: EnrolledPerson; account: EnrolledAccount }>();
  return async () => {
    const now = await people();
    if (now === list) return byKey;
    byKey = new Map();
    for (const person of now) {
      for (const account of person.accounts) {
        byKey.set(account.upn.toLowerCase(), { person, account });
        if (account.id !== undefined) byKey.set(account.id.toLowerCase(), { person, account });
      }
    }
    list = now;
    return byKey;
  };
}

function pathId({ id, upn }: EnrolledAccount): string {
  return encodeURIComponent(id ?? upn);
}
