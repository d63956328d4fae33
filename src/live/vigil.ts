/**
 * The watch over the watch: what is due is done, dead letters become tasks, and silence of any part is told to the desk.
 * Runs each five minutes from a timer; everything in it repeats safely.
 */
import type { Settings } from '../config.ts';
import type { DeskTask } from '../model/desk-task.ts';
import { taskId } from '../notify/plan-ids.ts';
import type { QueueInspector } from '../ports.ts';
import { beat, beats } from './beats.ts';
import { putTask, tellDesk } from './desk-notices.ts';
import type { Health } from './health.ts';
import { type HealthPorts, reportHealth, reportVitals, type Vitals } from './health-report.ts';
import type { NoticePorts } from './notice-ports.ts';
import { type DueHandler, sweep } from './sweep.ts';

/** What the vigil needs. */
export interface VigilPorts {
  readonly notices: NoticePorts;
  readonly health: HealthPorts;
  readonly inspector: () => Promise<QueueInspector>;
  /** By kind of due row. */
  readonly handlers: Readonly<Record<string, DueHandler>>;
}

const HOUR_MS = 3600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;

/** One round. @throws UpstreamError of tables or queues */
export async function keepVigil(ports: VigilPorts): Promise<void> {
  const { notices } = ports;
  const now = notices.clock.now();
  const { failed, sent, done } = await sweep(notices, now, ports.handlers);
  const dead = await drainDeadLetters(ports, now);
  await hourly(ports, now);
  const handled = Object.values(done).reduce((sum, count) => sum + count, 0);
  await beat(notices.rows, 'watch', now, { handled, failed, sent, dead });
  notices.log.tell('heartbeat', { timer: 'watch' });
}

/** A message that was given up is a finding about ourselves: nobody at risk may silently not be told. */
async function drainDeadLetters({ notices, inspector }: VigilPorts, now: Date): Promise<number> {
  return (await inspector()).drainDeadLetters(async ({ queue, id, reason, body }) => {
    notices.log.tell('dead letter', { queue, reason: word(reason) });
    const { person, finding } = (body ?? {}) as { person?: unknown; finding?: unknown };
    const task: DeskTask = {
      id: taskId('dead-letter', queue, id),
      kind: 'broken',
      why: 'dead-letter',
      ...(typeof person === 'string' && { person }),
      ...(typeof finding === 'string' && { finding }),
      priority: queue === 'notifications' ? 1 : 0,
      since: now,
      status: 'open',
      note: `queue ${queue}: ${word(reason)}`,
    };
    await putTask(notices, task);
  });
}

/** Reasons of Service Bus are words; whatever else stands there may hold content. */
function word(reason: string): string {
  return /^[A-Za-z]{1,60}$/.test(reason) ? reason : 'Other';
}

/** Once an hour: counts for the workbook, and what has gone quiet or blind. Once a week: a sign of life to the desk. */
async function hourly(ports: VigilPorts, now: Date): Promise<void> {
  const { notices } = ports;
  const { rows, log } = notices;
  const last = new Map((await beats(rows)).map(({ name, at }) => [name, at.getTime()]));
  if (now.getTime() - (last.get('hourly') ?? 0) < HOUR_MS) return;
  const vitals = await reportVitals(ports.health);
  const { people, rules } = vitals;
  log.tell('people covered', { people: people.enrolled, reachable: people.reachable, unproven: people.unproven });
  log.tell('rule states', { on: rules.on, staged: rules.staged, off: rules.off, blind: rules.blind.length });
  for (const { key } of vitals.settings) log.tell('settings problem', { key });
  for (const { channel, left, of } of vitals.quota) log.tell('quota', { channel, left, allowed: of });
  for (const what of quietParts(vitals)) await tellQuiet(notices, what, now);
  await beat(rows, 'hourly', now);
  if (now.getTime() - (last.get('weekly') ?? 0) < WEEK_MS) return;
  await tellDesk(notices, signOfLife(await reportHealth(ports.health), now));
  await beat(rows, 'weekly', now);
}

/** What has gone quiet, each as a stable word. Timers that have never run are new, not quiet. */
export function quietParts(health: Vitals): string[] {
  return [
    ...health.sources.filter(({ state }) => state === 'late').map(({ name }) => `source-${name}`),
    ...health.sources.filter(({ state }) => state === 'blind').map(({ name, why }) => `blind-${name}-${why ?? ''}`),
    ...health.timers.filter(({ state }) => state === 'late').map(({ name }) => `timer-${name}`),
    ...health.subscriptions.filter(({ state }) => state === 'missing').map(({ kind }) => `subscription-${kind}`),
  ];
}

/** One task a week and quiet part. */
async function tellQuiet(notices: NoticePorts, what: string, now: Date): Promise<void> {
  const week = String(Math.floor(now.getTime() / WEEK_MS));
  await putTask(notices, {
    id: taskId('quiet', what, week),
    kind: 'broken',
    why: 'blind',
    priority: 1,
    since: now,
    status: 'open',
    note: what,
  });
}

function signOfLife({ people, rules, mode, notices }: Health, now: Date): Parameters<typeof tellDesk>[1] {
  return {
    kind: 'sign-of-life',
    priority: 2,
    at: now,
    about: ['sign-of-life', now.toISOString().slice(0, 10)],
    facts: {
      mode,
      people: people.enrolled,
      reachable: people.reachable,
      rules: rules.on,
      blind: rules.blind.length,
      notices: Object.values(notices).reduce((sum, count) => sum + count, 0),
    },
  };
}

/** Settings without which nobody hears of a quiet watch. */
export function missingDesk(settings: Settings): boolean {
  return settings.POSTERN_DESK_EMAIL === undefined && settings.POSTERN_DESK_WEBHOOK_URL === undefined;
}
