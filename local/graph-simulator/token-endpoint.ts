/** Where tokens come from: OAuth 2.0 client credentials, and the two shapes of managed identity. */
import type { AccessTokens } from './access-tokens.ts';
import { APPLICATION_ID, sameText } from './access-tokens.ts';
import type { RawAnswer, RawRequest } from './dispatch.ts';

/** Who gets tokens. */
export interface TokenClients {
  /** Secrets by client id. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Value that `X-IDENTITY-HEADER` must have. */
  readonly identityHeader: string;
}

const GRAPH = 'https://graph.microsoft.com';

/** Answers token requests; undefined for other paths. */
export function answerTokenRequest(
  raw: RawRequest,
  tokens: AccessTokens,
  clients: TokenClients,
  baseUrl: string,
): RawAnswer | undefined {
  const url = new URL(raw.url, baseUrl);
  if (/^\/[\w.-]+\/oauth2\/v2\.0\/token$/.test(url.pathname)) return clientCredentials(raw, tokens, clients, baseUrl);
  if (url.pathname === '/msi/token') {
    const isOurs = sameText(raw.headers['x-identity-header'] ?? '', clients.identityHeader);
    return isOurs
      ? managedIdentity(url, tokens, baseUrl)
      : refuse(401, 'invalid_request', 'X-IDENTITY-HEADER is missing or wrong.');
  }
  if (url.pathname === '/metadata/identity/oauth2/token') {
    const isLocal = raw.headers.metadata?.toLowerCase() === 'true';
    return isLocal
      ? managedIdentity(url, tokens, baseUrl)
      : refuse(400, 'invalid_request', 'Required metadata header not specified');
  }
  return undefined;
}

function clientCredentials(raw: RawRequest, tokens: AccessTokens, clients: TokenClients, baseUrl: string): RawAnswer {
  if (raw.method !== 'POST') return refuse(405, 'invalid_request', 'Only POST is accepted.');
  const form = new URLSearchParams(raw.body.toString());
  const secret = Object.hasOwn(clients.secrets, form.get('client_id') ?? '')
    ? clients.secrets[form.get('client_id') ?? '']
    : undefined;
  if (form.get('grant_type') !== 'client_credentials') {
    return refuse(400, 'unsupported_grant_type', 'AADSTS70003: The app requested an unsupported grant type.');
  }
  if (secret === undefined)
    return refuse(400, 'unauthorized_client', 'AADSTS700016: Application was not found in the directory.');
  if (!sameText(form.get('client_secret') ?? '', secret)) {
    return refuse(401, 'invalid_client', 'AADSTS7000215: Invalid client secret provided.');
  }
  const scope = form.get('scope') ?? '';
  if (![`${GRAPH}/.default`, `${baseUrl}/.default`].includes(scope)) {
    return refuse(400, 'invalid_scope', 'AADSTS1002012: The provided value for scope is not valid.');
  }
  const { token, expiresInSeconds } = tokens.issue();
  return json(200, {
    token_type: 'Bearer',
    expires_in: expiresInSeconds,
    ext_expires_in: expiresInSeconds,
    access_token: token,
  });
}

function managedIdentity(url: URL, tokens: AccessTokens, baseUrl: string): RawAnswer {
  const resource = url.searchParams.get('resource')?.replace(/\/$/, '') ?? '';
  if (!url.searchParams.get('api-version') || ![GRAPH, baseUrl].includes(resource)) {
    return refuse(400, 'invalid_request', 'api-version and resource are needed; the resource must be Microsoft Graph.');
  }
  const { token, expiresInSeconds, expiresAt } = tokens.issue();
  const clientId = url.searchParams.get('client_id') ?? APPLICATION_ID;
  return json(200, {
    access_token: token,
    client_id: clientId,
    expires_in: String(expiresInSeconds),
    expires_on: String(Math.floor(expiresAt / 1000)),
    resource,
    token_type: 'Bearer',
  });
}

function refuse(status: number, error: string, description: string): RawAnswer {
  return json(status, { error, error_description: description });
}

/** An answer as JSON. */
export function json(status: number, body: unknown): RawAnswer {
  const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
  return { status, headers, body: Buffer.from(JSON.stringify(body)) };
}
