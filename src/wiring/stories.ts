/** What the functions do, put together from clients. Each story loads its parts when it first runs. */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import packageJson from '../../package.json' with { type: 'json' };
import { type Actor, authorize, type Role } from '../live/authorize.ts';
import { beat } from '../live/beats.ts';
import type { NoticePorts } from '../live/notice-ports.ts';
import type { WebReply, WebRequest } from '../live/web.ts';
import { type Clients, createClients, type Environment, once } from './clients.ts';
import { createReading, type Reading } from './reading.ts';

/** One per function of the app; docs/architecture.md says what each does. */
export interface Stories {
  readonly pollLogs: () => Promise<void>;
  readonly receiveNotifications: (request: WebRequest) => Promise<WebReply>;
  readonly processNotifications: (message: unknown) => Promise<void>;
  readonly renewSubscriptions: () => Promise<void>;
  readonly planNotices: (message: unknown) => Promise<void>;
  readonly deliverNotices: (message: unknown) => Promise<void>;
  readonly deliveryReports: (request: WebRequest) => Promise<WebReply>;
  readonly answers: (request: WebRequest) => Promise<WebReply>;
  readonly people: (request: WebRequest) => Promise<WebReply>;
  readonly desk: (request: WebRequest) => Promise<WebReply>;
  readonly uninstall: (request: WebRequest) => Promise<WebReply>;
  readonly watch: () => Promise<void>;
  readonly prune: () => Promise<void>;
  readonly health: () => Promise<WebReply>;
  readonly close: () => Promise<void>;
}

/** Stories over an environment. Nothing is connected until a story runs. */
export function createStories(environment: Environment): Stories {
  const clients = createClients(environment);
  const reading = createReading(clients);
  const notices = once(() => noticePorts(clients, reading));
  const receiver = once(() => makeReceiver(clients));
  const desk = once(async () => {
    const { createDesk } = await import('./desk.ts');
    return createDesk({ clients, reading, notices, health: () => healthPorts(clients, reading) });
  });
  return {
    pollLogs: async () => void (await (await reading.poll()).run()),
    receiveNotifications: async (request) => (await receiver())(request),
    processNotifications: async (message) => (await reading.notifications())(message),
    renewSubscriptions: async () => {
      const { isLeaving } = await import('../live/uninstall.ts');
      if (!(await isLeaving(await clients.rows()))) await (await reading.subscriptions()).renew();
      await done(clients, 'renew-subscriptions');
    },
    planNotices: async (message) => {
      const { createPlanNotices } = await import('../live/plan-notices.ts');
      await createPlanNotices(await notices())(message);
      await lookCloser(reading, message);
    },
    deliverNotices: async (message) => {
      const { createDeliverNotices } = await import('../live/deliver.ts');
      await createDeliverNotices(await notices())(message);
    },
    deliveryReports: async (request) => {
      const { createDeliveryReports } = await import('../live/delivery-reports.ts');
      return createDeliveryReports(await notices())(request);
    },
    answers: async (request) => {
      const { createAnswerPage } = await import('../live/answer-page.ts');
      return createAnswerPage(await notices())(request);
    },
    people: async (request) => {
      const [{ noticeRole }, { answerNotices, answerPeople }] = await Promise.all([
        import('../live/notice-api.ts'),
        import('./people.ts'),
      ]);
      const role = noticeRole(request.params);
      if (role)
        return withRole(clients, request, role, async (actor) => answerNotices(await notices(), request, actor));
      return withRole(clients, request, 'Postern.Admin', (actor) => answerPeople(clients, reading, request, actor));
    },
    uninstall: async (request) => {
      const { roleFor } = await import('../live/uninstall.ts');
      return withRole(clients, request, roleFor(request), (actor) => answerUninstall(clients, reading, request, actor));
    },
    desk: async (request) => {
      const reply = await withRole(clients, request, 'Postern.Desk', async (actor) => (await desk())(request, actor));
      const isPage = (request.params.path ?? '') === '' && (reply.status === 401 || reply.status === 403);
      if (!isPage) return reply;
      const { refusalPage } = await import('../live/desk/page.ts');
      return refusalPage(reply);
    },
    watch: async () => {
      const [{ keepVigil }, { createFollowUp }] = await Promise.all([
        import('../live/vigil.ts'),
        import('../live/follow-up.ts'),
      ]);
      const ports = await notices();
      const ingest = await reading.ingest();
      await keepVigil({
        notices: ports,
        health: await healthPorts(clients, reading),
        inspector: clients.inspector,
        handlers: { evaluate: (ref) => ingest.evaluate(ref, clients.clock.now()), ...createFollowUp(ports) },
      });
    },
    prune: async () => {
      const { createRetention } = await import('../live/retention.ts');
      const { rows, clock, log, settings } = clients;
      await reading.keepGroup();
      const retention = createRetention({ rows: await rows(), clock, log, settings, people: await reading.people() });
      await retention.prune(clock.now());
      await done(clients, 'prune');
    },
    health: async () => {
      const { reportHealth } = await import('../live/health-report.ts');
      return { status: 200, jsonBody: await reportHealth(await healthPorts(clients, reading)) };
    },
    close: clients.close,
  };
}

