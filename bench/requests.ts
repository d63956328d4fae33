/**
 * node bench/requests.ts [--check]
 *
 * Requests per unit of work, counted by stand-ins; counts do not suffer from noise.
 *  1. A POST of n notifications: queue sends and table calls before the answer. (The webhook has no Graph client.)
 *  2. An idle poll, by the real Graph client against the simulator: Graph calls and table writes.
 *  3. A day of a tenant of a million users with 100,000 enrolled, on a virtual clock: requests, 429s and shares of each
 *     limit. Graph is a stand-in that counts and enforces the documented limits (local/graph-simulator/quotas.ts).
 * With --check exits with 1 when a goal is missed.
 */
import { createQuotas, type QuotaName } from '../local/graph-simulator/quotas.ts';
import { bucketOf, mailboxOf } from '../src/azure/graph-paths.ts';
import { createLimiter } from '../src/azure/limits.ts';
import { readSettings } from '../src/config.ts';
import { UpstreamError } from '../src/errors.ts';
import { createNotificationHandler } from '../src/live/notifications.ts';
import { createPoll } from '../src/live/poll.ts';
import { readPollState } from '../src/live/poll-state.ts';
import { createReceiver } from '../src/live/receive.ts';
import { createSnapshots } from '../src/live/snapshots.ts';
import { putSubscription } from '../src/live/subscription-rows.ts';
import { createMemoryLog, createMemoryRows } from '../src/memory.ts';
import type { EnrolledPerson } from '../src/model/enrolled-person.ts';
import type { Graph, GraphBucket, GraphOptions, Queues, RawRecord, Rows } from '../src/ports.ts';
import { startReading } from '../test/fixtures/graph/live-reading.ts';
import { createVirtualClock, type VirtualClock } from '../test/fixtures/graph/virtual-clock.ts';

const MINUTE = 60_000;
const misses: string[] = [];

function goal(isMet: boolean, what: string): void {
  if (!isMet) misses.push(what);
}

/** Rows whose calls are counted. */
function countedRows(): { readonly rows: Rows; readonly count: { reads: number; writes: number } } {
  const memory = createMemoryRows();
  const count = { reads: 0, writes: 0 };
  const rows: Rows = {
    get: (...args) => {
      count.reads++;
      return memory.get(...args);
    },
    list: (...args) => {
      count.reads++;
      return memory.list(...args);
    },
    scan: memory.scan,
    transact: (...args) => {
      count.writes++;
      return memory.transact(...args);
    },
  };
  return { rows, count };
}

async function measurePosts(): Promise<void> {
  const { rows, count } = countedRows();
  const id = '7f105c7d-2dc5-4530-97cd-4e7ae6534c07';
  const at = new Date(0);
  await putSubscription(rows, id, {
    kind: 'users',
    resource: 'users',
    clientState: 'state',
    notificationUrl: 'https://postern.example.org/',
    createdAt: at,
    expiresAt: at,
    renewAt: at,
  });
  let sends = 0;
  const queues: Queues = { send: async () => void sends++ };
  const receive = createReceiver({ rows, queues, clock: createVirtualClock(), log: createMemoryLog() });
  const post = (items: number) => {
    const value = Array.from({ length: items }, (_, index) => ({
      subscriptionId: id,
      clientState: 'state',
      changeType: 'updated',
      resource: `Users/${index}`,
      resourceData: { id: String(index) },
    }));
    const text = JSON.stringify({ value });
    return receive({
      method: 'POST',
      url: 'https://postern.example.org/',
      headers: { get: () => null },
      query: new URLSearchParams(),
      params: {},
      text: async () => text,
    });
  };
  await post(1);
  console.log('POST of n notifications   sends   table calls before the answer');
  for (const items of [1, 100, 1000]) {
    sends = 0;
    const before = count.reads + count.writes;
    const { status } = await post(items);
    const tables = count.reads + count.writes - before;
    console.log(`${String(items).padStart(23)}   ${String(sends).padStart(5)}   ${String(tables).padStart(11)}`);
    goal(status === 202 && sends === 1 && tables === 0, `POST of ${items}: 1 send, 0 table calls`);
  }
}

async function measureIdlePoll(): Promise<void> {
  const reading = await startReading([]);
  await reading.poll.run();
  reading.advance(MINUTE);
  await reading.poll.run();
  reading.control.resetStats();
  reading.writes.count = 0;
  reading.advance(MINUTE);
  await reading.poll.run();
  const calls = Object.values(reading.control.stats().calls).reduce((sum, { calls: n }) => sum + n, 0);
  console.log(`\nidle poll: ${calls} Graph calls, ${reading.writes.count} table write`);
  goal(calls <= 4, 'idle poll: at most 4 Graph calls');
  goal(reading.writes.count === 1, 'idle poll: 1 table write');
  await reading.close();
}

