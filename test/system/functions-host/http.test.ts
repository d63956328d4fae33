import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/errors.ts';
import { type Fixture, NO_BUS, startFixture } from './fixture.ts';

const KEYS = { master: 'master-key', host: 'host-key', functions: { keyed: 'own-key' } };
let host: Fixture;

beforeAll(async () => {
  host = await startFixture({
    settings: { ...NO_BUS, 'AzureWebJobs.off.Disabled': '1' },
    keys: KEYS,
    maxBodyBytes: 100_000,
  });
});
afterAll(() => host.stop());

const call = (path: string, init: RequestInit = {}) => fetch(`${host.url}${path}`, init);

it.each([
  ['GET', '/api/things', { name: 'things', params: {} }],
  ['GET', '/api/things/12', { name: 'things', params: { id: '12' } }],
  ['GET', '/API/Things/12/', { name: 'things', params: { id: '12' } }],
  ['GET', '/api/things/special', { name: 'special', params: {} }],
  ['GET', '/api/things/other', { name: 'named', params: { name: 'other' } }],
  ['GET', '/api/things/4%202', 404],
  ['GET', '/api/things/%', 404],
  ['GET', '/api/things/1/2', 404],
  ['POST', '/api/things/12', { name: 'things', params: { id: '12' } }],
  ['PUT', '/api/things/12', 404],
  ['DELETE', '/api/things', 404],
  ['GET', '/api/files', { name: 'files', params: {} }],
  [
    'GET',
    '/api/files/a/b%20c.js?v=1&v=2&w=',
    { name: 'files', params: { path: 'a/b c.js' }, query: { v: '1,2', w: '' } },
  ],
  ['GET', '/api/unrouted', { name: 'unrouted', method: 'GET' }],
  ['POST', '/api/unrouted', { name: 'unrouted', method: 'POST' }],
  ['GET', '/things', 404],
  ['GET', '/', 404],
  ['GET', '/api/cookies/x', 404],
])('%s %s', async (method, path, expected) => {
  const response = await call(path, { method });
  if (typeof expected === 'number') expect(response.status).toBe(expected);
  else expect(await response.json()).toMatchObject({ ...expected, method, url: `${host.url}${path}` });
});

describe('keys', () => {
  it.each([
    ['/api/keyed', {}, 401],
    ['/api/keyed?code=wrong', {}, 401],
    ['/api/keyed?code=host-key', {}, 202],
    ['/api/keyed', { 'x-functions-key': 'host-key' }, 202],
    ['/api/keyed', { 'x-functions-key': 'own-key' }, 202],
    ['/api/keyed', { 'x-functions-key': 'master-key' }, 202],
    ['/api/keyed?code=host-key', { 'x-functions-key': 'wrong' }, 401],
    ['/api/guarded', { 'x-functions-key': 'host-key' }, 401],
    ['/api/guarded', { 'x-functions-key': 'master-key' }, 200],
    ['/api/off', {}, 404],
    ['/api/off', { 'x-functions-key': 'host-key' }, 404],
    ['/api/off', { 'x-functions-key': 'master-key' }, 200],
    ['/admin/host/status', { 'x-functions-key': 'host-key' }, 401],
    ['/admin/host/status', { 'x-functions-key': 'master-key' }, 200],
    ['/admin/host/ping', {}, 200],
    ['/admin/functions?code=master-key', {}, 200],
    ['/admin/nothing?code=master-key', {}, 404],
  ])('%s with %j: %d', async (path, headers, status) => {
    expect((await call(path, { headers: headers as Record<string, string> })).status).toBe(status);
  });

  it('a function without a level of its own is anonymous, as the library has it', async () => {
    expect((await call('/api/unrouted')).status).toBe(200);
  });
});

describe('bodies and replies', () => {
  it('bytes arrive as they were sent, headers in lower case', async () => {
    const body = new Uint8Array([0, 255, 128, 10, 13]);
    const response = await call('/api/things', { method: 'POST', body, headers: { 'X-Some': 'Värde'.slice(0, 1) } });
    expect(await response.json()).toMatchObject({ body: '00ff800a0d', header: 'V' });
  });

  it('bytes leave as they were returned', async () => {
    const response = await call('/api/bytes');
    expect([response.status, response.headers.get('content-type')]).toEqual([201, 'image/png']);
    expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([0, 255, 128]);
  });

  it('cookies', async () => {
    expect((await call('/api/cookies')).headers.getSetCookie()).toEqual([
      'a=1; SameSite=Strict; HttpOnly',
      'b=2; Max-Age=60; Secure; SameSite=None',
    ]);
  });

  it('nothing returned is 204, a throw is 500 without a word of why', async () => {
    expect((await call('/api/nothing')).status).toBe(204);
    const response = await call('/api/throws');
    expect([response.status, await response.text()]).toEqual([500, '']);
    const failed = host.entries.find(({ level, functionName }) => level === 'error' && functionName === 'throws');
    expect(failed?.message).toContain('broken on purpose');
  });

  it('a body that is too long is 413, whether it says so or not', async () => {
    expect((await call('/api/things', { method: 'POST', body: 'x'.repeat(100_000) })).status).toBe(200);
    expect((await call('/api/things', { method: 'POST', body: 'x'.repeat(100_001) })).status).toBe(413);
    const stream = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(30_000));
      },
    });
    const streamed = await call('/api/things', { method: 'POST', body: stream, duplex: 'half' } as RequestInit);
    expect(streamed.status).toBe(413);
  });

  it('requests that are no HTTP are answered 400 and harm nobody', async () => {
    const socket = connect(Number(new URL(host.url).port), '127.0.0.1');
    socket.write('GET nonsense\r\n\r\n');
    const text = await new Promise((resolve) => socket.once('data', (data) => resolve(data.toString())));
    expect(text).toMatch(/^HTTP\/1\.1 400/);
    expect((await call('/api/things')).status).toBe(200);
  });
});

