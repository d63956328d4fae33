import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allPages, DAY, HOUR, iso, MINUTE, NOON, refusal, startTenant, type TestTenant } from './tenant-for-tests.ts';

const audit = (id: string, at: number, more: object = {}) => ({
  id,
  activityDateTime: new Date(at).toISOString().replace('Z', '1234Z'),
  activityDisplayName: 'Update user',
  category: 'UserManagement',
  correlationId: '26be570a-ae82-4189-b4e2-a37c6808512d',
  loggedByService: 'Core Directory',
  userAgent: 'Mozilla/5.0',
  initiatedBy: { user: { id: 'admin', userPrincipalName: 'desk@example.org', ipAddress: '192.0.2.1' }, app: null },
  targetResources: [{ id: 'dana', displayName: null, type: 'User', userPrincipalName: 'dana@example.org' }],
  ...more,
});

const signIn = (id: string, at: number, more: object = {}) => ({
  id,
  createdDateTime: iso(at),
  userPrincipalName: 'dana@example.org',
  userId: 'dana',
  ipAddress: '198.51.100.7',
  isInteractive: true,
  signInEventTypes: ['interactiveUser'],
  autonomousSystemNumber: 64500,
  sessionId: 'session',
  status: { errorCode: 0 },
  riskDetail: 'none',
  riskLevelAggregated: 'high',
  riskLevelDuringSignIn: 'medium',
  riskState: 'atRisk',
  ...more,
});

const risk = (id: string, at: number, more: object = {}) => ({
  id,
  riskEventType: 'unlikelyTravel',
  riskLevel: 'high',
  riskDetail: 'none',
  riskState: 'atRisk',
  userId: 'dana',
  additionalInfo: '[]',
  activityDateTime: iso(at - HOUR),
  detectedDateTime: iso(at),
  lastUpdatedDateTime: iso(at),
  ...more,
});

const trace = (id: string, at: number, more: object = {}) => ({
  id,
  senderAddress: 'no-reply@example.com',
  recipientAddress: 'Dana@example.org',
  receivedDateTime: iso(at),
  subject: 'Your code',
  status: 'delivered',
  ...more,
});

const ids = (answer: { value: { id: string }[] }) => answer.value.map(({ id }) => id);

