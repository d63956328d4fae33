/** A person as an admin writes them, and how that becomes an enrolled person. Pure. */
import { z } from 'zod';
import {
  type ContactChannel,
  type EnrolledAccount,
  type EnrolledPerson,
  Language,
  type RecoveryAddress,
  SafetyPlan,
} from '../../model/enrolled-person.ts';
import { normalizeContact } from '../../sources/contacts.ts';

const Upn = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[^\s@;,]+@[^\s@;,]+$/, 'should be a user principal name or a mail address');
const Email = z.email('should be a mail address').trim();
const Phone = z
  .string()
  .trim()
  .transform((text) => text.replace(/[\s().-]/g, ''))
  .pipe(z.string().regex(/^\+[1-9]\d{6,14}$/, 'should be a number in international form, as +1 555 0100'));
const TimeZone = z.string().refine(isTimeZone, 'should be an IANA time zone, as Europe/Kyiv');

/** One person as the admin API, JSON and CSV imports have them. */
export const PersonInput = z.strictObject({
  /** The id of somebody who is enrolled. Left out: found by account, else a new person. */
  id: z
    .string()
    .regex(/^p_[a-z0-9]{16}$/, 'should be an id that `postern people list` shows')
    .optional(),
  name: z.string().trim().min(1).max(80),
  /** User principal names in the watched tenant. */
  accounts: z.array(Upn).min(1),
  /** Mailboxes that the owner allows Postern to count as theirs. */
  linked: z.array(Upn).default([]),
  /** Of `accounts` and `linked`: those whose mail metadata the owner allows Postern to read. */
  mailOptIn: z.array(Upn).default([]),
  /** Where recovery codes go; kept as keyed hashes. Left out: what is known stays, since an export cannot give them back. */
  recoveryEmails: z.array(Email).optional(),
  recoveryPhones: z.array(Phone).optional(),
  /** Where notices go, in order of preference. */
  emails: z.array(Email).default([]),
  phones: z.array(Phone).default([]),
  language: Language.default('en'),
  timeZone: TimeZone.default('UTC'),
  sensitive: z.boolean().default(false),
  drill: z.boolean().default(false),
  safetyPlan: SafetyPlan.default({ wording: 'normal' }),
});
/** One person as an admin writes them. */
export type PersonInput = z.output<typeof PersonInput>;

/** What enrolling needs from the outside. */
export interface EnrollContext {
  readonly now: Date;
  /** Keyed hash of recovery addresses, after normalization. */
  readonly hash: (value: string) => string;
  /** Fresh random text of so many characters a-z and 0-9. */
  readonly random: (length: number) => string;
}

/**
 * The record after what the admin wrote. What is the same keeps its proofs and dates; channels that are gone are retired,
 * not forgotten: after a contact change they are told, too (facts: notices, point 13).
 */
export function toEnrolled(
  input: PersonInput,
  known: EnrolledPerson | undefined,
  context: EnrollContext,
): EnrolledPerson {
  const optIn = new Set(input.mailOptIn);
  return {
    id: known?.id ?? `p_${context.random(16)}`,
    name: input.name,
    accounts: [
      ...input.accounts.map((upn) => toAccount('work', upn, optIn.has(upn), known, context.now)),
      ...input.linked.map((upn) => toAccount('linked', upn, optIn.has(upn), known, context.now)),
    ],
    recovery: [
      ...toRecovery('email', input.recoveryEmails, known, context),
      ...toRecovery('phone', input.recoveryPhones, known, context),
    ],
    channels: toChannels(input, known, context),
    language: input.language,
    timeZone: input.timeZone,
    sensitive: input.sensitive,
    safetyPlan: input.safetyPlan,
    origin: known?.origin ?? 'manual',
    drill: input.drill,
    ...(known?.card !== undefined && { card: known.card }),
    enrolledAt: known?.enrolledAt ?? context.now,
  };
}

/** What is odd about the channels of a person, in words for the admin; each leaves somebody worse protected. */
export function weaknesses(person: EnrolledPerson): string[] {
  const usable = person.channels.filter(({ retiredAt, lost }) => !retiredAt && !lost);
  const proven = usable.filter(({ provenAt }) => provenAt !== undefined);
  const domains = new Set(person.accounts.map(({ upn }) => upn.split('@')[1]));
  const isOutside = ({ kind, address }: ContactChannel) =>
    kind === 'sms' || !domains.has(address.toLowerCase().split('@')[1]);
  const said: string[] = [];
  if (usable.length === 0) said.push('no channel: only the desk can reach them');
  else if (proven.length === 0) said.push('no channel is proven by a code yet: only the desk can reach them');
  else if (proven.length === 1) said.push('one proven channel only: add a second, independent one');
  if (usable.length > 0 && !usable.some(isOutside))
    said.push("every channel is in the mail of the person's own tenant");
  return said;
}

function toAccount(
  kind: EnrolledAccount['kind'],
  upn: string,
  isOptedIn: boolean,
  known: EnrolledPerson | undefined,
  now: Date,
): EnrolledAccount {
  const before = known?.accounts.find((account) => account.upn === upn);
  return {
    kind,
    upn,
    ...(before?.id !== undefined && { id: before.id }),
    ...(isOptedIn && { mailOptIn: before?.mailOptIn ?? now }),
  };
}

function toRecovery(
  kind: RecoveryAddress['kind'],
  values: readonly string[] | undefined,
  known: EnrolledPerson | undefined,
  { hash, now }: EnrollContext,
): RecoveryAddress[] {
  const before = known?.recovery.filter((one) => one.kind === kind) ?? [];
  if (values === undefined) return before;
  const hashes = [...new Set(values.map((value) => hash(normalizeContact(kind, value))))];
  return hashes.map((hashed) => before.find((one) => one.hash === hashed) ?? { kind, hash: hashed, addedAt: now });
}

function toChannels(input: PersonInput, known: EnrolledPerson | undefined, context: EnrollContext): ContactChannel[] {
  const wanted = [
    ...input.emails.map((address) => ({ kind: 'email' as const, address })),
    ...input.phones.map((address) => ({ kind: 'sms' as const, address })),
  ];
  const before = known?.channels ?? [];
  const isSame = (a: { kind: string; address: string }, b: { kind: string; address: string }) =>
    a.kind === b.kind && a.address.toLowerCase() === b.address.toLowerCase();
  const present = wanted.map((one): ContactChannel => {
    const same = before.find((channel) => isSame(channel, one) && !channel.lost);
    if (!same) return { id: `c_${context.random(8)}`, ...one, addedAt: context.now };
    const { retiredAt, ...channel } = same;
    // Back after it was replaced: new again, so that a number that wandered to somebody else is not trusted.
    return retiredAt
      ? { ...channel, id: `c_${context.random(8)}`, addedAt: context.now, provenAt: undefined }
      : channel;
  });
  const retired = before
    .filter((channel) => !present.some(({ id }) => id === channel.id) && !present.some((one) => isSame(one, channel)))
    .map((channel) => ({ ...channel, retiredAt: channel.retiredAt ?? context.now }));
  return [...present, ...retired];
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== '';
  } catch {
    return false;
  }
}
