/** Parses `$filter`: the part of OData 4 that Graph's documents use. `and` binds tighter than `or`. */
import type { Comparison, Expression, Literal, TextTest } from './expression.ts';
import { invalidFilter, type Token, tokenize } from './tokens.ts';

const COMPARISONS: readonly string[] = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'] satisfies Comparison[];
const TEXT_TESTS: readonly string[] = ['startswith', 'endswith', 'contains'] satisfies TextTest[];
/** Deeper nesting is nobody's filter. */
const DEEPEST = 50;

/** Reads tokens one after the other. */
interface Reader {
  readonly peek: () => Token;
  readonly take: () => Token;
  /** Takes the next token if it is this mark or word. */
  readonly skip: (text: string) => boolean;
  readonly expect: (text: string) => void;
}

/** @throws Refusal 400 when it is no filter */
export function parseFilter(filter: string): Expression {
  const reader = createReader(tokenize(filter));
  const expression = parseOr(reader, 0);
  const rest = reader.peek();
  if (rest.kind !== 'end') throw invalidFilter(rest.at, 'end expected');
  return expression;
}

function createReader(tokens: readonly Token[]): Reader {
  let next = 0;
  const peek = () => tokens[next] ?? { kind: 'end' as const, at: 0 };
  const take = () => {
    const token = peek();
    next++;
    return token;
  };
  const skip = (text: string) => {
    const token = peek();
    const isIt = (token.kind === 'mark' || token.kind === 'name') && token.text === text;
    if (isIt) next++;
    return isIt;
  };
  const expect = (text: string) => {
    if (!skip(text)) throw invalidFilter(peek().at, `'${text}' expected`);
  };
  return { peek, take, skip, expect };
}

function parseOr(reader: Reader, depth: number): Expression {
  return parseList(reader, 'or', () => parseList(reader, 'and', () => parseTerm(reader, depth)));
}

function parseList(reader: Reader, kind: 'and' | 'or', parse: () => Expression): Expression {
  const first = parse();
  const terms = [first];
  while (reader.skip(kind)) terms.push(parse());
  return terms.length === 1 ? first : { kind, terms };
}

function parseTerm(reader: Reader, depth: number): Expression {
  if (depth > DEEPEST) throw invalidFilter(reader.peek().at, 'nested too deeply');
  if (reader.skip('not')) return { kind: 'not', term: parseTerm(reader, depth + 1) };
  if (reader.skip('(')) {
    const inner = parseOr(reader, depth + 1);
    reader.expect(')');
    return inner;
  }
  const path = [takeName(reader)];
  const call = path[0]?.toLowerCase() ?? '';
  if (TEXT_TESTS.includes(call) && reader.skip('(')) return parseCall(reader, call as TextTest);
  while (reader.skip('/')) path.push(takeName(reader));
  const last = path.at(-1);
  if (path.length > 1 && (last === 'any' || last === 'all') && reader.skip('(')) {
    return parseLambda(reader, last, path.slice(0, -1), depth);
  }
  return parseComparison(reader, path);
}

function parseCall(reader: Reader, operator: TextTest): Expression {
  const path = [takeName(reader)];
  while (reader.skip('/')) path.push(takeName(reader));
  reader.expect(',');
  const value = takeLiteral(reader);
  reader.expect(')');
  return { kind: 'test', operator, path, values: [value] };
}

function parseLambda(reader: Reader, kind: 'any' | 'all', path: readonly string[], depth: number): Expression {
  if (kind === 'any' && reader.skip(')')) return { kind, path, variable: '' };
  const variable = takeName(reader);
  reader.expect(':');
  const term = parseOr(reader, depth + 1);
  reader.expect(')');
  return { kind, path, variable, term };
}

function parseComparison(reader: Reader, path: readonly string[]): Expression {
  const token = reader.take();
  if (token.kind !== 'name') throw invalidFilter(token.at, 'operator expected');
  if (token.text === 'in') return { kind: 'test', operator: 'in', path, values: takeList(reader) };
  if (!COMPARISONS.includes(token.text)) throw invalidFilter(token.at, 'no such operator');
  return { kind: 'test', operator: token.text as Comparison, path, values: [takeLiteral(reader)] };
}

function takeList(reader: Reader): Literal[] {
  reader.expect('(');
  const values = [takeLiteral(reader)];
  while (reader.skip(',')) values.push(takeLiteral(reader));
  reader.expect(')');
  return values;
}

function takeName(reader: Reader): string {
  const token = reader.take();
  if (token.kind !== 'name') throw invalidFilter(token.at, 'property expected');
  return token.text;
}

function takeLiteral(reader: Reader): Literal {
  const token = reader.take();
  if (token.kind !== 'literal') throw invalidFilter(token.at, 'constant expected');
  return token.literal;
}
