/** What Graph's refusals mean: by error code, else by status, never by message. */
import { type UpstreamCode, UpstreamError } from '../errors.ts';

/** What is known of a failed call. */
export interface GraphFailure {
  /** HTTP status; `undefined` when no answer came. */
  readonly status?: number;
  /** `error.code` of the body. */
  readonly code?: string;
  /** `Retry-After` header. */
  readonly retryAfter?: string | null;
  /** `request-id`, for a support case. */
  readonly requestId?: string;
}

/**
 * Codes that mean more than their status. Sources: captures quoted in public issue threads, and "Prerequisites to
 * access the Microsoft Entra reporting API". Identity Protection answers a missing licence and a missing permission with
 * the same `Forbidden`, so src/live/coverage.ts names both.
 */
const CODES: Readonly<Record<string, UpstreamCode>> = {
  Authentication_RequestFromNonPremiumTenantOrB2CTenant: 'NOT_LICENSED',
  Authentication_RequestFromUnsupportedUserRole: 'FORBIDDEN',
  Authentication_MSGraphPermissionMissing: 'FORBIDDEN',
  Authorization_RequestDenied: 'FORBIDDEN',
  // Mailboxes that are not in Exchange Online, or inactive.
  MailboxNotEnabledForRESTAPI: 'NOT_FOUND',
  MailboxNotSupportedForRESTAPI: 'NOT_FOUND',
  TooManyRequests: 'THROTTLED',
  ApplicationThrottled: 'THROTTLED',
  activityLimitReached: 'THROTTLED',
};

/** The error that a failed call becomes. Its cause names status, code and request id, nothing else of the answer. */
export function toUpstreamError(failure: GraphFailure, now: Date): UpstreamError {
  const { status, requestId } = failure;
  const code = (failure.code !== undefined ? CODES[failure.code] : undefined) ?? codeOfStatus(status);
  const retryAfterMs = retryAfter(failure.retryAfter, now);
  const words = [status ?? 'no answer', isWord(failure.code) && failure.code, isWord(requestId) && requestId];
  return new UpstreamError('graph', code, {
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    cause: new Error(words.filter(Boolean).join(' ')),
  });
}

function codeOfStatus(status: number | undefined): UpstreamCode {
  if (status === undefined) return 'UNAVAILABLE';
  switch (status) {
    case 401:
      return 'UNAUTHORIZED';
    case 402:
      return 'NOT_LICENSED';
    case 403:
      return 'FORBIDDEN';
    case 404:
    case 410:
      return 'NOT_FOUND';
    case 408:
    case 409:
    case 423:
      return 'UNAVAILABLE';
    case 413:
      return 'TOO_LARGE';
    case 429:
      return 'THROTTLED';
    default:
      return status >= 500 ? 'UNAVAILABLE' : status >= 400 ? 'REFUSED' : 'UNREADABLE';
  }
}

/** `Retry-After` in ms: seconds, or an HTTP date. */
function retryAfter(value: string | null | undefined, now: Date): number | undefined {
  if (value === null || value === undefined || value.trim() === '') return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}

/** Codes and ids are single words; anything else could be content. */
function isWord(text: string | undefined): boolean {
  return text !== undefined && /^[\w.-]{1,80}$/.test(text);
}
