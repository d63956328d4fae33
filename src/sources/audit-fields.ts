/** The `postern.*` fields of an audit record, and the key of the action it belongs to. */
import type { PosternFields } from '../model/log-event.ts';
import {
  CHANGE_PROPERTIES,
  consentOf,
  isDeviceRegistration,
  isRoleAssignment,
  isSessionRevocation,
  mfaAction,
  mfaActionOfProperties,
  policyChanged,
  roleName,
} from './account-changes.ts';
import { CONTACT_PROPERTIES, contactChange } from './contacts.ts';
import type { Initiator } from './initiators.ts';
import type { Lookups } from './knowledge.ts';
import { METHOD_PROPERTIES, type MethodAction, methodChange, methodChangeOfProperties } from './methods.ts';
import { passwordAction } from './passwords.ts';
import { objects, type RawRecord, text } from './record.ts';
import { recoveryOf } from './recovery.ts';

/** What has been read of the record already, or is read when it is asked for. */
export interface AuditFacts {
  readonly record: RawRecord;
  readonly id: string;
  /** Lower case, trimmed. */
  readonly activity: string;
  readonly reason: () => string | undefined;
  readonly by: () => Initiator;
  /** The modified properties of all targets. */
  readonly properties: () => readonly RawRecord[];
}

/** Every property that something is derived from, lower case. */
export const TELLING_PROPERTIES: readonly string[] = [
  ...CONTACT_PROPERTIES,
  ...METHOD_PROPERTIES,
  ...CHANGE_PROPERTIES,
];

/** What is derived. */
export interface AuditFields {
  /** Key of the action: records that Entra writes for one action share it. */
  readonly action: string;
  /** Domains to look up in indicator lists. */
  readonly domains: readonly string[];
  readonly fields: PosternFields;
}

/** All others cannot derive anything: most of a tenant's audit log, so they skip all the rest. */
const WORTH_READING =
  /password|security info|strong auth|passkey|fido|hello|credential|temporary access|multifactor|polic|update user|consent|permission grant|register device|add device|registered (?:owner|users) to device|member to role|session|token|writeback|campaign|phone|unlock/;

const NONE: readonly string[] = [];

/** Derives everything that an audit record tells about recovery. */
export function auditFields(facts: AuditFacts, lookups: Lookups): AuditFields {
  const { record, id, activity } = facts;
  if (!isWorthReading(activity)) return { action: id, domains: NONE, fields: {} };
  const succeeded = !/^(?:fail|timeout)/i.test(text(record.result) ?? '');
  const recovery = recoveryOf(activity, succeeded, facts);
  const fields: PosternFields = {};
  if (recovery) {
    const flow = flowOf(record);
    fields.recovery = flow === undefined ? recovery : { flow, ...recovery };
  }
  const key = (group: string) => {
    const flow = flowOf(record);
    return flow === undefined ? id : `${group}:${flow}`;
  };
  if (!succeeded) return { action: id, domains: NONE, fields };

  const password = passwordAction(activity, facts, recovery?.step === 'completed');
  if (password) {
    fields.password = { action: password };
    return { action: activity.startsWith('change') ? id : key('reset'), domains: NONE, fields };
  }
  if (recovery) return { action: id, domains: NONE, fields };
  const method = methodChange(activity, facts, () => objects(record.additionalDetails));
  if (method) {
    const { domains } = readContacts(facts, fields, lookups);
    fields.method = method;
    return { action: key(METHOD_GROUPS[method.action]), domains, fields };
  }
  if (activity === 'update user') return { action: id, ...readUserUpdate(facts, fields, lookups) };
  return {
    action: isDeviceRegistration(activity) ? key('device') : id,
    domains: NONE,
    fields: readOthers(facts, fields),
  };
}

/** The attempt that a record belongs to. */
function flowOf(record: RawRecord): string | undefined {
  return text(record.correlationId)?.toLowerCase();
}

/** "Started", "registered" and "registered all required" are one enrollment; each other verb is an action of its own. */
const METHOD_GROUPS: Readonly<Record<MethodAction, string>> = {
  started: 'registration',
  added: 'registration',
  reviewed: 'registration',
  canceled: 'registration',
  removed: 'removal',
  updated: 'method-update',
  default_changed: 'default-method',
};

/** Contact fields of the record's targets into `fields`; returns the new addresses' domains. */
function readContacts(facts: AuditFacts, fields: PosternFields, { hash }: Lookups): { domains: readonly string[] } {
  const change = contactChange(facts.properties(), hash);
  if (!change) return { domains: NONE };
  const { domains, ...contact } = change;
  fields.contact = contact;
  return { domains };
}

function readUserUpdate(
  facts: AuditFacts,
  fields: PosternFields,
  lookups: Lookups,
): { domains: readonly string[]; fields: PosternFields } {
  const { domains } = readContacts(facts, fields, lookups);
  const properties = facts.properties();
  const method = methodChangeOfProperties(properties);
  if (method) fields.method = method;
  const mfa = mfaActionOfProperties(properties);
  if (mfa) fields.mfa = { action: mfa };
  return { domains, fields };
}

function readOthers(facts: AuditFacts, fields: PosternFields): PosternFields {
  const { record, activity } = facts;
  const mfa = mfaAction(activity);
  if (mfa) fields.mfa = { action: mfa };
  const policy = policyChanged(activity, text(record.loggedByService));
  if (policy) fields.policy = { changed: policy };
  const consent = consentOf(activity, facts);
  if (consent) fields.consent = consent;
  if (isDeviceRegistration(activity)) fields.device = { registered: true };
  if (isRoleAssignment(activity)) {
    const name = roleName(facts.properties());
    fields.role = { assigned: true, ...(name !== undefined && { name }) };
  }
  if (isSessionRevocation(activity)) fields.session = { revoked: true };
  return fields;
}

/** The modified properties of all targets of a record. */
export function propertiesOf(record: RawRecord): readonly RawRecord[] {
  return objects(record.targetResources).flatMap((target) => objects(target.modifiedProperties));
}

/** Entra has a few hundred activities; more names than this are not activities. */
const REMEMBERED = 2048;
const worth = new Map<string, boolean>();

function isWorthReading(activity: string): boolean {
  const known = worth.get(activity);
  if (known !== undefined) return known;
  if (worth.size >= REMEMBERED) worth.clear();
  const result = WORTH_READING.test(activity);
  worth.set(activity, result);
  return result;
}
