/** `Queues` over Service Bus. */

import type { TokenCredential } from '@azure/identity';
import {
  isServiceBusError,
  ServiceBusClient,
  type ServiceBusMessage,
  type ServiceBusMessageBatch,
  type ServiceBusSender,
} from '@azure/service-bus';
import { type UpstreamCode, UpstreamError } from '../errors.ts';
import type { QueueMessage, QueueName, Queues } from '../ports.ts';

/** Where the queues are. */
export type QueuesAccess =
  /** In Azure: `<namespace>.servicebus.windows.net`, with the managed identity. */
  | { readonly namespace: string; readonly credential: TokenCredential }
  /** On a laptop. */
  | { readonly connectionString: string };

/** Queues that can be closed. */
export interface ClosableQueues extends Queues {
  /** For who also receives; closed with the queues. */
  readonly client: ServiceBusClient;
  /** Sends fail afterwards. */
  readonly close: () => Promise<void>;
}

/** Content type that tells the Functions host, and whoever looks at a message, what the body is. */
const JSON_TYPE = 'application/json';

/**
 * One client, one sender a queue, kept open. A message that was sent is acknowledged before `send` resolves.
 * Delays are real time: Service Bus has its own clock.
 */
export function createQueues(access: QueuesAccess): ClosableQueues {
  // The caller repeats as a whole; ten seconds are what a notification may take in all.
  const options = {
    retryOptions: { maxRetries: 2, retryDelayInMs: 300, maxRetryDelayInMs: 2000, timeoutInMs: 10_000 },
  };
  const client =
    'connectionString' in access
      ? new ServiceBusClient(access.connectionString, options)
      : new ServiceBusClient(access.namespace, access.credential, options);
  const senders = new Map<QueueName, ServiceBusSender>();
  const senderOf = (queue: QueueName) => {
    const sender = senders.get(queue) ?? client.createSender(queue);
    senders.set(queue, sender);
    return sender;
  };
  return {
    client,
    async send(messages) {
      try {
        for (const [queue, own] of Map.groupBy(messages, (message) => message.queue))
          await sendAll(senderOf(queue), own.map(toMessage));
      } catch (error) {
        throw toUpstreamError(error);
      }
    },
    close: () => client.close(),
  };
}

/** In as few batches as the service's limit of size allows. */
async function sendAll(sender: ServiceBusSender, messages: readonly ServiceBusMessage[]): Promise<void> {
  const [only] = messages;
  if (messages.length === 1 && only) return sender.sendMessages(only);
  let batch: ServiceBusMessageBatch = await sender.createMessageBatch();
  for (const message of messages) {
    if (batch.tryAddMessage(message)) continue;
    if (batch.count > 0) await sender.sendMessages(batch);
    batch = await sender.createMessageBatch();
    if (!batch.tryAddMessage(message)) throw new UpstreamError('service-bus', 'TOO_LARGE');
  }
  if (batch.count > 0) await sender.sendMessages(batch);
}

function toMessage({ id, body, delayMs }: QueueMessage): ServiceBusMessage {
  return {
    messageId: id,
    body,
    contentType: JSON_TYPE,
    ...(delayMs !== undefined && { scheduledEnqueueTimeUtc: new Date(Date.now() + delayMs) }),
  };
}

/** Service Bus codes: learn, "Service Bus messaging exceptions". */
const CODES: Readonly<Record<string, UpstreamCode>> = {
  MessageSizeExceeded: 'TOO_LARGE',
  MessagingEntityNotFound: 'NOT_FOUND',
  MessagingEntityDisabled: 'REFUSED',
  UnauthorizedAccess: 'UNAUTHORIZED',
  QuotaExceeded: 'REFUSED',
  ServiceBusy: 'THROTTLED',
};

function toUpstreamError(cause: unknown): UpstreamError {
  if (cause instanceof UpstreamError) return cause;
  const code = isServiceBusError(cause) ? (CODES[cause.code] ?? 'UNAVAILABLE') : 'UNAVAILABLE';
  return new UpstreamError('service-bus', code, { cause });
}
