/** The files of the desk page, with a policy that allows nothing but them. */
import { createHash } from 'node:crypto';
import { KEY_COOKIE } from '../authorize.ts';
import type { WebReply, WebRequest } from '../web.ts';

/** Reads a file of web/desk; undefined: there is none. */
export type ReadFile = (name: string) => Promise<string | undefined>;

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};
/** `app.js`, `vendor/uplot.js`: nothing that could leave the folder. */
const NAME = /^(?:[a-z-]+\/)?[a-z-]+\.(html|css|js|svg)$/;

/** Nothing but files and the API of this origin. */
export const DESK_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': DESK_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
} as const;

/** The page, or one of its files. `name`: what follows `desk/`; empty = the page. */
export async function deskFile(request: WebRequest, name: string, read: ReadFile): Promise<WebReply> {
  if (request.method !== 'GET') return { status: 405, headers: { ...HEADERS, allow: 'GET' }, body: 'Use GET.' };
  const file = name === '' ? 'index.html' : name;
  const [, ending = ''] = NAME.exec(file) ?? [];
  const body = ending === '' ? undefined : await read(file);
  if (body === undefined) return { status: 404, headers: HEADERS, body: 'There is no such file.' };
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
  const headers = { ...HEADERS, etag, 'cache-control': 'no-cache', 'content-type': TYPES[ending] ?? 'text/plain' };
  return request.headers.get('if-none-match') === etag ? { status: 304, headers } : { status: 200, headers, body };
}

/**
 * On a laptop the address carries the key once: it is put into a cookie that no script and no other site can use, and the
 * address is cleaned. Also makes `desk/` one with `desk`. Undefined: nothing to redirect.
 */
export function deskRedirect(request: WebRequest, isKey: boolean): WebReply | undefined {
  if (request.method !== 'GET' || !URL.canParse(request.url)) return undefined;
  const url = new URL(request.url);
  const code = url.searchParams.get('code');
  if (code === null && !url.pathname.endsWith('/')) return undefined;
  // Relative, so that it is right behind a proxy, too; the last part of the path stays.
  const location = url.pathname.endsWith('/') ? '../desk' : (url.pathname.split('/').at(-1) ?? 'desk');
  const cookie = `${KEY_COOKIE}=${encodeURIComponent(code ?? '')}; Path=/api/desk; HttpOnly; SameSite=Strict`;
  return {
    status: 302,
    headers: {
      ...HEADERS,
      location,
      'cache-control': 'no-store',
      ...(isKey && code !== null && { 'set-cookie': cookie }),
    },
    body: '',
  };
}

/** Who may not, as a page where a page was asked for. */
export function refusalPage(reply: WebReply): WebReply {
  const { error } = reply.jsonBody as { error: string };
  const body = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Postern desk</title></head><body><main><h1>Postern desk</h1><p>${error}</p><p>On a laptop, open the address that npm start prints. In Azure, sign in with an account that has the app role.</p></main></body></html>`;
  return {
    status: reply.status,
    headers: { ...HEADERS, 'cache-control': 'no-store', 'content-type': TYPES.html ?? '' },
    body,
  };
}
