/** Key Vault's secrets over its REST interface: names, and writing. Values are never read back. */
import type { TokenCredential } from '@azure/identity';
import type { Cloud } from '../src/azure/graph-paths.ts';
import { ConfigError } from '../src/errors.ts';

/** Ends of vault addresses. Source: "Azure Key Vault basic concepts", national clouds. */
const SUFFIXES: Readonly<Record<Cloud, string>> = {
  global: 'vault.azure.net',
  usgov: 'vault.usgovcloudapi.net',
  'usgov-dod': 'vault.usgovcloudapi.net',
  china: 'vault.azure.cn',
};
const API = 'api-version=7.4';

/** What the scripts do with a vault. */
export interface Vault {
  /** Names of all secrets that are switched on. */
  readonly names: () => Promise<ReadonlySet<string>>;
  readonly put: (name: string, value: string) => Promise<void>;
}

/** A vault by name. `request` is `fetch`, or a stand-in in tests. Each call may throw ConfigError: why, and what to do. */
export function createVault(
  vault: string,
  cloud: Cloud,
  credential: TokenCredential,
  request: typeof fetch = fetch,
): Vault {
  const suffix = SUFFIXES[cloud];
  const base = `https://${vault}.${suffix}`;

  async function call(method: string, url: string, body?: object): Promise<{ value?: unknown; nextLink?: unknown }> {
    // A next link must not carry the token to another host.
    if (!url.startsWith(`${base}/`)) throw new ConfigError(['The vault named another host; nothing was sent there.']);
    const token = await credential.getToken(`https://${suffix}/.default`).catch(() => {
      throw new ConfigError(['You are not signed in: az login, then run this again.']);
    });
    const response = await request(url, {
      method,
      headers: { authorization: `Bearer ${token?.token ?? ''}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
      redirect: 'error',
    }).catch(() => {
      throw new ConfigError([`${base} cannot be reached. Is --vault right (output VAULT_NAME)? Is --cloud?`]);
    });
    const answer = (await response.json().catch(() => ({}))) as { error?: { innererror?: { code?: string } } };
    if (!response.ok) throw new ConfigError([explain(response.status, answer.error?.innererror?.code)]);
    return answer as { value?: unknown; nextLink?: unknown };
  }

  return {
    async names() {
      const names = new Set<string>();
      for (let url: string | undefined = `${base}/secrets?${API}`; url !== undefined; ) {
        const { value, nextLink } = await call('GET', url);
        for (const { id, attributes } of value as { id: string; attributes?: { enabled?: boolean } }[]) {
          if (attributes?.enabled !== false) names.add(id.split('/').at(-1) ?? '');
        }
        url = typeof nextLink === 'string' && nextLink !== '' ? nextLink : undefined;
      }
      return names;
    },
    async put(name, value) {
      await call('PUT', `${base}/secrets/${name}?${API}`, { value });
    },
  };
}

function explain(status: number, code: string | undefined): string {
  if (code === 'ForbiddenByFirewall')
    return 'The vault takes private connections only (privateNetworking): run this from within its network.';
  if (status === 401 || status === 403)
    return (
      'You may not write secrets here. It needs the role Key Vault Secrets Officer on the vault: deploy with ' +
      'vaultWriterId = your object id (az ad signed-in-user show --query id), and give it five minutes.'
    );
  if (status === 409)
    return 'A deleted secret of this name is kept: az keyvault secret recover --vault-name VAULT --name NAME, then run this again.';
  return `The vault answered ${status}. Run this again; what was done stays done.`;
}
