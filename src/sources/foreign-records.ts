/** Records of logs that lie beside those that Postern reads, so that a report can say what it left out. */
import { isObject, type RawRecord, text } from './record.ts';

/** In order: the first that holds names the log. */
const KINDS: readonly (readonly [holds: (record: RawRecord) => boolean, why: string])[] = [
  [
    (record) => categoryOf(record) === 'microsoftgraphactivitylogs',
    'Microsoft Graph activity log: who called which API',
  ],
  [(record) => categoryOf(record) === 'provisioninglogs', 'provisioning log'],
  [(record) => categoryOf(record)?.startsWith('networkaccess') ?? false, 'Global Secure Access log'],
  [
    (record) => /^(?:administrative|policy|autoscale|recommendation|servicehealth)$/.test(categoryOf(record) ?? ''),
    'Azure activity log',
  ],
  [(record) => record.EventID !== undefined && record.Channel !== undefined, 'Windows event'],
  [(record) => record.EventData !== undefined && record.System !== undefined, 'Windows event'],
  [isAlert, 'security alert: what another product concluded, not a log record'],
  [(record) => record.eventVersion !== undefined && record.eventSource !== undefined, 'AWS CloudTrail'],
];

/** What log a record that no source recognizes is of, as a short constant text; `undefined` = not known either. */
export function foreignKind(record: RawRecord): string | undefined {
  // Collectors wrap what they collect.
  const inner = isObject(record.log) ? record.log : record;
  return KINDS.find(([holds]) => holds(inner))?.[1];
}

function categoryOf({ category, Category }: RawRecord): string | undefined {
  return text(category ?? Category)?.toLowerCase();
}

/** Graph's `alert`, both versions. */
function isAlert({ severity, title, createdDateTime }: RawRecord): boolean {
  return severity !== undefined && title !== undefined && createdDateTime !== undefined;
}
