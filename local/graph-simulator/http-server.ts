/** The HTTP server, on this machine only. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigError } from '../../src/errors.ts';
import type { RawAnswer, RawRequest } from './dispatch.ts';

const LOOPBACK = '127.0.0.1';
/** Largest request body that is read; control requests with many users are the largest. */
const MOST_BYTES = 64 << 20;

/** The listening server. */
export interface HttpServer {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/**
 * Resolves when requests are answered.
 * @param onFault told of defects: requests that could not even be refused
 * @throws ConfigError when the port is taken
 */
export async function listen(
  port: number,
  answer: (raw: RawRequest) => Promise<RawAnswer>,
  onFault: (error: unknown) => void,
): Promise<HttpServer> {
  const server = createServer((request, response) => {
    serve(request, response, answer).catch((error: unknown) => {
      onFault(error);
      response.destroy();
    });
  });
  // Pollers keep connections; closing them between polls would only make noise.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, resolve);
  }).catch((error: NodeJS.ErrnoException) => {
    throw new ConfigError([`the Graph simulator cannot listen on port ${port}: ${error.code}. Choose another port.`]);
  });
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (raw: RawRequest) => Promise<RawAnswer>,
): Promise<void> {
  const body = await readBody(request);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
  const raw = { method: request.method ?? 'GET', url: request.url ?? '/', headers, body: body ?? Buffer.alloc(0) };
  const result = body ? await answer(raw) : { status: 413, headers: {}, body: Buffer.alloc(0) };
  response.writeHead(result.status, { ...result.headers, 'content-length': result.body.length });
  response.end(result.body);
}

/** Undefined when there is too much of it. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size <= MOST_BYTES) chunks.push(chunk as Buffer);
  }
  return size > MOST_BYTES ? undefined : Buffer.concat(chunks);
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
