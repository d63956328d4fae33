import {
  delay,
  type ProcessErrorArgs,
  ServiceBusClient,
  type ServiceBusError,
  type ServiceBusReceivedMessage,
  type ServiceBusReceiver,
} from '@azure/service-bus';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { QueueDefinition } from '../../../local/service-bus/queues.ts';

/**
 * What Postern relies on of Azure Service Bus, asked of whatever a connection string leads to. The queues must exist
 * with these definitions (a real namespace allows no shorter lock than 5 s and no shorter window than 20 s).
 */
export interface ConformanceTarget {
  readonly connectionString: string;
  readonly queues: ConformanceQueues;
}

/** The four queues of the suite. */
export interface ConformanceQueues {
  readonly plain: QueueDefinition;
  /** A short lock, 3 deliveries. */
  readonly short: QueueDefinition;
  /** Duplicate detection. */
  readonly duplicates: QueueDefinition;
  /** Expired messages become dead letters. */
  readonly expiring: QueueDefinition;
}

/** The queues with the given lock of `short` and window of `duplicates`. */
export function conformanceQueues(shortLockMs: number, windowMs: number): ConformanceQueues {
  const queue = (name: string, changes: Partial<QueueDefinition> = {}): QueueDefinition => ({
    name: `conformance-${name}`,
    lockDurationMs: 30_000,
    maxDeliveryCount: 10,
    duplicateDetectionMs: 0,
    defaultTtlMs: Infinity,
    ...changes,
  });
  return {
    plain: queue('plain'),
    short: queue('short', { lockDurationMs: shortLockMs, maxDeliveryCount: 3 }),
    duplicates: queue('duplicates', { duplicateDetectionMs: windowMs }),
    expiring: queue('expiring', { deadLetterOnExpiry: true }),
  };
}

/** The SDK waits 30 s between tries by default, for instance while a link that was detached is closing. */
const RETRY = { retryDelayInMs: 300, maxRetryDelayInMs: 2000, timeoutInMs: 10_000 };
const WAIT = { maxWaitTimeInMs: 5000 };
const SOON = { maxWaitTimeInMs: 250 };

