// Azure Communication Services: mail from the organization's own domain once that is verified, before that from a domain
// that Azure hands out (for drills only: it looks like phishing). SMS numbers cannot be ordered by template:
// see docs/deploy.md. Engagement tracking is off: notices carry no pixel. Its diagnostic logs stay off as well, because
// they hold recipients' addresses.

@description('Name of both resources.')
param name string

@description('Where Azure keeps the data at rest.')
param dataLocation string

@description('The organization\'s own sender domain, as alerts.example.org; empty for none.')
param mailDomain string

@description('True once Azure shows domain, SPF and both DKIM records as verified. Linking it earlier fails.')
param mailDomainVerified bool

@description('Part of the sender address before the @.')
param mailSenderName string

@description('Name that mail programs show as the sender.')
param mailDisplayName string

@description('Tags of the resources.')
param tags { *: string }

@description('Whether mail already comes from the own domain.')
var ownDomain = mailDomain != '' && mailDomainVerified

resource mail 'Microsoft.Communication/emailServices@2026-03-18' = {
  name: name
  location: 'global'
  tags: tags
  properties: {
    dataLocation: dataLocation
  }
}

resource managedDomain 'Microsoft.Communication/emailServices/domains@2026-03-18' = {
  parent: mail
  name: 'AzureManagedDomain'
  location: 'global'
  tags: tags
  properties: {
    domainManagement: 'AzureManaged'
    userEngagementTracking: 'Disabled'
  }
}

resource customDomain 'Microsoft.Communication/emailServices/domains@2026-03-18' = if (mailDomain != '') {
  parent: mail
  name: mailDomain == '' ? 'none' : mailDomain
  location: 'global'
  tags: tags
  properties: {
    domainManagement: 'CustomerManaged'
    userEngagementTracking: 'Disabled'
  }
}

resource sender 'Microsoft.Communication/emailServices/domains/senderUsernames@2026-03-18' = if (ownDomain) {
  parent: customDomain
  name: mailSenderName
  properties: {
    username: mailSenderName
    displayName: mailDisplayName
  }
}

resource service 'Microsoft.Communication/communicationServices@2026-03-18' = {
  name: name
  location: 'global'
  tags: tags
  properties: {
    dataLocation: dataLocation
    disableLocalAuth: true
    linkedDomains: [
      ownDomain ? customDomain.id : managedDomain.id
    ]
  }
}

@description('Resource id of the communication service.')
output id string = service.id

@description('Name of the communication service.')
output name string = service.name

@description('Endpoint, as https://name.communication.azure.com')
output endpoint string = 'https://${service.properties.hostName}'

@description('Sender address that notices come from now.')
output mailSender string = ownDomain
  ? '${mailSenderName}@${mailDomain}'
  : 'DoNotReply@${managedDomain.properties.mailFromSenderDomain}'

@description('DNS records that prove the own domain; empty without one.')
output mailDomainRecords resourceOutput<'Microsoft.Communication/emailServices/domains@2026-03-18'>.properties.verificationRecords = customDomain.?properties.?verificationRecords ?? {}
