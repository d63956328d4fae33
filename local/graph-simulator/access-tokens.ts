/**
 * Access tokens: opaque, signed, short-lived. Their life is counted by the wall clock, not by the simulator's: token
 * caches of clients do the same, and a fast simulated clock must not make every token stale.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Database } from './database.ts';
import { Refusal } from './refusal.ts';

/** The one application that the simulator knows. */
export const APPLICATION_ID = '24d3b144-21ae-4080-943f-7067b395b913';
/** The tenant. */
export const TENANT_ID = '84bd8158-6d4d-4958-8b9f-9d6445542f95';

/** Issues and checks tokens. */
export interface AccessTokens {
  readonly issue: () => { readonly token: string; readonly expiresInSeconds: number; readonly expiresAt: number };
  /** @throws Refusal 401 unless the header holds a token of ours that is still good */
  readonly check: (authorization: string | undefined) => void;
  /** How many were issued since the start. */
  readonly issued: () => number;
  /** Makes all tokens that were issued so far worthless. */
  readonly revokeAll: () => void;
}

/**
 * Tokens survive a restart of the simulator, as they would survive one of Graph's machines.
 * @param lifeMs how long a token lasts
 * @param wallNow the wall clock, epoch ms
 */
export function createAccessTokens(database: Database, lifeMs: number, wallNow: () => number): AccessTokens {
  const key = Buffer.from(secretOf(database, 'token-key'), 'base64');
  let generation = Number(database.get('token-generation') ?? 0);
  let issued = 0;
  const sign = (text: string) => createHmac('sha256', key).update(text).digest('base64url');
  return {
    issue: () => {
      issued++;
      const expiresAt = wallNow() + lifeMs;
      const text = `${generation}~${expiresAt}~${randomBytes(12).toString('base64url')}`;
      const token = `${Buffer.from(text).toString('base64url')}.${sign(text)}`;
      return { token, expiresInSeconds: Math.max(0, Math.floor(lifeMs / 1000)), expiresAt };
    },
    check: (authorization) => {
      const token = /^Bearer ([\w-]+)\.([\w-]+)$/i.exec(authorization ?? '');
      if (!token) throw invalidToken(authorization ? 'CompactToken parsing failed' : 'Access token is empty.');
      const text = Buffer.from(token[1] ?? '', 'base64url').toString();
      if (!sameText(sign(text), token[2] ?? ''))
        throw invalidToken('Access token validation failure. Invalid signature.');
      const [of, until] = text.split('~');
      if (Number(of) !== generation || Number(until) <= wallNow()) {
        throw invalidToken('Access token has expired or is not yet valid.');
      }
    },
    issued: () => issued,
    revokeAll: () => {
      generation++;
      database.put('token-generation', String(generation));
    },
  };
}

/** A random value that is made once and kept. */
export function secretOf(database: Database, name: string): string {
  const kept = database.get(name) ?? randomBytes(32).toString('base64');
  database.put(name, kept);
  return kept;
}

/** Compares in constant time. */
export function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHmac('sha256', 'compare').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function invalidToken(message: string): Refusal {
  return new Refusal(401, 'InvalidAuthenticationToken', message, { 'www-authenticate': 'Bearer realm=""' });
}
