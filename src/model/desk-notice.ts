/** What the desk is told by webhook and mail. Holds ids only; the text is made when it is sent. */
import { z } from 'zod';
import { DESK_TASK_KINDS, DESK_TASK_REASONS } from './desk-task.ts';
import { Delivery } from './notice.ts';

/**
 * `break-in`: somebody got in. `task`: something a human must do (see `task` and `why`). `answer`: what a person said.
 * `dead-letter`, `blind`: about the watch itself. `sign-of-life`: once a week, so that its absence is noticed.
 */
export const DESK_NOTICE_KINDS = ['break-in', 'task', 'answer', 'dead-letter', 'blind', 'sign-of-life'] as const;

/** One thing that the desk is told. */
export const DeskNotice = z.strictObject({
  /** `d_` and a hash of what it is about: deciding again gives the same id. */
  id: z.string(),
  kind: z.enum(DESK_NOTICE_KINDS),
  task: z.enum(DESK_TASK_KINDS).optional(),
  why: z.enum(DESK_TASK_REASONS).optional(),
  person: z.string().optional(),
  finding: z.string().optional(),
  reference: z.string().optional(),
  /** As of notices: 0 first. */
  priority: z.literal([0, 1, 2]),
  at: z.coerce.date(),
  /** Words from closed sets and counts: `answer: not-me`, `via: sms`, `source: sign-ins`, `queue: notices`. */
  facts: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
});
/** One thing that the desk is told. */
export type DeskNotice = z.infer<typeof DeskNotice>;

/** By which way the desk is told. */
export const DESK_WAYS = ['webhook', 'email'] as const;
/** By which way the desk is told. */
export type DeskWay = (typeof DESK_WAYS)[number];

/** The ledger's row of one desk notice over one way. */
export const DeskDelivery = z.strictObject({
  desk: DeskNotice,
  way: z.enum(DESK_WAYS),
  ...Delivery.pick({
    status: true,
    times: true,
    transport: true,
    providerId: true,
    attempts: true,
    why: true,
    lease: true,
  }).shape,
});
/** The ledger's row of one desk notice over one way. */
export type DeskDelivery = z.infer<typeof DeskDelivery>;
