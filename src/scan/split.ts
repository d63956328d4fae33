/** Cuts a large file of one record per line into parts that can be read at the same time. */
import { type FileHandle, open } from 'node:fs/promises';
import type { ByteSource } from '../sources/formats/byte-source.ts';
import { isRecordLines } from '../sources/formats/read-records.ts';

/** Bytes `[from, to)` of a file: whole lines. */
export interface FilePart {
  readonly path: string;
  readonly from: number;
  readonly to: number;
}

/** Below this a second thread saves next to nothing, because it has to start, and costs its memory. */
export const LARGE_FILE = 1024 * 1024 * 1024;
/** What the first thread reads while the others start: it is running already, and so gets more. */
export const HEAD_START = 192 * 1024 * 1024;
/** A line end is looked for this far; a record cannot be longer. */
const LONGEST_LINE = 16 * 1024 * 1024;
const BLOCK = 256 * 1024;

/**
 * At most `count` parts, the first one larger by `HEAD_START` where there is so much; `undefined` for what is not a file
 * of `large` bytes with JSON records line by line.
 */
export async function splitLines(
  source: ByteSource,
  count: number,
  large = LARGE_FILE,
): Promise<readonly FilePart[] | undefined> {
  const { path, bytesTotal } = source;
  if (path === undefined || bytesTotal < large || count < 2) return undefined;
  const file = await open(path, 'r').catch(() => undefined);
  if (!file) return undefined;
  try {
    const head = Buffer.alloc(BLOCK);
    const { bytesRead } = await file.read(head, 0, BLOCK, 0);
    if (!isRecordLines(head.subarray(0, bytesRead))) return undefined;
    const headStart = Math.min(HEAD_START, bytesTotal / 2);
    const cuts = [0];
    for (let part = 1; part < count; part++) {
      const cut = await lineStart(file, Math.floor(headStart + ((bytesTotal - headStart) * part) / count));
      if (cut === undefined) return undefined;
      cuts.push(cut);
    }
    cuts.push(bytesTotal);
    const parts = cuts.slice(1).map((to, index) => ({ path, from: cuts[index] ?? 0, to }));
    return parts.filter(({ from, to }) => from < to);
  } finally {
    await file.close();
  }
}

/** Where the first line after `at` starts. */
async function lineStart(file: FileHandle, at: number): Promise<number | undefined> {
  const block = Buffer.alloc(BLOCK);
  for (let from = at; from < at + LONGEST_LINE; from += BLOCK) {
    const { bytesRead } = await file.read(block, 0, BLOCK, from);
    const newline = block.subarray(0, bytesRead).indexOf(10);
    if (newline >= 0) return from + newline + 1;
    if (bytesRead < BLOCK) return undefined;
  }
  return undefined;
}