describe('directory audits', () => {
  let tenant: TestTenant;
  const get = async (query: string, version?: 'beta') =>
    ids(await tenant.api(`/auditLogs/directoryAudits?${query}`, version).get());
  beforeAll(async () => {
    tenant = await startTenant();
    const records = [
      audit('a1', NOON - 3 * MINUTE),
      audit('a2', NOON - 2 * MINUTE, {
        activityDisplayName: 'Reset password (self-service)',
        loggedByService: 'Self-service Password Management',
      }),
      audit('a3', NOON - MINUTE, { correlationId: '00000000-0000-0000-0000-000000000001' }),
      audit('old', NOON - 20 * DAY),
      audit('too old', NOON - 31 * DAY),
    ];
    tenant.control.addRecords(
      records.map((record) => ({ source: 'directory-audits', record, arrivesAt: new Date(NOON - MINUTE) })),
    );
    tenant.control.addRecords([
      { source: 'directory-audits', record: audit('late', NOON - 2.5 * MINUTE), arrivesAt: new Date(NOON + HOUR) },
    ]);
  });
  afterAll(() => tenant.close());

  it('come newest first, for 30 days, only what has arrived', async () => {
    expect(await get('')).toEqual(['a3', 'a2', 'a1', 'old']);
    expect(await get('$orderby=activityDateTime')).toEqual(['old', 'a1', 'a2', 'a3']);
  });

  it.each([
    [`activityDateTime ge ${iso(NOON - 2 * MINUTE)}`, ['a3', 'a2']],
    // The record is 123.4 µs after the second.
    [`activityDateTime ge ${iso(NOON - 3 * MINUTE)} and activityDateTime le ${iso(NOON - 2 * MINUTE)}`, ['a1']],
    ["activityDisplayName eq 'Update user'", ['a3', 'a1', 'old']],
    ["startswith(activityDisplayName, 'Reset')", ['a2']],
    ["loggedByService eq 'Core Directory' and correlationId eq '00000000-0000-0000-0000-000000000001'", ['a3']],
    [
      "targetResources/any(t: t/id eq 'dana') and startswith(initiatedBy/user/userPrincipalName, 'desk@')",
      ['a3', 'a2', 'a1', 'old'],
    ],
    ["category eq 'Policy' or id eq 'a1'", ['a1']],
  ])('$filter=%s', async (filter, expected) => {
    expect(await get(`$filter=${encodeURIComponent(filter)}`)).toEqual(expected);
  });

  it.each([
    ["$filter=targetResources/any(t: t/userPrincipalName eq 'dana@example.org')", 'cannot be filtered by'],
    [`$filter=activityDateTime gt ${iso(NOON)}`, "operator 'gt' is not supported"],
    [`$filter=createdDateTime ge ${iso(NOON)}`, "'createdDateTime' cannot be filtered by"],
    [`$filter=activityDateTime ge '${iso(NOON)}'`, 'incompatible types'],
    ["$filter=result eq 'failure'", "'result' cannot be filtered by"],
    ['$top=1001', 'Invalid page size'],
    ['$orderby=activityDisplayName', 'Invalid orderby clause'],
    ['$count=true', 'not allowed'],
    ['$skip=1', 'not allowed'],
    ['$expand=targetResources', 'not allowed'],
  ])('400: %s', async (query, message) => {
    expect(await refusal(tenant.api(`/auditLogs/directoryAudits?${query}`).get())).toMatchObject({
      status: 400,
      code: 'BadRequest',
      message: expect.stringContaining(message),
    });
  });

  it('$select, and the members that only beta has', async () => {
    const [first] = (await tenant.api('/auditLogs/directoryAudits?$select=id,activityDateTime&$top=1').get()).value;
    expect(first).toEqual({ id: 'a3', activityDateTime: '2026-09-10T11:59:00.0001234Z' });
    const of = async (version: 'v1.0' | 'beta') =>
      (await tenant.api('/auditLogs/directoryAudits?$top=1', version).get()).value[0];
    expect((await of('v1.0')).userAgent).toBeUndefined();
    expect((await of('beta')).userAgent).toBe('Mozilla/5.0');
  });

  it('pages show the log as it was when the first was read', async () => {
    const first = await tenant.api('/auditLogs/directoryAudits?$top=2').get();
    expect(ids(first)).toEqual(['a3', 'a2']);
    tenant.pass(2 * HOUR);
    const { items } = await allPages(tenant, tenant.api('/auditLogs/directoryAudits?$top=2'));
    expect(items.map(({ id }) => id)).toEqual(['a3', 'a2', 'late', 'a1', 'old']);
    const link = new URL(first['@odata.nextLink']);
    expect(link.origin).toBe(tenant.simulator.baseUrl);
    expect(ids(await tenant.api(`/auditLogs/directoryAudits${link.search}`).get())).toEqual(['a1', 'old']);
    tenant.pass(-2 * HOUR);
  });

  it('a token opens no other query', async () => {
    const { '@odata.nextLink': link } = await tenant.api('/auditLogs/directoryAudits?$top=2').get();
    const token = new URL(link).searchParams.get('$skiptoken');
    expect(await refusal(tenant.api(`/auditLogs/directoryAudits?$top=3&$skiptoken=${token}`).get())).toMatchObject({
      status: 400,
    });
    expect(await refusal(tenant.api(`/auditLogs/signIns?$top=2&$skiptoken=${token}`).get())).toMatchObject({
      status: 400,
    });
  });

  it('without the reporting switch nothing about resets is logged', async () => {
    tenant.control.change({ ssprReporting: false });
    expect(await get('')).toEqual(['a3', 'a1', 'old']);
    tenant.control.change({ ssprReporting: true });
  });

  it('but the report of reset events has them', async () => {
    const record = audit('reset', NOON - HOUR, {
      activityDisplayName: 'Reset password (self-service)',
      loggedByService: 'Self-service Password Management',
      result: 'success',
    });
    tenant.control.addRecords([{ source: 'directory-audits', record, arrivesAt: new Date(NOON - MINUTE) }]);
    tenant.control.change({ ssprReporting: false });
    const path = '/reports/authenticationMethods/userEventsSummary';
    const events = (query: string) => tenant.api(`${path}?${query}`, 'beta').get();
    expect((await events("$filter=feature eq 'reset' and isSuccess eq true&$top=1000")).value).toMatchObject([
      { id: 'reset', feature: 'reset', userPrincipalName: 'dana@example.org', isSuccess: true, failureReason: '' },
    ]);
    expect((await events("$filter=feature eq 'registration'")).value).toEqual([]);
    expect(await refusal(events('$filter=eventDateTime ge 2026-09-01T00:00:00Z'))).toMatchObject({ status: 400 });
    expect(await refusal(tenant.api(path).get())).toMatchObject({ status: 400 });
    expect(await get("$filter=id eq 'reset'")).toEqual([]);
    tenant.control.change({ ssprReporting: true });
  });

  it('the free edition keeps a week', async () => {
    tenant.control.change({ license: 'none' });
    expect(await get('')).toEqual(['a3', 'a2', 'a1', 'reset']);
    tenant.control.change({ license: 'P2' });
  });

  it('without the permission: 403, with the code of the reporting APIs', async () => {
    tenant.control.change({ permissions: ['User.Read.All'] });
    expect(await refusal(tenant.api('/auditLogs/directoryAudits').get())).toMatchObject({
      status: 403,
      code: 'Authentication_MSGraphPermissionMissing',
    });
    tenant.control.change({ permissions: ['AuditLog.Read.All'] });
    expect(await get('$top=1')).toEqual(['a3']);
  });

  it('an activity can be renamed', async () => {
    const types = (await tenant.api('/auditLogs/auditActivityTypes', 'beta').get()).value;
    expect(types).toContainEqual(
      expect.objectContaining({ activity: 'Add Passkey (device-bound)', category: 'UserManagement' }),
    );
    tenant.control.setActivityTypes([
      { id: '1', activity: 'Add Passkey', category: 'UserManagement', service: 'Device Registration Service' },
    ]);
    expect((await tenant.api('/auditLogs/auditActivityTypes', 'beta').get()).value).toHaveLength(1);
    expect(await refusal(tenant.api('/auditLogs/auditActivityTypes').get())).toMatchObject({ status: 400 });
  });
});

