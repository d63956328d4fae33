import { ServiceBusClient } from '@azure/service-bus';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QUEUES } from '../../../local/service-bus/queues.ts';
import { type ServiceBus, startServiceBus } from '../../../local/service-bus/start.ts';
import { createQueueInspector } from '../../../src/azure/queue-inspector.ts';
import type { DeadLetter } from '../../../src/ports.ts';

describe('looking into the queues', () => {
  let bus: ServiceBus;
  let client: ServiceBusClient;
  beforeAll(async () => {
    bus = await startServiceBus({ port: 0, queues: QUEUES });
    client = new ServiceBusClient(bus.connectionString);
  });
  afterAll(async () => {
    await client.close();
    await bus.close();
  });

  it('counts what waits and what was given up, and drains the latter once', async () => {
    await client.createSender('notices').sendMessages([1, 2, 3].map((n) => ({ body: { n }, messageId: `m_${n}` })));
    const receiver = client.createReceiver('notices');
    const [first] = await receiver.receiveMessages(1);
    if (first)
      await receiver.deadLetterMessage(first, { deadLetterReason: 'UNREADABLE', deadLetterErrorDescription: '' });
    const inspector = createQueueInspector(client);
    expect(await inspector.depths()).toEqual([
      { queue: 'notifications', waiting: 0, dead: 0 },
      { queue: 'findings', waiting: 0, dead: 0 },
      { queue: 'notices', waiting: 2, dead: 1 },
    ]);
    expect((await inspector.depths())[2]).toEqual({ queue: 'notices', waiting: 2, dead: 1 });
    const taken: DeadLetter[] = [];
    const take = async (letter: DeadLetter) => void taken.push(letter);
    await expect(
      inspector.drainDeadLetters(async () => {
        throw new Error('the table is away');
      }),
    ).rejects.toThrow('the table is away');
    expect(await inspector.drainDeadLetters(take)).toBe(1);
    expect(taken).toMatchObject([{ queue: 'notices', id: 'm_1', reason: 'UNREADABLE', body: { n: 1 } }]);
    expect(await inspector.drainDeadLetters(take)).toBe(0);
  });
});
