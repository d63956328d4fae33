/** The Graph client: Microsoft's SDK for requests, our own rationing, retries, paging and errors. */
import type { TokenCredential } from '@azure/identity';
import {
  Client,
  type Context,
  GraphClientError,
  type GraphRequest,
  HTTPMessageHandler,
  type Middleware,
  ResponseType,
} from '@microsoft/microsoft-graph-client';
import { UpstreamError } from '../errors.ts';
import type { Clock, Graph, GraphOptions, GraphPage, Log, RawRecord } from '../ports.ts';
import { toUpstreamError } from './graph-errors.ts';
import { bucketOf, type Cloud, GRAPH_HOSTS, mailboxOf } from './graph-paths.ts';
import type { Limiter, Ticket } from './limits.ts';

/** What a Graph client is made of. */
export interface GraphClientOptions {
  readonly credential: TokenCredential;
  readonly cloud: Cloud;
  /** Endpoint of a stand-in instead of the cloud's: POSTERN_GRAPH_URL. */
  readonly url?: string;
  readonly limiter: Limiter;
  readonly clock: Clock;
  readonly log: Log;
}

/** A request that gets no answer is given up after this real time. */
const TIMEOUT_MS = 60_000;
/** Tries of one request, the first included. */
const TRIES = 3;
/** Longest pause of a bucket that a request waits out; beyond it the caller hears THROTTLED and decides. */
const PATIENCE_MS = 90_000;
/** Enum members that came after the first ones are sent as `unknownFutureValue` without it. */
const HEADERS = { Prefer: 'include-unknown-enum-members' };

type Method = 'get' | 'post' | 'patch' | 'delete';

/** Microsoft Graph over the SDK. Makes no request before the first call. */
export function createGraph(options: GraphClientOptions): Graph {
  const { limiter, clock, log, cloud } = options;
  const base = new URL(options.url ?? GRAPH_HOSTS[cloud]);
  const client = Client.initWithMiddleware({
    baseUrl: `${base.origin}${base.pathname === '/' ? '' : base.pathname}`,
    middleware: createAuthentication(options.credential, base),
  });

  async function once(method: Method, request: GraphRequest, body: RawRecord | undefined): Promise<unknown> {
    request.responseType(ResponseType.RAW);
    let response: Response;
    try {
      response = (await (method === 'post' || method === 'patch'
        ? request[method](body)
        : request[method]())) as Response;
    } catch (error) {
      throw ofTransport(error);
    }
    return read(response, clock.now());
  }

  /** `make`: a request of the SDK can be sent once only. */
  async function send(method: Method, ticket: Ticket, make: () => GraphRequest, body?: RawRecord): Promise<unknown> {
    for (let tries = 1; ; tries++) {
      try {
        return await limiter.run(ticket, () => once(method, make(), body), PATIENCE_MS);
      } catch (error) {
        if (!(error instanceof UpstreamError)) throw error;
        if (error.code === 'THROTTLED')
          log.tell('graph throttled', { bucket: ticket.bucket, retryAfterMs: error.retryAfterMs ?? 0 });
        // A refused request was not carried out; whether a lost one was, nobody knows, so a POST is not repeated.
        const isWorthIt = error.code === 'THROTTLED' || (error.code === 'UNAVAILABLE' && method !== 'post');
        if (!isWorthIt || tries >= TRIES || limiter.pausedMs(ticket.bucket) > PATIENCE_MS) throw error;
        if (error.code === 'UNAVAILABLE') await clock.sleep(error.retryAfterMs ?? 1000 * 4 ** (tries - 1));
      }
    }
  }

  function ticketOf(path: string, { priority = 'hint' }: GraphOptions): Ticket {
    const mailbox = mailboxOf(path);
    return { bucket: bucketOf(path), priority, ...(mailbox !== undefined && { mailbox }) };
  }

  function call(method: Method, path: string, body: RawRecord | undefined, given: GraphOptions = {}): Promise<unknown> {
    const make = () =>
      client
        .api(path)
        .version(given.version ?? 'v1.0')
        .headers(HEADERS);
    return send(method, ticketOf(path, given), make, body);
  }

  return {
    load: limiter.load,
    async *pages(path, given = {}) {
      let answer = await call('get', path, undefined, given);
      for (;;) {
        const { page, next } = readPage(answer, base);
        yield page;
        if (next === undefined) return;
        const make = () => client.api('/').option(VERBATIM, next).headers(HEADERS);
        answer = await send('get', ticketOf(path, given), make);
      }
    },
    get: async (path, given) => record(await call('get', path, undefined, given)),
    post: async (path, body, given) => record((await call('post', path, body, given)) ?? {}),
    patch: async (path, body, given) => record((await call('patch', path, body, given)) ?? {}),
    async delete(path, given) {
      try {
        await call('delete', path, undefined, given);
      } catch (error) {
        if (!(error instanceof UpstreamError) || error.code !== 'NOT_FOUND') throw error;
      }
    },
  };
}

