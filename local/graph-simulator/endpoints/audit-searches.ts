/** `/security/auditLog/queries`: searches of the unified audit log that take their time. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { logPage } from '../log-page.ts';
import { parseQuery } from '../odata/query-options.ts';
import { badRequest, Refusal } from '../refusal.ts';
import {
  type AuditSearch,
  BOTH,
  contextOf,
  type Endpoint,
  type GraphRequest,
  type Tenant,
  takesNoOptions,
} from '../tenant.ts';
import { toTicks } from '../ticks.ts';

const words = z.array(z.string()).optional();
const time = z.string().refine((text) => toTicks(text) !== undefined);

const querySchema = z.strictObject({
  '@odata.type': z.literal('#microsoft.graph.security.auditLogQuery').optional(),
  displayName: z.string().optional(),
  filterStartDateTime: time.optional(),
  filterEndDateTime: time.optional(),
  recordTypeFilters: words,
  keywordFilter: z.string().optional(),
  serviceFilter: z.string().optional(),
  operationFilters: words,
  userPrincipalNameFilters: words,
  ipAddressFilters: words,
  objectIdFilters: words,
  administrativeUnitIdFilters: words,
});

/** Whoever may search one service only finds the records of that service. */
const SERVICES: Readonly<Record<string, string | undefined>> = {
  'AuditLogsQuery-Exchange.Read.All': 'Exchange',
  'AuditLogsQuery-Entra.Read.All': 'AzureActiveDirectory',
  'AuditLogsQuery-OneDrive.Read.All': 'OneDrive',
  'AuditLogsQuery-SharePoint.Read.All': 'SharePoint',
  'AuditLogsQuery.Read.All': undefined,
};

const ENDPOINT = {
  versions: BOTH,
  permissions: Object.keys(SERVICES),
  family: 'directory',
  quota: 'none',
} as const;

/** Searches of the unified audit log. */
export const AUDIT_SEARCHES: readonly Endpoint[] = [
  { ...ENDPOINT, method: 'POST', path: '/security/auditLog/queries', answer: create },
  {
    ...ENDPOINT,
    method: 'GET',
    path: '/security/auditLog/queries/{search}',
    answer: (request, tenant) => {
      takesNoOptions(request);
      return { status: 200, body: present(searchOf(request, tenant), request, tenant) };
    },
  },
  { ...ENDPOINT, method: 'GET', path: '/security/auditLog/queries/{search}/records', answer: records },
];

function create(request: GraphRequest, tenant: Tenant) {
  takesNoOptions(request);
  const query = querySchema.safeParse(request.body);
  if (!query.success) throw badRequest('The audit log query is not valid: unknown or malformed properties.');
  const { auditSearchMs } = tenant.settings();
  const search = { id: randomUUID(), createdAt: request.now, readyAt: request.now + auditSearchMs, query: query.data };
  tenant.searches.put(search.id, search);
  return { status: 201, body: present(search, request, tenant) };
}

function searchOf({ params }: GraphRequest, tenant: Tenant): AuditSearch {
  const search = tenant.searches.get(params.search ?? '');
  if (!search) throw new Refusal(404, 'NotFound', 'The audit log query does not exist.');
  return search;
}

/** Not started for the first tenth of its time. */
function statusOf({ createdAt, readyAt }: AuditSearch, now: number): 'notStarted' | 'running' | 'succeeded' {
  if (now >= readyAt) return 'succeeded';
  return now < createdAt + (readyAt - createdAt) / 10 ? 'notStarted' : 'running';
}

function present(search: AuditSearch, request: GraphRequest, tenant: Tenant): unknown {
  return {
    '@odata.context': contextOf(tenant, request, 'security/auditLog/queries/$entity'),
    '@odata.type': '#microsoft.graph.security.auditLogQuery',
    ...search.query,
    id: search.id,
    status: statusOf(search, request.now),
  };
}

function records(request: GraphRequest, tenant: Tenant) {
  const search = searchOf(request, tenant);
  if (statusOf(search, request.now) !== 'succeeded') {
    throw badRequest('The records of a query that has not succeeded cannot be read.', 'InvalidRequest');
  }
  const options = parseQuery(request.query, { top: { default: 150, most: 1000 }, skiptoken: true });
  const { filterStartDateTime: start, filterEndDateTime: end } = search.query;
  const [from, to] = [start, end].map((text) => (text === undefined ? undefined : toTicks(String(text))));
  return logPage({ ...request, now: search.readyAt }, tenant, {
    source: 'mailbox-activity',
    context: 'security/auditLog/queries/records',
    options: { ...options, filter: { window: {}, matches: matcher(search, tenant) } },
    // Standard audit: 180 days.
    keptMs: 180 * 86_400_000,
    window: { ...(from !== undefined && { from }), ...(to !== undefined && { to }) },
  });
}

function matcher({ query }: AuditSearch, tenant: Tenant): (record: unknown) => boolean {
  const granted = tenant.settings().permissions.filter((name) => Object.hasOwn(SERVICES, name));
  const services = granted.some((name) => SERVICES[name] === undefined)
    ? undefined
    : granted.map((name) => SERVICES[name]);
  const conditions: readonly (readonly [unknown, string])[] = [
    [query.recordTypeFilters, 'auditLogRecordType'],
    [query.operationFilters, 'operation'],
    [query.userPrincipalNameFilters, 'userPrincipalName'],
    [query.ipAddressFilters, 'clientIp'],
    [query.objectIdFilters, 'objectId'],
    [query.serviceFilter === undefined ? undefined : [query.serviceFilter], 'service'],
  ];
  return (record) => {
    const of = (name: string) => String((record as Record<string, unknown>)[name] ?? '').toLowerCase();
    if (services && !services.some((service) => service?.toLowerCase() === of('service'))) return false;
    if (query.keywordFilter !== undefined && !JSON.stringify(record).includes(String(query.keywordFilter)))
      return false;
    return conditions.every(
      ([wanted, name]) =>
        !Array.isArray(wanted) ||
        wanted.length === 0 ||
        wanted.some((value) => String(value).toLowerCase() === of(name)),
    );
  };
}
