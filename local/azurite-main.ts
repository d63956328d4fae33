/** The process that `startAzurite` starts: `azurite-main.ts <port> [<dir>]`. Says `ready` when clients can connect. */
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepJournal, type TableStore } from './azurite-journal.ts';
import { type QueriedStore, useRanges } from './azurite-ranges.ts';

/** What is used of Azurite's server of tables. */
interface TableServer {
  readonly metadataStore: TableStore & QueriedStore;
  start(): Promise<void>;
  close(): Promise<void>;
}

const [port = '', dir] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const { default: Configuration } = require('azurite/dist/src/table/TableConfiguration.js') as {
  default: new (...args: readonly unknown[]) => object;
};
const { default: Server } = require('azurite/dist/src/table/TableServer.js') as {
  default: new (configuration: object) => TableServer;
};

const KEEP_ALIVE_SECONDS = 60;
const off = { debugLog: false, accessLog: false, loose: false, disableProductStyleUrl: false } as const;
const configuration = new Configuration(
  '127.0.0.1',
  Number(port),
  KEEP_ALIVE_SECONDS,
  join(tmpdir(), 'postern-azurite-keeps-nothing-here'),
  off.debugLog,
  off.accessLog,
  undefined,
  undefined,
  off.loose,
  true, // Azurite knows fewer versions of the API than clients do.
  '',
  '',
  '',
  undefined,
  off.disableProductStyleUrl,
  true, // In memory: the journal keeps it.
);
const server = new Server(configuration);
if (dir !== undefined) keepJournal(server.metadataStore, dir);
useRanges(server.metadataStore);

async function stop(): Promise<void> {
  await server.close();
  process.exit(0);
}
// The terminal's Ctrl-C does not end it: whoever started it decides in which order to end. But it ends with its parent.
process.on('SIGINT', () => undefined);
process.once('SIGTERM', () => void stop());
process.once('disconnect', () => void stop());
process.on('message', (message) => message === 'shutdown' && void stop());
await server.start();
process.stdout.write('ready\n');
