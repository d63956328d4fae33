// An example with everything on: private endpoints for all, own mail domain, sign-in, zones, a few rules staged.
using 'main.bicep'

param organization = 'Example Org'
param deskEmail = 'desk@example.org'
param deskPhone = '+15550100'
param mode = 'live'

param privateNetworking = 'all'
param zoneRedundant = true
param instanceMemoryMB = 2048
param alwaysReady = {
  http: 2
  planNotices: 2
  deliverNotices: 2
}
param dataReplication = 'Standard_GZRS'

param mailDomain = 'alerts.example.org'
param mailDomainVerified = true
param mailSenderName = 'notice'
param deliveryReports = true
param communicationDataLocation = 'Switzerland'

param signInClientId = '00000000-0000-0000-0000-000000000001'
param vaultWriterId = '00000000-0000-0000-0000-000000000002'
param secretSettings = [
  'POSTERN_HASH_KEY'
  'POSTERN_CARD_KEY'
  'POSTERN_SMTP_URL'
  'POSTERN_DESK_WEBHOOK_SECRET'
]

param ruleSettings = {
  POSTERN_RULE_SSPR_PROBED: 'staged'
  POSTERN_RULE_PROBE_CHECK_RESET__TIMESPAN: '12h'
}
param settings = {
  POSTERN_ANSWER_ADDRESS: 'answer.example.org'
  POSTERN_DESK_WEBHOOK_URL: 'https://hooks.example.org/desk'
  POSTERN_SMTP_SENDER: 'notice@example.org'
  POSTERN_EMAIL_PER_HOUR: '1000'
}
