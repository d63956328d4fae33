import { describe, expect, it } from 'vitest';
import { createPageTokens } from '../../../local/graph-simulator/odata/page-token.ts';
import { parseQuery, type QueryRules, readQuery } from '../../../local/graph-simulator/odata/query-options.ts';

const RULES: QueryRules = {
  filter: { properties: { id: { type: 'string', operators: ['eq'] } } },
  orderby: ['at'],
  select: ['id', 'at'],
  top: { default: 20, most: 500 },
  skiptoken: true,
};

describe('query options', () => {
  it.each([
    ['', { top: 20, hasTop: false, count: false }],
    ['$top=7&$select=id,%20at,id', { top: 7, hasTop: true, select: ['id', 'at'] }],
    ['$orderby=at', { orderby: { property: 'at', descending: false } }],
    ['$orderby=at%20desc', { orderby: { property: 'at', descending: true } }],
    ['$orderBy=at+desc', { orderby: { property: 'at', descending: true } }],
    ['&$top=500&', { top: 500 }],
    ['$skiptoken=a.b', { skiptoken: 'a.b', sent: [] }],
    ["$filter=id+eq+'a%2Bb'", { sent: [['$filter', "id eq 'a+b'"]] }],
  ])('%s', (query, expected) => {
    expect(parseQuery(readQuery(query), RULES)).toMatchObject(expected);
  });

  it.each([
    ['$top=0', 'Must be between 1 and 500 inclusive'],
    ['$top=501', 'Must be between 1 and 500 inclusive'],
    ['$top=-1', 'Must be between 1 and 500 inclusive'],
    ['$top=ten', 'Must be between 1 and 500 inclusive'],
    ['$select=id,other', "Could not find a property named 'other'"],
    ['$select=', "Could not find a property named ''"],
    ['$orderby=id', 'only at with asc or desc is supported'],
    ['$orderby=at,id', 'only at with asc or desc is supported'],
    ['$orderby=at down', 'only at with asc or desc is supported'],
    ['$count=true', "Query option '$count' is not allowed"],
    ['$expand=manager', "Query option '$expand' is not allowed"],
    ['$skip=10', "Query option '$skip' is not allowed"],
    ['$search="x"', "Query option '$search' is not allowed"],
    ['$deltatoken=x', "Query option '$deltatoken' is not allowed"],
    ['top=10', "The query parameter 'top' is not known"],
    ['$top=1&$TOP=2', "Query option '$top' was specified more than once"],
    ["$filter=other eq 'x'", "the property 'other' cannot be filtered by"],
  ])('refuses %s', (query, message) => {
    expect(() => parseQuery(readQuery(query), RULES)).toThrow(message);
  });

  it('refuses a query string that is no UTF-8', () => {
    expect(() => readQuery('$filter=%C3')).toThrow('not valid');
  });
});

describe('page tokens', () => {
  const tokens = createPageTokens(Buffer.alloc(32, 7));
  it('open for the query they were made for, also in a later life', () => {
    const token = tokens.seal('scope', { at: 'x', seq: 3 });
    expect(createPageTokens(Buffer.alloc(32, 7)).open('scope', token)).toEqual({ at: 'x', seq: 3 });
    expect(token).not.toContain('scope');
  });

  it.each([
    ['another query', 'other', (token: string) => token],
    ['a changed token', 'scope', (token: string) => `A${token.slice(1)}`],
    ['half a token', 'scope', (token: string) => token.split('.')[0] ?? ''],
    ['nonsense', 'scope', () => 'x'],
    ['nothing', 'scope', () => ''],
  ])('do not open for %s', (_, scope, change) => {
    expect(() => tokens.open(scope, change(tokens.seal('scope', [])))).toThrow(
      expect.objectContaining({ status: 400 }),
    );
  });
});
