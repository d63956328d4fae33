/** Starts a small Functions host in this process: it runs unmodified apps of @azure/functions 4. */
import { resolve } from 'node:path';
import { ConfigError } from '../../src/errors.ts';
import { type AccessKeys, createAccessKeys } from './access-keys.ts';
import { createAdmin } from './admin.ts';
import { type BusConnections, createBusConnections } from './bus-connections.ts';
import { createBusOutputs } from './bus-outputs.ts';
import { type BusTriggers, listenToBus } from './bus-triggers.ts';
import { createClock } from './clock.ts';
import { type HostSettings, readHostSettings, readLocalValues } from './host-files.ts';
import { createHttpServer, type HttpServer, LOOPBACK } from './http-server.ts';
import { createInvoker, type Invoker, type Outcome } from './invoker.ts';
import { loadFunctions } from './load-functions.ts';
import { type HostLog, messageOf, warningsToStderr } from './log.ts';
import { createRegistry, type Registry, systemLine } from './registry.ts';
import { openScheduleStore } from './schedule-store.ts';
import { type AppSettings, applySettings, DEFAULT_SETTINGS } from './settings.ts';
import { type FunctionSummary, summarize } from './summary.ts';
import { createTimers, type TimerCall, type Timers } from './timers.ts';
import { type HostedFunction, ofKind } from './triggers.ts';

/** How the host is started. */
export interface FunctionsHostOptions {
  /** The app's folder: host.json, package.json, local.settings.json. */
  readonly root: string;
  /** 0 = any free port. */
  readonly port: number;
  /** App settings; they win over the environment, which wins over local.settings.json. Undone when the host stops. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Glob of entry files below `root`. Default: package.json `main`, then `functions/*.ts`. */
  readonly main?: string;
  /** Default: warnings and errors to standard error. */
  readonly log?: HostLog;
  /** Fixed access keys; missing ones are made. */
  readonly keys?: Partial<AccessKeys>;
  /** `manual`: timers run only by `invokeTimer`. Default `clock`. */
  readonly timers?: 'clock' | 'manual';
  /** Milliseconds of the timers' clock per real one, also for waits between retries. Default 1. */
  readonly timeScale?: number;
  /** The timers' clock, epoch milliseconds. Default: the wall clock, at `timeScale` from the start on. */
  readonly now?: () => number;
  /** Folder that remembers timer runs over restarts; default: memory only. */
  readonly stateDir?: string;
  /** Longest request body in bytes. Default FUNCTIONS_REQUEST_BODY_SIZE_LIMIT, then 100 MiB, as in Azure. */
  readonly maxBodyBytes?: number;
}

/** The running host. */
export interface FunctionsHost {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly functions: readonly FunctionSummary[];
  readonly keys: AccessKeys;
  /** Runs a timer now, retries included; resolves when it ended. @throws ConfigError when there is no such timer */
  invokeTimer(name: string, call?: TimerCall): Promise<Outcome>;
  /** Invocations under way. */
  running(): number;
  /**
   * Takes nothing new, lets what runs end for at most `drainMs` (default 10 s), then closes everything.
   * Resolves with whether all of it ended in time.
   */
  stop(options?: { readonly drainMs?: number }): Promise<{ readonly drained: boolean }>;
}

const DRAIN_MS = 10_000;
const CLOSE_MS = 3000;
const BODY_BYTES = 100 * 2 ** 20;
const BODY_SETTING = 'FUNCTIONS_REQUEST_BODY_SIZE_LIMIT';

/**
 * Loads the app and listens. Resolves when requests, messages and timers are served.
 * @throws ConfigError with everything that is wrong with the app or its settings, in words
 */
export async function startFunctionsHost(options: FunctionsHostOptions): Promise<FunctionsHost> {
  const root = resolve(options.root);
  const host = readHostSettings(root);
  const settings = applySettings(
    process.env,
    { ...DEFAULT_SETTINGS, ...readLocalValues(root) },
    options.settings ?? {},
  );
  const registry = createRegistry(options.log ?? warningsToStderr);
  const connections = createBusConnections(settings);
  try {
    const parts = await assemble({ ...options, root }, { host, settings, registry, connections });
    return await open(options, parts);
  } catch (error) {
    await connections.close();
    settings.restore();
    throw error;
  }
}

interface Ground {
  readonly host: HostSettings;
  readonly settings: AppSettings;
  readonly registry: Registry;
  readonly connections: BusConnections;
}

