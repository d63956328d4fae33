/** Starts the Graph simulator as a process of its own, which then survives a crash of what it is used by. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '../../src/errors.ts';
import type { CampaignOptions } from '../campaign.ts';
import { type ControlClient, createControlClient } from './control-client.ts';
import type { ReadyLine } from './main.ts';

/** How the process is started. */
export interface GraphSimulatorProcessOptions {
  /** Folder of the data, made when missing. The same folder goes on where a former process was. */
  readonly dir: string;
  /** 0 = any free port. Give the same one again after a crash: next links and settings of clients hold it. */
  readonly port: number;
  /** File with the time, epoch ms as digits; without it the clock is the machine's. */
  readonly clockFile?: string;
  /** Campaign to play; undefined = an empty tenant. */
  readonly campaign?: CampaignOptions;
}

/** The running process. */
export interface GraphSimulatorProcess {
  readonly baseUrl: string;
  readonly port: number;
  readonly tokenUrl: string;
  /** `IDENTITY_ENDPOINT` and `IDENTITY_HEADER` of a managed identity. */
  readonly identity: { readonly endpoint: string; readonly header: string };
  /** Group of everybody in the campaign. */
  readonly groupId?: string;
  readonly control: ControlClient;
  readonly pid: number;
  /** Resolves with the exit code, or null after a signal. */
  readonly exited: Promise<number | null>;
  /** Ends it in order, or with the given signal; resolves when it is gone. */
  readonly close: (signal?: 'SIGTERM' | 'SIGKILL') => Promise<void>;
}

/**
 * Resolves when requests are answered.
 * @throws ConfigError when it ends before that; it has then said why on standard error
 */
export async function startGraphSimulatorProcess(
  options: GraphSimulatorProcessOptions,
): Promise<GraphSimulatorProcess> {
  const { dir, port, clockFile, campaign } = options;
  const flags = [
    ...(clockFile === undefined ? [] : ['--clock-file', clockFile]),
    ...(campaign === undefined ? [] : ['--campaign', JSON.stringify(campaign)]),
  ];
  const child = fork(fileURLToPath(new URL('./main.ts', import.meta.url)), [dir, String(port), ...flags], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    // The campaign makes much garbage of a day's age: collect it before the heap has grown to several times what lives.
    execArgv: ['--max-semi-space-size=16', '--heap-growing-percent=40'],
  });
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const ready = await Promise.race([readyLine(child), exited.then(() => undefined)]);
  if (!ready) throw new ConfigError(['the Graph simulator did not start: see above']);
  const { ready: _, ...addresses } = ready;
  return {
    ...addresses,
    control: createControlClient(ready.baseUrl),
    pid: child.pid ?? 0,
    exited,
    close: async (signal = 'SIGTERM') => {
      child.kill(signal);
      await exited;
    },
  };
}

async function readyLine(child: ChildProcess): Promise<ReadyLine | undefined> {
  let text = '';
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    if (text.includes('\n')) return JSON.parse(text) as ReadyLine;
  }
  return undefined;
}
