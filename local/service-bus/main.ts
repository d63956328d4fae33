/**
 * The local service bus as a process of its own: `node local/service-bus/main.ts <folder> [port] [--release-locks]`.
 * Prints one line when clients can connect, `{"ready":"service-bus","port":…}`; the key is in `<folder>/key`.
 * Ends on SIGTERM, on SIGINT from a terminal, or when a parent that forked it goes away. With an IPC channel it answers
 * the message `{"ask":"stats"}` with `{"stats":…}`, and takes its queues from the first message `{"queues":[…]}` if told
 * `--queues-from-parent`.
 */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { ConfigError } from '../../src/errors.ts';
import { QUEUES, type QueueDefinition } from './queues.ts';
import { startServiceBus } from './start.ts';

async function queuesFromParent(): Promise<readonly QueueDefinition[]> {
  const [message] = (await once(process, 'message')) as [{ queues: readonly QueueDefinition[] }];
  return message.queues;
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { 'release-locks': { type: 'boolean' }, 'queues-from-parent': { type: 'boolean' } },
  });
  const [dir, port = '0'] = positionals;
  if (dir === undefined) throw new ConfigError(['say in which folder to keep the queues']);
  const queues = values['queues-from-parent'] ? await queuesFromParent() : QUEUES;
  const bus = await startServiceBus({
    dir,
    port: Number(port),
    queues,
    releaseLocks: values['release-locks'] ?? false,
    onFault: (error) => {
      console.error(`service-bus: the disk failed: ${error instanceof Error ? error.message : 'unknown'}`);
      process.exit(1);
    },
  });
  const stop = () => void bus.close().then(() => process.exit(0));
  for (const signal of ['SIGTERM', 'disconnect'] as const) process.on(signal, stop);
  // The terminal's Ctrl-C reaches everybody; a parent that forked us first ends those who still need the queues.
  process.on('SIGINT', () => {
    if (!process.send) stop();
  });
  process.on('message', (message: { ask?: string }) => {
    if (message.ask === 'stats') process.send?.({ stats: bus.stats() });
  });
  console.log(JSON.stringify({ ready: 'service-bus', port: bus.port }));
}

main().catch((error: unknown) => {
  console.error(error instanceof ConfigError ? `service-bus: ${error.message}` : error);
  process.exit(1);
});
