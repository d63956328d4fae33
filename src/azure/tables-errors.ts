/** What Azure Tables says went wrong, as UpstreamError. The service's text is kept as cause only: it can quote keys. */
import { RestError } from '@azure/data-tables';
import { type UpstreamCode, UpstreamError } from '../errors.ts';

const TOO_LARGE = new Set([
  'RequestBodyTooLarge',
  'EntityTooLarge',
  'PropertyValueTooLarge',
  'ContentLengthExceeded',
  'KeyValueTooLarge',
]);

/** The same error where it is ours already. Codes: learn, "Table Storage error codes". */
export function toUpstreamError(error: unknown): Error {
  if (error instanceof UpstreamError || error instanceof RangeError) return error;
  if (!(error instanceof RestError)) return new UpstreamError('tables', 'UNAVAILABLE', { cause: error });
  return new UpstreamError('tables', codeOf(error), { cause: error });
}

/** The service's own word for an error: in the body of a transaction's answer, in a header of any other. */
export function serviceCode({ code, details }: RestError): string {
  return code ?? (details as { errorCode?: string } | undefined)?.errorCode ?? '';
}

function codeOf(error: RestError): UpstreamCode {
  const { statusCode } = error;
  const code = serviceCode(error);
  if (TOO_LARGE.has(code) || statusCode === 413) return 'TOO_LARGE';
  if (statusCode === undefined || statusCode === 408 || statusCode >= 500)
    return code === 'ServerBusy' ? 'THROTTLED' : 'UNAVAILABLE';
  if (statusCode === 429) return 'THROTTLED';
  if (statusCode === 401) return 'UNAUTHORIZED';
  if (statusCode === 403) return 'FORBIDDEN';
  if (statusCode === 404) return 'NOT_FOUND';
  return 'REFUSED';
}
