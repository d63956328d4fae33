/** `/auditLogs/signIns`: in v1.0 interactive sign-ins without the members that only beta has. */
import { entraRetentionMs, logPage } from '../log-page.ts';
import { EQUAL, EQUAL_OR_START, type PropertyRules, TIME } from '../odata/filter-rules.ts';
import { parseQuery, type QueryRules } from '../odata/query-options.ts';
import { selectFrom } from '../odata/records-page.ts';
import type { Endpoint, GraphRequest, Tenant } from '../tenant.ts';

/** Members of the v1.0 resource (metadata of v1.0). */
const V1_MEMBERS = [
  'id',
  'createdDateTime',
  'userDisplayName',
  'userPrincipalName',
  'userId',
  'appId',
  'appDisplayName',
  'ipAddress',
  'clientAppUsed',
  'correlationId',
  'conditionalAccessStatus',
  'isInteractive',
  'userAgent',
  'homeTenantId',
  'resourceTenantId',
  'resourceId',
  'resourceDisplayName',
  'servicePrincipalId',
  'servicePrincipalName',
  'status',
  'deviceDetail',
  'location',
  'appliedConditionalAccessPolicies',
  'authenticationAppDeviceDetails',
  'riskDetail',
  'riskEventTypes',
  'riskEventTypes_v2',
  'riskLevelAggregated',
  'riskLevelDuringSignIn',
  'riskState',
];

const BETA_MEMBERS = [
  ...V1_MEMBERS,
  'authenticationDetails',
  'authenticationMethodsUsed',
  'authenticationProcessingDetails',
  'authenticationProtocol',
  'authenticationRequirement',
  'autonomousSystemNumber',
  'crossTenantAccessType',
  'flaggedForReview',
  'homeTenantName',
  'incomingTokenType',
  'isTenantRestricted',
  'isThroughGlobalSecureAccess',
  'networkLocationDetails',
  'originalRequestId',
  'originalTransferMethod',
  'processingTimeInMilliseconds',
  'sessionId',
  'signInEventTypes',
  'signInIdentifier',
  'signInIdentifierType',
  'tokenIssuerName',
  'tokenIssuerType',
  'tokenProtectionStatusDetails',
  'uniqueTokenIdentifier',
  'userType',
];

/** The property table of the signIn resource (microsoft-graph-docs-contrib). */
const PROPERTIES: PropertyRules = {
  createdDateTime: TIME,
  appDisplayName: EQUAL_OR_START,
  appId: EQUAL,
  clientAppUsed: EQUAL,
  conditionalAccessStatus: EQUAL,
  correlationId: EQUAL,
  'deviceDetail/browser': EQUAL_OR_START,
  'deviceDetail/operatingSystem': EQUAL_OR_START,
  id: EQUAL,
  ipAddress: EQUAL_OR_START,
  'location/city': EQUAL_OR_START,
  'location/state': EQUAL_OR_START,
  'location/countryOrRegion': EQUAL_OR_START,
  resourceDisplayName: EQUAL,
  resourceId: EQUAL,
  riskDetail: EQUAL,
  riskLevelAggregated: EQUAL,
  riskLevelDuringSignIn: EQUAL,
  riskState: EQUAL,
  'status/errorCode': { type: 'number', operators: ['eq'] },
  userAgent: EQUAL_OR_START,
  userDisplayName: EQUAL_OR_START,
  userId: EQUAL,
  userPrincipalName: EQUAL_OR_START,
};

const COMMON: QueryRules = {
  timeProperty: 'createdDateTime',
  orderby: ['createdDateTime'],
  top: { default: 1000, most: 1000 },
  skiptoken: true,
};

const V1_RULES: QueryRules = {
  ...COMMON,
  select: V1_MEMBERS,
  filter: { properties: PROPERTIES, collections: { riskEventTypes_v2: { '': EQUAL_OR_START } } },
};

const BETA_RULES: QueryRules = {
  ...COMMON,
  select: BETA_MEMBERS,
  tagCollection: 'signInEventTypes',
  filter: {
    properties: {
      ...PROPERTIES,
      authenticationRequirement: EQUAL_OR_START,
      originalRequestId: EQUAL,
      servicePrincipalId: EQUAL_OR_START,
    },
    collections: {
      riskEventTypes_v2: { '': EQUAL_OR_START },
      signInEventTypes: { '': { type: 'string', operators: ['eq', 'ne'] } },
    },
  },
};

const ENDPOINT = {
  method: 'GET',
  path: '/auditLogs/signIns',
  permissions: ['AuditLog.Read.All'],
  family: 'reports',
  quota: 'reports',
  premium: 'report',
} as const;

/** Sign-ins. */
export const SIGN_INS: readonly Endpoint[] = [
  {
    ...ENDPOINT,
    versions: ['v1.0'],
    answer: (request, tenant) => {
      const hide = hiddenRisk(tenant);
      return logPage(request, tenant, {
        ...view(request, tenant, V1_RULES),
        tags: ['interactiveUser'],
        transform: (record) => selectFrom(hide ? hide(record) : record, V1_MEMBERS),
      });
    },
  },
  {
    ...ENDPOINT,
    versions: ['beta'],
    answer: (request, tenant) => {
      // "This API returns only interactive sign-ins unless you set an explicit filter."
      const hasTypes = request.query.some(([, value]) => value.includes('signInEventTypes'));
      return logPage(request, tenant, {
        ...view(request, tenant, BETA_RULES),
        ...(!hasTypes && { tags: ['interactiveUser'] }),
        transform: hiddenRisk(tenant),
      });
    },
  },
];

function view(request: GraphRequest, tenant: Tenant, rules: QueryRules) {
  return {
    source: 'sign-ins',
    context: 'auditLogs/signIns',
    options: parseQuery(request.query, rules),
    keptMs: entraRetentionMs(tenant),
  } as const;
}

/** Without P2 the details of risk are `hidden`. */
function hiddenRisk(tenant: Tenant): ((record: Record<string, unknown>) => Record<string, unknown>) | undefined {
  if (tenant.settings().license === 'P2') return undefined;
  return (record) => ({
    ...record,
    riskDetail: 'hidden',
    riskLevelAggregated: 'hidden',
    riskLevelDuringSignIn: 'hidden',
  });
}
