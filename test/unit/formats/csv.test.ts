import { describe, expect, it } from 'vitest';
import { readAll, words } from '../../fixtures/formats/read-all.ts';
import { FAILED_LOGIN, INBOX_RULE, RESET } from '../../fixtures/formats/records.ts';

const cell = (value: unknown) => `"${String(value ?? '').replaceAll('"', '""')}"`;

/** A CSV with these headers and rows of named cells. */
function csv(headers: readonly string[], rows: readonly Readonly<Record<string, unknown>>[], delimiter = ','): string {
  const line = (cells: readonly unknown[]) => cells.map(cell).join(delimiter);
  return [line(headers), ...rows.map((row) => line(headers.map((name) => row[name])))].join('\r\n');
}

/** As the portal writes them: a trailing blank, two blanks, one header twice. */
const SIGN_IN_HEADERS =
  'Date (UTC),Request ID,User agent,Correlation ID,User ID,User,Username,User type,Incoming token type,Application,Application ID ,Resource,Resource ID ,IP address,Location,Status,Sign-in error code,Failure reason,Client app,Device ID,Browser,Operating System,Compliant,Managed,Join Type,Multifactor authentication result,Multifactor authentication auth method,Authentication requirement,Autonomous system  number,Flagged for review,Incoming token type,Conditional Access'.split(
    ',',
  );
const SIGN_IN = {
  'Date (UTC)': '2026-03-01T09:20:00Z',
  'Request ID': 'req-1',
  'User agent': 'Mozilla/5.0, "like" Gecko',
  'Correlation ID': 'corr-1',
  'User ID': 'u-1',
  User: 'Dana\nDoe',
  Username: 'dana@example.org',
  'Application ID ': 'app-1',
  'IP address': '203.0.113.7',
  Location: 'Seattle, Washington, US',
  Status: 'Failure',
  'Sign-in error code': '50126',
  'Failure reason': 'Error validating credentials.',
  'Multifactor authentication result': 'MFA denied; user declined the authentication',
  'Authentication requirement': 'Multifactor authentication',
  'Autonomous system  number': '64500',
  Compliant: 'Yes',
  Managed: 'No',
  'Conditional Access': 'Not Applied',
};

describe('Entra sign-in download', () => {
  it('becomes signIn', async () => {
    const all = await readAll(csv(SIGN_IN_HEADERS, [SIGN_IN]));
    expect(words(all)).toEqual([]);
    expect(all.records).toEqual([
      {
        shape: 'entra sign-in csv',
        line: 2,
        unit: 'line',
        record: {
          id: 'req-1',
          createdDateTime: '2026-03-01T09:20:00Z',
          correlationId: 'corr-1',
          userId: 'u-1',
          userDisplayName: 'Dana\nDoe',
          userPrincipalName: 'dana@example.org',
          userAgent: 'Mozilla/5.0, "like" Gecko',
          appId: 'app-1',
          ipAddress: '203.0.113.7',
          autonomousSystemNumber: 64500,
          location: { city: 'Seattle', state: 'Washington', countryOrRegion: 'US' },
          status: {
            errorCode: 50126,
            failureReason: 'Error validating credentials.',
            additionalDetails: 'MFA denied; user declined the authentication',
          },
          deviceDetail: { deviceId: '', isCompliant: true, isManaged: false },
          conditionalAccessStatus: 'notApplied',
          authenticationRequirement: 'multiFactorAuthentication',
        },
      },
    ]);
  });

  it.each([
    ['Success', '', 0],
    ['Success', '0', 0],
    ['Interrupted', '50140', 50140],
    ['Failure', '', 1],
  ])('status %s with code "%s" is %i', async (word, code, expected) => {
    const row = { ...SIGN_IN, Status: word, 'Sign-in error code': code };
    const all = await readAll(csv(SIGN_IN_HEADERS, [row]));
    expect(all.records[0]?.record.status).toMatchObject({ errorCode: expected });
  });

  it('marks service principals', async () => {
    const headers = ['Date (UTC)', 'Request ID', 'Service principal ID', 'Service principal name', 'Status'];
    const row = {
      'Date (UTC)': '2026-03-01T09:20:00Z',
      'Request ID': 'r',
      'Service principal ID': 'sp',
      Status: 'Success',
    };
    const record = (await readAll(csv(headers, [row]))).records[0]?.record;
    expect(record).toMatchObject({
      signInEventTypes: ['servicePrincipal'],
      servicePrincipalId: 'sp',
      isInteractive: false,
    });
  });
});

