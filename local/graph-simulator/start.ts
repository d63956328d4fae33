/** Starts the Graph simulator in this process. */
import { APPLICATION_ID, createAccessTokens, secretOf, TENANT_ID } from './access-tokens.ts';
import { ACTIVITY_TYPES } from './activity-types.ts';
import type { Method } from './authentication-method.ts';
import { createCallCounts } from './call-counts.ts';
import { type Control, createControl } from './control.ts';
import { answerControl } from './control-endpoint.ts';
import { type Database, openDatabase } from './database.ts';
import { createDispatch, type RawRequest } from './dispatch.ts';
import { createGroupStore } from './group-store.ts';
import { listen } from './http-server.ts';
import { createItems } from './item-store.ts';
import { createLogStore } from './log-store.ts';
import { createMailboxStore } from './mailbox-store.ts';
import { createPageTokens } from './odata/page-token.ts';
import { createQuotas } from './quotas.ts';
import { DEFAULT_SETTINGS, type Settings, type SettingsChange, settingsSchema } from './settings.ts';
import { createSubscriptions } from './subscriptions/subscriptions.ts';
import type { ActivityType, AuditSearch, Tenant } from './tenant.ts';
import { createTimeline, makeChange } from './timeline.ts';
import { answerTokenRequest, json } from './token-endpoint.ts';
import { createUserStore } from './user-store.ts';

/** How the simulator is started. */
export interface GraphSimulatorOptions {
  /** Folder of the data, made when missing; undefined keeps everything in memory. */
  readonly dir?: string | undefined;
  /** 0 = any free port. */
  readonly port?: number;
  /** Clock of everything that Graph would time, epoch ms. Default `Date.now`. */
  readonly now?: () => number;
  /** Wall clock of token lives, epoch ms. Default `Date.now`. */
  readonly wallNow?: () => number;
  /** How long a token lasts. Default an hour less a second, as Entra's. */
  readonly tokenLifeMs?: number;
  /** Secrets by client id. Default: `postern` and the application id, both with the secret `local`. */
  readonly clients?: Readonly<Record<string, string>>;
  /** Changes of the default settings; settings changed at run time are kept in `dir`. */
  readonly settings?: SettingsChange;
  /** How often due notifications are sent without being asked, real ms; 0 = only by `settle`. Default 50. */
  readonly tickMs?: number;
  /** Told of defects. Default: throw. */
  readonly onFault?: (error: unknown) => void;
}

/** Where records come from while the simulator runs. */
export interface Feed {
  /** Resolves when everything that has arrived by `until` (epoch ms), and every change up to then, was added. */
  readonly reach: (until: number) => Promise<void>;
}

/** The running simulator. */
export interface GraphSimulator {
  /** `http://127.0.0.1:<port>`: what replaces `https://graph.microsoft.com`. */
  readonly baseUrl: string;
  readonly port: number;
  /** OAuth 2.0 token endpoint. */
  readonly tokenUrl: string;
  /** `IDENTITY_ENDPOINT` and `IDENTITY_HEADER` of a managed identity. */
  readonly identity: { readonly endpoint: string; readonly header: string };
  readonly control: Control;
  readonly tenant: Tenant;
  /** Records and changes come from here from now on. */
  readonly attach: (feed: Feed) => void;
  /** For feeds: a value that outlives the process. */
  readonly remembered: Pick<Database, 'get' | 'put' | 'transaction'>;
  readonly close: () => Promise<void>;
}

/** Resolves when requests are answered. @throws ConfigError port taken, data in use */
export async function startGraphSimulator(options: GraphSimulatorOptions = {}): Promise<GraphSimulator> {
  const database = openDatabase(options.dir);
  try {
    return await start(options, database);
  } catch (error) {
    database.close();
    throw error;
  }
}

