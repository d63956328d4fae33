import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QUEUES } from '../../local/service-bus/queues.ts';
import { type ServiceBus, startServiceBus } from '../../local/service-bus/start.ts';
import { type ClosableQueues, createQueues } from '../../src/azure/queues.ts';
import type { QueueMessage, QueueName } from '../../src/ports.ts';

let bus: ServiceBus;
let queues: ClosableQueues;
beforeAll(async () => {
  bus = await startServiceBus({ port: 0, queues: QUEUES });
  queues = createQueues(bus);
});
afterAll(async () => {
  await queues.close();
  await bus.close();
});

async function received(queue: QueueName, count: number, maxWaitTimeInMs = 2000) {
  const receiver = queues.client.createReceiver(queue, { receiveMode: 'receiveAndDelete' });
  const found = [];
  for (let got = 1; got > 0 && found.length < count; ) {
    const messages = await receiver.receiveMessages(count - found.length, { maxWaitTimeInMs });
    got = messages.length;
    found.push(...messages);
  }
  await receiver.close();
  return found.map(({ messageId, body, contentType }) => ({ messageId, body: body as unknown, contentType }));
}

describe('queues over Service Bus', () => {
  it('sends JSON under the id given, each id once', async () => {
    const message = { queue: 'findings', id: 'f_1', body: { person: 'p_1', list: [1, 'ü'] } } as const;
    await queues.send([message]);
    await queues.send([message]);
    expect(await received('findings', 2, 300)).toEqual([
      { messageId: 'f_1', body: { person: 'p_1', list: [1, 'ü'] }, contentType: 'application/json' },
    ]);
  });

  it('sends many at once, more than one batch holds, to several queues', async () => {
    const text = 'x'.repeat(10_000);
    const messages = Array.from(
      { length: 120 },
      (_, i): QueueMessage => ({ queue: i % 2 ? 'findings' : 'notices', id: `m_${i}`, body: { i, text } }),
    );
    await queues.send(messages);
    const ids = [...(await received('findings', 60)), ...(await received('notices', 60))].map((m) => m.messageId);
    expect(ids.sort()).toEqual(messages.map((message) => message.id).sort());
    await queues.send([]);
  });

  it('holds a message back for as long as asked', async () => {
    const started = Date.now();
    await queues.send([{ queue: 'notices', id: 'late', body: 1, delayMs: 700 }]);
    expect(await received('notices', 1, 300)).toEqual([]);
    expect(await received('notices', 1, 3000)).toMatchObject([{ messageId: 'late' }]);
    expect(Date.now() - started).toBeGreaterThanOrEqual(700);
  });

  it.each([
    [
      'a message that no queue takes',
      async () => queues.send([{ queue: 'findings', id: 'big', body: 'x'.repeat(300_000) }]),
      'TOO_LARGE',
    ],
    [
      'one of several',
      async () =>
        queues.send([
          { queue: 'findings', id: 's', body: 1 },
          { queue: 'findings', id: 'big2', body: 'x'.repeat(300_000) },
        ]),
      'TOO_LARGE',
    ],
    ['an unknown queue', async () => queues.send([{ queue: 'nowhere' as QueueName, id: 'n', body: 1 }]), 'NOT_FOUND'],
  ])('tells by code what went wrong: %s', async (_, send, code) => {
    await expect(send()).rejects.toMatchObject({ name: 'UpstreamError', service: 'service-bus', code });
  });

  it('tells that nobody is there', async () => {
    const away = createQueues({ connectionString: bus.connectionString.replace(/:\d+;/, ':1;') });
    await expect(away.send([{ queue: 'findings', id: 'a', body: 1 }])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await away.close();
  });
});
