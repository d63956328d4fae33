import type { Envelope } from '../../../local/service-bus/envelope.ts';
import type { Message, QueueState } from '../../../local/service-bus/queue-state.ts';
import type { QueueDefinition } from '../../../local/service-bus/queues.ts';

/** A queue with a 10 s lock, 3 deliveries and nothing else switched on. */
export function definition(changes: Partial<QueueDefinition> = {}): QueueDefinition {
  return {
    name: 'q',
    lockDurationMs: 10_000,
    maxDeliveryCount: 3,
    duplicateDetectionMs: 0,
    defaultTtlMs: Infinity,
    ...changes,
  };
}

/** A message with this id and an empty payload. */
export function envelope(messageId: string, changes: Partial<Envelope> = {}): Envelope {
  const nothing = Buffer.alloc(0);
  return { durable: false, priority: 4, messageId, annotations: nothing, bare: nothing, ...changes };
}

/** The ids of what a queue holds, in order of sequence number. */
export function idsIn(queue: QueueState | undefined): string[] {
  const messages: Message[] = [...(queue?.messages.values() ?? [])];
  return messages.sort((a, b) => a.sequence - b.sequence).map((message) => message.envelope.messageId);
}