describe('sign-ins', () => {
  let tenant: TestTenant;
  beforeAll(async () => {
    tenant = await startTenant();
    const records = [
      signIn('i1', NOON - 3 * MINUTE),
      signIn('n1', NOON - 2 * MINUTE, { isInteractive: false, signInEventTypes: ['nonInteractiveUser'] }),
      signIn('i2', NOON - MINUTE, { status: { errorCode: 50126 } }),
    ];
    tenant.control.addRecords(records.map((record) => ({ source: 'sign-ins', record, arrivesAt: new Date(NOON) })));
  });
  afterAll(() => tenant.close());
  const get = async (query: string, version: 'v1.0' | 'beta') =>
    ids(await tenant.api(`/auditLogs/signIns?${query}`, version).get());

  it.each([
    ['v1.0', '', ['i2', 'i1']],
    ['beta', '', ['i2', 'i1']],
    ['beta', "$filter=signInEventTypes/any(t: t eq 'nonInteractiveUser')", ['n1']],
    [
      'beta',
      "$filter=signInEventTypes/any(t: t eq 'interactiveUser' or t eq 'nonInteractiveUser')",
      ['i2', 'n1', 'i1'],
    ],
    [
      'beta',
      "$filter=(signInEventTypes/any(t: t eq 'interactiveUser') or signInEventTypes/any(t: t eq 'nonInteractiveUser'))",
      ['i2', 'n1', 'i1'],
    ],
    ['beta', "$filter=signInEventTypes/any(t: t ne 'interactiveUser')", ['n1']],
    ['v1.0', '$filter=status/errorCode eq 50126', ['i2']],
    ['v1.0', `$filter=createdDateTime le ${iso(NOON - 3 * MINUTE)}`, ['i1']],
    ['v1.0', "$filter=startswith(ipAddress,'198.51.')&$orderby=createdDateTime", ['i1', 'i2']],
  ] as const)('%s %s', async (version, query, expected) => {
    expect(await get(query, version)).toEqual(expected);
  });

  it('v1.0 has none of the members of beta, and cannot filter by them', async () => {
    const [v1] = (await tenant.api('/auditLogs/signIns').get()).value;
    const [beta] = (await tenant.api('/auditLogs/signIns', 'beta').get()).value;
    expect(beta).toMatchObject({ autonomousSystemNumber: 64500, sessionId: 'session' });
    for (const name of ['autonomousSystemNumber', 'sessionId', 'signInEventTypes', 'authenticationDetails'])
      expect(v1).not.toHaveProperty(name);
    expect(await refusal(get("$filter=signInEventTypes/any(t: t eq 'interactiveUser')", 'v1.0'))).toMatchObject({
      status: 400,
    });
  });

  it('P1 sees risk hidden, the free edition nothing at all', async () => {
    tenant.control.change({ license: 'P1' });
    expect((await tenant.api('/auditLogs/signIns', 'beta').get()).value[0]).toMatchObject({
      riskDetail: 'hidden',
      riskLevelAggregated: 'hidden',
      riskLevelDuringSignIn: 'hidden',
      riskState: 'atRisk',
    });
    tenant.control.change({ license: 'none' });
    expect(await refusal(get('', 'beta'))).toMatchObject({
      status: 403,
      code: 'Authentication_RequestFromNonPremiumTenantOrB2CTenant',
    });
    tenant.control.change({ license: 'P2' });
  });

  it('a record that is published again with another risk takes the place of the first; a repeated one is seen twice', async () => {
    const again = signIn('i1', NOON - 3 * MINUTE, { riskState: 'dismissed' });
    tenant.control.addRecords([
      { source: 'sign-ins', record: again, arrivesAt: new Date(NOON + HOUR) },
      {
        source: 'sign-ins',
        record: signIn('i2', NOON - MINUTE, { status: { errorCode: 50126 } }),
        arrivesAt: new Date(NOON + HOUR),
      },
    ]);
    expect(await get('', 'v1.0')).toEqual(['i2', 'i1']);
    tenant.pass(HOUR);
    const { value } = await tenant.api('/auditLogs/signIns').get();
    expect(value.map(({ id, riskState }: { id: string; riskState: string }) => `${id} ${riskState}`)).toEqual([
      'i2 atRisk',
      'i2 atRisk',
      'i1 dismissed',
    ]);
    tenant.pass(-HOUR);
  });

  it('pages of a thousand at most', async () => {
    const many = Array.from({ length: 2500 }, (_, n) => signIn(`m${n}`, NOON - 5 * HOUR + n * 100));
    tenant.control.addRecords(many.map((record) => ({ source: 'sign-ins', record, arrivesAt: new Date(NOON) })));
    const query = `/auditLogs/signIns?$filter=createdDateTime le ${iso(NOON - 4 * HOUR)}&$orderby=createdDateTime`;
    const { items, pages } = await allPages(tenant, tenant.api(query, 'beta'));
    expect([items.length, pages, new Set(items.map(({ id }) => id)).size]).toEqual([2500, 3, 2500]);
    expect(items.map(({ createdDateTime }) => String(createdDateTime))).toEqual(
      items.map(({ createdDateTime }) => String(createdDateTime)).sort(),
    );
  });
});

