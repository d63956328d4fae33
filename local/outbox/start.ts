/** Starts the outbox in this process: SMTP sink, stand-in for Azure Communication Services, desk webhook, and a page. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Acs, createAcs, type DeliveryEvent, type Fate, type Reply } from './acs-stand-in.ts';
import { createCourier } from './courier.ts';
import { createDeskHook, type DeskHook } from './desk-hook.ts';
import { type Letter, type Letters, openLetters } from './letters.ts';
import { pageOf } from './page.ts';
import { type SmtpSink, startSmtpSink } from './smtp-sink.ts';

/** How the outbox is started. */
export interface OutboxOptions {
  /** Folder of the letters; undefined = memory. */
  readonly dir?: string;
  /** 0 = any free port. */
  readonly httpPort: number;
  readonly smtpPort: number;
  /** Base64 key of the ACS connection string; made when left out. */
  readonly acsKey?: string;
  /** Key that desk posts are signed with; left out, they are not checked. */
  readonly deskSecret?: string;
  readonly now?: () => Date;
  readonly emailsPerMinute?: number;
  readonly emailsPerHour?: number;
}

/** The running outbox. */
export interface Outbox {
  /** The page: what was sent. */
  readonly url: string;
  readonly smtpUrl: string;
  /** For the SDKs of Azure Communication Services; they need `allowInsecureConnection`. */
  readonly acsConnection: string;
  /** Where desk notices go. */
  readonly deskUrl: string;
  readonly letters: () => readonly Letter[];
  /** Where delivery reports are posted, as Event Grid would. */
  readonly reportTo: (url: string) => void;
  readonly setFate: (address: string, fate: Fate) => void;
  readonly failAcs: Acs['fail'];
  readonly refuseSmtp: SmtpSink['refuse'];
  readonly close: () => Promise<void>;
}

const MAX_BODY = 1 << 20;

/** Listens on 127.0.0.1. Resolves when mail, SMS and posts are taken. */
export async function startOutbox(options: OutboxOptions): Promise<Outbox> {
  const now = options.now ?? (() => new Date());
  const letters = openLetters(options.dir);
  const key = options.acsKey ?? randomBytes(32).toString('base64');
  const courier = createCourier();
  const acs = createAcs({ ...options, key, letters, now, report: (event: DeliveryEvent) => courier.post(event) });
  const hook = createDeskHook({ letters, now, ...(options.deskSecret && { secret: options.deskSecret }) });
  const smtp = await startSmtpSink({ port: options.smtpPort, letters, now });
  const server = createServer((request, response) => {
    void serve({ acs, hook, letters, reportTo: courier.reportTo }, request, response);
  });
  server.listen(options.httpPort, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    smtpUrl: `smtp://127.0.0.1:${smtp.port}`,
    acsConnection: `endpoint=${url}/;accesskey=${key}`,
    deskUrl: `${url}/desk`,
    letters: letters.all,
    reportTo: courier.reportTo,
    setFate: acs.setFate,
    failAcs: acs.fail,
    refuseSmtp: smtp.refuse,
    async close() {
      courier.stop();
      await smtp.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Parts {
  readonly acs: Acs;
  readonly hook: DeskHook;
  readonly letters: Letters;
  readonly reportTo: (url: string) => void;
}

async function serve(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request);
  if (body === undefined) return void response.writeHead(413).end();
  const reply = parts.acs.handle(request, body) ?? parts.hook.handle(request, body) ?? own(parts, request, body);
  const isText = typeof reply.body === 'string';
  response.writeHead(reply.status, {
    'content-type': isText ? 'text/html; charset=utf-8' : 'application/json',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    ...reply.headers,
  });
  response.end(isText ? (reply.body as string) : JSON.stringify(reply.body ?? {}));
}

function own({ letters, reportTo, acs }: Parts, request: IncomingMessage, body: Buffer): Reply {
  const { pathname: path, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  if (request.method === 'GET' && path === '/') return { status: 200, body: pageOf(letters.all()) };
  if (request.method === 'GET' && path === '/letters')
    return { status: 200, body: letters.all().slice(Number(searchParams.get('from'))) };
  if (request.method === 'POST' && path === '/control') {
    const control = JSON.parse(body.toString('utf8')) as { reportTo?: string; fate?: [string, Fate] };
    if (control.reportTo) reportTo(control.reportTo);
    if (control.fate) acs.setFate(...control.fate);
    return { status: 200 };
  }
  return { status: 404, body: { error: 'not found' } };
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > MAX_BODY) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
