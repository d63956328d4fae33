/** What was found the hard way about the SDK, rhea and TCP; each of these once broke the bus. */
import { once } from 'node:events';
import { ServiceBusClient } from '@azure/service-bus';
import rhea, { type Message, type Receiver } from 'rhea';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { QueueDefinition } from '../../../local/service-bus/queues.ts';
import { type ServiceBus, startServiceBus } from '../../../local/service-bus/start.ts';
import { connectRaw, type RawClient, sign } from './raw-client.ts';

const queue = (name: string, changes: Partial<QueueDefinition> = {}): QueueDefinition => ({
  name,
  lockDurationMs: 30_000,
  maxDeliveryCount: 10,
  duplicateDetectionMs: 0,
  defaultTtlMs: Infinity,
  ...changes,
});
const names = ['segment', 'soak', 'single', 'held', 'types', 'rights', 'odd', 'drain', 'links'];

let bus: ServiceBus;
let client: ServiceBusClient;
let raw: RawClient;

beforeAll(async () => {
  bus = await startServiceBus({
    port: 0,
    queues: [...names.map((name) => queue(name)), queue('slow', { lockDurationMs: 600 })],
  });
  client = new ServiceBusClient(bus.connectionString, { retryOptions: { maxRetries: 0, timeoutInMs: 5000 } });
  raw = await connectRaw(bus.connectionString);
});
afterAll(async () => {
  raw.close();
  await client.close();
  await bus.close();
});

const stats = (name: string) => bus.stats().queues[name];

it('a message without an id can have its lock renewed by the SDK', async () => {
  await client.createSender('slow').sendMessages({ body: 'no id' });
  const errors: string[] = [];
  let runs = 0;
  const receiver = client.createReceiver('slow');
  receiver.subscribe({
    processMessage: async () => {
      runs += 1;
      await new Promise((resolve) => setTimeout(resolve, 1500));
    },
    processError: async ({ error }) => void errors.push(error.message),
  });
  await expect.poll(() => stats('slow'), { timeout: 4000 }).toMatchObject({ active: 0, locked: 0 });
  await receiver.close();
  expect({ runs, errors, dead: stats('slow')?.deadLettered }).toEqual({ runs: 1, errors: [], dead: 0 });
});

it('settlements and the end of their link in one TCP segment: the settlements win', async () => {
  await raw.putToken('segment');
  const sender = await raw.sender('segment');
  for (let round = 0; round < 20; round += 1) sender.send({ body: round, message_id: `m${round}` });
  for (let round = 0; round < 20; round += 1) {
    const receiver = await raw.receiver('segment');
    receiver.add_credit(1);
    const [{ delivery }] = (await once(receiver, 'message')) as [{ delivery: { accept(): void } }];
    const { socket } = raw.connection as unknown as { socket: { cork(): void; uncork(): void } };
    socket.cork();
    delivery.accept();
    receiver.close();
    setImmediate(() => socket.uncork());
    await once(receiver, 'receiver_close');
  }
  await expect.poll(() => stats('segment')).toMatchObject({ active: 0, locked: 0 });
});

it('more requests on one connection than any buffer holds', async () => {
  await raw.putToken('soak');
  await client.createSender('soak').sendMessages({ body: 1 });
  const [message] = await client.createReceiver('soak').receiveMessages(1);
  const uuid = rhea.string_to_uuid(message?.lockToken ?? '');
  const renewal = {
    body: { 'lock-tokens': rhea.types.wrap_array([uuid], 0x98, undefined) },
    application_properties: { operation: 'com.microsoft:renew-lock' },
  } as unknown as Message;
  expect(await raw.flood('soak', Array(5000).fill(renewal))).toEqual({ 200: 5000 });
  const name = `${bus.connectionString.match(/sb:[^;]+/)?.[0]}/soak`;
  const key = /SharedAccessKey=([^;]+)/.exec(bus.connectionString)?.[1] ?? '';
  const put = {
    body: sign(name, key, 600),
    application_properties: { operation: 'put-token', type: 'servicebus.windows.net:sastoken', name },
  };
  expect(await raw.flood('$cbs', Array(5000).fill(put))).toEqual({ 202: 5000 });
});

