/** Plays a month: sets the clock step by step, runs the timers that are due, and waits until nothing is under way. */
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { setClockFile } from '../../src/azure/clock.ts';
import type { Parts } from './parts.ts';
import { placesIn } from './workplace.ts';

/** How a month is played. */
export interface ReplayOptions {
  readonly parts: Parts;
  readonly dir: string;
  readonly from: Date;
  readonly to: Date;
  /** Real time that it should take at least; it takes as long as it takes. */
  readonly targetMs: number;
  /** After each step. */
  readonly onStep: (at: Date) => Promise<void>;
  readonly signal: AbortSignal;
}

const HOUR_MS = 3600_000;
/** So long a step is: a poll each four hours. Real ones come each minute; a month of those takes a month. */
const STEP_MS = 4 * HOUR_MS;
const SETTLE_MS = 60_000;

/** Resolves at the end, or when it was aborted. Goes on where a former run stopped. */
export async function replay(options: ReplayOptions): Promise<void> {
  const { parts, dir, from, to, signal } = options;
  const places = placesIn(dir);
  const begun = readProgress(places.progress) ?? from;
  const started = performance.now();
  for (let at = begun.getTime() + STEP_MS; at <= to.getTime() && !signal.aborted; at += STEP_MS) {
    // Sleeping (rationing) moves the clock on by itself; it never goes back.
    setClockFile(places.clock, new Date(Math.max(at, readClock(places.clock))));
    await step(options, new Date(at));
    writeFileSync(places.progress, JSON.stringify({ at: new Date(at) }));
    await options.onStep(new Date(at));
    const share = (at - begun.getTime()) / (to.getTime() - begun.getTime());
    const aheadMs = options.targetMs * share - (performance.now() - started);
    if (aheadMs > 5) await delay(aheadMs, undefined, { signal }).catch(() => undefined);
  }
  if (!signal.aborted) await settle(parts, true);
}

/** Runs one step until everything in it succeeded: what a process that died had begun is done again. */
async function step({ parts, signal }: ReplayOptions, at: Date): Promise<void> {
  const hours = Math.round(at.getTime() / HOUR_MS);
  const timers = [
    'poll-logs',
    'watch',
    ...(hours % 8 === 0 ? ['renew-subscriptions'] : []),
    ...(hours % 72 === 4 ? ['prune'] : []),
  ];
  for (const timer of timers) {
    for (let tries = 0; tries < 20 && !signal.aborted; tries++) {
      const outcome = await parts.host().invokeTimer(timer);
      if (outcome.ok) break;
      await delay(200 * (tries + 1));
      await parts.ready();
    }
  }
  await settle(parts, false);
}

/** Waits until no function runs and nothing waits in a queue; `all`: delayed messages, too. */
async function settle(parts: Parts, all: boolean): Promise<void> {
  const deadline = performance.now() + SETTLE_MS;
  for (let calm = 0; calm < 2 && performance.now() < deadline; ) {
    const isCalm = await isQuiet(parts, all).catch(() => false);
    calm = isCalm ? calm + 1 : 0;
    if (!isCalm) {
      await delay(5);
      await parts.ready();
    }
  }
}

async function isQuiet(parts: Parts, all: boolean): Promise<boolean> {
  const { queues } = await parts.bus().stats();
  const waiting = Object.values(queues).some(
    (queue) => queue.active > 0 || queue.locked > 0 || (all && queue.scheduled > 0),
  );
  return !waiting && (await parts.host().running()) === 0;
}

/** Up to when a former run came. */
export function readProgress(path: string): Date | undefined {
  try {
    return new Date((JSON.parse(readFileSync(path, 'utf8')) as { at: string }).at);
  } catch {
    return undefined;
  }
}

function readClock(path: string): number {
  try {
    return Number(readFileSync(path, 'utf8').trim());
  } catch {
    return 0;
  }
}
