import { describe, expect, it } from 'vitest';
import { readAll, words } from '../../fixtures/formats/read-all.ts';
import { auditRecord, FAILED_LOGIN, INBOX_RULE, RESET, signInRecord } from '../../fixtures/formats/records.ts';

/** The only record of a JSON value, with its shape. */
async function one(value: unknown): Promise<{ shape: string; record: Record<string, unknown> }> {
  const all = await readAll(JSON.stringify(value));
  expect(words(all)).toEqual([]);
  expect(all.records).toHaveLength(1);
  const { shape, record } = all.records[0] ?? { shape: '', record: {} };
  return { shape, record };
}

const lower = (record: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key.toLowerCase(), value]));

describe('Azure Monitor', () => {
  const envelope = {
    time: '3/1/2026 9:14:27 AM',
    category: 'AuditLogs',
    operationName: 'Reset password (self-service)',
    callerIpAddress: '<null>',
    correlationId: 'c-1',
    resultSignature: 'None',
    Level: 4,
  };

  it('gives the Graph record inside', async () => {
    const inner = auditRecord('a');
    expect(await one({ ...envelope, properties: inner })).toEqual({ shape: 'azure monitor', record: inner });
    expect((await one({ ...envelope, properties: JSON.stringify(inner) })).record).toEqual(inner);
  });

  it.each([
    ['as documented', (record: Record<string, unknown>) => record],
    ['names in lower case', lower],
  ])('fills gaps from the envelope: %s', async (_, write) => {
    const { record } = await one(
      write({
        ...envelope,
        callerIpAddress: '203.0.113.7',
        resultDescription: 'Because.',
        properties: { result: 'failure', initiatedBy: { user: { id: 'u', ipAddress: '<null>' } }, targetResources: [] },
      }),
    );
    expect(record).toEqual({
      id: expect.stringMatching(/^c-1_.*_[0-9a-f]{16}$/),
      activityDisplayName: 'Reset password (self-service)',
      activityDateTime: '3/1/2026 9:14:27 AM',
      category: undefined,
      correlationId: 'c-1',
      result: 'failure',
      resultReason: 'Because.',
      initiatedBy: { user: { id: 'u', ipAddress: '203.0.113.7' } },
      targetResources: [],
      additionalDetails: undefined,
    });
  });

  it.each([
    ['SignInLogs', '50126', { errorCode: 50126, failureReason: 'Bad.' }, ['interactiveUser'], true],
    ['NonInteractiveUserSignInLogs', 0, { errorCode: 0, failureReason: 'Bad.' }, ['nonInteractiveUser'], false],
    ['ServicePrincipalSignInLogs', 'Success', { errorCode: 0, failureReason: 'Bad.' }, ['servicePrincipal'], false],
  ])('%s with resultType %j', async (category, resultType, status, types, interactive) => {
    const inner = { ...signInRecord('s'), status: undefined, isInteractive: undefined };
    const { record } = await one({
      ...envelope,
      category,
      resultType,
      resultDescription: 'Bad.',
      location: 'us',
      properties: { ...inner, deviceDetail: '{"deviceId":"d"}' },
    });
    expect(record).toMatchObject({
      id: 's',
      status,
      signInEventTypes: types,
      isInteractive: interactive,
      location: { countryOrRegion: 'US' },
      deviceDetail: { deviceId: 'd' },
    });
  });

  it('UserRiskEvents', async () => {
    const properties = {
      id: 'r',
      riskType: 'anonymizedIPAddress',
      detectedDateTime: '2026-03-01T09:00:00Z',
      riskLevel: 'high',
    };
    const { record } = await one({
      ...envelope,
      category: 'UserRiskEvents',
      callerIpAddress: '203.0.113.7',
      properties,
    });
    expect(record).toMatchObject({
      id: 'r',
      riskEventType: 'anonymizedIPAddress',
      activityDateTime: '2026-03-01T09:00:00Z',
      ipAddress: '203.0.113.7',
    });
  });

  it('is read from {"records": […]} too', async () => {
    const all = await readAll(
      JSON.stringify({
        records: [
          { ...envelope, properties: auditRecord('a') },
          { ...envelope, properties: auditRecord('b') },
        ],
      }),
    );
    expect(all.records.map(({ record }) => record.id)).toEqual(['a', 'b']);
  });
});

