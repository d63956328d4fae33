// Postern with a resource group of its own: what `azd up` deploys. The parameters are those of main.bicep, handed through.

targetScope = 'subscription'

import { posternSettings, secretName } from 'modules/settings.bicep'
import { alwaysReadyCounts } from 'modules/function-app.bicep'
import { roleParameters } from 'main.bicep'

metadata name = 'Postern: account-recovery watch for Microsoft Entra ID, with its resource group'
metadata description = 'Creates the resource group and deploys the watch into it.'

@description('Name of the resource group to create or to use.')
@minLength(1)
@maxLength(90)
param resourceGroupName string = 'rg-postern'

@description('Short name of the installation: 3 to 8 lower-case letters and digits. All resource names contain it.')
@minLength(3)
@maxLength(8)
param name string = 'postern'

@description('Region. It must offer Flex Consumption: az functionapp list-flexconsumption-locations -o table')
param location string = deployment().location

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

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: resourceGroupName
  location: location
  tags: tags
}

module postern 'main.bicep' = {
  scope: group
  params: {
    name: name
    location: location
    tags: tags
    mode: mode
    organization: organization
    deskEmail: deskEmail
    deskPhone: deskPhone
    settings: settings
    ruleSettings: ruleSettings
    secretSettings: secretSettings
    signInClientId: signInClientId
    communicationServices: communicationServices
    communicationDataLocation: communicationDataLocation
    mailDomain: mailDomain
    mailDomainVerified: mailDomainVerified
    mailSenderName: mailSenderName
    deliveryReports: deliveryReports
    nodeVersion: nodeVersion
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReady: alwaysReady
    zoneRedundant: zoneRedundant
    dataReplication: dataReplication
    logRetentionDays: logRetentionDays
    dailyLogCapGb: dailyLogCapGb
    alertsEnabled: alertsEnabled
    privateNetworking: privateNetworking
    addressPrefix: addressPrefix
    assignRoles: assignRoles
    vaultWriterId: vaultWriterId
  }
}

@description('Name of the resource group.')
output RESOURCE_GROUP string = group.name

@description('Name of the app, for deploying the code.')
output APP_NAME string = postern.outputs.APP_NAME

@description('Host name of the app.')
output APP_HOST string = postern.outputs.APP_HOST

@description('Where Graph sends change notifications.')
output NOTIFICATION_URL string = postern.outputs.NOTIFICATION_URL

@description('Object id of the app\'s identity, for infra/grant-graph-permissions.ts.')
output IDENTITY_PRINCIPAL_ID string = postern.outputs.IDENTITY_PRINCIPAL_ID

@description('Client id of the app\'s identity.')
output IDENTITY_CLIENT_ID string = postern.outputs.IDENTITY_CLIENT_ID

@description('Name of the key vault, for infra/secrets.ts.')
output VAULT_NAME string = postern.outputs.VAULT_NAME

@description('Table endpoint of the data account, for the postern command line.')
output TABLES_ENDPOINT string = postern.outputs.TABLES_ENDPOINT

@description('Sender address of mail; empty without Azure Communication Services.')
output MAIL_SENDER string = postern.outputs.MAIL_SENDER

@description('DNS records to enter for mailDomain.')
output MAIL_DOMAIN_RECORDS resourceOutput<'Microsoft.Communication/emailServices/domains@2026-03-18'>.properties.verificationRecords = postern.outputs.MAIL_DOMAIN_RECORDS

@description('Parameters for modules/roles.bicep when assignRoles is false.')
output ROLE_PARAMETERS roleParameters = postern.outputs.ROLE_PARAMETERS

@description('Resource id of the workbook.')
output WORKBOOK_ID string = postern.outputs.WORKBOOK_ID
