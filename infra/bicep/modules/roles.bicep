// Who may do what on which resource: built-in roles, each on the narrowest scope that works, given to the app's identity
// and, for the vault, to the person who writes the secrets. This is the only file that assigns roles, so that somebody
// who may assign roles but does not deploy can run it alone:
//   az deployment group create -g GROUP -f infra/bicep/modules/roles.bicep -p …   (see docs/deploy.md)

@description('Name of the app\'s identity.')
param identityName string

@description('Name of the host storage account.')
param hostStorageName string

@description('Name of the data storage account.')
param dataStorageName string

@description('Name of the Service Bus namespace.')
param serviceBusName string

@description('Name of the key vault.')
param vaultName string

@description('Name of the Application Insights component.')
param componentName string

@description('Name of the communication service; empty without it.')
param communicationName string

@description('Object id of the person who writes the secrets; empty = somebody else gives that role.')
param vaultWriterId string

@description('Ids of the built-in roles, the same in every tenant.')
var role = {
  storageBlobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  storageTableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  serviceBusDataReceiver: '4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0'
  serviceBusDataSender: '69a216fc-b8fb-44d8-bc22-1f3c2cd27a39'
  keyVaultSecretsUser: '4633458b-17de-408a-b874-0445c86b69e6'
  keyVaultSecretsOfficer: 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
  communicationAndEmailServiceOwner: '09976791-48a7-449e-bb21-39d1a415f350'
}

@description('The queues; the app receives from and sends into each.')
var queueNames = [
  'notifications'
  'findings'
  'notices'
]

@description('Postern\'s tables; the app reads and writes each, and can neither create nor delete one.')
var tableNames = [
  'posternpeople'
  'posternevidence'
  'posternledger'
  'posterninbox'
  'posternstate'
  'posterntrail'
]

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource hostStorage 'Microsoft.Storage/storageAccounts@2026-06-01' existing = {
  name: hostStorageName
}

resource dataStorage 'Microsoft.Storage/storageAccounts@2026-06-01' existing = {
  name: dataStorageName

  resource tables 'tableServices' existing = {
    name: 'default'
  }
}

resource table 'Microsoft.Storage/storageAccounts/tableServices/tables@2026-06-01' existing = [
  for tableName in tableNames: {
    parent: dataStorage::tables
    name: tableName
  }
]

resource namespace 'Microsoft.ServiceBus/namespaces@2026-01-01' existing = {
  name: serviceBusName
}

resource queue 'Microsoft.ServiceBus/namespaces/queues@2026-01-01' existing = [
  for queueName in queueNames: {
    parent: namespace
    name: queueName
  }
]

resource vault 'Microsoft.KeyVault/vaults@2026-05-15' existing = {
  name: vaultName
}

resource component 'Microsoft.Insights/components@2020-02-02' existing = {
  name: componentName
}

resource communication 'Microsoft.Communication/communicationServices@2026-03-18' existing = if (communicationName != '') {
  name: communicationName == '' ? 'none' : communicationName
}

@description('Leases, function keys and the deployed package. The host needs Owner: it sets blob leases.')
resource hostBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: hostStorage
  name: guid(hostStorage.id, identity.id, role.storageBlobDataOwner)
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.storageBlobDataOwner)
  }
}

@description('Diagnostic events of the host.')
resource hostTables 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: hostStorage
  name: guid(hostStorage.id, identity.id, role.storageTableDataContributor)
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      role.storageTableDataContributor
    )
  }
}

@description('Postern\'s own tables, one by one.')
resource dataTables 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (tableName, index) in tableNames: {
    scope: table[index]
    name: guid(dataStorage.id, tableName, identity.id, role.storageTableDataContributor)
    properties: {
      principalId: identity.properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId(
        'Microsoft.Authorization/roleDefinitions',
        role.storageTableDataContributor
      )
    }
  }
]

@description('Receiving from each queue and its dead letters.')
resource receiver 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (queueName, index) in queueNames: {
    scope: queue[index]
    name: guid(namespace.id, queueName, identity.id, role.serviceBusDataReceiver)
    properties: {
      principalId: identity.properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.serviceBusDataReceiver)
    }
  }
]

@description('Sending into each queue.')
resource sender 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (queueName, index) in queueNames: {
    scope: queue[index]
    name: guid(namespace.id, queueName, identity.id, role.serviceBusDataSender)
    properties: {
      principalId: identity.properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.serviceBusDataSender)
    }
  }
]

@description('Reading secrets, by Key Vault reference.')
resource secretsUser 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, identity.id, role.keyVaultSecretsUser)
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.keyVaultSecretsUser)
  }
}

@description('Writing secrets, for the person who runs infra/secrets.ts.')
resource secretsOfficer 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (vaultWriterId != '') {
  scope: vault
  name: guid(vault.id, vaultWriterId, role.keyVaultSecretsOfficer)
  properties: {
    principalId: vaultWriterId
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.keyVaultSecretsOfficer)
  }
}

@description('Sending telemetry.')
resource metricsPublisher 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: component
  name: guid(component.id, identity.id, role.monitoringMetricsPublisher)
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.monitoringMetricsPublisher)
  }
}

@description('Sending mail and SMS. No narrower built-in role may send.')
resource communicationOwner 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (communicationName != '') {
  scope: communication
  name: guid(communication.id, identity.id, role.communicationAndEmailServiceOwner)
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      role.communicationAndEmailServiceOwner
    )
  }
}
