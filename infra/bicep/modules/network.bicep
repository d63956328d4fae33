// Private networking: the app reaches storage, vault and (Premium) Service Bus through private endpoints. The app itself
// stays reachable: Graph, Event Grid and the people who answer notices call it from the internet.

@description('Region of the network.')
param location string

@description('Name of the network; the other names derive from it.')
param name string

@description('Address space of the network, at least a /24.')
param addressPrefix string

@sealed()
@description('One private endpoint.')
type endpointDefinition = {
  @description('Part of the endpoint\'s name.')
  name: string
  @description('Resource that is reached.')
  target: string
  @description('Part of that resource, as blob.')
  group: string
  @description('Which of the zones resolves its name.')
  zone: string
}

@description('The private endpoints.')
param endpoints endpointDefinition[]

@description('The private DNS zones that the endpoints need, by short name.')
param zones string[]

@description('Names of the private DNS zones, by short name.')
param zoneNames { *: string }

@description('Tags of every resource.')
param tags { *: string }

resource network 'Microsoft.Network/virtualNetworks@2026-03-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: [
        addressPrefix
      ]
    }
  }

  resource appSubnet 'subnets' = {
    name: 'app'
    properties: {
      addressPrefix: cidrSubnet(addressPrefix, 26, 0)
      delegations: [
        {
          name: 'flex'
          properties: {
            serviceName: 'Microsoft.App/environments'
          }
        }
      ]
    }
  }

  resource endpointSubnet 'subnets' = {
    name: 'endpoints'
    properties: {
      addressPrefix: cidrSubnet(addressPrefix, 26, 1)
      privateEndpointNetworkPolicies: 'Enabled'
      defaultOutboundAccess: false
    }
    dependsOn: [
      appSubnet
    ]
  }
}

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for zoneKey in zones: {
    name: zoneNames[zoneKey]
    location: 'global'
    tags: tags
  }
]

resource link 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (zoneKey, index) in zones: {
    parent: zone[index]
    name: name
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: {
        id: network.id
      }
    }
  }
]

module endpoint 'private-endpoint.bicep' = [
  for definition in endpoints: {
    params: {
      location: location
      name: definition.name
      subnetId: network::endpointSubnet.id
      targetId: definition.target
      group: definition.group
      zoneName: zoneNames[definition.zone]
      tags: tags
    }
    dependsOn: [
      zone
    ]
  }
]

@description('Subnet for the app.')
output appSubnetId string = network::appSubnet.id
