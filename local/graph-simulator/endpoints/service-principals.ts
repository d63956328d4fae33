/** What a set-up check reads: our own service principal with its grants, Graph's with its roles, and the licenses. */
import { APPLICATION_ID, TENANT_ID } from '../access-tokens.ts';
import { uuidFrom } from '../authentication-method.ts';
import type { PropertyRule } from '../odata/filter-rules.ts';
import { parseQuery, type QueryRules } from '../odata/query-options.ts';
import { selectFrom } from '../odata/records-page.ts';
import { resourceNotFound } from '../refusal.ts';
import { BOTH, contextOf, type Endpoint, type GraphRequest, type Tenant, takesNoOptions } from '../tenant.ts';

/** Microsoft Graph's application id, the same in every tenant. */
const GRAPH_APP_ID = '00000003-0000-0000-c000-000000000000';

/** App role ids (Microsoft Graph permissions reference). A permission that is not here gets an id made from its name. */
const ROLE_IDS: Readonly<Record<string, string>> = {
  'Application.Read.All': '9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30',
  'AuditLog.Read.All': 'b0afded3-3588-46d8-8b3d-9842eff778da',
  'AuditLogsQuery-Exchange.Read.All': '6b0d2622-d34e-4470-935b-b96550e5ca8d',
  'Directory.Read.All': '7ab1d382-f21e-4acd-a863-ba3e13f7da61',
  'ExchangeMessageTrace.Read.All': '89b20d8a-76e2-4057-867b-9961f800b9a4',
  'Group.Read.All': '5b567255-7703-4780-807c-7be8301ae99b',
  'GroupMember.Read.All': '98830695-27a2-44f7-8c18-0c3ebc9698f6',
  'IdentityRiskEvent.Read.All': '6e472fd1-ad78-48da-a0f0-97ab2c6b769e',
  'Mail.Read': '810c84a8-4a9e-49e6-bf7d-12d183f40d01',
  'Mail.ReadBasic': '6be147d2-ea4f-4b5a-a3fa-3eab6f3c140a',
  'Mail.ReadBasic.All': '693c5e45-0940-467d-9b8a-1022fb9d42ef',
  'MailboxSettings.Read': '40f97065-369a-49f4-947c-6a255697ae91',
  'User.Read.All': 'df021288-bdef-4463-88db-98f22de89214',
  'User.RevokeSessions.All': '77f3a031-c388-4f99-b373-dc68676a979e',
  'User-PasswordProfile.ReadWrite.All': 'cc117bb9-00cf-4eb8-b580-ea2a878fe8f7',
  'UserAuthenticationMethod.Read.All': '38d9df27-64da-44fd-b7c5-a6fbac20248f',
};

const MEMBERS = ['id', 'appId', 'displayName', 'appRoles'];
const APP_ID: PropertyRule = { type: 'guid', operators: ['eq'] };

const LIST_RULES: QueryRules = {
  filter: { properties: { appId: APP_ID } },
  select: MEMBERS,
  top: { default: 100, most: 999 },
};

const ENDPOINT = {
  method: 'GET',
  versions: BOTH,
  permissions: ['Application.Read.All', 'Directory.Read.All'],
  family: 'directory',
  quota: 'directory',
} as const;

