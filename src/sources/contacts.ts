/** Recovery phones and addresses in audit records: which changed, and comparable hashes of the old and the new. */
import { objects, type RawRecord, text, unwrapJson } from './record.ts';

/** What kind of recovery address. */
export type ContactKind = 'phone' | 'email';

/** `postern.contact`. Absent members = nothing of it. */
export interface ContactChange {
  /** Sorted. */
  readonly changed: readonly ContactKind[];
  /** Keyed hashes of numbers and addresses that were not there before. */
  readonly new?: readonly string[];
  /** Keyed hashes of numbers and addresses that are gone. */
  readonly old?: readonly string[];
  /** Domains of the new addresses, for indicators only: never part of an event. */
  readonly domains: readonly string[];
}

/** One registered number or address. */
interface Contact {
  readonly kind: ContactKind;
  readonly value: string;
}

/** Members of `StrongAuthenticationUserDetails` (a real record has exactly these four). */
const DETAILS: Readonly<Record<string, ContactKind>> = {
  phonenumber: 'phone',
  alternativephonenumber: 'phone',
  voiceonlyphonenumber: 'phone',
  email: 'email',
};

/** Directory contact properties that self-service reset may use, as `modifiedProperties` name them. */
const PROPERTIES: Readonly<Record<string, ContactKind>> = {
  mobile: 'phone',
  othermail: 'email',
  othermails: 'email',
  alternateemail: 'email',
  alternativeemail: 'email',
  alternateemailaddress: 'email',
};

const USER_DETAILS = 'strongauthenticationuserdetails';

/** The modified properties that are read here, lower case. */
export const CONTACT_PROPERTIES: readonly string[] = [USER_DETAILS, ...Object.keys(PROPERTIES)];

/**
 * A number without blanks, marks, trunk zero and extension, `00` as `+`; an address in lower case without `smtp:` and
 * without what its provider ignores. Contacts that reach the same phone or mailbox compare equal.
 */
export function normalizeContact(kind: ContactKind, value: string): string {
  const plain = value.normalize('NFKC').trim();
  if (kind === 'email') return normalizeAddress(plain.toLowerCase().replace(/^(?:smtp|mailto):/, ''));
  const number = plain
    .replace(/^tel:/i, '')
    .replace(/\s*(?:;ext=|x|ext\.?)\s*\d+$/i, '')
    .replace(/^\s*00/, '+')
    .replace(/^(\+[\d\s]+)\(0\)/, '$1');
  return `${number.startsWith('+') ? '+' : ''}${number.replace(/\D/g, '')}`;
}

/** Mailboxes have as many names as their owner likes: `eve+1@` everywhere, dots anywhere at Gmail. */
function normalizeAddress(address: string): string {
  const [local = '', domain] = address.split('@');
  if (domain === undefined) return address;
  const name = local.replace(/\+.*/, '') || local;
  if (domain !== 'gmail.com' && domain !== 'googlemail.com') return `${name}@${domain}`;
  return `${name.replaceAll('.', '')}@gmail.com`;
}

/** What the modified properties of one target say of its contacts; `undefined` when no contact changed. */
export function contactChange(
  properties: readonly RawRecord[],
  hash: (value: string) => string,
): ContactChange | undefined {
  const before: Contact[] = [];
  const after: Contact[] = [];
  for (const property of properties) {
    const name = text(property.displayName)?.toLowerCase() ?? '';
    if (name === USER_DETAILS) {
      before.push(...detailsIn(property.oldValue));
      after.push(...detailsIn(property.newValue));
    } else {
      const kind = Object.hasOwn(PROPERTIES, name) ? PROPERTIES[name] : undefined;
      if (!kind) continue;
      before.push(...valuesIn(property.oldValue, kind));
      after.push(...valuesIn(property.newValue, kind));
    }
  }
  return compareContacts(before, after, hash);
}

/** The difference of two sets of contacts; `undefined` when they are equal after normalization. */
export function compareContacts(
  before: readonly Contact[],
  after: readonly Contact[],
  hash: (value: string) => string,
): ContactChange | undefined {
  const added = without(after, before);
  const removed = without(before, after);
  if (added.length + removed.length === 0) return undefined;
  const changed = [...new Set([...added, ...removed].map(({ kind }) => kind))].sort();
  const fresh = hashes(added, hash);
  const gone = hashes(removed, hash);
  const domains = added.flatMap(({ kind, value }) => (kind === 'email' ? (value.split('@')[1] ?? []) : []));
  return { changed, ...(fresh.length > 0 && { new: fresh }), ...(gone.length > 0 && { old: gone }), domains };
}

/** A contact from a number or address as records write it; `undefined` when it holds none. */
export function contactOf(kind: ContactKind, value: unknown): Contact | undefined {
  const raw = text(value);
  const normalized = raw === undefined ? '' : normalizeContact(kind, raw);
  // A masked number keeps its mask, so that a change is seen although the number is not.
  if (raw?.includes('*')) return { kind, value: raw };
  return normalized === '' || normalized === '+' ? undefined : { kind, value: normalized };
}

function detailsIn(value: unknown): Contact[] {
  const parsed = unwrapJson(value);
  const items = Array.isArray(parsed) ? objects(parsed) : objects([parsed]);
  return items.flatMap((item) =>
    Object.entries(item).flatMap(([name, member]) => {
      const lower = name.toLowerCase();
      const kind = Object.hasOwn(DETAILS, lower) ? DETAILS[lower] : undefined;
      return (kind && contactOf(kind, member)) ?? [];
    }),
  );
}

function valuesIn(value: unknown, kind: ContactKind): Contact[] {
  const parsed = unwrapJson(value);
  return (Array.isArray(parsed) ? parsed : [parsed]).flatMap((item) => contactOf(kind, item) ?? []);
}

function without(contacts: readonly Contact[], others: readonly Contact[]): Contact[] {
  return contacts.filter(({ kind, value }) => !others.some((other) => other.kind === kind && other.value === value));
}

/** A masked value is not hashed: two different numbers can look alike. */
function hashes(contacts: readonly Contact[], hash: (value: string) => string): string[] {
  return [...new Set(contacts.filter(({ value }) => !value.includes('*')).map(({ value }) => hash(value)))].sort();
}
