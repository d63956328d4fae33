/**
 * Snapshots of what Graph only shows as it is now (authentication methods, recovery fields, inbox rules), and the
 * differences between two of them as records that rules read like log records. Pure.
 *
 * A snapshot keeps keyed hashes. Numbers and addresses are in a difference for the moment in which it is ingested.
 */
import { createHash } from 'node:crypto';
import type { AccountRef } from '../model/log-event.ts';
import type { RawRecord } from '../ports.ts';
import { type ContactKind, normalizeContact } from '../sources/contacts.ts';

/** Keyed hash of a normalized number or address; the same key as the sources', so that hashes compare. */
export type KeyedHash = (value: string) => string;

/** Keyed hash by key: a method's id, a field's entry, a rule's id. What has no value of its own is `''`. */
export type Prints = Readonly<Record<string, string>>;

/** Whose snapshot, and when it and the one before were taken. */
export interface DiffContext {
  readonly account: AccountRef;
  readonly at: Date;
  /** When the earlier snapshot was taken. */
  readonly since: Date;
}

/** One thing of a snapshot. */
interface Item {
  /** Graph's type of method, or words that name it. */
  readonly method: string;
  /** The number or address, while it is at hand. */
  readonly value?: string;
  readonly print: string;
}

/** What is there now, by key. */
export type Items = ReadonlyMap<string, Item>;

const TYPE = /^#?microsoft\.graph\.(\w+?)AuthenticationMethod$/;

/** Authentication methods as Graph lists them. The password is none that could be added. */
export function methodItems(methods: readonly RawRecord[], hash: KeyedHash): Items {
  const items = new Map<string, Item>();
  for (const method of methods) {
    const type = String(method['@odata.type'] ?? '');
    const { id, phoneNumber, emailAddress } = method;
    if (typeof id !== 'string' || TYPE.exec(type)?.[1] === 'password') continue;
    const [kind, value] =
      typeof phoneNumber === 'string' ? (['phone', phoneNumber] as const) : (['email', emailAddress] as const);
    // The type is part of the key: what is gone must still be named.
    const key = `${type}|${id}`;
    items.set(key, { method: type, ...(typeof value === 'string' && { value }), print: printOf(kind, value, hash) });
  }
  return items;
}

/** Recovery fields of a user. Each address and number is an item, because lists of them have no order. */
export function fieldItems(user: RawRecord, hash: KeyedHash): Items {
  const items = new Map<string, Item>();
  const add = (kind: ContactKind, field: string, values: unknown) => {
    for (const value of Array.isArray(values) ? values : [values]) {
      if (typeof value !== 'string' || value.trim() === '') continue;
      const print = printOf(kind, value, hash);
      items.set(`directory ${kind}|${field}|${print}`, { method: `directory ${kind}`, value, print });
    }
  };
  add('email', 'otherMails', user.otherMails);
  add('phone', 'mobilePhone', user.mobilePhone);
  add('phone', 'businessPhones', user.businessPhones);
  return items;
}

/** What is stored of items. */
export function printsOf(items: Items): Prints {
  return Object.fromEntries([...items].map(([key, { print }]) => [key, print]));
}

/**
 * One `MethodDifference` (src/sources/authentication-methods.ts) per item that is new, gone or of another value. The same
 * difference has the same id, however often it is found.
 */
export function methodDifferences(before: Prints, now: Items, context: DiffContext): RawRecord[] {
  const records: RawRecord[] = [];
  for (const [key, { method, value, print }] of now) {
    const old = before[key];
    if (old === print) continue;
    const change = old === undefined ? 'added' : 'updated';
    records.push(difference({ key, change, method, old, print }, value, context));
  }
  for (const [key, old] of Object.entries(before)) {
    if (now.has(key)) continue;
    const method = key.split('|')[0] ?? key;
    records.push(difference({ key, change: 'removed', method, old, print: '' }, undefined, context));
  }
  return records;
}

