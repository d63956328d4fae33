/** The `$`-options of a request against what an endpoint documents. What it does not document is refused. */
import { badRequest, optionNotAllowed } from '../refusal.ts';
import { type CompiledFilter, compileFilter } from './compile-filter.ts';
import type { FilterRules } from './filter-rules.ts';
import { parseFilter } from './parse-filter.ts';

/** What an endpoint documents. Absent = refused. */
export interface QueryRules {
  readonly filter?: FilterRules;
  /** Property that the records are sorted by, for the window of times in a filter. */
  readonly timeProperty?: string;
  /** Collection of words that the log tells records apart by. */
  readonly tagCollection?: string;
  readonly orderby?: readonly string[];
  /** Properties that can be selected. */
  readonly select?: readonly string[];
  readonly top?: { readonly default: number; readonly most: number };
  /** `$count=true`. */
  readonly count?: true;
  readonly skiptoken?: true;
  readonly deltatoken?: true;
}

/** Parsed options. */
export interface QueryOptions {
  readonly filter: CompiledFilter | undefined;
  readonly orderby: { readonly property: string; readonly descending: boolean } | undefined;
  readonly select: readonly string[] | undefined;
  readonly top: number;
  /** Whether the caller said how many. */
  readonly hasTop: boolean;
  readonly count: boolean;
  readonly skiptoken: string | undefined;
  readonly deltatoken: string | undefined;
  /** The options as sent, tokens left out: what a page's token is bound to. */
  readonly sent: readonly (readonly [name: string, value: string])[];
}

const KNOWN = ['$filter', '$orderby', '$select', '$top', '$count', '$skiptoken', '$deltatoken'] as const;
type Known = (typeof KNOWN)[number];

/** Cuts a query string (without `?`) up; `+` is a blank. @throws Refusal 400 for text that is no UTF-8 */
export function readQuery(query: string): [name: string, value: string][] {
  const decode = (text: string) => {
    try {
      return decodeURIComponent(text.replaceAll('+', ' '));
    } catch {
      throw badRequest('The query string is not valid: percent signs must start an escape of UTF-8.');
    }
  };
  return query
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.indexOf('=');
      return at < 0 ? [decode(part), ''] : [decode(part.slice(0, at)), decode(part.slice(at + 1))];
    });
}

/** @throws Refusal 400 for what the rules do not name, is said twice, or cannot be read */
export function parseQuery(
  pairs: readonly (readonly [name: string, value: string])[],
  rules: QueryRules,
): QueryOptions {
  const options = new Map<Known, string>();
  for (const [sent, value] of pairs) {
    const name = nameOf(sent);
    if (!isAllowed(name, rules)) throw optionNotAllowed(name);
    if (options.has(name)) throw badRequest(`Query option '${name}' was specified more than once.`);
    options.set(name, value);
  }
  const filter = options.get('$filter');
  const top = options.get('$top');
  return {
    filter:
      filter === undefined ? undefined : compileFilter(parseFilter(filter), rules.filter ?? { properties: {} }, rules),
    orderby: parseOrder(options.get('$orderby'), rules.orderby ?? []),
    select: parseSelect(options.get('$select'), rules.select ?? []),
    top: top === undefined ? (rules.top?.default ?? Number.POSITIVE_INFINITY) : parseTop(top, rules.top?.most ?? 0),
    hasTop: top !== undefined,
    count: parseCount(options.get('$count')),
    skiptoken: options.get('$skiptoken'),
    deltatoken: options.get('$deltatoken'),
    sent: [...options].filter(([name]) => name !== '$skiptoken' && name !== '$deltatoken'),
  };
}

/** Graph accepts options without the dollar sign; here they are refused, because a mistyped one would be ignored. */
function nameOf(sent: string): Known {
  const name = sent.toLowerCase();
  const known = KNOWN.find((candidate) => candidate === name);
  if (known) return known;
  throw name.startsWith('$') ? optionNotAllowed(sent) : badRequest(`The query parameter '${sent}' is not known.`);
}

function isAllowed(name: Known, rules: QueryRules): boolean {
  return (
    rules[name.slice(1) as 'filter' | 'orderby' | 'select' | 'top' | 'count' | 'skiptoken' | 'deltatoken'] !== undefined
  );
}

function parseOrder(text: string | undefined, allowed: readonly string[]): QueryOptions['orderby'] {
  if (text === undefined) return undefined;
  const [property = '', direction = 'asc', ...more] = text.trim().split(/\s+/);
  if (!allowed.includes(property) || more.length > 0 || !['asc', 'desc'].includes(direction)) {
    throw badRequest(`Invalid orderby clause: only ${allowed.join(', ')} with asc or desc is supported.`);
  }
  return { property, descending: direction === 'desc' };
}

function parseSelect(text: string | undefined, allowed: readonly string[]): QueryOptions['select'] {
  if (text === undefined) return undefined;
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !allowed.includes(name));
  if (unknown !== undefined)
    throw badRequest(`Parsing OData Select and Expand failed: Could not find a property named '${unknown}'.`);
  return [...new Set(names)];
}

function parseTop(text: string, most: number): number {
  const top = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (top >= 1 && top <= most) return top;
  throw badRequest(`Invalid page size specified. Must be between 1 and ${most} inclusive.`);
}

function parseCount(text: string | undefined): boolean {
  if (text === undefined || text === 'false') return false;
  if (text === 'true') return true;
  throw badRequest("Invalid value for the query option '$count'.");
}
