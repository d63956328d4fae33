/** The desk's end of its webhook: checks signature and age as a careful receiver would, and keeps the post. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Reply } from './acs-stand-in.ts';
import type { Letters } from './letters.ts';

/** The receiver without a server around it. */
export interface DeskHook {
  readonly handle: (request: IncomingMessage, body: Buffer) => Reply | undefined;
}

/** `secret` left out: signatures are not checked. */
export function createDeskHook(options: {
  readonly letters: Letters;
  readonly now: () => Date;
  readonly secret?: string;
}): DeskHook {
  return {
    handle(request, body) {
      if (request.method !== 'POST' || (request.url ?? '').split('?')[0] !== '/desk') return undefined;
      if (options.secret !== undefined && !isSigned(request, body, options.secret)) return { status: 401 };
      const text = body.toString('utf8');
      const id = String(request.headers['idempotency-key'] ?? text);
      options.letters.add({
        via: 'desk-webhook',
        id,
        at: options.now().toISOString(),
        from: 'postern',
        to: 'desk',
        text,
      });
      return { status: 200 };
    },
  };
}

/** `X-Postern-Signature: t=<epoch s>,v1=<hex HMAC-SHA256 of "t.body">`. */
function isSigned(request: IncomingMessage, body: Buffer, secret: string): boolean {
  const match = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(request.headers['x-postern-signature'] ?? ''));
  if (!match?.[1] || !match[2]) return false;
  const expected = createHmac('sha256', secret).update(`${match[1]}.`).update(body).digest();
  return timingSafeEqual(expected, Buffer.from(match[2], 'hex'));
}
