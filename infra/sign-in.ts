/**
 * The app registration through which the desk and administrators sign in: two app roles, only assigned people, no
 * secret (App Service proves itself by the app's managed identity). Idempotent; what exists is brought up to date.
 */
import type { Cloud } from '../src/azure/graph-paths.ts';
import { UpstreamError } from '../src/errors.ts';
import { ROLES, type Role } from '../src/live/authorize.ts';
import type { Graph, RawRecord } from '../src/ports.ts';

/** What the registration is for. */
export interface SignInOptions {
  /** Host name of the app: output APP_HOST. */
  readonly host: string;
  /** Object id of the app's identity: output IDENTITY_PRINCIPAL_ID. */
  readonly identityPrincipalId: string;
  readonly tenantId: string;
  readonly cloud: Cloud;
  /** Users (UPN or object id) and groups (object id) that get a role. */
  readonly members: readonly { readonly role: Role; readonly who: string }[];
}

/** What came of it. */
export interface SignInResult {
  /** Parameter signInClientId of the template. */
  readonly clientId: string;
  readonly created: boolean;
  /** Members that got a role now; those that had it are left out. */
  readonly assigned: number;
}

/** Ids of our roles and scope in the registration: fixed, so that a second run finds them. */
const ROLE_IDS: Readonly<Record<Role, string>> = {
  'Postern.Admin': '6c1d1f0e-5c55-4a3e-9d0f-0c4c7a5b1e01',
  'Postern.Desk': '6c1d1f0e-5c55-4a3e-9d0f-0c4c7a5b1e02',
};
const SCOPE_ID = '6c1d1f0e-5c55-4a3e-9d0f-0c4c7a5b1e03';
/** Microsoft Azure CLI, which the postern command gets its token from. Source: "Application IDs of commonly used Microsoft applications". */
const AZURE_CLI = '04b07795-8ddb-461a-bbee-02f9e1bf7b46';

const ABOUT: Readonly<Record<Role, string>> = {
  'Postern.Admin': 'Enrolls people and changes how they are reached. Does not see who is under attack.',
  'Postern.Desk': 'Sees findings and reaches people under attack. Does not change who is enrolled.',
};

/** Login hosts and token exchange audiences. Source: "Workload identity federation", national clouds. */
const EXCHANGE: Readonly<Record<Cloud, { readonly login: string; readonly audience: string }>> = {
  global: { login: 'login.microsoftonline.com', audience: 'api://AzureADTokenExchange' },
  usgov: { login: 'login.microsoftonline.us', audience: 'api://AzureADTokenExchangeUSGov' },
  'usgov-dod': { login: 'login.microsoftonline.us', audience: 'api://AzureADTokenExchangeUSGov' },
  china: { login: 'login.partner.microsoftonline.cn', audience: 'api://AzureADTokenExchangeChina' },
};

/** Creates or updates the registration. @throws UpstreamError */
export async function registerSignIn(graph: Graph, options: SignInOptions): Promise<SignInResult> {
  const found = await findSignIn(graph, options.host);
  const about = { displayName: nameOf(options.host), signInAudience: 'AzureADMyOrg' };
  const application = found ?? (await graph.post('/applications', about));
  const id = text(application.id);
  const clientId = text(application.appId);
  // The id of an application is part of its own URI, so this cannot be said while creating it.
  await graph.patch(`/applications/${id}`, registration(options.host, clientId));
  await federate(graph, id, options);
  const principal =
    (await first(graph, '/servicePrincipals', `appId eq '${clientId}'`)) ??
    (await graph.post('/servicePrincipals', { appId: clientId, appRoleAssignmentRequired: true }));
  await graph.patch(`/servicePrincipals/${text(principal.id)}`, { appRoleAssignmentRequired: true });
  const assigned = await assign(graph, text(principal.id), options.members);
  return { clientId, created: !found, assigned };
}

