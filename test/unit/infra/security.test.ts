/**
 * What a security team asks of the template, on the compiled main.json. Names of rules are those of PSRule for Azure.
 * Not met on purpose: Storage.Firewall and KeyVault.Firewall by default (identities are the boundary; the parameter
 * privateNetworking closes them), Storage.UseReplication for the host account (its content can be deployed again).
 */
import { describe, expect, it } from 'vitest';
import { deployed, everything, main, predicted, type Resource, templates } from './template.ts';

const one = (type: string): Resource => {
  const [found, ...more] = deployed(type);
  if (!found || more.length > 0) throw new Error(`expected one ${type}, found ${more.length + (found ? 1 : 0)}`);
  return found;
};

describe('function app', () => {
  const site = one('Microsoft.Web/sites');

  it('AppService.UseHTTPS, MinTLS, HTTP2, RemoteDebug, WebSecureFtp, ARRAffinity', () => {
    expect(site.properties).toMatchObject({
      httpsOnly: true,
      clientAffinityEnabled: false,
      siteConfig: {
        minTlsVersion: '1.2',
        scmMinTlsVersion: '1.2',
        http20Enabled: true,
        remoteDebuggingEnabled: false,
        ftpsState: 'Disabled',
      },
    });
  });

  it('AppService.ManagedIdentity: one user-assigned identity, and it deploys and reads the vault as that', () => {
    expect(site.identity).toMatchObject({ type: 'UserAssigned' });
    expect(Object.keys((site.identity as { userAssignedIdentities: object }).userAssignedIdentities)).toHaveLength(1);
    expect(site.properties).toMatchObject({
      keyVaultReferenceIdentity: "[parameters('identity').id]",
      functionAppConfig: {
        deployment: { storage: { type: 'blobContainer', authentication: { type: 'UserAssignedIdentity' } } },
      },
    });
  });

  it('basic publishing credentials are off for FTP and for Kudu', () => {
    const policies = deployed('Microsoft.Web/sites/basicPublishingCredentialsPolicies');
    expect(policies.map(({ properties }) => properties.allow)).toEqual([false, false]);
    expect(policies.map(({ name }) => /'(ftp|scm)'\)/.exec(name)?.[1]).sort()).toEqual(['ftp', 'scm']);
  });

  it('runs on Flex Consumption with an exact catalog version of Node.js', () => {
    expect(one('Microsoft.Web/serverfarms')).toMatchObject({
      sku: { name: 'FC1', tier: 'FlexConsumption' },
      properties: { reserved: true },
    });
    expect(main.parameters?.nodeVersion).toMatchObject({ allowedValues: ['22', '24'], defaultValue: '24' });
  });

  it('refuses everything but the open paths when nobody may sign in', () => {
    const signIn = deployed('Microsoft.Web/sites/config').find(({ name }) => name.includes('authsettingsV2'));
    expect(signIn?.properties).toMatchObject({
      platform: { enabled: true },
      globalValidation: { requireAuthentication: true, excludedPaths: "[parameters('openPaths')]" },
      login: { tokenStore: { enabled: false } },
      httpSettings: { requireHttps: true },
    });
    const compiled = JSON.stringify(signIn);
    expect(compiled).toContain("if(equals(parameters('signInClientId'), ''), 'Return401', 'RedirectToLoginPage')");
  });
});

describe('storage accounts', () => {
  const accounts = deployed('Microsoft.Storage/storageAccounts');

  it('are two: what the host needs and what Postern keeps are apart', () => {
    expect(accounts).toHaveLength(2);
  });

  it.each(accounts.map((account) => [account] as const))(
    'Storage.MinTLS, SecureTransfer, BlobPublicAccess; no keys, no other tenants',
    ({ properties }) => {
      expect(properties).toMatchObject({
        minimumTlsVersion: 'TLS1_2',
        supportsHttpsTrafficOnly: true,
        allowBlobPublicAccess: false,
        allowSharedKeyAccess: false,
        allowCrossTenantReplication: false,
        defaultToOAuthAuthentication: true,
        networkAcls: {
          bypass: 'None',
          defaultAction: "[if(parameters('publicNetworkAccess'), 'Allow', 'Deny')]",
        },
      });
    },
  );

  it('Storage.SoftDelete, ContainerSoftDelete, BlobAccessType', () => {
    for (const { properties } of deployed('Microsoft.Storage/storageAccounts/blobServices')) {
      expect(properties).toMatchObject({
        deleteRetentionPolicy: { enabled: true, days: 7 },
        containerDeleteRetentionPolicy: { enabled: true, days: 7 },
      });
    }
    for (const { properties } of deployed('Microsoft.Storage/storageAccounts/blobServices/containers')) {
      expect(properties.publicAccess).toBe('None');
    }
  });

  it('Storage.UseReplication: the data account may be zone- or geo-redundant, and is by default', () => {
    expect(main.parameters?.dataReplication).toMatchObject({
      defaultValue: 'Standard_ZRS',
      allowedValues: ['Standard_GRS', 'Standard_GZRS', 'Standard_LRS', 'Standard_ZRS'],
    });
  });
});

