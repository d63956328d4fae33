/** What happens in mailboxes and files: the unified audit log's Exchange and SharePoint records. */
import { z } from 'zod';
import type { AccountRef, LogEvent, Place, PosternFields, Reading } from '../model/log-event.ts';
import type { LogSource } from '../model/log-source.ts';
import { MAILBOX_ACTIVITY_FIELDS } from './field-maps.ts';
import type { Lookups } from './knowledge.ts';
import { itemCount, mailboxActions, parametersOf } from './mailbox-actions.ts';
import { isMailboxRecord, type MailboxRecord, toMailboxRecord } from './mailbox-records.ts';
import { locate } from './network.ts';
import { accountOf, explain, isSameAccount, object, type RawRecord, text, unwrapJson } from './record.ts';
import { NOT_AN_INSTANT, parseInstant } from './times.ts';

/** What Postern needs of a unified audit log record, in Graph's form. Used to say what is wrong with an unreadable one. */
export const MailboxActivity = z.looseObject({
  id: z.string().min(1),
  createdDateTime: z.string().refine((value) => parseInstant(value) !== undefined, NOT_AN_INSTANT),
  operation: z.string().min(1),
});

/** Mailbox and file activity. */
export function createMailboxActivity(lookups: Lookups, isSecurityMail: (subject: string) => boolean): LogSource {
  return {
    name: 'mailbox-activity',
    title: 'Mailbox activity',
    needs: ['Graph permission AuditLogsQuery.Read.All', 'auditing switched on (the default since 2019)'],
    logSources: ['audit', 'exchange', 'threat_management', 'threat_detection'].map((service) => ({
      product: 'm365',
      service,
    })),
    fields: MAILBOX_ACTIVITY_FIELDS,
    dispatchField: 'operation',
    recognizes: isMailboxRecord,
    toLogEvent: (record) => read(record, lookups, isSecurityMail),
  };
}

const ENTRA: Reading = { kind: 'ignored', why: 'Entra record: read as directory audit or sign-in' };
const ADDRESS = /^[^\s\\/@]+@[^\s\\/@]+$/;
const NOBODY: Reading = { kind: 'ignored', why: 'activity that names no user' };

function read(raw: RawRecord, lookups: Lookups, isSecurityMail: (subject: string) => boolean): Reading {
  const record = toMailboxRecord(raw);
  const at = parseInstant(record.createdDateTime);
  if (at === undefined || record.id === undefined || record.operation === undefined) {
    return explain(MailboxActivity, { ...record }, 'record: not readable');
  }
  if (record.service?.toLowerCase() === 'azureactivedirectory') return ENTRA;
  const user = userOf(record);
  const failed = isFailure(record);
  const subject = mailboxOf(record) ?? user ?? concernedOf(record);
  if (!subject) return NOBODY;
  const actor = user && !isSameAccount(user, subject) ? user : undefined;
  const place = placeOf(record, lookups);
  const listed = lookups.indicators.ofAddress(place.ip);
  const postern: PosternFields = {
    by: actor ? 'admin' : user ? 'self' : 'system',
    ...place,
    mailbox: {
      // What failed was not done.
      action: failed ? ['other'] : mailboxActions(record, isSecurityMail),
      status: failed ? 'failure' : 'success',
      items: itemCount(record),
    },
    ...(actor && { actor: actor.upn ?? actor.id }),
    ...(listed && { indicator: listed }),
  };
  const event: LogEvent = {
    source: 'mailbox-activity',
    id: record.id,
    action: record.id,
    at: new Date(at),
    subject,
    ...(actor && { actor }),
    place,
    arrived: false,
    fields: { ...record, userPrincipalName: user?.upn, postern },
  };
  return { kind: 'event', event };
}

/** Services write names like `NT AUTHORITY\SYSTEM (…)` or a host's name; people have an address. */
function userOf({ userId }: MailboxRecord): AccountRef | undefined {
  return userId?.includes('@') ? accountOf(undefined, userId) : undefined;
}

/** The mailbox concerned: its owner, or the one that a cmdlet names. Cmdlets may also name it by path or alias. */
function mailboxOf(record: MailboxRecord): AccountRef | undefined {
  const owner = text(record.auditData.MailboxOwnerUPN);
  if (owner) return accountOf(undefined, owner);
  const parameters = parametersOf(record);
  const isCmdlet = record.operation?.includes('-') ?? false;
  const named = isCmdlet ? (parameters.get('mailbox') ?? parameters.get('identity')) : undefined;
  return named !== undefined && ADDRESS.test(named) ? accountOf(undefined, named) : undefined;
}

/**
 * Whom a record of a service is about: an alert (`AlertEntityId`, or `f3u` in its `Data`), or a mail that was looked at
 * (`Recipients`, where there is one). Source: Office 365 Management Activity API schema; `f3u` from published records.
 */
function concernedOf({ auditData }: MailboxRecord): AccountRef | undefined {
  const data = object(unwrapJson(auditData.Data));
  const recipients = [unwrapJson(auditData.Recipients)].flat();
  const named = [auditData.AlertEntityId, data?.f3u, recipients.length === 1 ? recipients[0] : undefined];
  const address = named.map(text).find((value) => value !== undefined && ADDRESS.test(value));
  return address === undefined ? undefined : accountOf(undefined, address);
}

/** Exchange writes True, Succeeded, PartiallySucceeded and false in several spellings; no status = it happened. */
function isFailure({ auditData }: MailboxRecord): boolean {
  return /^(?:fail|false)/i.test(text(auditData.ResultStatus) ?? '');
}

function placeOf(record: MailboxRecord, { clientOf }: Lookups): Place {
  const agent = text(record.auditData.UserAgent) ?? text(record.auditData.ClientInfoString);
  const client = clientOf(undefined, undefined, agent);
  return { ...locate(record.clientIp), ...(client !== undefined && { client }) };
}
