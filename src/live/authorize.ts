/**
 * Who may use the admin and desk routes. In Azure the platform's sign-in (Easy Auth) stands before them and says who it is
 * in a header that nobody else can set while it is on; on a laptop a key does.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { WebReply, WebRequest } from './web.ts';

/** App roles of the Entra application that protects the routes. */
export const ROLES = ['Postern.Admin', 'Postern.Desk'] as const;
/** An app role. */
export type Role = (typeof ROLES)[number];

/** Somebody who may. */
export interface Actor {
  /** Entra object id, or `key`. */
  readonly id: string;
  readonly roles: readonly Role[];
}

/** What decides. */
export interface AuthorizeOptions {
  /** WEBSITE_AUTH_ENABLED of App Service: the platform strips the header from requests and sets its own. */
  readonly isPlatformAuth: boolean;
  /** Key for use on a laptop; without it and without platform sign-in nobody gets in. */
  readonly localKey?: string;
}

const Principal = z.object({
  claims: z.array(z.object({ typ: z.string(), val: z.string() })),
  role_typ: z.string().optional(),
});
const ROLE_TYPES = ['roles', 'http://schemas.microsoft.com/ws/2008/06/identity/claims/role'];
const ID_TYPES = ['http://schemas.microsoft.com/identity/claims/objectidentifier', 'oid'];
const MAX_HEADER = 32_768;

/** The actor, or the answer that says why not. */
export function authorize(
  request: Pick<WebRequest, 'headers' | 'query'>,
  role: Role,
  options: AuthorizeOptions,
): { readonly actor: Actor } | { readonly refused: WebReply } {
  const actor = options.isPlatformAuth ? principalOf(request) : keyHolder(request, options.localKey);
  if (!actor) return { refused: { status: 401, jsonBody: { error: 'Sign in first.' } } };
  // Admins run the watch; they do not by that see who is under attack, and the desk does not change who is enrolled.
  if (!actor.roles.includes(role)) {
    return { refused: { status: 403, jsonBody: { error: `This needs the app role ${role}.` } } };
  }
  return { actor };
}

function principalOf({ headers }: Pick<WebRequest, 'headers'>): Actor | undefined {
  const header = headers.get('x-ms-client-principal');
  if (!header || header.length > MAX_HEADER) return undefined;
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(header, 'base64').toString('utf8'));
  } catch {
    return undefined;
  }
  const principal = Principal.safeParse(content);
  if (!principal.success) return undefined;
  const { claims, role_typ } = principal.data;
  const roleTypes = new Set([...ROLE_TYPES, ...(role_typ ? [role_typ] : [])]);
  const id = claims.find(({ typ }) => ID_TYPES.includes(typ))?.val;
  const held = new Set(claims.filter(({ typ }) => roleTypes.has(typ)).map(({ val }) => val));
  return id === undefined ? undefined : { id, roles: ROLES.filter((one) => held.has(one)) };
}

function keyHolder(request: Pick<WebRequest, 'headers' | 'query'>, localKey: string | undefined): Actor | undefined {
  const given = request.headers.get('x-functions-key') ?? cookieOf(request) ?? request.query.get('code');
  if (localKey === undefined || localKey === '' || given === null) return undefined;
  return isEqualSecret(given, localKey) ? { id: 'key', roles: ROLES } : undefined;
}

/** The cookie that the local desk page keeps the key in. */
export const KEY_COOKIE = 'postern-key';

function cookieOf({ headers }: Pick<WebRequest, 'headers'>): string | null {
  const pairs = (headers.get('cookie') ?? '').split(';').map((part) => part.trim().split('='));
  const value = pairs.find(([name]) => name === KEY_COOKIE)?.[1];
  return value === undefined ? null : decodeURIComponent(value);
}

/** Compares secrets in constant time, whatever their lengths. */
export function isEqualSecret(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
