import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { passwordMethod } from '../../../local/graph-simulator/authentication-method.ts';
import { type ControlClient, createControlClient } from '../../../local/graph-simulator/control-client.ts';
import { NOON, startTenant, type TestTenant } from './tenant-for-tests.ts';

describe('control from another process', () => {
  let tenant: TestTenant;
  let control: ControlClient;
  beforeAll(async () => {
    tenant = await startTenant();
    control = createControlClient(tenant.simulator.baseUrl);
  });
  afterAll(() => tenant.close());

  it('fills a tenant and changes it', async () => {
    await control.putUsers([{ id: 'dana', userPrincipalName: 'dana@example.org', mail: 'dana@example.org' }]);
    await control.patchUser('dana@example.org', { otherMails: ['x@example.net'] });
    await control.putGroup({ id: 'g', displayName: 'G' }, ['dana']);
    await control.setMethods('dana', [passwordMethod(null)]);
    await control.setRules('dana', [{ id: 'r', displayName: 'R' }]);
    await control.addRecords([
      {
        source: 'directory-audits',
        record: { id: 'a', activityDateTime: new Date(NOON).toISOString(), activityDisplayName: 'Update user' },
        arrivesAt: new Date(NOON),
      },
    ]);
    expect(await tenant.api('/users/dana?$select=otherMails,accountEnabled').get()).toMatchObject({
      otherMails: ['x@example.net'],
      accountEnabled: true,
    });
    expect((await tenant.api('/groups/g/transitiveMembers').get()).value).toHaveLength(1);
    expect((await tenant.api('/users/dana/authentication/methods').get()).value).toHaveLength(1);
    expect((await tenant.api('/users/dana/mailFolders/inbox/messageRules').get()).value).toHaveLength(1);
    expect((await tenant.api('/auditLogs/directoryAudits').get()).value).toHaveLength(1);
    await control.removeMember('g', 'dana');
    await control.removeUser('dana');
    expect((await tenant.api('/users').get()).value).toEqual([]);
  });

  it('switches settings, and reads counters', async () => {
    await control.change({ license: 'P1', permissions: ['AuditLog.Read.All'] });
    expect(await control.settings()).toMatchObject({ license: 'P1', ssprReporting: true });
    await control.resetStats();
    await tenant.client.api('/auditLogs/directoryAudits').get();
    const stats = await control.stats();
    expect(stats.calls).toMatchObject({ 'GET /auditLogs/directoryAudits': { calls: 1, byStatus: { 200: 1 } } });
    expect(stats.quotas.reports).toMatchObject({ calls: 1, throttled: 0, peakShare: 0.2 });
    expect(stats.records['directory-audits']).toBe(1);
    await control.settle();
    expect(await control.subscriptions()).toEqual([]);
  });

  it.each([
    ['an unknown user', () => control.patchUser('nobody', {}), 'no such user'],
    ['an unknown subscription', () => control.loseSubscription('none'), 'not found'],
    ['a setting of the wrong kind', () => control.change({ license: 'P3' as 'P2' }), 'license'],
    ['a setting that is none', () => control.change({ licence: 'P2' } as object), 'licence'],
    [
      'a user property that is none',
      () => control.putUsers([{ id: 'x', userPrincipalName: 'x', phone: '1' } as never]),
      'phone',
    ],
    [
      'a record without time',
      () => control.addRecords([{ source: 'sign-ins', record: { id: 'x' }, arrivesAt: new Date(NOON) }]),
      'createdDateTime',
    ],
  ])('refuses %s, in words', async (_, call, text) => {
    await expect(call()).rejects.toThrow(text);
  });

  it('a web page in a browser cannot pull the strings', async () => {
    const url = `${tenant.simulator.baseUrl}/control/revokeTokens`;
    expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(403);
    expect((await fetch(url)).status).toBe(405);
    expect((await fetch(`${tenant.simulator.baseUrl}/control/constructor`, { method: 'POST' })).status).toBe(404);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { host: 'evil.example.org', 'content-type': 'application/json' };
      request(url, { method: 'POST', headers }, (response) => resolve(response.statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(403);
  });
});
