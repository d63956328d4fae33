/** The hours of a safety plan: when a notice may arrive, in the person's own time. */
import type { EnrolledPerson } from '../model/enrolled-person.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

/** The first instant at or after `at` that lies in the person's hours; `at` itself when they have none. */
export function nextAllowed(person: Pick<EnrolledPerson, 'safetyPlan' | 'timeZone'>, at: Date): Date {
  const { hours } = person.safetyPlan;
  if (!hours) return at;
  const [from, to] = [minutesOf(hours.from), minutesOf(hours.to)];
  if (from === to || isWithin(localMinutes(at, person.timeZone), from, to)) return at;
  // A jump to the opening can miss by an hour where clocks change in between: look again from there.
  let next = at.getTime();
  for (let tries = 0; tries < 3; tries += 1) {
    const minutes = localMinutes(new Date(next), person.timeZone);
    if (isWithin(minutes, from, to) && tries > 0) break;
    next = Math.floor(next / MINUTE_MS) * MINUTE_MS + ((from - minutes + DAY_MINUTES) % DAY_MINUTES) * MINUTE_MS;
  }
  return new Date(next);
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
