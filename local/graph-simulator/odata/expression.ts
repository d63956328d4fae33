/** A `$filter` as a tree, and back as text. */
import type { Ticks } from '../ticks.ts';

/** A constant. */
export type Literal =
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'number'; readonly value: number }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'time'; readonly value: Ticks }
  | { readonly type: 'guid'; readonly value: string }
  | { readonly type: 'null' };

/** Written between property and constant. */
export type Comparison = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le';
/** Written as a function of property and constant. */
export type TextTest = 'startswith' | 'endswith' | 'contains';
/** Everything that an endpoint can allow on a property. */
export type Operator = Comparison | TextTest | 'in';

/** A parsed filter. Paths are names between slashes; inside `any` and `all` the first is the variable. */
export type Expression =
  | { readonly kind: 'and' | 'or'; readonly terms: readonly Expression[] }
  | { readonly kind: 'not'; readonly term: Expression }
  | {
      readonly kind: 'test';
      readonly operator: Operator;
      readonly path: readonly string[];
      readonly values: readonly Literal[];
    }
  | {
      readonly kind: 'any' | 'all';
      readonly path: readonly string[];
      readonly variable: string;
      /** Absent in `any()`: not empty. */
      readonly term?: Expression;
    };

/** The expression as a filter that parses to the same expression. */
export function formatExpression(expression: Expression): string {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return expression.terms.map((term) => formatTerm(term, expression.kind)).join(` ${expression.kind} `);
    case 'not':
      return `not ${formatTerm(expression.term, 'not')}`;
    case 'any':
    case 'all': {
      const { path, kind, variable, term } = expression;
      return `${path.join('/')}/${kind}(${term ? `${variable}: ${formatExpression(term)}` : ''})`;
    }
    case 'test':
      return formatTest(expression);
  }
}

function formatTerm(term: Expression, within: 'and' | 'or' | 'not'): string {
  const text = formatExpression(term);
  const binds = term.kind !== 'or' && term.kind !== 'and';
  return binds || (within === 'or' && term.kind === 'and') ? text : `(${text})`;
}

function formatTest({ operator, path, values }: Extract<Expression, { kind: 'test' }>): string {
  const [name, list] = [path.join('/'), values.map(formatLiteral)];
  if (operator === 'in') return `${name} in (${list.join(', ')})`;
  const isCall = operator === 'startswith' || operator === 'endswith' || operator === 'contains';
  return isCall ? `${operator}(${name}, ${list[0]})` : `${name} ${operator} ${list[0]}`;
}

function formatLiteral(literal: Literal): string {
  if (literal.type === 'null') return 'null';
  return literal.type === 'string' ? `'${literal.value.replaceAll("'", "''")}'` : String(literal.value);
}
