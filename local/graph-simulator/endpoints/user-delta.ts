/** `/users/delta`: what changed since a token. */
import type { Expression } from '../odata/expression.ts';
import { parseFilter } from '../odata/parse-filter.ts';
import { parseQuery } from '../odata/query-options.ts';
import { selectFrom } from '../odata/records-page.ts';
import { badRequest } from '../refusal.ts';
import { BOTH, contextOf, type Endpoint, type GraphAnswer, type GraphRequest, type Tenant } from '../tenant.ts';
import { DEFAULT_USER_PROPERTIES, USER_PROPERTIES } from '../user-properties.ts';
import type { UserRow } from '../user-store.ts';
import { USER_READERS } from './users.ts';

/** "There is a limit of 50 filtered objects." */
const MOST_IDS = 50;
const PAGE = 200;

/** What a token carries: the options of the first request, and how far the reader is. */
interface Mark {
  readonly select?: readonly string[];
  readonly ids?: readonly string[];
  /** The state of all users is being listed, in order; `round` is where changes start afterwards. */
  readonly listed?: number;
  /** Number of the last change that was told. */
  readonly round: number;
}

/** Changes of users. */
export const USER_DELTA: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/users/delta',
    versions: BOTH,
    permissions: USER_READERS,
    family: 'directory',
    quota: 'directory',
    cost: () => 2,
    answer: (request, tenant) => {
      const mark = markOf(request, tenant);
      return mark.listed === undefined ? changes(request, tenant, mark) : fullState(request, tenant, mark, mark.listed);
    },
  },
];

const SCOPE = 'users/delta';

function markOf(request: GraphRequest, tenant: Tenant): Mark {
  const token = request.query.find(([name]) => ['$skiptoken', '$deltatoken'].includes(name.toLowerCase()));
  if (token) {
    if (request.query.length > 1) throw badRequest('A token carries all options: no other can be given with it.');
    return tenant.pageTokens.open(SCOPE, token[1]) as Mark;
  }
  const filter = request.query.find(([name]) => name.toLowerCase() === '$filter')?.[1];
  const rest = request.query.filter(([name]) => name.toLowerCase() !== '$filter');
  const { select } = parseQuery(rest, { select: USER_PROPERTIES });
  const ids = filter === undefined ? undefined : idsOf(parseFilter(filter));
  return { ...(select && { select }), ...(ids && { ids }), listed: 0, round: tenant.users.lastChange() };
}

/** `id eq '…' or id eq '…'` is all that the function takes. */
function idsOf(filter: Expression): string[] {
  const terms = filter.kind === 'or' ? filter.terms : [filter];
  if (terms.length > MOST_IDS) throw badRequest(`Only ${MOST_IDS} objects can be filtered.`);
  return terms.map((term) => {
    const value =
      term.kind === 'test' && term.operator === 'eq' && term.path.join('/') === 'id' ? term.values[0] : undefined;
    if (value?.type !== 'string') throw badRequest("Only filters of the form id eq '…' or id eq '…' are supported.");
    return value.value.toLowerCase();
  });
}

function fullState(request: GraphRequest, tenant: Tenant, mark: Mark, listed: number): GraphAnswer {
  const rows = mark.ids
    ? mark.ids.flatMap((id) => tenant.users.rowOf(id) ?? []).filter(({ removed }) => !removed)
    : tenant.users.list(listed, PAGE);
  const { listed: _, ...rest } = mark;
  const isDone = mark.ids !== undefined || rows.length < PAGE;
  const next: Mark = isDone ? rest : { ...rest, listed: rows.at(-1)?.seq ?? listed };
  const value = rows.map(({ user }) => ({ ...selectFrom(user, selected(mark)), id: user.id }));
  return respond(request, tenant, mark, value, isDone ? 'delta' : 'next', next);
}

function changes(request: GraphRequest, tenant: Tenant, mark: Mark): GraphAnswer {
  const rows = tenant.users.changedSince(mark.round, PAGE);
  const minimal = /(^|,)\s*return=minimal\s*(,|$)/i.test(request.headers.prefer ?? '');
  const value = rows
    .filter(({ user }) => !mark.ids || mark.ids.includes(user.id.toLowerCase()))
    .flatMap((row) => present(row, mark, minimal));
  const isDone = rows.length < PAGE;
  const next = { ...mark, round: rows.at(-1)?.changed ?? mark.round };
  return respond(request, tenant, mark, value, isDone ? 'delta' : 'next', next);
}

function present({ user, removed, changes: numbers }: UserRow, mark: Mark, minimal: boolean): unknown[] {
  if (removed) return [{ id: user.id, '@removed': { reason: 'changed' } }];
  const names = selected(mark);
  const changed = names.filter((name) => (numbers[name] ?? 0) > mark.round);
  if (changed.length === 0) return [];
  return [{ ...selectFrom(user, minimal ? changed : names), id: user.id }];
}

function selected({ select }: Mark): readonly string[] {
  return select ?? DEFAULT_USER_PROPERTIES;
}

function respond(
  request: GraphRequest,
  tenant: Tenant,
  { select }: Mark,
  value: unknown,
  kind: 'next' | 'delta',
  mark: Mark,
): GraphAnswer {
  const name = kind === 'next' ? '$skiptoken' : '$deltatoken';
  const link = `${tenant.baseUrl()}/${request.version}/users/delta?${name}=${tenant.pageTokens.seal(SCOPE, mark)}`;
  const context = contextOf(tenant, request, `users${select ? `(${select.join(',')})` : ''}`);
  return { status: 200, body: { '@odata.context': context, [`@odata.${kind}Link`]: link, value } };
}
