/** The state of the watch without personal data: what the health route answers and `postern doctor` explains. */
import { z } from 'zod';

const At = z.iso.datetime();

/** What the health route answers. */
export const Health = z.object({
  at: At,
  version: z.string(),
  mode: z.enum(['dry-run', 'live']),
  /** `attention`: something below needs somebody. */
  status: z.enum(['ok', 'attention']),
  settings: z.array(z.object({ key: z.string(), message: z.string() })),
  rules: z.object({
    on: z.number(),
    staged: z.number(),
    off: z.number(),
    blind: z.array(z.object({ rule: z.string(), why: z.string() })),
    problems: z.array(z.string()),
  }),
  sources: z.array(
    z.object({
      name: z.string(),
      /** `late`: not read for longer than it should be. `blind`: cannot be read until somebody acts. */
      state: z.enum(['fresh', 'late', 'blind', 'off', 'never']),
      readTo: At.optional(),
      since: At.optional(),
      why: z.string().optional(),
    }),
  ),
  timers: z.array(z.object({ name: z.string(), at: At.optional(), state: z.enum(['awake', 'late', 'never']) })),
  subscriptions: z.array(z.object({ kind: z.string(), state: z.string(), hoursLeft: z.number() })),
  queues: z.array(z.object({ queue: z.string(), waiting: z.number(), dead: z.number() })),
  quota: z.array(z.object({ channel: z.string(), left: z.number(), of: z.number() })),
  people: z.object({ enrolled: z.number(), reachable: z.number(), unproven: z.number() }),
  /** Notices of the last 30 days by status; `dry-run` are those that would have been sent. */
  notices: z.record(z.string(), z.number()),
  openTasks: z.number(),
  /** Parts that could not be asked, by name: then nothing above speaks for them. */
  unknown: z.array(z.string()),
});
/** What the health route answers. */
export type Health = z.infer<typeof Health>;

/** How long after its last run a timer counts as late. */
export const TIMER_LATE_MS: Readonly<Record<string, number>> = {
  'poll-logs': 10 * 60_000,
  watch: 20 * 60_000,
  'renew-subscriptions': 60 * 60_000,
  prune: 49 * 3600_000,
};

/** How long ago a source may have been read to count as fresh. */
export const SOURCE_LATE_MS = 30 * 60_000;

/** Of a timer's last run. */
export function timerState(name: string, last: Date | undefined, now: Date): Health['timers'][number] {
  if (!last) return { name, state: 'never' };
  const isLate = now.getTime() - last.getTime() > (TIMER_LATE_MS[name] ?? SOURCE_LATE_MS);
  return { name, at: last.toISOString(), state: isLate ? 'late' : 'awake' };
}

/** Whether anything needs somebody. */
export function statusOf(health: Omit<Health, 'status' | 'notices' | 'openTasks'>): Health['status'] {
  const isFine =
    health.settings.length === 0 &&
    health.rules.blind.length === 0 &&
    health.rules.problems.length === 0 &&
    health.sources.every(({ state }) => state === 'fresh' || state === 'off') &&
    health.timers.every(({ state }) => state === 'awake') &&
    health.subscriptions.every(({ state, hoursLeft }) => state !== 'missing' && state !== 'failed' && hoursLeft > 24) &&
    health.queues.every(({ dead }) => dead === 0) &&
    health.people.enrolled > 0 &&
    health.unknown.length === 0;
  return isFine ? 'ok' : 'attention';
}
