/** Entra audit log: Graph `auditLogs/directoryAudits`. */
import { z } from 'zod';
import type { AccountRef, LogEvent, Place, PosternFields, Reading } from '../model/log-event.ts';
import type { LineSchema, LogSource } from '../model/log-source.ts';
import { type AuditFacts, auditFields, propertiesOf, TELLING_PROPERTIES } from './audit-fields.ts';
import { DIRECTORY_AUDIT_FIELDS } from './field-maps.ts';
import { type InitiatedBy, initiatedBy, initiatorOf } from './initiators.ts';
import type { Lookups } from './knowledge.ts';
import { locate } from './network.ts';
import { accountOf, explain, isObject, isSameAccount, object, objects, type RawRecord, text } from './record.ts';
import { NOT_AN_INSTANT, parseInstant } from './times.ts';

const Party = z.looseObject({ id: z.string().nullish(), userPrincipalName: z.string().nullish() });

/** The part of a directoryAudit that Postern reads. Used to say what is wrong with a record that cannot be read. */
export const DirectoryAudit = z.looseObject({
  id: z.string().min(1),
  activityDateTime: z.string().refine((value) => parseInstant(value) !== undefined, NOT_AN_INSTANT),
  activityDisplayName: z.string().min(1),
  correlationId: z.string().nullish(),
  loggedByService: z.string().nullish(),
  result: z.string().nullish(),
  resultReason: z.string().nullish(),
  initiatedBy: z.looseObject({ user: Party.nullish(), app: z.looseObject({}).nullish() }).nullish(),
  targetResources: z.array(z.looseObject({ modifiedProperties: z.array(z.unknown()).nullish() })).nullish(),
  additionalDetails: z.array(z.unknown()).nullish(),
});

/** The Entra audit log. */
export function createDirectoryAudits(lookups: Lookups): LogSource {
  return {
    name: 'directory-audits',
    title: 'Directory audits',
    needs: ['Graph permission AuditLog.Read.All', 'Microsoft Entra ID P1 or P2 for reading through Graph'],
    logSources: [
      { product: 'azure', service: 'auditlogs' },
      { product: 'm365', service: 'audit' },
    ],
    fields: DIRECTORY_AUDIT_FIELDS,
    dispatchField: 'postern.recovery.step',
    lines: auditLines(lookups),
    recognizes: (record) => record.activityDateTime !== undefined && record.activityDisplayName !== undefined,
    toLogEvent: (record) => read(record, lookups),
  };
}

function read(record: RawRecord, lookups: Lookups): Reading {
  const at = parseInstant(record.activityDateTime);
  const id = text(record.id);
  const activity = activityName(record.activityDisplayName);
  if (at === undefined || id === undefined || activity === undefined) {
    return explain(DirectoryAudit, record, 'activityDisplayName: empty');
  }
  const initiator = initiatedBy(record.initiatedBy);
  const lower = activity.toLowerCase();
  const subject = subjectOf(lower, record, initiator);
  const by = initiatorOf(initiator, subject, record.initiatedBy);
  const isActor = initiator.account !== undefined && by === 'admin';
  const agent = by === 'self' || by === 'admin' ? userAgentOf(record) : undefined;
  const place = by === 'self' || by === 'admin' ? placeOf(initiator, agent, lookups) : {};
  const reason = text(record.resultReason);
  const facts: AuditFacts = {
    record,
    id,
    activity: lower,
    reason: () => reason,
    by: () => by,
    properties: () => propertiesOf(record),
  };
  const { action, domains, fields } = auditFields(facts, lookups);
  const aside = isEmpty(fields);
  fields.by = by;
  addPlace(fields, place, domains, lookups);
  if (agent !== undefined) fields.agent = agent;
  if (isActor) fields.actor = initiator.account?.upn ?? initiator.account?.id;
  // Written out: spreading what may be absent costs more than reading the record.
  const event: { -readonly [K in keyof LogEvent]: LogEvent[K] } = {
    source: 'directory-audits',
    id,
    action,
    at: new Date(at),
    place,
    arrived: false,
    fields: { ...record, activityDisplayName: activity, resultReason: reason ?? record.resultReason, postern: fields },
  };
  if (subject) event.subject = subject;
  if (isActor && initiator.account) event.actor = initiator.account;
  if (aside) event.aside = true;
  return { kind: 'event', event };
}

function isEmpty(fields: PosternFields): boolean {
  for (const _ in fields) return false;
  return true;
}

/** The roots of `auditFields`. */
const ROOTS = ['recovery', 'password', 'method', 'contact', 'mfa', 'policy', 'consent', 'device', 'role', 'session'];
/** Stands for the modified properties of all targets where only a part of a record is known. */
const TARGETS = '(modified properties)';

