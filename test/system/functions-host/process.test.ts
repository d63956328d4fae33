import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ServiceBusClient } from '@azure/service-bus';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { HostLogEntry } from '../../../local/functions-host/log.ts';
import {
  type FunctionsHostProcess,
  type FunctionsHostProcessOptions,
  startFunctionsHostProcess,
} from '../../../local/functions-host/process.ts';
import { type ServiceBusProcess, startServiceBusProcess } from '../../../local/service-bus/process.ts';
import { ConfigError } from '../../../src/errors.ts';
import { FIXTURE, NO_BUS, SETTINGS, saidIn, until } from './fixture.ts';

const dir = mkdtempSync(join(tmpdir(), 'functions-host-'));
const hosts: FunctionsHostProcess[] = [];
const entries: HostLogEntry[] = [];
let bus: ServiceBusProcess;

const queue = (name: string) => ({
  name,
  lockDurationMs: 1500,
  maxDeliveryCount: 5,
  duplicateDetectionMs: 0,
  defaultTtlMs: Infinity,
});

beforeAll(async () => {
  bus = await startServiceBusProcess({
    dir: join(dir, 'bus'),
    port: 0,
    queues: ['jobs', 'batches', 'hooked'].map(queue),
  });
});
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.kill()));
  entries.length = 0;
});
afterAll(async () => {
  await bus.close();
  rmSync(dir, { recursive: true });
});

async function start(options: Partial<FunctionsHostProcessOptions> = {}): Promise<FunctionsHostProcess> {
  const host = await startFunctionsHostProcess({
    root: FIXTURE,
    port: 0,
    timers: 'manual',
    log: (entry) => entries.push(entry),
    ...options,
    settings: { ...SETTINGS, ...NO_BUS, ...options.settings },
  });
  hosts.push(host);
  return host;
}

const withBus = () => ({
  'AzureWebJobs.work.Disabled': 'false',
  ServiceBus: bus.connectionString,
});
const said = (prefix: string) => saidIn(entries, prefix);

it('says where it is, what it serves and with which keys', async () => {
  const host = await start({ keys: { host: 'host-key' } });
  expect(host.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(host.keys.host).toBe('host-key');
  expect(host.pid).not.toBe(process.pid);
  expect(host.functions.find(({ name }) => name === 'tick')).toEqual({
    name: 'tick',
    disabled: false,
    trigger: 'timer',
    schedule: '0 0 0 1 1 *',
    useMonitor: true,
  });
  expect((await fetch(`${host.url}/api/keyed?code=host-key`)).status).toBe(202);
});

it('runs timers on request and says what became of them', async () => {
  const host = await start({ timeScale: 1000 });
  expect(await host.invokeTimer('yearly', { isPastDue: true })).toEqual({ ok: true });
  expect(said('yearly')).toEqual(['pastDue=true last=0001-01-01T00:00:00Z']);
  expect(await host.invokeTimer('flaky')).toEqual({ ok: false, error: { name: 'RangeError', message: 'failed 3' } });
  await expect(host.invokeTimer('nobody')).rejects.toThrow(ConfigError);
  const lasting = host.invokeTimer('lasting');
  await until(() => said('lasting').length === 1, 'the run to begin');
  expect(await host.running()).toBe(1);
  expect(await lasting).toEqual({ ok: true });
  expect(await host.running()).toBe(0);
});

it('stops in order: what runs ends first', async () => {
  const host = await start();
  const running = fetch(`${host.url}/api/slow?ms=400`);
  await expect.poll(() => host.running()).toBe(1);
  expect(await host.stop()).toEqual({ drained: true });
  expect(await (await running).text()).toBe('done');
  expect(await host.exited).toBe(0);
  expect(await host.running()).toBe(0);
  expect(await host.stop()).toEqual({ drained: false });
});

it('killed in the middle of a message: the bus gives it again to the next one, on the same port', async () => {
  const client = new ServiceBusClient(bus.connectionString);
  const first = await start({ settings: withBus() });
  await client.createSender('jobs').sendMessages([{ body: { id: 'cut-off', waitMs: 1000 } }]);
  await until(() => said('work').length === 1, 'the message');
  const timer = first.invokeTimer('lasting');
  await until(() => said('lasting').length === 1, 'the timer');
  await first.kill();
  expect(await first.exited).toBeNull();
  expect(await timer).toEqual({ ok: false, error: { name: 'HostEnded', message: 'the functions host has ended' } });
  const port = Number(new URL(first.url).port);
  const second = await start({ port, settings: withBus() });
  expect(second.url).toBe(first.url);
  await until(() => said('work done').length === 1, 'the end of the second try');
  const counts = said('work').flatMap((text) =>
    text.startsWith('{') ? [(JSON.parse(text) as { deliveryCount: number }).deliveryCount] : [],
  );
  expect(counts).toEqual([1, 2]);
  await client.close();
});

it('the bus killed and started again: the host goes on by itself', async () => {
  const host = await start({ settings: withBus() });
  await bus.close('SIGKILL');
  bus = await startServiceBusProcess({
    dir: join(dir, 'bus'),
    port: bus.port,
    queues: ['jobs', 'batches', 'hooked'].map(queue),
  });
  const client = new ServiceBusClient(bus.connectionString);
  await client.createSender('jobs').sendMessages([{ body: { id: 'after' } }]);
  await until(() => said('work done').includes('after'), 'a message from the new bus');
  await client.close();
  expect(await host.stop()).toEqual({ drained: true });
});

it('what is wrong with the app is told to the parent in words', async () => {
  const settings = { ...SETTINGS, ...NO_BUS, TICK_SCHEDULE: 'never' };
  const starting = startFunctionsHostProcess({ root: FIXTURE, port: 0, settings, log: () => {} });
  await expect(starting).rejects.toThrow(ConfigError);
  await expect(starting).rejects.toThrow('must have 6 fields');
});

it('ends with its parent', async () => {
  const parent = fork(fileURLToPath(new URL('./parent.ts', import.meta.url)), [FIXTURE], { execArgv: [] });
  const pid = await new Promise<number>((resolve) => parent.once('message', (message) => resolve(message as number)));
  expect(isRunning(pid)).toBe(true);
  parent.kill('SIGKILL');
  await until(() => !isRunning(pid), 'the host to end');
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