describe('risk detections', () => {
  let tenant: TestTenant;
  beforeAll(async () => {
    tenant = await startTenant();
    const records = [risk('r1', NOON - 2 * HOUR), risk('r2', NOON - HOUR, { riskEventType: 'leakedCredentials' })];
    tenant.control.addRecords(
      records.map((record) => ({ source: 'risk-detections', record, arrivesAt: new Date(NOON) })),
    );
  });
  afterAll(() => tenant.close());
  const get = (query = '') => tenant.api(`/identityProtection/riskDetections${query}`).get();

  it.each([
    ['', ['r2', 'r1']],
    [`?$filter=lastUpdatedDateTime ge ${iso(NOON - HOUR)}`, ['r2']],
    [`?$filter=activityDateTime le ${iso(NOON - 3 * HOUR)}`, ['r1']],
    ["?$filter=riskEventType eq 'leakedCredentials' and riskLevel eq 'high'&$top=500", ['r2']],
  ])('%s', async (query, expected) => {
    expect(ids(await get(query))).toEqual(expected);
  });

  it.each([
    '?$top=501',
    '?$orderby=detectedDateTime',
    "?$filter=startswith(userPrincipalName,'d')",
    '?$filter=riskLevel gt 3',
  ])('400: %s', async (query) => {
    expect(await refusal(get(query))).toMatchObject({ status: 400 });
  });

  it('P1 sees no kind that needs P2, and no details', async () => {
    tenant.control.change({ license: 'P1' });
    expect((await get()).value).toMatchObject([
      { id: 'r2', riskEventType: 'leakedCredentials', riskLevel: 'hidden', riskDetail: 'hidden' },
      { id: 'r1', riskEventType: 'generic', riskLevel: 'hidden', additionalInfo: null },
    ]);
    tenant.control.change({ license: 'none' });
    expect(await refusal(get())).toMatchObject({
      status: 403,
      code: 'Forbidden',
      message: expect.stringContaining('not licensed'),
    });
    tenant.control.change({ license: 'P2', permissions: [] });
    expect(await refusal(get())).toMatchObject({
      status: 403,
      code: 'Forbidden',
      message: expect.stringContaining('scopes are missing'),
    });
  });
});

