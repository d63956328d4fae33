/** `/auditLogs/directoryAudits` and the list of audit activities. */
import { entraRetentionMs, logPage } from '../log-page.ts';
import { EQUAL, EQUAL_OR_START, type FilterRules, TIME } from '../odata/filter-rules.ts';
import { parseQuery, type QueryRules } from '../odata/query-options.ts';
import { BOTH, contextOf, type Endpoint, takesNoOptions } from '../tenant.ts';

/** The service whose records exist only after somebody has opened the reporting page of password reset. */
const SSPR = 'Self-service Password Management';

/**
 * What can be filtered by: the property table of the directoryAudit resource (microsoft-graph-docs-contrib), and
 * `category`, which everybody uses. There is no filter for the target's user principal name.
 */
const FILTER: FilterRules = {
  properties: {
    activityDateTime: TIME,
    activityDisplayName: EQUAL_OR_START,
    category: EQUAL,
    correlationId: { type: 'guid', operators: ['eq'] },
    id: EQUAL,
    loggedByService: EQUAL,
    'initiatedBy/user/id': EQUAL,
    'initiatedBy/user/displayName': EQUAL,
    'initiatedBy/user/userPrincipalName': EQUAL_OR_START,
    'initiatedBy/app/appId': EQUAL,
    'initiatedBy/app/displayName': EQUAL,
  },
  collections: { targetResources: { id: EQUAL, displayName: EQUAL_OR_START } },
};

const SELECT = [
  'id',
  'activityDateTime',
  'activityDisplayName',
  'additionalDetails',
  'category',
  'correlationId',
  'initiatedBy',
  'loggedByService',
  'operationType',
  'result',
  'resultReason',
  'targetResources',
  'userAgent',
];

const RULES: QueryRules = {
  filter: FILTER,
  timeProperty: 'activityDateTime',
  orderby: ['activityDateTime'],
  select: SELECT,
  top: { default: 1000, most: 1000 },
  skiptoken: true,
};

/** Directory audits. */
export const DIRECTORY_AUDITS: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/auditLogs/directoryAudits',
    versions: BOTH,
    permissions: ['AuditLog.Read.All'],
    family: 'reports',
    quota: 'reports',
    answer: (request, tenant) =>
      logPage(request, tenant, {
        source: 'directory-audits',
        context: 'auditLogs/directoryAudits',
        options: parseQuery(request.query, RULES),
        keptMs: entraRetentionMs(tenant),
        ...(!tenant.settings().ssprReporting && { exceptTag: SSPR }),
        transform: request.version === 'beta' ? undefined : withoutBetaMembers,
      }),
  },
  {
    method: 'GET',
    path: '/auditLogs/auditActivityTypes',
    versions: ['beta'],
    permissions: ['AuditLog.Read.All'],
    family: 'reports',
    quota: 'reports',
    answer: (request, tenant) => {
      takesNoOptions(request);
      const context = contextOf(tenant, request, 'auditLogs/auditActivityTypes');
      return { status: 200, body: { '@odata.context': context, value: tenant.activityTypes.all() } };
    },
  },
];

/** `userAgent` is a member of the beta resource; v1.0 records come without. */
function withoutBetaMembers({ userAgent: _, ...record }: Record<string, unknown>): Record<string, unknown> {
  return record;
}
