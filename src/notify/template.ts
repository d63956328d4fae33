/** Templates: texts with places `{…}` in them, and what to put there. */
import { hasRightToLeft } from './clean.ts';

/** A piece of a line. `code`: always left to right, as references, addresses and numbers. `name`: any direction. */
export interface Piece {
  readonly text: string;
  readonly kind: 'plain' | 'code' | 'name';
}

/** A line of text in pieces, so that text and HTML can each keep directions apart in their own way. */
export type Line = readonly Piece[];

/** What stands in a place: text, or pieces. */
export type Value = string | Piece | Line;

/** A reference, number, address or pair of words. */
export function code(text: string): Piece {
  return { text, kind: 'code' };
}

/** Somebody's or something's name. */
export function named(text: string): Piece {
  return { text, kind: 'name' };
}

/** Names of the places in a template, each once, in order of first use. */
export function placesOf(template: string): readonly string[] {
  return [...new Set([...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? ''))];
}

/**
 * Fills a template. An empty value takes the blank before it and parentheses around it along.
 * @throws RangeError for a place without a value: a defect of catalog or caller
 */
export function fill(template: string, values: Readonly<Record<string, Value>>): Line {
  const needed = template.replace(/ ?[(（]?\{(\w+)\}[)）]?/g, (place, name: string) =>
    isEmpty(values[name]) ? '' : place,
  );
  return needed.split(/(\{\w+\})/).flatMap((part, index): Line => {
    if (index % 2 === 0) return part === '' ? [] : [{ text: part, kind: 'plain' }];
    const value = values[part.slice(1, -1)];
    if (value === undefined) throw new RangeError(`The template place ${part} has no value.`);
    if (typeof value === 'string') return [{ text: value, kind: 'plain' }];
    return 'kind' in value ? [value] : value;
  });
}

function isEmpty(value: Value | undefined): boolean {
  if (value === undefined) return false;
  if (typeof value === 'string') return value === '';
  return 'kind' in value ? value.text === '' : value.every(({ text }) => text === '');
}

/** Without any mark: for subjects, SMS and measuring. */
export function plain(line: Line): string {
  return line.map((piece) => piece.text).join('');
}

/**
 * With invisible isolates (Unicode bidirectional algorithm: LRI U+2066, FSI U+2068, PDI U+2069) around what could change
 * its place: codes and names in a right-to-left text, names of the other direction in a left-to-right text.
 */
export function isolated(line: Line, direction: 'ltr' | 'rtl'): string {
  return line
    .map(({ text, kind }) => {
      if (kind === 'plain') return text;
      if (direction === 'ltr' && !hasRightToLeft(text)) return text;
      return `${kind === 'code' ? '\u2066' : '\u2068'}${text}\u2069`;
    })
    .join('');
}
