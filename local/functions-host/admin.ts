/** The host's own endpoints below `/admin/`, for the master key. */
import type { IncomingMessage } from 'node:http';
import { type AccessKeys, isAllowed } from './access-keys.ts';
import type { Reply } from './http-messages.ts';
import { readBody } from './http-server.ts';
import type { HostedFunction } from './triggers.ts';
import { HOST_VERSION } from './virtual-core.ts';

/** What the endpoints need. */
export interface AdminOptions {
  readonly functions: readonly HostedFunction[];
  readonly keys: AccessKeys;
  readonly maxBodyBytes: number;
  /** Starts a function that is not an HTTP one with this input, in the background. */
  readonly run: (one: HostedFunction, input: string | undefined) => void;
}

const json = (status: number, value: unknown): Reply => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});

/** Answers one request; see docs/local-functions.md for the list. */
export function createAdmin(options: AdminOptions) {
  return async (request: IncomingMessage, url: URL, key: string | undefined): Promise<Reply> => {
    const path = url.pathname.toLowerCase().replace(/\/$/, '');
    const isGet = request.method === 'GET';
    if (path === '/admin/host/ping') return json(200, {});
    if (!isAllowed(options.keys, 'admin', key, undefined)) return { status: 401, headers: {}, body: undefined };
    if (isGet && path === '/admin/host/status') return json(200, { state: 'Running', version: HOST_VERSION });
    if (isGet && path === '/admin/functions') return json(200, options.functions.map(describe));
    const one = options.functions.find(({ name }) => path === `/admin/functions/${name.toLowerCase()}`);
    if (one && isGet) return json(200, describe(one));
    if (!one || request.method !== 'POST') return json(404, {});
    return runFunction(options, one, request);
  };
}

async function runFunction(options: AdminOptions, one: HostedFunction, request: IncomingMessage): Promise<Reply> {
  if (one.trigger.kind === 'http') return json(400, { message: 'an HTTP function is run by calling its route' });
  const body = Buffer.from(await readBody(request, options.maxBodyBytes)).toString('utf8');
  const input = inputOf(body);
  if (!input) return json(400, { message: 'the body must be JSON such as {"input":"…"}' });
  options.run(one, input.text);
  return { status: 202, headers: {}, body: undefined };
}

function inputOf(body: string): { text: string | undefined } | undefined {
  try {
    const value = body === '' ? {} : (JSON.parse(body) as { input?: unknown } | null);
    if (typeof value !== 'object' || value === null) return undefined;
    const { input } = value;
    return { text: input === undefined || typeof input === 'string' ? input : JSON.stringify(input) };
  } catch {
    return undefined;
  }
}

function describe(one: HostedFunction): object {
  const bindings = Object.entries(one.metadata.bindings).map(([name, binding]) => ({ name, ...binding }));
  return { name: one.name, isDisabled: one.disabled, config: { bindings } };
}
