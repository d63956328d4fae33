/**
 * Instants as logs write them. Every form below was seen in a real export; all of them mean UTC unless they say
 * otherwise (the unified audit log and the US forms name no zone).
 */

/** Years outside this range are placeholders (`0001-01-01`, `9999-12-31`), not event times. */
const FIRST_YEAR = 2000;
const LAST_YEAR = 2199;

/** Words for what `parseInstant` refuses. */
export const NOT_AN_INSTANT = `no time of an event; should be as 2026-03-01T09:14:27Z, from ${FIRST_YEAR} to ${LAST_YEAR}`;

const ISO = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{1,2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?$/i;
const US =
  /^(\d{1,2})\/(\d{1,2})\/(\d{4}),? (\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s*(AM|PM)?\s*(?:UTC|GMT|Z)?$/i;

/**
 * Epoch milliseconds of a log's timestamp, or `undefined` for anything that is not a plausible instant: another form,
 * a date that does not exist, or a placeholder year. Fractions beyond milliseconds are cut off.
 */
export function parseInstant(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const fast = parseCommonIso(value);
  if (fast !== undefined) return fast;
  const text = value.trim();
  return parseIso(text) ?? parseUs(text);
}

/** `2026-03-01T09:14:27[.fraction](Z|+00:00)`, without a regular expression: this is the form of nearly all records. */
function parseCommonIso(text: string): number | undefined {
  const { length } = text;
  if (length < 20 || text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45 || text.charCodeAt(10) !== 84) {
    return undefined;
  }
  if (text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58) return undefined;
  let end = 19;
  let millis = 0;
  if (text.charCodeAt(19) === 46) {
    let weight = 100;
    for (end = 20; end < length; end++) {
      const digit = text.charCodeAt(end) - 48;
      if (digit < 0 || digit > 9) break;
      millis += digit * weight;
      weight = weight === 100 ? 10 : weight === 10 ? 1 : 0;
    }
    if (end === 20) return undefined;
  }
  const isUtc = (length === end + 1 && text.charCodeAt(end) === 90) || (length === end + 6 && text.endsWith('+00:00'));
  if (!isUtc) return undefined;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  return instant(
    [year, twoDigits(text, 5), twoDigits(text, 8), twoDigits(text, 11), twoDigits(text, 14), twoDigits(text, 17)],
    millis,
  );
}

/** NaN unless both characters are digits. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

function parseIso(text: string): number | undefined {
  const match = ISO.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  const at = instant([year, month, day, hour, minute, second].map(Number) as Parts, toMillis(fraction));
  if (at === undefined || zone === undefined || !/^[+-]/.test(zone)) return at;
  const offset = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return zone.startsWith('-') ? at + offset * 60_000 : at - offset * 60_000;
}

function parseUs(text: string): number | undefined {
  const match = US.exec(text);
  if (!match) return undefined;
  const [, month, day, year, hour, minute, second = '0', fraction, half] = match;
  let hours = Number(hour);
  if (half) {
    if (hours < 1 || hours > 12) return undefined;
    hours = (hours % 12) + (half.toUpperCase() === 'PM' ? 12 : 0);
  }
  return instant([Number(year), Number(month), Number(day), hours, Number(minute), Number(second)], toMillis(fraction));
}

type Parts = [year: number, month: number, day: number, hour: number, minute: number, second: number];

const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Comparisons are written so that NaN fails them. */
function instant([year, month, day, hour, minute, second]: Parts, millis: number): number | undefined {
  const plausible =
    year >= FIRST_YEAR &&
    year <= LAST_YEAR &&
    month >= 1 &&
    day >= 1 &&
    day <= (DAYS[month - 1] ?? 0) &&
    hour <= 23 &&
    minute <= 59 &&
    second <= 59;
  if (!plausible) return undefined;
  if (month === 2 && day === 29 && (year % 4 !== 0 || (year % 100 === 0 && year % 400 !== 0))) return undefined;
  return Date.UTC(year, month - 1, day, hour, minute, second, millis);
}

function toMillis(fraction: string | undefined): number {
  return fraction ? Number(fraction.padEnd(3, '0').slice(0, 3)) : 0;
}
