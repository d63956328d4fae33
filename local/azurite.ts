/** Azurite, Microsoft's storage emulator from npm, as a process of its own: the tables of a laptop and of tests. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '../src/errors.ts';

/** The account and key that every storage emulator has (learn, "Use the Azurite emulator"): no secret. */
const ACCOUNT = 'devstoreaccount1';
const KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';
const HOST = '127.0.0.1';

/** How Azurite is started. */
export interface AzuriteOptions {
  /** Folder to keep the data in: what was acknowledged survives SIGKILL. Left out, they live as long as the process. */
  readonly dir?: string;
  /** Port of the tables; 0 or left out = any free one. Give the same again after a restart. */
  readonly port?: number;
}

/** The running emulator. */
export interface Azurite {
  /** For `createTableRows` and POSTERN_TABLES_CONNECTION. */
  readonly connectionString: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves with the exit code, or null after a signal. */
  readonly exited: Promise<number | null>;
  /** Ends it in order (it then saves), or with the given signal; resolves when it is gone. */
  readonly close: (signal?: 'SIGKILL') => Promise<void>;
}

/**
 * Starts the tables of Azurite; resolves when clients can connect.
 * @throws ConfigError when it ends before that, as when the port is taken
 */
export async function startAzurite(options: AzuriteOptions = {}): Promise<Azurite> {
  const port = options.port || (await freePort());
  const main = fileURLToPath(new URL('./azurite-main.ts', import.meta.url));
  if (options.dir !== undefined) mkdirSync(options.dir, { recursive: true, mode: 0o700 });
  const child = fork(main, [String(port), ...(options.dir === undefined ? [] : [options.dir])], {
    stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
    execArgv: [],
  });
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const started = await Promise.race([said(child, 'ready'), exited.then(() => false)]);
  if (!started)
    throw new ConfigError([`Azurite did not start on port ${port}. Is the port taken, or the folder in use?`]);
  return {
    connectionString: connectionStringOf(port),
    port,
    pid: child.pid ?? 0,
    exited,
    close: async (signal) => {
      if (signal) child.kill(signal);
      else if (child.connected) child.send('shutdown');
      await exited;
    },
  };
}

/** The connection string of an Azurite on this machine. */
export function connectionStringOf(port: number): string {
  const endpoint = `TableEndpoint=http://${HOST}:${port}/${ACCOUNT}`;
  return `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${KEY};${endpoint};`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, HOST);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

function said(child: ChildProcess, words: string): Promise<boolean> {
  let text = '';
  return new Promise((resolve) => {
    child.stdout?.on('data', (chunk) => {
      if (text.includes(words)) return;
      text += String(chunk);
      if (text.includes(words)) resolve(true);
    });
  });
}
