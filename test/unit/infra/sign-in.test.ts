import { describe, expect, it } from 'vitest';
import { readSignInOptions } from '../../../infra/register-sign-in.ts';
import { registerSignIn, removeSignIn, type SignInOptions } from '../../../infra/sign-in.ts';
import { ROLES } from '../../../src/live/authorize.ts';
import { fakeEntra } from './entra.ts';

const TENANT = '33333333-3333-4333-8333-333333333333';
const IDENTITY = '11111111-1111-4111-8111-111111111111';
const GROUP = '44444444-4444-4444-8444-444444444444';
const HOST = 'func-postern-abc.azurewebsites.net';
const options: SignInOptions = {
  host: HOST,
  identityPrincipalId: IDENTITY,
  tenantId: TENANT,
  cloud: 'global',
  members: [
    { role: 'Postern.Admin', who: 'admin@example.org' },
    { role: 'Postern.Desk', who: GROUP },
  ],
};
const entra = () => fakeEntra({ '/users': [{ id: 'admin@example.org' }] });

describe('registering', () => {
  it('makes a registration with our app roles, for this tenant, without a secret', async () => {
    const directory = entra();
    const result = await registerSignIn(directory.graph, options);
    expect(result).toEqual({ clientId: 'client-1', created: true, assigned: 2 });
    const [application] = [...(directory.collections.get('/applications')?.values() ?? [])];
    expect(application).toMatchObject({
      signInAudience: 'AzureADMyOrg',
      identifierUris: ['api://client-1'],
      web: { redirectUris: [`https://${HOST}/.auth/login/aad/callback`] },
      api: { requestedAccessTokenVersion: 2 },
    });
    expect(((application?.appRoles ?? []) as { value: string }[]).map(({ value }) => value)).toEqual([...ROLES]);
    expect(JSON.stringify(directory.writes)).not.toMatch(/passwordCredentials|addPassword/);
  });

  it('lets the app stand for it by its identity', async () => {
    const directory = entra();
    await registerSignIn(directory.graph, options);
    const trust = directory.writes.find(({ path }) => path.endsWith('/federatedIdentityCredentials'))?.body;
    expect(trust).toMatchObject({
      issuer: `https://login.microsoftonline.com/${TENANT}/v2.0`,
      subject: IDENTITY,
      audiences: ['api://AzureADTokenExchange'],
    });
  });

  it('lets nobody in who has no role', async () => {
    const directory = entra();
    await registerSignIn(directory.graph, options);
    const [principal] = [...(directory.collections.get('/servicePrincipals')?.values() ?? [])];
    expect(principal).toMatchObject({ appId: 'client-1', appRoleAssignmentRequired: true });
    const assignments = [
      ...(directory.collections.get(`/servicePrincipals/${principal?.id}/appRoleAssignedTo`)?.values() ?? []),
    ];
    expect(assignments.map(({ principalId }) => principalId)).toEqual(['admin@example.org', GROUP]);
    expect(new Set(assignments.map(({ appRoleId }) => appRoleId)).size).toBe(2);
  });

  it('run again: nothing is made twice, a changed identity is taken over', async () => {
    const directory = entra();
    await registerSignIn(directory.graph, options);
    directory.writes.length = 0;
    const again = await registerSignIn(directory.graph, { ...options, identityPrincipalId: GROUP });
    expect(again).toEqual({ clientId: 'client-1', created: false, assigned: 0 });
    expect(directory.writes.filter(({ method }) => method === 'post')).toEqual([]);
    const trust = directory.writes.find(({ path }) => path.includes('/federatedIdentityCredentials/'))?.body;
    expect(trust).toMatchObject({ subject: GROUP });
  });

  it.each([
    ['usgov', 'https://login.microsoftonline.us/', 'api://AzureADTokenExchangeUSGov'],
    ['china', 'https://login.partner.microsoftonline.cn/', 'api://AzureADTokenExchangeChina'],
  ] as const)('%s has its own login and audience', async (cloud, issuer, audience) => {
    const directory = entra();
    await registerSignIn(directory.graph, { ...options, cloud });
    const trust = directory.writes.find(({ path }) => path.endsWith('/federatedIdentityCredentials'))?.body;
    expect(trust).toMatchObject({ issuer: `${issuer}${TENANT}/v2.0`, audiences: [audience] });
  });

  it('can be removed again', async () => {
    const directory = entra();
    await registerSignIn(directory.graph, options);
    expect(await removeSignIn(directory.graph, HOST)).toBe(true);
    expect(directory.collections.get('/applications')?.size).toBe(0);
    expect(await removeSignIn(directory.graph, HOST)).toBe(false);
  });
});

describe('the command line', () => {
  const good = ['--host', HOST, '--principal', IDENTITY, '--tenant', TENANT];

  it('reads members by role', () => {
    expect(
      readSignInOptions([...good, '--admin', 'a@example.org', '--desk', GROUP, '--desk', 'b@example.org'], {}),
    ).toMatchObject({
      members: [
        { role: 'Postern.Admin', who: 'a@example.org' },
        { role: 'Postern.Desk', who: GROUP },
        { role: 'Postern.Desk', who: 'b@example.org' },
      ],
    });
  });

  it('takes what azd knows from the environment', () => {
    const env = { APP_HOST: HOST, IDENTITY_PRINCIPAL_ID: IDENTITY, AZURE_TENANT_ID: TENANT };
    expect(readSignInOptions([], env)).toMatchObject({ host: HOST, tenantId: TENANT });
  });

  it.each([
    [[], 'are needed'],
    [['--host', `https://${HOST}/`, '--principal', IDENTITY, '--tenant', TENANT], 'without https:// and path'],
    [['--host', HOST, '--principal', 'x', '--tenant', TENANT], '--principal: should be an object id'],
    [['--host', HOST, '--principal', IDENTITY, '--tenant', 'contoso'], '--tenant: should be a tenant id'],
    [[...good, '--cloud', 'mars'], 'the clouds are'],
  ])('%j is answered in words', (args, words) => {
    expect(readSignInOptions(args, {})).toContain(words);
  });
});
