// The one identity that the app acts as: towards Graph, storage, queues, vault, mail and logs.

@description('Region of the identity.')
param location string

@description('Name of the identity. Entra shows it under this name among the enterprise applications.')
param name string

@description('Tags of the identity.')
param tags { *: string }

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

@description('Resource id.')
output id string = identity.id

@description('Name.')
output name string = identity.name

@description('Client id: which identity a token is asked for.')
output clientId string = identity.properties.clientId

@description('Object id of the service principal: whom roles and Graph permissions are given to.')
output principalId string = identity.properties.principalId