describe('the rest', () => {
  it('ServiceBus.DisableLocalAuth, MinTLS', () => {
    const { properties } = one('Microsoft.ServiceBus/namespaces');
    expect(properties).toMatchObject({ disableLocalAuth: true, minimumTlsVersion: '1.2' });
  });

  it('KeyVault: RBAC, PurgeProtect, SoftDelete, and no use by Azure services', () => {
    expect(one('Microsoft.KeyVault/vaults').properties).toMatchObject({
      enableRbacAuthorization: true,
      enablePurgeProtection: true,
      enableSoftDelete: true,
      softDeleteRetentionInDays: 90,
      enabledForDeployment: false,
      enabledForDiskEncryption: false,
      enabledForTemplateDeployment: false,
      networkAcls: { bypass: 'None' },
    });
  });

  it('no secret passes through the template', () => {
    expect(deployed('Microsoft.KeyVault/vaults/secrets')).toEqual([]);
    const secure = templates().flatMap(({ template }) =>
      Object.values(template.parameters ?? {}).filter(({ type }) => /^secure/i.test(String(type))),
    );
    expect(secure).toEqual([]);
  });

  it('AppInsights.Workspace, and no local keys for logs', () => {
    const { properties } = one('Microsoft.Insights/components');
    expect(properties.DisableLocalAuth).toBe(true);
    expect(properties.WorkspaceResourceId).toContain('Microsoft.OperationalInsights/workspaces');
    expect(one('Microsoft.OperationalInsights/workspaces').properties).toMatchObject({
      features: { disableLocalAuth: true },
    });
  });

  it('mail: Entra only, and nobody is tracked', () => {
    expect(one('Microsoft.Communication/communicationServices').properties.disableLocalAuth).toBe(true);
    const domains = deployed('Microsoft.Communication/emailServices/domains');
    expect(domains.map(({ properties }) => properties.userEngagementTracking)).toEqual(['Disabled', 'Disabled']);
  });

  it('KeyVault.Logs, ServiceBus.AuditLogs, and deletions in both storage accounts are logged', () => {
    const logged = predicted('main')
      .filter(({ type }) => type === 'Microsoft.Insights/diagnosticSettings')
      .map(
        ({ id }) =>
          /Microsoft\.(KeyVault|ServiceBus|Storage)\/.*?(?=\/providers\/Microsoft\.Insights)/.exec(String(id))?.[0],
      );
    expect(logged.map((scope) => scope?.replace(/postern([hd])?\w{13}|-postern-\w{13}/, '$1')).sort()).toEqual([
      'Microsoft.KeyVault/vaults/kv',
      'Microsoft.ServiceBus/namespaces/sb',
      'Microsoft.Storage/storageAccounts/std/blobServices/default',
      'Microsoft.Storage/storageAccounts/std/tableServices/default',
      'Microsoft.Storage/storageAccounts/sth/blobServices/default',
    ]);
  });

  it('recipients of mail are not logged', () => {
    const scopes = deployed('Microsoft.Insights/diagnosticSettings').map(({ scope }) => scope ?? '');
    expect(scopes.filter((scope) => scope.includes('Communication'))).toEqual([]);
  });

  it('Event Grid reaches the function over TLS 1.2 with the key of that function', () => {
    const { properties } = one('Microsoft.EventGrid/systemTopics/eventSubscriptions');
    expect(properties.destination).toMatchObject({ properties: { minimumTlsVersionAllowed: '1.2' } });
    expect(JSON.stringify(properties.destination)).toContain('/api/delivery-reports?code={1}');
  });

  it('Resource.UseTags: whatever can have tags has them', () => {
    const untaggable =
      /roleAssignments|diagnosticSettings|\/(config|basicPublishingCredentialsPolicies|queues|blobServices|tableServices|tables|containers|subnets|privateDnsZoneGroups|senderUsernames|eventSubscriptions)$/;
    const untagged = everything().filter(({ type, tags }) => !untaggable.test(type) && tags === undefined);
    expect(untagged.map(({ type }) => type)).toEqual([]);
  });
});

describe('private networking', () => {
  const open = predicted('main');
  const closed = predicted('private');
  const access = (resources: readonly Resource[], type: string) =>
    resources.filter((resource) => resource.type === type).map(({ properties }) => properties.publicNetworkAccess);

  it('is off by default: nothing of it is deployed', () => {
    expect(open.filter(({ type }) => type.startsWith('Microsoft.Network/'))).toEqual([]);
    expect(access(open, 'Microsoft.Storage/storageAccounts')).toEqual(['Enabled', 'Enabled']);
  });

  it('closes storage, vault and Service Bus, and gives each an endpoint', () => {
    expect(access(closed, 'Microsoft.Storage/storageAccounts')).toEqual(['Disabled', 'Disabled']);
    expect(access(closed, 'Microsoft.KeyVault/vaults')).toEqual(['Disabled']);
    expect(access(closed, 'Microsoft.ServiceBus/namespaces')).toEqual(['Disabled']);
    const endpoints = closed.filter(({ type }) => type === 'Microsoft.Network/privateEndpoints');
    expect(endpoints.map(({ name }) => name)).toEqual([
      'pe-postern-host-blob',
      'pe-postern-host-queue',
      'pe-postern-host-table',
      'pe-postern-data-table',
      'pe-postern-vault',
      'pe-postern-bus',
    ]);
    expect(closed.find(({ type }) => type === 'Microsoft.ServiceBus/namespaces')?.sku).toMatchObject({
      tier: 'Premium',
    });
  });

  it('delegates the subnet of the app to Flex Consumption', () => {
    const subnets = closed.filter(({ type }) => type === 'Microsoft.Network/virtualNetworks/subnets');
    expect(subnets.map(({ properties }) => properties.addressPrefix)).toEqual(['10.127.0.0/26', '10.127.0.64/26']);
    expect(subnets[0]?.properties.delegations).toMatchObject([
      { properties: { serviceName: 'Microsoft.App/environments' } },
    ]);
  });
});
