/** The clock: the machine's, or that of a replay, which a file holds so that several processes share it. */
import { closeSync, openSync, readSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { ConfigError } from '../errors.ts';
import type { Clock } from '../ports.ts';

/** The machine's clock. */
export const systemClock: Clock = { now: () => new Date(), sleep: async (ms) => void (await delay(ms)) };

/**
 * A clock whose time (epoch ms in decimal) stands in a file: whoever plays the log of a month in two minutes writes it.
 * Sleeping costs no real time: it moves the clock on, unless somebody else has moved it further.
 * @throws ConfigError when the file cannot be read
 */
export function createFileClock(path: string): Clock {
  const buffer = Buffer.alloc(32);
  const read = (): number => {
    try {
      const file = openSync(path, 'r');
      try {
        return Number(buffer.toString('latin1', 0, readSync(file, buffer, 0, buffer.length, 0)));
      } finally {
        closeSync(file);
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new ConfigError([`POSTERN_CLOCK_FILE: cannot be read (${code}). Leave it unset outside of a replay.`]);
    }
  };
  return {
    now: () => new Date(read()),
    async sleep(ms) {
      const until = read() + ms;
      if (read() < until) setClockFile(path, new Date(until));
    },
  };
}

/** Sets the time of a file clock. Padded, so that a reader never sees half of a longer number. */
export function setClockFile(path: string, at: Date): void {
  writeFileSync(path, String(Math.ceil(at.getTime())).padEnd(20));
}