/** Name of the request option that carries a next link. The SDK takes addresses apart and would put them in another order. */
const VERBATIM = 'posternUrl';

/**
 * Adds the token, and nothing that the SDK's own chain would: no retries, no redirects (a token must not follow one).
 * Only the configured host ever gets a token.
 */
function createAuthentication(credential: TokenCredential, base: URL): Middleware {
  const transport = new HTTPMessageHandler();
  const scope = `${base.origin}/.default`;
  return {
    async execute(context: Context) {
      const options = (context.options ?? {}) as RequestInit & { [VERBATIM]?: string };
      const { [VERBATIM]: verbatim, ...rest } = options;
      const url = new URL(verbatim ?? String(context.request));
      if (url.origin !== base.origin) throw passThrough(new UpstreamError('graph', 'REFUSED'));
      const token = await credential.getToken(scope).catch((error: unknown) => {
        throw passThrough(error instanceof UpstreamError ? error : new UpstreamError('graph', 'UNAUTHORIZED'));
      });
      if (!token) throw passThrough(new UpstreamError('graph', 'UNAUTHORIZED'));
      const headers = { ...(rest.headers as Record<string, string>), Authorization: `Bearer ${token.token}` };
      context.request = verbatim ?? context.request;
      context.options = { ...rest, headers, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) };
      await transport.execute(context);
    },
  };
}

/** The SDK rewrites every error but its own. */
function passThrough(error: UpstreamError): GraphClientError {
  return Object.assign(new GraphClientError(error.message), { customError: error });
}

/** What the SDK throws when no answer came: our own refusals wrapped, else a lost connection or a timeout. */
function ofTransport(error: unknown): UpstreamError {
  const own = error instanceof GraphClientError ? (error.customError as unknown) : undefined;
  return own instanceof UpstreamError ? own : toUpstreamError({}, new Date(0));
}

/** The JSON of an answer; `undefined` when it has none. @throws UpstreamError */
async function read(response: Response, now: Date): Promise<unknown> {
  const text = await response.text().catch(() => {
    throw toUpstreamError({}, now);
  });
  let json: unknown;
  try {
    json = text === '' ? undefined : JSON.parse(text);
  } catch {
    if (response.ok) throw new UpstreamError('graph', 'UNREADABLE', { cause: new Error('not JSON') });
  }
  if (response.ok) return json;
  const error = isObject(json) && isObject(json.error) ? json.error : {};
  const inner = isObject(error.innerError) ? error.innerError : {};
  const requestId = response.headers.get('request-id') ?? inner['request-id'];
  throw toUpstreamError(
    {
      status: response.status,
      ...(typeof error.code === 'string' && { code: error.code }),
      retryAfter: response.headers.get('Retry-After'),
      ...(typeof requestId === 'string' && { requestId }),
    },
    now,
  );
}

function isObject(value: unknown): value is RawRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function record(answer: unknown): RawRecord {
  if (isObject(answer)) return answer;
  throw new UpstreamError('graph', 'UNREADABLE');
}

/** A next link that leads to another host is not followed: it would get our token. */
function readPage(answer: unknown, base: URL): { readonly page: GraphPage; readonly next: string | undefined } {
  const { value, '@odata.nextLink': link } = record(answer);
  if (!Array.isArray(value)) throw new UpstreamError('graph', 'UNREADABLE');
  if (link === undefined || link === null) return { page: { value, last: true }, next: undefined };
  if (typeof link !== 'string' || URL.parse(link)?.origin !== base.origin) throw new UpstreamError('graph', 'REFUSED');
  return { page: { value, last: false }, next: link };
}
