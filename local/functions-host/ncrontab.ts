/**
 * Schedules of timer functions. The real host parses them with NCrontab, which knows neither L, W, # nor ?, and lets a
 * day match only if day of month AND day of week do; croner accepts the former and defaults to OR.
 */
import { Cron } from 'croner';

/** A parsed schedule, always in UTC. */
export interface Schedule {
  /** As written. */
  readonly pattern: string;
  /** The first occurrence after `at`; undefined when there is none. */
  next(at: Date): Date | undefined;
  /** Two occurrences can be less than a minute apart: the real host then remembers no runs. */
  readonly isFrequent: boolean;
}

const MINUTE_MS = 60_000;
const FIELD = /^[\d*,/\-a-z]+$/i;
const NAMES = /^(JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC|SUN|MON|TUE|WED|THU|FRI|SAT)$/i;

/** Parses five fields (seconds 0) or six (with seconds). @throws Error in words, naming the schedule */
export function createSchedule(pattern: string): Schedule {
  const fields = pattern.trim().split(/\s+/);
  if (/^\d+(\.\d+)?(:\d+)+$/.test(pattern.trim())) {
    throw new Error(`schedule "${pattern}": a time span works on dedicated plans only, write an NCRONTAB expression`);
  }
  if (fields.length !== 5 && fields.length !== 6) {
    throw new Error(
      `schedule "${pattern}": must have 6 fields (second minute hour day month weekday), or 5 without seconds`,
    );
  }
  for (const field of fields) checkField(pattern, field);
  // croner takes 7 for Sunday, NCrontab counts from 0 to 6.
  if (/(^|[,-])0*7/.test(fields.at(-1) ?? '')) throw new Error(`schedule "${pattern}": weekdays are 0 (Sunday) to 6`);
  const cron = parse(pattern, (fields.length === 5 ? ['0', ...fields] : fields).join(' '));
  const seconds = fields.length === 5 ? '0' : (fields[0] ?? '0');
  return {
    pattern,
    next: (at) => cron.nextRun(at) ?? undefined,
    isFrequent: !/^\d+$/.test(seconds) && hasCloseOccurrences(cron),
  };
}

function checkField(pattern: string, field: string): void {
  const words = field.match(/[a-z]+/gi) ?? [];
  if (!FIELD.test(field) || !words.every((word) => NAMES.test(word))) {
    throw new Error(
      `schedule "${pattern}": "${field}" is not understood by the real host (L, W, # and ? are not NCRONTAB)`,
    );
  }
}

function parse(pattern: string, sixFields: string): Cron {
  try {
    return new Cron(sixFields, { paused: true, timezone: 'UTC', domAndDow: true, mode: '6-part' });
  } catch (error) {
    throw new Error(`schedule "${pattern}": ${error instanceof Error ? error.message : 'is not understood'}`);
  }
}

/** Seconds repeat in every matching minute, so the first occurrences tell. */
function hasCloseOccurrences(cron: Cron): boolean {
  const [first, second, third] = cron.nextRuns(3, new Date(0));
  return [
    [first, second],
    [second, third],
  ].some(([a, b]) => a && b && b.getTime() - a.getTime() < MINUTE_MS);
}
