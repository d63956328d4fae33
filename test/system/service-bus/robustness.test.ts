import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { delay, ServiceBusClient, type ServiceBusReceivedMessage } from '@azure/service-bus';
import { afterAll, afterEach, expect, it } from 'vitest';
import { type ServiceBusProcess, startServiceBusProcess } from '../../../local/service-bus/process.ts';
import type { QueueDefinition } from '../../../local/service-bus/queues.ts';
import { type ServiceBus, type ServiceBusOptions, startServiceBus } from '../../../local/service-bus/start.ts';
import { ConfigError } from '../../../src/errors.ts';

const queue = (name: string, changes: Partial<QueueDefinition> = {}): QueueDefinition => ({
  name,
  lockDurationMs: 30_000,
  maxDeliveryCount: 3,
  duplicateDetectionMs: 0,
  defaultTtlMs: Infinity,
  ...changes,
});
const QUEUES = [
  queue('plain'),
  queue('short', { lockDurationMs: 1000 }),
  queue('ids', { duplicateDetectionMs: 60_000 }),
];
// `timeoutInMs` is also how long the SDK waits for the answer to what was in flight when the connection broke.
const RETRY = { retryDelayInMs: 200, maxRetryDelayInMs: 1000, maxRetries: 10, timeoutInMs: 3000 };

/** A link opened before the SDK has noticed that its connection is gone hangs for 60 s, the time for a token. */
const NOTICE_MS = 200;

const dirs: string[] = [];
const clients: ServiceBusClient[] = [];
const processes: ServiceBusProcess[] = [];
const buses: ServiceBus[] = [];

function newDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'service-bus-'));
  dirs.push(dir);
  return dir;
}

async function startIn(dir: string, port = 0): Promise<ServiceBusProcess> {
  const bus = await startServiceBusProcess({ dir, port, queues: QUEUES });
  processes.push(bus);
  return bus;
}

async function startHere(options: Partial<ServiceBusOptions> = {}): Promise<ServiceBus> {
  const bus = await startServiceBus({ port: 0, queues: QUEUES, ...options });
  buses.push(bus);
  return bus;
}

function clientOf(connectionString: string): ServiceBusClient {
  const client = new ServiceBusClient(connectionString, { retryOptions: RETRY });
  clients.push(client);
  return client;
}

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  // Clients first: without a bus the SDK keeps trying to reach it, and its close() waits for that.
  await Promise.all(buses.splice(0).map((bus) => bus.close()));
  await Promise.all(processes.splice(0).map((bus) => bus.close('SIGKILL')));
});
afterAll(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
});

it('everything survives a SIGKILL: messages, locks, counts, schedules, deferrals, dead letters, seen ids', async () => {
  const dir = newDir();
  const before = await startIn(dir);
  const client = clientOf(before.connectionString);
  const [sender, receiver] = [client.createSender('plain'), client.createReceiver('plain')];
  const one = async () =>
    (await receiver.receiveMessages(1, { maxWaitTimeInMs: 5000 }))[0] as ServiceBusReceivedMessage;
  await client.createSender('ids').sendMessages({ body: 1, messageId: 'seen' });
  await sender.sendMessages(['held', 'deferred', 'dead', 'counted', 'waiting'].map((body) => ({ body })));
  const held = await one();
  const deferred = await one();
  await receiver.deferMessage(deferred);
  await receiver.deadLetterMessage(await one());
  await receiver.abandonMessage(await one());
  await sender.scheduleMessages({ body: 'scheduled' }, new Date(Date.now() + 1500));

  await before.close('SIGKILL');
  const after = await startIn(dir, before.port);
  expect((await after.stats()).queues).toMatchObject({
    plain: { active: 2, locked: 1, scheduled: 1, deferred: 1, deadLettered: 1 },
    ids: { active: 1 },
  });
  await receiver.completeMessage(held); // its lock is still good
  const counted = await one();
  expect(counted).toMatchObject({ body: 'counted', deliveryCount: 1 });
  const [again] = await receiver.receiveDeferredMessages(deferred.sequenceNumber as never);
  expect(again?.body).toBe('deferred');
  const dead = client.createReceiver('plain', { subQueueType: 'deadLetter' });
  expect((await dead.receiveMessages(1))[0]).toMatchObject({ body: 'dead' });
  await client.createSender('ids').sendMessages({ body: 2, messageId: 'seen' });
  expect([(await one()).body, (await one()).body]).toEqual(['waiting', 'scheduled']);
  expect((await after.stats()).queues).toMatchObject({ ids: { active: 1 } });
});

it('killed under load: nothing acknowledged is lost, senders and subscribers go on by themselves', async () => {
  const dir = newDir();
  const before = await startIn(dir);
  const client = clientOf(before.connectionString);
  const seen = new Map<number, number>();
  client.createReceiver('short').subscribe(
    {
      processMessage: async ({ body }) => void seen.set(body as number, (seen.get(body as number) ?? 0) + 1),
      processError: async () => {},
    },
    { maxConcurrentCalls: 20 },
  );
  const acknowledged = new Set<number>();
  let next = 0;
  let stop = false;
  const sender = client.createSender('short');
  const senders = Array.from({ length: 20 }, async () => {
    while (!stop) {
      next += 1;
      const body = next;
      await sender.sendMessages({ body }).then(
        () => acknowledged.add(body),
        () => delay(100),
      );
    }
  });
  try {
    await expect.poll(() => acknowledged.size, { timeout: 5000 }).toBeGreaterThan(500);
    await before.close('SIGKILL');
    const untilKill = acknowledged.size;
    await startIn(dir, before.port);
    await expect.poll(() => acknowledged.size, { timeout: 15_000 }).toBeGreaterThan(untilKill + 500);
  } finally {
    stop = true;
    await Promise.all(senders);
  }
  const missing = () => [...acknowledged].filter((body) => !seen.has(body)).length;
  await expect.poll(missing, { timeout: 8000, interval: 100 }).toBe(0);
  const twice = [...seen.values()].filter((count) => count > 1).length;
  expect(twice).toBeLessThan(60); // only what was in hand at the kill
});

