/** Who we are to Azure: the managed identity in Azure, whoever is signed in elsewhere, a plain token for a stand-in. */
import {
  AzureAuthorityHosts,
  DefaultAzureCredential,
  ManagedIdentityCredential,
  type TokenCredential,
} from '@azure/identity';
import { ConfigError, UpstreamError } from '../errors.ts';
import type { Clock } from '../ports.ts';
import type { Cloud } from './graph-paths.ts';

/** What decides which credential it is. */
export interface CredentialOptions {
  /** Client id of the user-assigned managed identity (AZURE_CLIENT_ID). */
  readonly clientId?: string;
  /** True when the platform offers a managed identity (IDENTITY_ENDPOINT is set). */
  readonly isInAzure: boolean;
  readonly cloud: Cloud;
  /** Token endpoint of a stand-in on this machine: POSTERN_TOKEN_URL. */
  readonly tokenUrl?: string;
  readonly clock: Clock;
}

const AUTHORITIES: Readonly<Record<Cloud, string>> = {
  global: AzureAuthorityHosts.AzurePublicCloud,
  usgov: AzureAuthorityHosts.AzureGovernment,
  'usgov-dod': AzureAuthorityHosts.AzureGovernment,
  china: AzureAuthorityHosts.AzureChina,
};

/**
 * The one credential of the app, for every client. It caches tokens itself.
 * @throws ConfigError when a token endpoint is named that is not on this machine
 */
export function createCredential(options: CredentialOptions): TokenCredential {
  const { clientId, isInAzure, cloud, tokenUrl } = options;
  if (tokenUrl !== undefined) return createStandInCredential(tokenUrl, options);
  if (isInAzure) return new ManagedIdentityCredential(clientId === undefined ? {} : { clientId });
  return new DefaultAzureCredential({
    authorityHost: AUTHORITIES[cloud],
    ...(clientId !== undefined && { managedIdentityClientId: clientId }),
  });
}

/** A token is renewed this long before it expires. */
const RENEW_EARLY_MS = 5 * 60_000;

/** OAuth 2.0 client credentials against a stand-in, without a secret worth keeping: it must be this machine. */
function createStandInCredential(tokenUrl: string, { clock, clientId }: CredentialOptions): TokenCredential {
  if (!['127.0.0.1', '[::1]', 'localhost'].includes(URL.parse(tokenUrl)?.hostname ?? ''))
    throw new ConfigError(['POSTERN_TOKEN_URL: must be on this machine. Leave it unset to sign in to Entra.']);
  let known: { token: string; expiresOnTimestamp: number } | undefined;
  let asking: Promise<{ token: string; expiresOnTimestamp: number }> | undefined;

  async function ask(scopes: string | string[]) {
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId ?? 'postern',
      client_secret: 'local',
      scope: [scopes].flat().join(' '),
    });
    const response = await fetch(tokenUrl, { method: 'POST', body, signal: AbortSignal.timeout(10_000) }).catch(() => {
      throw new UpstreamError('graph', 'UNAVAILABLE');
    });
    if (!response.ok) throw new UpstreamError('graph', response.status >= 500 ? 'UNAVAILABLE' : 'UNAUTHORIZED');
    const answer = (await response.json()) as { access_token?: unknown; expires_in?: unknown };
    if (typeof answer.access_token !== 'string') throw new UpstreamError('graph', 'UNAUTHORIZED');
    const lifeMs = (Number(answer.expires_in) || 3600) * 1000;
    return { token: answer.access_token, expiresOnTimestamp: clock.now().getTime() + lifeMs };
  }

  return {
    async getToken(scopes) {
      if (known && known.expiresOnTimestamp - RENEW_EARLY_MS > clock.now().getTime()) return known;
      asking ??= ask(scopes).finally(() => {
        asking = undefined;
      });
      known = await asking;
      return known;
    },
  };
}
