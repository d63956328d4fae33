/** What functions put into `serviceBus` output bindings, or return into one. */
import { ConfigError } from '../../src/errors.ts';
import type { BusConnections } from './bus-connections.ts';
import { toMessages } from './bus-messages.ts';
import type { Binding, TypedData } from './core.ts';
import type { WriteOutputs } from './invoker.ts';
import type { AppSettings } from './settings.ts';
import type { HostedFunction } from './triggers.ts';

const RETURN = '$return';

/** Sends all outputs of an invocation; rejects if one cannot be sent. */
export function createBusOutputs(settings: AppSettings, connections: BusConnections): WriteOutputs {
  return async (one, response) => {
    const returned = response.returnValue ? [{ name: RETURN, data: response.returnValue }] : [];
    for (const { name, data } of [...(response.outputData ?? []), ...returned]) {
      const binding = one.metadata.bindings[name];
      if (binding && isBusOutput(binding)) await send(settings, connections, one, binding, data);
    }
  };
}

/** Resolves what outputs name, so that an unset setting shows at the start. @throws ConfigError */
export function checkBusOutputs(settings: AppSettings, functions: readonly HostedFunction[]): void {
  const problems = functions.flatMap((one) =>
    Object.values(one.metadata.bindings).flatMap((binding) => {
      try {
        if (isBusOutput(binding)) target(settings, one, binding);
        return [];
      } catch (error) {
        if (error instanceof ConfigError) return error.problems;
        throw error;
      }
    }),
  );
  if (problems.length > 0) throw new ConfigError(problems);
}

function isBusOutput(binding: Binding): boolean {
  return binding.direction === 'out' && binding.type.toLowerCase() === 'servicebus';
}

function target(settings: AppSettings, one: HostedFunction, binding: Binding): { connection: string; entity: string } {
  const where = `function ${one.name}`;
  const text = (option: string) => settings.expand(String(binding[option] ?? ''), where);
  const entity = text('queueName') || text('topicName');
  if (entity === '') throw new ConfigError([`${where}: an output names neither queueName nor topicName`]);
  return { connection: text('connection') || 'AzureWebJobsServiceBus', entity };
}

async function send(
  settings: AppSettings,
  connections: BusConnections,
  one: HostedFunction,
  binding: Binding,
  data: TypedData,
): Promise<void> {
  const { connection, entity } = target(settings, one, binding);
  const sender = await connections.sender(connection, entity);
  for (const message of toMessages(data)) await sender.sendMessages(message);
}
