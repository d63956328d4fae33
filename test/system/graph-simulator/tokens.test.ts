import { ManagedIdentityCredential } from '@azure/identity';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { APPLICATION_ID } from '../../../local/graph-simulator/access-tokens.ts';
import { askForToken, createClient, fetchToken, refusal, startTenant, type TestTenant } from './tenant-for-tests.ts';

describe('tokens', () => {
  let tenant: TestTenant;
  let wall = Date.now();
  beforeAll(async () => {
    tenant = await startTenant({ wallNow: () => wall, tokenLifeMs: 60_000 });
  });
  afterAll(() => tenant.close());
  afterEach(() => vi.unstubAllEnvs());

  const users = (token: string) =>
    createClient(tenant.simulator, async () => token)
      .api('/users')
      .get();

  it('client credentials give a token that opens the API', async () => {
    const response = await askForToken(tenant.simulator.tokenUrl, { scope: 'https://graph.microsoft.com/.default' });
    const body = (await response.json()) as Record<string, unknown>;
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 60 });
    expect(await users(String(body.access_token))).toMatchObject({ value: [] });
    expect(await users(await fetchToken(tenant.simulator, { client_id: APPLICATION_ID }))).toMatchObject({ value: [] });
  });

  it.each([
    [{ client_secret: 'wrong' }, 401, 'invalid_client'],
    [{ client_id: 'other' }, 400, 'unauthorized_client'],
    [{ client_id: 'toString' }, 400, 'unauthorized_client'],
    [{ scope: 'https://vault.azure.net/.default' }, 400, 'invalid_scope'],
    [{ scope: '' }, 400, 'invalid_scope'],
    [{ grant_type: 'password' }, 400, 'unsupported_grant_type'],
  ])('%j is refused', async (change, status, error) => {
    const response = await askForToken(tenant.simulator.tokenUrl, {
      scope: `${tenant.simulator.baseUrl}/.default`,
      ...change,
    });
    expect([response.status, await response.json()]).toMatchObject([status, { error }]);
  });

  it('the managed identity of an app service works with the real credential', async () => {
    vi.stubEnv('IDENTITY_ENDPOINT', tenant.simulator.identity.endpoint);
    vi.stubEnv('IDENTITY_HEADER', tenant.simulator.identity.header);
    const token = await new ManagedIdentityCredential().getToken('https://graph.microsoft.com/.default');
    expect(await users(token.token)).toMatchObject({ value: [] });
  });

  it('and is refused with a wrong header', async () => {
    const url = `${tenant.simulator.identity.endpoint}?resource=https://graph.microsoft.com&api-version=2019-08-01`;
    expect((await fetch(url)).status).toBe(401);
    expect((await fetch(url, { headers: { 'X-IDENTITY-HEADER': 'x' } })).status).toBe(401);
  });

  it('the metadata service of a virtual machine wants its header', async () => {
    const url = `${tenant.simulator.baseUrl}/metadata/identity/oauth2/token?resource=https://graph.microsoft.com/&api-version=2018-02-01`;
    expect((await fetch(url)).status).toBe(400);
    const { access_token } = (await (await fetch(url, { headers: { Metadata: 'true' } })).json()) as {
      access_token: string;
    };
    expect(await users(access_token)).toMatchObject({ value: [] });
  });

  it.each([
    ['none', ''],
    ['a wrong one', 'abc.def'],
    ['words', 'hello'],
  ])('%s: 401', async (_, token) => {
    expect(await refusal(users(token))).toMatchObject({ status: 401, code: 'InvalidAuthenticationToken' });
  });

  it('a changed token: 401', async () => {
    const token = await fetchToken(tenant.simulator);
    expect(await refusal(users(`A${token.slice(1)}`))).toMatchObject({ status: 401 });
  });

  it('an expired token: 401, and so after all were revoked', async () => {
    const token = await fetchToken(tenant.simulator);
    wall += 59_000;
    expect(await users(token)).toMatchObject({ value: [] });
    wall += 1_000;
    expect(await refusal(users(token))).toMatchObject({
      status: 401,
      code: 'InvalidAuthenticationToken',
      message: expect.stringContaining('expired'),
    });
    const another = await fetchToken(tenant.simulator);
    tenant.control.revokeTokens();
    expect(await refusal(users(another))).toMatchObject({ status: 401 });
  });
});