const Attacked = z.object({ person: z.string(), outcome: z.enum(['attacked', 'compromised']) });

/** Whoever is attacked is looked at more closely: methods, recovery fields, inbox rules. */
async function lookCloser(reading: Reading, message: unknown): Promise<void> {
  const { data } = Attacked.safeParse(message);
  if (data) await (await reading.snapshots()).want([data.person], 'chain');
}

async function done({ rows, clock, log }: Clients, timer: string): Promise<void> {
  await beat(await rows(), timer, clock.now());
  log.tell('heartbeat', { timer });
}

async function makeReceiver({ rows, queues, clock, log, settings }: Clients) {
  const { createReceiver } = await import('../live/receive.ts');
  const tenantId = settings.POSTERN_TENANT_ID;
  return createReceiver({ rows: await rows(), queues: await queues(), clock, log, ...(tenantId && { tenantId }) });
}

async function noticePorts(clients: Clients, reading: Reading): Promise<NoticePorts> {
  const [{ createFindings }, { createDueRows }, { normalizeContact }] = await Promise.all([
    import('../live/findings.ts'),
    import('../live/due.ts'),
    import('../sources/contacts.ts'),
  ]);
  const { settings, clock, log, owner, hash } = clients;
  const rows = await clients.rows();
  return {
    rows,
    queues: await clients.queues(),
    clock,
    log,
    settings,
    owner,
    people: await reading.people(),
    findings: createFindings(rows),
    due: createDueRows(rows),
    transports: await clients.transports(),
    hashContact: (kind, value) => hash(normalizeContact(kind, value)),
  };
}

async function healthPorts(clients: Clients, reading: Reading) {
  const { rows, clock, settings, problems, watch, inspector } = clients;
  const people = await reading.people();
  const compiled = await watch();
  // Names of rules are known only here: now POSTERN_RULE_ settings can be checked, too.
  const names = [...compiled.ruleSet.detections, ...compiled.ruleSet.correlations].map(({ name }) => name);
  const { readSettings } = await import('../config.ts');
  const read = {
    settings,
    problems: [
      ...new Map(
        [...problems, ...readSettings(clients.environment, names).problems].map((one) => [one.key, one]),
      ).values(),
    ],
  };
  return {
    rows: await rows(),
    clock,
    read,
    version: packageJson.version,
    watch,
    gaps: async () => (await reading.coverage()).gaps(),
    people: people.current,
    depths: async () => (await inspector()).depths(),
  };
}

/** Runs `story` for somebody who has the role; else says why not. */
async function withRole(
  { environment, settings }: Clients,
  request: WebRequest,
  role: Role,
  story: (actor: Actor) => Promise<WebReply>,
): Promise<WebReply> {
  const { POSTERN_LOCAL_KEY: localKey } = settings;
  const isPlatformAuth = environment.WEBSITE_AUTH_ENABLED?.toLowerCase() === 'true';
  const who = authorize(request, role, { isPlatformAuth, ...(localKey && { localKey }) });
  return 'refused' in who ? who.refused : story(who.actor);
}

async function answerUninstall(
  clients: Clients,
  reading: Reading,
  request: WebRequest,
  { id: actor }: Actor,
): Promise<WebReply> {
  const [{ handleUninstall }, { appendTrail }] = await Promise.all([
    import('../live/uninstall.ts'),
    import('../live/trail.ts'),
  ]);
  const rows = await clients.rows();
  return handleUninstall(request, {
    rows,
    subscriptions: reading.subscriptions,
    note: (entry) => appendTrail(rows, [{ at: clients.clock.now(), actor, ...entry }], randomBytes(4).toString('hex')),
  });
}
