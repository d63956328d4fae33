/** HTTP on the wire and as the library wants it. */
import type { IncomingHttpHeaders } from 'node:http';
import type { HttpCookie, HttpData, Nullable, TypedData } from './core.ts';

/** A request, read to its end. */
export interface ReadRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly params: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** A reply, ready to be written. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Uint8Array | string | undefined;
}

/** What the library is told of a request. Values of a repeated name are joined by commas, as the real host does. */
export function toHttpData(request: ReadRequest): TypedData {
  const query: Record<string, string> = {};
  for (const [name, value] of request.url.searchParams) {
    query[name] = query[name] === undefined ? value : `${query[name]},${value}`;
  }
  return {
    http: {
      method: request.method,
      url: request.url.href,
      nullableHeaders: wrap(flatHeaders(request.headers)),
      nullableParams: wrap(request.params),
      nullableQuery: wrap(query),
      ...(request.body.length > 0 ? { body: { bytes: request.body } } : {}),
    },
  };
}

function flatHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const pairs = Object.entries(headers).map(([name, value = '']) => [name, [value].flat().join(', ')]);
  return Object.fromEntries(pairs);
}

function wrap(values: Readonly<Record<string, string>>): Record<string, Nullable<string>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]));
}

/** The reply to what a function returned; nothing returned is 204, as in Azure. */
export function toReply(data: TypedData | null | undefined): Reply {
  const http = data?.http;
  if (!http) return { status: 204, headers: {}, body: undefined };
  const cookies = (http.cookies ?? []).map(formatCookie);
  const headers = { ...http.headers, ...(cookies.length > 0 ? { 'set-cookie': cookies } : {}) };
  return { status: Number(http.statusCode ?? 200), headers, body: bodyOf(http) };
}

function bodyOf(http: HttpData): Uint8Array | string | undefined {
  return http.body?.bytes ?? http.body?.string;
}

const SAME_SITE = { none: undefined, lax: 'Lax', strict: 'Strict', explicitNone: 'None' } as const;

/** One `set-cookie` value. */
export function formatCookie(cookie: HttpCookie): string {
  const sameSite = SAME_SITE[cookie.sameSite ?? 'none'];
  const seconds = cookie.expires?.value.seconds;
  return [
    `${cookie.name}=${encodeURIComponent(cookie.value)}`,
    seconds !== undefined && `Expires=${new Date(seconds * 1000).toUTCString()}`,
    cookie.maxAge && `Max-Age=${cookie.maxAge.value}`,
    cookie.domain && `Domain=${cookie.domain.value}`,
    cookie.path && `Path=${cookie.path.value}`,
    cookie.secure?.value && 'Secure',
    sameSite && `SameSite=${sameSite}`,
    cookie.httpOnly?.value && 'HttpOnly',
  ]
    .filter((part) => typeof part === 'string')
    .join('; ');
}
