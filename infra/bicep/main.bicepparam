// For `az deployment group create` into a resource group that exists:
//   az deployment group create -g GROUP -f infra/bicep/main.bicep -p infra/bicep/main.bicepparam
// Copy this file, fill it in, keep it: it is the memory of your installation.
using 'main.bicep'

param organization = readEnvironmentVariable('POSTERN_ORGANIZATION', 'Example Org')
param deskEmail = readEnvironmentVariable('POSTERN_DESK_EMAIL', 'desk@example.org')
param deskPhone = readEnvironmentVariable('POSTERN_DESK_PHONE', '')
param mode = 'dry-run'

// Rules on, staged (recorded, nobody told) or off; further settings by name.
param ruleSettings = {}
param settings = {
  // Needs the permission pack mailboxActivity: docs/permissions.md.
  POSTERN_SOURCE_MAILBOX_ACTIVITY: 'off'
}
