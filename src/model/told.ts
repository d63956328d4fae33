/** What one person was told already: what keeps planning from repeating itself. Row `told` of the ledger. */
import { z } from 'zod';
import { DeskTask } from './desk-task.ts';
import { NOTICE_STATES } from './notice.ts';

/** One thing told: one finding in one state, over whatever channels. */
export const Telling = z.strictObject({
  /** The finding's id when it was told. */
  finding: z.string(),
  state: z.enum(NOTICE_STATES),
  reference: z.string(),
  /** Number of the card pair quoted; absent when all are used up. */
  card: z.number().int().optional(),
  /** Generation of the card that was current when it was told; absent = the first. */
  cardGeneration: z.number().int().min(1).optional(),
  /** When it was decided. */
  at: z.coerce.date(),
  /** Not before: the latest `at` of its notices. */
  due: z.coerce.date(),
  /** Decided in dry-run: counts as told only while in dry-run. */
  dryRun: z.boolean().default(false),
  /** False when nothing is sent to the person: only the desk knows. */
  sent: z.boolean().default(true),
  /** Ids of channels that carry the full notice: an answer from them counts. */
  channels: z.array(z.string()).default([]),
  /** Ids of further channels that the attack does not touch, best first: tried when the others fail. */
  spare: z.array(z.string()).default([]),
  /** What made us try another channel: notice ids and checks. The same cause again tries no second one. */
  causes: z.array(z.string()).default([]),
  /** Revision of the finding that was seen last. */
  revision: z.string(),
  /** Revisions that came later and were not worth another notice. */
  folded: z.number().int().default(0),
  /** Tasks decided with it. */
  tasks: z.array(DeskTask).default([]),
  /** True until rows, due rows and queue messages of it are known to be written: the outbox mark. */
  pending: z.boolean().default(false),
});
/** One thing told. */
export type Telling = z.infer<typeof Telling>;

/** What one person was told already. */
export const Told = z.strictObject({
  /** Oldest first. */
  tellings: z.array(Telling).default([]),
  /** Highest number of a card pair used for a notice or asked for on the answer page. */
  cards: z.number().int().default(0),
  /** Generation of the card that `cards` counts on; absent = the first. On a newer card the count starts anew. */
  cardGeneration: z.number().int().min(1).optional(),
});
/** What one person was told already. */
export type Told = z.infer<typeof Told>;
