/** Reading fields of exports whose names differ in case, blanks and suffixes, and whose values are JSON in strings. */

/** Plain fields of a record or row. */
export type Fields = Record<string, unknown>;

/** True for an object that is neither null nor an array. */
export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The same fields under lower-case names. The first of two names that differ only in case wins. */
export function lowerKeys(record: Readonly<Fields>): Fields {
  const lower: Fields = {};
  for (const key of Object.keys(record)) {
    const name = key.toLowerCase();
    if (!(name in lower)) lower[name] = record[key];
  }
  return lower;
}

/** True unless the value is missing: null, blank, or one of the ways exports write "nothing". */
export function isGiven(value: unknown): boolean {
  if (typeof value !== 'string') return value !== undefined && value !== null;
  const trimmed = value.trim();
  return trimmed !== '' && trimmed !== '<null>';
}

/** The first of the values that is given. */
export function firstGiven(...values: readonly unknown[]): unknown {
  return values.find(isGiven);
}

/** A text that is given, trimmed; else undefined. Numbers become text. */
export function given(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && isGiven(value) ? value.trim() : undefined;
}

/** The object or array that a text holds as JSON; any other value as it is. */
export function fromJson(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const text = value.trim();
  if (!(text.startsWith('{') && text.endsWith('}')) && !(text.startsWith('[') && text.endsWith(']'))) return value;
  try {
    return JSON.parse(text);
  } catch {
    return value;
  }
}

/** A whole number from text or number; undefined for anything else. */
export function wholeNumber(value: unknown): number | undefined {
  const text = given(value);
  return text !== undefined && /^-?\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** `true`/`yes` and `false`/`no` in any case as booleans; undefined for anything else. */
export function flag(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  const text = given(value)?.toLowerCase();
  if (text === 'true' || text === 'yes') return true;
  return text === 'false' || text === 'no' ? false : undefined;
}

/** The same fields without those that are undefined, so that "not said" is never a value. */
export function compact(fields: Readonly<Fields>): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/**
 * A stable id for rows that have none: the same row read twice gets the same id. `parts` are opaque (correlation id,
 * time); the rest of the row goes in as a number, so that ids hold no names.
 */
export function rowId(parts: readonly unknown[], row: unknown): string {
  const text = JSON.stringify(row) ?? '';
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  const hash = (a >>> 0).toString(16).padStart(8, '0') + (b >>> 0).toString(16).padStart(8, '0');
  return [...parts.filter(isGiven), hash].join('_');
}

/** Time texts without a zone get the zone that their export documents: UTC. */
export function utc(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const dotNet = /^\/?\\?\/Date\((-?\d{1,15})\)\\?\/$/.exec(value);
  if (dotNet) return new Date(Number(dotNet[1])).toISOString();
  const text = value.trim();
  return /^\d{4}-\d\d-\d\d[T ]\d\d?:\d\d:\d\d(\.\d+)?$/.test(text) ? `${text.replace(' ', 'T')}Z` : text;
}
