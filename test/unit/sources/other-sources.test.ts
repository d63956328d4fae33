import { describe, expect, it } from 'vitest';
import { createIndicators } from '../../../src/sources/indicators.ts';
import { withoutCodes } from '../../../src/sources/provider-senders.ts';
import { parseProviders } from '../../../src/sources/providers-text.ts';
import { DANA_ID, eventOf, NO_TIME, posternOf, readingOf } from './records.ts';

type Fields = Record<string, unknown>;

describe('risk detections', () => {
  const detection = (changes: Fields = {}): Fields => ({
    id: 'r1',
    riskEventType: 'attemptedPRTAccess',
    riskState: 'remediated',
    riskLevel: 'High',
    activityDateTime: '2026-03-01T5:32:08.107Z',
    detectedDateTime: '2026-03-02T09:00:00Z',
    userId: DANA_ID,
    userPrincipalName: 'DANA@example.org',
    ipAddress: '203.0.113.5',
    location: { countryOrRegion: 'DE' },
    additionalInfo:
      '[{"Key":"userAgent","Value":"Mozilla/5.0 (Windows NT 10.0; rv:91.0) Gecko/20100101 Firefox/91.0"}]',
    ...changes,
  });

  it('is dated by the activity, not by its detection', () => {
    const event = eventOf(detection());
    expect(event.at).toEqual(new Date('2026-03-01T05:32:08.107Z'));
    expect(event.subject).toEqual({ id: DANA_ID, upn: 'dana@example.org' });
    expect(event.fields.postern).toEqual({
      by: 'system',
      ip: '203.0.113.5',
      network: '203.0.113.0/24',
      country: 'DE',
      client: 'windows/firefox',
      risk: { type: 'attemptedprtaccess', level: 'high', state: 'remediated' },
      indicator: ['anonymizers'],
    });
  });

  it('falls back on the detection time and the old name of the type', () => {
    const event = eventOf(
      detection({ activityDateTime: null, riskEventType: undefined, riskType: 'leakedCredentials' }),
    );
    expect(event.at).toEqual(new Date('2026-03-02T09:00:00Z'));
    expect(event.fields.riskEventType).toBe('leakedCredentials');
  });

  it('ignores summaries and detections about nobody', () => {
    const summary = { id: DANA_ID, riskLastUpdatedDateTime: '2026-03-01T10:00:00Z', riskState: 'atRisk' };
    expect(readingOf(summary)).toMatchObject({ kind: 'ignored' });
    expect(readingOf(detection({ userId: '', userPrincipalName: null }))).toMatchObject({ kind: 'ignored' });
    expect(readingOf(detection({ id: undefined }))).toMatchObject({ kind: 'unreadable' });
  });
});

