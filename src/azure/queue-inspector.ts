/** Looks into the queues: how much waits, and what was given up. Uses receivers only, so the right to receive is enough. */
import type { ServiceBusClient, ServiceBusReceivedMessage, ServiceBusReceiver } from '@azure/service-bus';
import Long from 'long';
import type { DeadLetter, QueueInspector, QueueName } from '../ports.ts';

/** Counting stops here: a health page needs no more. */
export const LIMIT = 200;
const NAMES: readonly QueueName[] = ['notifications', 'findings', 'notices'];
const WAIT_MS = 1000;

/** Over one client, which the caller closes. */
export function createQueueInspector(client: ServiceBusClient): QueueInspector {
  async function count(queue: QueueName, subQueueType?: 'deadLetter'): Promise<number> {
    const receiver = client.createReceiver(queue, subQueueType ? { subQueueType } : {});
    try {
      let total = 0;
      for (let from = Long.ONE, got = -1; got !== 0 && total < LIMIT; total += got) {
        const messages = await peek(receiver, LIMIT - total, from);
        got = messages.length;
        from = (messages.at(-1)?.sequenceNumber ?? Long.ZERO).add(1);
      }
      return total;
    } finally {
      await receiver.close();
    }
  }

  async function drain(queue: QueueName, take: (letter: DeadLetter) => Promise<void>): Promise<number> {
    const receiver = client.createReceiver(queue, { subQueueType: 'deadLetter' });
    try {
      let total = 0;
      // Receiving from an empty queue waits; looking does not.
      if ((await peek(receiver, 1, Long.ONE)).length === 0) return total;
      for (;;) {
        const messages = await receiver.receiveMessages(20, { maxWaitTimeInMs: WAIT_MS });
        if (messages.length === 0) return total;
        for (const message of messages) {
          // What could not be noted is given back at once, not when its lock ends.
          await take(toLetter(queue, message)).catch(async (error: unknown) => {
            await receiver.abandonMessage(message);
            throw error;
          });
          await receiver.completeMessage(message);
          total += 1;
        }
      }
    } finally {
      await receiver.close();
    }
  }

  return {
    depths: () =>
      Promise.all(
        NAMES.map(async (queue) => ({ queue, waiting: await count(queue), dead: await count(queue, 'deadLetter') })),
      ),
    async drainDeadLetters(take) {
      let total = 0;
      for (const queue of NAMES) total += await drain(queue, take);
      return total;
    },
  };
}

/** Without a number the SDK goes on where any receiver of the same queue stopped looking. */
function peek(receiver: ServiceBusReceiver, most: number, fromSequenceNumber: Long) {
  return receiver.peekMessages(most, { fromSequenceNumber });
}

function toLetter(queue: QueueName, message: ServiceBusReceivedMessage): DeadLetter {
  return {
    queue,
    id: String(message.messageId ?? ''),
    reason: message.deadLetterReason ?? 'Unknown',
    body: message.body as unknown,
    enqueuedAt: message.enqueuedTimeUtc,
  };
}
