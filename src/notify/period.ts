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
  const part = (at: Date, options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat(locale, { ...options, timeZone }).format(at);
  const date = (at: Date): string => part(at, { day: 'numeric', month: 'long', year: 'numeric' });
  const time = (at: Date): string => part(at, { hour: 'numeric', minute: '2-digit' });
  const weekday = (at: Date): string => part(at, { weekday: 'long' });
  const values = {
    weekday: weekday(start),
    date: date(start),
    from: time(start),
    to: time(end),
    zone: zoneName(locale, timeZone, start),
  };
  if (values.date === date(end)) return fill(catalog.email.period.day, values);
  return fill(catalog.email.period.days, { ...values, lastWeekday: weekday(end), lastDate: date(end) });
}

/** Day and month as short as the language has it, for SMS: plain blanks, no marks of direction. */
export function formatDay(catalog: Catalog, zone: string, at: Date): string {
  const timeZone = knownZone(zone);
  const day = new Intl.DateTimeFormat(localeOf(catalog, timeZone), { day: 'numeric', month: 'short', timeZone });
  return day
    .format(at)
    .replace(/[\u061c\u200e\u200f]/g, '')
    .replace(/\s/g, ' ');
}

/** A full date, for the card. */
export function formatDate(catalog: Catalog, zone: string, at: Date): string {
  const timeZone = knownZone(zone);
  return new Intl.DateTimeFormat(localeOf(catalog, timeZone), {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone,
  }).format(at);
}

function zoneName(locale: string, timeZone: string, at: Date): string {
  const parts = new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: 'long' }).formatToParts(at);
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? timeZone;
}

/** A zone that Intl does not know must not keep anybody from being told. */
function knownZone(zone: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return 'UTC';
  }
}
