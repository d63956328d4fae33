import { describe, expect, it } from 'vitest';
import { authorize, type Role } from '../../../src/live/authorize.ts';

const principal = (claims: readonly (readonly [string, string])[], more = {}) =>
  Buffer.from(JSON.stringify({ claims: claims.map(([typ, val]) => ({ typ, val })), ...more })).toString('base64');
const OID = 'http://schemas.microsoft.com/identity/claims/objectidentifier';
const ask = (
  headers: Record<string, string>,
  role: Role,
  options: { isPlatformAuth: boolean; localKey?: string },
  query: Record<string, string> = {},
) =>
  authorize(
    { headers: { get: (name) => headers[name] ?? null }, query: { get: (name) => query[name] ?? null } },
    role,
    options,
  );
const azure = { isPlatformAuth: true };
const laptop = { isPlatformAuth: false, localKey: 'the key' };

describe('who may', () => {
  it.each([
    [
      'a role of the platform',
      {
        'x-ms-client-principal': principal([
          [OID, 'o-1'],
          ['roles', 'Postern.Desk'],
        ]),
      },
      azure,
      'o-1',
    ],
    [
      'a role type of its own',
      {
        'x-ms-client-principal': principal(
          [
            ['oid', 'o-2'],
            ['r', 'Postern.Desk'],
          ],
          { role_typ: 'r' },
        ),
      },
      azure,
      'o-2',
    ],
    ['the local key', { 'x-functions-key': 'the key' }, laptop, 'key'],
    ['the local key as a cookie', { cookie: 'a=b; postern-key=the%20key' }, laptop, 'key'],
  ])('%s lets in', (_, headers, options, id) => {
    expect(ask(headers, 'Postern.Desk', options)).toMatchObject({ actor: { id } });
  });

  it('the local key in the address lets in, for a first visit', () => {
    expect(ask({}, 'Postern.Admin', laptop, { code: 'the key' })).toMatchObject({ actor: { id: 'key' } });
  });

  it.each([
    ['nobody', {}, azure, 401],
    ['nobody on a laptop', {}, laptop, 401],
    ['a wrong key', { 'x-functions-key': 'a key' }, laptop, 401],
    ['an empty key where none is set', { 'x-functions-key': '' }, { isPlatformAuth: false }, 401],
    ['an empty key where it is empty', { 'x-functions-key': '' }, { isPlatformAuth: false, localKey: '' }, 401],
    ['the local key in Azure', { 'x-functions-key': 'the key' }, { isPlatformAuth: true, localKey: 'the key' }, 401],
    [
      'a principal header without the platform',
      {
        'x-ms-client-principal': principal([
          [OID, 'o'],
          ['roles', 'Postern.Desk'],
        ]),
      },
      laptop,
      401,
    ],
    ['a header that is no principal', { 'x-ms-client-principal': 'bm9uc2Vuc2U=' }, azure, 401],
    ['a principal without an id', { 'x-ms-client-principal': principal([['roles', 'Postern.Desk']]) }, azure, 401],
    ['somebody without a role', { 'x-ms-client-principal': principal([[OID, 'o']]) }, azure, 403],
    [
      'an admin who is not of the desk',
      {
        'x-ms-client-principal': principal([
          [OID, 'o'],
          ['roles', 'Postern.Admin'],
        ]),
      },
      azure,
      403,
    ],
    [
      'a role in a name',
      {
        'x-ms-client-principal': principal([
          [OID, 'o'],
          ['name', 'Postern.Desk'],
        ]),
      },
      azure,
      403,
    ],
    ['a header of megabytes', { 'x-ms-client-principal': 'A'.repeat(100_000) }, azure, 401],
  ])('%s stays out', (_, headers, options, status) => {
    expect(ask(headers, 'Postern.Desk', options)).toMatchObject({ refused: { status } });
  });
});
