/** Reads a text file that people write: rules, people, placeholders. Bounded, and in whatever encoding an editor saved it. */
import { open } from 'node:fs/promises';

/** Bytes that are read at most. Far above what a list of people or a rule needs. */
export const MAX_TEXT_BYTES = 16 * 1024 * 1024;

/** Too large to be what it should be. */
export const TOO_LARGE = 'ETOOLARGE';

/**
 * The text of a file, pipe or device, without byte order mark; UTF-16 is told by its mark. Rejects with the file system's
 * error, or with one whose `code` is `TOO_LARGE`, without reading on.
 */
export async function readTextFile(path: string, maxBytes = MAX_TEXT_BYTES): Promise<string> {
  const handle = await open(path, 'r');
  try {
    const chunks: Buffer[] = [];
    let total = 0;
    for (;;) {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(64 * 1024), 0, 64 * 1024, null);
      if (bytesRead === 0) return decode(Buffer.concat(chunks));
      total += bytesRead;
      if (total > maxBytes) throw Object.assign(new Error('too large'), { code: TOO_LARGE });
      chunks.push(buffer.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
}

function decode(bytes: Buffer): string {
  const isLittle = bytes[0] === 0xff && bytes[1] === 0xfe;
  const isBig = bytes[0] === 0xfe && bytes[1] === 0xff;
  return new TextDecoder(isLittle ? 'utf-16le' : isBig ? 'utf-16be' : 'utf-8').decode(bytes);
}

/** Why a file could not be read, in words: `EACCES`, `larger than 16 MB`. */
export function whyNotRead(error: unknown, maxBytes = MAX_TEXT_BYTES): string {
  const { code } = (error ?? {}) as { code?: unknown };
  if (code === TOO_LARGE) return `larger than ${Math.round(maxBytes / 1048576)} MB`;
  return typeof code === 'string' ? code : 'no text';
}