it('a consumer that dies gives its messages back when their locks end, in order and counted', async () => {
  const bus = await startHere();
  const client = clientOf(bus.connectionString);
  const bodies = Array.from({ length: 20 }, (_, body) => body);
  await client.createSender('short').sendMessages(bodies.map((body) => ({ body })));
  const script = fileURLToPath(new URL('./victim.ts', import.meta.url));
  const victim = fork(script, [bus.connectionString, 'short', '20'], { execArgv: [] });
  const [taken] = (await once(victim, 'message')) as [number[]];
  expect(taken).toEqual(bodies);
  victim.kill('SIGKILL');
  const receiver = client.createReceiver('short', { receiveMode: 'receiveAndDelete' });
  const back: ServiceBusReceivedMessage[] = [];
  while (back.length < 20) back.push(...(await receiver.receiveMessages(20 - back.length, { maxWaitTimeInMs: 3000 })));
  expect(back.map((message) => message.body)).toEqual(bodies);
  expect(new Set(back.map((message) => message.deliveryCount))).toEqual(new Set([1]));
});

it('10,000 messages, four receivers at once: each message once, each receiver’s in order', async () => {
  const bus = await startHere({ dir: newDir() });
  const client = clientOf(bus.connectionString);
  const sender = client.createSender('plain');
  for (let at = 0; at < 10_000; at += 500) {
    await sender.sendMessages(Array.from({ length: 500 }, (_, index) => ({ body: at + index })));
  }
  const seen = new Map<number, number>();
  const perReceiver: number[][] = [[], [], [], []];
  await Promise.all(
    perReceiver.map(async (mine) => {
      const receiver = clientOf(bus.connectionString).createReceiver('plain', { maxAutoLockRenewalDurationInMs: 0 });
      while (seen.size < 10_000) {
        const messages = await receiver.receiveMessages(200, { maxWaitTimeInMs: 300 });
        for (const { body } of messages) {
          seen.set(body as number, (seen.get(body as number) ?? 0) + 1);
          mine.push(body as number);
        }
        await Promise.all(messages.map((message) => receiver.completeMessage(message)));
      }
    }),
  );
  expect(Math.max(...seen.values())).toBe(1);
  for (const mine of perReceiver) expect(mine).toEqual([...mine].sort((a, b) => a - b));
  expect(bus.stats().queues.plain).toMatchObject({ active: 0, locked: 0, deadLettered: 0 });
});

it('garbage on the port, and connections that break, leave the others alone', async () => {
  const bus = await startHere();
  const client = clientOf(bus.connectionString);
  const bodies: unknown[] = [];
  const receiver = client.createReceiver('plain', { receiveMode: 'receiveAndDelete' });
  receiver.subscribe({ processMessage: async ({ body }) => void bodies.push(body), processError: async () => {} });
  const openings = ['', 'AMQP\x00\x01\x00\x00', 'AMQP\x03\x01\x00\x00', 'GET / HTTP/1.1\r\n\r\n'];
  await Promise.all(
    Array.from({ length: 60 }, async (_, index) => {
      const socket = connect(bus.port, '127.0.0.1').on('error', () => {});
      await once(socket, 'connect');
      socket.write(Buffer.concat([Buffer.from(openings[index % 4] ?? '', 'latin1'), randomBytes(200)]));
      await delay(20);
      socket.destroy();
    }),
  );
  await client.createSender('plain').sendMessages({ body: 'alive' });
  await expect.poll(() => bodies).toEqual(['alive']);
  bus.disconnectAll();
  await delay(NOTICE_MS);
  await client.createSender('plain').sendMessages({ body: 'again' });
  await expect.poll(() => bodies, { timeout: 5000 }).toEqual(['alive', 'again']);
  await expect.poll(() => bus.stats().connections).toBe(1);
});

it('one folder, one bus; the key in it is for its owner only and stays the same', async () => {
  const dir = newDir();
  const first = await startHere({ dir });
  expect(statSync(join(dir, 'key')).mode & 0o777).toBe(0o600);
  await expect(startServiceBus({ dir, port: 0, queues: QUEUES })).rejects.toThrow('in use by another process');
  await expect(startServiceBus({ dir: newDir(), port: first.port, queues: QUEUES })).rejects.toThrow(ConfigError);
  await first.close();
  const second = await startHere({ dir, port: first.port });
  expect(second.connectionString).toBe(first.connectionString);
  await expect(startServiceBus({ port: 0, queues: [queue('x/y')] })).rejects.toThrow('name must be');
});

it('listens on the loopback interface only', async () => {
  const bus = await startHere();
  const socket = connect(bus.port, '127.0.0.2').on('error', () => {});
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNREFUSED');
});

it('releaseLocks frees at once what dead receivers held', async () => {
  const dir = newDir();
  const first = await startHere({ dir });
  const client = clientOf(first.connectionString);
  await client.createSender('plain').sendMessages({ body: 1 });
  await client.createReceiver('plain').receiveMessages(1);
  await first.close();
  await delay(NOTICE_MS);
  await startHere({ dir, port: first.port, releaseLocks: true });
  const [message] = await client.createReceiver('plain').receiveMessages(1, { maxWaitTimeInMs: 3000 });
  expect(message?.deliveryCount).toBe(1);
});
