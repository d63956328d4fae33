import { describe, expect, it } from 'vitest';
import { foreignKind } from '../../../src/sources/foreign-records.ts';

describe('records of other logs', () => {
  it.each([
    [
      { category: 'MicrosoftGraphActivityLogs', operationName: 'Microsoft Graph Activity' },
      /^Microsoft Graph activity/,
    ],
    [{ category: 'ProvisioningLogs' }, /^provisioning/],
    [{ category: 'NetworkAccessTrafficLogs' }, /^Global Secure Access/],
    [{ category: 'Administrative', operationName: 'MICROSOFT.NETWORK/FIREWALLS/DELETE' }, /^Azure activity/],
    [{ EventID: '4688', Channel: 'Security' }, /^Windows event/],
    [{ log: { EventID: 4688, Channel: 'Security' }, rule: 'x' }, /^Windows event/],
    [{ title: 'Password Spray', severity: 'high', createdDateTime: '2026-04-02T09:28:04Z' }, /^security alert/],
    [{ eventVersion: '1.08', eventSource: 'iam.amazonaws.com' }, /CloudTrail/],
  ])('%j', (record, expected) => expect(foreignKind(record)).toMatch(expected));

  it.each([[{}], [{ category: 7 }], [{ log: 'text' }], [{ category: 'AuditLogs' }]])('%j is not known', (record) =>
    expect(foreignKind(record)).toBeUndefined(),
  );
});