it('more deliveries on one link than any buffer holds', async () => {
  const sender = client.createSender('single');
  for (let at = 0; at < 6000; at += 500) {
    await sender.sendMessages(Array.from({ length: 500 }, (_, index) => ({ body: at + index })));
  }
  const receiver = client.createReceiver('single', { maxAutoLockRenewalDurationInMs: 0 });
  const bodies: number[] = [];
  while (bodies.length < 6000) {
    const messages = await receiver.receiveMessages(Math.min(1000, 6000 - bodies.length));
    bodies.push(...messages.map((message) => message.body as number));
    await Promise.all(messages.map((message) => receiver.completeMessage(message)));
  }
  expect(bodies).toEqual(Array.from({ length: 6000 }, (_, index) => index));
  await receiver.close();
});

it('opening and closing links does not wait for delayed acknowledgements (40 ms each)', async () => {
  const times: number[] = [];
  for (let round = 0; round < 15; round += 1) {
    const start = performance.now();
    const receiver = client.createReceiver('links');
    await receiver.peekMessages(1);
    const subscription = receiver.subscribe({ processMessage: async () => {}, processError: async () => {} });
    await subscription.close();
    await receiver.close();
    const sender = client.createSender('links');
    await sender.sendMessages({ body: round });
    await sender.close();
    times.push(performance.now() - start);
  }
  const median = times.sort((a, b) => a - b)[7] ?? Infinity;
  expect(median).toBeLessThan(35);
});

it('one message held for long leaves room for 1,500 others', async () => {
  const sender = client.createSender('held');
  await sender.sendMessages({ body: 'held' });
  for (let round = 0; round < 3; round += 1) await sender.sendMessages(Array(500).fill({ body: 'free' }));
  let done = 0;
  let release = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const receiver = client.createReceiver('held');
  receiver.subscribe(
    {
      processMessage: async ({ body }) => {
        if (body === 'held') await gate;
        else done += 1;
      },
      processError: async () => {},
    },
    { maxConcurrentCalls: 10 },
  );
  await expect.poll(() => done, { timeout: 5000 }).toBe(1500);
  release();
  await expect.poll(() => stats('held')).toMatchObject({ active: 0, locked: 0 });
  await receiver.close();
});

it('AMQP types reach the receiver as they were sent', async () => {
  await raw.putToken('types');
  const { types } = rhea;
  const properties = {
    ubyte: types.wrap_ubyte(1),
    short: types.wrap_short(-2),
    int: types.wrap_int(3),
    long: types.wrap_long(4),
    ulong: types.wrap_ulong(5),
    float: types.wrap_float(1.5),
    double: types.wrap_double(2),
    time: types.wrap_timestamp(1_700_000_000_000),
    uuid: types.wrap_uuid(Buffer.alloc(16, 7)),
    symbol: types.wrap_symbol('s'),
  };
  const sent = { message_id: types.wrap_ulong(99), application_properties: properties, body: types.wrap_list([1, 2]) };
  (await raw.sender('types')).send(sent as unknown as Message);
  const receiver = await raw.receiver('types');
  const bytes = await nextBytes(receiver);
  const before = rhea.message.encode({ application_properties: properties, body: sent.body }).toString('hex');
  const untouched = before.slice(before.indexOf(APPLICATION_PROPERTIES));
  expect(bytes.toString('hex').slice(-untouched.length)).toBe(untouched);
});

/** Start of the section: descriptor 0x74 as a small ulong. */
const APPLICATION_PROPERTIES = '005374';

/** The next message of a link, undecoded. */
async function nextBytes(receiver: Receiver): Promise<Buffer> {
  const session = receiver.session as unknown as { on_transfer(frame: { payload: Buffer }): void };
  const onTransfer = session.on_transfer;
  const arrived = new Promise<Buffer>((resolve) => {
    session.on_transfer = (frame) => {
      resolve(Buffer.from(frame.payload));
      onTransfer.call(session, frame);
    };
  });
  receiver.add_credit(1);
  return arrived;
}

