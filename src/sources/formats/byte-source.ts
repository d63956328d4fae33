import { readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** Bytes that are pulled into the caller's buffer, so that splitting needs no copies. */
export interface ByteReader {
  /** Reads up to `length` bytes into `into` at `at`. 0 = the end. Rejects with an `Error` whose message says what to do. */
  read(into: Buffer, at: number, length: number): Promise<number>;
  /** Bytes taken from the underlying file so far (packed bytes for packed data). */
  bytesRead(): number;
  close(): Promise<void>;
}

/** One readable thing: a file, standard input, or an entry of an archive. */
export interface ByteSource {
  /** For people: path, or `archive.zip/entry.json`. */
  readonly name: string;
  /** 0 where not known. */
  readonly bytesTotal: number;
  /** Set for a file on disk, which can be read at any place. */
  readonly path?: string;
  /** Rejects with an `Error` whose message says what to do. */
  open(): Promise<ByteReader>;
}

/** Words for a path that cannot be opened. */
export const CANNOT_OPEN = 'file or folder cannot be opened: check the path and that you may read it';

/** A source over a file of `bytesTotal` bytes; 0 for a pipe. */
export function fileSource(path: string, bytesTotal: number): ByteSource {
  const isFile = bytesTotal > 0;
  return {
    name: path,
    bytesTotal,
    ...(isFile && { path }),
    async open() {
      return fileReader(await openFile(path), isFile);
    },
  };
}

/** A source over the bytes `[from, to)` of a file. */
export function partSource(path: string, from: number, to: number): ByteSource {
  return {
    name: path,
    bytesTotal: to - from,
    async open() {
      const handle = await openFile(path);
      let at = from;
      return {
        async read(into, offset, length) {
          const bytesRead = readSync(handle.fd, into, offset, Math.min(length, to - at), at);
          at += bytesRead;
          return bytesRead;
        },
        bytesRead: () => at - from,
        close: () => handle.close(),
      };
    },
  };
}

function openFile(path: string): Promise<FileHandle> {
  return open(path, 'r').catch((cause: unknown) => {
    throw new Error(CANNOT_OPEN, { cause });
  });
}

function fileReader(handle: FileHandle, isFile: boolean): ByteReader {
  let taken = 0;
  return {
    async read(into, at, length) {
      // A blocking read of a file is shorter than its detour over the thread pool (5 % of reading and parsing); a
      // pipe may have nothing to give for long.
      const bytesRead = isFile
        ? readSync(handle.fd, into, at, length, null)
        : (await handle.read(into, at, length, null)).bytesRead;
      taken += bytesRead;
      return bytesRead;
    },
    bytesRead: () => taken,
    close: () => handle.close(),
  };
}

/** A source over bytes in memory (tests, small archives). */
export function bufferSource(name: string, bytes: Buffer): ByteSource {
  return { name, bytesTotal: bytes.length, open: async () => chunkReader([bytes]) };
}

/**
 * A reader over a stream of chunks. `consumed` tells how many bytes of the underlying file are behind them;
 * without it the chunks themselves are counted.
 */
export function chunkReader(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  consumed?: () => number,
  end?: () => void,
): ByteReader {
  const iterator = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
  let current: Uint8Array = new Uint8Array(0);
  let offset = 0;
  let taken = 0;
  return {
    async read(into, at, length) {
      while (offset === current.length) {
        const next = await iterator.next();
        if (next.done) return 0;
        current = next.value;
        offset = 0;
      }
      const count = Math.min(length, current.length - offset);
      into.set(current.subarray(offset, offset + count), at);
      offset += count;
      taken += count;
      return count;
    },
    bytesRead: () => consumed?.() ?? taken,
    async close() {
      await iterator.return?.();
      end?.();
    },
  };
}

/** A source that is one problem: `open` rejects with an error, or with one of this message, which says what to do. */
export function unreadable(name: string, problem: string | Error): ByteSource {
  const error = typeof problem === 'string' ? new Error(problem) : problem;
  return { name, bytesTotal: 0, open: () => Promise.reject(error) };
}

const NO_EXPORT = 'no export';

/** An error for what is no export of a log at all, so that nothing is lost by leaving it out. */
export function noExport(message: string): Error {
  return new Error(message, { cause: NO_EXPORT });
}

/** True for the errors of `noExport`. */
export function isNoExport(error: unknown): boolean {
  return error instanceof Error && error.cause === NO_EXPORT;
}
