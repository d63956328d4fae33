/** `/users` and `/users/{id}`. */
import { listPage } from '../list-page.ts';
import type { FilterRules, PropertyRule } from '../odata/filter-rules.ts';
import { parseFilter } from '../odata/parse-filter.ts';
import { parseQuery, type QueryRules } from '../odata/query-options.ts';
import { selectFrom } from '../odata/records-page.ts';
import { BOTH, contextOf, type Endpoint, type GraphRequest, type Tenant, userOf } from '../tenant.ts';
import { DEFAULT_USER_PROPERTIES, USER_PROPERTIES, type User } from '../user-properties.ts';
import type { UserRow } from '../user-store.ts';

const WORD: PropertyRule = { type: 'string', operators: ['eq', 'in', 'startswith'], ignoreCase: true };

/** Without the advanced query capabilities; the directory allows 15 alternatives in one filter. */
const FILTER: FilterRules = {
  properties: {
    id: { ...WORD, operators: ['eq', 'in'] },
    accountEnabled: { type: 'boolean', operators: ['eq'] },
    userType: { ...WORD, operators: ['eq', 'in'] },
    ...Object.fromEntries(
      ['displayName', 'givenName', 'mail', 'surname', 'userPrincipalName'].map((name) => [name, WORD] as const),
    ),
  },
  collections: { otherMails: { '': WORD }, proxyAddresses: { '': WORD } },
  mostAlternatives: 15,
};

const LIST_RULES: QueryRules = {
  filter: FILTER,
  select: USER_PROPERTIES,
  top: { default: 100, most: 999 },
  skiptoken: true,
};

/** Any of these reads all users. */
export const USER_READERS = ['User.Read.All', 'User.ReadWrite.All', 'Directory.Read.All'];

/** Users. */
export const USERS: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/users',
    versions: BOTH,
    permissions: USER_READERS,
    family: 'directory',
    quota: 'directory',
    cost: listCost,
    answer: (request, tenant) => {
      const options = parseQuery(request.query, LIST_RULES);
      const ids = idsOf(request);
      return listPage<User>(request, tenant, {
        context: 'users',
        options,
        read: (mark, most) => {
          const after = Number(mark ?? 0);
          const rows = ids ? byId(tenant, ids, after) : tenant.users.list(after, most);
          return rows.map(({ seq, user }) => ({ mark: seq, item: user }));
        },
        matches: options.filter?.matches,
        present: (user) => selectUser(user, options.select),
      });
    },
  },
  {
    method: 'GET',
    path: '/users/{user}',
    versions: BOTH,
    permissions: USER_READERS,
    family: 'directory',
    quota: 'directory',
    answer: (request, tenant) => {
      const { select } = parseQuery(request.query, { select: USER_PROPERTIES });
      const user = userOf(tenant, request.params.user ?? '');
      const context = contextOf(tenant, request, `users${select ? `(${select.join(',')})` : ''}/$entity`);
      return { status: 200, body: { '@odata.context': context, ...selectUser(user, select) } };
    },
  },
];

/** Ids that are all a filter asks for: no need to look at every user then. */
function idsOf({ query }: GraphRequest): readonly string[] | undefined {
  const filter = query.find(([name]) => name.toLowerCase() === '$filter')?.[1];
  const parsed = filter === undefined ? undefined : parseFilter(filter);
  if (parsed?.kind !== 'test' || parsed.path.join('/') !== 'id' || !['eq', 'in'].includes(parsed.operator))
    return undefined;
  return parsed.values.map((literal) => (literal.type === 'null' ? '' : String(literal.value)));
}

function byId(tenant: Tenant, ids: readonly string[], after: number): UserRow[] {
  const rows = ids.flatMap((id) => tenant.users.rowOf(id) ?? []);
  return rows.filter(({ seq, removed }) => seq > after && !removed).sort((a, b) => a.seq - b.seq);
}

/** The selected properties; the documented few without `$select`. */
export function selectUser(user: User, select: readonly string[] | undefined): Record<string, unknown> {
  return selectFrom(user, select ?? DEFAULT_USER_PROPERTIES);
}

/** Two units, one less with `$select` and one less with a small page, at least one (documented). */
function listCost({ query }: GraphRequest): number {
  const value = (name: string) => query.find(([sent]) => sent.toLowerCase() === name)?.[1];
  const top = Number(value('$top') ?? 100);
  return Math.max(1, 2 - (value('$select') === undefined ? 0 : 1) - (top < 20 ? 1 : 0));
}
