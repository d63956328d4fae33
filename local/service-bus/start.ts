/** Starts the local service bus in this process. */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../../src/errors.ts';
import { type AmqpServer, createAmqpServer, LOOPBACK } from './amqp-server.ts';
import { type Bus, createBus, type QueueStats } from './bus.ts';
import { problemsOfQueues, type QueueDefinition } from './queues.ts';
import { openStore } from './store.ts';

/** The name of the one access key. */
export const KEY_NAME = 'postern';

/** How the bus is started. */
export interface ServiceBusOptions {
  /** Folder of the database and the key, made when missing; undefined keeps everything in memory. */
  readonly dir?: string | undefined;
  /** 0 = any free port. */
  readonly port: number;
  readonly queues: readonly QueueDefinition[];
  /** Shared access key; undefined = the one in `dir`, made when missing. */
  readonly key?: string | undefined;
  /** End all locks at the start: only right when no receiver can have survived. Default false, as in Azure. */
  readonly releaseLocks?: boolean;
  /** Clock of locks, schedules and windows, epoch milliseconds. Default `Date.now`. */
  readonly now?: () => number;
  /** The disk failed: the bus has closed itself, nothing after the last commit was acknowledged. Default: throw. */
  readonly onFault?: (error: unknown) => void;
}

/** The running bus. */
export interface ServiceBus {
  /** For `new ServiceBusClient(…)`. Holds the key. */
  readonly connectionString: string;
  readonly port: number;
  stats(): ServiceBusStats;
  /** Breaks all connections, as a network failure would; clients come back by themselves. */
  disconnectAll(): void;
  /** Closing again does nothing more. */
  close(): Promise<void>;
}

/** Counters for health pages and tests. */
export interface ServiceBusStats {
  readonly connections: number;
  readonly queues: Readonly<Record<string, QueueStats>>;
}

/** The connection string for a bus on this machine. */
export function connectionStringOf(port: number, key: string): string {
  const endpoint = `Endpoint=sb://${LOOPBACK}:${port}`;
  return `${endpoint};SharedAccessKeyName=${KEY_NAME};SharedAccessKey=${key};UseDevelopmentEmulator=true`;
}

/** The key kept in a folder, made when missing; readable by its owner only. */
export function keyOf(dir: string): string {
  const file = join(dir, 'key');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(file, randomBytes(32).toString('base64'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    chmodSync(file, 0o600);
  }
  return readFileSync(file, 'utf8').trim();
}

/**
 * Starts the bus on 127.0.0.1 and what was kept in `dir`. Resolves when clients can connect.
 * @throws ConfigError wrong definitions, port taken, folder in use by another process
 */
export async function startServiceBus(options: ServiceBusOptions): Promise<ServiceBus> {
  const problems = problemsOfQueues(options.queues);
  if (problems.length > 0) throw new ConfigError(problems);
  const key = options.key ?? (options.dir === undefined ? randomBytes(32).toString('base64') : keyOf(options.dir));
  const bus = openBus(options, () => void server.close());
  const server = createAmqpServer(bus, { name: KEY_NAME, key });
  try {
    const port = await server.listen(options.port);
    return handle(bus, server, port, connectionStringOf(port, key));
  } catch (error) {
    bus.close();
    throw error;
  }
}

function openBus(options: ServiceBusOptions, stop: () => void): Bus {
  if (options.dir !== undefined) mkdirSync(options.dir, { recursive: true, mode: 0o700 });
  return createBus({
    queues: options.queues,
    store: openStore(options.dir === undefined ? ':memory:' : join(options.dir, 'service-bus.db')),
    now: options.now ?? Date.now,
    releaseLocks: options.releaseLocks ?? false,
    onFault: (error) => {
      stop();
      (options.onFault ?? rethrow)(error);
    },
  });
}

function handle(bus: Bus, server: AmqpServer, port: number, connectionString: string): ServiceBus {
  let closed: Promise<void> | undefined;
  return {
    connectionString,
    port,
    stats: () => ({ connections: server.connections(), queues: bus.stats() }),
    disconnectAll: server.disconnectAll,
    close: () => {
      closed ??= server.close().then(() => bus.close());
      return closed;
    },
  };
}

function rethrow(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}
