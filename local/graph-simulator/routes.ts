/** Which endpoint a path means. */
import { AUDIT_SEARCHES } from './endpoints/audit-searches.ts';
import { AUTHENTICATION_METHODS } from './endpoints/authentication-methods.ts';
import { DIRECTORY_AUDITS } from './endpoints/directory-audits.ts';
import { GROUPS } from './endpoints/groups.ts';
import { MAILBOXES } from './endpoints/mailboxes.ts';
import { MESSAGE_TRACES } from './endpoints/message-traces.ts';
import { REPORTS } from './endpoints/reports.ts';
import { RESET_EVENTS } from './endpoints/reset-events.ts';
import { RISK_DETECTIONS } from './endpoints/risk-detections.ts';
import { SERVICE_PRINCIPALS } from './endpoints/service-principals.ts';
import { SIGN_INS } from './endpoints/sign-ins.ts';
import { SUBSCRIPTIONS } from './endpoints/subscriptions.ts';
import { USER_ACTIONS } from './endpoints/user-actions.ts';
import { USER_DELTA } from './endpoints/user-delta.ts';
import { USERS } from './endpoints/users.ts';
import { badRequest, Refusal } from './refusal.ts';
import type { Endpoint, Version } from './tenant.ts';

/** Everything that is answered. Where two paths fit, the first counts. */
export const ENDPOINTS: readonly Endpoint[] = [
  ...DIRECTORY_AUDITS,
  ...SIGN_INS,
  ...RISK_DETECTIONS,
  ...MESSAGE_TRACES,
  ...AUDIT_SEARCHES,
  ...USER_DELTA,
  ...USERS,
  ...USER_ACTIONS,
  ...GROUPS,
  ...AUTHENTICATION_METHODS,
  ...MAILBOXES,
  ...REPORTS,
  ...RESET_EVENTS,
  ...SERVICE_PRINCIPALS,
  ...SUBSCRIPTIONS,
];

/** An endpoint with the values of its placeholders. */
export interface Route {
  readonly endpoint: Endpoint;
  readonly params: Readonly<Record<string, string>>;
}

/**
 * @param path behind the version, still encoded
 * @throws Refusal 400 for an unknown segment, 405 for a method that the path does not have
 */
export function findRoute(method: string, version: Version, path: string): Route {
  const segments = segmentsOf(path);
  let isKnown = false;
  for (const endpoint of ENDPOINTS) {
    const params = endpoint.versions.includes(version) ? match(endpoint.path, segments) : undefined;
    if (!params) continue;
    if (endpoint.method === method) return { endpoint, params };
    isKnown = true;
  }
  if (isKnown)
    throw new Refusal(405, 'Request_BadRequest', 'Specified HTTP method is not allowed for the request target.');
  if (segments[0]?.toLowerCase() === 'me')
    throw badRequest('/me request is only valid with delegated authentication flow.');
  throw badRequest(`Resource not found for the segment '${knownName(segments)}'.`);
}

/** `users('x')` is `users/x`; `servicePrincipals(appId='x')` keeps its key whole. */
function segmentsOf(path: string): string[] {
  const decode = (text: string) => {
    try {
      return decodeURIComponent(text);
    } catch {
      throw badRequest('The path is not valid: percent signs must start an escape of UTF-8.');
    }
  };
  return path
    .split('/')
    .filter((segment) => segment !== '')
    .map(decode)
    .flatMap((segment) => {
      const key = /^(\w+)\((.+)\)$/.exec(segment);
      return key ? [key[1] ?? '', (key[2] ?? '').replace(/^'(.*)'$/, '$1')] : [segment];
    });
}

function match(template: string, segments: readonly string[]): Record<string, string> | undefined {
  const parts = template.slice(1).split('/');
  if (parts.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const segment = segments[index] ?? '';
    if (part.startsWith('{')) params[part.slice(1, -1)] = segment;
    else if (part.toLowerCase() !== segment.toLowerCase()) return undefined;
  }
  return params;
}

/** Only what looks like a name is repeated: other segments may hold an address. */
function knownName(segments: readonly string[]): string {
  return segments.findLast((segment) => /^[A-Za-z.]{1,40}$/.test(segment)) ?? '';
}
