/** The hours of a safety plan: when a notice may arrive, in the person's own time. */
import type { EnrolledPerson } from '../model/enrolled-person.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

/** The first instant at or after `at` that lies in the person's hours; `at` itself when they have none. */
export function nextAllowed(person: Pick<EnrolledPerson, 'safetyPlan' | 'timeZone'>, at: Date): Date {
  const { hours } = person.safetyPlan;
  if (!hours) return at;
  const [from, to] = [minutesOf(hours.from), minutesOf(hours.to)];
  const isAllowed = (time: number) => isWithin(localMinutes(new Date(time), person.timeZone), from, to);
  if (from === to || isAllowed(at.getTime())) return at;
  const wait = (from - localMinutes(at, person.timeZone) + DAY_MINUTES) % DAY_MINUTES;
  const opening = (Math.floor(at.getTime() / MINUTE_MS) + wait) * MINUTE_MS;
  // Where clocks change in between, the opening is an hour before or after.
  const [first = opening] = [opening - 60 * MINUTE_MS, opening, opening + 60 * MINUTE_MS].filter(isAllowed);
  return new Date(first);
}

function isWithin(minutes: number, from: number, to: number): boolean {
  return from < to ? minutes >= from && minutes < to : minutes >= from || minutes < to;
}

function minutesOf(clock: string): number {
  const [hour = 0, minute = 0] = clock.split(':').map(Number);
  return (hour % 24) * 60 + (minute % 60);
}

/** Minutes since local midnight; UTC when the zone is unknown. */
function localMinutes(at: Date, timeZone: string): number {
  const parts = formatterOf(timeZone).formatToParts(at);
  const part = (type: string) => Number(parts.find((candidate) => candidate.type === type)?.value ?? 0);
  return (part('hour') % 24) * 60 + part('minute');
}

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const options = { hour: 'numeric', minute: 'numeric', hourCycle: 'h23' } as const;
  try {
    return new Intl.DateTimeFormat('en', { ...options, timeZone });
  } catch {
    return new Intl.DateTimeFormat('en', { ...options, timeZone: 'UTC' });
  }
}
