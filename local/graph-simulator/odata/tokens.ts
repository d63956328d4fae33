/** Cuts a `$filter` into words. */
import { badRequest, type Refusal } from '../refusal.ts';
import { toTicks } from '../ticks.ts';
import type { Literal } from './expression.ts';

/** One word of a filter. `at` counts characters from 0. */
export type Token =
  | { readonly kind: 'mark'; readonly text: '(' | ')' | ',' | '/' | ':'; readonly at: number }
  | { readonly kind: 'name'; readonly text: string; readonly at: number }
  | { readonly kind: 'literal'; readonly literal: Literal; readonly at: number }
  | { readonly kind: 'end'; readonly at: number };

const WORD =
  /\s+|(?<mark>[(),/:])|'(?<text>(?:[^']|'')*)'|(?<bare>[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|\d{4}-\d{2}-\d{2}(?:T[0-9:.]+(?:Z|[+-]\d{2}:\d{2})?)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.-])|(?<name>[A-Za-z_@][\w.@]*)/y;

/** A filter that cannot be read. The place is a number, never the text: that may hold an address. */
export function invalidFilter(at: number, why: string): Refusal {
  return badRequest(`Invalid filter clause: ${why} at position ${at}.`);
}

/** Cuts up the whole filter; the last token is `end`. */
export function tokenize(filter: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < filter.length) {
    WORD.lastIndex = at;
    const match = WORD.exec(filter);
    if (!match) throw invalidFilter(at, 'syntax error');
    const token = toToken(match.groups ?? {}, at);
    if (token) tokens.push(token);
    at = WORD.lastIndex;
  }
  tokens.push({ kind: 'end', at });
  return tokens;
}

function toToken(groups: Readonly<Record<string, string | undefined>>, at: number): Token | undefined {
  const { mark, text, bare, name } = groups;
  if (mark !== undefined) return { kind: 'mark', text: mark as '(' | ')' | ',' | '/' | ':', at };
  if (text !== undefined)
    return { kind: 'literal', literal: { type: 'string', value: text.replaceAll("''", "'") }, at };
  if (bare !== undefined) return { kind: 'literal', literal: bareLiteral(bare, at), at };
  if (name === undefined) return undefined;
  if (name === 'true' || name === 'false')
    return { kind: 'literal', literal: { type: 'boolean', value: name === 'true' }, at };
  return name === 'null' ? { kind: 'literal', literal: { type: 'null' }, at } : { kind: 'name', text: name, at };
}

function bareLiteral(text: string, at: number): Literal {
  if (/^[0-9a-f]{8}-[0-9a-f]{4}-/i.test(text)) return { type: 'guid', value: text.toLowerCase() };
  if (/^\d{4}-\d{2}-\d{2}/.test(text)) {
    const value = toTicks(text);
    if (value === undefined) throw invalidFilter(at, 'no such time');
    return { type: 'time', value };
  }
  return { type: 'number', value: Number(text) };
}
