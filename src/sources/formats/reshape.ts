import { fromAzureMonitor, isAzureMonitor } from './azure-monitor.ts';
import { type Fields, fromJson, isObject } from './columns.ts';
import { fromLogAnalytics, tableOf } from './log-analytics.ts';
import { fromUnifiedAudit, isUnifiedAudit, unwrapUnified } from './unified-audit.ts';

/** One record in Graph's field names and the export it came from. `known` is false if it is of no kind we know. */
export interface Reshaped {
  readonly record: Fields;
  readonly shape: string;
  readonly known: boolean;
}

/** Where re-shaped records and problems with single ones go. */
export interface Sink {
  record(item: Reshaped): void;
  problem(message: string): void;
}

/** Shape of records that were in Graph's own form already. */
export const GRAPH_SHAPE = 'graph json';
/** Shape of JSON objects that are no log record we know. */
export const OTHER_SHAPE = 'other json';

/** Words for a Purview row whose record was cut. */
export const CUT_AUDIT_DATA =
  'AuditData is not whole JSON: left out. Excel cuts cells at 32,767 characters; use the file as downloaded';

/** Keys under which collectors put the record they collected. */
const WRAPPERS: readonly string[] = ['log', 'event', 'record', '_source', 'message', 'properties'];

/** Hands every record found in a parsed JSON value to `sink`: the value itself, or the elements of a page or array. */
export function reshape(value: unknown, sink: Sink): void {
  if (Array.isArray(value)) {
    for (const element of value) if (isObject(element)) reshape(element, sink);
    return;
  }
  if (!isObject(value)) return;
  if (isGraph(value)) {
    sink.record({ record: value, shape: GRAPH_SHAPE, known: true });
    return;
  }
  const list = value.value ?? value.records ?? value.Records;
  if (Array.isArray(list) && list.some(isObject)) {
    reshape(list, sink);
    return;
  }
  const item = fromExport(value);
  if (item === 'cut') sink.problem(CUT_AUDIT_DATA);
  else sink.record(item ?? unwrapped(value) ?? { record: value, shape: OTHER_SHAPE, known: false });
}

/** Graph's directoryAudit, signIn, riskDetection, riskyUser, message, alert, authentication method and their like. */
export function isGraph(record: Readonly<Fields>): boolean {
  if (record.activityDisplayName !== undefined) return record.activityDateTime !== undefined;
  if (record.createdDateTime !== undefined && record.auditData === undefined) {
    if (record.appDisplayName !== undefined || record.status !== undefined || record.userPrincipalName !== undefined) {
      return true;
    }
  }
  if (record.properties !== undefined) return false;
  if (record.riskEventType !== undefined || record.riskState !== undefined) return true;
  const type = record['@odata.type'];
  if (typeof type === 'string' && type.startsWith('#microsoft.graph.') && record.auditData === undefined) return true;
  if (record.receivedDateTime !== undefined)
    return 'from' in record || 'subject' in record || 'senderAddress' in record;
  // A difference between two readings of a person's authentication methods, as Postern itself writes it.
  return record.change !== undefined && record.method !== undefined && record.at !== undefined;
}

/** The record of one of the exports, or undefined; `cut` for an audit record whose JSON is not whole. */
function fromExport(value: Fields): Reshaped | 'cut' | undefined {
  const native = unwrapUnified(value);
  if (native === 'cut') return 'cut';
  if (native) {
    const shape = 'auditLogRecordType' in value ? 'graph audit log query' : 'unified audit log';
    return { record: fromUnifiedAudit(native), shape, known: true };
  }
  if (isUnifiedAudit(value)) return { record: fromUnifiedAudit(value), shape: 'unified audit log', known: true };
  if (isAzureMonitor(value)) return { record: fromAzureMonitor(value), shape: 'azure monitor', known: true };
  const table = tableOf(value);
  return table && { record: fromLogAnalytics(value, table), shape: 'log analytics', known: true };
}

/** A known record that somebody else's collector put one level down. */
function unwrapped(value: Fields): Reshaped | undefined {
  for (const key of WRAPPERS) {
    const inner = key in value ? fromJson(value[key]) : undefined;
    if (!isObject(inner)) continue;
    const item = isGraph(inner) ? { record: inner, shape: GRAPH_SHAPE, known: true } : fromExport(inner);
    if (item && item !== 'cut') return { ...item, shape: `${item.shape} in "${key}"` };
  }
  return undefined;
}
