/** Starts the outbox as a process of its own; what it took outlives it. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '../../src/errors.ts';
import type { Letter } from './letters.ts';
import type { OutboxSettings } from './main.ts';

/** The running process. */
export interface OutboxProcess {
  readonly url: string;
  readonly smtpUrl: string;
  readonly acsConnection: string;
  readonly deskUrl: string;
  readonly pid: number;
  readonly exited: Promise<number | null>;
  /** Those after the first `from` (default 0), oldest first. */
  readonly letters: (from?: number) => Promise<readonly Letter[]>;
  readonly reportTo: (url: string) => Promise<void>;
  readonly close: (signal?: 'SIGTERM' | 'SIGKILL') => Promise<void>;
}

/** Resolves when mail, SMS and posts are taken. @throws ConfigError when it ends before that */
export async function startOutboxProcess(settings: OutboxSettings): Promise<OutboxProcess> {
  const child: ChildProcess = fork(fileURLToPath(new URL('./main.ts', import.meta.url)), [], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: [],
  });
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  child.send(settings);
  const ready = await Promise.race([once(child, 'message'), exited]);
  if (!Array.isArray(ready)) throw new ConfigError(['the local outbox did not start: see above']);
  const [addresses] = ready as [Pick<OutboxProcess, 'url' | 'smtpUrl' | 'acsConnection' | 'deskUrl'>];
  return {
    ...addresses,
    pid: child.pid ?? 0,
    exited,
    letters: async (from = 0) => (await (await fetch(`${addresses.url}/letters?from=${from}`)).json()) as Letter[],
    reportTo: async (url) => {
      await fetch(`${addresses.url}/control`, { method: 'POST', body: JSON.stringify({ reportTo: url }) });
    },
    close: async (signal = 'SIGTERM') => {
      child.kill(signal);
      await exited;
    },
  };
}
