import { fileURLToPath } from 'node:url';
import { delay } from '@azure/service-bus';
import type { HostLogEntry } from '../../../local/functions-host/log.ts';
import {
  type FunctionsHost,
  type FunctionsHostOptions,
  startFunctionsHost,
} from '../../../local/functions-host/start.ts';

/** The demo app. */
export const FIXTURE = fileURLToPath(new URL('../../fixtures/functions-app', import.meta.url));

/** Settings without which the demo app does not start. */
export const SETTINGS = { TICK_SCHEDULE: '0 0 0 1 1 *', JOBS_QUEUE: 'jobs' };

/** Switches off what listens to queues, where no bus is running. */
export const NO_BUS = Object.fromEntries(
  ['work', 'bury', 'batch', 'hooked'].map((name) => [`AzureWebJobs.${name}.Disabled`, 'true']),
);

/** A host of the demo app, and what it logged. */
export interface Fixture extends FunctionsHost {
  readonly entries: HostLogEntry[];
  /** Messages of the functions' own log calls that start with `prefix`, without it. */
  said(prefix: string): string[];
}

/** Starts the demo app in this process. Timers run by hand unless told otherwise. */
export async function startFixture(options: Partial<FunctionsHostOptions> = {}): Promise<Fixture> {
  const entries: HostLogEntry[] = [];
  const host = await startFunctionsHost({
    root: FIXTURE,
    port: 0,
    timers: 'manual',
    log: (entry) => entries.push(entry),
    ...options,
    settings: { ...SETTINGS, ...options.settings },
  });
  return { ...host, entries, said: (prefix) => saidIn(entries, prefix) };
}

/** Messages of functions' own log calls that start with `prefix`, without it. */
export function saidIn(entries: readonly HostLogEntry[], prefix: string): string[] {
  return entries
    .filter(({ category, message }) => category === 'user' && message.startsWith(`${prefix} `))
    .map(({ message }) => message.slice(prefix.length + 1));
}

/** Waits until `done`, for at most 15 s. */
export async function until(done: () => boolean, what: string): Promise<void> {
  for (const start = Date.now(); !done(); await delay(20)) {
    if (Date.now() - start > 15_000) throw new Error(`waited 15 s for: ${what}`);
  }
}