/**
 * How a property's name may stand in the text of a record, as a whole value with blanks or escapes behind it; `\\u`
 * because a name may be written with escapes.
 */
const MENTIONED = new RegExp(
  `\\\\u|(?:${TELLING_PROPERTIES.map((name) => name.replace('.', '\\.')).join('|')})["\\s\\\\\\x80-\\xff]`,
  'i',
);

function auditLines(lookups: Lookups): LineSchema {
  const fieldsOf = (record: RawRecord) => {
    // Asked for first, because it stands before the activity in the record.
    void record.result;
    return auditFields(glance(record), lookups);
  };
  return {
    members: [
      ...['category', 'result', 'resultReason', 'activityDisplayName', 'activityDateTime', 'loggedByService'],
      ...['operationType', 'initiatedBy.user.ipAddress'],
    ],
    time: 'activityDateTime',
    instant: parseInstant,
    mentions: { member: TARGETS, pattern: MENTIONED },
    matters: (record) => activityName(record.activityDisplayName) === undefined || !isEmpty(fieldsOf(record).fields),
    fields: {
      activityDisplayName: (record) => activityName(record.activityDisplayName),
      resultReason: (record) => text(record.resultReason) ?? record.resultReason,
      // A listed address counts only for people, which the whole record tells: then ask for what is not known.
      'postern.indicator': [
        (record) => {
          const { ip } = locate(object(object(record.initiatedBy)?.user)?.ipAddress);
          return lookups.indicators.ofAddress(ip) && record.targetResources;
        },
        (record) => fieldsOf(record).domains.some((domain) => lookups.indicators.ofDomain(domain)) || undefined,
      ],
      ...Object.fromEntries(ROOTS.map((root) => [`postern.${root}`, (record) => fieldsOf(record).fields[root]])),
    },
  };
}

/** What a record of which only some members are known tells. */
function glance(record: RawRecord): AuditFacts {
  return {
    record,
    id: '',
    activity: activityName(record.activityDisplayName)?.toLowerCase() ?? '',
    reason: () => text(record.resultReason),
    by: () => {
      const initiator = initiatedBy(record.initiatedBy);
      return initiatorOf(initiator, subjectOf('', record, initiator), record.initiatedBy);
    },
    properties: () => record[TARGETS] as readonly RawRecord[],
  };
}

/** Activity names end in a blank now and then, and in the unified audit log in a dot. */
function activityName(value: unknown): string | undefined {
  const name = text(value);
  return name?.endsWith('.') ? text(name.slice(0, -1)) : name;
}

/**
 * The account affected. In the self-service flow `initiatedBy.user` is the account that somebody claims to own; elsewhere
 * it is the first user among the targets, or else who did it (consent, policies, an own device).
 */
function subjectOf(activity: string, record: RawRecord, initiator: InitiatedBy): AccountRef | undefined {
  const target = userTarget(record.targetResources);
  const claimed = initiator.account;
  if (!claimed) return target;
  const isFlow = activity.startsWith('self-service password reset') || activity.endsWith('(self-service)');
  // Where both name one person, one of them may lack the id (passkey records) or the name.
  if (!target || (claimed.id !== undefined && claimed.upn !== undefined && isSameAccount(target, claimed)))
    return claimed;
  if (isSameAccount(target, claimed)) return { ...target, ...claimed };
  return isFlow ? claimed : target;
}

function userTarget(targets: unknown): AccountRef | undefined {
  if (!Array.isArray(targets)) return undefined;
  for (const target of targets as unknown[]) {
    if (!isObject(target)) continue;
    const type = text(target.type ?? target.Type)?.toLowerCase();
    const isUser = type === 'user' || (type === undefined && text(target.userPrincipalName) !== undefined);
    const account = isUser ? accountOf(target.id, target.userPrincipalName) : undefined;
    if (account) return account;
  }
  return undefined;
}

function placeOf(initiator: InitiatedBy, agent: string | undefined, { clientOf }: Lookups): Place {
  const location = locate(initiator.ipAddress);
  const client = clientOf(undefined, undefined, agent);
  return client === undefined ? location : { ...location, client };
}

function userAgentOf(record: RawRecord): string | undefined {
  const direct = text(record.userAgent);
  const details = record.additionalDetails;
  if (direct !== undefined || !Array.isArray(details) || details.length === 0) return direct;
  return text(objects(details).find((detail) => detail.key === 'User-Agent')?.value);
}

function addPlace(fields: PosternFields, place: Place, domains: readonly string[], { indicators }: Lookups): void {
  Object.assign(fields, place);
  const address = indicators.ofAddress(place.ip);
  if (!address && domains.length === 0) return;
  const listed = [address, ...domains.map(indicators.ofDomain)].flatMap((names) => names ?? []);
  if (listed.length > 0) fields.indicator = [...new Set(listed)].sort();
}
