import { createGunzip, createInflateRaw } from 'node:zlib';
import { type ByteReader, chunkReader } from './byte-source.ts';
import type { ReadLimits } from './reading.ts';

/** Packed bytes given to zlib at once: at the worst ratio (1,032) one piece becomes 32 MB. */
const PIECE = 32 * 1024;

/** Unpacks gzip (any number of members) or the raw deflate data of a zip entry, within the limits. */
export function unpack(packed: ByteReader, kind: 'gzip' | 'deflate', limits: ReadLimits): ByteReader {
  return chunkReader(inflate(packed, kind, limits), packed.bytesRead, () => void packed.close());
}

async function* inflate(packed: ByteReader, kind: 'gzip' | 'deflate', limits: ReadLimits): AsyncGenerator<Uint8Array> {
  const zlib = kind === 'gzip' ? createGunzip() : createInflateRaw();
  // Taken by event, not by iteration: what was unpacked before damaged bytes must not be lost with them.
  let pieces: Buffer[] = [];
  let failure: Error | undefined;
  let given = 0;
  let taken = 0;
  zlib.on('data', (piece: Buffer) => {
    taken += piece.length;
    pieces.push(piece);
  });
  zlib.on('error', (error) => {
    failure = error;
  });
  try {
    for (;;) {
      const piece = Buffer.allocUnsafe(PIECE);
      const count = await packed.read(piece, 0, PIECE);
      given += count;
      await give(zlib, count === 0 ? undefined : piece.subarray(0, count));
      yield* pieces;
      pieces = [];
      if (failure) throw new Error(wordsFor(failure, kind), { cause: failure });
      if (taken > limits.ratioFrom && taken > limits.ratio * given) {
        throw new Error(`unpacks to more than ${limits.ratio} times its size, which no log does: not read on`);
      }
      if (count === 0 || zlib.readableEnded) return;
    }
  } finally {
    zlib.destroy();
  }
}

type Zlib = ReturnType<typeof createGunzip> | ReturnType<typeof createInflateRaw>;

/**
 * Gives zlib a piece (undefined = the end) and resolves when it is through with it. Damaged data ends with `error` and
 * data behind the last block with `end`, neither of which calls back.
 */
function give(zlib: Zlib, piece: Buffer | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (zlib.destroyed || zlib.readableEnded) return resolve();
    const done = () => {
      for (const event of ['end', 'error', 'close']) zlib.off(event, done);
      resolve();
    };
    for (const event of ['end', 'error', 'close']) zlib.once(event, done);
    // `end` calls back before the rest is unpacked; its events come after.
    if (piece) zlib.write(piece, done);
    else zlib.end();
  });
}

function wordsFor(error: Error & { code?: string }, kind: string): string {
  const thing = kind === 'gzip' ? 'gz file' : 'zip entry';
  return error.code === 'Z_BUF_ERROR'
    ? `${thing} is cut off: what was read before the cut counts; copy or download it again for the rest`
    : `${thing} is damaged: what was read before the damage counts; copy or download it again`;
}
