/** Starts the local Functions host as a process of its own, which can be killed and started again like the real one. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '../../src/errors.ts';
import { type HostLog, warningsToStderr } from './log.ts';
import type { Ask, Ready, SendableOptions, TimerOutcome, Told } from './messages.ts';
import type { TimerCall } from './timers.ts';

export type { TimerOutcome } from './messages.ts';

/** How the process is started; see `FunctionsHostOptions` for the meaning of each. */
export interface FunctionsHostProcessOptions extends SendableOptions {
  /** Default: warnings and errors to standard error. */
  readonly log?: HostLog;
}

/** The running process. */
export interface FunctionsHostProcess extends Ready {
  readonly pid: number;
  /** Resolves with the exit code, or null after a signal. */
  readonly exited: Promise<number | null>;
  /**
   * Runs a timer now, retries included; resolves when it ended. If the host ends meanwhile the outcome is not `ok`, and
   * the run may have happened in part. @throws ConfigError when there is no such timer
   */
  invokeTimer(name: string, call?: TimerCall): Promise<TimerOutcome>;
  /** Invocations under way; 0 once the host has ended. */
  running(): Promise<number>;
  /** Takes nothing new, lets what runs end for at most `drainMs` (default 10 s), then ends the process. */
  stop(options?: { readonly drainMs?: number }): Promise<{ readonly drained: boolean }>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

/**
 * Resolves when requests, messages and timers are served.
 * @throws ConfigError with everything that is wrong with the app or its settings, in words
 */
export async function startFunctionsHostProcess(options: FunctionsHostProcessOptions): Promise<FunctionsHostProcess> {
  const { log, ...sendable } = options;
  const child = fork(fileURLToPath(new URL('./main.ts', import.meta.url)), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
    // Bursts of requests leave much garbage that is young: with room for it there is less to move.
    execArgv: ['--max-semi-space-size=32'],
  });
  // Both: a process can be gone before the last thing that it said was read.
  const exited = Promise.all([once(child, 'exit'), once(child, 'disconnect')]).then(
    ([[code]]) => code as number | null,
  );
  const asking = createAsking(child, exited, log ?? warningsToStderr);
  asking.send({ ask: 'start', options: sendable, log: true });
  const ready = await asking.ready;
  return {
    ...ready,
    pid: child.pid ?? 0,
    exited,
    invokeTimer: (name, call = {}) =>
      asking.ask<TimerOutcome>((id) => ({ ask: 'invokeTimer', id, name, call }), HOST_ENDED),
    running: () => asking.ask((id) => ({ ask: 'running', id }), 0),
    stop: async ({ drainMs } = {}) => {
      const ask = (id: number): Ask => ({ ask: 'stop', id, ...(drainMs === undefined ? {} : { drainMs }) });
      const stopped = await asking.ask(ask, { drained: false });
      await exited;
      return stopped;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

const HOST_ENDED = { ok: false, error: { name: 'HostEnded', message: 'the functions host has ended' } } as const;

interface Asking {
  readonly ready: Promise<Ready>;
  send(ask: Ask): void;
  /** Resolves with the answer, or with `otherwise` when the process ends before it. */
  ask<T>(make: (id: number) => Ask, otherwise: T): Promise<T>;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

function createAsking(child: ChildProcess, exited: Promise<unknown>, log: HostLog): Asking {
  const waiting = new Map<number, Waiting>();
  let last = 0;
  const send = (ask: Ask) => {
    child.send(ask, () => {}); // a failure to send is followed by the exit
  };
  const ready = Promise.withResolvers<Ready>();
  child.on('message', (told: Told) => {
    if (told.tell === 'ready') ready.resolve(told.ready);
    else if (told.tell === 'failed') ready.reject(new ConfigError(told.problems));
    else if (told.tell === 'log') for (const entry of told.entries) log(entry);
    else {
      const { resolve, reject } = waiting.get(told.id) ?? {};
      waiting.delete(told.id);
      if (told.tell === 'answer') resolve?.(told.value);
      else reject?.(new ConfigError(told.problems));
    }
  });
  const ended = exited.then(() => ready.reject(new ConfigError(['the functions host did not start: see above'])));
  return {
    ready: ready.promise,
    send,
    ask: async <T>(make: (id: number) => Ask, otherwise: T) => {
      last += 1;
      const id = last;
      const answer = new Promise<unknown>((resolve, reject) => waiting.set(id, { resolve, reject }));
      send(make(id));
      return Promise.race([answer as Promise<T>, ended.then(() => otherwise)]);
    },
  };
}
