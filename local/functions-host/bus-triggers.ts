/** Functions started by Service Bus messages, received with the real client. */
import type { ServiceBusReceivedMessage, ServiceBusReceiver } from '@azure/service-bus';
import type { BusConnections } from './bus-connections.ts';
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
  const listeners: Awaited<ReturnType<typeof listen>>[] = [];
  for (const one of options.functions) {
    if (!one.disabled) listeners.push(await listen(options, one));
  }
  return {
    stopReceiving: async () => {
      await Promise.allSettled(listeners.map(({ subscription }) => subscription.close()));
    },
    close: async () => {
      await Promise.allSettled(listeners.map(({ receiver }) => receiver.close()));
    },
  };
}

async function listen(options: BusTriggersOptions, one: HostedFunction<BusTrigger>) {
  const { connections, host, registry } = options;
  const { connection, entity, subscription: ofTopic, deadLetters } = one.trigger;
  const client = await connections.client(connection);
  const receiving = {
    receiveMode: 'peekLock' as const,
    skipParsingBodyAsJson: true,
    maxAutoLockRenewalDurationInMs: host.maxAutoLockRenewalMs,
    ...(deadLetters ? { subQueueType: 'deadLetter' as const } : {}),
  };
  const receiver =
    ofTopic === undefined
      ? client.createReceiver(entity, receiving)
      : client.createReceiver(entity, ofTopic, receiving);
  const say = (level: LogLevel, message: string) =>
    registry.log({ level, category: 'system', functionName: one.name, message });
  const subscription = receiver.subscribe(
    {
      processMessage: (message) => handle(options, one, receiver, message, say),
      processError: async ({ error, errorSource }) =>
        say('warning', `Service Bus, ${errorSource}: ${messageOf(error)}`),
    },
    { maxConcurrentCalls: host.maxConcurrentCalls, autoCompleteMessages: false },
  );
  return { receiver, subscription };
}

/** Success completes the message; a throw abandons it at once, which raises its delivery count up to the dead letters. */
async function handle(
  { invoker }: BusTriggersOptions,
  one: HostedFunction<BusTrigger>,
  receiver: ServiceBusReceiver,
  message: ServiceBusReceivedMessage,
  say: (level: LogLevel, message: string) => void,
): Promise<void> {
  const outcome = await invoker.invoke(one, {
    data: bodyToTypedData(message.body, one.trigger.binary),
    triggerMetadata: toTriggerMetadata(message),
    traceParent: traceParentOf(message),
  });
  try {
    await (outcome.ok ? receiver.completeMessage(message) : receiver.abandonMessage(message));
  } catch (error) {
    // The lock was lost, or the bus is gone: the message comes again.
    say('warning', `a message could not be settled and comes again: ${messageOf(error)}`);
  }
}
