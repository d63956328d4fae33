/** The HTTP side: routes, keys, bodies, replies. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigError } from '../../src/errors.ts';
import { type AccessKeys, isAllowed } from './access-keys.ts';
import { type Reply, toHttpData, toReply } from './http-messages.ts';
import type { Invoker } from './invoker.ts';
import { messageOf } from './log.ts';
import { type Registry, systemLine } from './registry.ts';
import { matchRoute } from './routes.ts';
import type { HostedFunction, HttpTrigger } from './triggers.ts';

/** What the server needs. */
export interface HttpServerOptions {
  readonly functions: readonly HostedFunction<HttpTrigger>[];
  readonly keys: AccessKeys;
  readonly invoker: Invoker;
  readonly registry: Registry;
  /** Bytes; a longer body is answered with 413. */
  readonly maxBodyBytes: number;
  /** Answers everything below `/admin/`. */
  readonly admin: (request: IncomingMessage, url: URL, key: string | undefined) => Promise<Reply>;
}

/** The server. */
export interface HttpServer {
  /** Resolves with the port. @throws ConfigError when the port is taken */
  listen(port: number): Promise<number>;
  /** New connections are refused and new requests answered with 503; open ones go on. */
  stopAccepting(): void;
  close(): Promise<void>;
}

/** The body is longer than allowed. */
class BodyTooLong extends Error {}

const plain = (status: number): Reply => ({ status, headers: {}, body: undefined });

/** Only ever on this machine. */
export const LOOPBACK = '127.0.0.1';

/** A server that does not listen yet. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const functions = options.functions.toSorted((a, b) =>
    compare(a.trigger.route.precedence, b.trigger.route.precedence),
  );
  let accepting = true;
  const server = createServer((request, response) => {
    const answer = accepting ? serve({ ...options, functions }, request) : Promise.resolve(plain(503));
    answer
      .catch((error: unknown) => failed(options.registry, error))
      .then((reply) => write(request, response, reply, accepting))
      .catch((error: unknown) => {
        options.registry.log(systemLine('warning', `a reply could not be written: ${messageOf(error)}`));
        response.destroy();
      });
  });
  return {
    listen: (port) => listen(server, port),
    stopAccepting: () => {
      accepting = false;
      server.close();
      server.closeIdleConnections();
    },
    close: async () => {
      if (server.listening) server.close();
      server.closeAllConnections();
    },
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new ConfigError([`port ${port} is taken by another program`]) : error);
    });
    server.listen(port, LOOPBACK, () => resolve((server.address() as AddressInfo).port));
  });
}

async function serve(options: HttpServerOptions, request: IncomingMessage): Promise<Reply> {
  const url = urlOf(request);
  if (!url) return plain(400);
  const header = request.headers['x-functions-key'];
  const key = typeof header === 'string' ? header : (url.searchParams.get('code') ?? undefined);
  if (/^\/admin(\/|$)/i.test(url.pathname)) return options.admin(request, url, key);
  const method = request.method ?? 'GET';
  // A path that fits with another method is 404, not 405: the method is part of the route in the real host.
  for (const one of options.functions) {
    const params = one.trigger.methods.includes(method)
      ? matchRoute(one.trigger.route, url.pathname.slice(1))
      : undefined;
    if (params) return callFunction(options, one, request, url, params, key);
  }
  return plain(404);
}

function urlOf(request: IncomingMessage): URL | undefined {
  const target = request.url ?? '/';
  return (
    URL.parse(target.startsWith('/') ? `http://${request.headers.host ?? LOOPBACK}${target}` : target) ?? undefined
  );
}

async function callFunction(
  { keys, invoker, maxBodyBytes }: HttpServerOptions,
  one: HostedFunction<HttpTrigger>,
  request: IncomingMessage,
  url: URL,
  params: Readonly<Record<string, string>>,
  key: string | undefined,
): Promise<Reply> {
  if (!isAllowed(keys, one.trigger.authLevel, key, one.name)) return plain(401);
  if (one.disabled && !isAllowed(keys, 'admin', key, undefined)) return plain(404);
  const body = await readBody(request, maxBodyBytes);
  const { headers, method = 'GET' } = request;
  const outcome = await invoker.invoke(one, {
    data: toHttpData({ method, url, headers, params, body }),
    traceParent: single(headers.traceparent),
    traceState: single(headers.tracestate),
  });
  return outcome.ok ? toReply(outcome.returned) : plain(500);
}

function single(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}

/** The whole body. @throws BodyTooLong */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw new BodyTooLong();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new BodyTooLong();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function failed(registry: Registry, error: unknown): Reply {
  if (error instanceof BodyTooLong) return { ...plain(413), headers: { connection: 'close' } };
  registry.log(systemLine('error', `a request could not be answered: ${messageOf(error)}`));
  return plain(500);
}

async function write(request: IncomingMessage, response: ServerResponse, reply: Reply, keep: boolean): Promise<void> {
  if (!keep) response.setHeader('connection', 'close');
  response.writeHead(reply.status, reply.headers);
  response.end(reply.body);
  if (!request.complete && reply.status === 413) request.resume(); // the client must get to read the answer
}