async function start(options: GraphSimulatorOptions, database: Database): Promise<GraphSimulator> {
  const { now = Date.now, wallNow = Date.now, tokenLifeMs = 3_599_000, tickMs = 50, onFault = rethrow } = options;
  const clients = options.clients ?? { postern: 'local', [APPLICATION_ID]: 'local' };
  const identityHeader = secretOf(database, 'identity-header');
  const settings = createSettings(database, options.settings ?? {});
  let port = 0;
  const baseUrl = () => `http://127.0.0.1:${port}`;
  const world = createWorld(database, settings.get, now, baseUrl);
  const tokens = createAccessTokens(database, tokenLifeMs, wallNow);
  const { tenant, timeline } = world;
  let feed: Feed | undefined;
  const catchUp = async (until: number) => {
    await feed?.reach(until);
    timeline.apply(until);
  };
  const common = {
    tenant,
    tokens,
    quotas: createQuotas(),
    counts: createCallCounts(),
    change: settings.change,
    catchUp,
  };
  const control = createControl({ ...common, database, timeline });
  const dispatch = createDispatch(common);
  const answer = async (raw: RawRequest) =>
    answerTokenRequest(raw, tokens, { secrets: clients, identityHeader }, baseUrl()) ??
    (await answerControl(raw, control, port)) ??
    (raw.url === '/' ? json(200, { name: 'Graph simulator' }) : await dispatch(raw));
  const server = await listen(options.port ?? 0, answer, onFault);
  port = server.port;
  const ticking = tick(control, tickMs, onFault);
  return {
    baseUrl: baseUrl(),
    port,
    tokenUrl: `${baseUrl()}/${TENANT_ID}/oauth2/v2.0/token`,
    identity: { endpoint: `${baseUrl()}/msi/token`, header: identityHeader },
    control,
    tenant,
    attach: (given) => {
      feed = given;
    },
    remembered: database,
    close: async () => {
      await ticking.stop();
      await server.close();
      database.close();
    },
  };
}

function createSettings(database: Database, given: SettingsChange) {
  const kept = database.get('settings');
  let settings: Settings =
    kept === undefined
      ? { ...DEFAULT_SETTINGS, ...given }
      : settingsSchema.parse({ ...DEFAULT_SETTINGS, ...JSON.parse(kept) });
  return {
    get: () => settings,
    change: (change: SettingsChange) => {
      settings = { ...settings, ...change };
      database.put('settings', JSON.stringify(settings));
    },
  };
}

/** The tenant and its future. Changes are made at their own time, whatever the clock shows meanwhile. */
function createWorld(database: Database, settings: () => Settings, now: () => number, baseUrl: () => string) {
  let changingAt: number | undefined;
  const at = () => changingAt ?? now();
  const users = createUserStore(database, (id, type) => subscriptions.userChanged(id, type, at()));
  const subscriptions = createSubscriptions(database, settings, (key) => users.find(key)?.id.toLowerCase());
  const activityTypes = createItems<ActivityType>(database, 'activity-type');
  if (activityTypes.all().length === 0) for (const type of ACTIVITY_TYPES) activityTypes.put(type.id, type);
  const tenant: Tenant = {
    settings,
    now,
    baseUrl,
    logs: createLogStore(database),
    users,
    groups: createGroupStore(database),
    mailboxes: createMailboxStore(database, (user, message) => subscriptions.mailArrived(user, message, at())),
    methods: createItems<readonly Method[]>(database, 'methods'),
    searches: createItems<AuditSearch>(database, 'search'),
    activityTypes,
    subscriptions,
    pageTokens: createPageTokens(Buffer.from(secretOf(database, 'page-key'), 'base64')),
  };
  const timeline = createTimeline(database, (change, when) => {
    changingAt = when;
    try {
      makeChange(tenant, change, when);
    } finally {
      changingAt = undefined;
    }
  });
  return { tenant, timeline };
}

/** Settles again and again, one after the other. */
function tick(control: Control, everyMs: number, onFault: (error: unknown) => void) {
  let isStopped = everyMs <= 0;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const next = () => {
    if (isStopped) return;
    timer = setTimeout(() => {
      running = control.settle().catch(onFault).then(next);
    }, everyMs);
    timer.unref();
  };
  next();
  return {
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

function rethrow(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}
