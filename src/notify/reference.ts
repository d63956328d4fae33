/** References: what a person reads out to the desk or types, so that both speak of the same notice. */
import { createHmac } from 'node:crypto';

/** 28 characters: no 0, 1, I, L, O, U that look like others, and no A, E, so that no words come out. */
export const REFERENCE_ALPHABET = '23456789BCDFGHJKMNPQRSTVWXYZ';
const LETTERS = REFERENCE_ALPHABET.slice(8);
const LENGTH = 8;

/** Cyrillic letters that look like Latin ones: what people type when the keyboard is still in their language. */
const CYRILLIC = new Map(
  Object.entries({ В: 'B', К: 'K', М: 'M', Н: 'H', Р: 'P', С: 'C', Т: 'T', У: 'Y', Х: 'X', З: '3' }),
);

/**
 * The reference of a purpose (as person, finding and state): the same purpose always has the same reference, and nobody
 * without the key can guess one (38 bits). Begins with a letter: after a letter of Arabic script a leading digit would
 * be shown at the wrong end where isolates are not supported. `key`: POSTERN_CARD_KEY, base64.
 */
export function noticeReference(key: string, ...purpose: readonly string[]): string {
  const hash = createHmac('sha256', Buffer.from(key, 'base64'))
    .update(`reference\0${purpose.join('\0')}`)
    .digest();
  let rest = hash.readBigUInt64BE(0);
  let reference = '';
  for (let place = 0; place < LENGTH; place++) {
    const symbols = place === 0 ? LETTERS : REFERENCE_ALPHABET;
    const size = BigInt(symbols.length);
    reference += symbols[Number(rest % size)];
    rest /= size;
  }
  return reference;
}

/** `K7Q49M2X` → `K7Q4-9M2X`, as notices show it. */
export function formatReference(reference: string): string {
  return `${reference.slice(0, 4)}-${reference.slice(4)}`;
}

/**
 * What somebody typed or read out, as a reference; undefined when it cannot be one. Forgives case, blanks, any dash or
 * dot, digits of other scripts, full-width forms and Cyrillic look-alikes.
 */
export function parseReference(typed: string): string | undefined {
  if (typed.length > 64) return undefined;
  const letters = [...typed.normalize('NFKC').toUpperCase()].map((character) => {
    const digit = /\p{Nd}/u.test(character) ? digitValue(character) : undefined;
    return digit ?? CYRILLIC.get(character) ?? character;
  });
  const reference = letters.join('').replace(/[\s\p{P}\p{Cf}\p{Sm}]/gu, '');
  const fits =
    reference.length === LENGTH && [...reference].every((character) => REFERENCE_ALPHABET.includes(character));
  return fits ? reference : undefined;
}

/** Digits of every script stand in runs of ten that begin with zero (Unicode Standard, 4.6). */
function digitValue(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  let zero = point;
  while (zero > point - 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
  return String(point - zero);
}
