/** Mails, inbox rules and settings of a mailbox. */
import { listPage } from '../list-page.ts';
import type { Message } from '../mailbox-store.ts';
import type { FilterRules } from '../odata/filter-rules.ts';
import { parseQuery, type QueryRules } from '../odata/query-options.ts';
import { selectFrom } from '../odata/records-page.ts';
import { Refusal } from '../refusal.ts';
import { BOTH, contextOf, type Endpoint, type GraphRequest, type Tenant, takesNoOptions, userOf } from '../tenant.ts';
import type { User } from '../user-properties.ts';

/** Any of these reads mails; all but the last without preview and body. */
const MAIL_READERS = ['Mail.ReadBasic', 'Mail.ReadBasic.All', 'Mail.Read', 'Mail.ReadWrite'];
const FULL_READERS = ['Mail.Read', 'Mail.ReadWrite'];

const MEMBERS = [
  'id',
  'createdDateTime',
  'lastModifiedDateTime',
  'receivedDateTime',
  'sentDateTime',
  'subject',
  'bodyPreview',
  'from',
  'sender',
  'toRecipients',
  'ccRecipients',
  'replyTo',
  'internetMessageId',
  'internetMessageHeaders',
  'parentFolderId',
  'isRead',
  'hasAttachments',
  'conversationId',
  'webLink',
];
/** Comes only when selected, on a single mail. */
const HEADERS = 'internetMessageHeaders';

const TIMES: FilterRules = {
  properties: {
    receivedDateTime: { type: 'time', operators: ['eq', 'ge', 'gt', 'le', 'lt'] },
    'from/emailAddress/address': { type: 'string', operators: ['eq'], ignoreCase: true },
    isRead: { type: 'boolean', operators: ['eq'] },
  },
};

const LIST_RULES: QueryRules = {
  filter: TIMES,
  select: MEMBERS,
  orderby: ['receivedDateTime'],
  top: { default: 10, most: 1000 },
  skiptoken: true,
};

const ENDPOINT = { method: 'GET', versions: BOTH, family: 'outlook', quota: 'outlook' } as const;

/** Mailboxes. */
export const MAILBOXES: readonly Endpoint[] = [
  { ...ENDPOINT, path: '/users/{user}/messages', permissions: MAIL_READERS, answer: listMessages },
  { ...ENDPOINT, path: '/users/{user}/mailFolders/inbox/messages', permissions: MAIL_READERS, answer: listMessages },
  {
    ...ENDPOINT,
    path: '/users/{user}/messages/{message}',
    permissions: MAIL_READERS,
    answer: (request, tenant) => {
      const { select } = parseQuery(request.query, { select: MEMBERS });
      const user = mailboxOf(request, tenant);
      const message = tenant.mailboxes.message(user.id.toLowerCase(), request.params.message ?? '');
      if (!message) throw new Refusal(404, 'ErrorItemNotFound', 'The specified object was not found in the store.');
      const context = contextOf(tenant, request, `users('${user.id}')/messages/$entity`);
      return { status: 200, body: { '@odata.context': context, ...presentMessage(message, select, tenant, true) } };
    },
  },
  {
    ...ENDPOINT,
    path: '/users/{user}/mailFolders/inbox/messageRules',
    permissions: ['MailboxSettings.Read', 'MailboxSettings.ReadWrite'],
    answer: (request, tenant) => {
      takesNoOptions(request);
      const user = mailboxOf(request, tenant);
      const context = contextOf(tenant, request, `users('${user.id}')/mailFolders('inbox')/messageRules`);
      return {
        status: 200,
        body: { '@odata.context': context, value: tenant.mailboxes.rules.get(user.id.toLowerCase()) ?? [] },
      };
    },
  },
  {
    ...ENDPOINT,
    path: '/users/{user}/mailboxSettings',
    permissions: ['MailboxSettings.Read', 'MailboxSettings.ReadWrite'],
    answer: (request, tenant) => {
      takesNoOptions(request);
      const user = mailboxOf(request, tenant);
      const locale = user.preferredLanguage ?? 'en-US';
      const context = contextOf(tenant, request, `users('${user.id}')/mailboxSettings`);
      return {
        status: 200,
        body: { '@odata.context': context, timeZone: 'UTC', language: { locale, displayName: locale } },
      };
    },
  },
];

function mailboxOf(request: GraphRequest, tenant: Tenant): User {
  const user = userOf(tenant, request.params.user ?? '');
  if (user.mail !== null) return user;
  throw new Refusal(
    404,
    'MailboxNotEnabledForRESTAPI',
    'The mailbox is either inactive, soft-deleted, or is hosted on-premise.',
  );
}

function listMessages(request: GraphRequest, tenant: Tenant) {
  const options = parseQuery(request.query, LIST_RULES);
  if (options.orderby && !options.orderby.descending) {
    throw new Refusal(501, 'NotImplemented', 'The simulator lists mails newest first only.');
  }
  const user = mailboxOf(request, tenant);
  return listPage<Message>(request, tenant, {
    context: `users('${user.id}')/messages`,
    options,
    read: (mark, most) => {
      const skip = Number(mark ?? 0);
      const messages = tenant.mailboxes.messages(user.id.toLowerCase(), skip, most);
      return messages.map((item, index) => ({ mark: skip + index + 1, item }));
    },
    matches: options.filter?.matches,
    present: (message) => presentMessage(message, options.select, tenant, false),
  });
}

function presentMessage(message: Message, select: readonly string[] | undefined, tenant: Tenant, isSingle: boolean) {
  const { permissions, basicMailHeaders } = tenant.settings();
  const isFull = permissions.some((name) => FULL_READERS.includes(name));
  const { receivedDateTime } = message;
  const record: Record<string, unknown> = {
    createdDateTime: receivedDateTime,
    lastModifiedDateTime: receivedDateTime,
    sentDateTime: receivedDateTime,
    ...message,
    sender: message.from,
    ccRecipients: [],
    replyTo: [],
    conversationId: `conversation-${message.id}`,
    webLink: '',
  };
  if (!isFull) delete record.bodyPreview;
  if (!isSingle || !select?.includes(HEADERS) || !(isFull || basicMailHeaders)) delete record[HEADERS];
  return { '@odata.etag': `W/"${message.id}"`, ...selectFrom(record, ['id', ...(select ?? MEMBERS)]) };
}
