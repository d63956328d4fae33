/** The encoding modifiers: base64, base64offset, UTF-16 and `windash`. */

/** Text to be encoded further: UTF-16 yields bytes, which base64 then encodes as they are. */
export type Encodable = { readonly text: string } | { readonly bytes: Buffer };

const BYTE_ORDER_MARK = Buffer.from([0xff, 0xfe]);

/** UTF-16 little endian (`wide`, `utf16le`), big endian (`utf16be`) or little endian with a byte order mark (`utf16`). */
export function toUtf16(text: string, variant: 'utf16le' | 'utf16be' | 'utf16'): Buffer {
  const bytes = Buffer.from(text, 'utf16le');
  if (variant === 'utf16be') return bytes.swap16();
  return variant === 'utf16' ? Buffer.concat([BYTE_ORDER_MARK, bytes]) : bytes;
}

/** Base64 of UTF-8 text or of bytes. */
export function toBase64(value: Encodable): string {
  return bytesOf(value).toString('base64');
}

/**
 * The three forms that text can have inside a longer base64 text, one per offset. Characters that also depend on
 * neighbors are cut off.
 */
export function toBase64Offsets(value: Encodable): readonly string[] {
  const bytes = bytesOf(value);
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset, 32), bytes]).toString('base64');
    const start = [0, 2, 3][offset] ?? 0;
    const end = [undefined, -3, -2][(bytes.length + offset) % 3];
    return encoded.slice(start, end);
  });
}

/** The text of bytes as a string of the same length, as a log that shows them as characters has it. */
export function textOf(value: Encodable): string {
  return 'text' in value ? value.text : value.bytes.toString('latin1');
}

const DASHES = ['-', '/', '\u2013', '\u2014', '\u2015'] as const;
/** A dash that starts a parameter: no word character before it, one after it. */
const PARAMETER_DASH = /\B[-/\u2013\u2014\u2015](?=\w)/g;
/** More would be more than 3,125 forms. */
export const MAX_DASHES = 5;

/** Every way to write the parameter dashes of `text`; `undefined` when there are more than `MAX_DASHES`. */
export function toDashForms(text: string): readonly string[] | undefined {
  const pieces = text.split(PARAMETER_DASH);
  if (pieces.length - 1 > MAX_DASHES) return undefined;
  return pieces
    .slice(1)
    .reduce((forms, piece) => forms.flatMap((form) => DASHES.map((dash) => form + dash + piece)), [pieces[0] ?? '']);
}

function bytesOf(value: Encodable): Buffer {
  return 'text' in value ? Buffer.from(value.text, 'utf8') : value.bytes;
}
