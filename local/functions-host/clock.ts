/** The clock that timers follow; it may run faster than the wall's. */
import { performance } from 'node:perf_hooks';

/** Longest wait that Node keeps exactly. */
const LONGEST_MS = 2 ** 31 - 1;
/** How often a clock that is somebody else's is looked at: it may jump. */
const GIVEN_CLOCK_MS = 50;

/** A clock and a way to wait by it. */
export interface HostClock {
  now(): Date;
  /** Waits this many of the clock's milliseconds; false when aborted. */
  wait(ms: number, signal: AbortSignal): Promise<boolean>;
  /** Waits until the clock shows `at`; false when aborted. */
  waitUntil(at: Date, signal: AbortSignal): Promise<boolean>;
}

/**
 * @param scale milliseconds of this clock per real one
 * @param readNow epoch milliseconds; by default the wall clock from now on, at that scale
 */
export function createClock(scale: number, readNow?: () => number): HostClock {
  const epoch = Date.now();
  const started = performance.now();
  const longestMs = readNow ? GIVEN_CLOCK_MS : LONGEST_MS;
  const now = readNow ?? (() => (scale === 1 ? Date.now() : epoch + (performance.now() - started) * scale));
  const waitUntil = async (at: Date, signal: AbortSignal) => {
    // Again and again: timeouts are bounded, may fire early, and the clock may be set.
    for (let left = at.getTime() - now(); left > 0; left = at.getTime() - now()) {
      if (!(await sleep(Math.min(Math.max(left / scale, 1), longestMs), signal))) return false;
    }
    return !signal.aborted;
  };
  return { now: () => new Date(now()), wait: (ms, signal) => waitUntil(new Date(now() + ms), signal), waitUntil };
}

function sleep(ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const stop = () => {
      clearTimeout(timeout);
      resolve(false);
    };
    const timeout = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve(true);
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}
