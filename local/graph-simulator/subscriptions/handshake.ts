/** Asks an endpoint whether it wants our notifications, as Graph does before it believes a subscription. */
import { randomUUID } from 'node:crypto';
import { badRequest } from '../refusal.ts';

/** Real time that the endpoint has to answer. */
const PATIENCE_MS = 10_000;
/** Largest answer that is looked at. */
const MOST_BYTES = 10_000;

/**
 * POSTs `?validationToken=…`; the answer must be 200, text/plain, and the decoded token.
 * @throws Refusal 400 otherwise
 */
export async function shakeHands(url: string): Promise<void> {
  const token = `Validation: Testing client application reachability for subscription Request-Id: ${randomUUID()}`;
  const target = new URL(url);
  // Graph writes blanks as `+` and escapes in lower case.
  const encoded = encodeURIComponent(token)
    .replaceAll('%20', '+')
    .replace(/%[0-9A-F]{2}/g, (text) => text.toLowerCase());
  target.search = `${target.search === '' ? '?' : `${target.search}&`}validationToken=${encoded}`;
  const { status, type, text } = await ask(target.href);
  if (status !== 200) {
    throw refused(
      `HTTP status code is '${status}'. Notification endpoint must respond with 200 OK to validation request.`,
    );
  }
  if (!type.toLowerCase().startsWith('text/plain')) throw refused('The content type of the answer must be text/plain.');
  if (text !== token) throw refused('Notification endpoint must respond with the validation token.');
}

async function ask(url: string): Promise<{ status: number; type: string; text: string }> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: '',
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const text = (await response.text()).slice(0, MOST_BYTES);
    return { status: response.status, type: response.headers.get('content-type') ?? '', text };
  } catch (error) {
    const isLate = error instanceof Error && error.name === 'TimeoutError';
    throw isLate
      ? badRequest('Subscription validation request timed out.', 'ValidationError')
      : refused('The notification endpoint could not be reached.');
  }
}

function refused(why: string): ReturnType<typeof badRequest> {
  return badRequest(`Subscription validation request failed. ${why}`, 'ValidationError');
}
