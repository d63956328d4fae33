/** What single messages and batches have in common. */
import type { ServiceBusReceivedMessage, ServiceBusReceiver } from '@azure/service-bus';
import type { LogLevel } from './core.ts';
import type { HostSettings } from './host-files.ts';
import type { Invoker } from './invoker.ts';
import { messageOf } from './log.ts';
import type { BusTrigger, HostedFunction } from './triggers.ts';

/** One function's way to its messages. */
export interface Listening {
  readonly one: HostedFunction<BusTrigger>;
  readonly receiver: ServiceBusReceiver;
  readonly invoker: Invoker;
  readonly host: HostSettings;
  readonly say: (level: LogLevel, message: string) => void;
}

/** Ends the receiving of one function; resolves when no further message comes. */
export type StopReceiving = () => Promise<void>;

/** Success completes a message; a throw abandons it at once, which raises its delivery count up to the dead letters. */
export async function settle(
  { receiver, say }: Listening,
  message: ServiceBusReceivedMessage,
  ok: boolean,
): Promise<void> {
  try {
    await (ok ? receiver.completeMessage(message) : receiver.abandonMessage(message));
  } catch (error) {
    // The lock was lost, or the bus is gone: the message comes again.
    say('warning', `a message could not be settled and comes again: ${messageOf(error)}`);
  }
}
