/** Access keys of HTTP functions. The real host keeps them in blob storage; here they live as long as the host. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** The levels that keys can open. */
export const AUTH_LEVELS = ['anonymous', 'function', 'admin'] as const;

/** What a caller must prove. */
export type AuthLevel = (typeof AUTH_LEVELS)[number];

/** The keys of a running host. */
export interface AccessKeys {
  /** Opens everything, the admin endpoints included. */
  readonly master: string;
  /** Opens every function of level `function`. */
  readonly host: string;
  /** Function name to a key that opens only this function. */
  readonly functions: Readonly<Record<string, string>>;
}

/** Keys as given; missing ones are made, 32 random bytes each. */
export function createAccessKeys(given: Partial<AccessKeys> = {}): AccessKeys {
  const random = () => randomBytes(32).toString('base64url');
  return { master: given.master ?? random(), host: given.host ?? random(), functions: given.functions ?? {} };
}

/**
 * May somebody with this key call the function? Takes as long for a wrong key as for a right one.
 * @param functionName undefined for the host's own endpoints
 */
export function isAllowed(
  keys: AccessKeys,
  level: AuthLevel,
  given: string | undefined,
  functionName: string | undefined,
): boolean {
  if (level === 'anonymous') return true;
  if (given === undefined || given === '') return false;
  const own = functionName === undefined ? undefined : keys.functions[functionName];
  const accepted = level === 'admin' ? [keys.master] : [keys.master, keys.host, ...(own === undefined ? [] : [own])];
  return accepted.map((key) => isSame(key, given)).includes(true); // all are compared: no early exit
}

function isSame(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
