/** Lock tokens: a delivery tag is the token in .NET GUID byte order, `$management` carries it in RFC 4122 order. */

const OTHER_ORDER = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];

/** Turns either of the two byte orders into the other. */
export function swapGuid(bytes: Buffer): Buffer {
  return Buffer.from(OTHER_ORDER.map((index) => bytes[index] ?? 0));
}
