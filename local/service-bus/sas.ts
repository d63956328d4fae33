/** Shared access signatures: what a client proves its right to an entity with. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { BusError } from './bus-error.ts';

/** A key that may sign tokens. */
export interface AccessKey {
  readonly name: string;
  /** Used as UTF-8 text, as the service does it; not decoded. */
  readonly key: string;
}

/** What a token allows: everything at and below `path`, until `expiresAt` (epoch milliseconds). */
export interface Claim {
  readonly path: string;
  readonly expiresAt: number;
}

/**
 * Checks a token of type `servicebus.windows.net:sastoken` for `audience` (`sb://host/path`) and gives what it allows.
 * @throws BusError `amqp:unauthorized-access`: malformed, unknown key, bad signature, expired or for something else
 */
export function verifyToken(token: string, audience: string, accessKey: AccessKey, now: number): Claim {
  const fields = new Map<string, string>();
  for (const part of token.replace(/^SharedAccessSignature /, '').split('&')) {
    const at = part.indexOf('=');
    fields.set(part.slice(0, at), part.slice(at + 1));
  }
  const [scope, signature, expiry, keyName] = ['sr', 'sig', 'se', 'skn'].map((name) => fields.get(name));
  if (!scope || !signature || !expiry || !keyName) throw refused('MalformedToken: The token is malformed.');
  // The name is not secret, but the same time and words for both keep it from being told apart from a wrong signature.
  const sameName = sameBytes(Buffer.from(decode(keyName)), Buffer.from(accessKey.name));
  const wanted = createHmac('sha256', accessKey.key).update(`${scope}\n${expiry}`).digest();
  const sameSignature = sameBytes(Buffer.from(decode(signature), 'base64'), wanted);
  if (!sameName || !sameSignature) throw refused('InvalidSignature: The token has an invalid signature.');
  const expiresAt = Number(expiry) * 1000;
  if (!(expiresAt > now)) throw refused('ExpiredToken: The token is expired.');
  const path = pathOf(audience);
  if (!covers(pathOf(decode(scope)), path))
    throw refused('InvalidAudience: The authorization resource does not match.');
  return { path, expiresAt };
}

/** Whether one of the claims allows `address` at this time. */
export function isAllowed(claims: Iterable<Claim>, address: string, now: number): boolean {
  const path = address.toLowerCase();
  for (const claim of claims) if (claim.expiresAt > now && covers(claim.path, path)) return true;
  return false;
}

function covers(scope: string, path: string): boolean {
  return scope === '' || path === scope || path.startsWith(`${scope}/`);
}

function pathOf(uri: string): string {
  return uri
    .toLowerCase()
    .replace(/^[a-z]+:\/\/[^/]*/, '')
    .replace(/^\/+|\/+$/g, '');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refused('MalformedToken: The token is malformed.');
  }
}

function sameBytes(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function refused(description: string): BusError {
  return new BusError('amqp:unauthorized-access', description);
}
