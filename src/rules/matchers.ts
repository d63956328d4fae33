/** From rule values to functions over one value of an event. */
import { RE2JS, RE2JSException } from 're2js';
import type { Network } from './cidr.ts';
import { createGlob, literalOf, type Pattern, trimAnchored } from './pattern.ts';
import type { Scalar } from './schema.ts';
import { type TimePart, timePartOf } from './time-parts.ts';

/** Whether one value (never null) of an event satisfies a rule's value. */
export type Matcher = (value: Scalar) => boolean;

/** The text that values are compared by: strings trimmed, numbers and booleans as JSON writes them. */
export function comparableText(value: Scalar): string {
  return typeof value === 'string' ? value.trim() : String(value);
}

/** Matches when any of `matchers` does. */
export function anyOf(matchers: readonly Matcher[]): Matcher {
  const [only] = matchers;
  if (matchers.length === 1 && only) return only;
  return (value) => matchers.some((matches) => matches(value));
}

/** One matcher for all patterns: whole texts are looked up in a set, the rest are tried in turn. */
export function matchPatterns(patterns: readonly Pattern[], cased: boolean): Matcher {
  const fold = foldFor(patterns, cased);
  const texts = new Set<string>();
  const tests: ((text: string) => boolean)[] = [];
  for (const pattern of patterns) {
    const trimmed = trimAnchored(pattern);
    const whole = literalOf(trimmed);
    if (whole !== undefined) texts.add(fold(whole));
    else tests.push(testFor(trimmed, fold));
  }
  const [only] = texts;
  if (tests.length === 0 && texts.size === 1 && only !== undefined)
    return (value) => fold(comparableText(value)) === only;
  if (tests.length === 0) return (value) => texts.has(fold(comparableText(value)));
  const [test] = tests;
  if (texts.size === 0 && tests.length === 1 && test) return (value) => test(fold(comparableText(value)));
  return (value) => {
    const text = fold(comparableText(value));
    return texts.has(text) || tests.some((candidate) => candidate(text));
  };
}

/** Equal as numbers, or the same text. */
export function matchNumber(wanted: number): Matcher {
  const text = String(wanted);
  return (value) => value === wanted || (typeof value === 'string' && value.trim() === text);
}

/** The boolean itself, or its name in any case. */
export function matchBoolean(wanted: boolean): Matcher {
  const text = String(wanted);
  return (value) => value === wanted || (typeof value === 'string' && value.trim().toLowerCase() === text);
}

/** Comparison operators on numbers. */
export type Comparison = 'lt' | 'lte' | 'gt' | 'gte';

/** Compares numbers, and text that is a number. */
export function matchComparison(comparison: Comparison, limit: number): Matcher {
  return (value) => {
    const number = numberOf(value);
    return number !== undefined && compares(number, comparison, limit);
  };
}

/** Compares a part of a date; without a comparison it must equal `wanted`. */
export function matchTimePart(part: TimePart, comparison: Comparison | undefined, wanted: number): Matcher {
  return (value) => {
    const number = typeof value === 'string' ? timePartOf(value.trim(), part) : undefined;
    if (number === undefined) return false;
    return comparison ? compares(number, comparison, wanted) : number === wanted;
  };
}

/** Addresses inside a network. */
export function matchNetwork(network: Network): Matcher {
  return (value) => typeof value === 'string' && network(value);
}

/** Flags of a regular expression: `i` any case, `m` lines, `s` dot matches newlines. */
export type RegexFlag = 'i' | 'm' | 's';

/** A regular expression that may match anywhere in the value; or, as text, why it cannot be used. */
export function matchRegex(source: string, flags: readonly RegexFlag[]): Matcher | string {
  const bits = { i: RE2JS.CASE_INSENSITIVE, m: RE2JS.MULTILINE, s: RE2JS.DOTALL };
  try {
    const regex = RE2JS.compile(
      source,
      flags.reduce((all, flag) => all | bits[flag], 0),
    );
    return (value) => regex.test(comparableText(value));
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return whyUnusable(source, error);
  }
}

const LOOKAROUND = /\(\?<?[=!]/;
const BACKREFERENCE = /\\[1-9]|\\k[<{']|\(\?P=/;
const POSSESSIVE = /[*+?}]\+|\(\?>/;

function whyUnusable(source: string, error: Error): string {
  const linear = 'Postern runs regular expressions in linear time, so that no log line can stall it, and';
  if (LOOKAROUND.test(source)) {
    return `${linear} has no lookaround ("(?=", "(?!", "(?<=", "(?<!"); split the rule into two selections and negate one in the condition`;
  }
  if (BACKREFERENCE.test(source))
    return `${linear} has no backreferences; write the alternatives out, or use "fieldref"`;
  if (POSSESSIVE.test(source))
    return `${linear} has no atomic groups or possessive quantifiers; plain ones do the same here`;
  return `not a regular expression that Postern can run: ${error.message}`;
}

function compares(number: number, comparison: Comparison, limit: number): boolean {
  switch (comparison) {
    case 'lt':
      return number < limit;
    case 'lte':
      return number <= limit;
    case 'gt':
      return number > limit;
    case 'gte':
      return number >= limit;
  }
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

function numberOf(value: Scalar): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  return DECIMAL.test(text) ? Number(text) : undefined;
}

/**
 * How both sides are made comparable. Lower case alone would tell apart the two small forms of the Greek sigma, which
 * depend on the neighbors; patterns with one are compared with both forms made one.
 */
export function foldFor(patterns: readonly Pattern[], cased: boolean): (text: string) => string {
  if (cased) return (text) => text;
  const hasSigma = patterns.some((pattern) => pattern.some((part) => 'text' in part && /[σςΣ]/.test(part.text)));
  return hasSigma ? (text) => text.toLowerCase().replaceAll('ς', 'σ') : (text) => text.toLowerCase();
}

function testFor(pattern: Pattern, fold: (text: string) => string): (text: string) => boolean {
  const folded = pattern.map((part) => ('text' in part ? { text: fold(part.text) } : part));
  const [a, b, c] = folded;
  const isStar = (part: typeof a) => part !== undefined && 'wildcard' in part && part.wildcard === '*';
  if (folded.length === 1 && isStar(a)) return () => true;
  if (folded.length === 2 && a && 'text' in a && isStar(b)) return (text) => text.startsWith(a.text);
  if (folded.length === 2 && isStar(a) && b && 'text' in b) return (text) => text.endsWith(b.text);
  if (folded.length === 3 && isStar(a) && b && 'text' in b && isStar(c)) return (text) => text.includes(b.text);
  return createGlob(folded);
}

/** Text as a regular expression that matches just it. */
export function quoteRegex(text: string): string {
  return RE2JS.quote(text);
}
