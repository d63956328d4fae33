/** `/groups/{id}` and who is in it. */
import { listPage } from '../list-page.ts';
import { parseQuery, type QueryRules } from '../odata/query-options.ts';
import { selectFrom } from '../odata/records-page.ts';
import { badRequest, resourceNotFound } from '../refusal.ts';
import { BOTH, contextOf, type Endpoint, type GraphRequest, type Tenant } from '../tenant.ts';
import { DEFAULT_USER_PROPERTIES, USER_PROPERTIES, type User } from '../user-properties.ts';
import { USER_READERS } from './users.ts';

const GROUP_READERS = ['GroupMember.Read.All', 'Group.Read.All', 'Group.ReadWrite.All', 'Directory.Read.All'];

const ENDPOINT = {
  method: 'GET',
  versions: BOTH,
  permissions: GROUP_READERS,
  family: 'directory',
  quota: 'directory',
} as const;

const MEMBER_RULES: QueryRules = {
  select: USER_PROPERTIES,
  top: { default: 100, most: 999 },
  skiptoken: true,
  count: true,
};

/** Groups. */
export const GROUPS: readonly Endpoint[] = [
  {
    ...ENDPOINT,
    path: '/groups/{group}',
    answer: (request, tenant) => {
      const { select } = parseQuery(request.query, { select: ['id', 'displayName'] });
      const group = groupOf(request, tenant);
      const context = contextOf(tenant, request, 'groups/$entity');
      return {
        status: 200,
        body: { '@odata.context': context, ...selectFrom(group, select ?? ['id', 'displayName']) },
      };
    },
  },
  {
    ...ENDPOINT,
    path: '/groups/{group}/transitiveMembers',
    cost: () => 5,
    answer: (request, tenant) => members(request, tenant, false),
  },
  {
    ...ENDPOINT,
    path: '/groups/{group}/transitiveMembers/microsoft.graph.user',
    cost: () => 5,
    answer: (request, tenant) => members(request, tenant, true),
  },
];

function groupOf({ params }: GraphRequest, tenant: Tenant) {
  const group = tenant.groups.groups.get(params.group ?? '');
  if (!group) throw resourceNotFound('Group');
  return group;
}

/** A cast to users is an advanced query: it needs the header and `$count=true` (documented). */
function members(request: GraphRequest, tenant: Tenant, isCast: boolean) {
  const group = groupOf(request, tenant);
  const options = parseQuery(request.query, MEMBER_RULES);
  const isEventual = request.headers.consistencylevel?.toLowerCase() === 'eventual';
  if (isCast && !(isEventual && options.count)) {
    throw badRequest(
      "Request with $count or an OData cast needs the header 'ConsistencyLevel: eventual' and $count=true.",
      'Request_UnsupportedQuery',
    );
  }
  // Who may see members but not users gets ids and nulls.
  const seesUsers = tenant.settings().permissions.some((name) => USER_READERS.includes(name));
  const names = options.select ?? DEFAULT_USER_PROPERTIES;
  return listPage<User>(request, tenant, {
    context: isCast ? 'users' : 'directoryObjects',
    options,
    read: (mark, most) =>
      tenant.groups.members(group.id, String(mark ?? ''), most).flatMap((id) => {
        const user = tenant.users.find(id);
        return user ? [{ mark: id, item: user }] : [];
      }),
    present: (user) => ({
      ...(!isCast && { '@odata.type': '#microsoft.graph.user' }),
      ...(seesUsers ? selectFrom(user, names) : Object.fromEntries(names.map((name) => [name, null]))),
      ...((!seesUsers || names.includes('id')) && { id: user.id }),
    }),
    ...(options.count && isEventual && { total: tenant.groups.memberCount(group.id) }),
  });
}
