// One private endpoint, and its name in a private DNS zone that exists already.

@description('Region of the endpoint.')
param location string

@description('Part of its name.')
param name string

@description('Subnet that it takes an address from.')
param subnetId string

@description('Resource that is reached.')
param targetId string

@description('Part of that resource, as blob.')
param group string

@description('Name of the private DNS zone that resolves its name.')
param zoneName string

@description('Tags of the endpoint.')
param tags { *: string }

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' existing = {
  name: zoneName
}

resource endpoint 'Microsoft.Network/privateEndpoints@2026-03-01' = {
  name: 'pe-${name}'
  location: location
  tags: tags
  properties: {
    subnet: {
      id: subnetId
    }
    privateLinkServiceConnections: [
      {
        name: name
        properties: {
          privateLinkServiceId: targetId
          groupIds: [
            group
          ]
        }
      }
    ]
  }

  resource names 'privateDnsZoneGroups' = {
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        {
          name: group
          properties: {
            privateDnsZoneId: zone.id
          }
        }
      ]
    }
  }
}