const AUDIT_HEADERS =
  'Date (UTC),CorrelationId,Service,Category,Activity,Result,ResultReason,UserAgent,ActorType,ActorDisplayName,ActorObjectId,ActorUserPrincipalName,IPAddress,ActorServicePrincipalId,Target1Type,Target1DisplayName,Target1ObjectId,Target1UserPrincipalName,Target1ModifiedProperty1Name,Target1ModifiedProperty1OldValue,Target1ModifiedProperty1NewValue,Target2Type,AdditionalDetail1Key,AdditionalDetail1Value'.split(
    ',',
  );
const AUDIT = {
  'Date (UTC)': '2026-03-01T09:14:27Z',
  CorrelationId: 'corr-1',
  Service: 'Authentication Methods',
  Category: 'UserManagement',
  Activity: 'User registered security info',
  Result: 'success',
  ResultReason: 'User registered Mobile Phone SMS',
  ActorType: 'User',
  ActorObjectId: 'u-1',
  ActorUserPrincipalName: 'dana@example.org',
  IPAddress: '203.0.113.7',
  Target1Type: 'User',
  Target1ObjectId: 'u-1',
  Target1UserPrincipalName: 'dana@example.org',
  Target1ModifiedProperty1Name: 'StrongAuthenticationPhone',
  Target1ModifiedProperty1NewValue: '["+1 555-0100"]',
  AdditionalDetail1Key: 'UserType',
  AdditionalDetail1Value: 'Member',
};

describe('Entra audit download', () => {
  it('becomes directoryAudit with a stable id', async () => {
    const all = await readAll(csv(AUDIT_HEADERS, [AUDIT, AUDIT, { ...AUDIT, Result: 'failure' }]));
    expect(words(all)).toEqual([]);
    const [first, again, other] = all.records.map(({ record }) => record);
    expect(first).toEqual({
      id: expect.stringMatching(/^corr-1_2026-03-01T09:14:27Z_[0-9a-f]{16}$/),
      activityDateTime: '2026-03-01T09:14:27Z',
      activityDisplayName: 'User registered security info',
      category: 'UserManagement',
      correlationId: 'corr-1',
      result: 'success',
      resultReason: 'User registered Mobile Phone SMS',
      loggedByService: 'Authentication Methods',
      initiatedBy: {
        user: {
          id: 'u-1',
          displayName: null,
          userPrincipalName: 'dana@example.org',
          ipAddress: '203.0.113.7',
          homeTenantId: null,
        },
      },
      targetResources: [
        {
          id: 'u-1',
          displayName: null,
          type: 'User',
          userPrincipalName: 'dana@example.org',
          modifiedProperties: [
            { displayName: 'StrongAuthenticationPhone', oldValue: null, newValue: '["+1 555-0100"]' },
          ],
        },
      ],
      additionalDetails: [{ key: 'UserType', value: 'Member' }],
    });
    expect(again).toEqual(first);
    expect(other?.id).not.toBe(first?.id);
  });

  it('knows applications as actors', async () => {
    const row = { ...AUDIT, ActorType: 'Application', ActorDisplayName: 'Sync', ActorServicePrincipalId: 'sp-1' };
    const record = (await readAll(csv(AUDIT_HEADERS, [row]))).records[0]?.record;
    expect(record?.initiatedBy).toEqual({
      app: { displayName: 'Sync', servicePrincipalId: 'sp-1', servicePrincipalName: null },
    });
  });
});