/** Service principals and licenses. */
export const SERVICE_PRINCIPALS: readonly Endpoint[] = [
  {
    ...ENDPOINT,
    path: '/servicePrincipals',
    cost: () => 2,
    answer: (request, tenant) => {
      const { filter, select } = parseQuery(request.query, LIST_RULES);
      const value = principals(tenant).filter((principal) => filter?.matches?.(principal) ?? true);
      const context = contextOf(tenant, request, 'servicePrincipals');
      return {
        status: 200,
        body: { '@odata.context': context, value: value.map((one) => selectFrom(one, select ?? MEMBERS)) },
      };
    },
  },
  {
    ...ENDPOINT,
    path: '/servicePrincipals/{principal}',
    answer: (request, tenant) => {
      const { select } = parseQuery(request.query, { select: MEMBERS });
      const context = contextOf(tenant, request, 'servicePrincipals/$entity');
      const principal = principalOf(request, tenant);
      return { status: 200, body: { '@odata.context': context, ...selectFrom(principal, select ?? MEMBERS) } };
    },
  },
  {
    ...ENDPOINT,
    path: '/servicePrincipals/{principal}/appRoleAssignments',
    cost: () => 2,
    answer: (request, tenant) => {
      parseQuery(request.query, { top: { default: 100, most: 999 } });
      const context = contextOf(tenant, request, 'appRoleAssignments');
      const { id, appId } = principalOf(request, tenant);
      const value = appId === APPLICATION_ID ? assignments(id, tenant) : [];
      return { status: 200, body: { '@odata.context': context, value } };
    },
  },
  {
    ...ENDPOINT,
    path: '/oauth2PermissionGrants',
    answer: (request, tenant) => {
      parseQuery(request.query, { top: { default: 100, most: 999 } });
      // Delegated permissions: the application has none.
      return {
        status: 200,
        body: { '@odata.context': contextOf(tenant, request, 'oauth2PermissionGrants'), value: [] },
      };
    },
  },
  {
    ...ENDPOINT,
    path: '/subscribedSkus',
    permissions: ['Organization.Read.All', 'LicenseAssignment.Read.All', 'Directory.Read.All'],
    answer: (request, tenant) => {
      takesNoOptions(request);
      const context = contextOf(tenant, request, 'subscribedSkus');
      return { status: 200, body: { '@odata.context': context, value: licenses(tenant) } };
    },
  },
];

function principals(tenant: Tenant) {
  const known = [...new Set([...Object.keys(ROLE_IDS), ...tenant.settings().permissions])];
  const appRoles = known.map((value) => ({
    id: roleId(value),
    value,
    isEnabled: true,
    allowedMemberTypes: ['Application'],
  }));
  return [
    { id: principalId(APPLICATION_ID), appId: APPLICATION_ID, displayName: 'Postern', appRoles: [] },
    { id: principalId(GRAPH_APP_ID), appId: GRAPH_APP_ID, displayName: 'Microsoft Graph', appRoles },
  ];
}

function principalId(appId: string): string {
  return uuidFrom(`service principal ${appId}`);
}

function roleId(permission: string): string {
  return ROLE_IDS[permission] ?? uuidFrom(`role ${permission}`);
}

/** By object id, or `servicePrincipals(appId='…')`. */
function principalOf({ params }: GraphRequest, tenant: Tenant) {
  const key = params.principal ?? '';
  const appId = /^appid='(.*)'$/i.exec(key)?.[1];
  const found = principals(tenant).find((one) => (appId === undefined ? one.id === key : one.appId === appId));
  if (!found) throw resourceNotFound('ServicePrincipal');
  return found;
}

function assignments(principal: string, tenant: Tenant): unknown[] {
  return tenant.settings().permissions.map((permission) => ({
    id: uuidFrom(`assignment ${permission}`),
    appRoleId: roleId(permission),
    principalId: principal,
    principalDisplayName: 'Postern',
    principalType: 'ServicePrincipal',
    resourceId: principalId(GRAPH_APP_ID),
    resourceDisplayName: 'Microsoft Graph',
  }));
}

/** Product names and service plans of "Product names and service plan identifiers for licensing". */
function licenses(tenant: Tenant): unknown[] {
  const { license } = tenant.settings();
  if (license === 'none') return [];
  const [sku, skuId, plan, planId] =
    license === 'P1'
      ? ['AAD_PREMIUM', '078d2b04-f1bd-4111-bbd4-b4b1b354cef4', 'AAD_PREMIUM', '41781fb2-bc02-4b7c-bd55-b576c07bb09d']
      : [
          'AAD_PREMIUM_P2',
          '84a661c4-e949-4bd2-a560-ed7766fcaf2b',
          'AAD_PREMIUM_P2',
          'eec0eb4f-6444-4f95-aba0-50c24d67f998',
        ];
  const count = tenant.users.count();
  return [
    {
      id: `${TENANT_ID}_${skuId}`,
      skuId,
      skuPartNumber: sku,
      capabilityStatus: 'Enabled',
      appliesTo: 'User',
      consumedUnits: count,
      prepaidUnits: { enabled: count, suspended: 0, warning: 0 },
      servicePlans: [
        { servicePlanId: planId, servicePlanName: plan, provisioningStatus: 'Success', appliesTo: 'User' },
      ],
    },
  ];
}
