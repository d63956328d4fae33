/** Instants in the bytes of a line. Records of one minute follow each other, so the minute is remembered. */

const QUOTE = 0x22;
const DOT = 0x2e;
const ZULU = 0x5a;
/** `"2026-03-01T09:14` */
const MINUTE_LENGTH = 17;

/**
 * Reads the JSON text of an instant as epoch ms; NaN for what `instant`, which reads it as text, does not take or
 * takes in another form than `2026-03-01T09:14:27[.fraction]Z`.
 */
export function createLineTime(
  instant: (text: string) => number | undefined,
): (buffer: Buffer, start: number, end: number) => number {
  const minute = Buffer.alloc(MINUTE_LENGTH);
  let base = Number.NaN;

  function baseOf(buffer: Buffer, start: number): number {
    let index = 0;
    while (index < MINUTE_LENGTH && buffer[start + index] === minute[index]) index++;
    if (index < MINUTE_LENGTH) {
      buffer.copy(minute, 0, start, start + MINUTE_LENGTH);
      base = instant(`${minute.toString('latin1', 1)}:00Z`) ?? Number.NaN;
    }
    return base;
  }

  return (buffer, start, end) => {
    // Quote, date, `T`, time, `Z`, quote.
    if (end - start < 22 || buffer[start] !== QUOTE || buffer[start + MINUTE_LENGTH] !== 0x3a) return Number.NaN;
    const seconds = digit(buffer, start + 18) * 10 + digit(buffer, start + 19);
    let at = start + 20;
    let millis = 0;
    if (buffer[at] === DOT) {
      const first = at + 1;
      at = first;
      for (let weight = 100; at < end - 2; at++, weight = Math.floor(weight / 10)) millis += digit(buffer, at) * weight;
      if (at === first || at - first > 9) return Number.NaN;
    }
    if (buffer[at] !== ZULU || buffer[at + 1] !== QUOTE || at + 2 !== end || seconds > 59) return Number.NaN;
    return baseOf(buffer, start) + seconds * 1000 + millis;
  };
}

/** NaN for anything that is no digit. */
function digit(buffer: Buffer, at: number): number {
  const value = (buffer[at] as number) - 48;
  return value >= 0 && value <= 9 ? value : Number.NaN;
}