/** Deletes the registration, for uninstalling; says whether there was one. */
export async function removeSignIn(graph: Graph, host: string): Promise<boolean> {
  const found = await findSignIn(graph, host);
  if (found) await graph.delete(`/applications/${text(found.id)}`);
  return found !== undefined;
}

/** The registration of an app, if there is one. @throws UpstreamError REFUSED when there are several */
export function findSignIn(graph: Graph, host: string): Promise<RawRecord | undefined> {
  return first(graph, '/applications', `displayName eq '${nameOf(host)}'`);
}

function nameOf(host: string): string {
  return `Postern sign-in (${host})`;
}

function registration(host: string, clientId: string): RawRecord {
  const scope = 'Use Postern from the command line';
  return {
    identifierUris: [`api://${clientId}`],
    web: {
      redirectUris: [`https://${host}/.auth/login/aad/callback`],
      implicitGrantSettings: { enableIdTokenIssuance: true, enableAccessTokenIssuance: false },
    },
    api: {
      requestedAccessTokenVersion: 2,
      oauth2PermissionScopes: [
        {
          id: SCOPE_ID,
          value: 'user_impersonation',
          type: 'User',
          isEnabled: true,
          adminConsentDisplayName: scope,
          adminConsentDescription: `${scope}, with the app roles that you hold.`,
          userConsentDisplayName: scope,
          userConsentDescription: `${scope}, with the app roles that you hold.`,
        },
      ],
      preAuthorizedApplications: [{ appId: AZURE_CLI, delegatedPermissionIds: [SCOPE_ID] }],
    },
    appRoles: ROLES.map((role) => ({
      id: ROLE_IDS[role],
      value: role,
      displayName: role,
      description: ABOUT[role],
      allowedMemberTypes: ['User'],
      isEnabled: true,
    })),
  };
}

/** Lets the app's identity stand for the registration instead of a client secret. */
async function federate(graph: Graph, applicationId: string, options: SignInOptions): Promise<void> {
  const path = `/applications/${applicationId}/federatedIdentityCredentials`;
  const { login, audience } = EXCHANGE[options.cloud];
  const wanted = {
    name: 'postern-app',
    description: 'The managed identity of the functions app stands for this registration.',
    issuer: `https://${login}/${options.tenantId}/v2.0`,
    subject: options.identityPrincipalId,
    audiences: [audience],
  };
  for await (const { value } of graph.pages(path)) {
    const known = (value as RawRecord[]).find(({ name }) => name === wanted.name);
    if (!known) continue;
    const { name: _, ...changes } = wanted;
    await graph.patch(`${path}/${text(known.id)}`, changes);
    return;
  }
  await graph.post(path, wanted);
}

async function assign(graph: Graph, principalId: string, members: SignInOptions['members']): Promise<number> {
  const path = `/servicePrincipals/${principalId}/appRoleAssignedTo`;
  const held = new Set<string>();
  for await (const { value } of graph.pages(path)) {
    for (const { principalId: who, appRoleId } of value as RawRecord[]) held.add(`${text(who)} ${text(appRoleId)}`);
  }
  let assigned = 0;
  for (const { role, who } of members) {
    const id = await objectId(graph, who);
    if (held.has(`${id} ${ROLE_IDS[role]}`)) continue;
    await graph.post(path, { principalId: id, resourceId: principalId, appRoleId: ROLE_IDS[role] });
    assigned++;
  }
  return assigned;
}

/** A user by name; an object id may be a user's or a group's and is taken as it is. */
async function objectId(graph: Graph, who: string): Promise<string> {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(who)) return who.toLowerCase();
  return text((await graph.get(`/users/${encodeURIComponent(who)}?$select=id`)).id);
}

async function first(graph: Graph, collection: string, filter: string): Promise<RawRecord | undefined> {
  for await (const { value } of graph.pages(`${collection}?$filter=${encodeURIComponent(filter)}`)) {
    if (value.length > 1) throw new UpstreamError('graph', 'REFUSED', { cause: new Error('several of one name') });
    if (value.length === 1) return value[0] as RawRecord;
  }
  return undefined;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