/** Loads of facts/performance: per user and day. */
const USERS = 1_000_000;
const ENROLLED = 100_000;
const PER_USER = { interactive: 6, nonInteractive: 60, audits: 0.7, risks: 0.01, mails: 60 };
/** Persons with new evidence, and changed users among the enrolled, each minute. */
const CHAINS_PER_MINUTE = 7;
const CHANGED_PER_MINUTE = 20;

/** Share of the day's volume that has come by an instant: half as much again at noon, half as much at night. */
function share(at: number): number {
  const day = at / (24 * 60 * MINUTE);
  return day - Math.sin(2 * Math.PI * day) / (4 * Math.PI);
}

interface Log {
  readonly time: string;
  readonly pageSize: number;
  readonly perDay: (filter: string) => number;
}

const LOGS: Readonly<Record<string, Log>> = {
  '/auditLogs/directoryAudits': { time: 'activityDateTime', pageSize: 1000, perDay: () => USERS * PER_USER.audits },
  '/auditLogs/signIns': {
    time: 'createdDateTime',
    pageSize: 1000,
    perDay: (filter) =>
      USERS * (PER_USER.interactive + (filter.includes('nonInteractiveUser') ? PER_USER.nonInteractive : 0)),
  },
  '/identityProtection/riskDetections': {
    time: 'lastUpdatedDateTime',
    pageSize: 500,
    perDay: () => USERS * PER_USER.risks,
  },
  '/admin/exchange/tracing/messageTraces': {
    time: 'receivedDateTime',
    pageSize: 5000,
    perDay: () => USERS * PER_USER.mails,
  },
};

const QUOTAS: Readonly<Partial<Record<GraphBucket, QuotaName>>> = {
  reports: 'reports',
  risk: 'risk',
  trace: 'message-trace',
  identity: 'directory',
  outlook: 'outlook',
  subscriptions: 'subscriptions',
};

/** Pages of the given sizes, with the times of the first and the last record right. */
function* pagesOf(query: URLSearchParams, { time, pageSize, perDay }: Log, now: number) {
  const filter = query.get('$filter') ?? '';
  const [from = 0, to = 0] = [...filter.matchAll(/ (?:ge|le) (\S+)/g)].map((match) => Date.parse(match[1] ?? ''));
  const end = Math.min(to, now);
  let left = end <= from ? 0 : Math.round((share(end) - share(from)) * perDay(filter));
  const step = left > 0 ? (end - from) / left : 0;
  let at = end;
  do {
    const size = Math.min(pageSize, left);
    const newest = { id: 'a', [time]: new Date(at).toISOString() };
    at -= size * step;
    const oldest = { id: 'b', [time]: new Date(at).toISOString() };
    left -= size;
    yield { value: Array.from({ length: size }, (_, index) => (index === 0 ? newest : oldest)), last: left <= 0 };
  } while (left > 0);
}

/** Graph, rationed by the real limiter, refusing what exceeds the documented limits, each request taking 300 ms. */
function createCountingGraph(clock: VirtualClock) {
  const limiter = createLimiter(clock);
  const quotas = createQuotas();
  const now = () => clock.now().getTime();
  const request = (path: string, { priority = 'hint' }: GraphOptions = {}) => {
    const bucket = bucketOf(path);
    const mailbox = mailboxOf(path);
    return limiter.run({ bucket, priority, ...(mailbox && { mailbox }) }, async () => {
      await clock.sleep(100);
      const quota = QUOTAS[bucket];
      try {
        if (quota) quotas.take(quota, 1, now(), quota === 'outlook' ? mailbox : '');
      } catch {
        throw new UpstreamError('graph', 'THROTTLED', { retryAfterMs: 10_000 });
      }
      await clock.sleep(200);
    });
  };
  const answer = async (path: string, options?: GraphOptions): Promise<RawRecord> => {
    await request(path, options);
    return { id: 'x', status: 'running' };
  };
  const graph: Graph = {
    load: limiter.load,
    async *pages(path, options) {
      const [plain = '', query = ''] = path.split('?');
      const log = LOGS[plain];
      if (!log) {
        await request(path, options);
        yield { value: [], last: true };
        return;
      }
      for (const page of pagesOf(new URLSearchParams(query), log, now())) {
        await request(path, options);
        yield page;
      }
    },
    get: answer,
    post: (path, _body, options) => answer(path, options),
    patch: (path, _body, options) => answer(path, options),
    delete: async (path, options) => void (await answer(path, options)),
  };
  return { graph, quotas };
}

