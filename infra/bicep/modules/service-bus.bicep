// The namespace and its three queues. Entra identities only; who may send and receive is said per queue in roles.bicep.
// The queues are those of local/service-bus/queues.ts; a test keeps them equal.

@description('Region of the namespace.')
param location string

@description('Name of the namespace: 6 to 50 letters, digits and hyphens, unique in all of Azure.')
@minLength(6)
@maxLength(50)
param name string

@description('Premium only for private endpoints: about seventy times the price.')
param tier 'Standard' | 'Premium'

@description('False: reachable through a private endpoint only (Premium).')
param publicNetworkAccess bool

@description('Workspace that audit and operational logs go to.')
param workspaceId string

@description('Tags of the namespace.')
param tags { *: string }

@description('One queue. Durations are ISO 8601.')
@sealed()
type queueDefinition = {
  @description('Name.')
  name: string
  @description('How long a receiver holds a message before it is handed out again.')
  lockDuration: string
  @description('After so many failed deliveries the message moves to the dead letters.')
  maxDeliveryCount: int
  @description('A message id that was seen within this window is dropped.')
  duplicateDetectionHistoryTimeWindow: string
  @description('How long a message waits at most; then it moves to the dead letters.')
  defaultMessageTimeToLive: string
}

@description('The queues.')
var definitions queueDefinition[] = [
  {
    name: 'notifications'
    lockDuration: 'PT1M'
    maxDeliveryCount: 10
    duplicateDetectionHistoryTimeWindow: 'PT10M'
    defaultMessageTimeToLive: 'P3D'
  }
  {
    name: 'findings'
    lockDuration: 'PT1M'
    maxDeliveryCount: 10
    duplicateDetectionHistoryTimeWindow: 'PT1H'
    defaultMessageTimeToLive: 'P14D'
  }
  {
    name: 'notices'
    lockDuration: 'PT2M'
    maxDeliveryCount: 10
    duplicateDetectionHistoryTimeWindow: 'P1D'
    defaultMessageTimeToLive: 'P2D'
  }
]

resource namespace 'Microsoft.ServiceBus/namespaces@2026-01-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: tier
    tier: tier
    capacity: tier == 'Premium' ? 1 : null
  }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    publicNetworkAccess: publicNetworkAccess ? 'Enabled' : 'Disabled'
  }
}

resource queue 'Microsoft.ServiceBus/namespaces/queues@2026-01-01' = [
  for definition in definitions: {
    parent: namespace
    name: definition.name
    properties: {
      lockDuration: definition.lockDuration
      maxDeliveryCount: definition.maxDeliveryCount
      requiresDuplicateDetection: true
      duplicateDetectionHistoryTimeWindow: definition.duplicateDetectionHistoryTimeWindow
      defaultMessageTimeToLive: definition.defaultMessageTimeToLive
      deadLetteringOnMessageExpiration: true
      maxSizeInMegabytes: 1024
    }
  }
]

// The stable version of this type, 2016-09-01, knows no category groups and only one setting per resource.
#disable-next-line use-recent-api-versions
resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: namespace
  name: 'audit'
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        categoryGroup: 'audit'
        enabled: true
      }
      {
        category: 'OperationalLogs'
        enabled: true
      }
    ]
  }
}

@description('Resource id.')
output id string = namespace.id

@description('Name.')
output name string = namespace.name

@description('Host name, as postern.servicebus.windows.net.')
output host string = split(split(namespace.properties.serviceBusEndpoint, '://')[1], ':')[0]
