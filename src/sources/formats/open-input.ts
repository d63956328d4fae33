import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ByteSource, CANNOT_OPEN, chunkReader, fileSource, unreadable } from './byte-source.ts';
import { expandFile } from './zip.ts';

/**
 * The sources behind a path: a file, the entries of a zip file, every file of a folder (hidden ones left out), or `-`
 * for standard input. Never rejects: what cannot be opened is a source whose `open` rejects, so that it becomes one
 * problem of one file and the rest is still read.
 */
export async function openInput(path: string): Promise<readonly ByteSource[]> {
  if (path === '-') return [{ name: 'standard input', bytesTotal: 0, open: async () => chunkReader(process.stdin) }];
  try {
    const found = await stat(path);
    if (!found.isDirectory()) return found.isFile() ? await expandFile(path, found.size) : [fileSource(path, 0)];
    const sources: ByteSource[] = [];
    for (const entry of await readdir(path, { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue;
      const inner = join(path, entry.name);
      // A link to a folder may lead back to where it lies.
      if (entry.isSymbolicLink() && (await stat(inner).catch(() => undefined))?.isDirectory()) continue;
      sources.push(...(await openInput(inner)));
    }
    return sources.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [unreadable(path, CANNOT_OPEN)];
  }
}
