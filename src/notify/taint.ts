/**
 * Which channels an attack may hold: what may be written to each (facts: NIST SP 800-63B-4 section 4.6 wants every
 * address told, and we want no detail in a mailbox that was just taken: a tainted channel gets one neutral line).
 */
import type { ContactChannel, EnrolledPerson } from '../model/enrolled-person.ts';
import type { Finding } from '../model/finding.ts';
import type { Delivery } from '../model/notice.ts';

/** What was added or replaced so recently may be the attacker's. */
export const RECENT_MS = 30 * 24 * 3600_000;
/**
 * How long a replaced channel is still told. US carriers may give a number to somebody else after 45 days
 * (47 CFR 52.15); the line that it gets names nobody.
 */
export const RETIRED_TOLD_MS = 90 * 24 * 3600_000;
/** What is added within a day of the enrollment, or of the first channel, is what the person came with. */
const BASELINE_MS = 24 * 3600_000;

/** Why a channel gets at most the desk line. */
export type Taint =
  | 'affected-mailbox'
  | 'received-verification'
  | 'added-lately'
  | 'replaced'
  | 'last-delivery-failed'
  | 'proof-expired';

/** What may be sent over a channel. */
export type ChannelUse =
  | { readonly use: 'full' }
  | { readonly use: 'desk-line'; readonly why: Taint }
  /** Nothing: it was never proven (it may be anybody's), is lost, not allowed by the safety plan, or nothing sends it. */
  | { readonly use: 'none'; readonly why: 'unproven' | 'lost' | 'not-allowed' | 'no-transport' | 'long-replaced' };

/** What judging a channel needs to know. */
export interface TaintContext {
  readonly person: EnrolledPerson;
  readonly finding: Finding;
  /** All of the person's, in any order. */
  readonly deliveries: readonly Delivery[];
  /** Kinds of channel that some transport carries. */
  readonly sendable: ReadonlySet<ContactChannel['kind']>;
  readonly reproveDays: number;
  /** The keyed hash of `RecoveryAddress.hash`; absent when there is no key. */
  readonly hashContact?: (kind: 'email' | 'phone', value: string) => string;
  readonly now: Date;
}

/** What may be sent over one channel of the person. */
export function judgeChannel(channel: ContactChannel, context: TaintContext): ChannelUse {
  const { person, sendable, now, reproveDays } = context;
  if (!sendable.has(channel.kind)) return { use: 'none', why: 'no-transport' };
  if (person.safetyPlan.channels && !person.safetyPlan.channels.includes(channel.id))
    return { use: 'none', why: 'not-allowed' };
  if (channel.lost) return { use: 'none', why: 'lost' };
  if (!channel.provenAt) return { use: 'none', why: 'unproven' };
  if (channel.retiredAt && now.getTime() - channel.retiredAt.getTime() > RETIRED_TOLD_MS)
    return { use: 'none', why: 'long-replaced' };
  const why = taintOf(channel, context);
  if (why) return { use: 'desk-line', why };
  const isExpired = now.getTime() - channel.provenAt.getTime() > reproveDays * 24 * 3600_000;
  return isExpired ? { use: 'desk-line', why: 'proof-expired' } : { use: 'full' };
}

function taintOf(channel: ContactChannel, context: TaintContext): Taint | undefined {
  if (channel.kind === 'email' && isAffected(channel.address, context)) return 'affected-mailbox';
  if (receivedVerification(channel, context)) return 'received-verification';
  if (channel.retiredAt) return 'replaced';
  if (isRecent(channel.addedAt, context)) return 'added-lately';
  const recovery = recoveryEntry(channel, context);
  if (recovery && isRecent(recovery.addedAt, context)) return 'added-lately';
  return lastDeliveryFailed(channel, context.deliveries) ? 'last-delivery-failed' : undefined;
}

/** The mailbox of an account in the finding: attacked itself, or it received what the attacker asked for. */
function isAffected(address: string, { person, finding }: TaintContext): boolean {
  const keys = new Set(finding.accounts);
  const affected = person.accounts.filter(({ id, upn }) => keys.has(upn) || (id !== undefined && keys.has(id)));
  const mailbox = address.trim().toLowerCase();
  return keys.has(mailbox) || affected.some(({ upn }) => upn === mailbox);
}

/** Gates of self-service reset that send something, and where to. */
const GATE_KIND: Readonly<Record<string, 'email' | 'phone'>> = { email: 'email', sms: 'phone', voice: 'phone' };

/**
 * A recovery check by mail or phone sent a code to a recovery address of that kind; which one, no log says. Every channel
 * that is one of them counts. Where we cannot tell (no key, or none on file) and somebody got in, every channel of the
 * kind does: unknown is not "no".
 */
function receivedVerification(channel: ContactChannel, context: TaintContext): boolean {
  const { person, finding } = context;
  const kind = recoveryKind(channel);
  if (!finding.evidence.some(({ gate }) => gate !== undefined && GATE_KIND[gate] === kind)) return false;
  const isKnown = context.hashContact !== undefined && person.recovery.some((entry) => entry.kind === kind);
  return isKnown ? recoveryEntry(channel, context) !== undefined : finding.outcome === 'compromised';
}

function recoveryEntry(channel: ContactChannel, { person, hashContact }: TaintContext) {
  const kind = recoveryKind(channel);
  const hash = hashContact?.(kind, channel.address);
  return person.recovery.find((entry) => entry.kind === kind && entry.hash === hash);
}

function recoveryKind(channel: ContactChannel): 'email' | 'phone' {
  return channel.kind === 'email' ? 'email' : 'phone';
}

/** Within the chain's window, or within 30 days unless it is what the person came with. */
function isRecent(addedAt: Date, { person, finding, now }: TaintContext): boolean {
  const added = addedAt.getTime();
  if (added >= finding.first.getTime() && added <= finding.last.getTime()) return true;
  const firstChannel = Math.min(...person.channels.map((channel) => channel.addedAt.getTime()));
  const start = Math.max(person.enrolledAt.getTime(), firstChannel);
  return added > start + BASELINE_MS && now.getTime() - added < RECENT_MS;
}

/** Failures that say nothing of the channel: ours, or the provider's bad day. */
const NOT_THE_CHANNEL = new Set(['MISCONFIGURED', 'UNAVAILABLE', 'THROTTLED', 'NO_WORDS']);

function lastDeliveryFailed(channel: ContactChannel, deliveries: readonly Delivery[]): boolean {
  const ended = deliveries
    .filter(({ notice, status }) => notice.channel === channel.id && (status === 'delivered' || status === 'failed'))
    .sort((a, b) => endOf(a) - endOf(b) || (a.notice.id < b.notice.id ? -1 : 1));
  const last = ended.at(-1);
  return last?.status === 'failed' && !NOT_THE_CHANNEL.has(last.why ?? '');
}

function endOf({ status, times }: Delivery): number {
  return times[status]?.getTime() ?? 0;
}
