/** Texts from outside (names, settings) made safe to stand in a header, a line of text and mixed directions. */

/** Marks and overrides of direction, and characters without width that nobody writes; ZWNJ and ZWJ stay, Persian needs them. */
const UNSEEN = /[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
const BREAKS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

/** Apostrophes, geresh and the middle dot belong to names; so do \p{Join_Control}, which are ZWNJ and ZWJ. */
const NOT_OF_NAMES = /[^\p{L}\p{M}\p{N}\p{Join_Control} .,'\u2019\u02bc\u05f3\u05f4\u00b7&()-]/gu;

/** One line: no control characters, line breaks, marks of direction or lone surrogates; at most `max` code points. */
export function cleanLine(text: string, max = 200): string {
  const line = text.toWellFormed().normalize('NFC').replace(BREAKS, ' ').replace(UNSEEN, '');
  const points = [...line.replace(/\s+/g, ' ').trim()];
  return points.slice(0, max).join('').trim();
}

/**
 * A person's or an organization's name: only letters, marks, digits, spaces and the punctuation of names. A display name
 * can often be changed by whoever holds the account, so it must not be able to bring a link into a notice.
 */
export function cleanName(name: string, max = 60): string {
  const line = cleanLine(name).replace(NOT_OF_NAMES, ' ');
  return cleanLine(line.replace(/\.(?=[\p{L}\p{N}])/gu, '. '), max);
}

/** True when some character of it is written from right to left. */
export function hasRightToLeft(text: string): boolean {
  return /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u.test(text);
}
