/** One page of a log, and the link to the next. */

import { LOG_SOURCES, type LogName } from './log-sources.ts';
import { keptSince, type LogRow, type Position } from './log-store.ts';
import type { CompiledFilter, TimeWindow } from './odata/compile-filter.ts';
import type { QueryOptions } from './odata/query-options.ts';
import { pageBody, selectFrom } from './odata/records-page.ts';
import { contextOf, type GraphAnswer, type GraphRequest, type Tenant } from './tenant.ts';

/** How a log is served. */
export interface LogView {
  readonly source: LogName;
  /** Behind `$metadata#`. */
  readonly context: string;
  readonly options: QueryOptions;
  readonly keptMs: number;
  /** When the filter names none. */
  readonly tags?: readonly string[];
  readonly exceptTag?: string;
  /** Records as this caller may see them; undefined = as they are. */
  readonly transform?: ((record: Record<string, unknown>) => Record<string, unknown>) | undefined;
  /** Instead of the window in the filter. */
  readonly window?: TimeWindow;
}

/** What a page's token holds. */
interface Mark extends Position {
  /** Later pages show the log as it was when the first one was read. Epoch ms. */
  readonly asOf: number;
}

/** Records are read from the file in pieces of this many while a filter is looking for its page. */
const PIECE = 1000;

/** Answers with one page. @throws Refusal 400 for a token of another query */
export function logPage(request: GraphRequest, tenant: Tenant, view: LogView): GraphAnswer {
  const { options } = view;
  const scope = JSON.stringify([request.version, view.source, options.sent]);
  const mark = options.skiptoken === undefined ? undefined : (tenant.pageTokens.open(scope, options.skiptoken) as Mark);
  const asOf = mark?.asOf ?? request.now;
  const rows = collect(request, tenant, view, asOf, mark);
  const page = rows.slice(0, options.top);
  const last = rows.length > options.top ? page.at(-1) : undefined;
  const notes = {
    '@odata.context': contextOf(tenant, request, view.context),
    ...(last && { '@odata.nextLink': nextLink(request, tenant, options, scope, { at: last.at, seq: last.seq, asOf }) }),
  };
  return {
    status: 200,
    body: pageBody(
      notes,
      page.map((row) => present(row, view)),
    ),
  };
}

/** Up to one record more than the page holds. */
function collect(request: GraphRequest, tenant: Tenant, view: LogView, asOf: number, mark?: Mark): LogRow[] {
  const { options, source, tags, exceptTag, keptMs } = view;
  const filter: CompiledFilter = options.filter ?? { window: {}, matches: undefined };
  const window = keptSince(view.window ?? filter.window, request.now, keptMs);
  const descending = options.orderby?.descending ?? true;
  const wanted = options.top + 1;
  const found: LogRow[] = [];
  let after: Position | undefined = mark;
  for (;;) {
    const most = filter.matches ? PIECE : wanted;
    const rows = tenant.logs.read({
      source,
      window,
      arrivedBy: asOf,
      descending,
      after,
      most,
      tags: filter.tags ?? tags,
      exceptTag,
    });
    for (const row of rows) {
      if (filter.matches && !filter.matches(parse(row))) continue;
      found.push(row);
      if (found.length === wanted) return found;
    }
    if (rows.length < most) return found;
    after = rows.at(-1);
  }
}

function present(row: LogRow, { transform, options }: LogView): Uint8Array {
  const { select } = options;
  if (!transform && !select) return row.body;
  const record = transform ? transform(parse(row)) : parse(row);
  return Buffer.from(JSON.stringify(select ? selectFrom(record, select) : record));
}

function parse(row: LogRow): Record<string, unknown> {
  return JSON.parse(Buffer.from(row.body).toString()) as Record<string, unknown>;
}

/** The same query again, with the token at its end. */
export function nextLink(
  request: GraphRequest,
  tenant: Tenant,
  options: Pick<QueryOptions, 'sent'>,
  scope: string,
  mark: unknown,
): string {
  const sent = options.sent.map(([name, value]) => `${name}=${encodeURIComponent(value)}&`).join('');
  return `${tenant.baseUrl()}/${request.version}${request.path}?${sent}$skiptoken=${tenant.pageTokens.seal(scope, mark)}`;
}

/** Days that the logs of Entra are kept: 7 in the free edition, else 30. */
export function entraRetentionMs(tenant: Tenant): number {
  return (tenant.settings().license === 'none' ? 7 : 30) * 86_400_000;
}

/** Property that a log is sorted by. */
export function timePropertyOf(source: LogName): string {
  return LOG_SOURCES[source].timeProperty;
}
