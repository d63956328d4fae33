import type { Dirent, Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { type ByteSource, CANNOT_OPEN, chunkReader, fileSource, noExport, unreadable } from './byte-source.ts';
import { expandFile } from './zip.ts';

/** Name of what comes through `-`. */
export const STANDARD_INPUT = 'standard input';

const NO_FILE = 'a pipe, socket or device, not a file: left out; to read a pipe, name it';
const LINKED_FOLDER = 'link to a folder elsewhere: not followed; to read that folder, name it';

/**
 * The sources behind a path: a file, the entries of a zip file, every file of a folder (hidden ones left out), or `-`
 * for standard input. Never rejects: what cannot be opened is a source whose `open` rejects, so that it becomes one
 * problem of one file and the rest is still read. A pipe is read when it is named; one that lies in a folder is left
 * out, because reading it could wait for ever.
 */
export async function openInput(path: string): Promise<readonly ByteSource[]> {
  if (path === '-') return [{ name: STANDARD_INPUT, bytesTotal: 0, open: async () => chunkReader(process.stdin) }];
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return openFolder(path, await realpath(path).catch(() => path));
  return openFile(path, found);
}

async function openFile(path: string, found: Stats | undefined): Promise<readonly ByteSource[]> {
  if (!found) return [unreadable(path, CANNOT_OPEN)];
  if (!found.isFile()) return [fileSource(path, 0)];
  return expandFile(path, found.size).catch(() => [unreadable(path, CANNOT_OPEN)]);
}

/** `root`: real path of the folder that was named. */
async function openFolder(path: string, root: string): Promise<readonly ByteSource[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => undefined);
  if (!entries) return [unreadable(path, CANNOT_OPEN)];
  const sources: ByteSource[] = [];
  for (const entry of entries) {
    if (!entry.name.startsWith('.')) sources.push(...(await openEntry(join(path, entry.name), entry, root)));
  }
  return sources.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function openEntry(path: string, entry: Dirent, root: string): Promise<readonly ByteSource[]> {
  if (entry.isDirectory()) return openFolder(path, root);
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) {
    // A link to a folder may lead back to where it lies; what lies below the root is read anyway.
    const target = await realpath(path).catch(() => '');
    return target === root || target.startsWith(root + sep) ? [] : [unreadable(path, LINKED_FOLDER)];
  }
  if (found && !found.isFile()) return [unreadable(path, noExport(NO_FILE))];
  return openFile(path, found);
}