describe('Log Analytics', () => {
  const audit = {
    TenantId: 't',
    TimeGenerated: '2026-03-01T09:14:30Z',
    ActivityDateTime: '2026-03-01T09:14:27Z',
    OperationName: 'Update application – Certificates and secrets management ',
    Category: 'ApplicationManagement',
    CorrelationId: 'c',
    Id: 'la',
    Result: 'success',
    ResultReason: '',
    LoggedByService: 'Core Directory',
    AADOperationType: 'Update',
    InitiatedBy: '{"user":{"userPrincipalName":"dana@example.org","ipAddress":"203.0.113.7"}}',
    TargetResources: '[{"type":"Application","modifiedProperties":[]}]',
    AdditionalDetails: '[{"key":"User-Agent","value":"x"}]',
    Type: 'AuditLogs',
  };

  it('AuditLogs', async () => {
    const expected = {
      shape: 'log analytics',
      record: expect.objectContaining({
        id: 'la',
        activityDisplayName: 'Update application – Certificates and secrets management ',
        activityDateTime: '2026-03-01T09:14:27Z',
        category: 'ApplicationManagement',
        correlationId: 'c',
        result: 'success',
        resultReason: '',
        operationType: 'Update',
        initiatedBy: { user: { userPrincipalName: 'dana@example.org', ipAddress: '203.0.113.7' } },
        targetResources: [{ type: 'Application', modifiedProperties: [] }],
        additionalDetails: [{ key: 'User-Agent', value: 'x' }],
      }),
    };
    expect(await one(audit)).toEqual(expected);
    // A query had overwritten the table's name.
    expect(await one({ ...audit, Type: 'ServicePrincipal' })).toEqual(expected);
  });

  it('SigninLogs', async () => {
    const { record } = await one({
      TimeGenerated: '2026-03-01T09:20:05Z',
      CreatedDateTime: '2026-03-01T09:20:00Z',
      ResultType: '50126',
      ResultDescription: 'Bad.',
      Status: '{"errorCode":50126,"additionalDetails":"more"}',
      Location: 'US',
      LocationDetails: '{"city":"Seattle","countryOrRegion":"US"}',
      IPAddress: '203.0.113.7',
      UserPrincipalName: 'dana@example.org',
      DeviceDetail: '{"deviceId":"d","isCompliant":"true"}',
      AutonomousSystemNumber: '64500',
      RiskEventTypes_V2: '[]',
      Category: 'NonInteractiveUserSignInLogs',
      Id: 's',
      Type: 'AADNonInteractiveUserSignInLogs',
    });
    expect(record).toMatchObject({
      id: 's',
      createdDateTime: '2026-03-01T09:20:00Z',
      status: { errorCode: 50126, failureReason: 'Bad.', additionalDetails: 'more' },
      location: { city: 'Seattle', countryOrRegion: 'US' },
      ipAddress: '203.0.113.7',
      userPrincipalName: 'dana@example.org',
      deviceDetail: { deviceId: 'd', isCompliant: true },
      autonomousSystemNumber: 64500,
      riskEventTypes_v2: [],
      isInteractive: false,
      signInEventTypes: ['nonInteractiveUser'],
    });
  });

  it('AADUserRiskEvents', async () => {
    const { record } = await one({
      TimeGenerated: 't',
      Id: 'r',
      RiskEventType: 'unlikelyTravel',
      IpAddress: '203.0.113.7',
      ActivityDateTime: 'a',
      Type: 'AADUserRiskEvents',
    });
    expect(record).toMatchObject({
      id: 'r',
      riskEventType: 'unlikelyTravel',
      ipAddress: '203.0.113.7',
      activityDateTime: 'a',
    });
  });

  it('OfficeActivity', async () => {
    const { shape, record } = await one({
      TimeGenerated: '2026-03-01T09:44:10Z',
      RecordType: 'ExchangeAdmin',
      Operation: 'New-InboxRule',
      OfficeWorkload: 'Exchange',
      OfficeId: 'o',
      UserId: 'dana@example.org',
      UserId_: 'dana@example.org',
      Client_IPAddress: '203.0.113.7',
      Parameters: '[{"Name":"DeleteMessage","Value":"True"}]',
      Type: 'OfficeActivity',
    });
    expect(shape).toBe('log analytics');
    expect(record).toMatchObject({
      id: 'o',
      createdDateTime: '2026-03-01T09:44:10Z',
      auditLogRecordType: 'exchangeAdmin',
      operation: 'New-InboxRule',
      service: 'Exchange',
      userPrincipalName: 'dana@example.org',
      clientIp: '203.0.113.7',
      auditData: { Parameters: [{ Name: 'DeleteMessage', Value: 'True' }] },
    });
  });

  const columns = Object.keys(audit).map((name) => ({ name, type: 'string' }));
  const rows = [Object.values(audit), Object.values({ ...audit, Id: 'la2' })];
  it.each<readonly [string, unknown]>([
    ['query result', { tables: [{ name: 'PrimaryResult', columns, rows }] }],
    [
      'older query result',
      { Tables: [{ TableName: 'T', Columns: columns.map(({ name }) => ({ ColumnName: name })), Rows: rows }] },
    ],
    ['one table', { name: 'PrimaryResult', columns, rows }],
    ['array', [audit, { ...audit, Id: 'la2' }]],
  ])('%s', async (_, value) => {
    for (const text of [JSON.stringify(value), JSON.stringify(value, null, 2)]) {
      const all = await readAll(text, { limits: { chunkBytes: 100 } });
      expect(words(all)).toEqual([]);
      expect(all.records.map(({ record }) => [record.id, record.activityDateTime])).toEqual([
        ['la', '2026-03-01T09:14:27Z'],
        ['la2', '2026-03-01T09:14:27Z'],
      ]);
    }
  });
});

