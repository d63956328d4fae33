/** Functions started by Service Bus messages, received with the real client. */
import type { ServiceBusReceivedMessage, ServiceBusReceiver } from '@azure/service-bus';
import { receiveBatches } from './bus-batches.ts';
import type { BusConnections } from './bus-connections.ts';
import { type Listening, type StopReceiving, settle } from './bus-listening.ts';
import { bodyToTypedData, toTriggerMetadata, traceParentOf } from './bus-messages.ts';
import type { LogLevel } from './core.ts';
import type { HostSettings } from './host-files.ts';
import type { Invoker } from './invoker.ts';
import { messageOf } from './log.ts';
import type { Registry } from './registry.ts';
import type { BusTrigger, HostedFunction } from './triggers.ts';

/** The listeners of a host. */
export interface BusTriggers {
  /** Receives no further message; what is running goes on and can still be settled. */
  stopReceiving(): Promise<void>;
  close(): Promise<void>;
}

/** What the listeners need. */
export interface BusTriggersOptions {
  readonly functions: readonly HostedFunction<BusTrigger>[];
  readonly connections: BusConnections;
  readonly invoker: Invoker;
  readonly registry: Registry;
  readonly host: HostSettings;
}

/** Listens for all functions that are not disabled. @throws ConfigError for connections that cannot be used */
export async function listenToBus(options: BusTriggersOptions): Promise<BusTriggers> {
  const listeners: { readonly receiver: ServiceBusReceiver; readonly stop: StopReceiving }[] = [];
  for (const one of options.functions) {
    if (one.disabled) continue;
    const listening = await prepare(options, one);
    const stop = one.trigger.batch ? receiveBatches(listening) : receiveSingly(listening);
    listeners.push({ receiver: listening.receiver, stop });
  }
  return {
    stopReceiving: async () => {
      await Promise.allSettled(listeners.map(({ stop }) => stop()));
    },
    close: async () => {
      await Promise.allSettled(listeners.map(({ receiver }) => receiver.close()));
    },
  };
}

async function prepare(options: BusTriggersOptions, one: HostedFunction<BusTrigger>): Promise<Listening> {
  const { connections, host, invoker, registry } = options;
  const { connection, entity, subscription: ofTopic, deadLetters, batch } = one.trigger;
  const client = await connections.client(connection);
  const receiving = {
    receiveMode: 'peekLock' as const,
    skipParsingBodyAsJson: true,
    // The locks of a batch are not renewed in Azure either.
    maxAutoLockRenewalDurationInMs: batch ? 0 : host.maxAutoLockRenewalMs,
    ...(deadLetters ? { subQueueType: 'deadLetter' as const } : {}),
  };
  const receiver =
    ofTopic === undefined
      ? client.createReceiver(entity, receiving)
      : client.createReceiver(entity, ofTopic, receiving);
  const say = (level: LogLevel, message: string) =>
    registry.log({ level, category: 'system', functionName: one.name, message });
  return { one, receiver, invoker, host, say };
}

function receiveSingly(listening: Listening): StopReceiving {
  const { receiver, host, say } = listening;
  const subscription = receiver.subscribe(
    {
      processMessage: (message) => handle(listening, message),
      processError: async ({ error, errorSource }) =>
        say('warning', `Service Bus, ${errorSource}: ${messageOf(error)}`),
    },
    { maxConcurrentCalls: host.maxConcurrentCalls, autoCompleteMessages: false },
  );
  return () => subscription.close();
}

async function handle(listening: Listening, message: ServiceBusReceivedMessage): Promise<void> {
  const { one, invoker } = listening;
  const outcome = await invoker.invoke(one, {
    data: bodyToTypedData(message.body, one.trigger.binary),
    triggerMetadata: toTriggerMetadata(message),
    traceParent: traceParentOf(message),
  });
  await settle(listening, message, outcome.ok);
}
