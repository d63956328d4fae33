/**
 * Unified audit log records of Exchange and SharePoint, in the three forms they come in, brought to one: Graph's
 * `security/auditLogRecord` with the log's own record under `auditData`.
 */
import { object, type RawRecord, text, unwrapJson } from './record.ts';

/** A record in Graph's form. `auditData` has the unified audit log's member names. */
export interface MailboxRecord {
  readonly id: string | undefined;
  readonly createdDateTime: unknown;
  readonly operation: string | undefined;
  readonly auditLogRecordType: unknown;
  readonly service: string | undefined;
  readonly userId: string | undefined;
  readonly clientIp: unknown;
  readonly objectId: string | undefined;
  readonly auditData: RawRecord;
}

/** Members that are names in lower case in some exports, by their right spelling. */
const NAMES = [
  'Id CreationTime Operation RecordType Workload UserId UserKey UserType ClientIP ClientIPAddress ObjectId ResultStatus',
  'Parameters OperationProperties ModifiedProperties ExtendedProperties MailboxOwnerUPN ClientInfoString AffectedItems Item',
  'ApplicationId AppId SourceFileName SiteUrl Name Source Status OperationCount Folders Data OriginatingServer Actor Target',
  'AlertEntityId EntityType Recipients Directionality DeliveryAction',
]
  .flatMap((line) => line.split(' '))
  .map((name) => [name.toLowerCase(), name] as const);
const SPELLING: ReadonlyMap<string, string> = new Map(NAMES);

/** Log Analytics `OfficeActivity` columns, by the unified audit log's name. */
const OFFICE_ACTIVITY: Readonly<Record<string, string>> = {
  OfficeId: 'Id',
  OfficeWorkload: 'Workload',
  OfficeObjectId: 'ObjectId',
  Client_IPAddress: 'ClientIPAddress',
  'TimeGenerated [UTC]': 'TimeGenerated',
  'Start_Time [UTC]': 'Start_Time',
};

/** Columns that hold JSON as text in Log Analytics. */
const NESTED = [
  'Parameters',
  'OperationProperties',
  'ModifiedProperties',
  'ExtendedProperties',
  'AffectedItems',
  'Item',
  'Folders',
];

/** True for any of the three forms. */
export function isMailboxRecord(record: RawRecord): boolean {
  if (record.operation !== undefined) return record.createdDateTime !== undefined || record.creationtime !== undefined;
  if (record.Operation === undefined) return false;
  return record.CreationTime !== undefined || record.OfficeWorkload !== undefined || record.TimeGenerated !== undefined;
}

/** The record in Graph's form. */
export function toMailboxRecord(record: RawRecord): MailboxRecord {
  const isGraph = record.createdDateTime !== undefined;
  const data = auditDataOf(isGraph ? (object(unwrapJson(record.auditData)) ?? {}) : record);
  return {
    id: text(record.id) ?? text(data.Id),
    createdDateTime: record.createdDateTime ?? data.CreationTime ?? data.Start_Time ?? data.TimeGenerated,
    operation: operationName(record.operation ?? data.Operation),
    auditLogRecordType: record.auditLogRecordType ?? data.RecordType,
    service: text(record.service) ?? text(data.Workload),
    userId: text(record.userPrincipalName) ?? text(record.userId) ?? text(data.UserId),
    clientIp: record.clientIp ?? data.ClientIPAddress ?? data.ClientIP ?? data.ActorIpAddress,
    objectId: text(record.objectId) ?? text(data.ObjectId),
    auditData: data,
  };
}

function auditDataOf(record: RawRecord): RawRecord {
  const data: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(record)) {
    data[OFFICE_ACTIVITY[name] ?? SPELLING.get(name) ?? name] = value;
  }
  for (const name of NESTED) if (typeof data[name] === 'string') data[name] = unwrapJson(data[name]);
  return data;
}

/** Names of the unified audit log end in a dot now and then. */
function operationName(value: unknown): string | undefined {
  return text(value)?.replace(/\.$/, '');
}