describe('unified audit log', () => {
  it('a reset becomes directoryAudit', async () => {
    expect(await one(RESET)).toEqual({
      shape: 'unified audit log',
      record: {
        id: 'ual-8',
        category: 'UserManagement',
        correlationId: 'corr-8',
        result: 'success',
        resultReason: '',
        activityDisplayName: 'Reset user password',
        operation: 'Reset user password.',
        activityDateTime: '2026-03-01T09:14:27Z',
        loggedByService: 'Core Directory',
        initiatedBy: {
          app: null,
          user: {
            id: 'bbbbbbbb-0000-4000-8000-000000000002',
            userPrincipalName: 'fim_password_service@support.example.org',
          },
        },
        targetResources: [
          {
            id: 'aaaaaaaa-0000-4000-8000-000000000001',
            displayName: null,
            type: 'User',
            userPrincipalName: 'dana@example.org',
            modifiedProperties: [
              { displayName: 'StrongAuthenticationMethod', oldValue: '[]', newValue: '[{"MethodType":7}]' },
              { displayName: 'Included Updated Properties', oldValue: null, newValue: 'StrongAuthenticationMethod' },
            ],
          },
        ],
        additionalDetails: [{ key: 'UserType', value: 'Member' }],
      },
    });
  });

  it('an application as actor', async () => {
    const Actor = [
      { ID: 'Azure MFA StrongAuthenticationService', Type: 1 },
      { ID: 'ServicePrincipal_cccccccc-0000-4000-8000-000000000003', Type: 2 },
      { ID: 'ServicePrincipal', Type: 2 },
    ];
    const { record } = await one({ ...RESET, Operation: 'Update user.', UserId: 'ServicePrincipal_cccccccc', Actor });
    expect(record.initiatedBy).toEqual({
      app: {
        displayName: 'Azure MFA StrongAuthenticationService',
        servicePrincipalId: 'cccccccc-0000-4000-8000-000000000003',
      },
      user: null,
    });
  });

  it('a failed sign-in that says "Success" becomes a failed signIn', async () => {
    expect((await one(FAILED_LOGIN)).record).toEqual({
      id: 'ual-15',
      createdDateTime: '2026-03-01T09:20:00Z',
      correlationId: 'corr-15',
      userId: 'aaaaaaaa-0000-4000-8000-000000000001',
      userPrincipalName: 'dana@example.org',
      appId: 'app-1',
      resourceId: 'resource-1',
      ipAddress: '203.0.113.7',
      userAgent: 'Mozilla/5.0',
      requestType: 'SSPR:end',
      status: { errorCode: 50126, failureReason: 'InvalidUserNameOrPassword', additionalDetails: 'Success' },
      deviceDetail: {
        deviceId: '',
        operatingSystem: 'Windows 10',
        browser: 'Edge',
        isCompliant: false,
        isManaged: false,
      },
    });
  });

  it.each([
    [{ ErrorNumber: undefined }, 50126],
    [{ ErrorNumber: '0' }, 50126],
    [{ ErrorNumber: undefined, LogonError: 'NewWord' }, 1],
    [{ ErrorNumber: undefined, LogonError: undefined }, 1],
    [{ Operation: 'UserLoggedIn', ErrorNumber: undefined, LogonError: undefined }, 0],
    [{ Operation: 'UserLoggedIn', ErrorNumber: '50140' }, 50140],
  ])('%j is code %i', async (change, errorCode) => {
    expect((await one({ ...FAILED_LOGIN, ...change })).record.status).toMatchObject({ errorCode });
  });

  it('mailbox activity becomes auditLogRecord', async () => {
    expect((await one(INBOX_RULE)).record).toEqual({
      id: 'ual-1',
      createdDateTime: '2026-03-01T09:44:10Z',
      auditLogRecordType: 'exchangeAdmin',
      operation: 'New-InboxRule',
      organizationId: undefined,
      userType: undefined,
      userId: 'dana@example.org',
      service: 'Exchange',
      objectId: 'dana\\.',
      userPrincipalName: 'dana@example.org',
      clientIp: '[2001:db8::7]:36185',
      auditData: { ...INBOX_RULE, CreationTime: '2026-03-01T09:44:10Z' },
    });
  });

  it.each<readonly [string, unknown, string]>([
    ['bare', RESET, 'unified audit log'],
    ['all names in lower case', lower(RESET), 'unified audit log'],
    [
      'Search-UnifiedAuditLog',
      {
        RecordType: 'AzureActiveDirectory',
        CreationDate: '/Date(1772356467000)/',
        Operations: 'x',
        AuditData: JSON.stringify(RESET),
        ResultIndex: 1,
      },
      'unified audit log',
    ],
    ['JSON strings', [JSON.stringify(RESET)], 'unified audit log'],
    [
      'Graph audit log query',
      {
        id: 'x',
        createdDateTime: '2026-03-01T09:14:27Z',
        auditLogRecordType: 'azureActiveDirectory',
        operation: 'Reset user password.',
        userPrincipalName: 'a@example.org',
        auditData: { '@odata.type': '#microsoft.graph.security.defaultAuditData', ...RESET },
      },
      'graph audit log query',
    ],
  ])('%s', async (_, value, shape) => {
    const found = await one(value);
    expect(found.shape).toBe(shape);
    expect(found.record).toEqual((await one(RESET)).record);
  });

  it('a Graph record whose auditData is empty keeps what stands around it', async () => {
    const { record } = await one({
      id: 'q',
      createdDateTime: '2026-03-01T09:44:10Z',
      auditLogRecordType: 'exchangeAdmin',
      operation: 'New-InboxRule',
      userPrincipalName: 'dana@example.org',
      clientIp: '203.0.113.7',
      service: 'Exchange',
      auditData: {},
    });
    expect(record).toMatchObject({
      id: 'q',
      operation: 'New-InboxRule',
      userPrincipalName: 'dana@example.org',
      clientIp: '203.0.113.7',
    });
  });
});

describe('collectors that wrap records', () => {
  const azure = { time: 't', category: 'AuditLogs', operationName: 'x', properties: auditRecord('a') };
  it.each<readonly [string, unknown, string]>([
    ['log', { rule: 'r', expected: true, log: azure }, 'azure monitor in "log"'],
    ['event', { event: auditRecord('a') }, 'graph json in "event"'],
    ['record', { record: auditRecord('a') }, 'graph json in "record"'],
    ['_source', { _index: 'i', _source: azure }, 'azure monitor in "_source"'],
    ['message', { message: JSON.stringify(azure) }, 'azure monitor in "message"'],
    ['properties', { properties: auditRecord('a') }, 'graph json in "properties"'],
  ])('%s', async (_, value, shape) => {
    const found = await one(value);
    expect(found.shape).toBe(shape);
    expect(found.record.id).toBe('a');
  });

  it('leaves what it does not know as it is', async () => {
    const all = await readAll('{"log":{"hello":1}}');
    expect(all.records).toEqual([{ record: { log: { hello: 1 } }, shape: 'other json', line: 1, unit: 'element' }]);
    expect(words(all)).toEqual([expect.stringMatching(/no record of a kind Postern knows/)]);
  });
});
