import type { ByteReader } from './byte-source.ts';

/** A sliding view of a file: the unread bytes are `buffer[start, end)`. */
export interface Window {
  buffer: Buffer;
  start: number;
  end: number;
  /** True once the reader has nothing more; what is in the buffer is then all there is. */
  done: boolean;
  /** Why the file could not be read to its end, if so; what came before it is in the window. */
  failure?: string;
  readonly reader: ByteReader;
  readonly chunkBytes: number;
}

/** An empty window over `reader`. */
export function createWindow(reader: ByteReader, chunkBytes: number): Window {
  return { buffer: Buffer.allocUnsafeSlow(2 * chunkBytes), start: 0, end: 0, done: false, reader, chunkBytes };
}

/**
 * Moves the unread bytes to the front and reads more behind them, at least as much as is already there, so that
 * scanning a long record again after each read stays linear. Returns false at the end of the file.
 */
export async function fill(window: Window): Promise<boolean> {
  if (window.done) return false;
  const kept = window.end - window.start;
  const want = Math.max(window.chunkBytes, kept);
  if (kept + want > window.buffer.length) {
    const larger = Buffer.allocUnsafeSlow(2 * (kept + want));
    window.buffer.copy(larger, 0, window.start, window.end);
    window.buffer = larger;
  } else if (window.start > 0) window.buffer.copyWithin(0, window.start, window.end);
  window.start = 0;
  window.end = kept;
  while (window.end < kept + want) {
    const count = await take(window, kept + want - window.end);
    if (count === 0) {
      window.done = true;
      break;
    }
    window.end += count;
  }
  return window.end > kept;
}

async function take(window: Window, room: number): Promise<number> {
  try {
    return await window.reader.read(window.buffer, window.end, room);
  } catch (error) {
    window.failure = error instanceof Error ? error.message : 'cannot be read to its end';
    return 0;
  }
}
