import { locationOf, signInKind, statusOf } from './azure-monitor.ts';
import { compact, type Fields, firstGiven, flag, fromJson, given, isObject, rowId, wholeNumber } from './columns.ts';
import { fromUnifiedAudit } from './unified-audit.ts';

/**
 * Rows of Log Analytics tables (AuditLogs, SigninLogs, AADNonInteractiveUserSignInLogs, AADUserRiskEvents,
 * OfficeActivity): PascalCase columns, nested values as JSON in strings, times under `TimeGenerated`. The portal adds
 * ` [UTC]` to time columns; queries may rename or overwrite columns such as `Type`.
 */

type Table = 'audit' | 'sign-in' | 'risk' | 'office';

const TABLES: Readonly<Record<string, Table>> = {
  auditlogs: 'audit',
  signinlogs: 'sign-in',
  aadnoninteractiveusersigninlogs: 'sign-in',
  aadserviceprincipalsigninlogs: 'sign-in',
  aadmanagedidentitysigninlogs: 'sign-in',
  adfssigninlogs: 'sign-in',
  aaduserriskevents: 'risk',
  officeactivity: 'office',
};

/** What tells a table by its columns where `Type` does not. Any one of a row's names will do. */
const COLUMNS: readonly (readonly [table: Table, names: readonly string[]])[] = [
  ['office', ['OfficeWorkload', 'OfficeId', 'OfficeObjectId']],
  ['audit', ['ActivityDisplayName', 'LoggedByService', 'TargetResources', 'AADOperationType']],
  ['risk', ['RiskEventType', 'DetectionTimingType']],
  ['sign-in', ['AppDisplayName', 'ConditionalAccessStatus', 'IsInteractive', 'ClientAppUsed']],
];

/** The table that a row is of, or undefined if it is not one we know. */
export function tableOf(row: Readonly<Fields>): Table | undefined {
  const named = given(row.Type) ?? given(row.TableName) ?? given(row.$table);
  const table = named === undefined ? undefined : TABLES[named.toLowerCase()];
  if (table) return table;
  if (!('TimeGenerated' in row || 'TimeGenerated [UTC]' in row || 'TimeGenerated [Local Time]' in row))
    return undefined;
  return COLUMNS.find(([, names]) => names.some((name) => name in row))?.[0];
}

/** The row as a Graph record. */
export function fromLogAnalytics(row: Fields, table: Table): Fields {
  const plain: Fields = {};
  for (const key of Object.keys(row)) {
    const value = row[key];
    if (value === '' || value === null) continue;
    plain[key.replace(/ \[(UTC|Local Time)[^\]]*\]$/, '')] = fromJson(value);
  }
  if (table === 'office') return officeActivity(plain);
  const record: Fields = {};
  for (const key of Object.keys(plain)) {
    const name = graphName(key);
    if (!(name in record) || key !== name) record[name] = plain[key];
  }
  if (table === 'audit') return directoryAudit(plain, record);
  if (table === 'risk') return riskDetection(plain, record);
  return signIn(plain, record);
}

/** `IPAddress` → `ipAddress`, `Id` → `id`, `RiskEventTypes_V2` → `riskEventTypes_v2`. */
export function graphName(column: string): string {
  const lead = /^[A-Z]+(?![a-z])|^[A-Z]/.exec(column)?.[0] ?? '';
  return (lead.toLowerCase() + column.slice(lead.length)).replace(/_V2$/, '_v2');
}

function directoryAudit(row: Fields, record: Fields): Fields {
  const at = firstGiven(row.ActivityDateTime, row.TimeGenerated);
  return compact({
    ...record,
    id: given(row.Id) ?? rowId([row.CorrelationId, at], row),
    activityDisplayName: firstGiven(row.ActivityDisplayName, row.OperationName),
    activityDateTime: at,
    operationType: firstGiven(row.AADOperationType, row.OperationType),
    result: firstGiven(row.Result, row.ResultType),
    resultReason: firstGiven(row.ResultReason, row.ResultDescription) ?? '',
    type: undefined,
  });
}

function signIn(row: Fields, record: Fields): Fields {
  const at = firstGiven(row.CreatedDateTime, row.TimeGenerated);
  const category = given(row.Category) ?? given(row.Type) ?? '';
  const device = isObject(row.DeviceDetail) ? row.DeviceDetail : undefined;
  return compact({
    ...record,
    ...signInKind(category.replace(/^AAD/, ''), record),
    id: given(row.Id) ?? rowId([row.CorrelationId, at], row),
    createdDateTime: at,
    status: statusOf(row.Status, row.ResultType, row.ResultDescription),
    location: locationOf(isObject(row.LocationDetails) ? row.LocationDetails : row.Location, row.Location),
    userDisplayName: firstGiven(row.UserDisplayName, row.Identity),
    resourceId: firstGiven(row.ResourceIdentity, row.ResourceId),
    appliedConditionalAccessPolicies: row.ConditionalAccessPolicies,
    autonomousSystemNumber: wholeNumber(row.AutonomousSystemNumber),
    flaggedForReview: flag(row.FlaggedForReview),
    deviceDetail:
      device && compact({ ...device, isCompliant: flag(device.isCompliant), isManaged: flag(device.isManaged) }),
    type: undefined,
  });
}

function riskDetection(row: Fields, record: Fields): Fields {
  return compact({
    ...record,
    id: given(row.Id) ?? rowId([row.CorrelationId, row.TimeGenerated], row),
    activityDateTime: firstGiven(row.ActivityDateTime, row.DetectedDateTime, row.TimeGenerated),
    detectedDateTime: firstGiven(row.DetectedDateTime, row.TimeGenerated),
    location: locationOf(isObject(row.Location) ? row.Location : row.LocationDetails, row.Location),
    type: undefined,
  });
}

/** OfficeActivity renames the unified audit log's columns. Names ending in `_` repeat others. */
const OFFICE_NAMES: Readonly<Record<string, string>> = {
  OfficeWorkload: 'Workload',
  OfficeObjectId: 'ObjectId',
  OfficeId: 'Id',
  OfficeTenantId: 'OrganizationId',
  Client_IPAddress: 'ClientIPAddress',
  Logon_Type: 'LogonType',
  Start_Time: 'StartTime',
  TimeGenerated: 'CreationTime',
  AADTarget: 'Target',
};

function officeActivity(row: Fields): Fields {
  const audit: Fields = {};
  for (const key of Object.keys(row)) {
    if (key.endsWith('_') || key === 'Type' || key === 'SourceSystem' || key === 'TenantId') continue;
    const name = OFFICE_NAMES[key] ?? key;
    if (!(name in audit) || name === key) audit[name] = row[key];
  }
  audit.CreationTime ??= firstGiven(row.Start_Time, row.ElevationTime);
  audit.Id ??= firstGiven(row.SourceRecordId, row.OfficeId);
  return fromUnifiedAudit(audit);
}