interface Parts extends Ground {
  readonly functions: readonly HostedFunction[];
  readonly keys: AccessKeys;
  readonly invoker: Invoker;
  readonly timers: Timers;
  readonly server: HttpServer;
}

async function assemble(options: FunctionsHostOptions, ground: Ground): Promise<Parts> {
  const { settings, registry, connections } = ground;
  const { model, functions } = await loadFunctions(options, ground);
  const capabilities = (await model.getCapabilities?.({ ...WORKER_CAPABILITIES })) ?? {};
  if (capabilities.HttpUri) throw new ConfigError(['enableHttpStream: this host does not run it, use Core Tools']);
  const keys = createAccessKeys(options.keys);
  const invoker = createInvoker(registry, model, createBusOutputs(settings, connections));
  const timers = createTimers({
    functions: ofKind(functions, 'timer'),
    invoker,
    clock: createClock(options.timeScale ?? 1, options.now),
    store: openScheduleStore(options.stateDir),
    registry,
  });
  const maxBodyBytes = options.maxBodyBytes ?? Number(settings.get(BODY_SETTING) ?? BODY_BYTES);
  const run = (one: HostedFunction, input: string | undefined) => void runByHand(one, input, invoker, timers);
  const admin = createAdmin({ functions, keys, maxBodyBytes, run });
  const server = createHttpServer({
    functions: ofKind(functions, 'http'),
    keys,
    invoker,
    registry,
    maxBodyBytes,
    admin,
  });
  return { ...ground, functions, keys, invoker, timers, server };
}

/** What the worker tells the library that it can do. */
const WORKER_CAPABILITIES = {
  RawHttpBodyBytes: 'true',
  RpcHttpBodyOnly: 'true',
  UseNullableValueDictionaryForHttp: 'true',
  TypedDataCollection: 'true',
};

function runByHand(one: HostedFunction, input: string | undefined, invoker: Invoker, timers: Timers): Promise<Outcome> {
  const [timer] = ofKind([one], 'timer');
  return timer ? timers.invoke(timer, {}) : invoker.invoke(one, { data: { string: input ?? '' } });
}

async function open(options: FunctionsHostOptions, parts: Parts): Promise<FunctionsHost> {
  const { functions, keys, invoker, timers, server, registry, settings } = parts;
  await registry.runHooks('appStart', hookContext(registry, options.root));
  const port = await server.listen(options.port);
  settings.set('WEBSITE_HOSTNAME', `${LOOPBACK}:${port}`);
  const bus = await listenToBus({ ...parts, functions: ofKind(functions, 'serviceBus') }).catch(
    async (error: unknown) => {
      await server.close();
      throw error;
    },
  );
  if (options.timers !== 'manual') timers.start();
  const url = `http://${LOOPBACK}:${port}`;
  registry.log(systemLine('information', `serving ${functions.length} functions at ${url}`));
  let stopped: Promise<{ drained: boolean }> | undefined;
  return {
    url,
    keys,
    functions: functions.map(summarize),
    running: invoker.running,
    invokeTimer: async (name, call = {}) => timers.invoke(timerNamed(functions, name), call),
    stop: ({ drainMs = DRAIN_MS } = {}) => {
      stopped ??= stop(options, parts, bus, drainMs);
      return stopped;
    },
  };
}

function hookContext(registry: Registry, root: string): object {
  return { functionAppDirectory: root, hookData: {}, appHookData: registry.appHookData };
}

function timerNamed(functions: readonly HostedFunction[], name: string) {
  const found = ofKind(functions, 'timer').find((one) => one.name === name);
  if (!found) throw new ConfigError([`there is no timer function named "${name}"`]);
  return found;
}

async function stop(options: FunctionsHostOptions, parts: Parts, bus: BusTriggers, drainMs: number) {
  const { timers, server, invoker, registry, connections, settings } = parts;
  timers.stop();
  server.stopAccepting();
  await Promise.race([bus.stopReceiving(), later(drainMs)]);
  const drained = await invoker.idle(drainMs);
  if (!drained) registry.log(systemLine('warning', `stopped while ${invoker.running()} invocations were under way`));
  await registry.runHooks('appTerminate', hookContext(registry, options.root)).catch((error: unknown) => {
    registry.log(systemLine('error', `an appTerminate hook failed: ${messageOf(error)}`));
  });
  // Without a bus the SDK's close() waits for it to come back.
  await Promise.race([bus.close().then(connections.close), later(CLOSE_MS)]);
  await server.close();
  settings.restore();
  return { drained };
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
