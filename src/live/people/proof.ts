/**
 * Proof by a code that a channel or recovery address is the person's: 10 minutes by SMS, 24 hours by mail
 * (NIST SP 800-63B-4, 4.2.1.2). Codes are kept as keyed hashes, tried five times at most, and sent at once.
 */
import { z } from 'zod';
import type { EnrolledPerson } from '../../model/enrolled-person.ts';
import type { Rows } from '../../ports.ts';
import { normalizeContact } from '../../sources/contacts.ts';
import { isEqualSecret } from '../authorize.ts';
import type { PeopleStore } from '../people-store.ts';

/** What is to be proven. A recovery address is named in full, because only its hash is kept. */
export type ProofTarget =
  | { readonly channel: string }
  | { readonly recovery: { readonly kind: 'email' | 'phone'; readonly address: string } };

/** What became of a request for a code. */
export type ProofStart =
  | { readonly kind: 'sent'; readonly until: Date }
  /** No such person, channel or recovery address. */
  | { readonly kind: 'unknown' }
  /** A code went out less than a minute ago. */
  | { readonly kind: 'too-soon' };

/** What became of a code that was typed in. `wrong` says how many tries are left. */
export type ProofEnd =
  | { readonly kind: 'proven' }
  | { readonly kind: 'wrong'; readonly left: number }
  | { readonly kind: 'expired' }
  | { readonly kind: 'unknown' };

/** What proving needs from the outside. */
export interface ProofPorts {
  readonly rows: Rows;
  readonly people: Pick<PeopleStore, 'get' | 'update'>;
  /** Keyed hash. */
  readonly hash: (value: string) => string;
  /** Eight random digits. */
  readonly randomCode: () => string;
  /** Sends a code. @throws DeliveryError */
  readonly send: (
    person: EnrolledPerson,
    to: { kind: 'email' | 'sms'; address: string },
    code: string,
  ) => Promise<void>;
}

/** How long a code lives. */
export const CODE_MS = { sms: 10 * 60_000, email: 24 * 3600_000 } as const;
const TRIES = 5;
const AGAIN_MS = 60_000;

const Pending = z.object({ hash: z.string(), until: z.coerce.date(), sentAt: z.coerce.date(), left: z.number() });

/** Sends a code and remembers its hash. The newest code counts. @throws DeliveryError, UpstreamError */
export async function startProof(ports: ProofPorts, id: string, target: ProofTarget, now: Date): Promise<ProofStart> {
  const person = await ports.people.get(id);
  const found = person && find(person, target, ports.hash);
  if (!person || !found) return { kind: 'unknown' };
  const before = await ports.rows.get('people', partitionOf(id), found.row);
  const pending = before && Pending.parse(before.value);
  if (pending && now.getTime() - pending.sentAt.getTime() < AGAIN_MS) return { kind: 'too-soon' };
  const code = ports.randomCode();
  const until = new Date(now.getTime() + CODE_MS[found.kind]);
  const value = { hash: ports.hash(`${id} ${found.row} ${code}`), until, sentAt: now, left: TRIES };
  const written = await ports.rows.transact('people', partitionOf(id), [
    before ? { op: 'replace', row: found.row, value, tag: before.tag } : { op: 'insert', row: found.row, value },
  ]);
  if (written === 'conflict') return { kind: 'too-soon' };
  await ports.send(person, found, code);
  return { kind: 'sent', until };
}

/** Compares in constant time; counts a try before it compares, so that trying in parallel gains nothing. */
export async function endProof(
  ports: ProofPorts,
  id: string,
  target: ProofTarget,
  code: string,
  now: Date,
): Promise<ProofEnd> {
  const person = await ports.people.get(id);
  const found = person && find(person, target, ports.hash);
  if (!found) return { kind: 'unknown' };
  for (;;) {
    const stored = await ports.rows.get('people', partitionOf(id), found.row);
    if (!stored) return { kind: 'expired' };
    const pending = Pending.parse(stored.value);
    if (pending.until < now || pending.left <= 0) return { kind: 'expired' };
    const left = pending.left - 1;
    const counted = await ports.rows.transact('people', partitionOf(id), [
      { op: 'replace', row: found.row, value: { ...pending, left }, tag: stored.tag },
    ]);
    if (counted === 'conflict') continue;
    const typed = ports.hash(`${id} ${found.row} ${code.replace(/[\s-]/g, '')}`);
    if (!isEqualSecret(typed, pending.hash)) return { kind: 'wrong', left };
    await ports.people.update(id, (current) => withProof(current, target, ports.hash, now));
    await ports.rows.transact('people', partitionOf(id), [{ op: 'delete', row: found.row }]);
    return { kind: 'proven' };
  }
}

/** Partition of the codes that wait for a person. */
export function partitionOf(person: string): string {
  return `proof:${person}`;
}

interface Found {
  readonly row: string;
  readonly kind: 'email' | 'sms';
  readonly address: string;
}

function find(person: EnrolledPerson, target: ProofTarget, hash: ProofPorts['hash']): Found | undefined {
  if ('channel' in target) {
    const channel = person.channels.find(({ id, retiredAt }) => id === target.channel && !retiredAt);
    return channel && { row: channel.id, kind: channel.kind, address: channel.address };
  }
  const { kind, address } = target.recovery;
  const hashed = hash(normalizeContact(kind, address));
  const known = person.recovery.some((one) => one.kind === kind && one.hash === hashed);
  return known ? { row: `r:${hashed}`, kind: kind === 'phone' ? 'sms' : 'email', address } : undefined;
}

function withProof(person: EnrolledPerson, target: ProofTarget, hash: ProofPorts['hash'], now: Date): EnrolledPerson {
  if ('channel' in target) {
    const channels = person.channels.map((one) =>
      one.id === target.channel ? { ...one, provenAt: now, lost: undefined } : one,
    );
    return { ...person, channels };
  }
  const { kind, address } = target.recovery;
  const hashed = hash(normalizeContact(kind, address));
  const recovery = person.recovery.map((one) =>
    one.kind === kind && one.hash === hashed ? { ...one, provenAt: now } : one,
  );
  return { ...person, recovery };
}
