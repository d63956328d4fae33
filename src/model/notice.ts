/** One finding, told to one person over one channel; and what became of it. */
import { z } from 'zod';
import { OUTCOMES } from './finding.ts';

/** First line of every notice: somebody tried, something was changed, somebody got in. Weakest first. */
export const NOTICE_STATES = ['tried', 'changed', 'got-in'] as const;
/** What a notice says happened. */
export type NoticeState = (typeof NOTICE_STATES)[number];

/**
 * How much a notice says. `normal`: the state. `neutral`: "call the desk" (safety plan). `desk-line`: the same one
 * neutral line, for tainted channels. `drill`: a marked test. `code`: proves a channel. `helper`: to the trusted helper.
 */
export const NOTICE_VARIANTS = ['normal', 'neutral', 'desk-line', 'drill', 'code', 'helper'] as const;
/** How much a notice says. */
export type NoticeVariant = (typeof NOTICE_VARIANTS)[number];

/** A decided notice: everything that composing and sending need besides the person's record. Queue body and ledger row. */
export const Notice = z.strictObject({
  /** `n_` and a hash of person, finding episode, state, channel and purpose: deciding again gives the same id. */
  id: z.string(),
  person: z.string(),
  /** Finding id; absent for drills and codes. */
  finding: z.string().optional(),
  state: z.enum(NOTICE_STATES).optional(),
  /** Outcome that it was decided on: for counts; no text says it. */
  outcome: z.enum(OUTCOMES).optional(),
  variant: z.enum(NOTICE_VARIANTS),
  /** `ContactChannel.id`, or `helper`. */
  channel: z.string(),
  kind: z.enum(['email', 'sms']),
  /** Eight characters without look-alikes, as `7K4Q9M2X`; one per person and finding state, on all channels the same. */
  reference: z.string(),
  /** Number of the card pair that it quotes; each is used for one reference only. */
  card: z.number().int().min(1).max(40).optional(),
  /** Generation of that card (`EnrolledPerson.card`); absent = the first. */
  cardGeneration: z.number().int().min(1).optional(),
  /** 0 = break-ins first, 1 = changes, 2 = the rest. */
  priority: z.literal([0, 1, 2]),
  /** Not before (batching with jitter, allowed hours). */
  at: z.coerce.date(),
  /** When it happened, as a period. */
  from: z.coerce.date().optional(),
  to: z.coerce.date().optional(),
  /** The account concerned, masked when it was planned (`j…n@…`): the ledger holds no address. */
  account: z.string().optional(),
  /** Kinds of change, as catalogs name them: method-added, method-removed, contact-changed, password-reset, mail-diverted … */
  changes: z.array(z.string()).default([]),
  /** For `code`. */
  code: z.string().optional(),
});
/** A decided notice. */
export type Notice = z.infer<typeof Notice>;

/** Where a notice is, in the order in which it happens; `answered` is kept apart, per reference. */
export const DELIVERY_STATUSES = ['planned', 'queued', 'accepted', 'delivered', 'failed', 'dry-run'] as const;
/** Where a notice is. `accepted`: by the provider. `dry-run`: composed, and not sent because POSTERN_MODE says so. */
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** The ledger's row of one notice. Holds no address: the channel id names it within the person's record. */
export const Delivery = z.strictObject({
  notice: Notice,
  status: z.enum(DELIVERY_STATUSES),
  /** When each status was reached. */
  times: z.partialRecord(z.enum(DELIVERY_STATUSES), z.coerce.date()),
  /** Which transport took it: `acs-email`, `smtp` … */
  transport: z.string().optional(),
  /** The provider's id, which delivery reports name. */
  providerId: z.string().optional(),
  attempts: z.number().int().default(0),
  /** Code of the last failure, never its text. */
  why: z.string().optional(),
  /** Claim of a sender: until then nobody else may send it. */
  lease: z.strictObject({ owner: z.string(), until: z.coerce.date() }).optional(),
});
/** The ledger's row of one notice. */
export type Delivery = z.infer<typeof Delivery>;
