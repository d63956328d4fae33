/** A clock that another process sets by writing a file. */
import { closeSync, openSync, readSync } from 'node:fs';
import { ConfigError } from '../../src/errors.ts';

/**
 * Epoch milliseconds as 8 to 20 ASCII digits, read anew at each use. A file that is being written at this moment keeps
 * the last time that could be read.
 * @throws ConfigError when there is no such time at the start
 */
export function openClockFile(file: string): () => number {
  const bytes = Buffer.alloc(32);
  const read = () => {
    try {
      const descriptor = openSync(file, 'r');
      try {
        const text = bytes.toString('latin1', 0, readSync(descriptor, bytes, 0, bytes.length, 0)).trim();
        return /^\d{8,20}$/.test(text) ? Number(text) : undefined;
      } finally {
        closeSync(descriptor);
      }
    } catch {
      return undefined;
    }
  };
  let last = read();
  if (last === undefined) {
    throw new ConfigError([
      'the clock file must hold epoch milliseconds as digits: write it before the simulator starts',
    ]);
  }
  return () => {
    last = read() ?? last ?? 0;
    return last;
  };
}
