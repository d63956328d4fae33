import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Comparison,
  type Expression,
  formatExpression,
  type Literal,
  type TextTest,
} from '../../../local/graph-simulator/odata/expression.ts';
import { parseFilter } from '../../../local/graph-simulator/odata/parse-filter.ts';
import { Refusal } from '../../../local/graph-simulator/refusal.ts';

const test = (path: string, operator: string, ...values: unknown[]) => ({
  kind: 'test',
  operator,
  path: path.split('/'),
  values: values.map((value) => (typeof value === 'string' ? { type: 'string', value } : value)),
});
const time = (value: string) => ({ type: 'time', value });

describe('parsing $filter', () => {
  const GUID = '26be570a-ae82-4189-b4e2-a37c6808512d';
  it.each([
    ["id eq 'x'", test('id', 'eq', 'x')],
    ["  id   eq\t'x'  ", test('id', 'eq', 'x')],
    ["displayName eq 'O''Brien''s'", test('displayName', 'eq', "O'Brien's")],
    ["displayName eq ''", test('displayName', 'eq', '')],
    ["displayName eq 'a and (b) or c'", test('displayName', 'eq', 'a and (b) or c')],
    ["subject eq 'نعم 漢字'", test('subject', 'eq', 'نعم 漢字')],
    ['status/errorCode eq 50126', test('status/errorCode', 'eq', { type: 'number', value: 50126 })],
    ['size ge -1.5e3', test('size', 'ge', { type: 'number', value: -1500 })],
    ['accountEnabled eq true', test('accountEnabled', 'eq', { type: 'boolean', value: true })],
    ['mail ne null', test('mail', 'ne', { type: 'null' })],
    [`correlationId eq ${GUID.toUpperCase()}`, test('correlationId', 'eq', { type: 'guid', value: GUID })],
    ['createdDateTime ge 2026-09-01T07:15:02Z', test('createdDateTime', 'ge', time('2026-09-01T07:15:02.0000000Z'))],
    [
      'createdDateTime gt 2026-09-01T07:15:02.1234567Z',
      test('createdDateTime', 'gt', time('2026-09-01T07:15:02.1234567Z')),
    ],
    ['createdDateTime lt 2026-09-01T09:15+02:00', test('createdDateTime', 'lt', time('2026-09-01T07:15:00.0000000Z'))],
    ['createdDateTime le 2018-01-24', test('createdDateTime', 'le', time('2018-01-24T00:00:00.0000000Z'))],
    ["startswith(appDisplayName,'Azure')", test('appDisplayName', 'startswith', 'Azure')],
    ["startsWith(appDisplayName, 'Azure')", test('appDisplayName', 'startswith', 'Azure')],
    ["contains(subject, 'code')", test('subject', 'contains', 'code')],
    ["endsWith( location/city , 'on' )", test('location/city', 'endswith', 'on')],
    ["id in ('a', 'b')", test('id', 'in', 'a', 'b')],
    [
      "a eq '1' and b eq '2' and c eq '3'",
      { kind: 'and', terms: [test('a', 'eq', '1'), test('b', 'eq', '2'), test('c', 'eq', '3')] },
    ],
    [
      "a eq '1' or b eq '2' and c eq '3'",
      {
        kind: 'or',
        terms: [test('a', 'eq', '1'), { kind: 'and', terms: [test('b', 'eq', '2'), test('c', 'eq', '3')] }],
      },
    ],
    [
      "(a eq '1' or b eq '2') and c eq '3'",
      {
        kind: 'and',
        terms: [{ kind: 'or', terms: [test('a', 'eq', '1'), test('b', 'eq', '2')] }, test('c', 'eq', '3')],
      },
    ],
    ["((a eq '1'))", test('a', 'eq', '1')],
    ["not startswith(a, '1')", { kind: 'not', term: test('a', 'startswith', '1') }],
    [
      "signInEventTypes/any(t: t eq 'interactiveUser' or t eq 'nonInteractiveUser')",
      {
        kind: 'any',
        path: ['signInEventTypes'],
        variable: 't',
        term: { kind: 'or', terms: [test('t', 'eq', 'interactiveUser'), test('t', 'eq', 'nonInteractiveUser')] },
      },
    ],
    [
      "targetResources/any(x:x/id eq 'a')",
      { kind: 'any', path: ['targetResources'], variable: 'x', term: test('x/id', 'eq', 'a') },
    ],
    ['otherMails/any()', { kind: 'any', path: ['otherMails'], variable: '' }],
    ["a/all(b: b eq '1')", { kind: 'all', path: ['a'], variable: 'b', term: test('b', 'eq', '1') }],
  ])('%s', (filter, expected) => {
    expect(parseFilter(filter)).toEqual(expected);
  });

  it.each([
    ['', 'property expected at position 0'],
    ['id', 'operator expected at position 2'],
    ['id eq', 'constant expected at position 5'],
    ["id eq 'x", 'syntax error at position 6'],
    ["id eq 'x' and", 'property expected at position 13'],
    ["id eq 'x' id eq 'y'", 'end expected at position 10'],
    ["id = 'x'", 'syntax error at position 3'],
    ["id like 'x'", 'no such operator at position 3'],
    ["id EQ 'x'", 'no such operator at position 3'],
    ["(id eq 'x'", "')' expected at position 10"],
    ['id in ()', 'constant expected at position 7'],
    ["startswith('x', id)", 'property expected at position 11'],
    ["createdDateTime ge '2026-09-01' or", 'property expected at position 34'],
    ['createdDateTime ge 2026-02-31', 'no such time at position 19'],
    ['createdDateTime ge 2026-09-01T25:00:00Z', 'no such time at position 19'],
    // A plus sign that was not escaped has become a blank.
    ['createdDateTime ge 2026-09-01T07:00:00 02:00', 'end expected at position 39'],
    ["a eq 'b'; drop", 'syntax error at position 8'],
  ])('refuses %s', (filter, message) => {
    expect(() => parseFilter(filter)).toThrow(new Refusal(400, 'BadRequest', `Invalid filter clause: ${message}.`));
  });

  it('refuses filters that are nested without end, and does not repeat what they ask for', () => {
    expect(() => parseFilter(`${'('.repeat(100_000)}a eq 'b'`)).toThrow('nested too deeply');
    expect(() => parseFilter("mail eq 'dana@example.org' mail")).not.toThrow(/dana/);
  });
});

