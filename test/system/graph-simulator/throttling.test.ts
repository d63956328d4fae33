import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MINUTE, refusal, SECOND, startTenant, type TestTenant } from './tenant-for-tests.ts';

describe('limits', () => {
  let tenant: TestTenant;
  beforeAll(async () => {
    tenant = await startTenant();
    tenant.control.putUsers([{ id: 'dana', userPrincipalName: 'dana@example.org', mail: 'dana@example.org' }]);
  });
  afterAll(() => tenant.close());
  /** Without forgetting quotas. */
  const get = (path: string, version: 'v1.0' | 'beta' = 'v1.0') => tenant.client.api(path).version(version).get();
  const status = (path: string) =>
    get(path).then(
      () => 200,
      ({ statusCode }: { statusCode: number }) => statusCode,
    );

  it('audits, sign-ins, reports and authentication methods share 5 in 10 s, and say when to come back', async () => {
    await get('/auditLogs/directoryAudits');
    await get('/auditLogs/signIns', 'beta');
    await get('/users/dana/authentication/methods');
    tenant.pass(4 * SECOND);
    await get('/reports/authenticationMethods/userRegistrationDetails');
    await get('/auditLogs/auditActivityTypes', 'beta');
    const refused = await refusal(get('/auditLogs/directoryAudits'));
    expect([refused.status, refused.code, refused.headers.get('retry-after')]).toEqual([429, 'TooManyRequests', '6']);
    tenant.pass(6 * SECOND);
    await get('/auditLogs/directoryAudits');
    const { reports } = tenant.control.stats().quotas;
    expect(reports).toMatchObject({ calls: 7, throttled: 1, spent: 6, peakShare: 1 });
    expect(tenant.control.stats().calls['GET /auditLogs/directoryAudits']).toMatchObject({
      calls: 3,
      byStatus: { 200: 2, 429: 1 },
    });
  });

  it('a call that is refused for lack of permission counts all the same', async () => {
    tenant.pass(MINUTE);
    tenant.control.change({ permissions: [] });
    expect([await status('/auditLogs/directoryAudits'), await status('/auditLogs/directoryAudits')]).toEqual([
      403, 403,
    ]);
    tenant.control.change({
      permissions: [
        'AuditLog.Read.All',
        'IdentityRiskEvent.Read.All',
        'ExchangeMessageTrace.Read.All',
        'User.Read.All',
      ],
    });
    const path = '/auditLogs/directoryAudits';
    expect([await status(path), await status(path), await status(path), await status(path)]).toEqual([
      200, 200, 200, 429,
    ]);
  });

  it('risk: one a second, without Retry-After', async () => {
    await get('/identityProtection/riskDetections');
    tenant.pass(999);
    const refused = await refusal(get('/identityProtection/riskDetections'));
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, null]);
    tenant.pass(1);
    await get('/identityProtection/riskDetections');
  });

  it('message trace: 100 in 5 minutes', async () => {
    const path = '/admin/exchange/tracing/messageTraces';
    const all = await Promise.all(Array.from({ length: 101 }, () => status(path)));
    expect([all.filter((code) => code === 200).length, all.filter((code) => code === 429).length]).toEqual([100, 1]);
    tenant.pass(5 * MINUTE);
    expect(await status(path)).toBe(200);
  });

  it('the directory counts resource units', async () => {
    tenant.control.resetStats();
    for (let n = 0; n < 3; n++) await get('/users?$top=100');
    expect(tenant.control.stats().quotas.directory).toMatchObject({ calls: 3, spent: 6, peakShare: 6 / 3500 });
  });
});
