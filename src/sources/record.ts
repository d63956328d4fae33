/** Reading raw records by hand, because validating each with zod costs more than everything else together. */
import type { z } from 'zod';
import type { AccountRef, Reading } from '../model/log-event.ts';

/** A raw record in Graph's shape. */
export type RawRecord = Readonly<Record<string, unknown>>;

/** A trimmed text with content, else `undefined`. `<null>` is how Azure Monitor writes a missing value. */
export function text(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length === 0) return undefined;
  const trimmed = trim(value);
  return trimmed === '' || trimmed === '<null>' ? undefined : trimmed;
}

/** `String.trim` that costs nothing when there is nothing to trim. */
export function trim(value: string): string {
  return value.charCodeAt(0) <= 32 || value.charCodeAt(value.length - 1) <= 32 || value.charCodeAt(0) === 0xa0
    ? value.trim()
    : value;
}

/** True for objects that are no arrays. */
export function isObject(value: unknown): value is RawRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object, else `undefined`; arrays are not objects here. */
export function object(value: unknown): RawRecord | undefined {
  return isObject(value) ? value : undefined;
}

/** The objects of an array; empty for anything else. */
export function objects(value: unknown): readonly RawRecord[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

const NO_ID = '00000000-0000-0000-0000-000000000000';

/** An id in lower case; the all-zero id means "none". */
export function identifier(value: unknown): string | undefined {
  const id = text(value)?.toLowerCase();
  return id === NO_ID ? undefined : id;
}

/**
 * An account from an object id and a user principal name, both lower-cased. A name without `@` is not one (sign-ins by
 * phone number, redacted exports) and counts only where there is no id. `undefined` when the record names nobody.
 */
export function accountOf(id: unknown, upn: unknown): AccountRef | undefined {
  const key = identifier(id);
  const name = text(upn)?.toLowerCase();
  if (name === undefined) return key === undefined ? undefined : { id: key };
  if (key === undefined) return { upn: name };
  return name.includes('@') ? { id: key, upn: name } : { id: key };
}

/** True when both name one account. A shared id or name is enough: some records hold only one of the two. */
export function isSameAccount(a: AccountRef, b: AccountRef): boolean {
  return (a.id !== undefined && a.id === b.id) || (a.upn !== undefined && a.upn === b.upn);
}

/** A value that may be JSON inside a string (`modifiedProperties`, Log Analytics columns), parsed; else as it is. */
export function unwrapJson(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const first = value.charCodeAt(0);
  if (first !== 0x22 && first !== 0x5b && first !== 0x7b) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** The reading of a record that `schema` explains; for records that the hand-written checks refused. */
export function explain(schema: z.ZodType, record: RawRecord, fallback: string): Reading {
  const parsed = schema.safeParse(record);
  const problems = parsed.success
    ? [fallback]
    : parsed.error.issues.map((issue) => `${issue.path.map(String).join('.') || 'record'}: ${wordsOf(issue)}`);
  return { kind: 'unreadable', problems };
}

/** In plain words, and without the value. */
function wordsOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'too_small') return 'is empty';
  if (issue.code !== 'invalid_type') return issue.message;
  return issue.message.endsWith('received undefined') ? 'is missing' : `should be of type ${issue.expected}`;
}
