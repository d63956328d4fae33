/**
 * Where in Graph each log source and helper read lives: path, permission, limit, clouds. The one list for the code that
 * reads, for health and for error texts; src/azure/permissions.ts says why each permission is asked for.
 */
import type { SourceName } from '../model/log-event.ts';
import type { GraphBucket, GraphOptions } from '../ports.ts';
import type { PermissionName } from './permissions.ts';

/** A national cloud, as POSTERN_CLOUD names it. */
export type Cloud = 'global' | 'usgov' | 'usgov-dod' | 'china';

/** Graph hosts. Source: "Microsoft Graph national cloud deployments". */
export const GRAPH_HOSTS: Readonly<Record<Cloud, string>> = {
  global: 'https://graph.microsoft.com',
  usgov: 'https://graph.microsoft.us',
  'usgov-dod': 'https://dod-graph.microsoft.us',
  china: 'https://microsoftgraph.chinacloudapi.cn',
};

const ALL: readonly Cloud[] = ['global', 'usgov', 'usgov-dod', 'china'];

/** What must be known to read a source. */
export interface GraphRead {
  readonly path: string;
  readonly version: NonNullable<GraphOptions['version']>;
  readonly permission: PermissionName;
  /** National clouds that have it (each API's own page). */
  readonly clouds: readonly Cloud[];
  /** Property that windows of time are cut by. */
  readonly time?: string;
  /** Largest page. */
  readonly top?: number;
}

/** The polled logs, and what else belongs to a source. */
export const GRAPH_READS = {
  'directory-audits': {
    path: '/auditLogs/directoryAudits',
    version: 'v1.0',
    permission: 'AuditLog.Read.All',
    clouds: ALL,
    time: 'activityDateTime',
    top: 1000,
  },
  // Beta, because v1.0 has interactive sign-ins only and no autonomous system number.
  'sign-ins': {
    path: '/auditLogs/signIns',
    version: 'beta',
    permission: 'AuditLog.Read.All',
    clouds: ALL,
    time: 'createdDateTime',
    top: 1000,
  },
  'risk-detections': {
    path: '/identityProtection/riskDetections',
    version: 'v1.0',
    permission: 'IdentityRiskEvent.Read.All',
    clouds: ['global', 'usgov', 'usgov-dod'],
    // A detection is written again when its state changes, and states are what some rules ask for.
    time: 'lastUpdatedDateTime',
    top: 500,
  },
  'provider-mail': {
    path: '/admin/exchange/tracing/messageTraces',
    version: 'v1.0',
    permission: 'ExchangeMessageTrace.Read.All',
    clouds: ['global'],
    time: 'receivedDateTime',
    top: 5000,
  },
  'mailbox-activity': {
    path: '/security/auditLog/queries',
    version: 'v1.0',
    permission: 'AuditLogsQuery-Exchange.Read.All',
    clouds: ['global'],
  },
  'authentication-methods': {
    path: '/users/{id}/authentication/methods',
    version: 'v1.0',
    permission: 'UserAuthenticationMethod.Read.All',
    clouds: ALL,
  },
} as const satisfies Record<SourceName, GraphRead>;

/** What an inbox rule snapshot needs. It belongs to mailbox activity, and works without Purview. */
export const INBOX_RULES = {
  path: '/users/{id}/mailFolders/inbox/messageRules',
  version: 'v1.0',
  permission: 'MailboxSettings.Read',
  clouds: ALL,
} as const satisfies GraphRead;

const BUCKETS: readonly (readonly [prefix: RegExp, bucket: GraphBucket])[] = [
  [/^\/(?:auditLogs|reports)\//i, 'reports'],
  [/^\/users\/[^/]+\/authentication(?:\/|$)/i, 'reports'],
  [/^\/identityProtection\//i, 'risk'],
  [/^\/admin\/exchange\/tracing\//i, 'trace'],
  [/^\/security\/auditLog\//i, 'purview'],
  [/^\/subscriptions(?:\/|\?|$)/i, 'subscriptions'],
  [/^\/users\/[^/]+\/(?:messages|mailFolders|mailboxSettings)(?:[/(?]|$)/i, 'outlook'],
];

/** The bucket that requests to `path` (without host and version) count in. */
export function bucketOf(path: string): GraphBucket {
  return BUCKETS.find(([prefix]) => prefix.test(path))?.[1] ?? 'identity';
}

/** The mailbox whose own limit a request counts in. */
export function mailboxOf(path: string): string | undefined {
  return /^\/users\/([^/?]+)\//i.exec(path)?.[1]?.toLowerCase();
}
