/** The string modifiers in action: a rule's value becomes one or more patterns. */
import { MAX_DASHES, textOf, toBase64, toBase64Offsets, toDashForms, toUtf16 } from './encode.ts';
import {
  concatenate,
  literal,
  literalOf,
  mapText,
  type Pattern,
  type Placement,
  parsePattern,
  place,
} from './pattern.ts';
import { expandPattern, type Placeholders } from './placeholders.ts';
import type { Scalar } from './schema.ts';

/** Patterns that a value stands for, or what is wrong with it. */
export type Patterns = readonly Pattern[] | { readonly message: string };

interface Encoded {
  readonly pattern: Pattern;
  /** True once the text stands for bytes (each character is one byte). */
  readonly bytes: boolean;
}

/** Applies `modifiers` (those about strings; others are passed over) to one value, left to right. */
export function toPatterns(value: Scalar, modifiers: readonly string[], placeholders: Placeholders): Patterns {
  const pattern = typeof value === 'string' ? parsePattern(value) : literal(String(value));
  const forms = modifiers.includes('expand') ? expandPattern(pattern, placeholders) : [pattern];
  let encoded: readonly Encoded[] = forms.map((form) => ({ pattern: form, bytes: false }));
  for (const modifier of modifiers) {
    const next = encoded.flatMap((form) => encode(form, modifier) ?? []);
    if (next.length < encoded.length) return { message: whyNotEncoded(modifier) };
    encoded = next;
  }
  const placement = placementOf(modifiers);
  return encoded.map((form) => place(form.pattern, placement));
}

/** Where the value has to stand. */
export function placementOf(modifiers: readonly string[]): Placement {
  return (['startswith', 'endswith', 'contains'] as const).find((name) => modifiers.includes(name)) ?? 'whole';
}

/** Forms that one encoding step yields; `undefined` = it cannot be done. */
function encode(form: Encoded, modifier: string): readonly Encoded[] | undefined {
  switch (modifier) {
    case 'windash':
      return dashForms(form.pattern)?.map((pattern) => ({ pattern, bytes: form.bytes }));
    case 'wide':
    case 'utf16le':
      return [toWide(form.pattern, 'utf16le')];
    case 'utf16be':
    case 'utf16':
      return [toWide(form.pattern, modifier)];
    case 'base64':
    case 'base64offset': {
      const text = literalOf(form.pattern);
      if (text === undefined) return undefined;
      const value = form.bytes ? { bytes: Buffer.from(text, 'latin1') } : { text };
      const texts = modifier === 'base64' ? [toBase64(value)] : toBase64Offsets(value);
      return texts.map((base64) => ({ pattern: literal(base64), bytes: false }));
    }
    default:
      return [form];
  }
}

function toWide(pattern: Pattern, variant: 'utf16le' | 'utf16be' | 'utf16'): Encoded {
  const bytesOf = variant === 'utf16' ? 'utf16le' : variant;
  const wide = mapText(pattern, (text) => textOf({ bytes: toUtf16(text, bytesOf) }));
  const mark = literal(textOf({ bytes: toUtf16('', variant) }));
  return { pattern: concatenate([mark, wide]), bytes: true };
}

function dashForms(pattern: Pattern): readonly Pattern[] | undefined {
  let forms: Pattern[] = [[]];
  for (const part of pattern) {
    const options = 'text' in part ? toDashForms(part.text)?.map(literal) : [[part]];
    if (!options || forms.length * options.length > 5 ** MAX_DASHES) return undefined;
    forms = forms.flatMap((form) => options.map((option) => concatenate([form, option])));
  }
  return forms;
}

function whyNotEncoded(modifier: string): string {
  if (modifier === 'windash') return `"windash" takes at most ${MAX_DASHES} parameters in one value; split the value`;
  return `"${modifier}" cannot encode wildcards; escape them ("\\*", "\\?") or leave them out`;
}
