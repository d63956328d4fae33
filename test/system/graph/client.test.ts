import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type GraphSimulator, startGraphSimulator } from '../../../local/graph-simulator/start.ts';
import { createCredential } from '../../../src/azure/credentials.ts';
import { createGraph } from '../../../src/azure/graph.ts';
import { createLimiter } from '../../../src/azure/limits.ts';
import { createManualClock, createMemoryLog } from '../../../src/memory.ts';
import type { Graph, GraphPage } from '../../../src/ports.ts';

const START = new Date('2026-03-02T12:00:00Z');

function clientOf(url: string, tokenUrl: string) {
  const clock = createManualClock(START);
  const log = createMemoryLog();
  const credential = createCredential({ isInAzure: false, cloud: 'global', tokenUrl, clock });
  const graph = createGraph({ credential, cloud: 'global', url, limiter: createLimiter(clock), clock, log });
  return { graph, clock, log };
}

async function collect(pages: AsyncIterable<GraphPage>): Promise<GraphPage[]> {
  const all: GraphPage[] = [];
  for await (const page of pages) all.push(page);
  return all;
}

describe('against the simulator', () => {
  let simulator: GraphSimulator;
  let client: ReturnType<typeof clientOf>;
  beforeAll(async () => {
    const clock = createManualClock(START);
    simulator = await startGraphSimulator({
      now: () => client?.clock.now().getTime() ?? clock.now().getTime(),
      tickMs: 0,
    });
    client = clientOf(simulator.baseUrl, simulator.tokenUrl);
    simulator.control.addRecords(
      Array.from({ length: 2500 }, (_, index) => ({
        source: 'directory-audits' as const,
        record: {
          id: `audit-${index}`,
          activityDateTime: new Date(START.getTime() - 3600_000 + index * 1000).toISOString(),
          activityDisplayName: 'Update user',
        },
        arrivesAt: START,
      })),
    );
  });
  afterAll(() => simulator.close());
  afterEach(() => simulator.control.change({ faults: [], license: 'P2' }));

  const read = (graph: Graph) => collect(graph.pages('/auditLogs/directoryAudits?$orderby=activityDateTime&$top=1000'));

  it('reads all pages by their next links, with one token', async () => {
    const pages = await read(client.graph);
    expect(pages.map(({ value, last }) => [value.length, last])).toEqual([
      [1000, false],
      [1000, false],
      [500, true],
    ]);
    const ids = pages.flatMap(({ value }) => value.map((record) => (record as { id: string }).id));
    expect(ids).toEqual(Array.from({ length: 2500 }, (_, index) => `audit-${index}`));
    expect(simulator.control.stats().tokens).toBe(1);
  });

  it('asks for a new token when the old one has nearly expired', async () => {
    const { tokens } = simulator.control.stats();
    client.clock.set(new Date(client.clock.now().getTime() + 3_400_000));
    await client.graph.get('/auditLogs/directoryAudits?$top=1');
    expect(simulator.control.stats().tokens).toBe(tokens + 1);
  });

  it('waits as long as Graph asks, and tries again', async () => {
    simulator.control.change({ faults: [{ path: '/auditLogs', status: 429, times: 1, retryAfterSeconds: 42 }] });
    const before = client.clock.now().getTime();
    expect((await read(client.graph)).length).toBe(3);
    expect(client.clock.now().getTime() - before).toBeGreaterThanOrEqual(42_000);
    expect(client.log.lines.at(-1)).toMatchObject({
      message: 'graph throttled',
      fields: { bucket: 'reports', retryAfterMs: 42_000 },
    });
  });

  it('tells at once what would take too long', async () => {
    simulator.control.change({ faults: [{ path: '/auditLogs', status: 429, times: 1, retryAfterSeconds: 300 }] });
    await expect(read(client.graph)).rejects.toMatchObject({ code: 'THROTTLED', retryAfterMs: 300_000 });
    const before = client.clock.now().getTime();
    await expect(read(client.graph)).rejects.toMatchObject({ code: 'THROTTLED' });
    expect(client.clock.now().getTime()).toBe(before);
    client.clock.set(new Date(before + 300_000));
  });

  it.each([
    [503, 2, 'done'],
    [503, 3, 'UNAVAILABLE'],
    [500, 1, 'done'],
  ])('%d, %d times: %s', async (status, times, outcome) => {
    simulator.control.change({ faults: [{ path: '/auditLogs', status, times }] });
    const result = await read(client.graph).then(
      () => 'done',
      (error: { code: string }) => error.code,
    );
    expect(result).toBe(outcome);
  });

  it('never meets a 429 of its own making, however much is asked at once', async () => {
    simulator.control.resetStats();
    await Promise.all(Array.from({ length: 30 }, () => client.graph.get('/auditLogs/directoryAudits?$top=1')));
    await Promise.all(Array.from({ length: 10 }, () => client.graph.get('/identityProtection/riskDetections?$top=1')));
    const { quotas } = simulator.control.stats();
    expect(quotas.reports).toMatchObject({ calls: 30, throttled: 0 });
    expect(quotas.risk).toMatchObject({ calls: 10, throttled: 0 });
  });

  it.each([
    ['no licence', { license: 'none' as const }, '/auditLogs/signIns', 'NOT_LICENSED'],
    ['no permission', { permissions: [] }, '/identityProtection/riskDetections', 'FORBIDDEN'],
    ['no principal', { messageTracePrincipal: false }, '/admin/exchange/tracing/messageTraces', 'UNAUTHORIZED'],
    ['no such user', {}, '/users/nobody@example.org', 'NOT_FOUND'],
    ['a filter that is not documented', {}, '/auditLogs/signIns?$filter=nonsense%20eq%201', 'REFUSED'],
  ])('%s', async (_, settings, path, code) => {
    const { permissions } = simulator.control.settings();
    simulator.control.change(settings);
    await expect(client.graph.get(path)).rejects.toMatchObject({ code, service: 'graph' });
    simulator.control.change({ permissions, messageTracePrincipal: true });
  });

  it('deletes what is not there without an error', async () => {
    await expect(client.graph.delete('/subscriptions/7f105c7d-2dc5-4530-97cd-4e7ae6534c07')).resolves.toBeUndefined();
  });
});

