/** Small words and numbers that all reports share: times in UTC, counts, names of outcomes and logs. Locale-free. */
import type { Outcome } from '../model/finding.ts';
import type { SourceName } from '../model/log-event.ts';
import type { ReportedProblem } from './scan-report.ts';

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** What each outcome means for the person, as a headline. */
export const HEADLINES: Readonly<Record<Outcome, string>> = {
  identified: 'Somebody looked up the recovery options',
  attacked: 'Somebody tried to get in',
  compromised: 'Somebody got in',
};

/** What to do next, for the admin. */
export const ADVICE: Readonly<Record<Outcome, string>> = {
  identified:
    'Nothing was tried yet. Tell the person that a reset may follow, and make sure the recovery phone and address on file are theirs.',
  attacked:
    'Call the person on a number you already knew: was it them? If not, set a new password together and look at the sign-in methods on file.',
  compromised:
    'Act now: revoke all sessions, set a new password with the person on a number you already knew, and undo every change listed here, also inbox rules, forwarding and app consents.',
};

/** Names of logs for people. */
export const SOURCE_TITLES: Readonly<Record<SourceName, string>> = {
  'directory-audits': 'directory audit',
  'sign-ins': 'sign-in',
  'risk-detections': 'risk detection',
  'provider-mail': 'mail',
  'authentication-methods': 'authentication methods',
  'mailbox-activity': 'mailbox activity',
};

/** `2,700`. */
export function count(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 attempt`, `2,700 attempts`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** `Tue 12 Aug 2025` (UTC). */
export function day(at: Date): string {
  return `${WEEKDAYS[at.getUTCDay()]} ${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}`;
}

/** `12 Aug` (UTC). */
export function shortDay(at: Date): string {
  return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}`;
}

/** `09:14` (UTC). */
export function clock(at: Date): string {
  return at.toISOString().slice(11, 16);
}

/** `2025-08-12` (UTC): the key of a day. */
export function dayKey(at: Date): string {
  return at.toISOString().slice(0, 10);
}

/** `12 Aug 2025, 09:14 to 09:41`, or with both days where they differ. */
export function period(first: Date, last: Date): string {
  const start = `${shortDay(first)} ${first.getUTCFullYear()}, ${clock(first)}`;
  if (clock(first) === clock(last) && dayKey(first) === dayKey(last)) return start;
  if (dayKey(first) === dayKey(last)) return `${start} to ${clock(last)}`;
  const year = first.getUTCFullYear() === last.getUTCFullYear() ? '' : ` ${last.getUTCFullYear()}`;
  return `${start} to ${shortDay(last)}${year}, ${clock(last)}`;
}

/** How long, in the two largest units that say something: `3 min`, `2 h 10 min`, `4 d 3 h`. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return ms < 10_000 && ms % 1000 !== 0 ? `${(ms / 1000).toFixed(1)} s` : `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${Math.floor(hours / 24)} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** First letter in upper case. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `line 17: no date`, or the message alone. */
export function problemText({ line, unit, message }: ReportedProblem): string {
  return line === undefined ? visible(message) : `${unit ?? 'line'} ${count(line)}: ${visible(message)}`;
}

/** Problems of one file that are told one by one. */
const SHOWN_PROBLEMS = 5;

/** The problems of a file that are told one by one: what cost more than a record first, for it must not be overlooked. */
export function shownProblems({ problems }: { readonly problems: readonly ReportedProblem[] }): ReportedProblem[] {
  const ranked = [...problems.filter(({ lost }) => lost), ...problems.filter(({ lost }) => !lost)];
  return ranked.slice(0, SHOWN_PROBLEMS);
}

/** Control characters, line breaks and writing-direction overrides: what a hostile device name would use to disguise itself. */
const UNPRINTABLE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\p{Cs}]/gu;

/** Text of a log, safe for a terminal or a page: what cannot be seen becomes `␛`-like marks, so it stays noticeable. */
export function visible(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x20 ? String.fromCodePoint(0x2400 + code) : '\ufffd';
  });
}
