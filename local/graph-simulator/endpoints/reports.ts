/** `/reports/authenticationMethods/userRegistrationDetails`: who could reset a password, and with what. */
import { kindOf } from '../authentication-method.ts';
import { listPage } from '../list-page.ts';
import type { PropertyRule } from '../odata/filter-rules.ts';
import { parseQuery, type QueryRules } from '../odata/query-options.ts';
import { BOTH, type Endpoint, type Tenant } from '../tenant.ts';
import type { User } from '../user-properties.ts';

const WORD: PropertyRule = { type: 'string', operators: ['eq', 'startswith'], ignoreCase: true };
const FLAG: PropertyRule = { type: 'boolean', operators: ['eq'] };
const FLAGS = [
  'isAdmin',
  'isMfaCapable',
  'isMfaRegistered',
  'isPasswordlessCapable',
  'isSsprCapable',
  'isSsprEnabled',
  'isSsprRegistered',
];

const RULES: QueryRules = {
  filter: {
    properties: {
      id: { ...WORD, operators: ['eq'] },
      userPrincipalName: WORD,
      userDisplayName: WORD,
      ...Object.fromEntries(FLAGS.map((name) => [name, FLAG] as const)),
    },
    collections: { methodsRegistered: { '': { type: 'string', operators: ['eq'] } } },
  },
  top: { default: 1000, most: 1000 },
  skiptoken: true,
};

/** Name of a registered method in the report, by its kind in the method APIs. */
const NAMES: Readonly<Record<string, string>> = {
  email: 'email',
  phone: 'mobilePhone',
  microsoftAuthenticator: 'microsoftAuthenticatorPush',
  fido2: 'passKeyDeviceBound',
  temporaryAccessPass: 'temporaryAccessPass',
};

/** Registration report. Disabled users are not in it. */
export const REPORTS: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/reports/authenticationMethods/userRegistrationDetails',
    versions: BOTH,
    permissions: ['AuditLog.Read.All'],
    family: 'reports',
    quota: 'reports',
    premium: 'report',
    answer: (request, tenant) => {
      const options = parseQuery(request.query, RULES);
      return listPage(request, tenant, {
        context: 'reports/authenticationMethods/userRegistrationDetails',
        options,
        read: (mark, most) =>
          tenant.users
            .list(Number(mark ?? 0), most)
            .map(({ seq, user }) => ({ mark: seq, item: details(user, tenant, request.now) })),
        matches: (item) => item.accountEnabled && (options.filter?.matches?.(item.details) ?? true),
        present: ({ details }) => details,
      });
    },
  },
];

function details(user: User, tenant: Tenant, now: number) {
  const kinds = (tenant.methods.get(user.id.toLowerCase()) ?? []).map(kindOf);
  const registered = kinds.flatMap((kind) => NAMES[kind] ?? []);
  const has = (...wanted: string[]) => wanted.some((kind) => kinds.includes(kind));
  const isSspr = has('email', 'phone', 'microsoftAuthenticator');
  const isMfa = has('phone', 'microsoftAuthenticator', 'fido2');
  return {
    accountEnabled: user.accountEnabled,
    details: {
      id: user.id,
      userPrincipalName: user.userPrincipalName,
      userDisplayName: user.displayName,
      userType: user.userType.toLowerCase(),
      isAdmin: false,
      isSsprRegistered: isSspr,
      isSsprEnabled: true,
      isSsprCapable: isSspr,
      isMfaRegistered: isMfa,
      isMfaCapable: isMfa,
      isPasswordlessCapable: has('fido2'),
      methodsRegistered: registered,
      isSystemPreferredAuthenticationMethodEnabled: true,
      systemPreferredAuthenticationMethods: [],
      userPreferredMethodForSecondaryAuthentication: 'none',
      // A report, written once a day.
      lastUpdatedDateTime: new Date(Math.floor(now / 86_400_000) * 86_400_000).toISOString(),
    },
  };
}
