/** Instants in the bytes of a line. Records of one hour follow each other, so the hour is remembered. */

const QUOTE = 0x22;
const DOT = 0x2e;
const ZULU = 0x5a;
/** `"2026-03-01T09` */
const HOUR_LENGTH = 14;
const COLON = 0x3a;

/**
 * Reads the JSON text of an instant as epoch ms; NaN for what `instant`, which reads it as text, does not take or
 * takes in another form than `2026-03-01T09:14:27[.fraction]Z`.
 */
export function createLineTime(
  instant: (text: string) => number | undefined,
): (buffer: Buffer, start: number, end: number) => number {
  const hour = Buffer.alloc(HOUR_LENGTH);
  let base = Number.NaN;

  function baseOf(buffer: Buffer, start: number): number {
    let index = HOUR_LENGTH - 1;
    while (index >= 0 && buffer[start + index] === hour[index]) index--;
    if (index >= 0) {
      buffer.copy(hour, 0, start, start + HOUR_LENGTH);
      base = instant(`${hour.toString('latin1', 1)}:00:00Z`) ?? Number.NaN;
    }
    return base;
  }

  return (buffer, start, end) => {
    // Quote, date, `T`, time, `Z`, quote.
    if (end - start < 22 || buffer[start] !== QUOTE) return Number.NaN;
    if (buffer[start + HOUR_LENGTH] !== COLON || buffer[start + HOUR_LENGTH + 3] !== COLON) return Number.NaN;
    const minutes = digit(buffer, start + 15) * 10 + digit(buffer, start + 16);
    const seconds = digit(buffer, start + 18) * 10 + digit(buffer, start + 19);
    let at = start + 20;
    let millis = 0;
    if (buffer[at] === DOT) {
      const first = at + 1;
      at = first;
      for (let weight = 100; at < end - 2; at++, weight = Math.floor(weight / 10)) millis += digit(buffer, at) * weight;
      if (at === first || at - first > 9) return Number.NaN;
    }
    if (buffer[at] !== ZULU || buffer[at + 1] !== QUOTE || at + 2 !== end) return Number.NaN;
    return minutes > 59 || seconds > 59
      ? Number.NaN
      : baseOf(buffer, start) + minutes * 60_000 + seconds * 1000 + millis;
  };
}

/** NaN for anything that is no digit. */
function digit(buffer: Buffer, at: number): number {
  const value = (buffer[at] as number) - 48;
  return value >= 0 && value <= 9 ? value : Number.NaN;
}
