/** `timespan` of correlations. */

const SECOND_MS = 1000;
/** Months and years are the average ones of the Gregorian calendar, as pySigma has them. */
const UNIT_MS: Readonly<Record<string, number>> = {
  s: SECOND_MS,
  m: 60 * SECOND_MS,
  h: 3600 * SECOND_MS,
  d: 86_400 * SECOND_MS,
  w: 604_800 * SECOND_MS,
  M: 2_629_746 * SECOND_MS,
  y: 31_556_952 * SECOND_MS,
};
/** Ten years: longer is a mistake. */
const LONGEST_MS = 10 * 31_556_952 * SECOND_MS;

/** `90m` → milliseconds; units s, m, h, d, w, M (month), y. `undefined` when it is not a timespan over zero and up to ten years. */
export function parseTimespan(text: string): number | undefined {
  const [, digits, unit] = /^(\d{1,10})([smhdwMy])$/.exec(text.trim()) ?? [];
  const factor = unit === undefined ? undefined : UNIT_MS[unit];
  if (digits === undefined || factor === undefined) return undefined;
  const ms = Number(digits) * factor;
  return ms > 0 && ms <= LONGEST_MS ? ms : undefined;
}
