/** A simulator on a clock that tests set, and the real Graph client on it. */
import {
  Client,
  type Context,
  type GraphRequest,
  HTTPMessageHandler,
  type Middleware,
  ResponseType,
} from '@microsoft/microsoft-graph-client';
import {
  type GraphSimulator,
  type GraphSimulatorOptions,
  startGraphSimulator,
} from '../../../local/graph-simulator/start.ts';

/** Noon of a day; every test starts there. */
export const NOON = Date.parse('2026-09-10T12:00:00Z');
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A tenant under test. */
export interface TestTenant {
  readonly simulator: GraphSimulator;
  readonly control: GraphSimulator['control'];
  readonly client: Client;
  /** The clock, epoch ms. */
  readonly now: () => number;
  readonly pass: (ms: number) => void;
  /** A request; forgets quotas, so that a test can call as often as it likes. */
  readonly api: (path: string, version?: 'v1.0' | 'beta') => GraphRequest;
  readonly close: () => Promise<void>;
}

/** Starts one in memory. Notifications are sent when `control.settle` says so. */
export async function startTenant(options: GraphSimulatorOptions = {}): Promise<TestTenant> {
  let at = NOON;
  const simulator = await startGraphSimulator({ now: () => at, tickMs: 0, ...options });
  const client = createClient(simulator);
  return {
    simulator,
    control: simulator.control,
    client,
    now: () => at,
    pass: (ms) => {
      at += ms;
    },
    api: (path, version = 'v1.0') => {
      simulator.control.resetStats();
      return client.api(path).version(version);
    },
    close: simulator.close,
  };
}

/** Microsoft's client. Its own authentication adds tokens to https only, so this one does it here. */
export function createClient(simulator: GraphSimulator, getToken = () => fetchToken(simulator)): Client {
  let token: Promise<string> | undefined;
  const transport = new HTTPMessageHandler();
  const middleware: Middleware = {
    execute: async (context: Context) => {
      token ??= getToken();
      const headers = {
        ...(context.options?.headers as Record<string, string>),
        Authorization: `Bearer ${await token}`,
      };
      context.options = { ...context.options, headers };
      await transport.execute(context);
    },
  };
  return Client.initWithMiddleware({ baseUrl: simulator.baseUrl, middleware });
}

/** A token by client credentials. */
export async function fetchToken(
  { tokenUrl, baseUrl }: GraphSimulator,
  change: Record<string, string> = {},
): Promise<string> {
  const response = await askForToken(tokenUrl, { scope: `${baseUrl}/.default`, ...change });
  return ((await response.json()) as { access_token: string }).access_token;
}

/** The raw answer of the token endpoint. */
export function askForToken(url: string, change: Record<string, string>): Promise<Response> {
  const form = { grant_type: 'client_credentials', client_id: 'postern', client_secret: 'local', ...change };
  return fetch(url, { method: 'POST', body: new URLSearchParams(form) });
}

/** What a refused call says: status, code, message and headers. */
export async function refusal(
  call: Promise<unknown>,
): Promise<{ status: number; code: string | null; message: string; headers: Headers }> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error === undefined) throw new Error('the call was answered');
  const { statusCode, code, message, headers } = error as {
    statusCode: number;
    code: string | null;
    message: string;
    headers: Headers;
  };
  return { status: statusCode, code, message, headers };
}

/** All items of a list, page by page, by the next links as they came. */
export async function allPages(
  tenant: TestTenant,
  request: GraphRequest,
): Promise<{ items: Record<string, unknown>[]; pages: number }> {
  const items: Record<string, unknown>[] = [];
  let answer = (await request.get()) as { value: Record<string, unknown>[]; '@odata.nextLink'?: string };
  for (let pages = 1; ; pages++) {
    items.push(...answer.value);
    const link = answer['@odata.nextLink'];
    if (link === undefined) return { items, pages };
    answer = (await follow(tenant, link)) as typeof answer;
  }
}

/** Follows a link verbatim. */
export async function follow(tenant: TestTenant, link: string): Promise<unknown> {
  tenant.control.resetStats();
  const { pathname, search } = new URL(link);
  const [, version = '', ...path] = pathname.split('/');
  return tenant.client
    .api(`/${path.join('/')}${search}`)
    .version(version)
    .get();
}

/** A raw answer, for headers. */
export async function raw(request: GraphRequest): Promise<Response> {
  return (await request.responseType(ResponseType.RAW).get()) as Response;
}

/** `2026-09-10T12:00:00Z`. */
export function iso(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