const name = fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_]{0,8}$/).filter((word) => !RESERVED.has(word.toLowerCase()));
const RESERVED = new Set([
  'and',
  'or',
  'not',
  'any',
  'all',
  'true',
  'false',
  'null',
  'in',
  'startswith',
  'endswith',
  'contains',
]);
const path = fc.array(name, { minLength: 1, maxLength: 3 });
const literal: fc.Arbitrary<Literal> = fc.oneof(
  fc.string({ unit: 'binary' }).map((value) => ({ type: 'string' as const, value })),
  fc.integer().map((value) => ({ type: 'number' as const, value })),
  fc.boolean().map((value) => ({ type: 'boolean' as const, value })),
  fc.uuid().map((value) => ({ type: 'guid' as const, value })),
  fc.constant({ type: 'null' as const }),
  fc
    .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
    .map((at) => ({ type: 'time' as const, value: `${at.toISOString().slice(0, 23)}1234Z` })),
);
const comparison = fc.constantFrom<Comparison | TextTest>(
  'eq',
  'ne',
  'gt',
  'ge',
  'lt',
  'le',
  'startswith',
  'endswith',
  'contains',
);
const leaf: fc.Arbitrary<Expression> = fc.oneof(
  fc.record({
    kind: fc.constant('test' as const),
    operator: comparison,
    path,
    values: literal.map((value) => [value]),
  }),
  fc.record({
    kind: fc.constant('test' as const),
    operator: fc.constant('in' as const),
    path,
    values: fc.array(literal, { minLength: 1, maxLength: 4 }),
  }),
);
const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4 },
    leaf,
    list('and', tie('expression')),
    list('or', tie('expression')),
    fc.record({ kind: fc.constant('not' as const), term: tie('expression') }),
    fc.record({ kind: fc.constantFrom('any' as const, 'all' as const), path, variable: name, term: tie('expression') }),
  ),
}));

/** Terms of a list are never lists of the same kind: the parser makes one of them. */
function list(kind: 'and' | 'or', term: fc.Arbitrary<Expression>): fc.Arbitrary<Expression> {
  const terms = fc.array(
    term.filter((one) => one.kind !== kind),
    { minLength: 2, maxLength: 3 },
  );
  return terms.map((all) => ({ kind, terms: all }));
}

describe('every expression', () => {
  it('written as a filter parses to itself', () => {
    fc.assert(
      fc.property(expression, (tree) => {
        expect(parseFilter(formatExpression(tree))).toEqual(tree);
      }),
    );
  });

  it('any text parses or is refused with 400', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), expression.map(formatExpression).chain(damaged)), (text) => {
        try {
          parseFilter(text);
        } catch (error) {
          expect(error).toMatchObject({ name: 'Refusal', status: 400, code: 'BadRequest' });
        }
      }),
    );
  });
});

/** The text with one character gone. */
function damaged(text: string): fc.Arbitrary<string> {
  return fc.nat(Math.max(0, text.length - 1)).map((at) => text.slice(0, at) + text.slice(at + 1));
}