describe('provider mail', () => {
  const trace = (changes: Fields = {}): Fields => ({
    id: 't1',
    senderAddress: 'Account-Security-NoReply@accountprotection.microsoft.com',
    recipientAddress: 'dana.private@example.org',
    messageId: '<Example0001@accountprotection.microsoft.com>',
    receivedDateTime: '2026-03-01T09:20:11Z',
    subject: 'Microsoft account security code 1234567',
    status: 'delivered',
    ...changes,
  });
  const message = (changes: Fields = {}): Fields => ({
    id: 'AAMk',
    createdDateTime: '2026-03-01T09:20:11Z',
    receivedDateTime: '2026-03-01T09:20:11Z',
    subject: 'Microsoft account security code',
    bodyPreview: 'Security code: 1234567',
    from: { emailAddress: { name: 'Microsoft', address: 'account-security-noreply@accountprotection.microsoft.com' } },
    toRecipients: [{ emailAddress: { address: 'Dana.Private@example.org' } }],
    internetMessageId: '<EXAMPLE0001@accountprotection.microsoft.com>',
    isRead: false,
    ...changes,
  });
  const headers = (...values: string[]) => ({
    internetMessageHeaders: values.map((value) => ({ name: 'Authentication-Results', value })),
  });

  it('keeps sender, kind and mailbox, and no code, body or message id', () => {
    const event = eventOf(trace());
    expect(event.subject).toEqual({ upn: 'dana.private@example.org' });
    expect(event.fields).toEqual({
      id: 't1',
      receivedDateTime: '2026-03-01T09:20:11Z',
      senderAddress: 'account-security-noreply@accountprotection.microsoft.com',
      recipientAddress: 'dana.private@example.org',
      subject: 'Microsoft account security code ###',
      status: 'delivered',
      postern: { mail: { provider: 'microsoft', kind: 'verification_code', about: 'dana.private@example.org' } },
    });
    expect(JSON.stringify(eventOf(message()))).not.toContain('1234567');
  });

  it('trace and message of one mail are one action', () => {
    expect(eventOf(trace()).action).toBe(eventOf(message()).action);
    expect(eventOf(trace({ recipientAddress: 'b@example.org' })).action).not.toBe(eventOf(trace()).action);
  });

  it.each([
    [message(), undefined],
    [message(headers('spf=pass; dkim=pass; dmarc=pass action=none')), true],
    [message(headers('spf=fail; dmarc=fail action=none')), false],
    [message(headers('spf=fail; dmarc=fail', 'dmarc=pass')), false],
  ])('authenticated %#', (record, expected) => {
    expect((posternOf(record).mail as Fields).authenticated).toBe(expected);
  });

  it('believes the reader on whose mailbox it is', () => {
    const record = message({ mailbox: { id: DANA_ID, userPrincipalName: 'dana@example.org' } });
    expect(eventOf(record).subject).toEqual({ id: DANA_ID, upn: 'dana@example.org' });
  });

  it.each([
    ['no-reply@accounts.google.com', 'Security alert', 'google', 'account_alert'],
    ['no-reply@cc.yahoo-inc.com', 'Your Yahoo account information has changed', 'yahoo', 'security_info_changed'],
    [
      'someone@accountprotection.microsoft.com',
      'Microsoft account unusual sign-in activity',
      'microsoft',
      'sign_in_alert',
    ],
    ['info@x.com', 'Password reset request', 'x', 'verification_code'],
    ['info@x.com', 'Quelque chose', 'x', 'other'],
    ['appleid@id.apple.com', 'Your Apple Account password has been reset', 'apple', 'password_changed'],
  ])('%s: %s', (senderAddress, subject, provider, kind) => {
    expect(posternOf(trace({ senderAddress, subject })).mail).toMatchObject({ provider, kind });
  });

  it('reads mail from a listed domain although it is no provider', () => {
    const mail = { kind: 'other', about: 'dana.private@example.org' };
    expect(posternOf(trace({ senderAddress: 'x@mail.evil.example.net' }))).toEqual({
      mail,
      indicator: ['campaign-domains'],
    });
  });

  it.each([
    [trace({ senderAddress: 'newsletter@example.net' })],
    [trace({ senderAddress: 'a@sub.accountprotection.microsoft.com' })],
    [trace({ status: 'failed' })],
  ])('ignored %#', (record) => expect(readingOf(record).kind).toBe('ignored'));

  it.each([[trace({ recipientAddress: '' })], [trace({ receivedDateTime: '' })]])('unreadable %#', (record) =>
    expect(readingOf(record).kind).toBe('unreadable'),
  );

  it.each([
    ['853353 is your code', '### is your code'],
    ['FB-12345 is your code', '### is your code'],
    ['Code 12 34 56', 'Code ###'],
    ['Code 123-456', 'Code ###'],
    ['Your code is A1B2C3', 'Your code is ###'],
    ['Security alert for Windows 11', 'Security alert for Windows 11'],
  ])('"%s" without codes', (subject, expected) => expect(withoutCodes(subject)).toBe(expected));

  it('providers.yml: problems are values and name their place', () => {
    expect(parseProviders('subjects: []\nproviders: {x: {senders: [{address: nobody, source: "H: x"}]}}')).toEqual({
      ok: false,
      problems: ['providers.x.senders.0.address: must be an address or *@domain'],
    });
    expect(parseProviders('a: [').ok).toBe(false);
  });
});

describe('authentication methods', () => {
  const difference = (changes: Fields = {}): Fields => ({
    id: 'd1',
    at: '2026-03-01T09:40:00Z',
    account: { id: DANA_ID, userPrincipalName: 'Dana@example.org' },
    change: 'updated',
    method: '#microsoft.graph.phoneAuthenticationMethod',
    value: '+1 555-0101',
    previous: '+1 555-0100',
    ...changes,
  });

  it('tells the change and keyed hashes, never numbers', () => {
    const event = eventOf(difference());
    expect(event.fields.postern).toEqual({
      method: { action: 'updated', type: 'phone' },
      contact: { changed: ['phone'], new: ['h(+15550101)'], old: ['h(+15550100)'] },
    });
    expect(event.fields).not.toHaveProperty('value');
  });

  it.each([
    ['#microsoft.graph.emailAuthenticationMethod', 'email'],
    ['#microsoft.graph.microsoftAuthenticatorAuthenticationMethod', 'authenticator'],
    ['#microsoft.graph.softwareOathAuthenticationMethod', 'totp'],
    ['#microsoft.graph.fido2AuthenticationMethod', 'passkey'],
    ['#microsoft.graph.temporaryAccessPassAuthenticationMethod', 'tap'],
    ['#microsoft.graph.windowsHelloForBusinessAuthenticationMethod', 'windows_hello'],
    ['#microsoft.graph.passwordAuthenticationMethod', 'other'],
  ])('%s is %s', (method, type) => {
    expect(posternOf(difference({ method, value: null, previous: null })).method).toEqual({ action: 'updated', type });
  });

  it('a removed method has an old contact only', () => {
    expect(posternOf(difference({ change: 'removed', value: '+1 555-0100', previous: null })).contact).toEqual({
      changed: ['phone'],
      old: ['h(+15550100)'],
    });
  });

  it.each([[difference({ change: 'stolen' })], [difference({ account: {} })], [difference({ at: 'now' })]])(
    'unreadable %#',
    (record) => expect(readingOf(record).kind).toBe('unreadable'),
  );
});

