import { expect, it } from 'vitest';
import { matchRoute, parseRoute } from '../../../local/functions-host/routes.ts';

it.each<[template: string, path: string, params: Record<string, string> | undefined]>([
  ['', '', {}],
  ['', 'x', undefined],
  ['api/health', 'api/health', {}],
  ['api/health', 'API/Health/', {}],
  ['api/health', 'api/health/x', undefined],
  ['api/health', 'api', undefined],
  ['api/things/{id}', 'api/things/7', { id: '7' }],
  ['api/things/{id}', 'api/things', undefined],
  ['api/things/{id}', 'api/things/a%2Fb%20c', { id: 'a/b c' }],
  ['api/things/{id}', 'api/things/%', undefined],
  ['api/things/{id?}', 'api/things', {}],
  ['api/things/{id=none}', 'api/things', { id: 'none' }],
  ['api/people/{id?}/{verb?}', 'api/people', {}],
  ['api/people/{id?}/{verb?}', 'api/people/p1', { id: 'p1' }],
  ['api/people/{id?}/{verb?}', 'api/people/p1/prove', { id: 'p1', verb: 'prove' }],
  ['api/people/{id?}/{verb?}', 'api/people/p1/prove/x', undefined],
  ['api/people/{id?}/edit', 'api/people/edit', undefined],
  ['api/people/{id?}/edit', 'api/people/p1/edit', { id: 'p1' }],
  ['desk/{*path}', 'desk', {}],
  ['desk/{*path}', 'desk/a/b%20c.js', { path: 'a/b c.js' }],
  ['desk/{**path}', 'desk/a/b', { path: 'a/b' }],
  ['v{major}.{minor}/x', 'v1.22/x', { major: '1', minor: '22' }],
  ['v{major}.{minor}/x', 'v1/x', undefined],
  ['n/{n:int}', 'n/-12', { n: '-12' }],
  ['n/{n:int}', 'n/2147483648', undefined],
  ['n/{n:long}', 'n/2147483648', { n: '2147483648' }],
  ['n/{n:int?}', 'n', {}],
  ['n/{n:int:range(1,9)}', 'n/9', { n: '9' }],
  ['n/{n:int:range(1,9)}', 'n/10', undefined],
  ['n/{n:min(3)}', 'n/2', undefined],
  ['n/{n:max(3)}', 'n/3', { n: '3' }],
  ['b/{b:bool}', 'b/True', { b: 'True' }],
  ['b/{b:bool}', 'b/1', undefined],
  ['g/{g:guid}', 'g/0f8fad5b-d9cb-469f-a165-70867728950e', { g: '0f8fad5b-d9cb-469f-a165-70867728950e' }],
  ['g/{g:guid}', 'g/0f8fad5b', undefined],
  ['a/{a:alpha}', 'a/abc', { a: 'abc' }],
  ['a/{a:alpha}', 'a/ab1', undefined],
  ['d/{d:decimal}', 'd/1.5', { d: '1.5' }],
  ['d/{d:datetime}', 'd/2026-11-22', { d: '2026-11-22' }],
  ['d/{d:datetime}', 'd/soon', undefined],
  ['l/{l:length(3)}', 'l/abc', { l: 'abc' }],
  ['l/{l:length(2,3)}', 'l/a', undefined],
  ['l/{l:minlength(2)}', 'l/a', undefined],
  ['l/{l:maxlength(2)}', 'l/abc', undefined],
  ['r/{r:regex(^\\d{{4}}$)}', 'r/2026', { r: '2026' }],
  ['r/{r:regex(^\\d{{4}}$)}', 'r/26', undefined],
])('%s and /%s', (template, path, params) => {
  expect(matchRoute(parseRoute(template), path)).toEqual(params);
});

it.each([
  ['a//b', 'is not a segment'],
  ['{*all}/x', 'only the last segment can catch all'],
  ['x{*all}', 'must be nothing but the catch-all'],
  ['a/{', 'is not a segment'],
  ['a/{1b}', 'is not a segment'],
  ['a/{b:even}', 'the constraint "even" is not known'],
  ['admin/x', 'is taken by the host itself'],
  ['runtime', 'is taken by the host itself'],
])('%s is refused', (template, words) => {
  expect(() => parseRoute(template)).toThrow(words);
});

it('literal before constrained before plain before catch-all', () => {
  const routes = ['t/{*rest}', 't/{id}', 't/{id:int}', 't/special', '{any}/special'].map(parseRoute);
  const sorted = routes.toSorted((a, b) => (a.precedence < b.precedence ? -1 : 1)).map(({ template }) => template);
  expect(sorted).toEqual(['t/special', 't/{id:int}', 't/{id}', 't/{*rest}', '{any}/special']);
});
