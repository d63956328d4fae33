/**
 * Sending one message exactly as often as needed: claim, quota, send, settle. The same for notices to people and to the
 * desk.
 *
 * The claim guards against repeats, the queue does not: a claim is a lease in the row, written over the version that was
 * read. Whoever finds a live lease comes back when it has ended; an ended lease is taken over, because for a person under
 * attack twice beats never. Waiting is a delayed copy of the queue message with a new id.
 */
import { DeliveryError, faultOf, UpstreamError } from '../errors.ts';
import type { Delivery } from '../model/notice.ts';
import type { Message, Sent, Transport } from '../notify/channels/channel.ts';
import { fraction, operationId } from '../notify/plan-ids.ts';
import type { NoticePorts } from './notice-ports.ts';
import { findWay, takeFromQuota, type Way } from './quotas.ts';

/** What a row of the ledger says of sending. */
export type Sending = Pick<Delivery, 'status' | 'times' | 'transport' | 'providerId' | 'attempts' | 'why' | 'lease'>;

/** One message to be sent, with the row that it is settled in. */
export interface Parcel<T extends Sending> {
  /** Notice id: seeds operation ids and jitter. */
  readonly id: string;
  /** Comes back in delivery reports. */
  readonly tag: string;
  readonly kind: 'email' | 'sms' | 'webhook';
  readonly priority: 0 | 1 | 2;
  readonly load: () => Promise<{ readonly value: T; readonly tag: string } | undefined>;
  readonly save: (value: T, tag: string) => Promise<'done' | 'conflict'>;
  /** The message as it goes out. `undefined`: there is nobody or nothing to send to any more. */
  readonly compose: (value: T) => Promise<Message | undefined>;
  /** Sends the queue message again after `delayMs`, as copy number `copy`. */
  readonly again: (copy: number, delayMs: number) => Promise<void>;
  /** Called before a transport that reports is used: reports may come before `send` returns. */
  readonly announce: (providerId: string) => Promise<void>;
}

/** What became of it. `failed`: no transport took it, and waiting does not help. */
export type ParcelEnd<T> =
  | { readonly kind: 'sent'; readonly value: T; readonly transport: Transport }
  | { readonly kind: 'later' }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'failed'; readonly value: T; readonly why: string; readonly transport: string };

/** Longer than any transport waits. */
const LEASE_MS = 2 * 60_000;
/** After so many tries of ours a provider's bad day counts as failure; quota and claims do not count. */
const MOST_ATTEMPTS = 12;
const CONFLICTS = 8;

/** Handles one queue message; `copy`: which delayed copy it is, 0 for the first. */
export async function sendParcel<T extends Sending>(
  ports: NoticePorts,
  parcel: Parcel<T>,
  copy: number,
): Promise<ParcelEnd<T>> {
  let way: Way | undefined;
  for (let tries = 0; tries < CONFLICTS; tries++) {
    const stored = await parcel.load();
    const now = ports.clock.now();
    if (!stored || !isOpen(stored.value)) return { kind: 'nothing' };
    const leased = (stored.value.lease?.until.getTime() ?? 0) - now.getTime();
    if (leased > 0) return later(parcel, copy, leased + 1000);
    if (ports.settings.POSTERN_MODE === 'dry-run') {
      const composed = await composeSafely(ports, parcel, stored.value);
      if ('code' in composed) return fail(ports, parcel, composed);
      if ((await parcel.save(withStatus(stored.value, 'dry-run', now), stored.tag)) === 'done')
        return { kind: 'nothing' };
      continue;
    }
    // Once: what was taken from the quota is not taken again because somebody wrote meanwhile.
    way ??= await findWay(ports, parcel.kind, parcel.priority, parcel.id);
    if (way.kind === 'wait') return later(parcel, copy, way.forMs);
    if (way.kind === 'none') return fail(ports, parcel, { code: 'MISCONFIGURED', transport: '' });
    const message = await composeSafely(ports, parcel, stored.value);
    if ('code' in message) return fail(ports, parcel, message);
    const claimed = {
      ...stored.value,
      attempts: stored.value.attempts + 1,
      lease: { owner: ports.owner, until: new Date(now.getTime() + LEASE_MS) },
    };
    if ((await parcel.save(claimed, stored.tag)) === 'conflict') continue;
    return sendClaimed(ports, parcel, { value: claimed, message, ways: way.ways, copy });
  }
  // Somebody else is at it all the time: look again in a moment.
  return later(parcel, copy, 2000);
}

interface Claimed<T> {
  readonly value: T;
  readonly message: Message;
  /** Transports in order; the first has a token of its quota already. */
  readonly ways: readonly Transport[];
  readonly copy: number;
}

