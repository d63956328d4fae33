/** Pages of lists that are not logs: users, members, mails. */
import { nextLink } from './log-page.ts';
import type { QueryOptions } from './odata/query-options.ts';
import { contextOf, type GraphAnswer, type GraphRequest, type Tenant } from './tenant.ts';

/** How a list is served. */
export interface ListView<T> {
  /** Behind `$metadata#`; also what a page's token is bound to. */
  readonly context: string;
  readonly options: QueryOptions;
  /** Up to `most` items behind `mark` (undefined = from the start), each with the mark of its place. */
  readonly read: (mark: unknown, most: number) => readonly { readonly mark: unknown; readonly item: T }[];
  readonly matches?: ((item: T) => boolean) | undefined;
  readonly present: (item: T) => unknown;
  /** `@odata.count`, when asked for. */
  readonly total?: number;
}

/** Items are read in pieces of this many while a filter is looking for its page. */
const PIECE = 500;

/** Answers with one page. @throws Refusal 400 for a token of another query */
export function listPage<T>(request: GraphRequest, tenant: Tenant, view: ListView<T>): GraphAnswer {
  const { options, context, read, matches, present, total } = view;
  const scope = JSON.stringify([request.version, request.path, options.sent]);
  let mark = options.skiptoken === undefined ? undefined : tenant.pageTokens.open(scope, options.skiptoken);
  const wanted = options.top + 1;
  const found: { readonly mark: unknown; readonly item: T }[] = [];
  for (;;) {
    const most = matches ? PIECE : wanted;
    const piece = read(mark, most);
    for (const entry of piece) if (found.length < wanted && (!matches || matches(entry.item))) found.push(entry);
    mark = piece.at(-1)?.mark;
    if (piece.length < most || found.length === wanted) break;
  }
  const page = found.slice(0, options.top);
  const hasMore = found.length > options.top;
  const body = {
    '@odata.context': contextOf(tenant, request, context),
    ...(total !== undefined && { '@odata.count': total }),
    ...(hasMore && { '@odata.nextLink': nextLink(request, tenant, options, scope, page.at(-1)?.mark) }),
    value: page.map(({ item }) => present(item)),
  };
  return { status: 200, body };
}
