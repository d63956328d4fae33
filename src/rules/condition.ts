/**
 * The condition grammar of Sigma: `and`, `or`, `not`, brackets, `1|any|all of pattern*`, `of them`.
 * Binding, loosest first: or, and, not, `x of`, brackets.
 */
import type { Condition } from './schema.ts';
import { suggestion } from './spelling.ts';

/** What a name in a condition may be, and what it is called in messages. */
export interface ConditionNames {
  readonly known: readonly string[];
  /** "search identifier" or "rule". */
  readonly noun: string;
  /** False: `x of` is not allowed (correlations). */
  readonly quantifiers: boolean;
}

/** A parsed condition, or what is wrong with it in words. `used` are the names that it refers to. */
export type ConditionReading =
  | { readonly ok: true; readonly condition: Condition; readonly used: ReadonlySet<string> }
  | { readonly ok: false; readonly message: string };

/** Longer conditions are refused, so that reading one takes bounded time and stack. */
export const MAX_CONDITION_LENGTH = 8000;
const MAX_BRACKETS = 100;

/** Reads one condition. Never throws. */
export function parseCondition(text: string, names: ConditionNames): ConditionReading {
  if (text.length > MAX_CONDITION_LENGTH) {
    return { ok: false, message: `the condition is longer than ${MAX_CONDITION_LENGTH} characters` };
  }
  try {
    const parser = createParser(tokenize(text), names);
    return { ok: true, condition: parser.whole(), used: parser.used };
  } catch (error) {
    if (error instanceof ConditionError) return { ok: false, message: error.message };
    throw error;
  }
}

/** Reads a list of conditions as one, joined by OR. */
export function parseConditions(texts: readonly string[], names: ConditionNames): ConditionReading {
  const readings = texts.map((text) => parseCondition(text, names));
  const used = new Set<string>();
  const parts: Condition[] = [];
  for (const reading of readings) {
    if (!reading.ok) return reading;
    parts.push(reading.condition);
    for (const name of reading.used) used.add(name);
  }
  return { ok: true, condition: join('or', parts), used };
}

/** What a condition says when exactly `isTrue` names hold. */
export function holds(condition: Condition, isTrue: (name: string) => boolean): boolean {
  switch (condition.kind) {
    case 'name':
      return isTrue(condition.name);
    case 'not':
      return !holds(condition.of, isTrue);
    case 'and':
      return condition.of.every((part) => holds(part, isTrue));
    case 'or':
      return condition.of.some((part) => holds(part, isTrue));
  }
}

/** True when `pattern`, in which only `*` is special, fits the whole name. */
export function fitsPattern(pattern: string, name: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === name;
  if (!name.startsWith(first)) return false;
  const last = rest.pop() ?? '';
  let from = first.length;
  for (const part of rest) {
    const at = name.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return name.length - last.length >= from && name.endsWith(last);
}

class ConditionError extends Error {
  override readonly name = 'ConditionError';
}

function fail(message: string): never {
  throw new ConditionError(message);
}

function tokenize(text: string): string[] {
  if (text.includes('|')) {
    fail('the old "| count() by" and "| near" forms are not part of Sigma any more; write a correlation instead');
  }
  return text.match(/[()]|[^\s()]+/g) ?? [];
}

function join(kind: 'and' | 'or', parts: readonly Condition[]): Condition {
  const [only] = parts;
  return parts.length === 1 && only ? only : { kind, of: parts };
}

const KEYWORDS = new Set(['and', 'or', 'not', 'of']);

function createParser(tokens: readonly string[], names: ConditionNames) {
  let next = 0;
  let brackets = 0;
  const used = new Set<string>();
  const peek = () => tokens[next]?.toLowerCase();
  const take = () => tokens[next++];

  function whole(): Condition {
    if (tokens.length === 0) fail('the condition is empty');
    const condition = either();
    if (next < tokens.length) fail(`"${tokens[next]}" is not expected here; join parts with "and" or "or"`);
    return condition;
  }
  function chain(word: 'and' | 'or', operand: () => Condition): Condition {
    const parts = [operand()];
    while (peek() === word) {
      take();
      parts.push(operand());
    }
    return join(word, parts);
  }
  const either = (): Condition => chain('or', both);
  const both = (): Condition => chain('and', negated);
  function negated(): Condition {
    let negations = 0;
    for (; peek() === 'not'; negations++) take();
    const operand = single();
    return negations % 2 === 1 ? { kind: 'not', of: operand } : operand;
  }
  function single(): Condition {
    const token = take();
    if (token === undefined) return fail('the condition ends too early');
    if (token === '(') return bracket();
    if (token === ')') return fail('")" without "("');
    if (peek() === 'of') return quantified(token);
    if (KEYWORDS.has(token.toLowerCase())) return fail(`"${token}" is not expected here`);
    if (token.includes('*')) return fail(`"${token}" is a pattern; write "1 of ${token}" or "all of ${token}"`);
    return named(token);
  }
  function bracket(): Condition {
    brackets += 1;
    if (brackets > MAX_BRACKETS) fail(`more than ${MAX_BRACKETS} brackets`);
    const inner = either();
    if (take() !== ')') fail('"(" without ")"');
    return inner;
  }
  function quantified(count: string): Condition {
    if (!names.quantifiers) fail(`"${count} of" is not possible here; name each ${names.noun}`);
    take();
    const pattern = take() ?? fail(`"${count} of" needs a pattern or "them"`);
    const kind = quantifierKind(count);
    const them = pattern.toLowerCase() === 'them';
    if (pattern === '(' || pattern === ')') fail(`"${count} of" needs a pattern or "them"`);
    const fitting = names.known.filter((name) => (them ? !name.startsWith('_') : fitsPattern(pattern, name)));
    if (fitting.length === 0) fail(them ? 'there is nothing that "them" could mean' : nothingLike(pattern, names));
    for (const name of fitting) used.add(name);
    return join(
      kind,
      fitting.map((name) => ({ kind: 'name', name })),
    );
  }
  function named(name: string): Condition {
    if (!names.known.includes(name)) fail(nothingLike(name, names));
    used.add(name);
    return { kind: 'name', name };
  }
  return { whole, used };
}

function quantifierKind(count: string): 'and' | 'or' {
  const word = count.toLowerCase();
  if (word === 'all') return 'and';
  if (word === '1' || word === 'any') return 'or';
  return fail(`"${count} of" is not possible; Sigma has "1 of", "any of" and "all of"`);
}

function nothingLike(name: string, names: ConditionNames): string {
  return `there is no ${names.noun} "${name}"${suggestion(name.replaceAll('*', ''), names.known)}`;
}
