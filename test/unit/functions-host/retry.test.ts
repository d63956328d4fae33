import { expect, it } from 'vitest';
import { mayRetry, retryDelayMs } from '../../../local/functions-host/retry.ts';

const fixed = { retryStrategy: 'fixedDelay', maxRetryCount: 2, delayInterval: { seconds: 3 } } as const;
const growing = {
  retryStrategy: 'exponentialBackoff',
  maxRetryCount: -1,
  minimumInterval: { seconds: 2 },
  maximumInterval: { seconds: 10 },
} as const;

it.each([
  [fixed, 0, 0.5, 3000],
  [fixed, 5, 0.5, 3000],
  [growing, 0, 0.5, 2000],
  [growing, 1, 0.5, 4000],
  [growing, 1, 0, 3600],
  [growing, 2, 0.5, 8000],
  [growing, 3, 0.5, 10_000],
  [growing, 4000, 0.5, 10_000],
])('%j after try %d, random %d', (options, tried, random, ms) => {
  expect(retryDelayMs(options, tried, random)).toBe(ms);
});

it.each([
  [undefined, 0, false],
  [fixed, 0, true],
  [fixed, 1, true],
  [fixed, 2, false],
  [growing, 1e6, true],
])('%j may be retried after try %d: %s', (options, tried, expected) => {
  expect(mayRetry(options, tried)).toBe(expected);
});