describe('mailbox activity', () => {
  const record = (operation: string, data: Fields = {}, changes: Fields = {}): Fields => ({
    id: 'm1',
    createdDateTime: '2026-03-01T09:44:10Z',
    auditLogRecordType: 'exchangeAdmin',
    operation,
    service: 'Exchange',
    userPrincipalName: 'Dana@example.org',
    clientIp: '198.51.100.23:55000',
    auditData: data,
    ...changes,
  });
  const parameters = (values: Record<string, string>) => ({
    Parameters: Object.entries(values).map(([Name, Value]) => ({ Name, Value })),
  });
  const outlookRule = (operation: string, ...kinds: string[]) => ({
    OperationProperties: [
      { Name: 'RuleOperation', Value: operation },
      { Name: 'RuleActions', Value: JSON.stringify(kinds.map((ActionType) => ({ ActionType }))) },
    ],
  });
  const mail = (...subjects: string[]) => ({ AffectedItems: subjects.map((Subject) => ({ Subject })) });

  it.each([
    [record('New-InboxRule', parameters({ Name: '.', SubjectContainsWords: 'code' })), ['rule_created']],
    [record('New-InboxRule', parameters({ DeleteMessage: 'True' })), ['rule_created', 'rule_hides']],
    [record('New-InboxRule', parameters({ MoveToFolder: 'RSS Feeds' })), ['rule_created', 'rule_hides']],
    [record('New-InboxRule', parameters({ MoveToFolder: 'Projects' })), ['rule_created']],
    [record('Set-InboxRule', parameters({ RedirectTo: 'a@evil.example.net' })), ['rule_created', 'rule_forwards']],
    [record('UpdateInboxRules', outlookRule('AddMailboxRule', 'Forward', 'Delete')), ['rule_created', 'rule_hides', 'rule_forwards']],
    [record('UpdateInboxRules', outlookRule('RemoveMailboxRule')), ['other']],
    [record('Set-Mailbox', parameters({ ForwardingSmtpAddress: 'smtp:a@evil.example.net' })), ['forwarding_set']],
    [record('Set-Mailbox', parameters({ ForwardingSmtpAddress: '' })), ['other']],
    [record('Add-MailboxFolderPermission'), ['folder_permission']],
    [record('SoftDelete', mail('Lunch?', 'Your Microsoft account security code')), ['security_mail_deleted']],
    [record('MoveToDeletedItems', mail('Lunch?')), ['other']],
    [record('MailItemsAccessed'), ['items_accessed']],
    [record('FileDownloaded'), ['files_downloaded']],
    [record('Send'), ['other']],
    [record('New-InboxRule', { ...parameters({ DeleteMessage: 'True' }), ResultStatus: 'False' }), ['other']],
  ])('%#', (raw, action) => expect((posternOf(raw).mailbox as Fields).action).toEqual(action)); // biome-ignore format: one case per line

  it('reads who and where', () => {
    const event = eventOf(record('New-InboxRule.'));
    expect(event).toMatchObject({ subject: { upn: 'dana@example.org' }, place: { ip: '198.51.100.23' } });
    expect(event.fields).toMatchObject({ operation: 'New-InboxRule', userPrincipalName: 'dana@example.org' });
  });

  it('the mailbox is the subject and who works in it the actor', () => {
    const owner = eventOf(record('MailItemsAccessed', { MailboxOwnerUPN: 'vip@example.org' }));
    expect(owner).toMatchObject({ subject: { upn: 'vip@example.org' }, actor: { upn: 'dana@example.org' } });
    const cmdlet = eventOf(record('Set-Mailbox', parameters({ Identity: 'vip@example.org', ForwardingAddress: 'x' })));
    expect(cmdlet).toMatchObject({ subject: { upn: 'vip@example.org' }, actor: { upn: 'dana@example.org' } });
    const path = eventOf(record('Set-Mailbox', parameters({ Identity: 'prod.example.org/Hosted/dana' })));
    expect(path.actor).toBeUndefined();
  });

  it('reads the native record and the Log Analytics row as they are', () => {
    const native = { Id: 'u1', CreationTime: '2026-03-01T09:44:10', Operation: 'New-InboxRule', UserId: 'dana@example.org', Workload: 'Exchange', ClientIP: '[2001:db8:1::7]:36185', ...parameters({ DeleteMessage: 'True' }) };
    const row = { OfficeId: 'u1', TimeGenerated: '2026-03-01T09:44:10Z', Operation: 'New-InboxRule', UserId: 'dana@example.org', OfficeWorkload: 'Exchange', Client_IPAddress: '2001:db8:1::7', Parameters: '[{"Name":"DeleteMessage","Value":"True"}]' };
    const lower = Object.fromEntries(Object.entries(native).map(([key, value]) => [key.toLowerCase(), value]));
    for (const raw of [native, row, lower]) {
      const event = eventOf(raw);
      expect(event).toMatchObject({ id: 'u1', at: new Date('2026-03-01T09:44:10Z'), subject: { upn: 'dana@example.org' } });
      expect(event.place.ip).toBe('2001:db8:1::7');
      expect(event.fields.postern.mailbox).toMatchObject({ action: ['rule_created', 'rule_hides'] });
    }
  }); // biome-ignore format: one record per line

  it('counts items', () => {
    const folders = { Folders: [{ FolderItems: [{}, {}] }, { FolderItems: [{}] }] };
    expect((posternOf(record('MailItemsAccessed', folders)).mailbox as Fields).items).toBe(3);
    expect((posternOf(record('MailItemsAccessed', { OperationCount: '12' })).mailbox as Fields).items).toBe(12);
  });

  it.each<readonly [string, Fields, string | undefined]>([
    ['an alert, by its entity', { AlertEntityId: 'Dana@Example.org', EntityType: 'User' }, 'dana@example.org'],
    ['an alert, by what it holds', { Data: '{"f3u":"dana@example.org","an":"x"}' }, 'dana@example.org'],
    ['an alert whose data was parsed', { Data: { f3u: 'dana@example.org' } }, 'dana@example.org'],
    ['a mail that was looked at', { Recipients: ['dana@example.org'] }, 'dana@example.org'],
    ['a mail to several', { Recipients: ['dana@example.org', 'bo@example.org'] }, undefined],
    ['an alert on an address of the web', { AlertEntityId: 'https://example.org/@x' }, undefined],
    ['nobody', { Data: 'text' }, undefined],
  ])('what a service writes is about: %s', (_, data, upn) => {
    const reading = readingOf(record('AlertTriggered', data, { userPrincipalName: 'SecurityComplianceAlerts' }));
    const event = reading.kind === 'event' ? reading.event : undefined;
    expect(event?.subject).toEqual(upn === undefined ? undefined : { upn });
    expect(event?.fields.postern.by).toBe(upn === undefined ? undefined : 'system');
  });

  it.each([
    [record('UserLoggedIn', {}, { service: 'AzureActiveDirectory' })],
    [record('Search', {}, { userPrincipalName: 'NT AUTHORITY\\SYSTEM' })],
  ])('ignored %#', (raw) => expect(readingOf(raw).kind).toBe('ignored'));

  it('unreadable without an instant', () => {
    expect(readingOf(record('Send', {}, { createdDateTime: 'x' }))).toEqual({
      kind: 'unreadable',
      problems: [`createdDateTime: ${NO_TIME}`],
    });
  });
});

describe('indicator lists', () => {
  const { ofAddress, ofDomain } = createIndicators([
    { name: 'b', entries: ['192.0.2.0/24', '2001:db8::/32', 'example.net', 'junk', '192.0.2.0/99', ''] },
    { name: 'a', entries: ['192.0.2.7', '*.bad.example.org', '2001:db8::1'] },
  ]);
  it.each([
    ['192.0.2.7', ['a', 'b']],
    ['192.0.2.8', ['b']],
    ['192.0.3.7', undefined],
    ['2001:db8::1', ['a', 'b']],
    ['2001:db9::1', undefined],
    [undefined, undefined],
  ])('%s is on %j', (ip, names) => expect(ofAddress(ip)).toEqual(names));
  it.each([
    ['example.net', ['b']],
    ['mail.example.net', ['b']],
    ['notexample.net', undefined],
    ['x.bad.example.org', ['a']],
    ['example.org', undefined],
  ])('%s is on %j', (domain, names) => expect(ofDomain(domain)).toEqual(names));
});

it('a record of no log that Postern reads has no source', () => {
  expect(readingOf({ EventID: '4688' })).toEqual({ kind: 'unreadable', problems: ['no source'] });
});
