/** From a detection item (field, modifiers, values) to what an event's values are tested with. */
import { parseNetwork } from './cidr.ts';
import { placementOf, toPatterns } from './encoded-values.ts';
import {
  anyOf,
  type Comparison,
  type Matcher,
  matchBoolean,
  matchComparison,
  matchNetwork,
  matchNumber,
  matchPatterns,
  matchRegex,
  matchTimePart,
  quoteRegex,
  type RegexFlag,
} from './matchers.ts';
import { familiesOf, whyWrongChain } from './modifier-chain.ts';
import { type Pattern, type Placement, place } from './pattern.ts';
import { expandScalars, type Placeholders, whyUnfilled } from './placeholders.ts';
import type { DetectionItem, Scalar } from './schema.ts';
import { TIME_PARTS, type TimePart } from './time-parts.ts';

/** What an item asks of an event. `negated` (`neq`): the field must have a value, and the test must fail. */
export type ItemTest =
  | { readonly kind: 'exists'; readonly wanted: boolean }
  /** No value at all: absent, null or an empty list. */
  | { readonly kind: 'null'; readonly negated: boolean }
  /** Each matcher must accept some value of the field. */
  | { readonly kind: 'values'; readonly every: readonly Matcher[]; readonly negated: boolean }
  /** The field is compared with other fields of the same event: with all or one of them. */
  | {
      readonly kind: 'field';
      readonly others: readonly string[];
      readonly all: boolean;
      readonly negated: boolean;
      readonly placement: Placement;
      readonly cased: boolean;
    };

/** A test, or what is wrong with the item in words that say what to do. */
export type ItemReading =
  | { readonly ok: true; readonly test: ItemTest }
  | { readonly ok: false; readonly message: string };

/** Longer regular expressions are refused. */
const MAX_REGEX_LENGTH = 4000;

/**
 * Reads one item. Without `placeholders` (when rules are parsed) items with `expand` are checked as far as possible and
 * their test must not be used.
 */
export function readItem(item: DetectionItem, placeholders: Placeholders): ItemReading {
  const wrong = whyWrongChain(item) ?? whyWrongNull(item);
  if (wrong) return failure(wrong);
  const { modifiers } = item;
  const families = familiesOf(modifiers);
  const negated = modifiers.includes('neq');
  if (item.values[0] === null) return success({ kind: 'null', negated });
  if (families.has('exists')) return readExists(item);
  if (modifiers.includes('expand')) {
    const texts = item.values.filter((value) => typeof value === 'string');
    const unfilled = texts.map((text) => whyUnfilled(text, placeholders)).find((why) => why !== undefined);
    if (unfilled) return failure(unfilled);
    if (!placeholders) return success({ kind: 'values', every: [], negated });
  }
  if (families.has('field')) return readFieldReference(item, placeholders);
  return readMatchers(item, families, placeholders);
}

function readMatchers(
  item: DetectionItem,
  families: ReturnType<typeof familiesOf>,
  placeholders: Placeholders,
): ItemReading {
  const negated = item.modifiers.includes('neq');
  const isSpecial = (['re', 'cidr', 'compare', 'time'] as const).some((family) => families.has(family));
  const groups = isSpecial ? specialMatchers(item, placeholders) : stringMatchers(item, families, placeholders);
  if (typeof groups === 'string') return failure(groups);
  const every = item.modifiers.includes('all') ? groups : [anyOf(groups)];
  return success({ kind: 'values', every, negated });
}

/** One matcher per value under `all`, else one for all of them. Or what is wrong. */
function stringMatchers(
  item: DetectionItem,
  families: ReturnType<typeof familiesOf>,
  placeholders: Placeholders,
): Matcher[] | string {
  const { modifiers, field } = item;
  const isText = families.size > 0 || field === '';
  const groups: Pattern[][] = [];
  const matchers: Matcher[] = [];
  for (const value of item.values) {
    if (!isText && typeof value === 'number') matchers.push(matchNumber(value));
    else if (!isText && typeof value === 'boolean') matchers.push(matchBoolean(value));
    else {
      const patterns = toPatterns(value, modifiers, placeholders);
      if ('message' in patterns) return patterns.message;
      const placed = field === '' ? patterns.map((pattern) => place(pattern, 'contains')) : patterns;
      // Filled placeholders under `all` are values of their own; encodings of one value are alternatives.
      if (modifiers.includes('expand')) groups.push(...placed.map((pattern) => [pattern]));
      else groups.push([...placed]);
    }
  }
  const cased = modifiers.includes('cased');
  if (modifiers.includes('all')) return [...matchers, ...groups.map((group) => matchPatterns(group, cased))];
  return groups.length > 0 ? [...matchers, matchPatterns(groups.flat(), cased)] : matchers;
}

