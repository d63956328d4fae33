/** Dates of notices, in the person's locale, calendar and time zone. */
import type { NoticeState } from '../model/notice.ts';
import type { Catalog } from './catalog-schema.ts';
import { fill, type Line } from './template.ts';

const MINUTE_MS = 60_000;
/** Attempts are told with a coarse time, so that the notice does not show what exactly was seen. */
const ROUND_MS: Readonly<Record<NoticeState, number>> = {
  tried: 60 * MINUTE_MS,
  changed: 10 * MINUTE_MS,
  'got-in': 10 * MINUTE_MS,
};

/** Locale of dates for this time zone: the longest beginning that fits, else the catalog's own. */
export function localeOf(catalog: Catalog, timeZone: string): string {
  const fitting = Object.keys(catalog.locales).filter((start) => timeZone.startsWith(start));
  const longest = fitting.reduce((best, start) => (start.length > best.length ? start : best), '');
  return catalog.locales[longest] ?? catalog.locale;
}

/** When it happened: always a period, its ends rounded outwards (attempts to hours, the rest to ten minutes). */
export function formatPeriod(catalog: Catalog, zone: string, state: NoticeState, from: Date, to: Date): Line {
  const round = ROUND_MS[state];
  const [first, last] = from <= to ? [from, to] : [to, from];
  const start = new Date(Math.floor(first.getTime() / round) * round);
  const end = new Date((Math.floor(last.getTime() / round) + 1) * round);
  const timeZone = knownZone(zone);
  const locale = localeOf(catalog, timeZone);
  const part = (at: Date, name: Part): string => formatter(locale, timeZone, name).format(at);
  const values = {
    weekday: part(start, 'weekday'),
    date: part(start, 'date'),
    from: part(start, 'time'),
    to: part(end, 'time'),
    zone: zoneName(locale, timeZone, start),
  };
  const { day, days } = catalog.email.period;
  if (values.date === part(end, 'date')) return capitalized(fill(day, values), locale);
  const lastDay = { lastWeekday: part(end, 'weekday'), lastDate: part(end, 'date') };
  return capitalized(fill(days, { ...values, ...lastDay }), locale);
}

/** Day and month as short as the language has it, for SMS: plain blanks, no marks of direction, no dot at the end. */
export function formatDay(catalog: Catalog, zone: string, at: Date): string {
  const timeZone = knownZone(zone);
  return formatter(localeOf(catalog, timeZone), timeZone, 'day')
    .format(at)
    .replace(/[\u061c\u200e\u200f]/g, '')
    .replace(/\s/g, ' ')
    .replace(/\.$/, '');
}

/** A full date, for the card. */
export function formatDate(catalog: Catalog, zone: string, at: Date): string {
  const timeZone = knownZone(zone);
  return formatter(localeOf(catalog, timeZone), timeZone, 'date').format(at);
}

const PARTS = {
  weekday: { weekday: 'long' },
  date: { day: 'numeric', month: 'long', year: 'numeric' },
  time: { timeStyle: 'short' },
  day: { day: 'numeric', month: 'short' },
  zone: { timeZoneName: 'long' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;
type Part = keyof typeof PARTS;

/** Making one takes a thousand times as long as using it; there are no more than locales, known zones and parts. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(locale: string, timeZone: string, part: Part): Intl.DateTimeFormat {
  const key = `${locale} ${timeZone} ${part}`;
  const known = formatters.get(key);
  if (known) return known;
  const fresh = new Intl.DateTimeFormat(locale, { ...PARTS[part], timeZone });
  formatters.set(key, fresh);
  return fresh;
}

function zoneName(locale: string, timeZone: string, at: Date): string {
  const parts = formatter(locale, timeZone, 'zone').formatToParts(at);
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? timeZone;
}

/** Weekdays are lower case in many languages, but this one begins a line. */
function capitalized([first, ...rest]: Line, locale: string): Line {
  if (!first) return rest;
  const [letter = '', ...letters] = first.text;
  return [{ ...first, text: letter.toLocaleUpperCase(locale) + letters.join('') }, ...rest];
}

/** A zone that Intl does not know must not keep anybody from being told. */
function knownZone(zone: string): string {
  try {
    formatter('en', zone, 'day');
    return zone;
  } catch {
    return 'UTC';
  }
}