function difference(
  {
    key,
    change,
    method,
    old,
    print,
  }: { key: string; change: string; method: string; old?: string | undefined; print: string },
  value: string | undefined,
  context: DiffContext,
): RawRecord {
  return {
    id: recordId('method', context, [key, change, old ?? '', print]),
    at: context.at.toISOString(),
    since: context.since.toISOString(),
    account: accountFields(context.account),
    change,
    method,
    ...(value !== undefined && { value }),
    ...(old && { previousHash: old }),
  };
}

/** Inbox rules that are switched on. */
export function ruleItems(
  rules: readonly RawRecord[],
  hash: KeyedHash,
): ReadonlyMap<string, Item & { readonly rule: RawRecord }> {
  const items = new Map<string, Item & { readonly rule: RawRecord }>();
  for (const rule of rules) {
    const { id, isEnabled, conditions, exceptions, actions } = rule;
    if (typeof id !== 'string' || isEnabled === false) continue;
    items.set(id, { method: 'rule', rule, print: hash(JSON.stringify(sorted([conditions, exceptions, actions]))) });
  }
  return items;
}

/**
 * One mailbox audit record, as Exchange would write it, per rule that is new or changed. Graph dates no rule, so `at` is
 * when it was seen. Addresses stand in it as keyed hashes.
 */
export function ruleDifferences(
  before: Prints,
  now: ReturnType<typeof ruleItems>,
  context: DiffContext,
  hash: KeyedHash,
): RawRecord[] {
  const records: RawRecord[] = [];
  for (const [key, { print, rule }] of now) {
    const old = before[key];
    if (old === print) continue;
    records.push({
      id: recordId('rule', context, [key, old ?? '', print]),
      createdDateTime: context.at.toISOString(),
      operation: old === undefined ? 'New-InboxRule' : 'Set-InboxRule',
      auditLogRecordType: 'exchangeAdmin',
      service: 'Exchange',
      userId: context.account.upn ?? context.account.id,
      userPrincipalName: context.account.upn ?? context.account.id,
      auditData: { MailboxOwnerUPN: context.account.upn ?? context.account.id, Parameters: parametersOf(rule, hash) },
    });
  }
  return records;
}

/** Actions in the words of the cmdlet, which is what the audit log would show. */
function parametersOf({ actions }: RawRecord, hash: KeyedHash): { Name: string; Value: string }[] {
  const given = (typeof actions === 'object' && actions !== null ? actions : {}) as RawRecord;
  const parameters: { Name: string; Value: string }[] = [];
  const flag = (Name: string, isOn: boolean) => isOn && parameters.push({ Name, Value: 'True' });
  flag('DeleteMessage', given.delete === true || given.permanentDelete === true);
  flag('MarkAsRead', given.markAsRead === true);
  flag('StopProcessingRules', given.stopProcessingRules === true);
  if (typeof given.moveToFolder === 'string') parameters.push({ Name: 'MoveToFolder', Value: given.moveToFolder });
  for (const [name, Name] of [
    ['forwardTo', 'ForwardTo'],
    ['forwardAsAttachmentTo', 'ForwardAsAttachmentTo'],
    ['redirectTo', 'RedirectTo'],
  ] as const) {
    const to = given[name];
    if (Array.isArray(to) && to.length > 0) parameters.push({ Name, Value: hash(JSON.stringify(sorted(to))) });
  }
  return parameters;
}

/** Deterministic, and without the account in readable form. */
function recordId(kind: string, { account, since }: DiffContext, parts: readonly string[]): string {
  const text = JSON.stringify([kind, account.id ?? account.upn, since.toISOString(), ...parts]);
  return `snapshot-${kind}-${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
}

function accountFields({ id, upn }: AccountRef): RawRecord {
  return { ...(id !== undefined && { id }), ...(upn !== undefined && { userPrincipalName: upn }) };
}

function printOf(kind: ContactKind, value: unknown, hash: KeyedHash): string {
  return typeof value === 'string' ? hash(normalizeContact(kind, value)) : '';
}

/** The same whatever order a service writes members in. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as RawRecord).filter(([, member]) => member !== null && member !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => [name, sorted(member)]),
  );
}
