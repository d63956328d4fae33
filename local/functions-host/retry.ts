/** How long to wait before a failed timer run is tried again. */
import type { RetryOptions } from './core.ts';

const SPREAD = 0.2;
const DEFAULT_MAXIMUM_S = 60;

/** Whether there is another try after try number `tried` (0 = the first). */
export function mayRetry(options: RetryOptions | undefined, tried: number): options is RetryOptions {
  return options !== undefined && (options.maxRetryCount === -1 || tried < options.maxRetryCount);
}

/**
 * Milliseconds before the next try.
 * @param tried number of the try that failed, 0 = the first
 * @param random in [0, 1): backoff is spread by a fifth, as the real host does
 */
export function retryDelayMs(options: RetryOptions, tried: number, random: number): number {
  if (options.retryStrategy === 'fixedDelay') return (options.delayInterval?.seconds ?? 0) * 1000;
  const least = (options.minimumInterval?.seconds ?? 1) * 1000;
  const most = (options.maximumInterval?.seconds ?? DEFAULT_MAXIMUM_S) * 1000;
  const factor = 1 - SPREAD + 2 * SPREAD * random;
  return Math.min(most, least + least * (2 ** Math.min(tried, 40) - 1) * factor);
}
