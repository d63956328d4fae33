/** Clients of Service Bus, one per connection setting, made on first use. */
import type { ServiceBusClient, ServiceBusSender } from '@azure/service-bus';
import { ConfigError } from '../../src/errors.ts';
import type { AppSettings } from './settings.ts';

/** The clients of one host. */
export interface BusConnections {
  /** @throws ConfigError when the connection is not set or must not be used */
  client(connection: string): Promise<ServiceBusClient>;
  sender(connection: string, entity: string): Promise<ServiceBusSender>;
  close(): Promise<void>;
}

/**
 * Against a bus on this machine the client need not wait the 30 s between tries that it waits by default, nor the minute
 * for the answer to what was in flight when the bus went away.
 */
const LOCAL_RETRY = { retryDelayInMs: 300, maxRetryDelayInMs: 2000, timeoutInMs: 5000 };
const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])$/;

/** No client is made yet. */
export function createBusConnections(settings: AppSettings): BusConnections {
  const clients = new Map<string, Promise<ServiceBusClient>>();
  const senders = new Map<string, Promise<ServiceBusSender>>();
  const client = (connection: string) => once(clients, connection, () => connect(settings, connection));
  return {
    client,
    sender: (connection, entity) =>
      once(senders, `${connection}/${entity}`, async () => (await client(connection)).createSender(entity)),
    close: async () => {
      await Promise.allSettled([...senders.values()].map(async (sender) => (await sender).close()));
      await Promise.allSettled([...clients.values()].map(async (one) => (await one).close()));
    },
  };
}

function once<T>(all: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const promise = all.get(key) ?? make();
  all.set(key, promise);
  return promise;
}

/** A setting holds a connection string, or `<name>__fullyQualifiedNamespace` a namespace for the signed-in identity. */
async function connect(settings: AppSettings, connection: string): Promise<ServiceBusClient> {
  const { ServiceBusClient } = await import('@azure/service-bus');
  const text = settings.get(`AzureWebJobs${connection}`) ?? settings.get(connection);
  if (text !== undefined && text !== '') {
    const isLocal = checkedIsLocal(connection, text);
    return new ServiceBusClient(text, isLocal ? { retryOptions: LOCAL_RETRY } : {});
  }
  const namespace = settings.get(`${connection}__fullyQualifiedNamespace`);
  if (namespace === undefined || namespace === '') {
    throw new ConfigError([
      `the Service Bus connection ${connection} is not set: neither ${connection} nor ${connection}__fullyQualifiedNamespace`,
    ]);
  }
  const { DefaultAzureCredential } = await import('@azure/identity');
  return new ServiceBusClient(namespace, new DefaultAzureCredential());
}

/** The client sends its token in clear text when told that it talks to an emulator, to whatever host it is given. */
function checkedIsLocal(connection: string, text: string): boolean {
  if (!/UseDevelopmentEmulator\s*=\s*true/i.test(text)) return false;
  const host = /Endpoint\s*=\s*sb:\/\/(\[[^\]]*\]|[^:/;]*)/i.exec(text)?.[1] ?? '';
  if (!LOOPBACK.test(host)) {
    throw new ConfigError([`${connection}: UseDevelopmentEmulator is only for a bus on this machine`]);
  }
  return true;
}