describe('Purview CSV', () => {
  const headers = [
    'RecordId',
    'CreationDate',
    'RecordType',
    'Operation',
    'UserId',
    'AuditData',
    'AssociatedAdminUnits',
  ];
  const row = (data: unknown) => ({
    RecordId: 'r',
    CreationDate: '2026-03-01T09:00:00.0000000Z ',
    AuditData: JSON.stringify(data),
  });

  it.each([',', ';', '\t'])('delimited by "%s"', async (delimiter) => {
    const all = await readAll(csv(headers, [row(RESET), row(FAILED_LOGIN), row(INBOX_RULE)], delimiter));
    expect(words(all)).toEqual([]);
    expect(all.records.map(({ shape }) => shape)).toEqual(Array(3).fill('unified audit log csv'));
    expect(all.records.map(({ record }) => record.activityDisplayName ?? record.status ?? record.operation)).toEqual([
      'Reset user password',
      { errorCode: 50126, failureReason: 'InvalidUserNameOrPassword', additionalDetails: 'Success' },
      'New-InboxRule',
    ]);
  });

  it('says that Excel cut a record', async () => {
    const cut = { ...row(RESET), AuditData: JSON.stringify(RESET).slice(0, 100) };
    const all = await readAll(csv(headers, [cut, row(INBOX_RULE)]));
    expect(all.records).toHaveLength(1);
    expect(words(all)).toEqual([expect.stringMatching(/^2: AuditData is not whole JSON.*Excel cuts cells/)]);
  });
});

describe('Log Analytics CSV', () => {
  it('reads columns with JSON in them and the portal suffix [UTC]', async () => {
    const text = csv(
      [
        'TimeGenerated [UTC]',
        'OperationName',
        'Result',
        'ResultDescription',
        'Id',
        'InitiatedBy',
        'TargetResources',
        'Type',
      ],
      [
        {
          'TimeGenerated [UTC]': '3/1/2026, 9:14:27.123 AM',
          OperationName: 'Reset password (by admin)',
          Result: 'success',
          Id: 'la-1',
          InitiatedBy: '{"user":{"userPrincipalName":"admin@example.org"}}',
          TargetResources: '[{"type":"User","userPrincipalName":"dana@example.org"}]',
          Type: 'AuditLogs',
        },
      ],
    );
    const all = await readAll(`\ufeff${text}`);
    expect(words(all)).toEqual([]);
    expect(all.records[0]).toMatchObject({
      shape: 'log analytics csv',
      record: {
        id: 'la-1',
        activityDisplayName: 'Reset password (by admin)',
        activityDateTime: '3/1/2026, 9:14:27.123 AM',
        result: 'success',
        initiatedBy: { user: { userPrincipalName: 'admin@example.org' } },
        targetResources: [{ type: 'User', userPrincipalName: 'dana@example.org' }],
      },
    });
  });
});

describe('bad CSV', () => {
  it('names the header that is missing', async () => {
    const all = await readAll('"Date (UTC)","Request ID","Status"\n1,2,3\n');
    expect(words(all)).toEqual([
      '1: looks like a CSV of the Entra sign-in log, but without the header "username" (known: Entra sign-in and audit downloads, Log Analytics tables, Microsoft 365 audit log): left out; export again, in English',
    ]);
  });

  it('names what is known when no header is', async () => {
    const all = await readAll('Datum;Anfrage\n1;2\n');
    expect(words(all)).toEqual([
      expect.stringMatching(/^1: neither JSON nor a CSV export with headers that Postern knows \(Entra/),
    ]);
  });

  it('reads the rows before a quote that is never closed', async () => {
    const good = csv(AUDIT_HEADERS, [AUDIT, AUDIT]);
    const all = await readAll(`${good}\r\n"2026-03-01,x\r\n${'a,b\r\n'.repeat(50)}`);
    expect(all.records).toHaveLength(2);
    expect(words(all)).toEqual([expect.stringMatching(/^4: a quote opened in this row is never closed/)]);
  });

  it('leaves out rows with too many cells or too few, and one that is cut off', async () => {
    const good = csv(AUDIT_HEADERS, [AUDIT]);
    const all = await readAll(`${good}\r\n${'x,'.repeat(40)}x\r\n${good.split('\r\n')[1]}\r\nx,y\r\n2026-03-01T09:1`);
    expect(all.records.map(({ line }) => line)).toEqual([2, 4]);
    expect(words(all)).toEqual([
      expect.stringMatching(/^3: row has more cells/),
      expect.stringMatching(/^5: row has fewer cells/),
      expect.stringMatching(/^6: the file ends in the middle of this row/),
    ]);
  });

  it('gives up on a cell above the limit without keeping it', async () => {
    const all = await readAll(`${csv(AUDIT_HEADERS, [AUDIT])}\r\n"${'x'.repeat(5000)}`, {
      limits: { recordBytes: 3000, chunkBytes: 512 },
    });
    expect(all.records).toHaveLength(1);
    expect(words(all)).toEqual([expect.stringMatching(/^3: record is larger than/)]);
  });
});
