/** Tokens that carry a reader from page to page: opaque, and good only for the query that they came from. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { badRequest } from '../refusal.ts';

/** Makes and opens tokens. */
export interface PageTokens {
  /** @param scope everything that must be the same when the token comes back */
  readonly seal: (scope: string, content: unknown) => string;
  /** @throws Refusal 400 when it was not made for this scope */
  readonly open: (scope: string, token: string) => unknown;
}

/** @param key random bytes; the same key opens the tokens of a former life */
export function createPageTokens(key: Buffer): PageTokens {
  const sign = (scope: string, content: string) =>
    createHmac('sha256', key).update(scope).update('\0').update(content).digest().subarray(0, 16);
  return {
    seal: (scope, content) => {
      const text = Buffer.from(JSON.stringify(content)).toString('base64url');
      return `${text}.${sign(scope, text).toString('base64url')}`;
    },
    open: (scope, token) => {
      const [text = '', signature = ''] = token.split('.');
      const given = Buffer.from(signature, 'base64url');
      const right = sign(scope, text);
      if (given.length !== right.length || !timingSafeEqual(given, right)) {
        throw badRequest('Skip token is either invalid or belongs to another query.', 'Directory_ExpiredPageToken');
      }
      return JSON.parse(Buffer.from(text, 'base64url').toString());
    },
  };
}
