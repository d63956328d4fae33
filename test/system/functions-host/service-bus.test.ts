import { ServiceBusClient, type ServiceBusMessage } from '@azure/service-bus';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { QueueDefinition } from '../../../local/service-bus/queues.ts';
import { type ServiceBus, startServiceBus } from '../../../local/service-bus/start.ts';
import { type Fixture, startFixture, until } from './fixture.ts';

const queue = (name: string): QueueDefinition => ({
  name,
  lockDurationMs: name === 'batches' ? 10_000 : 1000, // the SDK gathers a batch for up to a second
  maxDeliveryCount: 3,
  duplicateDetectionMs: 0,
  defaultTtlMs: Infinity,
});

let bus: ServiceBus;
let client: ServiceBusClient;
let host: Fixture;

const start = () => startFixture({ settings: { ServiceBus: bus.connectionString } });
const stats = (name: string) => bus.stats().queues[name];
const works = () =>
  host
    .said('work')
    .filter((text) => text.startsWith('{'))
    .map((text) => JSON.parse(text) as object);
const send = async (name: string, ...messages: ServiceBusMessage[]) => {
  const sender = client.createSender(name);
  await sender.sendMessages(messages);
  await sender.close();
};

beforeAll(async () => {
  bus = await startServiceBus({ port: 0, queues: ['jobs', 'batches', 'hooked'].map(queue) });
  client = new ServiceBusClient(bus.connectionString, { retryOptions: { timeoutInMs: 5000 } });
});
afterAll(async () => {
  await client.close();
  await bus.close();
});

describe('with a host', () => {
  beforeAll(async () => {
    host = await start();
  });
  afterAll(() => host.stop());
  beforeEach(async () => {
    await until(() => host.running() === 0 && stats('jobs')?.active === 0 && stats('jobs')?.locked === 0, 'quiet');
    host.entries.length = 0;
  });

  it.each<[sent: unknown, received: unknown]>([
    [
      { id: 'json', deep: [1, null] },
      { id: 'json', deep: [1, null] },
    ],
    ['text', 'text'],
    ['12345', '12345'], // in quotes, as the client writes a string
    [12_345, 12_345],
    [Buffer.from('raw text'), 'raw text'],
    [Buffer.from('{"raw":true}'), { raw: true }],
    [Buffer.from('777'), 777], // the trap: text that looks like a number becomes one
  ])('body %j arrives as %j', async (body, message) => {
    await send('jobs', { body });
    await until(() => works().length === 1, 'the message');
    expect(works()).toMatchObject([{ message, deliveryCount: 1 }]);
    await expect.poll(() => stats('jobs')).toMatchObject({ active: 0, locked: 0 });
  });

  it('metadata', async () => {
    await send('jobs', {
      body: { id: 'm' },
      messageId: 'f_1',
      applicationProperties: { kind: 'finding', revision: 2 },
    });
    await until(() => works().length === 1, 'the message');
    expect(works()).toMatchObject([{ messageId: 'f_1', applicationProperties: { kind: 'finding', revision: 2 } }]);
  });

  it('a throw brings the message back at once, counted', async () => {
    await send('jobs', { body: { id: 'a', fail: 2 } });
    await until(() => host.said('work done').length === 1, 'the third delivery');
    expect(works()).toMatchObject([{ deliveryCount: 1 }, { deliveryCount: 2 }, { deliveryCount: 3 }]);
    await expect.poll(() => stats('jobs')).toMatchObject({ active: 0, locked: 0, deadLettered: 0 });
  });

  it('after the last delivery the dead letters have it, where another function reads it', async () => {
    await send('jobs', { body: { id: 'poison', fail: 99 } });
    await until(() => host.said('bury').length === 1, 'the dead letter');
    expect(works()).toHaveLength(3);
    const reason = 'MaxDeliveryCountExceeded';
    expect(JSON.parse(host.said('bury')[0] ?? '')).toMatchObject({
      message: { id: 'poison' },
      deadLetterReason: reason,
    });
    await expect.poll(() => stats('jobs')).toMatchObject({ active: 0, deadLettered: 0 });
  });

  it('the lock of a message is renewed while its function runs', async () => {
    await send('jobs', { body: { id: 'long', waitMs: 2500 } });
    await until(() => host.said('work done').length === 1, 'the end of a long run');
    expect(works()).toHaveLength(1);
    await expect.poll(() => stats('jobs')).toMatchObject({ active: 0, locked: 0 });
  });

  it('handles as many at the same time as host.json says', async () => {
    await send('jobs', ...Array.from({ length: 9 }, (_, index) => ({ body: { id: `p${index}`, waitMs: 300 } })));
    let most = 0;
    await until(() => {
      most = Math.max(most, host.running());
      return host.said('work done').length === 9;
    }, 'nine messages');
    expect(most).toBe(4);
  });

  it('a scheduled message comes when it is due', async () => {
    const due = Date.now() + 700;
    await send('jobs', { body: { id: 'later' }, scheduledEnqueueTimeUtc: new Date(due) });
    await until(() => works().length === 1, 'the scheduled message');
    expect(Date.now()).toBeGreaterThanOrEqual(due);
    expect(works()).toMatchObject([{ message: { id: 'later' } }]);
  });

  it('output bindings send: one message per element, from HTTP and as what a timer returns', async () => {
    const post = (body: unknown) => fetch(`${host.url}/api/enqueue`, { method: 'POST', body: JSON.stringify(body) });
    expect((await post({ id: 'one' })).status).toBe(202);
    expect((await post([{ id: 'two' }, { id: 'three' }])).status).toBe(202);
    expect(await host.invokeTimer('enqueue-later')).toMatchObject({ ok: true });
    await until(() => host.said('work done').length === 4, 'four messages');
    expect(host.said('work done').sort()).toEqual(['from-a-timer', 'one', 'three', 'two']);
  });

  it('hooks replace inputs, see results, and heal errors; log hooks see the line first', async () => {
    await send('hooked', { body: 'original' });
    await until(() => host.said('post').length === 1, 'the hooks');
    expect(host.said('hooked')).toEqual(['replaced call [phone]']);
    expect(host.said('post')).toEqual(['from=pre error=Error: healed by a hook result=null']);
    await expect.poll(() => stats('hooked')).toMatchObject({ active: 0, locked: 0, deadLettered: 0 });
  });
});

