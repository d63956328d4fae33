/** Gathers what health says. Every part that cannot be asked is named as unknown; it never fails as a whole. */

import type { Watch } from '../assemble-watch.ts';
import { type ReadSettings, sourceSetting } from '../config.ts';
import { QuotaState } from '../notify/quota.ts';
import type { Clock, QueueDepth, Rows } from '../ports.ts';
import { beats } from './beats.ts';
import { ruleStates } from './blind-rules.ts';
import type { Gap } from './gaps.ts';
import { type Health, SOURCE_LATE_MS, statusOf, TIMER_LATE_MS, timerState } from './health.ts';
import { createTasks } from './inbox.ts';
import type { People } from './people-store.ts';
import { readPollState } from './poll-state.ts';
import { reachOf } from './reach.ts';
import { listSubscriptions } from './subscription-rows.ts';

/** What gathering needs. */
export interface HealthPorts {
  readonly rows: Rows;
  readonly clock: Clock;
  readonly read: ReadSettings;
  readonly version: string;
  readonly watch: () => Promise<Watch>;
  readonly gaps: () => Promise<readonly Gap[]>;
  readonly people: () => Promise<People>;
  readonly depths: () => Promise<readonly QueueDepth[]>;
}

/** Rows that are looked at for counts: a health page is no report. */
const MOST_ROWS = 5000;
const MONTH_MS = 30 * 24 * 3600_000;

/** Health without what costs reading whole tables. */
export type Vitals = Omit<Health, 'notices' | 'openTasks'>;

/** The whole of it. */
export async function reportHealth(ports: HealthPorts): Promise<Health> {
  const { status: _, ...vitals } = await reportVitals(ports);
  const unknown = [...vitals.unknown];
  const ask = asking(unknown);
  const body = {
    ...vitals,
    notices: await ask('notices', () => noticesOf(ports, new Date(vitals.at)), {}),
    openTasks: await ask('tasks', () => openTasks(ports), 0),
    unknown,
  };
  return { ...body, status: statusOf(body) };
}

/** What the watch looks at each hour. */
export async function reportVitals(ports: HealthPorts): Promise<Vitals> {
  const now = ports.clock.now();
  const unknown: string[] = [];
  const ask = asking(unknown);
  const none = { on: 0, staged: 0, off: 0, blind: [], problems: [] };
  const body = {
    at: now.toISOString(),
    version: ports.version,
    mode: ports.read.settings.POSTERN_MODE,
    settings: ports.read.problems.map(({ key, message }) => ({ key, message })),
    rules: await ask('rules', () => rulesOf(ports), none),
    sources: await ask('sources', () => sourcesOf(ports, now), []),
    timers: await ask('timers', () => timersOf(ports, now), []),
    subscriptions: await ask('subscriptions', () => subscriptionsOf(ports, now), []),
    queues: await ask('queues', async () => [...(await ports.depths())], []),
    quota: await ask('quota', () => quotaOf(ports, now), []),
    people: await ask('people', async () => reachOf((await ports.people()).list, now, ports.read.settings), {
      enrolled: 0,
      reachable: 0,
      unproven: 0,
    }),
  };
  return { ...body, unknown, status: statusOf({ ...body, unknown }) };
}

/** Asks for a part; one that cannot be asked is noted in `unknown`. */
function asking(unknown: string[]) {
  return async <T>(name: string, part: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await part();
    } catch {
      unknown.push(name);
      return otherwise;
    }
  };
}

async function rulesOf({ watch, gaps }: HealthPorts): Promise<Health['rules']> {
  const compiled = await watch();
  const states = ruleStates(compiled, await gaps());
  const count = (state: string) => states.filter((rule) => rule.state === state).length;
  const blind = states
    .filter(({ state }) => state === 'blind')
    .map(({ name, why }) => ({ rule: name, why: why ?? '' }));
  const problems = compiled.problems.map(({ rule, file, message }) => `${rule ?? file}: ${message}`);
  return { on: count('on'), staged: count('staged'), off: count('off'), blind, problems };
}

/** Of every log source: read lately, late, or not at all. @throws UpstreamError */
export async function sourcesOf({ rows, gaps, read, watch }: HealthPorts, now: Date): Promise<Health['sources']> {
  const { state } = await readPollState(rows);
  const known = new Map(
    (await gaps()).filter(({ fields, activities }) => !fields && !activities).map((gap) => [gap.source, gap]),
  );
  return (await watch()).sources.map(({ name }): Health['sources'][number] => {
    if (read.settings[sourceSetting(name)] === false) return { name, state: 'off' };
    const gap = known.get(name);
    if (gap) return { name, state: 'blind', since: gap.since.toISOString(), why: gap.why };
    // Snapshots are taken on demand, by the poll; they are as fresh as it is.
    const readAt =
      name === 'mailbox-activity'
        ? state.mailbox.okAt
        : name === 'authentication-methods'
          ? state.at
          : state.sources[name]?.okAt;
    if (!readAt) return { name, state: 'never' };
    const isLate = now.getTime() - readAt.getTime() > SOURCE_LATE_MS * (name === 'mailbox-activity' ? 4 : 1);
    return { name, state: isLate ? 'late' : 'fresh', readTo: readAt.toISOString() };
  });
}

/** Of every timer: when it ran last. @throws UpstreamError */
export async function timersOf({ rows }: HealthPorts, now: Date): Promise<Health['timers']> {
  const last = new Map((await beats(rows)).map(({ name, at }) => [name, at]));
  const { state } = await readPollState(rows);
  if (state.at) last.set('poll-logs', state.at);
  return Object.keys(TIMER_LATE_MS).map((name) => timerState(name, last.get(name), now));
}

async function subscriptionsOf({ rows }: HealthPorts, now: Date): Promise<Health['subscriptions']> {
  return [...(await listSubscriptions(rows)).values()]
    .filter(({ retiredAt }) => !retiredAt)
    .map(({ kind, expiresAt }) => {
      const hoursLeft = Math.max(0, (expiresAt.getTime() - now.getTime()) / 3600_000);
      return { kind, state: hoursLeft > 0 ? 'kept' : 'missing', hoursLeft: Math.round(hoursLeft * 10) / 10 };
    });
}

async function quotaOf({ rows, read: { settings } }: HealthPorts, now: Date): Promise<Health['quota']> {
  const quota: Health['quota'] = [];
  for await (const { row, value } of rows.list('state', 'quota')) {
    const hour = QuotaState.safeParse(value).data?.['3600000'];
    if (!hour) continue;
    // Slots are twelfths of the window.
    const first = Math.floor((now.getTime() - 3600_000) / 300_000);
    const sent = Object.entries(hour).reduce((sum, [slot, count]) => sum + (Number(slot) > first ? count : 0), 0);
    const of = settings.POSTERN_EMAIL_PER_HOUR;
    quota.push({ channel: row, left: Math.max(0, of - sent), of });
  }
  return quota;
}

async function noticesOf({ rows }: HealthPorts, now: Date): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  let seen = 0;
  for await (const { row, value } of rows.scan('ledger')) {
    if (++seen > MOST_ROWS) break;
    if (!row.startsWith('notice:')) continue;
    const { status, times } = value as { status?: string; times?: { planned?: string } };
    if (status === undefined || Date.parse(times?.planned ?? '') < now.getTime() - MONTH_MS) continue;
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

async function openTasks({ rows }: HealthPorts): Promise<number> {
  let open = 0;
  let seen = 0;
  for await (const { task } of createTasks(rows).list()) {
    if (++seen > MOST_ROWS) break;
    if (task.status !== 'closed') open += 1;
  }
  return open;
}
