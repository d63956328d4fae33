/**
 * Differences between two polls of a person's authentication methods (Graph `users/{id}/authentication/methods`).
 *
 * Graph has no event for these, so whoever polls writes one `MethodDifference` per method that is new, gone or changed.
 * An object stands alone: an address that was replaced keeps its method id, so values are compared, never ids.
 */
import { z } from 'zod';
import type { LogEvent, PosternFields, Reading } from '../model/log-event.ts';
import type { LogSource } from '../model/log-source.ts';
import { type ContactKind, compareContacts, contactOf } from './contacts.ts';
import { AUTHENTICATION_METHOD_FIELDS } from './field-maps.ts';
import type { Lookups } from './knowledge.ts';
import { type MethodType, methodTypeOf } from './methods.ts';
import { accountOf, explain, object, type RawRecord, text } from './record.ts';
import { NOT_AN_INSTANT, parseInstant } from './times.ts';

/** One difference between two polls: Postern's own record shape. */
export const MethodDifference = z.looseObject({
  /** Unique; the same difference has the same id, for example a hash of account, method and both poll times. */
  id: z.string().min(1),
  /** When the later poll saw it (ISO 8601): at the latest then it had happened. */
  at: z.string().refine((value) => parseInstant(value) !== undefined, NOT_AN_INSTANT),
  /** When the earlier poll did not see it yet; absent on the first poll. */
  since: z.string().nullish(),
  account: z.looseObject({ id: z.string().nullish(), userPrincipalName: z.string().nullish() }),
  change: z.enum(['added', 'removed', 'updated', 'default_changed']),
  /** Graph's `@odata.type` of the method, or any text that names it. */
  method: z.string().min(1),
  /** The phone number or mail address, now and before. Only hashes of them reach an event. */
  value: z.string().nullish(),
  previous: z.string().nullish(),
  /** Keyed hash (`Knowledge.hash`) of what it was before, where only that was kept. */
  previousHash: z.string().nullish(),
});
/** One difference between two polls: Postern's own record shape. */
export type MethodDifference = z.infer<typeof MethodDifference>;

/** Snapshot differences of authentication methods. */
export function createAuthenticationMethods(lookups: Lookups): LogSource {
  return {
    name: 'authentication-methods',
    title: 'Authentication methods',
    needs: ['Graph permission UserAuthenticationMethod.Read.All'],
    logSources: [{ product: 'postern', service: 'authentication-methods' }],
    fields: AUTHENTICATION_METHOD_FIELDS,
    dispatchField: 'postern.method.action',
    recognizes: (record) => record.change !== undefined && record.method !== undefined && record.at !== undefined,
    toLogEvent: (record) => read(record, lookups),
  };
}

const CONTACT_KINDS: Partial<Record<MethodType, ContactKind>> = { phone: 'phone', email: 'email' };

function read(record: RawRecord, lookups: Lookups): Reading {
  const parsed = MethodDifference.safeParse(record);
  const account = object(record.account);
  const subject = account && accountOf(account.id, account.userPrincipalName);
  if (!parsed.success || !subject) return explain(MethodDifference, record, 'account: names nobody');
  const { id, change, method, value, previous, previousHash } = parsed.data;
  const type = methodTypeOf(shortName(method));
  const postern: PosternFields = { method: { action: change, type } };
  const kind = CONTACT_KINDS[type];
  if (kind) {
    readContact(postern, kind, change === 'removed' ? [value ?? previous, null] : [previous, value], lookups);
    if (previousHash) postern.contact = { changed: [kind], ...(postern.contact as object), old: [previousHash] };
  }
  const event: LogEvent = {
    source: 'authentication-methods',
    id,
    action: id,
    at: new Date(parseInstant(record.at) ?? 0),
    subject,
    place: {},
    arrived: false,
    fields: { id, at: text(record.at), account, change, method, postern },
  };
  return { kind: 'event', event };
}

/** `#microsoft.graph.phoneAuthenticationMethod` → `phone`: the rest of the name would match other types. */
function shortName(method: string): string {
  return method.replace(/^#?microsoft\.graph\./i, '').replace(/AuthenticationMethod$/i, '');
}

function readContact(
  postern: PosternFields,
  kind: ContactKind,
  [before, after]: readonly unknown[],
  { hash, indicators }: Lookups,
): void {
  const old = contactOf(kind, before);
  const fresh = contactOf(kind, after);
  const change = compareContacts(old ? [old] : [], fresh ? [fresh] : [], hash);
  if (!change) return;
  const { domains, ...contact } = change;
  postern.contact = contact;
  const listed = domains.flatMap((domain) => indicators.ofDomain(domain) ?? []);
  if (listed.length > 0) postern.indicator = [...new Set(listed)].sort();
}
