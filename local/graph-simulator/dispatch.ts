/** From a raw request to an answer: token, quota, permission, license, endpoint, in this order. */
import { randomUUID } from 'node:crypto';
import type { AccessTokens } from './access-tokens.ts';
import type { CallCounts } from './call-counts.ts';
import { readQuery } from './odata/query-options.ts';
import type { Quotas } from './quotas.ts';
import { unitsFor } from './quotas.ts';
import { badRequest, DENIALS, errorBody, noPremiumLicense, notLicensed, Refusal } from './refusal.ts';
import { findRoute, type Route } from './routes.ts';
import type { SettingsChange } from './settings.ts';
import type { Endpoint, GraphAnswer, GraphRequest, Tenant, Version } from './tenant.ts';

/** A request as it came in. */
export interface RawRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

/** An answer as it goes out. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What answering needs. */
export interface DispatchParts {
  readonly tenant: Tenant;
  readonly tokens: AccessTokens;
  readonly quotas: Quotas;
  readonly counts: CallCounts;
  readonly change: (settings: SettingsChange) => void;
  /** Brings the tenant up to date with the clock. */
  readonly catchUp: (now: number) => Promise<void>;
}

const JSON_TYPE = 'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8';

/** Answers requests to `/v1.0` and `/beta`. Never rejects for what a client sent. */
export function createDispatch(parts: DispatchParts): (raw: RawRequest) => Promise<RawAnswer> {
  const { tenant, counts } = parts;
  return async (raw) => {
    const now = tenant.now();
    const requestId = randomUUID();
    const headers: Record<string, string> = { 'request-id': requestId, 'cache-control': 'no-store' };
    let label = `${raw.method} (unknown)`;
    let answer: GraphAnswer;
    try {
      const { route, ...rest } = open(raw, now);
      label = `${route.endpoint.method} ${route.endpoint.path}`;
      parts.tokens.check(raw.headers.authorization);
      await parts.catchUp(now);
      Object.assign(headers, admit(parts, route, rest));
      answer = await route.endpoint.answer(rest, tenant);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      Object.assign(headers, error.headers);
      const clientId = raw.headers['client-request-id'] ?? requestId;
      answer = { status: error.status, body: errorBody(error, requestId, clientId, now) };
    }
    const body = bytesOf(answer.body);
    counts.note(label, answer.status, body.length);
    return {
      status: answer.status,
      headers: { ...headers, ...(body.length > 0 && { 'content-type': JSON_TYPE }) },
      body,
    };
  };
}

function open(raw: RawRequest, now: number): GraphRequest & { readonly route: Route } {
  const [pathname = '', query = ''] = raw.url.split(/\?(.*)/s);
  const [, name = '', path = ''] = /^\/([^/]*)(\/.*)?$/.exec(pathname) ?? [];
  if (name !== 'v1.0' && name !== 'beta')
    throw badRequest(`Invalid version: ${/^[\w.]{1,20}$/.test(name) ? name : ''}`);
  const version: Version = name;
  const route = findRoute(raw.method, version, path);
  const { params } = route;
  return { version, path, params, query: readQuery(query), headers: raw.headers, body: parseBody(raw), now, route };
}

function parseBody({ method, headers, body }: RawRequest): unknown {
  if (body.length === 0) return undefined;
  if (method === 'GET' || method === 'DELETE') throw badRequest('The request must not have a body.');
  if (!headers['content-type']?.toLowerCase().startsWith('application/json')) {
    throw new Refusal(
      415,
      'RequestBodyRead',
      'A supported MIME type could not be found that matches the content type of the request: send application/json.',
    );
  }
  try {
    return JSON.parse(body.toString()) as unknown;
  } catch {
    throw badRequest(
      'Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.',
    );
  }
}

/** @returns headers of the answer @throws Refusal when the request must not be answered */
function admit(parts: DispatchParts, { endpoint, params }: Route, request: GraphRequest): Record<string, string> {
  const { tenant, quotas } = parts;
  failOnPurpose(parts, request);
  quotas.take('global', 1, request.now);
  const headers = endpoint.quota === 'none' ? {} : takeQuota(parts, endpoint, params, request);
  const { permissions, license } = tenant.settings();
  if (endpoint.permissions.length > 0 && !endpoint.permissions.some((name) => permissions.includes(name))) {
    throw DENIALS[endpoint.family](endpoint.permissions[0] ?? '');
  }
  if (endpoint.premium && license === 'none') throw endpoint.premium === 'risk' ? notLicensed() : noPremiumLicense();
  return headers;
}

function takeQuota(
  { tenant, quotas }: DispatchParts,
  endpoint: Endpoint,
  params: Route['params'],
  request: GraphRequest,
): Record<string, string> {
  if (endpoint.quota === 'none') return {};
  const mailbox = endpoint.quota === 'outlook' ? (tenant.users.find(params.user ?? '')?.id ?? '') : undefined;
  if (endpoint.quota !== 'directory') {
    quotas.take(endpoint.quota, 1, request.now, mailbox);
    return {};
  }
  const cost = endpoint.cost?.(request) ?? 1;
  const share = quotas.take('directory', cost, request.now, undefined, unitsFor(tenant.users.count()));
  return {
    'x-ms-resource-unit': String(cost),
    ...(share >= 0.8 && { 'x-ms-throttle-limit-percentage': share.toFixed(2) }),
  };
}

function failOnPurpose({ tenant, change }: DispatchParts, { path }: GraphRequest): void {
  const { faults } = tenant.settings();
  const found = faults.find((fault) => path.toLowerCase().startsWith(fault.path.toLowerCase()));
  if (!found) return;
  const left = { ...found, times: found.times - 1 };
  change({ faults: faults.flatMap((fault) => (fault !== found ? [fault] : left.times > 0 ? [left] : [])) });
  const wait = found.retryAfterSeconds;
  const headers = wait === undefined ? undefined : { 'retry-after': String(wait) };
  throw new Refusal(
    found.status,
    FAULT_CODES[found.status] ?? 'UnknownError',
    'The simulator was told to fail.',
    headers,
  );
}

const FAULT_CODES: Readonly<Record<number, string>> = {
  429: 'TooManyRequests',
  500: 'InternalServerError',
  502: 'BadGateway',
  503: 'serviceNotAvailable',
  504: 'GatewayTimeout',
};

function bytesOf(body: unknown): Buffer {
  if (body === undefined) return Buffer.alloc(0);
  return Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
}
