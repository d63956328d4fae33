/** `/identityProtection/riskDetections`. */
import { logPage } from '../log-page.ts';
import { EQUAL, type FilterRules, TIME } from '../odata/filter-rules.ts';
import { parseQuery, type QueryRules } from '../odata/query-options.ts';
import { BOTH, type Endpoint, type Tenant } from '../tenant.ts';

const MEMBERS = [
  'id',
  'activity',
  'activityDateTime',
  'additionalInfo',
  'correlationId',
  'detectedDateTime',
  'detectionTimingType',
  'ipAddress',
  'lastUpdatedDateTime',
  'location',
  'requestId',
  'riskDetail',
  'riskEventType',
  'riskLevel',
  'riskState',
  'source',
  'tokenIssuerType',
  'userDisplayName',
  'userId',
  'userPrincipalName',
];

/** The page says only that `$filter` is supported: times by their bounds, words by equality. */
const FILTER: FilterRules = {
  properties: {
    activityDateTime: TIME,
    detectedDateTime: TIME,
    lastUpdatedDateTime: TIME,
    ...Object.fromEntries(
      MEMBERS.filter((name) => !name.endsWith('DateTime') && name !== 'location' && name !== 'additionalInfo').map(
        (name) => [name, EQUAL] as const,
      ),
    ),
  },
};

const RULES: QueryRules = {
  filter: FILTER,
  timeProperty: 'lastUpdatedDateTime',
  select: MEMBERS,
  top: { default: 20, most: 500 },
  skiptoken: true,
};

/** Detections that the free edition's and P1's customers see by name (entra-docs, concept-identity-protection-risks). */
const NOT_PREMIUM = new Set([
  'adminConfirmedUserCompromised',
  'anonymizedIPAddress',
  'generic',
  'investigationsThreatIntelligence',
  'leakedCredentials',
]);

/** Risk detections. */
export const RISK_DETECTIONS: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/identityProtection/riskDetections',
    versions: BOTH,
    permissions: ['IdentityRiskEvent.Read.All'],
    family: 'risk',
    quota: 'risk',
    premium: 'risk',
    answer: (request, tenant) =>
      logPage(request, tenant, {
        source: 'risk-detections',
        context: 'identityProtection/riskDetections',
        options: parseQuery(request.query, RULES),
        keptMs: keptMs(tenant),
        transform: tenant.settings().license === 'P2' ? undefined : generic,
      }),
  },
];

/** Risky sign-ins are kept for 30 days with P1, 90 with P2. */
function keptMs(tenant: Tenant): number {
  return (tenant.settings().license === 'P2' ? 90 : 30) * 86_400_000;
}

/** What P1 sees. */
function generic(record: Record<string, unknown>): Record<string, unknown> {
  const isPlain = NOT_PREMIUM.has(String(record.riskEventType));
  return {
    ...record,
    riskLevel: 'hidden',
    riskDetail: 'hidden',
    ...(!isPlain && { riskEventType: 'generic', additionalInfo: null }),
  };
}
