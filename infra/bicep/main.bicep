// Postern in one resource group. Every resource is in a module that fits on a screen or two; docs/deploy.md says what to
// do before and after. Graph permissions are not part of it: they are granted apart, by an Entra admin
// (infra/grant-graph-permissions.ts).

import { posternSettings, secretName } from 'modules/settings.bicep'
import { alwaysReadyCounts } from 'modules/function-app.bicep'

metadata name = 'Postern: account-recovery watch for Microsoft Entra ID'
metadata description = 'Deploys the watch into an existing resource group: app, queues, tables, vault, mail, logs, alerts.'

@description('Short name of the installation: 3 to 8 lower-case letters and digits. All resource names contain it.')
@minLength(3)
@maxLength(8)
param name string = 'postern'

@description('Region. It must offer Flex Consumption: az functionapp list-flexconsumption-locations -o table')
param location string = resourceGroup().location

@description('Tags of every resource.')
param tags { *: string } = {
  application: 'postern'
}

@description('dry-run: everything runs, nobody is told. live: people are told.')
param mode 'dry-run' | 'live' = 'dry-run'

@description('Short name of the organization as notices give it, at most 12 characters.')
@minLength(1)
@maxLength(12)
param organization string

@description('Mail address of the security desk: alerts, desk notices, and Reply-To of notices.')
param deskEmail string

@description('Number of the security desk as on the safety card, in international form: +15550100. Empty for none.')
param deskPhone string = ''

@description('Further settings, by name: docs/settings.md lists them. Mailbox activity needs a permission that is not granted by default.')
param settings posternSettings = {
  POSTERN_SOURCE_MAILBOX_ACTIVITY: 'off'
}

@description('Rule toggles, as { POSTERN_RULE_SSPR_PROBED: \'staged\' }. Keep them here: portal edits vanish on deployment.')
param ruleSettings { *: string } = {}

@description('Secrets that exist in the vault. infra/secrets.ts makes the first two; add a name when you set another one.')
param secretSettings secretName[] = [
  'POSTERN_HASH_KEY'
  'POSTERN_CARD_KEY'
]

@description('Client id of the app registration for signing in to the desk page and the admin API. Empty = both refuse everybody.')
param signInClientId string = ''

@description('Azure Communication Services for mail and SMS. False when only SMTP, Twilio or a gateway is used.')
param communicationServices bool = true

@description('Where Azure Communication Services keeps data at rest.')
param communicationDataLocation
  | 'Africa'
  | 'Asia Pacific'
  | 'Australia'
  | 'Brazil'
  | 'Canada'
  | 'Europe'
  | 'France'
  | 'Germany'
  | 'India'
  | 'Japan'
  | 'Korea'
  | 'Norway'
  | 'Switzerland'
  | 'UAE'
  | 'UK'
  | 'United States'
  | 'usgov' = 'Europe'

@description('Own sender domain for mail, as alerts.example.org. Empty = a domain of Azure\'s, which is fit for drills only.')
param mailDomain string = ''

@description('True once the DNS records of mailDomain are verified; see docs/deploy.md.')
param mailDomainVerified bool = false

@description('Part of the sender address before the @.')
@minLength(1)
@maxLength(64)
param mailSenderName string = 'postern'

@description('True after the code is deployed: lets delivery reports come in. Event Grid checks that the function answers.')
param deliveryReports bool = false

@description('Version of Node.js.')
param nodeVersion '22' | '24' = '24'

@description('Memory of an instance in MB.')
param instanceMemoryMB 512 | 2048 | 4096 = 512

@description('Most instances of the app.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Instances that always run. Each costs about 5 USD a month; without them the first notice can be minutes late.')
param alwaysReady alwaysReadyCounts = {
  http: 1
  planNotices: 1
  deliverNotices: 1
}

@description('Spread the app over availability zones; at least two of each always-ready instance are then billed.')
param zoneRedundant bool = false

@description('Replication of the data account. Regions without availability zones take Standard_LRS or Standard_GRS only.')
param dataReplication 'Standard_LRS' | 'Standard_ZRS' | 'Standard_GRS' | 'Standard_GZRS' = 'Standard_ZRS'

