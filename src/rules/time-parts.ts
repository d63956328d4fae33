/** The time modifiers: a number taken out of a date. */

/** Names of the time modifiers with the numbers they can yield. `week` is the ISO 8601 week. */
export const TIME_PARTS = {
  minute: [0, 59],
  hour: [0, 23],
  day: [1, 31],
  week: [1, 53],
  month: [1, 12],
  year: [1, 9999],
} as const satisfies Record<string, readonly [number, number]>;
/** A time modifier. */
export type TimePart = keyof typeof TIME_PARTS;

const ISO_DATE = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/i;
const HAS_ZONE = /(?:Z|[+-]\d{2}:?\d{2})$/i;
const DAY_MS = 24 * 3600_000;

/**
 * The part of an ISO 8601 date or date-time, in UTC; a time without a zone counts as UTC. `undefined` for anything else:
 * a number could be seconds, milliseconds or no time at all.
 */
export function timePartOf(text: string, part: TimePart): number | undefined {
  if (!ISO_DATE.test(text)) return undefined;
  const zoned = text.length <= 10 || HAS_ZONE.test(text.slice(10)) ? text : `${text}Z`;
  const date = new Date(zoned.replace(' ', 'T'));
  if (Number.isNaN(date.getTime())) return undefined;
  switch (part) {
    case 'minute':
      return date.getUTCMinutes();
    case 'hour':
      return date.getUTCHours();
    case 'day':
      return date.getUTCDate();
    case 'week':
      return isoWeek(date);
    case 'month':
      return date.getUTCMonth() + 1;
    case 'year':
      return date.getUTCFullYear();
  }
}

/** ISO 8601: weeks start on Monday, and week 1 is the one with the year's first Thursday. */
function isoWeek(date: Date): number {
  const midnight = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
  const weekday = (date.getUTCDay() + 6) % 7;
  const thursday = new Date(midnight + (3 - weekday) * DAY_MS);
  const firstDay = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  return Math.floor((thursday.getTime() - firstDay) / (7 * DAY_MS)) + 1;
}
