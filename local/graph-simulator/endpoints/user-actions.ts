/** What a desk can do to an account. Each leaves the audit records that Entra would write. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { APPLICATION_ID } from '../access-tokens.ts';
import { passwordMethod } from '../authentication-method.ts';
import { badRequest, DENIALS } from '../refusal.ts';
import { BOTH, contextOf, type Endpoint, type GraphRequest, type Tenant, takesNoOptions, userOf } from '../tenant.ts';
import { ticksOf } from '../ticks.ts';
import type { User } from '../user-properties.ts';

/** An audit record of our own doing arrives after this time. */
const ARRIVES_AFTER_MS = 2 * 60_000;

const patchSchema = z.strictObject({
  passwordProfile: z
    .strictObject({
      password: z.string().min(8).optional(),
      forceChangePasswordNextSignIn: z.boolean().optional(),
      forceChangePasswordNextSignInWithMfa: z.boolean().optional(),
    })
    .optional(),
  accountEnabled: z.boolean().optional(),
});

const ENDPOINT = { versions: BOTH, family: 'directory', quota: 'directory' } as const;

/** Actions on users. */
export const USER_ACTIONS: readonly Endpoint[] = [
  {
    ...ENDPOINT,
    method: 'POST',
    path: '/users/{user}/revokeSignInSessions',
    permissions: ['User.RevokeSessions.All', 'User.ReadWrite.All', 'Directory.ReadWrite.All'],
    answer: (request, tenant) => {
      takesNoOptions(request);
      const user = userOf(tenant, request.params.user ?? '');
      endSessions(user, request.now, tenant);
      return { status: 200, body: { '@odata.context': contextOf(tenant, request, 'Edm.Boolean'), value: true } };
    },
  },
  { ...ENDPOINT, method: 'PATCH', path: '/users/{user}', permissions: [], answer: patch },
];

function patch(request: GraphRequest, tenant: Tenant) {
  takesNoOptions(request);
  const change = patchSchema.safeParse(request.body);
  if (!change.success)
    throw badRequest('Invalid property, or one that the simulator does not change.', 'Request_BadRequest');
  const { passwordProfile, accountEnabled } = change.data;
  if (passwordProfile) need(tenant, 'User-PasswordProfile.ReadWrite.All');
  if (accountEnabled !== undefined) need(tenant, 'User.EnableDisableAccount.All');
  const user = userOf(tenant, request.params.user ?? '');
  const { now } = request;
  if (passwordProfile?.password !== undefined) {
    const at = ticksOf(now);
    tenant.users.patch(user.id, { lastPasswordChangeDateTime: at });
    replacePassword(user, at, tenant);
    writeAudit(user, now, 'Reset user password', 'Reset', tenant);
    endSessions(user, now, tenant);
  }
  if (passwordProfile?.forceChangePasswordNextSignIn) {
    writeAudit(user, now, 'Set force change user password', 'Update', tenant);
  }
  if (accountEnabled !== undefined && accountEnabled !== user.accountEnabled) {
    tenant.users.patch(user.id, { accountEnabled });
    writeAudit(user, now, accountEnabled ? 'Enable account' : 'Disable account', 'Update', tenant);
  }
  return { status: 204 };
}

function need(tenant: Tenant, permission: string): void {
  const { permissions } = tenant.settings();
  if (!permissions.includes(permission) && !permissions.includes('User.ReadWrite.All')) throw DENIALS.directory();
}

function replacePassword(user: User, at: string, tenant: Tenant): void {
  const password = passwordMethod(at);
  const methods = tenant.methods.get(user.id.toLowerCase()) ?? [];
  tenant.methods.put(user.id.toLowerCase(), [password, ...methods.filter(({ id }) => id !== password.id)]);
}

function endSessions(user: User, now: number, tenant: Tenant): void {
  tenant.users.patch(user.id, { signInSessionsValidFromDateTime: ticksOf(now) });
  writeAudit(user, now, 'Update StsRefreshTokenValidFrom Timestamp', 'Update', tenant);
}

function writeAudit(user: User, now: number, activity: string, operation: string, tenant: Tenant): void {
  const correlationId = randomUUID();
  const app = { appId: APPLICATION_ID, displayName: 'Postern', servicePrincipalId: null, servicePrincipalName: null };
  const target = {
    id: user.id,
    displayName: user.displayName,
    type: 'User',
    userPrincipalName: user.userPrincipalName,
    groupType: null,
    modifiedProperties: [],
  };
  const record = {
    id: `Directory_${correlationId}_POSTR_1`,
    category: 'UserManagement',
    correlationId,
    result: 'success',
    resultReason: '',
    activityDisplayName: activity,
    activityDateTime: ticksOf(now),
    loggedByService: 'Core Directory',
    operationType: operation,
    initiatedBy: { user: null, app },
    targetResources: [target],
    additionalDetails: [],
  };
  tenant.logs.add('directory-audits', record, now + ARRIVES_AFTER_MS);
}