async function sendClaimed<T extends Sending>(
  ports: NoticePorts,
  parcel: Parcel<T>,
  { value, message, ways, copy }: Claimed<T>,
): Promise<ParcelEnd<T>> {
  let waitMs: number | undefined;
  let last: Refusal = { code: 'MISCONFIGURED', transport: '' };
  for (const [index, transport] of ways.entries()) {
    if (index > 0) {
      const quota = await takeFromQuota(ports, transport, parcel.priority, parcel.id);
      if (quota.kind === 'wait') {
        waitMs = Math.min(waitMs ?? quota.forMs, quota.forMs);
        continue;
      }
    }
    const result = await sendOver(ports, parcel, value, message, transport);
    if (!(result instanceof DeliveryError)) return settle(ports, parcel, transport, result);
    last = { code: result.code, transport: transport.name };
    if (result.code === 'THROTTLED' || result.code === 'UNAVAILABLE') {
      const delay = result.retryAfterMs ?? backoff(parcel.id, value.attempts);
      ports.log.tell('provider throttled', { channel: transport.name, retryAfterMs: delay });
      waitMs = Math.min(waitMs ?? delay, delay);
    }
    // These speak of the address: no other transport will do better.
    if (result.code === 'BAD_ADDRESS' || result.code === 'STOPPED') {
      waitMs = undefined;
      break;
    }
  }
  return release(ports, parcel, copy, value.attempts >= MOST_ATTEMPTS ? undefined : waitMs, last);
}

async function sendOver<T extends Sending>(
  ports: NoticePorts,
  parcel: Parcel<T>,
  value: T,
  message: Message,
  transport: Transport,
): Promise<Sent | DeliveryError> {
  const operation = operationId(parcel.id, transport.name);
  if (transport.reports) await parcel.announce(operation);
  try {
    const now = ports.clock.now();
    const decidedAt = value.times.planned ?? now;
    const sent = await transport.send(message, { operationId: operation, tag: parcel.tag, decidedAt, now });
    if (transport.reports && sent.providerId !== operation) await parcel.announce(sent.providerId);
    return sent;
  } catch (error) {
    if (error instanceof DeliveryError) return error;
    // Anything else may have happened before or after the provider took it: try again, with the same operation id.
    ports.log.error('transport failed in a way of its own', { transport: transport.name, ...faultOf(error) });
    return new DeliveryError(transport.name, 'UNAVAILABLE', { cause: error });
  }
}

/** Writes what the provider said over whatever is there by now: a delivery report may have been faster. */
async function settle<T extends Sending>(
  ports: NoticePorts,
  parcel: Parcel<T>,
  transport: Transport,
  sent: Sent,
): Promise<ParcelEnd<T>> {
  const { providerId, status } = sent;
  for (;;) {
    const stored = await parcel.load();
    if (!stored) return { kind: 'nothing' };
    const known = { ...withoutLease(stored.value), transport: transport.name, providerId };
    const value = isOpen(stored.value) ? withStatus(known, status, ports.clock.now()) : known;
    if ((await parcel.save(value, stored.tag)) === 'done') return { kind: 'sent', value, transport };
  }
}

/** Nobody took it: again later, or failed. */
async function release<T extends Sending>(
  ports: NoticePorts,
  parcel: Parcel<T>,
  copy: number,
  waitMs: number | undefined,
  last: Refusal,
): Promise<ParcelEnd<T>> {
  if (waitMs === undefined) return fail(ports, parcel, last);
  const value = await change(parcel, (known) => ({ ...withoutLease(known), why: last.code }));
  return value ? later(parcel, copy, waitMs) : { kind: 'nothing' };
}

interface Refusal {
  readonly code: string;
  /** Empty: it never came to one. */
  readonly transport: string;
}

async function fail<T extends Sending>(ports: NoticePorts, parcel: Parcel<T>, last: Refusal): Promise<ParcelEnd<T>> {
  const now = ports.clock.now();
  const value = await change(parcel, (known) => ({
    ...withStatus(withoutLease(known), 'failed', now),
    why: last.code,
  }));
  return value ? { kind: 'failed', value, why: last.code, transport: last.transport } : { kind: 'nothing' };
}

/** Changes the row as it is by now; `undefined` when it is gone, or settled by a report meanwhile. */
async function change<T extends Sending>(parcel: Parcel<T>, to: (known: T) => T): Promise<T | undefined> {
  for (;;) {
    const stored = await parcel.load();
    if (!stored || !isOpen(stored.value)) return undefined;
    const value = to(stored.value);
    if ((await parcel.save(value, stored.tag)) === 'done') return value;
  }
}

async function later<T extends Sending>(parcel: Parcel<T>, copy: number, delayMs: number): Promise<ParcelEnd<T>> {
  await parcel.again(copy + 1, delayMs);
  return { kind: 'later' };
}

async function composeSafely<T extends Sending>(
  ports: NoticePorts,
  parcel: Parcel<T>,
  value: T,
): Promise<Message | Refusal> {
  try {
    return (await parcel.compose(value)) ?? { code: 'NO_CHANNEL', transport: '' };
  } catch (error) {
    if (error instanceof UpstreamError) throw error;
    if (error instanceof DeliveryError) return { code: error.code, transport: '' };
    ports.log.error('a notice cannot be put into words', { notice: parcel.id, ...faultOf(error) });
    return { code: 'NO_WORDS', transport: '' };
  }
}

function isOpen({ status }: Sending): boolean {
  return status === 'planned' || status === 'queued';
}

function withStatus<T extends Sending>(value: T, status: Delivery['status'], at: Date): T {
  return { ...value, status, times: { ...value.times, [status]: at } };
}

function withoutLease<T extends Sending>(value: T): T {
  const { lease: _, ...rest } = value;
  return rest as T;
}

/** 5 s, 10 s, 20 s … at most 5 min, plus up to a fifth, always the same for the same try. */
function backoff(id: string, attempts: number): number {
  const base = Math.min(5000 * 2 ** (attempts - 1), 300_000);
  return Math.round(base * (1 + fraction('backoff', id, String(attempts)) / 5));
}
