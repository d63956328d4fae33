/** `--since` and `--until`: which evidence counts. All times are UTC unless they say otherwise. */
import { InvalidArgumentError } from 'commander';
import type { ScanReport } from '../src/report/scan-report.ts';
import { parseInstant } from '../src/sources/times.ts';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(:\d{2}(?:\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?$/;

/** A day means its first moment. Throws `InvalidArgumentError` for what is no time of an event. */
export function parseSince(text: string): Date {
  return parseTime(text, '00:00:00Z');
}

/** A day means its last moment. Throws `InvalidArgumentError` for what is no time of an event. */
export function parseUntil(text: string): Date {
  return parseTime(text, '23:59:59.999Z');
}

function parseTime(text: string, timeOfDay: string): Date {
  const [, minute, second = ':00', zone = 'Z'] = TIME.exec(text) ?? [];
  // Read as logs are: a day that does not exist is a typo, not the first of the next month.
  const at = parseInstant(DAY.test(text) ? `${text}T${timeOfDay}` : `${minute}${second}${zone}`);
  if (at === undefined) {
    throw new InvalidArgumentError(
      'Write a day as 2025-08-12 or a time as 2025-08-12T09:14Z, from the year 2000 to 2199.',
    );
  }
  return new Date(at);
}

/** Why nothing could be found, where all that was read lies outside of the window. */
export function windowProblem(
  { from, to }: Pick<ScanReport, 'from' | 'to'>,
  { since, until }: { readonly since?: Date; readonly until?: Date },
): string | undefined {
  if (to && since && since > to)
    return `--since is later than the last event that was read (${to.toISOString()}): nothing could be found.`;
  if (from && until && until < from)
    return `--until is earlier than the first event that was read (${from.toISOString()}): nothing could be found.`;
  return undefined;
}
