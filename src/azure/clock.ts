/** The clock: the machine's, or that of a replay, which a file holds so that several processes share it. */
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { ConfigError } from '../errors.ts';
import type { Clock } from '../ports.ts';

/** The machine's clock. */
export const systemClock: Clock = { now: () => new Date(), sleep: async (ms) => void (await delay(ms)) };

/**
 * A clock whose time (epoch ms in decimal) stands in a file: whoever plays the log of a month in two minutes writes it.
 * Sleeping costs no real time: it moves the clock on, unless somebody else has moved it further. A file that is being
 * written at this moment keeps the last time that could be read.
 * @throws ConfigError when the file cannot be read the first time
 */
export function createFileClock(path: string): Clock {
  const buffer = Buffer.alloc(32);
  let file: number | undefined;
  let last: number | undefined;
  const read = (): number => {
    try {
      // Kept open: the time is asked for at every turn, and the file is written in place.
      file ??= openSync(path, 'r');
      const text = buffer.toString('latin1', 0, readSync(file, buffer, 0, buffer.length, 0)).trim();
      if (/^\d{8,20}$/.test(text)) last = Number(text);
    } catch {
      // Told below, unless a time is known.
    }
    if (last === undefined)
      throw new ConfigError(['POSTERN_CLOCK_FILE: no time can be read from it. Leave it unset outside of a replay.']);
    return last;
  };
  return {
    now: () => new Date(read()),
    async sleep(ms) {
      const until = read() + ms;
      if (read() < until) setClockFile(path, new Date(until));
    },
  };
}

/** Sets the time of a file clock: in place and in one write of always the same length, so that nobody reads half of it. */
export function setClockFile(path: string, at: Date): void {
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    writeSync(file, String(Math.ceil(at.getTime())).padEnd(20), 0);
  } finally {
    closeSync(file);
  }
}