describe('message traces', () => {
  let tenant: TestTenant;
  beforeAll(async () => {
    tenant = await startTenant();
    const records = [
      trace('t1', NOON - 60 * HOUR),
      trace('t2', NOON - HOUR, { subject: 'Lunch?' }),
      trace('t3', NOON - MINUTE),
    ];
    tenant.control.addRecords(
      records.map((record) => ({ source: 'provider-mail', record, arrivesAt: new Date(NOON) })),
    );
  });
  afterAll(() => tenant.close());
  const get = (filter = '', top = '') =>
    tenant
      .api(`/admin/exchange/tracing/messageTraces?${filter && `$filter=${encodeURIComponent(filter)}`}${top}`)
      .get();
  const window = (from: number, to: number) => `receivedDateTime ge ${iso(from)} and receivedDateTime le ${iso(to)}`;

  it.each([
    ['', ['t3', 't2']],
    [window(NOON - 10 * DAY, NOON), ['t3', 't2', 't1']],
    ["contains(subject, 'CODE') and recipientAddress eq 'dana@example.org'", ['t3']],
    [`senderAddress eq 'no-reply@example.com' and ${window(NOON - 3 * DAY, NOON - DAY)}`, ['t1']],
    ["id eq 't2'", ['t2']],
  ])('%s', async (filter, expected) => {
    expect(ids(await get(filter))).toEqual(expected);
  });

  it.each([
    [window(NOON - 10 * DAY - SECONDS, NOON), 'must not exceed 10 days'],
    [window(NOON - 91 * DAY, NOON - 85 * DAY), 'more than 90 days'],
    [window(NOON - DAY, NOON + HOUR), 'not be later than the current date'],
    [`receivedDateTime ge ${iso(NOON - DAY)}`, 'Both bounds'],
    ["senderAddress eq 'a@example.org' or senderAddress eq 'b@example.org'", "operator 'or' is not supported"],
    ["startswith(senderAddress, 'a')", "operator 'startswith' is not supported"],
    [`receivedDateTime gt ${iso(NOON)}`, "operator 'gt' is not supported"],
  ])('400: %s', async (filter, message) => {
    expect(await refusal(get(filter))).toMatchObject({ status: 400, message: expect.stringContaining(message) });
  });

  it('options that are not documented, too', async () => {
    for (const option of ['&$top=5001', '&$orderby=receivedDateTime', '&$select=id', '&$count=true'])
      expect(await refusal(get('', option))).toMatchObject({ status: 400 });
  });

  it('needs its service principal in the tenant', async () => {
    tenant.control.change({ messageTracePrincipal: false });
    expect(await refusal(get())).toMatchObject({ status: 401 });
  });
});

