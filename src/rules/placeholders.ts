/** `%name%` placeholders, which stand for lists that each deployment fills. Only under the `expand` modifier. */
import { concatenate, mapText, type Pattern, type PatternPart, parsePattern } from './pattern.ts';
import type { Scalar } from './schema.ts';

/** Values by placeholder name; `undefined` = not known yet (rules are being read, not compiled). */
export type Placeholders = Readonly<Record<string, readonly Scalar[]>> | undefined;

const PLACEHOLDER = /(?<!\\)%([^%\\]+)%/g;
/** Filled rules with more values than this are refused. */
const MAX_FORMS = 100_000;

/** The placeholder names in a text. */
export function placeholderNames(text: string): readonly string[] {
  return [...text.matchAll(PLACEHOLDER)].map((match) => match[1] ?? '');
}

/** Why a text cannot be filled; `undefined` when it can. Not asked while the values are not known. */
export function whyUnfilled(text: string, placeholders: Placeholders): string | undefined {
  if (!placeholders) return undefined;
  let forms = 1;
  for (const name of placeholderNames(text)) {
    const values = Object.hasOwn(placeholders, name) ? placeholders[name] : undefined;
    if (!values) return `the placeholder %${name}% has no values here; give it a list, or switch the rule off`;
    if (values.length === 0) return `the placeholder %${name}% is an empty list; fill it, or switch the rule off`;
    forms *= values.length;
  }
  return forms > MAX_FORMS ? `its placeholders stand for more than ${MAX_FORMS} values` : undefined;
}

/** Every scalar that a text stands for; a text that is one placeholder and nothing else keeps its values' types. */
export function expandScalars(text: string, placeholders: Placeholders, quote = (value: string) => value): Scalar[] {
  const [only] = placeholderNames(text);
  if (placeholders && only !== undefined && text === `%${only}%`) {
    return (placeholders[only] ?? []).map((value) => (typeof value === 'string' ? quote(value) : value));
  }
  return combine(text, placeholders, (literal) => [percentOf(literal)], quote).map((parts) => parts.join(''));
}

/** Every pattern that a pattern stands for. Values of placeholders may hold wildcards. */
export function expandPattern(pattern: Pattern, placeholders: Placeholders): Pattern[] {
  const perPart = pattern.map((part): Pattern[] => {
    if ('wildcard' in part) return [[part]];
    const pieces = combine(part.text, placeholders, (text): PatternPart[] => [{ text }], undefined);
    return pieces.map((piece) =>
      concatenate(piece.map((entry) => (typeof entry === 'string' ? parsePattern(entry) : [entry]))),
    );
  });
  const expanded = perPart.reduce<Pattern[]>(
    (forms, options) => forms.flatMap((form) => options.map((option) => concatenate([form, option]))),
    [[]],
  );
  return expanded.map((form) => mapText(form, percentOf));
}

function percentOf(text: string): string {
  return text.replaceAll('\\%', '%');
}

/** Literal pieces through `keep`, placeholders through their values: every combination. */
function combine<Piece>(
  text: string,
  placeholders: Placeholders,
  keep: (literal: string) => readonly Piece[],
  quote: ((value: string) => string) | undefined,
): (Piece | string)[][] {
  const pieces = text.split(/((?<!\\)%[^%\\]+%)/);
  return pieces.reduce<(Piece | string)[][]>(
    (forms, piece, index) => {
      if (index % 2 === 0) return forms.map((form) => [...form, ...keep(piece)]);
      const values = placeholders?.[piece.slice(1, -1)] ?? [];
      return forms.flatMap((form) => values.map((value) => [...form, quote ? quote(String(value)) : String(value)]));
    },
    [[]],
  );
}
