/** The tenant that a request is answered from: everything that endpoints may use. */

import type { Method } from './authentication-method.ts';
import type { GroupStore } from './group-store.ts';
import type { Items } from './item-store.ts';
import type { LogStore } from './log-store.ts';
import type { MailboxStore } from './mailbox-store.ts';
import type { PageTokens } from './odata/page-token.ts';
import type { QuotaName } from './quotas.ts';
import { badRequest, type Family, resourceNotFound } from './refusal.ts';
import type { Settings } from './settings.ts';
import type { Subscriptions } from './subscriptions/subscriptions.ts';
import type { User } from './user-properties.ts';
import type { UserStore } from './user-store.ts';

/** The simulated tenant. */
export interface Tenant {
  readonly settings: () => Settings;
  /** The simulator's clock, epoch ms. */
  readonly now: () => number;
  /** `http://127.0.0.1:<port>`, for next links. */
  readonly baseUrl: () => string;
  readonly logs: LogStore;
  readonly users: UserStore;
  readonly groups: GroupStore;
  readonly mailboxes: MailboxStore;
  /** Authentication methods by user id. */
  readonly methods: Items<readonly Method[]>;
  /** Unified audit log searches by id. */
  readonly searches: Items<AuditSearch>;
  readonly activityTypes: Items<ActivityType>;
  readonly subscriptions: Subscriptions;
  readonly pageTokens: PageTokens;
}

/** A search of the unified audit log. */
export interface AuditSearch {
  readonly id: string;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly readyAt: number;
  /** As the client sent it. */
  readonly query: Readonly<Record<string, unknown>>;
}

/** An entry of the list of audit activities. */
export interface ActivityType {
  readonly id: string;
  readonly activity: string;
  readonly category: string;
  readonly service: string;
}

/** Graph's two versions. */
export type Version = 'v1.0' | 'beta';

/** A request as endpoints see it: authenticated, within quota, permitted. */
export interface GraphRequest {
  readonly version: Version;
  /** Path behind the version, as sent. */
  readonly path: string;
  /** Values of the placeholders in the endpoint's path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Parsed JSON; undefined when there was none. */
  readonly body: unknown;
  /** Epoch ms. */
  readonly now: number;
}

/** What is sent back. */
export interface GraphAnswer {
  readonly status: number;
  /** JSON, or bytes that already are JSON. */
  readonly body?: unknown;
}

/** One endpoint. */
export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** `/users/{user}/messages`: case does not matter, `{…}` is one segment. */
  readonly path: string;
  readonly versions: readonly Version[];
  /** Any one of these application permissions. Empty: the endpoint decides itself. */
  readonly permissions: readonly string[];
  readonly family: Family;
  readonly quota: QuotaName | 'none';
  /** Resource units; default 1. */
  readonly cost?: (request: GraphRequest) => number;
  /** Needs P1 or P2. */
  readonly premium?: 'report' | 'risk';
  readonly answer: (request: GraphRequest, tenant: Tenant) => GraphAnswer | Promise<GraphAnswer>;
}

/** Both versions. */
export const BOTH: readonly Version[] = ['v1.0', 'beta'];

/** The user that a path means, by id or name. @throws Refusal 404 */
export function userOf(tenant: Tenant, key: string): User {
  const user = tenant.users.find(key);
  if (!user) throw resourceNotFound('User');
  return user;
}

/** @throws Refusal 400 when the request has options that the endpoint does not take */
export function takesNoOptions({ query }: GraphRequest): void {
  const [first] = query;
  if (first) throw badRequest(`Query option '${first[0]}' is not supported.`);
}

/** `@odata.context` of an answer. */
export function contextOf(tenant: Tenant, request: GraphRequest, what: string): string {
  return `${tenant.baseUrl()}/${request.version}/$metadata#${what}`;
}
