/**
 * Beta `/reports/authenticationMethods/userEventsSummary`: resets and registrations, person by person. Made from what
 * happened, not from what the log may show: it has resets even where their reporting was never switched on.
 */
import { listPage } from '../list-page.ts';
import { entraRetentionMs } from '../log-page.ts';
import { keptSince } from '../log-store.ts';
import type { PropertyRule } from '../odata/filter-rules.ts';
import { parseQuery, type QueryRules } from '../odata/query-options.ts';
import type { Endpoint, Tenant } from '../tenant.ts';

const WORD: PropertyRule = { type: 'string', operators: ['eq'] };
const NAME: PropertyRule = { type: 'string', operators: ['eq', 'startswith'], ignoreCase: true };

/** The table of the page "List userEventsSummary objects". */
const RULES: QueryRules = {
  filter: {
    properties: {
      feature: WORD,
      isSuccess: { type: 'boolean', operators: ['eq'] },
      failureReason: WORD,
      authMethod: WORD,
      userDisplayName: NAME,
      userPrincipalName: NAME,
    },
  },
  top: { default: 1000, most: 1000 },
  skiptoken: true,
};

/** Activities that the report counts. */
const FEATURES: Readonly<Record<string, 'reset' | 'registration'>> = {
  'Reset password (self-service)': 'reset',
  'User registered security info': 'registration',
};
const SERVICES = ['Self-service Password Management', 'Authentication Methods'];

/** The report of reset and registration events. */
export const RESET_EVENTS: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/reports/authenticationMethods/userEventsSummary',
    versions: ['beta'],
    permissions: ['AuditLog.Read.All'],
    family: 'reports',
    quota: 'reports',
    answer: (request, tenant) => {
      const options = parseQuery(request.query, RULES);
      const events = eventsOf(tenant, request.now);
      return listPage<Record<string, unknown>>(request, tenant, {
        context: 'reports/authenticationMethods/userEventsSummary',
        options,
        read: (mark, most) => {
          const from = Number(mark ?? 0);
          return events.slice(from, from + most).map((item, index) => ({ mark: from + index + 1, item }));
        },
        matches: options.filter?.matches,
        present: (event) => event,
      });
    },
  },
];

function eventsOf(tenant: Tenant, now: number): Record<string, unknown>[] {
  const rows = tenant.logs.read({
    source: 'directory-audits',
    window: keptSince({}, now, entraRetentionMs(tenant)),
    arrivedBy: now,
    descending: true,
    most: 1_000_000,
    tags: SERVICES,
  });
  const events = new Map<string, Record<string, unknown>>();
  for (const { body } of rows) {
    const record = JSON.parse(Buffer.from(body).toString()) as Readonly<Record<string, unknown>>;
    const event = eventOf(record, tenant);
    if (event) events.set(String(record.id), event);
  }
  return [...events.values()];
}

function eventOf(record: Readonly<Record<string, unknown>>, tenant: Tenant): Record<string, unknown> | undefined {
  const feature = FEATURES[String(record.activityDisplayName)];
  const [target] = (record.targetResources ?? []) as readonly { readonly userPrincipalName?: string }[];
  if (feature === undefined || target?.userPrincipalName === undefined) return undefined;
  const isSuccess = record.result === 'success';
  return {
    '@odata.type': '#microsoft.graph.userEventsSummary',
    id: record.id,
    feature,
    userPrincipalName: target.userPrincipalName,
    userDisplayName: tenant.users.find(target.userPrincipalName)?.displayName ?? null,
    isSuccess,
    authMethod: '',
    failureReason: isSuccess ? '' : record.resultReason,
    eventDateTime: record.activityDateTime,
  };
}
