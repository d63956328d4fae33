/**
 * Azure Functions Core Tools in the place of the local Functions host: the true host, for whoever has it installed
 * (`npm start -- --host func`). Same interface, with these differences: keys are not asked for; a timer that its retry
 * policy tries again counts as failed after the first try; if this process is killed, Core Tools live on.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError } from '../src/errors.ts';
import { createRunLog, type RunLog } from './core-tools-log.ts';
import type { AccessKeys } from './functions-host/access-keys.ts';
import { describeApp } from './functions-host/describe-app.ts';
import { type HostLog, warningsToStderr } from './functions-host/log.ts';
import type { FunctionsHostProcess, FunctionsHostProcessOptions, TimerOutcome } from './functions-host/process.ts';
import type { FunctionSummary } from './functions-host/summary.ts';

const NOT_INSTALLED =
  'Azure Functions Core Tools are not installed: there is no "func" on PATH. Install version 4 ' +
  '(https://learn.microsoft.com/azure/azure-functions/functions-run-local) or leave out --host func.';
/** The first start downloads the extension bundle. */
const START_MS = 180_000;
const DRAIN_MS = 10_000;

/** Path of `func`, the first on `path`; undefined when it is not installed. */
export function findCoreTools(path = process.env.PATH ?? ''): string | undefined {
  const names = process.platform === 'win32' ? ['func.exe', 'func.cmd'] : ['func'];
  return path
    .split(delimiter)
    .filter(Boolean)
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Starts `func` on an app. Options that only the local host knows (`timeScale`, `stateDir`, `maxBodyBytes`) do nothing.
 * @param path folders to look for it in, as PATH has them
 * @throws ConfigError when it is not installed, or does not come to serve all functions
 */
export async function startCoreTools(
  options: FunctionsHostProcessOptions,
  path?: string,
): Promise<FunctionsHostProcess> {
  const func = findCoreTools(path);
  if (func === undefined) throw new ConfigError([NOT_INSTALLED]);
  const { main, settings: given = {} } = options;
  const functions = await describeApp(options.root, { settings: given, ...(main === undefined ? {} : { main }) });
  const settings = { FUNCTIONS_WORKER_RUNTIME: 'node', ...given, ...timersOff(options, functions) };
  const port = options.port === 0 ? await freePort() : options.port;
  const child = start(func, port, resolve(options.root), settings);
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const hosting = { url: `http://127.0.0.1:${port}`, functions, runs: createRunLog(), exited };
  follow(child, hosting.runs, options.log ?? warningsToStderr);
  try {
    await untilReady(hosting);
  } catch (error) {
    signal(child, 'SIGKILL');
    throw error;
  }
  return handle(child, hosting, options.keys ?? {});
}

function handle(child: ChildProcess, hosting: Hosting, keys: Partial<AccessKeys>): FunctionsHostProcess {
  const { url, functions, runs, exited } = hosting;
  return {
    url,
    functions,
    keys: { master: keys.master ?? '', host: keys.host ?? '', functions: keys.functions ?? {} },
    pid: child.pid ?? 0,
    exited,
    running: async () => (hasEnded(child) ? 0 : runs.running()),
    invokeTimer: (name) => invokeTimer(hosting, name),
    stop: async ({ drainMs = DRAIN_MS } = {}) => {
      signal(child, 'SIGINT');
      const drained = await Promise.race([exited.then(() => true), sleep(drainMs, false, { ref: false })]);
      if (!drained) signal(child, 'SIGKILL');
      await exited;
      return { drained };
    },
    kill: async () => {
      signal(child, 'SIGKILL');
      await exited;
    },
  };
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** Timers that are run by hand must not run by the clock; the host runs disabled functions on request all the same. */
function timersOff(
  { timers }: FunctionsHostProcessOptions,
  functions: readonly FunctionSummary[],
): Record<string, string> {
  if (timers !== 'manual') return {};
  const names = functions.filter(({ trigger }) => trigger === 'timer').map(({ name }) => name);
  return Object.fromEntries(names.map((name) => [`AzureWebJobs.${name}.Disabled`, 'true']));
}

/** In a process group of its own: signals reach the host and its workers, and Ctrl-C only us. */
function start(func: string, port: number, root: string, settings: Readonly<Record<string, string>>): ChildProcess {
  const isWindows = process.platform === 'win32';
  return spawn(func, ['start', '--port', String(port)], {
    cwd: root,
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: !isWindows,
    shell: isWindows && func.endsWith('.cmd'),
  });
}

function signal(child: ChildProcess, name: 'SIGINT' | 'SIGKILL'): void {
  if (child.pid === undefined || hasEnded(child)) return;
  if (process.platform === 'win32') child.kill(name);
  else process.kill(-child.pid, name);
}

function follow({ stdout, stderr }: ChildProcess, runs: RunLog, log: HostLog): void {
  const take = (level: 'information' | 'error') => (line: string) => {
    runs.take(line);
    if (line.trim() !== '') log({ level, category: 'system', message: line });
  };
  if (stdout) createInterface({ input: stdout }).on('line', take('information'));
  if (stderr) createInterface({ input: stderr }).on('line', take('error'));
}

async function untilReady({ url, functions, exited }: Hosting): Promise<void> {
  let isGone = false;
  void exited.then(() => {
    isGone = true;
  });
  for (const began = Date.now(); Date.now() - began < START_MS; await sleep(200)) {
    if (isGone) throw new ConfigError(['Core Tools ended before they served: see their log']);
    const status = (await getJson(`${url}/admin/host/status`)) as { state?: string } | undefined;
    if (status?.state === 'Running') return checkFunctions(url, functions);
  }
  throw new ConfigError([`Core Tools did not serve within ${START_MS / 1000} s: see their log`]);
}

async function checkFunctions(url: string, functions: readonly FunctionSummary[]): Promise<void> {
  const listed = ((await getJson(`${url}/admin/functions`)) ?? []) as { name: string }[];
  const names = new Set(listed.map(({ name }) => name.toLowerCase()));
  const missing = functions.filter(({ name }) => !names.has(name.toLowerCase())).map(({ name }) => name);
  if (missing.length > 0) throw new ConfigError([`Core Tools did not load ${missing.join(', ')}: see their log`]);
}

/** Undefined while nobody answers. */
async function getJson(url: string): Promise<unknown> {
  try {
    const response = await fetch(url);
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}

interface Hosting {
  readonly url: string;
  readonly functions: readonly FunctionSummary[];
  readonly runs: RunLog;
  readonly exited: Promise<number | null>;
}

async function invokeTimer({ url, functions, runs, exited }: Hosting, name: string): Promise<TimerOutcome> {
  if (!functions.some((one) => one.name === name && one.trigger === 'timer')) {
    throw new ConfigError([`there is no timer function named "${name}"`]);
  }
  const failed = (message: string): TimerOutcome => ({ ok: false, error: { name: 'CoreTools', message } });
  const run = runs.next(name);
  const response = await fetch(`${url}/admin/functions/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"input":""}',
  }).catch(() => undefined);
  if (response?.status !== 202) {
    run.cancel();
    return failed(response ? `Core Tools answered with status ${response.status}` : 'Core Tools do not answer');
  }
  const ended = exited.then(() => undefined);
  const ok = await Promise.race([run.ok, ended]);
  if (ok === undefined) return failed('Core Tools have ended');
  return ok ? { ok } : failed('the run failed: see the log of Core Tools');
}

function freePort(): Promise<number> {
  return new Promise((done, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