const SECONDS = 1000;

describe('searches of the unified audit log', () => {
  let tenant: TestTenant;
  beforeAll(async () => {
    tenant = await startTenant();
    const record = (id: string, operation: string, more: object = {}) => ({
      id,
      createdDateTime: iso(NOON - HOUR),
      auditLogRecordType: 'exchangeAdmin',
      operation,
      service: 'Exchange',
      userPrincipalName: 'dana@example.org',
      ...more,
    });
    const add = (one: Record<string, unknown>, arrivesAt: number) =>
      tenant.control.addRecords([{ source: 'mailbox-activity', record: one, arrivesAt: new Date(arrivesAt) }]);
    add(record('m1', 'New-InboxRule'), NOON - MINUTE);
    add(record('m2', 'MailItemsAccessed', { auditLogRecordType: 'exchangeItemAggregated' }), NOON - MINUTE);
    add(record('m3', 'FileDownloaded', { service: 'OneDrive' }), NOON - MINUTE);
    add(record('late', 'New-InboxRule'), NOON + 10 * MINUTE);
  });
  afterAll(() => tenant.close());
  const path = '/security/auditLog/queries';
  const query = {
    displayName: 'inbox rules',
    filterStartDateTime: iso(NOON - 2 * HOUR),
    filterEndDateTime: iso(NOON),
    operationFilters: ['new-inboxrule', 'Set-Mailbox', 'FileDownloaded'],
    userPrincipalNameFilters: ['Dana@example.org'],
  };

  it('start, run and end; then their records can be read', async () => {
    const { id, status, displayName } = await tenant.api(path).post(query);
    expect([status, displayName]).toEqual(['notStarted', 'inbox rules']);
    expect(await refusal(tenant.api(`${path}/${id}/records`).get())).toMatchObject({ status: 400 });
    const statuses: string[] = [];
    for (let minute = 0; minute < 6; minute++) {
      tenant.pass(MINUTE);
      statuses.push((await tenant.api(`${path}/${id}`).get()).status);
    }
    expect(statuses).toEqual(['running', 'running', 'running', 'running', 'succeeded', 'succeeded']);
    tenant.pass(HOUR);
    // What arrived after the search ended is in the next one; and who may see Exchange sees nothing of OneDrive.
    expect(ids(await tenant.api(`${path}/${id}/records`).get())).toEqual(['m1']);
    tenant.control.change({ permissions: ['AuditLogsQuery.Read.All'] });
    expect(ids(await tenant.api(`${path}/${id}/records?$top=1`).get())).toEqual(['m3']);
    const { items } = await allPages(tenant, tenant.api(`${path}/${id}/records?$top=1`));
    expect(items.map((item) => item.id)).toEqual(['m3', 'm1']);
  });

  it('unknown properties, unknown searches, no permission', async () => {
    expect(await refusal(tenant.api(path).post({ ...query, operationFilter: ['x'] }))).toMatchObject({ status: 400 });
    expect(await refusal(tenant.api(path).post({ filterStartDateTime: 'soon' }))).toMatchObject({ status: 400 });
    expect(await refusal(tenant.api(`${path}/none`).get())).toMatchObject({ status: 404 });
    tenant.control.change({ permissions: ['AuditLog.Read.All'] });
    expect(await refusal(tenant.api(path).post(query))).toMatchObject({ status: 403 });
  });
});
