/** Everything about reading Graph, put together: poll, notifications, subscriptions, snapshots, coverage, the group. */
import { randomInt } from 'node:crypto';
import packageJson from '../../package.json' with { type: 'json' };
import { UpstreamError } from '../errors.ts';
import type { Coverage } from '../live/coverage.ts';
import type { LiveIngest } from '../live/ingest.ts';
import type { QueueHandler } from '../live/notice-ports.ts';
import type { PeopleStore } from '../live/people-store.ts';
import type { Poll } from '../live/poll.ts';
import type { Ingest } from '../live/reading.ts';
import type { Snapshots } from '../live/snapshots.ts';
import type { Subscriptions } from '../live/subscriptions.ts';
import { type Clients, once } from './clients.ts';

const DAY_MS = 24 * 3600_000;

/** The parts, each made when it is first asked for. */
export interface Reading {
  readonly people: () => Promise<PeopleStore>;
  readonly ingest: () => Promise<LiveIngest>;
  readonly snapshots: () => Promise<Snapshots>;
  readonly coverage: () => Promise<Coverage>;
  readonly poll: () => Promise<Poll>;
  readonly subscriptions: () => Promise<Subscriptions>;
  readonly notifications: () => Promise<QueueHandler>;
  /** Compares the enrolled with the group in POSTERN_ENROLL_GROUP; nothing when it is not set. */
  readonly keepGroup: () => Promise<void>;
}

/** Over the clients of a process. */
export function createReading(clients: Clients): Reading {
  const { clock, log, settings, owner, hash } = clients;
  const people = once(async () => {
    const { createPeopleStore } = await import('../live/people-store.ts');
    return createPeopleStore(await clients.rows(), clock);
  });
  const list = async () => (await (await people()).current()).list;
  const ingest = once(async () => {
    const { createLiveIngest } = await import('../live/ingest.ts');
    return createLiveIngest({
      rows: await clients.rows(),
      queues: await clients.queues(),
      watch: await clients.watch(),
      people: await people(),
      clock,
      log,
      version: packageJson.version,
      evidenceMs: settings.POSTERN_RETENTION_EVIDENCE_DAYS * DAY_MS,
    });
  });
  const take: Ingest = async (records, now) => (await ingest()).ingest(records, now);
  const snapshots = once(async () => {
    const { createSnapshots } = await import('../live/snapshots.ts');
    const [graph, rows] = await Promise.all([clients.graph(), clients.rows()]);
    return createSnapshots({ graph, rows, clock, log, ingest: take, settings, people: list, hash });
  });
  const coverage = once(async () => {
    const { createCoverage } = await import('../live/coverage.ts');
    const [graph, rows, shots] = await Promise.all([clients.graph(), clients.rows(), snapshots()]);
    return createCoverage({ graph, rows, clock, log, settings, watch: clients.watch, trouble: shots.trouble });
  });
  const poll = once(async () => {
    const { createPoll } = await import('../live/poll.ts');
    const [graph, rows, shots, cover] = await Promise.all([clients.graph(), clients.rows(), snapshots(), coverage()]);
    const afterwards = [shots.work, cover.refresh];
    return createPoll({ graph, rows, clock, log, ingest: take, settings, people: list, owner, afterwards });
  });
  const subscriptions = once(async () => {
    const { createSubscriptions } = await import('../live/subscriptions.ts');
    const [graph, rows] = await Promise.all([clients.graph(), clients.rows()]);
    const notificationUrl = notificationUrlOf(clients);
    return createSubscriptions({ graph, rows, clock, log, settings, people: list, notificationUrl });
  });
  return {
    people,
    ingest,
    snapshots,
    coverage,
    poll,
    subscriptions,
    notifications: once(async () => {
      const { createNotificationHandler } = await import('../live/notifications.ts');
      const [graph, rows, shots, subs, polls] = await Promise.all([
        clients.graph(),
        clients.rows(),
        snapshots(),
        subscriptions(),
        poll(),
      ]);
      const deps = { graph, rows, clock, log, ingest: take, people: list };
      return createNotificationHandler({ ...deps, subscriptions: subs, snapshots: shots, poll: polls });
    }),
    keepGroup: () => keepGroup(clients, people),
  };
}

function notificationUrlOf({ settings, environment }: Clients): string | undefined {
  const host = environment.WEBSITE_HOSTNAME;
  return settings.POSTERN_NOTIFICATION_URL ?? (host && `https://${host}/api/graph-notifications`);
}

async function keepGroup(clients: Clients, people: () => Promise<PeopleStore>): Promise<void> {
  const { settings, clock, log } = clients;
  const group = settings.POSTERN_ENROLL_GROUP;
  if (group === undefined) return;
  const [{ compareGroup }, { readGroup }] = await Promise.all([
    import('../live/people/group.ts'),
    import('../live/people/read-group.ts'),
  ]);
  const members = await readGroup(await clients.graph(), group);
  const store = await people();
  const random = (length: number) => Array.from({ length }, () => randomInt(36).toString(36)).join('');
  const { joined, changed, left, isSuspicious } = compareGroup(members, await store.all(), {
    now: clock.now(),
    random,
  });
  const put = await store.putAll([...joined, ...changed]);
  if (put.kind !== 'done') throw new UpstreamError('tables', 'UNAVAILABLE');
  for (const id of left) await store.remove(id);
  if (isSuspicious) log.error('most of the group has left at once; nobody was removed, check POSTERN_ENROLL_GROUP');
  log.info('group compared', { joined: joined.length, changed: changed.length, left: left.length });
}
