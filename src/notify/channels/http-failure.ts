/** From the answer of a provider to the error that says who must act. */
import { type DeliveryCode, DeliveryError } from '../../errors.ts';

/** What a failed answer is, by its HTTP status. 0 = no answer. */
export function failureOf(
  transport: string,
  status: number,
  options: { readonly retryAfter?: string | null | undefined; readonly cause?: unknown } = {},
): DeliveryError {
  const seconds = Number(options.retryAfter ?? Number.NaN);
  return new DeliveryError(transport, codeOf(status), {
    ...(Number.isFinite(seconds) && { retryAfterMs: Math.max(0, seconds) * 1000 }),
    ...(options.cause !== undefined && { cause: options.cause }),
  });
}

function codeOf(status: number): DeliveryCode {
  if (status === 429) return 'THROTTLED';
  if (status === 0 || status === 408 || status >= 500) return 'UNAVAILABLE';
  return status === 401 || status === 403 || status === 404 ? 'MISCONFIGURED' : 'REFUSED';
}

/** The failure in what an Azure SDK threw. Its text may hold addresses, so only status and Retry-After are kept. */
export function sdkFailure(transport: string, error: unknown): DeliveryError {
  const { statusCode, response } = (error ?? {}) as {
    readonly statusCode?: number;
    readonly response?: { readonly headers?: { readonly get?: (name: string) => string | undefined } };
  };
  return failureOf(transport, statusCode ?? 0, { retryAfter: response?.headers?.get?.('retry-after') });
}