describe('hosts that come and go', () => {
  afterEach(() => host.stop());

  it('cardinality many: one batch at a time, of at most as many as host.json says, settled as one', async () => {
    await send(
      'batches',
      ...Array.from({ length: 7 }, (_, index) => ({ body: { id: `b${index}` }, messageId: `id-${index}` })),
    );
    host = await start();
    const batches = () => host.said('batch').map((text) => JSON.parse(text) as { messages: { id: string }[] });
    await until(() => batches().flatMap(({ messages }) => messages).length === 7, 'all messages');
    expect(batches()[0]).toEqual({
      messages: ['b0', 'b1', 'b2', 'b3', 'b4'].map((id) => ({ id })),
      deliveryCountArray: [1, 1, 1, 1, 1],
      messageIdArray: ['id-0', 'id-1', 'id-2', 'id-3', 'id-4'],
    });
    await expect.poll(() => stats('batches')).toMatchObject({ active: 0, locked: 0 });
    host.entries.length = 0;
    await send('batches', { body: { id: 'good' } }, { body: { id: 'bad', fail: 1 } });
    await until(() => host.said('batch').length === 2, 'the second try');
    expect(batches().map(({ messages }) => messages.map(({ id }) => id))).toEqual([
      ['good', 'bad'],
      ['good', 'bad'],
    ]);
    await expect.poll(() => stats('batches')).toMatchObject({ active: 0, locked: 0, deadLettered: 0 });
  });

  it('what runs when the host stops is settled; what waits stays for the next one', async () => {
    host = await start();
    await send('jobs', ...Array.from({ length: 6 }, (_, index) => ({ body: { id: `s${index}`, waitMs: 500 } })));
    await until(() => works().length === 4, 'four running');
    expect(await host.stop()).toEqual({ drained: true });
    const done = host.said('work done');
    expect(done).toHaveLength(4);
    expect(stats('jobs')).toMatchObject({ active: 2, locked: 0 });
    host = await start();
    await until(() => host.said('work done').length === 2, 'the others');
    expect([...done, ...host.said('work done')].sort()).toEqual(['s0', 's1', 's2', 's3', 's4', 's5']);
  });
});

it.each([
  [
    'Endpoint=sb://bus.example.org;UseDevelopmentEmulator=true;SharedAccessKeyName=a;SharedAccessKey=b',
    'only for a bus on this machine',
  ],
  ['', 'the Service Bus connection ServiceBus is not set'],
])('the connection "%s" is refused: %s', async (connection, words) => {
  await expect(startFixture({ settings: { ServiceBus: connection } })).rejects.toThrow(words);
});

it('a host stops in order although its bus is gone', async () => {
  const other = await startServiceBus({ port: 0, queues: ['jobs', 'batches', 'hooked'].map(queue) });
  const lonely = await startFixture({ settings: { ServiceBus: other.connectionString } });
  await other.close();
  const begun = Date.now();
  expect(await lonely.stop({ drainMs: 1000 })).toEqual({ drained: true });
  expect(Date.now() - begun).toBeLessThan(8000);
});
