// The core Graph permissions as Bicep, for organizations that want grants in code review. Public cloud only; whoever deploys
// it needs the Entra role Privileged Role Administrator. Apart from infra/bicep, because it needs the Graph extension
// from the registry and another person's rights:
//   az deployment group create -g GROUP -f infra/graph/grants.bicep -p principalId=IDENTITY_PRINCIPAL_ID
// Not part of npm run check:infra, which works without the registry.
// infra/grant-graph-permissions.ts does the same, also for the other packs and clouds, and can take them away again.

extension microsoftGraphV1

@description('Object id of the app\'s identity: output IDENTITY_PRINCIPAL_ID.')
param principalId string

@description('Permissions to grant. The default is the pack core of src/azure/permissions.ts.')
param permissions string[] = [
  'AuditLog.Read.All'
  'User.Read.All'
  'IdentityRiskEvent.Read.All'
  'UserAuthenticationMethod.Read.All'
  'MailboxSettings.Read'
  'ExchangeMessageTrace.Read.All'
]

resource graph 'Microsoft.Graph/servicePrincipals@v1.0' existing = {
  appId: '00000003-0000-0000-c000-000000000000'
}

resource messageTrace 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: '8bd644d1-64a1-4d4b-ae52-2e0cbf64e373'
}

resource grant 'Microsoft.Graph/appRoleAssignedTo@v1.0' = [
  for permission in permissions: {
    principalId: principalId
    resourceId: graph.id
    appRoleId: filter(graph.appRoles, role => role.value == permission)[0].id
  }
]