it('a drain is answered when credit is left, and when there is none', async () => {
  await raw.putToken('drain');
  const receiver = await raw.receiver('drain');
  for (const credit of [5, 0]) {
    if (credit > 0) receiver.add_credit(credit);
    const drained = once(receiver, 'receiver_drained');
    receiver.drain_credit();
    await drained;
    receiver.drain = false;
  }
});

it('a token opens one queue with all below it, for its time only', async () => {
  const own = await connectRaw(bus.connectionString);
  await expect(own.sender('rights')).rejects.toThrow('amqp:unauthorized-access');
  expect(await own.putToken('rights', { ttlSeconds: 2 })).toBe(202);
  const sender = await own.sender('rights');
  await own.receiver('rights/$DeadLetterQueue');
  const peek = () =>
    own.manage('rights', 'com.microsoft:peek-message', { 'from-sequence-number': 1, 'message-count': 1 });
  expect((await peek()).application_properties?.statusCode).toBe(204);
  await expect(own.sender('odd')).rejects.toThrow('amqp:unauthorized-access');
  await expect(own.receiver('odd')).rejects.toThrow('amqp:unauthorized-access');
  await once(sender, 'sender_close');
  expect(sender.error).toMatchObject({ condition: 'amqp:unauthorized-access' });
  await expect(own.sender('rights')).rejects.toThrow('amqp:unauthorized-access');
  await expect(own.receiver('rights/$management')).rejects.toThrow('amqp:unauthorized-access');
  own.close();
});

it('bad tokens are answered, not obeyed', async () => {
  const own = await connectRaw(bus.connectionString);
  expect(await own.putToken('odd', { ttlSeconds: -1 })).toBe(401);
  expect(await own.putToken('odd', { token: 'rubbish' })).toBe(401);
  expect(await own.putToken('odd', { type: 'jwt' })).toBe(401);
  await expect(own.sender('odd')).rejects.toThrow('amqp:unauthorized-access');
  own.close();
});

it('odd requests are answered with an error, and the bus goes on', async () => {
  await raw.putToken('odd');
  const status = async (operation: string, body: unknown) =>
    (await raw.manage('odd', operation, body)).application_properties?.statusCode;
  expect(await status('com.microsoft:get-session-state', { 'session-id': 's' })).toBe(501);
  expect(await status('toString', {})).toBe(501);
  expect(await status('com.microsoft:renew-lock', {})).toBe(400);
  expect(await status('com.microsoft:renew-lock', null)).toBe(400);
  expect(await status('com.microsoft:renew-lock', { 'lock-tokens': [Buffer.alloc(3)] })).toBe(400);
  expect(await status('com.microsoft:renew-lock', { 'lock-tokens': [Buffer.alloc(16)] })).toBe(410);
  expect(await status('com.microsoft:peek-message', { 'from-sequence-number': 'x' })).toBe(400);
  expect(await status('com.microsoft:schedule-message', { messages: [{ message: Buffer.from('41') }] })).toBe(400);
  expect(await status('com.microsoft:schedule-message', { messages: [null] })).toBe(400);
  expect(await status('com.microsoft:update-disposition', { 'disposition-status': 'lost' })).toBe(400);
  await expect(raw.sender('odd/$DeadLetterQueue')).rejects.toThrow('amqp:not-allowed');
  await expect(raw.receiver('nowhere')).rejects.toThrow('amqp:unauthorized-access');
  await raw.putToken('nowhere');
  await expect(raw.receiver('nowhere')).rejects.toThrow('amqp:not-found');
  const sender = await raw.sender('odd');
  sender.send(Buffer.from('no message at all') as unknown as Message, undefined, 0x80013700);
  const [{ delivery }] = (await once(sender, 'rejected')) as [{ delivery: { remote_state: { error: unknown } } }];
  expect(delivery.remote_state.error).toMatchObject({ condition: 'amqp:decode-error' });
});
