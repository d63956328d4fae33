/**
 * Times as Graph writes them: up to seven digits after the second. Kept as text of one fixed width, so that comparing
 * the text compares the times, to the last of these digits, which a number of milliseconds could not hold.
 */

const TIME = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}(?::\d{2})?)(?:\.(\d{1,12}))?(Z|[+-]\d{2}:\d{2})?)?$/;

/** `2026-09-01T07:15:02.1234567Z`; sorts as the times do. */
export type Ticks = string;

/** The fixed-width form of a `DateTimeOffset` or date; without an offset it is UTC. Undefined if it is none. */
export function toTicks(text: string): Ticks | undefined {
  const match = TIME.exec(text);
  if (!match) return undefined;
  const [, date = '', clock = '00:00', fraction = '', offset = 'Z'] = match;
  const seconds = clock.length === 5 ? `${clock}:00` : clock;
  const at = Date.parse(`${date}T${seconds}${offset}`);
  // The engine rolls 31 February over to March, Graph does not know it.
  if (!Number.isFinite(at) || !new Date(`${date}T00:00:00Z`).toISOString().startsWith(date)) return undefined;
  return join(at, fraction);
}

/** The fixed-width form of epoch milliseconds, fractions cut off. */
export function ticksOf(at: number): Ticks {
  const whole = Math.floor(at / 1000) * 1000;
  return join(whole, String(Math.floor(at - whole)).padStart(3, '0'));
}

/** Epoch milliseconds. */
export function millisecondsOf(ticks: Ticks): number {
  return Date.parse(`${ticks.slice(0, 23)}Z`);
}

function join(wholeSecond: number, fraction: string): Ticks {
  return `${new Date(wholeSecond).toISOString().slice(0, 19)}.${fraction.padEnd(7, '0').slice(0, 7)}Z`;
}
