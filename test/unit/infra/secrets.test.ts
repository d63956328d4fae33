import { describe, expect, it } from 'vitest';
import { createMissing, GENERATED, listSecrets, setSecret } from '../../../infra/secrets.ts';
import { createVault } from '../../../infra/vault.ts';
import { SETTINGS } from '../../../src/config.ts';

interface Call {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | null;
  readonly body: unknown;
}

/** A vault over HTTP as Azure answers: pages of one secret, values written and never read. */
function fakeVault(initial: readonly string[] = [], refusal?: { status: number; code?: string }) {
  const values = new Map(initial.map((name) => [name, 'kept']));
  const calls: Call[] = [];
  const request = (async (input: string, init: RequestInit) => {
    const url = new URL(input);
    const headers = new Headers(init.headers);
    const body = init.body ? (JSON.parse(String(init.body)) as { value: string }) : undefined;
    calls.push({ method: init.method ?? '', url: input, authorization: headers.get('authorization'), body });
    if (refusal) return Response.json({ error: { innererror: { code: refusal.code } } }, { status: refusal.status });
    if (init.method === 'PUT') {
      values.set(url.pathname.replace('/secrets/', ''), body?.value ?? '');
      return Response.json({});
    }
    const names = [...values.keys()];
    const at = Number(url.searchParams.get('skip') ?? 0);
    const value = names.slice(at, at + 1).map((name) => ({ id: `${url.origin}/secrets/${name}` }));
    const nextLink = at + 1 < names.length ? `${url.origin}/secrets?skip=${at + 1}` : null;
    return Response.json({ value, nextLink });
  }) as typeof fetch;
  const credential = { getToken: async () => ({ token: 'token', expiresOnTimestamp: 0 }) };
  return { values, calls, vault: createVault('kv-postern', 'global', credential, request) };
}

describe('secrets', () => {
  it('makes the keys that are missing: 32 random bytes, which the app takes', async () => {
    const { vault, values } = fakeVault();
    expect(await createMissing(vault)).toEqual(['POSTERN_HASH_KEY: made', 'POSTERN_CARD_KEY: made']);
    const [hash, card] = [values.get('postern-hash-key') ?? '', values.get('postern-card-key') ?? ''];
    expect(SETTINGS.POSTERN_HASH_KEY.schema.safeParse(hash).success).toBe(true);
    expect(hash).not.toBe(card);
  });

  it('leaves keys alone that are there: changing them would void cards and hashes', async () => {
    const { vault, values, calls } = fakeVault(['other', 'postern-hash-key', 'postern-card-key']);
    expect(await createMissing(vault)).toEqual(GENERATED.map((name) => `${name}: is there, left alone`));
    expect(values.get('postern-card-key')).toBe('kept');
    expect(calls.filter(({ method }) => method === 'PUT')).toEqual([]);
  });

  it('lists which are set, never a value', async () => {
    const { vault, values } = fakeVault(['postern-smtp-url']);
    values.set('postern-smtp-url', 'smtps://user:hush@relay.example.org');
    const text = (await listSecrets(vault)).join('\n');
    expect(text).toContain('POSTERN_SMTP_URL: set');
    expect(text).toContain('POSTERN_TWILIO_TOKEN: not set');
    expect(text).not.toContain('hush');
  });

  it('sets a value after the app would take it, without the newline of a file', async () => {
    const { vault, values } = fakeVault();
    expect(await setSecret(vault, 'POSTERN_SMTP_URL', 'smtps://user:pass@relay.example.org:465\n')).toBeUndefined();
    expect(values.get('postern-smtp-url')).toBe('smtps://user:pass@relay.example.org:465');
  });

  it.each([
    ['POSTERN_SMTP_URL', 'mail.example.net'],
    ['POSTERN_DESK_WEBHOOK_SECRET', 'short'],
    ['POSTERN_TWILIO_TOKEN', '  \n'],
  ] as const)('refuses a value of %s that the app would not take, without repeating it', async (name, value) => {
    const { vault, calls } = fakeVault();
    const problem = await setSecret(vault, name, value);
    expect(problem).toContain(`${name}: `);
    if (value.trim()) expect(problem).not.toContain(value);
    expect(calls).toEqual([]);
  });

  it.each([
    [403, undefined, 'Key Vault Secrets Officer'],
    [403, 'ForbiddenByFirewall', 'private connections only'],
    [409, undefined, 'az keyvault secret recover'],
    [500, undefined, 'answered 500'],
  ])('a refusal %s %s is explained: %s', async (status, code, words) => {
    const { vault } = fakeVault([], { status, ...(code && { code }) });
    await expect(vault.put('x', 'y')).rejects.toThrow(words);
  });

  it('sends the token to the vault only', async () => {
    const credential = { getToken: async () => ({ token: 'token', expiresOnTimestamp: 0 }) };
    const sent: string[] = [];
    const request = (async (url: string) => {
      sent.push(url);
      return Response.json({ value: [], nextLink: 'https://kv-postern.vault.azure.net.example.org/secrets' });
    }) as typeof fetch;
    await expect(createVault('kv-postern', 'global', credential, request).names()).rejects.toThrow('another host');
    expect(sent).toEqual(['https://kv-postern.vault.azure.net/secrets?api-version=7.4']);
  });

  it('says how to sign in', async () => {
    const credential = { getToken: () => Promise.reject(new Error('no')) };
    await expect(createVault('kv', 'global', credential).names()).rejects.toThrow('az login');
  });
});
