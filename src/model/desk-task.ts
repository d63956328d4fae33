/** Something that a human at the desk must do; lives in the inbox until it is closed. */
import { z } from 'zod';

/**
 * `reach-by-voice`: no message is enough, call or see the person. `not-me`: the person says that it was somebody else.
 * `no-answer`: told, and silent since. `channel-lost`: a channel cannot be used any more, prove another one.
 * `new-card`: all pairs of the safety card are used. `broken`: a message of ours was given up, or we are blind.
 */
export const DESK_TASK_KINDS = ['reach-by-voice', 'not-me', 'no-answer', 'channel-lost', 'new-card', 'broken'] as const;
/** What the desk must do. */
export type DeskTaskKind = (typeof DESK_TASK_KINDS)[number];

/**
 * Why it is a task. For `reach-by-voice`: `no-channel` (none is left that the attack does not touch), `one-channel`
 * (there should be two independent ones, one outside the tenant's mail), `desk-only` (safety plan), `quiet-hours`
 * (safety plan, the notice waits), `daily-cap` (told too often today), `undelivered` (everything tried, nothing arrived).
 * For `channel-lost` the reason on the channel; for `broken` what is broken.
 */
export const DESK_TASK_REASONS = [
  'no-channel',
  'one-channel',
  'desk-only',
  'quiet-hours',
  'daily-cap',
  'undelivered',
  'silence',
  'answer',
  'stopped',
  'bounced',
  'suppressed',
  'failed',
  'card-used-up',
  'dead-letter',
  'blind',
] as const;
/** Why it is a task. */
export type DeskTaskReason = (typeof DESK_TASK_REASONS)[number];

/** One task. Holds no address and no name: the desk page looks the person up. */
export const DeskTask = z.strictObject({
  /** `t_` and a hash of what it is about: deciding again gives the same id. */
  id: z.string(),
  kind: z.enum(DESK_TASK_KINDS),
  why: z.enum(DESK_TASK_REASONS),
  /** Absent when it is about the watch itself. */
  person: z.string().optional(),
  finding: z.string().optional(),
  reference: z.string().optional(),
  /** As of notices: 0 first. */
  priority: z.literal([0, 1, 2]),
  since: z.coerce.date(),
  status: z.enum(['open', 'acknowledged', 'closed']).default('open'),
  /** Who acknowledged or closed it (opaque user id, or `person`), when, and in which words. */
  by: z.string().optional(),
  changedAt: z.coerce.date().optional(),
  note: z.string().optional(),
});
/** One task. */
export type DeskTask = z.infer<typeof DeskTask>;
