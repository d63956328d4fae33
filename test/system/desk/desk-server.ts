/** The desk over tables in memory, behind a server on this machine: the same handlers and files as deployed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildDeskPage } from '../../../infra/desk-page.ts';
import { authorize } from '../../../src/live/authorize.ts';
import { handleDesk } from '../../../src/live/desk/api.ts';
import type { DeskPorts } from '../../../src/live/desk/desk-ports.ts';
import { deskFile, deskRedirect, refusalPage } from '../../../src/live/desk/page.ts';
import type { WebReply, WebRequest } from '../../../src/live/web.ts';

export interface DeskServer {
  readonly url: string;
  /** Requests to the API so far, as `GET state`. */
  readonly calls: string[];
  /** Keys that let somebody in, by officer; take one out and the session has ended. */
  readonly keys: Map<string, string>;
  readonly close: () => Promise<void>;
}

/** `ports`: of an officer. Each key of `keys` is an officer's own. */
export async function startDesk(ports: (actor: string) => DeskPorts): Promise<DeskServer> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-desk-'));
  await buildDeskPage(folder);
  const calls: string[] = [];
  const keys = new Map<string, string>();
  const read = (name: string) => readFile(join(folder, name), 'utf8').catch(() => undefined);

  async function answer(request: WebRequest, path: string): Promise<WebReply> {
    const who = [...keys].flatMap(([key, actor]) => {
      const tried = authorize(request, 'Postern.Desk', { isPlatformAuth: false, localKey: key });
      return 'actor' in tried ? [actor] : [];
    })[0];
    if (who === undefined) {
      const refused = { status: 401, jsonBody: { error: 'Sign in first.' } };
      return path === '' ? refusalPage(refused) : refused;
    }
    if (path.startsWith('api/')) {
      calls.push(`${request.method} ${path.slice(4)}`);
      return handleDesk(request, path.slice(4), ports(who));
    }
    return (path === '' ? deskRedirect(request, true) : undefined) ?? deskFile(request, path, read);
  }

  const server = createServer((incoming, outgoing) => {
    void toWeb(incoming).then(async (request) => {
      const path = new URL(request.url).pathname.replace(/^\/api\/desk\/?/, '');
      send(outgoing, await answer(request, path));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/desk`,
    calls,
    keys,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function toWeb(incoming: IncomingMessage): Promise<WebRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const url = new URL(incoming.url ?? '/', `http://${incoming.headers.host}`);
  return {
    method: incoming.method ?? 'GET',
    url: url.href,
    headers: { get: (name) => [incoming.headers[name.toLowerCase()]].flat().join(', ') || null },
    query: url.searchParams,
    params: {},
    text: async () => Buffer.concat(chunks).toString('utf8'),
  };
}

function send(outgoing: ServerResponse, { status, headers = {}, body, jsonBody }: WebReply): void {
  const text = jsonBody === undefined ? body : JSON.stringify(jsonBody);
  outgoing.writeHead(status, { ...(jsonBody !== undefined && { 'content-type': 'application/json' }), ...headers });
  outgoing.end(status === 304 ? undefined : text);
}
