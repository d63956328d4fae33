// The app settings that an organization chooses, as types. Written by `npm run check:infra -- --write` from
// src/config.ts; a test keeps them equal. Settings that the template itself knows (endpoints, tenant) are not here.

@export()
@sealed()
@description('Settings of Postern, by the name that they have everywhere else. Leave out what should keep its default.')
type posternSettings = {
  @description('Where desk notices are posted (Teams Workflows, Slack, a SIEM).')
  POSTERN_DESK_WEBHOOK_URL: string?
  @description('on: the desk page may revoke sessions and require a new password (needs more permissions).')
  POSTERN_DESK_ACTIONS: ('on' | 'off')?
  @description('Short address of the answer page as printed on the card, typed by hand: answer.example.org')
  POSTERN_ANSWER_ADDRESS: string?
  @description('National cloud of the tenant.')
  POSTERN_CLOUD: ('global' | 'usgov' | 'usgov-dod' | 'china')?
  @description('Public address of graph-notifications. Default: https://WEBSITE_HOSTNAME/api/graph-notifications')
  POSTERN_NOTIFICATION_URL: string?
  @description('Object id of an Entra group whose members are all enrolled, and kept in step.')
  POSTERN_ENROLL_GROUP: string?
  @description('When logs are read, NCRONTAB with seconds.')
  POSTERN_POLL_SCHEDULE: string?
  @description('Read directory audits.')
  POSTERN_SOURCE_DIRECTORY_AUDITS: ('on' | 'off')?
  @description('Read sign-ins (Entra ID P1 or P2).')
  POSTERN_SOURCE_SIGN_INS: ('on' | 'off')?
  @description('Read risk detections (Entra ID P1 or P2).')
  POSTERN_SOURCE_RISK_DETECTIONS: ('on' | 'off')?
  @description('Read the message trace (Exchange Online).')
  POSTERN_SOURCE_PROVIDER_MAIL: ('on' | 'off')?
  @description('Read mailbox activity (Purview audit).')
  POSTERN_SOURCE_MAILBOX_ACTIVITY: ('on' | 'off')?
  @description('Read authentication methods, recovery fields and inbox rules of people with an open chain.')
  POSTERN_SOURCE_AUTHENTICATION_METHODS: ('on' | 'off')?
  @description('on: subscribe to mail metadata of mailboxes whose owner opted in (needs Mail.ReadBasic).')
  POSTERN_MAIL_SUBSCRIPTIONS: ('on' | 'off')?
  @description('Attempts are told in batches of about this length; 0 = at once.')
  POSTERN_PROBE_BATCH_MINUTES: string?
  @description('Notices per person and day; break-ins are not counted.')
  POSTERN_DAILY_CAP: string?
  @description('After so long without delivery the next channel is tried, then the desk.')
  POSTERN_UNDELIVERED_MINUTES: string?
  @description('After so long without an answer the desk is asked to reach the person.')
  POSTERN_SILENCE_MINUTES: string?
  @description('Channels must be proven again after so many days.')
  POSTERN_REPROVE_DAYS: string?
  @description('Languages whose catalogs no native speaker has signed off yet and that are used all the same: fa,ar')
  POSTERN_DRAFT_LANGUAGES: string?
  @description('How long hits are kept; less than the longest timespan of the rules (90 days) makes them blind.')
  POSTERN_RETENTION_EVIDENCE_DAYS: string?
  @description('How long findings are kept.')
  POSTERN_RETENTION_FINDINGS_DAYS: string?
  @description('How long the ledger of notices and the audit trail are kept.')
  POSTERN_RETENTION_LEDGER_DAYS: string?
  @description('Number or name that SMS by Azure Communication Services come from.')
  POSTERN_ACS_SMS_SENDER: string?
  @description('Sender address of mail by the relay.')
  POSTERN_SMTP_SENDER: string?
  @description('Twilio account SID.')
  POSTERN_TWILIO_ACCOUNT: string?
  @description('Number or messaging service SID that SMS by Twilio come from.')
  POSTERN_TWILIO_SENDER: string?
  @description('A gateway that takes SMS as signed HTTPS posts.')
  POSTERN_SMS_WEBHOOK_URL: string?
  @description('Quota of the mail sender per minute.')
  POSTERN_EMAIL_PER_MINUTE: string?
  @description('Quota of the mail sender per hour.')
  POSTERN_EMAIL_PER_HOUR: string?
  @description('Quota of the SMS sender per minute.')
  POSTERN_SMS_PER_MINUTE: string?
}

@export()
@description('Settings whose values are secrets: they live in Key Vault, and the app reads them by reference.')
type secretName =
  | 'POSTERN_DESK_WEBHOOK_SECRET'
  | 'POSTERN_HASH_KEY'
  | 'POSTERN_CARD_KEY'
  | 'POSTERN_SMTP_URL'
  | 'POSTERN_TWILIO_TOKEN'
  | 'POSTERN_SMS_WEBHOOK_SECRET'
