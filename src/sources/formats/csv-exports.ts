import type { Fields } from './columns.ts';
import { fromLogAnalytics, tableOf } from './log-analytics.ts';
import { fromPortalAudit } from './portal-audits.ts';
import { fromPortalSignIn } from './portal-sign-ins.ts';
import type { Lost } from './reading.ts';
import { CUT_AUDIT_DATA, type Sink } from './reshape.ts';
import { fromUnifiedAudit, unwrapUnified } from './unified-audit.ts';

/** One CSV export: the headers that tell it and what becomes of a row. */
export interface CsvExport {
  /** For people, as in "CSV of the Entra sign-in log". */
  readonly title: string;
  readonly shape: string;
  /** Headers that must all be there, in lower case. */
  readonly needs: readonly string[];
  /** True if rows are to be given under lower-case names instead of the file's own. */
  readonly lower: boolean;
  readonly take: (row: Fields, sink: Sink) => void;
}

/** Every CSV export that is understood, the most specific first. */
export const CSV_EXPORTS: readonly CsvExport[] = [
  {
    title: 'Microsoft 365 audit log (Purview, Search-UnifiedAuditLog)',
    shape: 'unified audit log csv',
    needs: ['auditdata'],
    lower: false,
    take(row, sink) {
      const native = unwrapUnified(row);
      if (native === undefined || native === 'cut') sink.problem(CUT_AUDIT_DATA);
      else sink.record({ record: fromUnifiedAudit(native), shape: 'unified audit log csv', known: true });
    },
  },
  portal('Entra audit log', 'entra audit csv', ['date (utc)', 'correlationid', 'activity', 'result'], fromPortalAudit),
  portal(
    'Entra sign-in log',
    'entra sign-in csv',
    ['date (utc)', 'request id', 'username', 'status'],
    fromPortalSignIn,
  ),
  portal(
    'Entra service principal sign-in log',
    'entra sign-in csv',
    ['date (utc)', 'request id', 'service principal id', 'status'],
    fromPortalSignIn,
  ),
  logAnalytics('Log Analytics AuditLogs', ['timegenerated', 'operationname']),
  logAnalytics('Log Analytics SigninLogs', ['timegenerated', 'userprincipalname', 'resulttype']),
  logAnalytics('Log Analytics AADUserRiskEvents', ['timegenerated', 'riskeventtype']),
  logAnalytics('Log Analytics OfficeActivity', ['operation', 'officeworkload']),
];

function portal(title: string, shape: string, needs: readonly string[], convert: (row: Fields) => Fields): CsvExport {
  return {
    title,
    shape,
    needs,
    lower: true,
    take: (row, sink) => sink.record({ record: convert(row), shape, known: true }),
  };
}

function logAnalytics(title: string, needs: readonly string[]): CsvExport {
  const shape = 'log analytics csv';
  return {
    title,
    shape,
    needs,
    lower: false,
    take(row, sink) {
      const table = tableOf(row);
      if (table) sink.record({ record: fromLogAnalytics(row, table), shape, known: true });
      else sink.record({ record: row, shape, known: false });
    },
  };
}

/** Where CSV files come from that are understood, for messages. */
const KNOWN = 'Entra sign-in and audit downloads, Log Analytics tables, Microsoft 365 audit log';

/** A header as it is compared: lower case, single blanks, without the ` [UTC]` of the Log Analytics portal. */
export function headerKey(header: string): string {
  return header
    .replace(/^\ufeff/, '')
    .replace(/ \[(UTC|Local Time)[^\]]*\]$/i, '')
    .trim()
    .replace(/\s+/g, ' ')
    .toLowerCase();
}

/** The export with these headers (as `headerKey` makes them), or what is missing. */
export function recognizeCsv(keys: readonly string[]): CsvExport | { readonly message: string; readonly lost: Lost } {
  const there = new Set(keys);
  const found = CSV_EXPORTS.find(({ needs }) => needs.every((need) => there.has(need)));
  if (found) return found;
  const ranked = CSV_EXPORTS.map((item) => ({ item, missing: item.needs.filter((need) => !there.has(need)) }));
  const near = ranked.filter(({ item, missing }) => missing.length < item.needs.length);
  near.sort((a, b) => a.missing.length - b.missing.length);
  const closest = near[0];
  if (!closest) {
    return {
      message: `neither JSON nor a CSV export with headers that Postern knows (${KNOWN}): left out`,
      lost: 'nothing',
    };
  }
  const missing = closest.missing.map((name) => `"${name}"`).join(', ');
  return {
    message: `looks like a CSV of the ${closest.item.title}, but without the header ${missing} (known: ${KNOWN}): left out; export again, in English`,
    lost: 'rest',
  };
}
