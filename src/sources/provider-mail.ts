/**
 * Account mails of providers in enrolled mailboxes: Exchange message trace (Graph `admin/exchange/tracing/messageTraces`)
 * and message metadata (Graph `messages`, or a notification's re-read). Codes, bodies and message ids never reach an event.
 */
import { z } from 'zod';
import type { AccountRef, LogEvent, PosternFields, Reading } from '../model/log-event.ts';
import type { LogSource } from '../model/log-source.ts';
import { PROVIDER_MAIL_FIELDS } from './field-maps.ts';
import type { Lookups } from './knowledge.ts';
import { type ProviderLookup, withoutCodes } from './provider-senders.ts';
import { accountOf, explain, object, objects, type RawRecord, text } from './record.ts';
import { NOT_AN_INSTANT, parseInstant } from './times.ts';

/** The part of a message trace or message that Postern reads. Used to say what is wrong with an unreadable record. */
export const ProviderMailRecord = z.looseObject({
  id: z.string().min(1),
  receivedDateTime: z.string().refine((value) => parseInstant(value) !== undefined, NOT_AN_INSTANT),
  subject: z.string().nullish(),
  senderAddress: z.string().nullish(),
  recipientAddress: z.string().nullish(),
});

const NO_PROVIDER: Reading = { kind: 'ignored', why: 'mail of no known provider and no listed domain' };
const NOT_DELIVERED: Reading = { kind: 'ignored', why: 'mail that was not delivered' };

/** Account mails of providers. */
export function createProviderMail(lookups: Lookups, providerOf: ProviderLookup): LogSource {
  return {
    name: 'provider-mail',
    title: 'Provider mail',
    needs: [
      'Graph permission ExchangeMessageTrace.Read.All, or Mail.ReadBasic for linked mailboxes',
      'a linked mailbox for accounts outside the tenant (opt-in)',
    ],
    logSources: [{ product: 'postern', service: 'provider-mail' }],
    fields: PROVIDER_MAIL_FIELDS,
    dispatchField: 'postern.mail.kind',
    recognizes: (record) =>
      record.receivedDateTime !== undefined &&
      (record.senderAddress !== undefined || object(record.from) !== undefined),
    toLogEvent: (record) => read(record, lookups, providerOf),
  };
}

function read(record: RawRecord, lookups: Lookups, providerOf: ProviderLookup): Reading {
  const at = parseInstant(record.receivedDateTime);
  const id = text(record.id);
  const sender = (text(record.senderAddress) ?? addressOf(record.from))?.toLowerCase();
  if (at === undefined || id === undefined || sender === undefined) {
    return explain(ProviderMailRecord, record, 'senderAddress: missing');
  }
  const subject = mailboxOf(record);
  if (!subject) return explain(ProviderMailRecord, record, 'recipientAddress: missing');
  const status = text(record.status)?.toLowerCase();
  if (status === 'failed' || status === 'pending' || status === 'gettingstatus') return NOT_DELIVERED;
  const title = text(record.subject) ?? '';
  const listed = lookups.indicators.ofDomain(sender.slice(sender.lastIndexOf('@') + 1));
  const mail = providerOf(sender, title) ?? (listed ? ({ kind: 'other' } as const) : undefined);
  if (!mail) return NO_PROVIDER;

  const authenticated = isAuthenticated(record);
  const about = subject.upn ?? subject.id;
  const postern: PosternFields = {
    mail: { ...mail, about, ...(authenticated !== undefined && { authenticated }) },
  };
  if (listed) postern.indicator = listed;
  const event: LogEvent = {
    source: 'provider-mail',
    id,
    action: actionOf(record, id, about, lookups),
    at: new Date(at),
    subject,
    place: {},
    arrived: false,
    fields: { ...metadataOf(record, sender, subject, title), postern },
  };
  return { kind: 'event', event };
}

/** The little of a mail that an event keeps. */
function metadataOf(record: RawRecord, sender: string, mailbox: AccountRef, title: string): RawRecord {
  const status = text(record.status)?.toLowerCase();
  return {
    id: text(record.id),
    receivedDateTime: record.receivedDateTime,
    senderAddress: sender,
    recipientAddress: mailbox.upn,
    subject: withoutCodes(title),
    ...(status !== undefined && { status }),
  };
}

/** A trace and the message itself carry one Message-ID; a mail to two people is two actions. */
function actionOf(record: RawRecord, id: string, about: string | undefined, { hash }: Lookups): string {
  const messageId = text(record.internetMessageId) ?? text(record.messageId);
  return messageId === undefined ? id : `mail:${hash(messageId.toLowerCase())}:${about ?? ''}`;
}

/** The mailbox that received it: what the reader says (`mailbox`), the trace's recipient, else the first addressee. */
function mailboxOf(record: RawRecord): AccountRef | undefined {
  const mailbox = object(record.mailbox);
  if (mailbox) return accountOf(mailbox.id, mailbox.userPrincipalName);
  return accountOf(undefined, text(record.recipientAddress) ?? addressOf(objects(record.toRecipients)[0]));
}

function addressOf(recipient: unknown): string | undefined {
  return text(object(object(recipient)?.emailAddress)?.address);
}

/**
 * DMARC passed, by the receiving system's own header; `undefined` when the record holds no headers: unknown is not "no".
 * Only the topmost Authentication-Results counts: a sender can add more of them below.
 */
function isAuthenticated(record: RawRecord): boolean | undefined {
  const header = objects(record.internetMessageHeaders).find(
    (item) => text(item.name)?.toLowerCase() === 'authentication-results',
  );
  const value = text(header?.value);
  return value === undefined ? undefined : /\bdmarc=pass\b/i.test(value);
}
