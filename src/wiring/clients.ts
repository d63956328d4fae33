/** From settings to clients: each is made when it is first asked for, and its SDK is loaded only then. */
import { randomBytes } from 'node:crypto';
import type { TokenCredential } from '@azure/identity';
import type { Watch } from '../assemble-watch.ts';
import { createFileClock, systemClock } from '../azure/clock.ts';
import type { ClosableQueues } from '../azure/queues.ts';
import { withRecentPartitions } from '../azure/recent-partitions.ts';
import { withRecentRows } from '../azure/recent-rows.ts';
import { type ReadSettings, readSettings, requireSettings } from '../config.ts';
import { ConfigError } from '../errors.ts';
import { createLog } from '../log.ts';
import type { Transport } from '../notify/channels/channel.ts';
import type { Clock, Graph, Log, QueueInspector, Rows } from '../ports.ts';
import { keyedHash } from '../sources/keyed-hash.ts';

/** An environment: app settings, and what App Service adds. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Clients over one environment. Those that are functions are made on first use; a failure is tried again. */
export interface Clients extends ReadSettings {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly log: Log;
  /** Names this process in leases. */
  readonly owner: string;
  /** Keyed hash of POSTERN_HASH_KEY; without one of a random key, so that nothing compares after a restart. */
  readonly hash: (value: string) => string;
  readonly hashKey: Buffer;
  readonly rows: () => Promise<Rows>;
  readonly queues: () => Promise<ClosableQueues>;
  readonly inspector: () => Promise<QueueInspector>;
  readonly graph: () => Promise<Graph>;
  readonly credential: () => Promise<TokenCredential>;
  readonly transports: () => Promise<readonly Transport[]>;
  /** Compiled rules. */
  readonly watch: () => Promise<Watch>;
  /** Closes what was opened. */
  readonly close: () => Promise<void>;
}

/** Makes nothing yet. A wrong setting is a problem, not an exception: what can work does. */
export function createClients(environment: Environment): Clients {
  const { settings, problems } = readSettings(environment);
  const clock = settings.POSTERN_CLOCK_FILE === undefined ? systemClock : createFileClock(settings.POSTERN_CLOCK_FILE);
  const log = createLog();
  const hashKey =
    settings.POSTERN_HASH_KEY === undefined ? randomBytes(32) : Buffer.from(settings.POSTERN_HASH_KEY, 'base64');
  const base = { environment, settings, problems, clock, log, owner: randomBytes(8).toString('hex'), hashKey };
  const credential = once(() => makeCredential(base));
  const queues = once(() => makeQueues(base, credential));
  return {
    ...base,
    hash: keyedHash(hashKey),
    credential,
    queues,
    rows: once(async () =>
      withRecentRows(withRecentPartitions(await makeRows(base, credential), LEDGER_OF_A_PERSON), PEOPLE),
    ),
    inspector: once(async () => {
      const { createQueueInspector } = await import('../azure/queue-inspector.ts');
      return createQueueInspector((await queues()).client);
    }),
    graph: once(() => makeGraph(base, credential)),
    transports: once(() => makeTransports(base, credential)),
    watch: once(() => makeWatch(base)),
    close: async () => (await queues.peek())?.close(),
  };
}

/** How long copies of rows are good. */
const RECENT = { ttlMs: 1000, now: () => performance.now() };
/** The person's part of the ledger: a few dozen rows that several handlers read within a second. */
const LEDGER_OF_A_PERSON = {
  ...RECENT,
  isSmall: (table: string, partition: string) => table === 'ledger' && partition.startsWith('p_'),
};
/** The same of the people, and of the row that says whether the copy of all of them is still right. */
const PEOPLE = {
  ...RECENT,
  isKept: (table: string, partition: string) => table === 'people' && partition === 'people',
};

type Base = Pick<Clients, 'environment' | 'settings' | 'problems' | 'clock' | 'log' | 'hashKey'>;

async function makeCredential({ environment, settings, clock }: Base): Promise<TokenCredential> {
  const { createCredential } = await import('../azure/credentials.ts');
  const clientId = environment.AZURE_CLIENT_ID;
  return createCredential({
    isInAzure: environment.IDENTITY_ENDPOINT !== undefined,
    cloud: settings.POSTERN_CLOUD,
    clock,
    ...(clientId && { clientId }),
    ...(settings.POSTERN_TOKEN_URL && { tokenUrl: settings.POSTERN_TOKEN_URL }),
  });
}

async function makeRows({ settings }: Base, credential: () => Promise<TokenCredential>): Promise<Rows> {
  const { createTableRows } = await import('../azure/tables.ts');
  const { POSTERN_TABLES_CONNECTION: connectionString } = settings;
  if (connectionString !== undefined) return createTableRows({ connectionString });
  const { POSTERN_TABLES_ENDPOINT: endpoint } = requireSettings(settings, ['POSTERN_TABLES_ENDPOINT']);
  return createTableRows({ endpoint, credential: await credential() });
}

async function makeQueues({ environment }: Base, credential: () => Promise<TokenCredential>): Promise<ClosableQueues> {
  const { createQueues } = await import('../azure/queues.ts');
  const { ServiceBus: connectionString, ServiceBus__fullyQualifiedNamespace: namespace } = environment;
  if (connectionString) return createQueues({ connectionString });
  if (namespace) return createQueues({ namespace, credential: await credential() });
  throw new ConfigError(['ServiceBus__fullyQualifiedNamespace is not set: the queues cannot be reached.']);
}

async function makeGraph({ settings, clock, log }: Base, credential: () => Promise<TokenCredential>): Promise<Graph> {
  const [{ createGraph }, { createLimiter }] = await Promise.all([
    import('../azure/graph.ts'),
    import('../azure/limits.ts'),
  ]);
  const { POSTERN_CLOUD: cloud, POSTERN_GRAPH_URL: url } = settings;
  const limiter = createLimiter(clock);
  return createGraph({ credential: await credential(), cloud, limiter, clock, log, ...(url && { url }) });
}

async function makeTransports(
  { settings }: Base,
  credential: () => Promise<TokenCredential>,
): Promise<readonly Transport[]> {
  const { transportsOf } = await import('../notify/channels/index.ts');
  const identity = settings.POSTERN_ACS_ENDPOINT === undefined ? undefined : await credential();
  return transportsOf(settings, () => {
    if (!identity) throw new ConfigError(['POSTERN_ACS_ENDPOINT is not set.']);
    return identity;
  });
}

async function makeWatch({ settings, hashKey }: Base): Promise<Watch> {
  const [{ assembleWatch }, { loadLiveContent }] = await Promise.all([
    import('../assemble-watch.ts'),
    import('../live-content.ts'),
  ]);
  const { ruleModes: modes, ruleValues: values } = settings;
  return assembleWatch({ content: await loadLiveContent(), hashKey, modes, values });
}

/** Makes a value once; a failed try is forgotten, so that the next call tries again. */
export function once<T>(make: () => Promise<T>): (() => Promise<T>) & { readonly peek: () => Promise<T | undefined> } {
  let made: Promise<T> | undefined;
  const get = () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
  return Object.assign(get, { peek: async () => made });
}
