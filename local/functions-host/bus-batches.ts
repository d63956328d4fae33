/**
 * Functions with cardinality `many`, as the Service Bus extension runs them (ServiceBusListener.cs): one batch at a time,
 * locks are not renewed, and all of a batch is completed or all of it abandoned.
 */
import type { ServiceBusReceivedMessage } from '@azure/service-bus';
import { type Listening, type StopReceiving, settle } from './bus-listening.ts';
import { bodiesToTypedData, toBatchMetadata } from './bus-messages.ts';
import { messageOf } from './log.ts';

/** How long one call waits for the first message, and with it a stop: to abort a call could lose what is on its way. */
const WAIT_MS = 1000;
/** Pause after a failure to receive. */
const PAUSE_MS = 1000;

/** Receives until stopped. */
export function receiveBatches(listening: Listening): StopReceiving {
  let stopped = false;
  const loop = async () => {
    while (!stopped) {
      const messages = await receive(listening);
      if (messages.length > 0) await handle(listening, messages);
    }
  };
  const ended = loop();
  return () => {
    stopped = true;
    return ended;
  };
}

async function receive({ receiver, host, say }: Listening): Promise<readonly ServiceBusReceivedMessage[]> {
  try {
    return await receiver.receiveMessages(host.maxMessageBatchSize, { maxWaitTimeInMs: WAIT_MS });
  } catch (error) {
    say('warning', `Service Bus, receiving a batch: ${messageOf(error)}`);
    await new Promise((resolve) => {
      setTimeout(resolve, PAUSE_MS).unref();
    });
    return [];
  }
}

async function handle(listening: Listening, messages: readonly ServiceBusReceivedMessage[]): Promise<void> {
  const { one, invoker } = listening;
  const bodies = messages.map(({ body }) => body as unknown);
  const outcome = await invoker.invoke(one, {
    data: bodiesToTypedData(bodies, one.trigger.binary),
    triggerMetadata: toBatchMetadata(messages),
  });
  await Promise.all(messages.map((message) => settle(listening, message, outcome.ok)));
}