function specialMatchers(item: DetectionItem, placeholders: Placeholders): Matcher[] | string {
  const matchers: Matcher[] = [];
  const isRegex = item.modifiers.includes('re');
  const expands = item.modifiers.includes('expand');
  for (const written of item.values) {
    const values =
      expands && typeof written === 'string'
        ? expandScalars(written, placeholders, isRegex ? quoteRegex : undefined)
        : [written];
    for (const value of values) {
      const matcher = specialMatcher(value, item.modifiers);
      if (typeof matcher === 'string') return matcher;
      matchers.push(matcher);
    }
  }
  return matchers;
}

const REGEX_FLAGS: Readonly<Record<string, RegexFlag>> = {
  i: 'i',
  ignorecase: 'i',
  m: 'm',
  multiline: 'm',
  s: 's',
  dotall: 's',
};

function specialMatcher(value: Scalar, modifiers: readonly string[]): Matcher | string {
  if (modifiers.includes('re')) {
    if (typeof value !== 'string') return '"re" needs text; put the value in quotes';
    if (value.length > MAX_REGEX_LENGTH) return `the regular expression is longer than ${MAX_REGEX_LENGTH} characters`;
    return matchRegex(
      value,
      modifiers.flatMap((name) => REGEX_FLAGS[name] ?? []),
    );
  }
  if (modifiers.includes('cidr')) {
    const network = typeof value === 'string' ? parseNetwork(value) : undefined;
    return network ? matchNetwork(network) : '"cidr" needs a network such as 192.0.2.0/24 or 2001:db8::/32';
  }
  return numberMatcher(value, modifiers);
}

function numberMatcher(value: Scalar, modifiers: readonly string[]): Matcher | string {
  const comparison = (['lt', 'lte', 'gt', 'gte'] as const).find((name): name is Comparison => modifiers.includes(name));
  const part = (Object.keys(TIME_PARTS) as TimePart[]).find((name) => modifiers.includes(name));
  if (typeof value !== 'number') return `"${part ?? comparison}" needs a number without quotes`;
  if (!part) return comparison ? matchComparison(comparison, value) : matchNumber(value);
  const [least, most] = TIME_PARTS[part];
  if (!Number.isInteger(value) || value < least || value > most) {
    return `"${part}" needs a whole number from ${least} to ${most}`;
  }
  return matchTimePart(part, comparison, value);
}

function readExists({ values }: DetectionItem): ItemReading {
  const [wanted] = values;
  if (values.length !== 1 || typeof wanted !== 'boolean') return failure('"exists" needs true or false');
  return success({ kind: 'exists', wanted });
}

function readFieldReference({ values, modifiers }: DetectionItem, placeholders: Placeholders): ItemReading {
  const others = modifiers.includes('expand')
    ? values.flatMap((value) => expandScalars(String(value), placeholders))
    : values;
  const names = others.filter((other) => typeof other === 'string' && other.trim() !== '');
  if (names.length < others.length) return failure('"fieldref" needs the name of another field');
  return success({
    kind: 'field',
    others: names.map(String),
    all: modifiers.includes('all'),
    negated: modifiers.includes('neq'),
    placement: placementOf(modifiers),
    cased: modifiers.includes('cased'),
  });
}

function whyWrongNull({ field, values, modifiers }: DetectionItem): string | undefined {
  if (values.length === 0) return 'the list of values is empty';
  if (!values.includes(null)) return undefined;
  if (field === '') return 'a keyword cannot be null; leave the entry out';
  if (values.length > 1)
    return 'null cannot be part of a list; make it a selection of its own and join both in the condition';
  const other = modifiers.find((name) => name !== 'neq');
  return other && `"${other}" needs a value; null stands for a field without one`;
}

function success(test: ItemTest): ItemReading {
  return { ok: true, test };
}

function failure(message: string): ItemReading {
  return { ok: false, message };
}