@description('How long logs are kept, in days.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 90

@description('Most log data per day, in GB. An ordinary installation writes less in a month.')
@minValue(1)
@maxValue(100)
param dailyLogCapGb int = 1

@description('False while you install, so that the alerts stay silent.')
param alertsEnabled bool = true

@description('off: public endpoints that take Entra tokens only. storageAndVault: private endpoints. all: Service Bus as well, in tier Premium (about 700 USD a month).')
param privateNetworking 'off' | 'storageAndVault' | 'all' = 'off'

@description('Address space for private networking, at least a /24.')
param addressPrefix string = '10.127.0.0/24'

@description('False when you may not assign roles: somebody else then deploys modules/roles.bicep with the output ROLE_PARAMETERS.')
param assignRoles bool = true

@description('Object id of the person who runs infra/secrets.ts; gets the role Key Vault Secrets Officer. Empty for none.')
param vaultWriterId string = ''

@description('Ending that makes names unique in all of Azure and stays the same for this resource group.')
var token = uniqueString(resourceGroup().id, name)

@description('Names of the resources. Known before anything is deployed, so that a what-if can show everything.')
var names = {
  identity: 'id-${name}-${token}'
  workspace: 'log-${name}-${token}'
  component: 'appi-${name}-${token}'
  hostStorage: 'st${name}h${token}'
  dataStorage: 'st${name}d${token}'
  serviceBus: 'sb-${name}-${token}'
  vault: 'kv${name}${token}'
  communication: 'acs-${name}-${token}'
  reports: 'evgt-${name}-${token}'
  network: 'vnet-${name}-${token}'
  plan: 'plan-${name}-${token}'
  app: 'func-${name}-${token}'
}

@description('Blob container with the deployed package.')
var packageContainer = 'app-package'

@description('Postern\'s tables; docs/architecture.md says what is in each.')
var tableNames = [
  'posternpeople'
  'posternevidence'
  'posternledger'
  'posterninbox'
  'posternstate'
  'posterntrail'
]

@description('Whether storage and vault are reachable from the internet (with an Entra token).')
var isPublic = privateNetworking == 'off'

@description('Paths that need no sign-in: Graph proves itself by clientState, Event Grid and monitors by a function key, people by reference and card.')
var openPaths = [
  '/api/graph-notifications'
  '/api/delivery-reports'
  '/api/answers'
  '/api/health'
]

@description('Settings that have parameters of their own.')
var namedSettings = union(
  {
    POSTERN_MODE: mode
    POSTERN_ORGANIZATION: organization
    POSTERN_DESK_EMAIL: deskEmail
  },
  deskPhone == '' ? {} : { POSTERN_DESK_PHONE: deskPhone }
)

module monitoring 'modules/monitoring.bicep' = {
  params: {
    location: location
    workspaceName: names.workspace
    componentName: names.component
    retentionDays: logRetentionDays
    dailyCapGb: dailyLogCapGb
    tags: tags
  }
}

module identity 'modules/identity.bicep' = {
  params: {
    location: location
    name: names.identity
    tags: tags
  }
}

module hostStorage 'modules/storage.bicep' = {
  params: {
    location: location
    name: names.hostStorage
    sku: 'Standard_LRS'
    containers: [
      packageContainer
    ]
    tableNames: []
    publicNetworkAccess: isPublic
    auditTables: false
    workspaceId: monitoring.outputs.workspaceId
    tags: tags
  }
}

module dataStorage 'modules/storage.bicep' = {
  params: {
    location: location
    name: names.dataStorage
    sku: dataReplication
    containers: []
    tableNames: tableNames
    publicNetworkAccess: isPublic
    auditTables: true
    workspaceId: monitoring.outputs.workspaceId
    tags: tags
  }
}

module serviceBus 'modules/service-bus.bicep' = {
  params: {
    location: location
    name: names.serviceBus
    tier: privateNetworking == 'all' ? 'Premium' : 'Standard'
    publicNetworkAccess: privateNetworking != 'all'
    workspaceId: monitoring.outputs.workspaceId
    tags: tags
  }
}

module keyVault 'modules/key-vault.bicep' = {
  params: {
    location: location
    name: names.vault
    publicNetworkAccess: isPublic
    workspaceId: monitoring.outputs.workspaceId
    tags: tags
  }
}

module communication 'modules/communication.bicep' = if (communicationServices) {
  params: {
    name: names.communication
    dataLocation: communicationDataLocation
    mailDomain: mailDomain
    mailDomainVerified: mailDomainVerified
    mailSenderName: mailSenderName
    mailDisplayName: organization
    tags: tags
  }
}

module network 'modules/network.bicep' = if (!isPublic) {
  params: {
    location: location
    name: names.network
    addressPrefix: addressPrefix
    zones: concat(['blob', 'queue', 'table', 'vault'], privateNetworking == 'all' ? ['bus'] : [])
    zoneNames: {
      blob: 'privatelink.blob.${environment().suffixes.storage}'
      queue: 'privatelink.queue.${environment().suffixes.storage}'
      table: 'privatelink.table.${environment().suffixes.storage}'
      vault: 'privatelink${replace(environment().suffixes.keyvaultDns, '.vault.', '.vaultcore.')}'
      bus: 'privatelink.${replace(environment().suffixes.storage, 'core.', 'servicebus.')}'
    }
    endpoints: concat(
      [
        { name: '${name}-host-blob', target: hostStorage.outputs.id, group: 'blob', zone: 'blob' }
        { name: '${name}-host-queue', target: hostStorage.outputs.id, group: 'queue', zone: 'queue' }
        { name: '${name}-host-table', target: hostStorage.outputs.id, group: 'table', zone: 'table' }
        { name: '${name}-data-table', target: dataStorage.outputs.id, group: 'table', zone: 'table' }
        { name: '${name}-vault', target: keyVault.outputs.id, group: 'vault', zone: 'vault' }
      ],
      privateNetworking == 'all'
        ? [
            { name: '${name}-bus', target: serviceBus.outputs.id, group: 'namespace', zone: 'bus' }
          ]
        : []
    )
    tags: tags
  }
}

module roles 'modules/roles.bicep' = if (assignRoles) {
  params: {
    identityName: names.identity
    hostStorageName: names.hostStorage
    dataStorageName: names.dataStorage
    serviceBusName: names.serviceBus
    vaultName: names.vault
    componentName: names.component
    communicationName: communicationServices ? names.communication : ''
    vaultWriterId: vaultWriterId
  }
  dependsOn: [
    identity
    hostStorage
    dataStorage
    serviceBus
    keyVault
    monitoring
    communication
  ]
}

// After the roles: the host reads its storage when it starts.
module app 'modules/function-app.bicep' = {
  params: {
    location: location
    planName: names.plan
    appName: names.app
    nodeVersion: nodeVersion
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReady: alwaysReady
    zoneRedundant: zoneRedundant
    identity: {
      id: identity.outputs.id
      clientId: identity.outputs.clientId
    }
    connections: {
      hostBlobs: hostStorage.outputs.blobEndpoint
      hostQueues: hostStorage.outputs.queueEndpoint
      hostTables: hostStorage.outputs.tableEndpoint
      packages: packageContainer
      dataTables: dataStorage.outputs.tableEndpoint
      serviceBus: serviceBus.outputs.host
      vault: keyVault.outputs.uri
      telemetry: monitoring.outputs.connectionString
      communication: communication.?outputs.endpoint ?? ''
      mailSender: communication.?outputs.mailSender ?? ''
    }
    settings: union(settings, namedSettings)
    ruleSettings: ruleSettings
    secretSettings: secretSettings
    signInClientId: signInClientId
    openPaths: openPaths
    subnetId: network.?outputs.appSubnetId ?? ''
    serviceName: 'app'
    tags: tags
  }
  dependsOn: [
    roles
  ]
}

module reports 'modules/delivery-reports.bicep' = if (communicationServices && deliveryReports) {
  params: {
    name: names.reports
    communicationId: communication!.outputs.id
    appName: names.app
    appHost: app.outputs.host
    tags: tags
  }
}

module alerts 'modules/alerts.bicep' = {
  params: {
    location: location
    name: name
    workspaceId: monitoring.outputs.workspaceId
    serviceBusId: serviceBus.outputs.id
    appObjectId: identity.outputs.principalId
    deskEmail: deskEmail
    enabled: alertsEnabled
    tags: tags
  }
}

module workbook 'modules/workbook.bicep' = {
  params: {
    location: location
    name: name
    workspaceId: monitoring.outputs.workspaceId
    tags: tags
  }
}

@description('Name of the app, for deploying the code.')
output APP_NAME string = app.outputs.name

@description('Host name of the app.')
output APP_HOST string = app.outputs.host

@description('Where Graph sends change notifications.')
output NOTIFICATION_URL string = 'https://${app.outputs.host}/api/graph-notifications'

@description('Object id of the app\'s identity, for infra/grant-graph-permissions.ts.')
output IDENTITY_PRINCIPAL_ID string = identity.outputs.principalId

@description('Client id of the app\'s identity.')
output IDENTITY_CLIENT_ID string = identity.outputs.clientId

@description('Name of the key vault, for infra/secrets.ts.')
output VAULT_NAME string = keyVault.outputs.name

@description('Table endpoint of the data account, for the postern command line.')
output TABLES_ENDPOINT string = dataStorage.outputs.tableEndpoint

@description('Sender address of mail; empty without Azure Communication Services.')
output MAIL_SENDER string = communication.?outputs.mailSender ?? ''

@description('DNS records to enter for mailDomain.')
output MAIL_DOMAIN_RECORDS resourceOutput<'Microsoft.Communication/emailServices/domains@2026-03-18'>.properties.verificationRecords = communication.?outputs.mailDomainRecords ?? {}

@export()
@sealed()
@description('Parameters for deploying modules/roles.bicep apart.')
type roleParameters = {
  @description('Name of the identity.')
  identityName: string
  @description('Name of the host storage account.')
  hostStorageName: string
  @description('Name of the data storage account.')
  dataStorageName: string
  @description('Name of the Service Bus namespace.')
  serviceBusName: string
  @description('Name of the key vault.')
  vaultName: string
  @description('Name of the Application Insights component.')
  componentName: string
  @description('Name of the communication service.')
  communicationName: string
}

@description('Parameters for modules/roles.bicep when assignRoles is false.')
output ROLE_PARAMETERS roleParameters = {
  identityName: identity.outputs.name
  hostStorageName: hostStorage.outputs.name
  dataStorageName: dataStorage.outputs.name
  serviceBusName: serviceBus.outputs.name
  vaultName: keyVault.outputs.name
  componentName: monitoring.outputs.componentName
  communicationName: communication.?outputs.name ?? ''
}

@description('Resource id of the workbook.')
output WORKBOOK_ID string = workbook.outputs.id