it('listens on the loopback interface only', async () => {
  const socket = connect(Number(new URL(host.url).port), '127.0.0.2');
  const code = await new Promise((resolve) =>
    socket.once('error', (error) => resolve((error as { code?: string }).code)),
  );
  expect(code).toBe('ECONNREFUSED');
});

describe('admin endpoints', () => {
  const admin = { 'x-functions-key': 'master-key' };
  const run = (name: string, body: string | undefined) =>
    call(`/admin/functions/${name}`, { method: 'POST', headers: admin, ...(body === undefined ? {} : { body }) });

  it('lists functions with their bindings', async () => {
    const list = (await (await call('/admin/functions', { headers: admin })).json()) as {
      name: string;
      isDisabled: boolean;
    }[];
    expect(list.find(({ name }) => name === 'off')).toMatchObject({ isDisabled: true });
    const one = await (await call('/admin/functions/YEARLY', { headers: admin })).json();
    expect(one).toMatchObject({
      name: 'yearly',
      config: { bindings: [{ type: 'timerTrigger', schedule: '0 0 0 1 1 *' }] },
    });
  });

  it.each([
    ['yearly', '{}', 202],
    ['yearly', undefined, 202],
    ['work', '{"input":"{\\"id\\":\\"by-hand\\"}"}', 202],
    ['work', '{"input":{"id":"as-object"}}', 202],
    ['work', '{', 400],
    ['work', '[1', 400],
    ['things', '{}', 400],
    ['nobody', '{}', 404],
  ])('POST /admin/functions/%s %s: %d', async (name, body, status) => {
    expect((await run(name, body)).status).toBe(status);
  });

  it('what it started ran, also when it is disabled for others', async () => {
    await expect.poll(() => host.said('work done').sort()).toEqual(['as-object', 'by-hand']);
    await expect.poll(() => host.said('yearly').length).toBe(2);
  });
});

it('a second host on the same port is refused in words; what is wrong with an app is told at once', async () => {
  const port = Number(new URL(host.url).port);
  await expect(startFixture({ port, settings: NO_BUS })).rejects.toThrow(`port ${port} is taken by another program`);
  const unset = startFixture({ settings: { ...NO_BUS, TICK_SCHEDULE: 'never', JOBS_QUEUE: '%NO_SUCH%' } });
  await expect(unset).rejects.toThrow(ConfigError);
  await expect(unset).rejects.toThrow(/function tick .*timers\.ts.*must have 6 fields/);
  await expect(startFixture({ main: 'nowhere/*.js' })).rejects.toThrow('no entry file matches "nowhere/*.js"');
  const broken = startFixture({ main: 'broken/*.ts' });
  await expect(broken).rejects.toThrow('broken/throws.ts failed to load: Error: needs what is not there');
  expect((await call('/api/things')).status).toBe(200);
});

it('stops in order: running requests end, new ones are refused, settings are as before', async () => {
  const other = await startFixture({ settings: { ...NO_BUS, FIXTURE_SETTING: 'set' } });
  expect([process.env.FIXTURE_SETTING, process.env.FIXTURE_APP]).toEqual(['set', 'started']);
  const running = fetch(`${other.url}/api/slow?ms=400`);
  await expect.poll(() => other.running()).toBe(1);
  const stopping = other.stop();
  await expect(fetch(`${other.url}/api/things`)).rejects.toThrow();
  expect(await (await running).text()).toBe('done');
  expect(await stopping).toEqual({ drained: true });
  expect([process.env.FIXTURE_SETTING, process.env.FIXTURE_APP]).toEqual([undefined, 'terminated']);
});

it('does not wait for ever when it stops', async () => {
  const other = await startFixture({ settings: NO_BUS });
  const running = fetch(`${other.url}/api/slow?ms=3000`).catch(() => 'broken off');
  await expect.poll(() => other.running()).toBe(1);
  expect(await other.stop({ drainMs: 100 })).toEqual({ drained: false });
  expect(await running).toBe('broken off');
});
