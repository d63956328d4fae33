/** Starts the local service bus as a process of its own, which then survives a crash of the functions host. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '../../src/errors.ts';
import { QUEUES, type QueueDefinition } from './queues.ts';
import { connectionStringOf, keyOf, type ServiceBusStats } from './start.ts';

/** How the process is started; see `ServiceBusOptions` for the meaning of each. */
export interface ServiceBusProcessOptions {
  readonly dir: string;
  /** 0 = any free port. Give the same one again after a crash: clients reconnect to it by themselves. */
  readonly port: number;
  /** Default: the queues of the product. */
  readonly queues?: readonly QueueDefinition[];
  readonly releaseLocks?: boolean;
}

/** The running process. */
export interface ServiceBusProcess {
  readonly connectionString: string;
  readonly port: number;
  readonly pid: number;
  stats(): Promise<ServiceBusStats>;
  /** Resolves with the exit code, or null after a signal. */
  readonly exited: Promise<number | null>;
  /** Ends it in order, or with the given signal; resolves when it is gone. */
  close(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/**
 * Resolves when clients can connect.
 * @throws ConfigError when it ends before that; it has then said why on standard error
 */
export async function startServiceBusProcess(options: ServiceBusProcessOptions): Promise<ServiceBusProcess> {
  const { dir, port, queues = QUEUES, releaseLocks = false } = options;
  const flags = ['--queues-from-parent', ...(releaseLocks ? ['--release-locks'] : [])];
  const child = fork(fileURLToPath(new URL('./main.ts', import.meta.url)), [dir, String(port), ...flags], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    serialization: 'advanced', // definitions hold Infinity, which JSON does not know
    execArgv: [],
  });
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  child.send({ queues });
  const ready = await Promise.race([readyLine(child), exited.then(() => undefined)]);
  if (!ready) throw new ConfigError(['the local service bus did not start: see above']);
  return {
    connectionString: connectionStringOf(ready.port, keyOf(dir)),
    port: ready.port,
    pid: child.pid ?? 0,
    exited,
    stats: () => askForStats(child),
    close: async (signal = 'SIGTERM') => {
      child.kill(signal);
      await exited;
    },
  };
}

async function readyLine(child: ChildProcess): Promise<{ port: number } | undefined> {
  let text = '';
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    if (text.includes('\n')) return JSON.parse(text) as { port: number };
  }
  return undefined;
}

async function askForStats(child: ChildProcess): Promise<ServiceBusStats> {
  const answer = once(child, 'message');
  child.send({ ask: 'stats' });
  const [{ stats }] = (await answer) as [{ stats: ServiceBusStats }];
  return stats;
}
