/** Route templates of HTTP functions, as ASP.NET Core reads them: `things/{id:int?}`, `files/{*path}`. */
import { CONSTRAINTS, type Constraint } from './route-constraints.ts';

/** A parsed template. */
export interface Route {
  readonly template: string;
  /** One digit a segment; lower wins: literal, mixed or constrained, plain parameter, catch-all. */
  readonly precedence: string;
  readonly segments: readonly Segment[];
}

/** One segment: text with parameters in it; matched as a whole. */
export interface Segment {
  readonly pattern: RegExp;
  readonly parameters: readonly Parameter[];
  readonly catchAll: boolean;
}

/** A hole in a template. */
export interface Parameter {
  readonly name: string;
  readonly optional: boolean;
  readonly fallback: string | undefined;
  readonly constraints: readonly Constraint[];
}

const PARAMETER = /\{(\*{0,2})([A-Za-z_]\w*)((?::[a-z]+(?:\((?:[^()]|\([^()]*\))*\))?)*)(?:=([^}?]*))?(\?)?\}/g;

/** Parses a template without leading slash. @throws Error in words */
export function parseRoute(template: string): Route {
  const segments = splitSegments(template).map((text) => parseSegment(template, text));
  const early = segments.slice(0, -1);
  if (early.some(({ catchAll }) => catchAll))
    throw new Error(`route "${template}": only the last segment can catch all`);
  if (/^(admin|runtime)(\/|$)/i.test(template)) throw new Error(`route "${template}": is taken by the host itself`);
  return { template, segments, precedence: segments.map(precedenceOf).join('') };
}

/** Slashes inside braces belong to a constraint. */
function splitSegments(template: string): string[] {
  return template === '' ? [] : template.split(/\/(?![^{]*\})/);
}

function parseSegment(template: string, text: string): Segment {
  const parameters: Parameter[] = [];
  let source = '';
  let end = 0;
  let catchAll = false;
  for (const match of text.matchAll(PARAMETER)) {
    const [whole, stars = '', name = '', constraints = '', fallback, optional] = match;
    source += `${escapeRegExp(text.slice(end, match.index))}(.+?)`;
    end = match.index + whole.length;
    catchAll ||= stars !== '';
    parameters.push({
      name,
      optional: optional === '?',
      fallback,
      constraints: parseConstraints(template, constraints),
    });
  }
  const rest = text.slice(end);
  if (/[{}]/.test(rest) || text === '') throw new Error(`route "${template}": "${text}" is not a segment`);
  if (catchAll && (parameters.length > 1 || end !== text.length || !text.startsWith('{'))) {
    throw new Error(`route "${template}": "${text}" must be nothing but the catch-all`);
  }
  return { pattern: new RegExp(`^${source}${escapeRegExp(rest)}$`, 'is'), parameters, catchAll };
}

function parseConstraints(template: string, text: string): Constraint[] {
  return [...text.matchAll(/:([a-z]+)(?:\(((?:[^()]|\([^()]*\))*)\))?/g)].map(([, name = '', argument = '']) => {
    const create = CONSTRAINTS.get(name);
    if (!create) throw new Error(`route "${template}": the constraint "${name}" is not known`);
    return create(argument);
  });
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function isOmissible(segment: Segment): boolean {
  const [only, another] = segment.parameters;
  return only !== undefined && !another && (only.optional || only.fallback !== undefined || segment.catchAll);
}

function precedenceOf(segment: Segment): string {
  const [only] = segment.parameters;
  if (!only) return '1';
  if (segment.catchAll) return only.constraints.length > 0 ? '4' : '5';
  const isPlain = segment.parameters.length === 1 && /^\^\(\.\+\?\)\$$/.test(segment.pattern.source);
  return isPlain && only.constraints.length === 0 ? '3' : '2';
}

/**
 * The route's parameters for a path, or undefined when it does not match. Literals are compared without case.
 * @param path percent-encoded segments, without leading slash
 */
export function matchRoute(route: Route, path: string): Record<string, string> | undefined {
  const parts = decodeParts(path);
  if (!parts) return undefined;
  const params: Record<string, string> = {};
  for (const [index, segment] of route.segments.entries()) {
    const text = segment.catchAll ? parts.slice(index).join('/') : parts[index];
    const found = matchSegment(segment, text);
    if (!found) return undefined;
    Object.assign(params, found);
  }
  const isLong = parts.length > route.segments.length && !route.segments.at(-1)?.catchAll;
  return isLong ? undefined : params;
}

function decodeParts(path: string): string[] | undefined {
  try {
    const trimmed = path.replace(/\/$/, '');
    return trimmed === '' ? [] : trimmed.split('/').map(decodeURIComponent);
  } catch {
    return undefined; // broken percent-encoding
  }
}

function matchSegment(segment: Segment, text: string | undefined): Record<string, string> | undefined {
  if (text === undefined || (text === '' && segment.catchAll))
    return isOmissible(segment) ? fallbackOf(segment) : undefined;
  const values = segment.pattern.exec(text)?.slice(1);
  if (!values) return undefined;
  const pairs = segment.parameters.map((parameter, index) => ({ parameter, value: values[index] ?? '' }));
  const fits = pairs.every(({ parameter, value }) => parameter.constraints.every((constraint) => constraint(value)));
  return fits ? Object.fromEntries(pairs.map(({ parameter, value }) => [parameter.name, value])) : undefined;
}

function fallbackOf(segment: Segment): Record<string, string> {
  const [only] = segment.parameters;
  return only?.fallback === undefined ? {} : { [only.name]: only.fallback };
}
