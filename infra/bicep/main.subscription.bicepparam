// What `azd up` uses. `azd env set NAME value` keeps the values; docs/deploy.md explains each.
using 'main.subscription.bicep'

param name = readEnvironmentVariable('POSTERN_NAME', 'postern')
param resourceGroupName = 'rg-${readEnvironmentVariable('AZURE_ENV_NAME', 'postern')}'
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param tags = {
  application: 'postern'
  'azd-env-name': readEnvironmentVariable('AZURE_ENV_NAME', 'postern')
}

param organization = readEnvironmentVariable('POSTERN_ORGANIZATION', 'Example Org')
param deskEmail = readEnvironmentVariable('POSTERN_DESK_EMAIL', 'desk@example.org')
param deskPhone = readEnvironmentVariable('POSTERN_DESK_PHONE', '')
param mode = readEnvironmentVariable('POSTERN_MODE', 'dry-run') == 'live' ? 'live' : 'dry-run'

// JSON, as {"POSTERN_RULE_SSPR_PROBED":"staged"}
param ruleSettings = json(readEnvironmentVariable('POSTERN_RULE_SETTINGS', '{}'))
// JSON. Mailbox activity needs the permission pack mailboxActivity: docs/permissions.md.
param settings = json(readEnvironmentVariable('POSTERN_SETTINGS', '{"POSTERN_SOURCE_MAILBOX_ACTIVITY":"off"}'))
// JSON, as ["POSTERN_HASH_KEY","POSTERN_CARD_KEY","POSTERN_SMTP_URL"]
param secretSettings = json(readEnvironmentVariable(
  'POSTERN_SECRET_SETTINGS',
  '["POSTERN_HASH_KEY","POSTERN_CARD_KEY"]'
))

param signInClientId = readEnvironmentVariable('POSTERN_SIGN_IN_CLIENT_ID', '')
param vaultWriterId = readEnvironmentVariable('AZURE_PRINCIPAL_ID', '')
param mailDomain = readEnvironmentVariable('POSTERN_MAIL_DOMAIN', '')
param mailDomainVerified = bool(readEnvironmentVariable('POSTERN_MAIL_DOMAIN_VERIFIED', 'false'))
param deliveryReports = bool(readEnvironmentVariable('POSTERN_DELIVERY_REPORTS', 'false'))
param alertsEnabled = bool(readEnvironmentVariable('POSTERN_ALERTS', 'true'))
