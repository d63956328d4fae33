import { type Fields, firstGiven, fromJson, given, isObject, rowId, utc } from './columns.ts';
import { auditFromUnified, signInFromUnified } from './unified-audit-entra.ts';

/**
 * Microsoft 365 unified audit log: the native record (`AuditData`), alone or inside what Purview, the
 * Search-UnifiedAuditLog command and Graph's audit log query put around it. Entra's records become directoryAudit and
 * signIn, so that the same rules see them; the rest becomes Graph's auditLogRecord with the native record in `auditData`.
 */

/** Names as the native schema writes them; some collectors lower-case every key. */
const NATIVE_NAMES: readonly string[] = [
  'CreationTime', 'Id', 'Operation', 'OrganizationId', 'RecordType', 'ResultStatus', 'UserKey', 'UserType', 'Version',
  'Workload', 'ClientIP', 'ObjectId', 'UserId', 'ClientIPAddress', 'ClientInfoString', 'ExternalAccess', 'LogonType',
  'MailboxGuid', 'MailboxOwnerUPN', 'OrganizationName', 'OriginatingServer', 'Parameters', 'OperationProperties',
  'Folders', 'Folder', 'AffectedItems', 'Item', 'ModifiedProperties', 'ExtendedProperties', 'Actor', 'Target',
  'ActorIpAddress', 'ApplicationId', 'AppId', 'ClientAppId', 'ErrorNumber', 'LogonError', 'DeviceProperties',
  'InterSystemsId', 'IntraSystemId', 'AzureActiveDirectoryEventType', 'UserAgent', 'SiteUrl', 'SourceFileName',
  'SessionId', 'AppAccessContext', 'SupportTicketId', 'ActorContextId', 'TargetContextId', 'Name', 'Source',
  'Status', 'Data', 'AlertEntityId', 'EntityType', 'Recipients', 'Directionality', 'DeliveryAction',
]; // biome-ignore format: a word list reads better in columns

const BY_LOWER = new Map(NATIVE_NAMES.map((name) => [name.toLowerCase(), name]));

/** True for a native record: it says when and what. */
export function isUnifiedAudit(record: Readonly<Fields>): boolean {
  return ('CreationTime' in record && 'Operation' in record) || ('creationtime' in record && 'operation' in record);
}

/** The native record inside an envelope with `AuditData` or `auditData`; `cut` if its JSON is not whole. */
export function unwrapUnified(record: Readonly<Fields>): Fields | 'cut' | undefined {
  const held = record.AuditData ?? record.auditData ?? record.Auditdata ?? record.auditdata;
  if (held === undefined || held === null) return undefined;
  const data = fromJson(held);
  if (!isObject(data)) return typeof held === 'string' && held.trim() !== '' ? 'cut' : undefined;
  const native = { ...data };
  delete native['@odata.type'];
  native.CreationTime ??= firstGiven(data.creationtime, record.createdDateTime, record.CreationDate);
  native.Operation ??= firstGiven(data.operation, record.operation, record.Operation, record.Operations);
  native.Id ??= firstGiven(data.id, record.id, record.RecordId, record.Identity);
  native.RecordType ??= firstGiven(data.recordtype, record.auditLogRecordType, record.RecordType);
  native.Workload ??= firstGiven(data.workload, record.service);
  native.UserId ??= firstGiven(data.userid, record.userPrincipalName, record.userId, record.UserId, record.UserIds);
  native.ClientIP ??= firstGiven(data.clientip, record.clientIp);
  native.ObjectId ??= firstGiven(data.objectid, record.objectId);
  return native;
}

const SIGN_IN = /^user(loggedin|loginfailed)$/i;
const ENTRA_TYPES = new Set([
  '8',
  '9',
  '15',
  'azureactivedirectory',
  'azureactivedirectoryaccountlogon',
  'azureactivedirectorystslogon',
]);

/** A native record as a Graph record. */
export function fromUnifiedAudit(native: Fields): Fields {
  const audit: Fields = {};
  for (const key of Object.keys(native)) audit[BY_LOWER.get(key.toLowerCase()) ?? key] = fromJson(native[key]);
  audit.CreationTime = utc(audit.CreationTime);
  const operation = (given(audit.Operation) ?? '').replace(/\.+$/, '');
  const type = (given(audit.RecordType) ?? '').toLowerCase();
  const isEntra = (given(audit.Workload) ?? '').toLowerCase() === 'azureactivedirectory' || ENTRA_TYPES.has(type);
  if (isEntra && SIGN_IN.test(operation)) return signInFromUnified(audit, operation);
  if (isEntra) return auditFromUnified(audit, operation);
  return {
    id: given(audit.Id) ?? rowId([audit.CreationTime], audit),
    createdDateTime: audit.CreationTime,
    auditLogRecordType: recordTypeName(audit.RecordType),
    operation,
    organizationId: audit.OrganizationId,
    userType: audit.UserType,
    userId: audit.UserId,
    service: audit.Workload,
    objectId: audit.ObjectId,
    userPrincipalName: audit.UserId,
    clientIp: firstGiven(audit.ClientIP, audit.ClientIPAddress, audit.ActorIpAddress),
    auditData: audit,
  };
}

/** Graph's names for the record types that mailbox activity comes in. */
const RECORD_TYPES: Readonly<Record<string, string>> = {
  1: 'exchangeAdmin',
  2: 'exchangeItem',
  3: 'exchangeItemGroup',
  4: 'sharePoint',
  6: 'sharePointFileOperation',
  14: 'sharePointSharingOperation',
  50: 'exchangeItemAggregated',
};

function recordTypeName(type: unknown): string | undefined {
  const text = given(type);
  if (text === undefined) return undefined;
  return RECORD_TYPES[text] ?? text.charAt(0).toLowerCase() + text.slice(1);
}
