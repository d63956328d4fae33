/** The processes of a local run: tables, queues, Graph, outbox, functions. One that dies is started again where it was. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ConfigError } from '../../src/errors.ts';
import { type Azurite, startAzurite } from '../azurite.ts';
import type { HostLog } from '../functions-host/log.ts';
import type { FunctionsHostProcess, startFunctionsHostProcess } from '../functions-host/process.ts';
import { type GraphSimulatorProcess, startGraphSimulatorProcess } from '../graph-simulator/process.ts';
import { type OutboxProcess, startOutboxProcess } from '../outbox/process.ts';
import { type ServiceBusProcess, startServiceBusProcess } from '../service-bus/process.ts';
import { campaignOf, placesIn, type Workplace } from './workplace.ts';

/** How the processes are started. */
export interface PartsOptions {
  readonly dir: string;
  readonly workplace: Workplace;
  /** Folder of the app: build/app. */
  readonly root: string;
  /** More app settings. */
  readonly settings: Readonly<Record<string, string>>;
  /** Our own host, or Core Tools. */
  readonly startHost: typeof startFunctionsHostProcess;
  /** What the functions log. */
  readonly log: HostLog;
  /** Told when a process had to be started again. */
  readonly onRestart: (name: string) => void;
}

/** The running processes. Each call asks the one that runs now. */
export interface Parts {
  readonly tables: () => Azurite;
  readonly bus: () => ServiceBusProcess;
  readonly graph: () => GraphSimulatorProcess;
  readonly outbox: () => OutboxProcess;
  readonly host: () => FunctionsHostProcess;
  /** Resolves when all that run are ready: waits for one that is being started again. */
  readonly ready: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** A process that dies so often in a minute is broken, not unlucky. */
const MOST_RESTARTS = 5;
const REPORTS_CODE = 'code';
/** A step of a replay sends in a moment what takes four hours: four hours' quota of mail, for the sender and the stand-in. */
const STEP_QUOTA = 400;

/** Starts all of them, the functions last. @throws ConfigError with what keeps one from starting */
export async function startParts(options: PartsOptions): Promise<Parts> {
  const guard = createGuard(options.onRestart);
  try {
    return await startAll(options, guard);
  } catch (error) {
    await guard.stop();
    throw error;
  }
}

async function startAll(options: PartsOptions, guard: ReturnType<typeof createGuard>): Promise<Parts> {
  const { dir, workplace } = options;
  const { ports } = workplace;
  const places = placesIn(dir);
  const clockFile = workplace.time === 'replay' ? places.clock : undefined;
  const tables = await guard.keep('tables', () => startAzurite({ dir: places.tables, port: ports.tables }), close);
  const bus = await guard.keep(
    'service bus',
    () => startServiceBusProcess({ dir: places.bus, port: ports.bus }),
    close,
  );
  const graph = await guard.keep('graph', () => startGraph(options, places.graph, clockFile), close);
  const outbox = await guard.keep(
    'outbox',
    async () => {
      const started = await startOutboxProcess({
        dir: places.outbox,
        httpPort: ports.outbox,
        smtpPort: ports.smtp,
        acsKey: workplace.acsKey,
        deskSecret: workplace.deskSecret,
        ...(clockFile && { clockFile, emailsPerMinute: STEP_QUOTA, emailsPerHour: STEP_QUOTA }),
      });
      const url = `http://127.0.0.1:${ports.http}/api/delivery-reports?${REPORTS_CODE}=${workplace.functionKey}`;
      await started.reportTo(url);
      return started;
    },
    close,
  );
  const host = await guard.keep(
    'functions',
    () =>
      options.startHost({
        root: options.root,
        log: options.log,
        port: ports.http,
        settings: appSettings(options, { tables: tables(), bus: bus(), graph: graph(), outbox: outbox() }, clockFile),
        keys: { host: workplace.functionKey, master: workplace.localKey },
        timers: workplace.time === 'replay' ? 'manual' : 'clock',
        stateDir: places.host,
      }),
    async (one) => void (await one.stop()),
  );
  return { tables, bus, graph, outbox, host, ready: guard.ready, stop: guard.stop };
}

function startGraph({ workplace }: PartsOptions, dir: string, clockFile: string | undefined) {
  const campaign = campaignOf(workplace);
  return startGraphSimulatorProcess({ dir, port: workplace.ports.graph, campaign, ...(clockFile && { clockFile }) });
}

interface Started {
  readonly tables: Azurite;
  readonly bus: ServiceBusProcess;
  readonly graph: GraphSimulatorProcess;
  readonly outbox: OutboxProcess;
}

/** Settings of the functions: everything on this machine, nobody outside is told anything. */
function appSettings(
  { workplace, settings, dir }: PartsOptions,
  { tables, bus, graph, outbox }: Started,
  clockFile: string | undefined,
): Record<string, string> {
  return {
    FUNCTIONS_WORKER_RUNTIME: 'node',
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
    ServiceBus: bus.connectionString,
    POSTERN_TABLES_CONNECTION: tables.connectionString,
    POSTERN_GRAPH_URL: graph.baseUrl,
    POSTERN_TOKEN_URL: graph.tokenUrl,
    POSTERN_NOTIFICATION_URL: `http://127.0.0.1:${workplace.ports.http}/api/graph-notifications`,
    POSTERN_MODE: 'live',
    POSTERN_ORGANIZATION: 'Daily Herald',
    POSTERN_DESK_PHONE: '+15550100',
    POSTERN_DESK_EMAIL: 'desk@herald.example.org',
    POSTERN_DESK_WEBHOOK_URL: outbox.deskUrl,
    POSTERN_DESK_WEBHOOK_SECRET: workplace.deskSecret,
    POSTERN_DESK_ACTIONS: 'on',
    POSTERN_ANSWER_ADDRESS: `127.0.0.1:${workplace.ports.http}/api/answers`,
    POSTERN_HASH_KEY: workplace.hashKey,
    POSTERN_CARD_KEY: workplace.cardKey,
    POSTERN_LOCAL_KEY: workplace.localKey,
    POSTERN_ACS_CONNECTION: outbox.acsConnection,
    POSTERN_ACS_EMAIL_SENDER: 'notice@post.herald.example.org',
    POSTERN_ACS_SMS_SENDER: '+15550199',
    POSTERN_SMTP_URL: outbox.smtpUrl,
    POSTERN_SMTP_SENDER: 'notice@relay.herald.example.org',
    POSTERN_DRAFT_LANGUAGES: 'fa,ar,he,ru,uk,zh,es,fr',
    POSTERN_POLL_SCHEDULE: '0 * * * * *',
    ...(clockFile && {
      POSTERN_CLOCK_FILE: join(dir, 'clock'),
      POSTERN_EMAIL_PER_MINUTE: String(STEP_QUOTA),
      POSTERN_EMAIL_PER_HOUR: String(STEP_QUOTA),
    }),
    ...settings,
  };
}

function close(one: { readonly close: () => Promise<void> }): Promise<void> {
  return one.close();
}

function createGuard(onRestart: (name: string) => void) {
  const stops: (() => Promise<void>)[] = [];
  const pending = new Set<Promise<unknown>>();
  let isStopping = false;
  let broken: Error | undefined;

  async function keep<T extends { readonly exited: Promise<unknown> }>(
    name: string,
    start: () => Promise<T>,
    stop: (one: T) => Promise<void>,
  ): Promise<() => T> {
    let current = await start();
    const restarts: number[] = [];
    const guard = (one: T): void => {
      void one.exited.then(() => {
        if (isStopping) return;
        onRestart(name);
        const again = restart();
        pending.add(again);
        void again.finally(() => pending.delete(again));
      });
    };
    const restart = async (): Promise<void> => {
      const now = performance.now();
      restarts.push(now);
      if (restarts.filter((at) => at > now - 60_000).length > MOST_RESTARTS) {
        broken = new ConfigError([`${name}: ends again and again; see what it says above`]);
        return;
      }
      try {
        current = await start();
        guard(current);
      } catch (error) {
        broken = error instanceof Error ? error : new Error(String(error));
      }
    };
    guard(current);
    stops.unshift(() => stop(current));
    return () => current;
  }

  return {
    keep,
    async ready(): Promise<void> {
      // An exit is noticed a moment after it happens.
      await delay(20);
      while (pending.size > 0) await Promise.all(pending);
      if (broken) throw broken;
    },
    async stop(): Promise<void> {
      isStopping = true;
      await Promise.all(pending);
      for (const stop of stops) await stop().catch(() => undefined);
    },
  };
}
