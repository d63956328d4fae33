/** One record in Graph's field names and the export it came from. `known` is false if it is of no kind we know. */
export interface Reshaped {
  readonly record: Record<string, unknown>;
  readonly shape: string;
  readonly known: boolean;
}

/** Shape of records that were in Graph's own form already. */
export const GRAPH_SHAPE = 'graph json';

type Fields = Record<string, unknown>;

/** Hands every record found in a parsed JSON value to `sink`: the value itself, or the elements of a page or array. */
export function reshape(value: unknown, sink: (item: Reshaped) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const element of value) reshape(element, sink);
    return;
  }
  const record = value as Fields;
  if (isGraph(record)) {
    sink({ record, shape: GRAPH_SHAPE, known: true });
    return;
  }
  const list = record.value ?? record.records;
  if (Array.isArray(list)) {
    for (const element of list) reshape(element, sink);
    return;
  }
  sink({ record, shape: 'other json', known: false });
}

/** Graph's directoryAudit, signIn, riskDetection, riskyUser, message and authentication methods. */
export function isGraph(record: Fields): boolean {
  if (typeof record.activityDisplayName === 'string') return record.activityDateTime !== undefined;
  if (record.createdDateTime !== undefined && ('appDisplayName' in record || 'status' in record)) return true;
  return 'riskEventType' in record || 'riskType' in record || 'riskState' in record;
}
