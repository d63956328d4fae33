import { expect, it } from 'vitest';
import type { HttpCookie } from '../../../local/functions-host/core.ts';
import { formatCookie, toHttpData, toReply } from '../../../local/functions-host/http-messages.ts';

it.each<[HttpCookie, string]>([
  [{ name: 'a', value: 'b c;é' }, 'a=b%20c%3B%C3%A9'],
  [{ name: 'a', value: '1', sameSite: 'none' }, 'a=1'],
  [{ name: 'a', value: '1', sameSite: 'explicitNone', secure: { value: true } }, 'a=1; Secure; SameSite=None'],
  [{ name: 'a', value: '1', secure: { value: false }, httpOnly: { value: true } }, 'a=1; HttpOnly'],
  [{ name: 'a', value: '1', maxAge: { value: 0 }, path: { value: '/x' } }, 'a=1; Max-Age=0; Path=/x'],
  [
    { name: 'a', value: '', domain: { value: 'example.org' }, expires: { value: { seconds: 0 } }, sameSite: 'strict' },
    'a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Domain=example.org; SameSite=Strict',
  ],
])('cookie %j', (cookie, text) => {
  expect(formatCookie(cookie)).toBe(text);
});

it('a request as the library wants it', () => {
  const data = toHttpData({
    method: 'POST',
    url: new URL('http://127.0.0.1:1/api/x?a=1&a=2&b='),
    headers: { 'content-type': 'text/plain', 'set-cookie': ['x', 'y'] },
    params: { id: '7' },
    body: Buffer.from([0, 255]),
  });
  expect(data).toEqual({
    http: {
      method: 'POST',
      url: 'http://127.0.0.1:1/api/x?a=1&a=2&b=',
      nullableHeaders: { 'content-type': { value: 'text/plain' }, 'set-cookie': { value: 'x, y' } },
      nullableParams: { id: { value: '7' } },
      nullableQuery: { a: { value: '1,2' }, b: { value: '' } },
      body: { bytes: Buffer.from([0, 255]) },
    },
  });
});

it.each([
  [undefined, { status: 204, headers: {}, body: undefined }],
  [null, { status: 204, headers: {}, body: undefined }],
  [{ http: {} }, { status: 200, headers: {}, body: undefined }],
  [
    {
      http: { statusCode: '201', headers: { 'x-a': 'b' }, body: { string: 't' }, cookies: [{ name: 'c', value: 'd' }] },
    },
    { status: 201, headers: { 'x-a': 'b', 'set-cookie': ['c=d'] }, body: 't' },
  ],
])('the reply to %j', (returned, reply) => {
  expect(toReply(returned)).toEqual(reply);
});
