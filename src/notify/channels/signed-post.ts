/** Signed HTTPS posts: the desk's webhook (Teams Workflows, Slack, a SIEM) and SMS gateways. */
import { createHmac } from 'node:crypto';
import { DeliveryError } from '../../errors.ts';
import { failureOf } from './http-failure.ts';

/** An address and the key of its signatures. */
export interface PostTarget {
  readonly url: string;
  /** Left out: posts are not signed (Teams and Slack cannot check). */
  readonly secret?: string;
}

const TIMEOUT_MS = 20_000;

/**
 * Posts JSON with `X-Postern-Signature: t=<epoch seconds>,v1=<hex HMAC-SHA256 of "t.body">` and `Idempotency-Key`.
 * Receivers refuse what is older than five minutes, and drop a key that they know.
 */
export async function signedPost(
  transport: string,
  { url, secret }: PostTarget,
  content: unknown,
  { operationId, now }: { readonly operationId: string; readonly now: Date },
): Promise<void> {
  const body = JSON.stringify(content);
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'idempotency-key': operationId,
      ...(secret !== undefined && { 'x-postern-signature': signatureOf(body, secret, now) }),
    },
    body,
    // A redirect could lead signed content to somebody else.
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch(() => {
    throw new DeliveryError(transport, 'UNAVAILABLE');
  });
  await response.arrayBuffer().catch(() => undefined);
  if (!response.ok) throw failureOf(transport, response.status, { retryAfter: response.headers.get('retry-after') });
}

/** The signature of a body at an instant. */
export function signatureOf(body: string, secret: string, at: Date): string {
  const seconds = Math.floor(at.getTime() / 1000);
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}
