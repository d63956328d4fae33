/**
 * Somebody whom Postern protects live: what the people store keeps. `Person` (person.ts) is the part that rules need.
 * Instants are written as ISO text and read back as `Date`.
 */
import { z } from 'zod';

/** Languages that notices can be written in; one catalog each in `src/notify/catalogs/`. English is the fallback. */
export const LANGUAGES = ['en', 'fa', 'ar', 'he', 'ru', 'uk', 'zh', 'es', 'fr'] as const;
/** A language of notices. */
export const Language = z.enum(LANGUAGES);
/** A language of notices. */
export type Language = z.infer<typeof Language>;

/** An account whose events are the person's. `work`: in the watched tenant. `linked`: a mailbox the owner opted in. */
export const EnrolledAccount = z.strictObject({
  kind: z.enum(['work', 'linked']),
  /** Entra object id, lower case; found out at enrollment. */
  id: z.string().optional(),
  /** User principal name or mailbox address, lower case. */
  upn: z.string(),
  /** Set while the owner allows Postern to read the metadata of mail that arrives here. */
  mailOptIn: z.coerce.date().optional(),
});
/** An account whose events are the person's. */
export type EnrolledAccount = z.infer<typeof EnrolledAccount>;

/** What an attacker wants: where recovery codes go. Kept as a keyed hash, never as address or number. */
export const RecoveryAddress = z.strictObject({
  kind: z.enum(['email', 'phone']),
  /** Keyed hash of the normalized value (src/sources/contacts.ts normalizes). */
  hash: z.string(),
  addedAt: z.coerce.date(),
  /** When the person proved by a code that it is theirs. */
  provenAt: z.coerce.date().optional(),
});
/** Where recovery codes go, as a keyed hash. */
export type RecoveryAddress = z.infer<typeof RecoveryAddress>;

/** How we reach the person. Never used for recovery. */
export const ContactChannel = z.strictObject({
  /** Opaque, unique within the person: `c_` and eight characters. */
  id: z.string(),
  kind: z.enum(['email', 'sms']),
  address: z.string(),
  addedAt: z.coerce.date(),
  /** When the person last proved by a code that it reaches them; notices go to proven channels only. */
  provenAt: z.coerce.date().optional(),
  /** Set when the person replaced it: after a contact change the previous channels are told, too. */
  retiredAt: z.coerce.date().optional(),
  /** Set when it cannot be used any more: a carrier's STOP, a bounce, a suppression. */
  lost: z.strictObject({ at: z.coerce.date(), why: z.enum(['stopped', 'bounced', 'suppressed', 'failed']) }).optional(),
});
/** How we reach the person. */
export type ContactChannel = z.infer<typeof ContactChannel>;

/** What the person and the desk agreed on, changed only through the desk (facts: notices, point 25). */
export const SafetyPlan = z.strictObject({
  /** `neutral`: notices say only "call the desk". `desk-only`: nothing is sent to the person, the desk reaches them. */
  wording: z.enum(['normal', 'neutral', 'desk-only']).default('normal'),
  /** Local hours in which notices may arrive, as `08:00` to `22:00`; outside the desk is told instead. Absent = always. */
  hours: z.strictObject({ from: z.string().regex(/^\d\d:\d\d$/), to: z.string().regex(/^\d\d:\d\d$/) }).optional(),
  /** Ids of the only channels that may be used. Absent = all. */
  channels: z.array(z.string()).optional(),
  /** Somebody trusted who is told neutrally when the person cannot be reached. */
  helper: z.strictObject({ name: z.string(), kind: z.enum(['email', 'sms']), address: z.string() }).optional(),
});
/** What the person and the desk agreed on. */
export type SafetyPlan = z.infer<typeof SafetyPlan>;

/** One enrolled person. */
export const EnrolledPerson = z.strictObject({
  /** Opaque, random, stable: `p_` and sixteen characters. All that logs and queues ever show. */
  id: z.string(),
  /** How notices address them. */
  name: z.string(),
  accounts: z.array(EnrolledAccount).min(1),
  recovery: z.array(RecoveryAddress).default([]),
  channels: z.array(ContactChannel).default([]),
  language: Language.default('en'),
  /** IANA name, as `Europe/Kyiv`. */
  timeZone: z.string().default('UTC'),
  sensitive: z.boolean().default(false),
  safetyPlan: SafetyPlan.default({ wording: 'normal' }),
  /** `group`: a member of the group in POSTERN_ENROLL_GROUP; leaves with it. */
  origin: z.enum(['manual', 'group']).default('manual'),
  /** Volunteers for `postern drill`. */
  drill: z.boolean().default(false),
  /** Generation of the safety card: 0, or absent, is the first; pairs of earlier ones never match again. */
  card: z.number().int().min(0).optional(),
  enrolledAt: z.coerce.date(),
});
/** One enrolled person. */
export type EnrolledPerson = z.infer<typeof EnrolledPerson>;
