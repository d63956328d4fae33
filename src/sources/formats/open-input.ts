import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ByteSource, chunkReader, fileSource } from './byte-source.ts';

/**
 * The sources behind a path: a file, every file of a folder (hidden ones left out), or `-` for standard input. Never
 * rejects: what cannot be opened is a source whose `open` rejects, so that it becomes one problem of one file.
 */
export async function openInput(path: string): Promise<readonly ByteSource[]> {
  if (path === '-') return [{ name: 'standard input', bytesTotal: 0, open: async () => chunkReader(process.stdin) }];
  try {
    const found = await stat(path);
    if (!found.isDirectory()) return [fileSource(path, found.size)];
    const names = (await readdir(path)).filter((name) => !name.startsWith('.')).sort();
    return (await Promise.all(names.map((name) => openInput(join(path, name))))).flat();
  } catch {
    return [unreadable(path, 'file or folder cannot be opened: check the path and that you may read it')];
  }
}

/** A source that is one problem. */
export function unreadable(name: string, message: string): ByteSource {
  return { name, bytesTotal: 0, open: () => Promise.reject(new Error(message)) };
}