/** Registers the suite with vitest. */
export function describeConformance(target: ConformanceTarget): void {
  const { plain, short, duplicates, expiring } = target.queues;
  let client: ServiceBusClient;
  let receiver: ServiceBusReceiver;
  const send = async (queue: QueueDefinition, ...messages: object[]) => {
    const sender = client.createSender(queue.name);
    await sender.sendMessages(messages as { body: unknown }[]);
    await sender.close();
  };
  const one = async (from: ServiceBusReceiver = receiver): Promise<ServiceBusReceivedMessage> => {
    const [message] = await from.receiveMessages(1, WAIT);
    if (!message) throw new Error('no message came');
    return message;
  };
  const deadLettersOf = (queue: QueueDefinition) =>
    client.createReceiver(queue.name, { subQueueType: 'deadLetter', receiveMode: 'receiveAndDelete' });
  const shortReceiver = () => client.createReceiver(short.name, { maxAutoLockRenewalDurationInMs: 0 });

  beforeAll(async () => {
    client = new ServiceBusClient(target.connectionString, { retryOptions: { ...RETRY, maxRetries: 1 } });
    const leftovers = [plain, short, duplicates, expiring].flatMap((queue) => [
      client.createReceiver(queue.name, { receiveMode: 'receiveAndDelete' }),
      deadLettersOf(queue),
    ]);
    await Promise.all(leftovers.map(empty));
    receiver = client.createReceiver(plain.name);
  });
  afterAll(() => client.close());

  describe('sending and receiving', () => {
    it('brings a message over with everything on it', async () => {
      const sent = {
        body: { a: 1, s: 'é' },
        messageId: 'm1',
        subject: 'subject',
        correlationId: 'c1',
        contentType: 'application/json',
        applicationProperties: { int: 5, float: 1.5, text: 'x', yes: true },
        timeToLive: 60_000,
        partitionKey: 'pk',
        to: 'to',
        replyTo: 'reply',
      };
      await send(plain, sent);
      const message = await one();
      expect(message).toMatchObject({ ...sent, deliveryCount: 0, state: 'active' });
      expect(message.lockToken).toMatch(/^[0-9a-f-]{36}$/);
      expect(message.lockedUntilUtc?.getTime()).toBeGreaterThan(Date.now());
      expect(Math.abs(Number(message.enqueuedTimeUtc) - Date.now())).toBeLessThan(60_000);
      await receiver.completeMessage(message);
      expect(await receiver.receiveMessages(1, SOON)).toEqual([]);
    });

    it('gives a message without an id one, and two of them different ones', async () => {
      await send(plain, { body: 1 }, { body: 2 });
      const messages = [await one(), await one()];
      const ids = messages.map((message) => message.messageId);
      expect(ids.every((id) => typeof id === 'string' && id.length > 0)).toBe(true);
      expect(new Set(ids).size).toBe(2);
      await Promise.all(messages.map((message) => receiver.completeMessage(message)));
    });

    it('keeps the order of a batch of 500 and numbers it in order', async () => {
      await send(plain, ...Array.from({ length: 500 }, (_, body) => ({ body })));
      const got: ServiceBusReceivedMessage[] = [];
      while (got.length < 500) {
        const messages = await receiver.receiveMessages(Math.min(200, 500 - got.length), WAIT);
        if (messages.length === 0) break;
        got.push(...messages);
        await Promise.all(messages.map((message) => receiver.completeMessage(message)));
      }
      expect(got.map((message) => message.body)).toEqual(Array.from({ length: 500 }, (_, index) => index));
      const numbers = got.map((message) => Number(message.sequenceNumber));
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    });

    it('receives and deletes', async () => {
      await send(plain, { body: 'once' });
      const taker = client.createReceiver(plain.name, { receiveMode: 'receiveAndDelete' });
      expect((await one(taker)).body).toBe('once');
      expect(await taker.receiveMessages(1, SOON)).toEqual([]);
      await taker.close();
    });

    it('peeks without a lock, page by page', async () => {
      await send(plain, { body: 'p1' }, { body: 'p2' }, { body: 'p3' });
      const peeker = client.createReceiver(plain.name);
      const first = await peeker.peekMessages(2);
      const rest = await peeker.peekMessages(5);
      expect([...first, ...rest].map((message) => message.body)).toEqual(['p1', 'p2', 'p3']);
      expect(await peeker.peekMessages(5)).toEqual([]);
      expect(first[0]?.lockToken).toBeUndefined();
      await peeker.close();
      await empty(client.createReceiver(plain.name, { receiveMode: 'receiveAndDelete' }));
    });

    it('a waiting receiver gets a message when it comes', async () => {
      const waiting = receiver.receiveMessages(1, WAIT);
      await delay(200);
      await send(plain, { body: 'woken' });
      const [message] = await waiting;
      expect(message?.body).toBe('woken');
      if (message) await receiver.completeMessage(message);
    });
  });

  describe('settling', () => {
    it('abandon: the message comes back at once, first, counted, with the changed properties', async () => {
      await send(plain, { body: 'a' }, { body: 'b' });
      await receiver.abandonMessage(await one(), { why: 'busy' });
      const again = await one();
      expect(again).toMatchObject({ body: 'a', deliveryCount: 1, applicationProperties: { why: 'busy' } });
      await receiver.completeMessage(again);
      await receiver.completeMessage(await one());
    });

    it('dead-letter: found in the dead letters with reason, description and properties', async () => {
      await send(plain, { body: 'd', messageId: 'dead', applicationProperties: { keep: 7 } });
      const why = { deadLetterReason: 'R', deadLetterErrorDescription: 'D', extra: 'e' };
      await receiver.deadLetterMessage(await one(), why);
      const dead = deadLettersOf(plain);
      const message = await one(dead);
      expect(message).toMatchObject({ body: 'd', messageId: 'dead', deadLetterReason: 'R' });
      expect(message).toMatchObject({
        deadLetterErrorDescription: 'D',
        applicationProperties: { keep: 7, extra: 'e' },
      });
      await dead.close();
    });

    it('dead letters are locked, abandoned and completed like others', async () => {
      await send(plain, { body: 'd2' });
      await receiver.deadLetterMessage(await one());
      const dead = client.createReceiver(plain.name, { subQueueType: 'deadLetter' });
      await dead.abandonMessage(await one(dead));
      const again = await one(dead);
      expect(again.deliveryCount).toBeGreaterThan(0);
      await dead.renewMessageLock(again);
      await dead.completeMessage(again);
      expect(await dead.peekMessages(1)).toEqual([]);
      await dead.close();
    });

    it('defer: only by its number, then completed', async () => {
      await send(plain, { body: 'later' });
      const message = await one();
      await receiver.deferMessage(message, { note: 'wait' });
      expect(await receiver.receiveMessages(1, SOON)).toEqual([]);
      const number = message.sequenceNumber as NonNullable<typeof message.sequenceNumber>;
      const [deferred] = await receiver.receiveDeferredMessages(number);
      expect(deferred).toMatchObject({ body: 'later', state: 'deferred', applicationProperties: { note: 'wait' } });
      if (deferred) await receiver.completeMessage(deferred);
      await expect(receiver.receiveDeferredMessages(number)).rejects.toMatchObject({ code: 'MessageNotFound' });
    });

    it('a second settlement is refused', async () => {
      await send(plain, { body: 'x' });
      const message = await one();
      await receiver.completeMessage(message);
      await expect(receiver.completeMessage(message)).rejects.toThrow();
    });
  });

  describe('locks', () => {
    it('end: the message comes back counted, the late holder is told MessageLockLost', async () => {
      await send(short, { body: 1 });
      const late = shortReceiver();
      const message = await one(late);
      await delay(short.lockDurationMs * 1.1 + 100);
      await expect(late.completeMessage(message)).rejects.toMatchObject({ code: 'MessageLockLost' });
      await expect(late.renewMessageLock(message)).rejects.toMatchObject({ code: 'MessageLockLost' });
      const again = await one(late);
      expect(again.deliveryCount).toBe(1);
      await late.completeMessage(again);
      await late.close();
    });

    it('renewed: the message stays where it is', async () => {
      await send(short, { body: 2 });
      const keeper = shortReceiver();
      const message = await one(keeper);
      for (let round = 0; round < 2; round += 1) {
        await delay(short.lockDurationMs * 0.6);
        const until = await keeper.renewMessageLock(message);
        expect(until.getTime() - Date.now()).toBeGreaterThan(short.lockDurationMs * 0.5);
      }
      await keeper.completeMessage(message);
      expect(await keeper.receiveMessages(1, SOON)).toEqual([]);
      await keeper.close();
    });

    it('outlive their receiver, which can still settle', async () => {
      await send(plain, { body: 'held' });
      const first = client.createReceiver(plain.name);
      const message = await one(first);
      await first.close();
      expect(await receiver.receiveMessages(1, SOON)).toEqual([]);
      await first.completeMessage(message).catch(() => receiver.completeMessage(message));
      expect(await receiver.peekMessages(1, { fromSequenceNumber: message.sequenceNumber as never })).toEqual([]);
    });

    it('after the last allowed delivery the message is dead-lettered, with the reason', async () => {
      await send(short, { body: 'poison' });
      const worker = client.createReceiver(short.name);
      let runs = 0;
      const errors: ProcessErrorArgs[] = [];
      worker.subscribe({
        processMessage: async () => {
          runs += 1;
          throw new Error('boom');
        },
        processError: async (error) => void errors.push(error),
      });
      const dead = deadLettersOf(short);
      const message = await one(dead);
      expect(message).toMatchObject({ body: 'poison', deadLetterReason: 'MaxDeliveryCountExceeded' });
      expect(message.deadLetterErrorDescription).toContain('after 3 delivery attempts');
      expect(runs).toBe(3);
      await worker.close();
      await dead.close();
    });
  });

  describe('duplicates, schedules, expiry', () => {
    it('drops an id that was seen within the window, then takes it again', async () => {
      const taker = client.createReceiver(duplicates.name, { receiveMode: 'receiveAndDelete' });
      const [x, y] = [`x-${Date.now()}`, `y-${Date.now()}`];
      await send(duplicates, { body: 1, messageId: x });
      await send(duplicates, { body: 2, messageId: x });
      await send(duplicates, { body: 3, messageId: y }, { body: 4, messageId: y });
      const got = await drain(taker);
      expect(got.map((message) => message.body)).toEqual([1, 3]);
      await delay(duplicates.duplicateDetectionMs * 1.1 + 100);
      await send(duplicates, { body: 5, messageId: x });
      expect((await one(taker)).body).toBe(5);
      await taker.close();
    });

    it('schedules, shows, cancels, and delivers in time; a scheduled copy counts as seen', async () => {
      const sender = client.createSender(plain.name);
      const due = new Date(Date.now() + 800);
      const [, second] = await sender.scheduleMessages([{ body: 's1' }, { body: 's2' }], due);
      await sender.cancelScheduledMessages(second as NonNullable<typeof second>);
      await sender.sendMessages({ body: 's3', scheduledEnqueueTimeUtc: new Date(Date.now() + 400) });
      expect(await receiver.receiveMessages(1, SOON)).toEqual([]);
      const peeker = client.createReceiver(plain.name);
      const states = (await peeker.peekMessages(10)).map((message) => message.state);
      expect(states).toEqual(['scheduled', 'scheduled']);
      const [early, later] = [await one(), await one()];
      expect([early.body, later.body]).toEqual(['s3', 's1']);
      expect(Date.now()).toBeGreaterThanOrEqual(due.getTime() - 50);
      await Promise.all([early, later].map((message) => receiver.completeMessage(message)));
      await expect(sender.cancelScheduledMessages(second as never)).rejects.toMatchObject({ code: 'MessageNotFound' });
      await Promise.all([sender.close(), peeker.close()]);
    });

    it('an expired message is found in the dead letters', async () => {
      await send(expiring, { body: 'old', timeToLive: 300 });
      const dead = deadLettersOf(expiring);
      expect(await one(dead)).toMatchObject({ body: 'old', deadLetterReason: 'TTLExpiredException' });
      await dead.close();
    });
  });

  describe('refusals', () => {
    const code = (promise: Promise<unknown>) =>
      promise.then(
        () => 'nothing refused',
        (error: ServiceBusError) => error.code,
      );

    it('an unknown queue', async () => {
      const nowhere = 'conformance-nowhere';
      expect(await code(send({ ...plain, name: nowhere }, { body: 1 }))).toBe('MessagingEntityNotFound');
      expect(await code(client.createReceiver(nowhere).receiveMessages(1, SOON))).toBe('MessagingEntityNotFound');
      expect(await code(client.createReceiver(nowhere).peekMessages(1))).toBe('MessagingEntityNotFound');
    });

    it('a wrong key', async () => {
      const wrong = target.connectionString.replace(/SharedAccessKey=[^;]+/, 'SharedAccessKey=d3Jvbmc=');
      const stranger = new ServiceBusClient(wrong, { retryOptions: { maxRetries: 0, timeoutInMs: 5000 } });
      expect(await code(stranger.createSender(plain.name).sendMessages({ body: 1 }))).toBe('UnauthorizedAccess');
      expect(await code(stranger.createReceiver(plain.name).peekMessages(1))).toBe('UnauthorizedAccess');
      await stranger.close();
    });

    it('more than 256 KB, as one message and as a batch; a little less is taken', async () => {
      const sender = client.createSender(plain.name);
      expect(await code(sender.sendMessages({ body: 'x'.repeat(262_144) }))).toBe('MessageSizeExceeded');
      expect(await code(sender.sendMessages([{ body: 'x'.repeat(262_144) }]))).toBe('MessageSizeExceeded');
      const batch = await sender.createMessageBatch();
      expect(batch.maxSizeInBytes).toBe(262_144);
      await sender.sendMessages({ body: 'x'.repeat(261_000) });
      const message = await one();
      expect(message.body).toHaveLength(261_000);
      await receiver.completeMessage(message);
      await sender.close();
    });

    it('a session on a queue without sessions', async () => {
      await expect(client.acceptSession(plain.name, 's')).rejects.toThrow();
    });
  });
}

async function drain(receiver: ServiceBusReceiver): Promise<ServiceBusReceivedMessage[]> {
  const all: ServiceBusReceivedMessage[] = [];
  for (;;) {
    const messages = await receiver.receiveMessages(500, SOON);
    if (messages.length === 0) return all;
    all.push(...messages);
  }
}

async function empty(receiver: ServiceBusReceiver): Promise<void> {
  await drain(receiver);
  await receiver.close();
}
