/** Which modifiers there are and which may stand together, in which order. */
import type { DetectionItem } from './schema.ts';
import { suggestion } from './spelling.ts';
import { TIME_PARTS } from './time-parts.ts';

/** What a modifier does to its item. At most one family may stand in a chain; `generic` goes with most. */
type Family =
  | 'generic'
  | 'placement'
  | 'encoding'
  | 'cased'
  | 're'
  | 'flag'
  | 'cidr'
  | 'exists'
  | 'field'
  | 'compare'
  | 'time';

const FAMILY_OF = new Map<string, Family>([
  ...(['all', 'neq', 'expand'] as const).map((name): [string, Family] => [name, 'generic']),
  ...(['startswith', 'endswith', 'contains'] as const).map((name): [string, Family] => [name, 'placement']),
  ...['windash', 'base64', 'base64offset', 'utf16le', 'utf16be', 'utf16', 'wide'].map((name): [string, Family] => [
    name,
    'encoding',
  ]),
  ['cased', 'cased'],
  ['re', 're'],
  ...['i', 'm', 's', 'ignorecase', 'multiline', 'dotall'].map((name): [string, Family] => [name, 'flag']),
  ['cidr', 'cidr'],
  ['exists', 'exists'],
  ['fieldref', 'field'],
  ...['lt', 'lte', 'gt', 'gte'].map((name): [string, Family] => [name, 'compare']),
  ...Object.keys(TIME_PARTS).map((name): [string, Family] => [name, 'time']),
]);

/** Families that may stand together; anything else may not. */
const TOGETHER: readonly (readonly Family[])[] = [
  ['placement', 'encoding', 'cased'],
  ['placement', 'field', 'cased'],
  ['re', 'flag'],
  ['cidr'],
  ['exists'],
  ['compare', 'time'],
];

/** The families of an item's modifiers, without `generic`. */
export function familiesOf(modifiers: readonly string[]): ReadonlySet<Family> {
  return new Set(modifiers.map((name) => FAMILY_OF.get(name) ?? 'generic').filter((family) => family !== 'generic'));
}

/** What is wrong with an item's modifiers, whatever the values; `undefined` = nothing. */
export function whyWrongChain({ field, modifiers, values }: DetectionItem): string | undefined {
  for (const [index, name] of modifiers.entries()) {
    if (name === '') return 'a modifier is missing after "|"';
    if (!FAMILY_OF.has(name)) return `there is no modifier "${name}"${suggestion(name, FAMILY_OF.keys())}`;
    if (modifiers.indexOf(name) !== index) return `the modifier "${name}" stands twice`;
  }
  return (
    whyNotTogether(modifiers) ??
    whyWrongOrder(modifiers) ??
    whyWrongForKeywords(field, modifiers) ??
    whyWrongAll(modifiers, values)
  );
}

function whyNotTogether(modifiers: readonly string[]): string | undefined {
  for (const family of ['placement', 'compare', 'time'] as const) {
    const several = modifiers.filter((name) => FAMILY_OF.get(name) === family);
    if (several.length > 1) return `"${several.join('" and "')}" cannot stand together; use two entries`;
  }
  const families = familiesOf(modifiers);
  if (families.has('flag') && !families.has('re'))
    return `"${modifiers.find((name) => FAMILY_OF.get(name) === 'flag')}" belongs after "re"`;
  const possible =
    families.size === 0 || TOGETHER.some((group) => [...families].every((family) => group.includes(family)));
  if (!possible) {
    const names = modifiers.filter((name) => FAMILY_OF.get(name) !== 'generic');
    return `"${names.join('" and "')}" cannot stand together`;
  }
  if (families.has('exists') && modifiers.length > 1) return '"exists" stands alone; negate it with the value false';
  return undefined;
}

function whyWrongOrder(modifiers: readonly string[]): string | undefined {
  const at = (family: Family) => modifiers.findIndex((name) => FAMILY_OF.get(name) === family);
  // Dashes can be varied beside wildcards; bytes cannot be encoded around them.
  const lastAt = (family: Family) =>
    modifiers.findLastIndex((name) => FAMILY_OF.get(name) === family && name !== 'windash');
  if (at('placement') >= 0 && lastAt('encoding') > at('placement')) {
    return `write "${modifiers[lastAt('encoding')]}" before "${modifiers[at('placement')]}": wildcards cannot be encoded`;
  }
  if (at('flag') >= 0 && at('flag') < at('re')) return `write "re" before "${modifiers[at('flag')]}"`;
  if (at('compare') >= 0 && at('compare') < at('time')) {
    return `write "${modifiers[at('time')]}" before "${modifiers[at('compare')]}"`;
  }
  const expand = modifiers.indexOf('expand');
  if (expand >= 0 && at('encoding') >= 0 && at('encoding') < expand) return 'write "expand" before the encoding';
  return undefined;
}

function whyWrongForKeywords(field: string, modifiers: readonly string[]): string | undefined {
  if (field !== '') return undefined;
  const wrong = modifiers.find((name) => {
    const family = FAMILY_OF.get(name);
    const fine = family === 'encoding' || family === 'cased' || family === 're' || family === 'flag';
    return !fine && name !== 'all' && name !== 'expand' && name !== 'contains';
  });
  return wrong && `"${wrong}" needs a field; keywords are searched for anywhere in the event`;
}

function whyWrongAll(modifiers: readonly string[], values: DetectionItem['values']): string | undefined {
  if (!modifiers.includes('all') || values.length > 1 || modifiers.includes('expand')) return undefined;
  return '"all" needs a list of at least two values; leave it out for one value';
}
