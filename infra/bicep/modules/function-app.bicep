// Flex Consumption plan and app. The app signs in everywhere as one user-assigned identity; no key and no connection
// string is among its settings. Code is deployed apart (azd deploy, func, GitHub Actions) into a private blob container.

import { secretName } from 'settings.bicep'

@description('Region of plan and app; it must offer Flex Consumption.')
param location string

@description('Name of the plan.')
param planName string

@description('Name of the app, unique in all of Azure: it becomes the host name.')
param appName string

@description('Version of Node.js. Exact catalog values only: Azure accepts others and the app then dies at start.')
param nodeVersion '22' | '24'

@description('Memory of an instance in MB.')
param instanceMemoryMB 512 | 2048 | 4096

@description('Most instances that Azure may start.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int

@sealed()
@export()
@description('Instances that are always running, by what they serve. 0 = start on demand.')
type alwaysReadyCounts = {
  @description('All HTTP functions. Graph drops notifications of endpoints that answer late, so keep one.')
  @minValue(0)
  @maxValue(20)
  http: int
  @description('plan-notices, which turns findings into notices. At 0 the first finding can wait for two minutes.')
  @minValue(0)
  @maxValue(20)
  planNotices: int
  @description('deliver-notices, which sends them. At 0 the first notice can wait for two minutes.')
  @minValue(0)
  @maxValue(20)
  deliverNotices: int
}

@description('Instances that are always running.')
param alwaysReady alwaysReadyCounts

@description('Spread instances over availability zones. Azure then keeps at least two of each always-ready group.')
param zoneRedundant bool

@sealed()
@description('The identity of the app.')
type appIdentity = {
  @description('Resource id.')
  id: string
  @description('Client id.')
  clientId: string
}

@description('The identity of the app.')
param identity appIdentity

@sealed()
@description('What the app connects to.')
type appConnections = {
  @description('Blob endpoint of the host storage account.')
  hostBlobs: string
  @description('Queue endpoint of the host storage account.')
  hostQueues: string
  @description('Table endpoint of the host storage account.')
  hostTables: string
  @description('Blob container with the deployed package.')
  packages: string
  @description('Table endpoint of the data account.')
  dataTables: string
  @description('Host name of the Service Bus namespace.')
  serviceBus: string
  @description('Address of the key vault.')
  vault: string
  @description('Connection string of Application Insights; no secret, because it needs an Entra token as well.')
  telemetry: string
  @description('Endpoint of Azure Communication Services; empty without it.')
  communication: string
  @description('Sender address of its mail; empty without it.')
  mailSender: string
}

@description('What the app connects to.')
param connections appConnections

@description('Settings of Postern that the organization chose, by name.')
param settings { *: string }

@description('POSTERN_RULE_… settings.')
param ruleSettings { *: string }

@description('Settings whose values come from the vault.')
param secretSettings secretName[]

@description('Client id of the app registration that the desk and administrators sign in through; empty = their routes answer 401.')
param signInClientId string

@description('Paths that need no sign-in: their callers prove themselves otherwise.')
param openPaths string[]

@description('Subnet that outgoing traffic leaves through; empty = the public network.')
param subnetId string

@description('Value of the tag azd-service-name, by which azd finds the app.')
param serviceName string

@description('Tags of plan and app.')
param tags { *: string }

@description('Setting by which App Service proves itself to Entra as the identity instead of by a secret.')
var signInProof = 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID'

@description('Always-ready groups as Azure names them.')
var alwaysReadyGroups = filter(
  [
    { name: 'http', instanceCount: alwaysReady.http }
    { name: 'function:plan-notices', instanceCount: alwaysReady.planNotices }
    { name: 'function:deliver-notices', instanceCount: alwaysReady.deliverNotices }
  ],
  group => group.instanceCount > 0
)

@description('References to secrets. The name of a secret is the setting\'s in lower case with hyphens.')
var secretReferences = toObject(
  secretSettings,
  setting => setting,
  setting => '@Microsoft.KeyVault(SecretUri=${connections.vault}secrets/${toLower(replace(setting, '_', '-'))})'
)

@description('The national cloud of the tenant, unless the settings say otherwise (usgov-dod cannot be told apart here).')
var cloud = {
  AzureCloud: 'global'
  AzureUSGovernment: 'usgov'
  AzureChinaCloud: 'china'
}

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: appName
  location: location
  tags: union(tags, { 'azd-service-name': serviceName })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identity.id}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientAffinityEnabled: false
    keyVaultReferenceIdentity: identity.id
    virtualNetworkSubnetId: subnetId == '' ? null : subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${connections.hostBlobs}${connections.packages}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identity.id
          }
        }
      }
      runtime: {
        name: 'node'
        version: nodeVersion
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReadyGroups
      }
    }
    siteConfig: {
      ftpsState: 'Disabled'
      http20Enabled: true
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      remoteDebuggingEnabled: false
    }
  }

  resource ftpPublishing 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: {
      allow: false
    }
  }

  resource scmPublishing 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: {
      allow: false
    }
  }

  // This resource replaces all settings: what was changed in the portal alone is gone after a deployment. Rule toggles
  // therefore belong into the parameter ruleSettings. Settings of the template win over equal names of the parameters.
  resource appSettings 'config' = {
    name: 'appsettings'
    properties: union(
      {
        POSTERN_CLOUD: cloud[environment().name]
        // The trigger of poll-logs reads it, so it must be there.
        POSTERN_POLL_SCHEDULE: '0 * * * * *'
      },
      ruleSettings,
      settings,
      secretReferences,
      connections.communication == ''
        ? {}
        : {
            POSTERN_ACS_ENDPOINT: connections.communication
            POSTERN_ACS_EMAIL_SENDER: connections.mailSender
          },
      {
        AzureWebJobsStorage__blobServiceUri: connections.hostBlobs
        AzureWebJobsStorage__queueServiceUri: connections.hostQueues
        AzureWebJobsStorage__tableServiceUri: connections.hostTables
        AzureWebJobsStorage__credential: 'managedidentity'
        AzureWebJobsStorage__clientId: identity.clientId
        ServiceBus__fullyQualifiedNamespace: connections.serviceBus
        ServiceBus__credential: 'managedidentity'
        ServiceBus__clientId: identity.clientId
        APPLICATIONINSIGHTS_CONNECTION_STRING: connections.telemetry
        APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.clientId};Authorization=AAD'
        AZURE_CLIENT_ID: identity.clientId
        POSTERN_TENANT_ID: tenant().tenantId
        POSTERN_TABLES_ENDPOINT: connections.dataTables
      },
      signInClientId == ''
        ? {}
        : {
            '${signInProof}': identity.clientId
            WEBSITE_AUTH_AAD_ALLOWED_TENANTS: tenant().tenantId
          }
    )
  }

  // Always on: without a registration everything but the open paths is refused, so that nobody can claim to be signed in
  // by sending the headers that App Service sends for those who are.
  resource signIn 'config' = {
    name: 'authsettingsV2'
    properties: {
      platform: {
        enabled: true
        runtimeVersion: '~1'
      }
      globalValidation: {
        requireAuthentication: true
        unauthenticatedClientAction: signInClientId == '' ? 'Return401' : 'RedirectToLoginPage'
        redirectToProvider: signInClientId == '' ? null : 'azureactivedirectory'
        excludedPaths: openPaths
      }
      identityProviders: {
        azureActiveDirectory: signInClientId == ''
          ? null
          : {
              enabled: true
              registration: {
                clientId: signInClientId
                clientSecretSettingName: signInProof
                openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
              }
              validation: {
                allowedAudiences: [
                  signInClientId
                  'api://${signInClientId}'
                ]
              }
            }
      }
      login: {
        cookieExpiration: {
          convention: 'FixedTime'
          timeToExpiration: '08:00:00'
        }
        tokenStore: {
          enabled: false
        }
      }
      httpSettings: {
        requireHttps: true
      }
    }
  }
}

@description('Resource id of the app.')
output id string = app.id

@description('Name of the app.')
output name string = app.name

@description('Host name of the app.')
output host string = app.properties.defaultHostName