function personOf(index: number): EnrolledPerson {
  const digits = String(index).padStart(12, '0');
  return {
    id: `p_${digits}`,
    name: 'Somebody',
    accounts: [{ kind: 'work', id: `00000000-0000-4000-8000-${digits}`, upn: `u${index}@example.org` }],
    enrolledAt: new Date(0),
  } as unknown as EnrolledPerson;
}

async function measureDay(): Promise<void> {
  const clock = createVirtualClock(0);
  const { graph, quotas } = createCountingGraph(clock);
  const { rows } = countedRows();
  const log = createMemoryLog();
  const people = Array.from({ length: ENROLLED }, (_, index) => personOf(index));
  const all = async () => people;
  const ingest = async () => ({ hits: 0, unreadable: 0 });
  const { settings } = readSettings({});
  // Baselines were taken when these people were enrolled, over weeks.
  await rows.transact('state', 'snapshots', [
    { op: 'put', row: 'noticed', value: { upTo: new Date(1).toISOString() } },
  ]);
  const common = { graph, rows, clock, log, ingest, settings, people: all };
  const snapshots = createSnapshots({ ...common, hash: (value) => value });
  const poll = createPoll({ ...common, owner: 'one', afterwards: [snapshots.work] });
  const subscriptions = { onLifecycle: async () => undefined };
  const handle = createNotificationHandler({ ...common, subscriptions, snapshots, poll });
  const end = 24 * 60 * MINUTE;
  const lags: Record<string, number> = {};
  let next = 0;
  const pick = () => {
    next = (next + 7919) % ENROLLED;
    return people[next] as EnrolledPerson;
  };

  async function polls(): Promise<void> {
    await beginWatching(rows);
    for (let at = 0; at < end; at = clock.now().getTime()) {
      await snapshots.want(
        Array.from({ length: CHAINS_PER_MINUTE }, () => pick().id),
        'chain',
      );
      await poll.run();
      const { state } = await readPollState(rows);
      for (const [name, { cursor }] of Object.entries(state.sources))
        lags[name] = Math.max(lags[name] ?? 0, clock.now().getTime() - (cursor?.getTime() ?? 0));
      await clock.sleep(MINUTE - (clock.now().getTime() % MINUTE));
    }
  }
  async function notifications(): Promise<void> {
    while (clock.now().getTime() < end) {
      const items = Array.from({ length: CHANGED_PER_MINUTE }, () => ({
        subscription: 'users',
        kind: 'users',
        change: 'updated',
        id: pick().accounts[0]?.id,
      }));
      await handle({ kind: 'graph', items });
      await clock.sleep(MINUTE);
    }
  }
  await clock.run(Promise.all([polls(), notifications()]));

  console.log(`\n${ENROLLED.toLocaleString('en')} enrolled of ${USERS.toLocaleString('en')} users, one day:`);
  console.log('limit           requests    429   share of the limit');
  for (const [name, { calls, throttled, meanShare }] of Object.entries(quotas.use())) {
    const percent = (100 * meanShare).toFixed(1);
    console.log(
      `${name.padEnd(14)} ${String(calls).padStart(9)} ${String(throttled).padStart(6)} ${percent.padStart(8)} %`,
    );
    goal(throttled === 0, `${name}: no 429`);
    goal(meanShare <= 0.5, `${name}: at most half of the limit`);
  }
  for (const [name, lagMs] of Object.entries(lags))
    console.log(`${name}: at most ${(lagMs / MINUTE).toFixed(1)} minutes behind`);
}

/** The watch has been running: what is measured is a day, not the first one's catching up. */
async function beginWatching(rows: Rows): Promise<void> {
  const at = new Date(0).toISOString();
  const source = (perDay: number) => ({ cursor: at, hourAt: at, dayAt: at, perMinute: (perDay * USERS) / 1440 });
  const sources = {
    'directory-audits': source(PER_USER.audits),
    'sign-ins': source(PER_USER.interactive + PER_USER.nonInteractive),
    'risk-detections': source(PER_USER.risks),
    'provider-mail': source(PER_USER.mails),
  };
  await rows.transact('state', 'poll', [{ op: 'put', row: 'logs', value: { at, firstAt: at, sources } }]);
}

await measurePosts();
await measureIdlePoll();
await measureDay();
for (const miss of misses) console.log(`MISSED: ${miss}`);
if (misses.length === 0) console.log('\nall goals met');
process.exitCode = misses.length > 0 && process.argv.includes('--check') ? 1 : 0;