describe('against an endpoint that is not to be trusted', () => {
  let server: Server;
  let base: string;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  const seen: { url: string; authorization: string | undefined; prefer: string | undefined }[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === '/token')
        return void response.end(JSON.stringify({ access_token: 'secret-token', expires_in: 3600 }));
      const { authorization, prefer } = request.headers;
      seen.push({ url: request.url ?? '', authorization, prefer: String(prefer) });
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  afterEach(() => void seen.splice(0));

  const json =
    (body: unknown, status = 200) =>
    (_: IncomingMessage, response: ServerResponse) => {
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(body));
    };
  const graph = () => clientOf(base, `${base}/token`).graph;

  it('follows a next link to the letter', async () => {
    const link = `${base}/beta/auditLogs/signIns?$skiptoken=b%2Fa%3D&$top=2&$filter=x%20eq%20%27y%27&%24select=a`;
    answer = (request, response) =>
      json(request.url?.includes('skiptoken') ? { value: [2] } : { value: [1], '@odata.nextLink': link })(
        request,
        response,
      );
    const pages = await collect(graph().pages('/auditLogs/signIns', { version: 'beta' }));
    expect(pages.map(({ value }) => value)).toEqual([[1], [2]]);
    expect(seen.map(({ url }) => url)).toEqual(['/beta/auditLogs/signIns', link.slice(base.length)]);
    expect(seen[1]).toMatchObject({ authorization: 'Bearer secret-token', prefer: 'include-unknown-enum-members' });
  });

  it.each([
    'https://graph.microsoft.com.example.net/v1.0/users?$skiptoken=x',
    'http://127.0.0.1:1/v1.0/users',
    'https://127.0.0.1/v1.0/users',
    'not a link',
    7,
  ])('does not follow a next link to %s', async (link) => {
    answer = json({ value: [1], '@odata.nextLink': link });
    await expect(collect(graph().pages('/users'))).rejects.toMatchObject({ code: 'REFUSED' });
    expect(seen).toHaveLength(1);
  });

  it('does not follow redirects, to which a token would go', async () => {
    answer = (_, response) => {
      response.writeHead(302, { Location: `${base}/elsewhere` });
      response.end();
    };
    await expect(graph().get('/users')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(seen.map(({ url }) => url)).not.toContain('/elsewhere');
  });

  it.each([
    ['HTML', '<html>proxy</html>', 'text/html', 200, 'UNREADABLE'],
    ['cut JSON', '{"value":[{"id":"1"', 'application/json', 200, 'UNREADABLE'],
    ['no collection', '{"value":7}', 'application/json', 200, 'UNREADABLE'],
    ['an array', '[]', 'application/json', 200, 'UNREADABLE'],
    ['JSON under another name', '{"value":[]}', 'application/octet-stream', 200, 'done'],
    ['an error that is no JSON', 'Bad gateway dana@example.org', 'text/plain', 400, 'REFUSED'],
    ['an error without code', '{"error":null}', 'application/json', 403, 'FORBIDDEN'],
  ])('%s', async (_, body, type, status, outcome) => {
    answer = (_request, response) => {
      response.writeHead(status, { 'Content-Type': type });
      response.end(body);
    };
    const result = await collect(graph().pages('/users')).then(
      () => 'done',
      (error: Error & { code: string }) => {
        expect(`${error.message} ${(error.cause as Error | undefined)?.message}`).not.toContain('example.org');
        return error.code;
      },
    );
    expect(result).toBe(outcome);
  });

  it('a lost connection is tried again; a POST is not, because it may have been carried out', async () => {
    answer = (request) => void request.socket.destroy();
    await expect(graph().get('/users')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(seen).toHaveLength(3);
    seen.splice(0);
    await expect(graph().post('/subscriptions', {})).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(seen).toHaveLength(1);
  });

  it('sends values as they are', async () => {
    answer = json({ id: 'x' });
    const filter = encodeURIComponent("userPrincipalName eq 'o''neil+1@example.org'");
    await graph().get(`/users?$filter=${filter}&$top=1`);
    expect(decodeURIComponent(seen[0]?.url ?? '')).toBe(
      "/v1.0/users?$filter=userPrincipalName eq 'o''neil+1@example.org'&$top=1",
    );
    expect(seen[0]?.url).toContain('%2B1%40example.org');
  });
});

describe('credentials', () => {
  it.each(['https://login.example.org/token', 'http://192.0.2.1/token'])(
    'the token endpoint %s is refused',
    (tokenUrl) => {
      const clock = createManualClock(START);
      expect(() => createCredential({ isInAzure: false, cloud: 'global', tokenUrl, clock })).toThrow(
        /POSTERN_TOKEN_URL/,
      );
    },
  );

  it('in Azure it is the managed identity, elsewhere whoever is signed in', () => {
    const options = { cloud: 'usgov', clock: createManualClock(START), clientId: 'id' } as const;
    expect(createCredential({ ...options, isInAzure: true }).constructor.name).toBe('ManagedIdentityCredential');
    expect(createCredential({ ...options, isInAzure: false }).constructor.name).toBe('DefaultAzureCredential');
  });
});
