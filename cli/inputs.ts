/** What the command line names, as sources: files, folders, globs, and `-` for standard input. */
import { glob, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ConfigError } from '../src/errors.ts';
import type { ByteSource } from '../src/sources/formats/byte-source.ts';
import { openInput } from '../src/sources/formats/open-input.ts';

/** The paths that arguments stand for. Throws `ConfigError` for names that match nothing: a typo must not look like a clean log. */
export async function expandInputs(names: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(names.map(expand));
  const missing = names.filter((_, index) => found[index]?.length === 0);
  if (missing.length > 0) {
    throw new ConfigError(
      missing.map((name) => `${name}: there is no such file or folder. Check the name; quote globs.`),
    );
  }
  return found.flat();
}

/** Opens every argument. Throws `ConfigError` as `expandInputs` does. */
export async function openInputs(names: readonly string[]): Promise<readonly ByteSource[]> {
  const sources: ByteSource[] = [];
  for (const path of await expandInputs(names)) sources.push(...(await openInput(path)));
  // One file by two names is read once; records would count once anyway, but twice in what was read.
  const byPath = new Map<string, ByteSource>();
  for (const source of sources) {
    const path = resolve(source.name);
    if (!byPath.has(path)) byPath.set(path, source);
  }
  return [...byPath.values()];
}

async function expand(name: string): Promise<string[]> {
  if (name === '-' || (await exists(name))) return [name];
  if (!/[*?[{]/.test(name)) return [];
  const paths: string[] = [];
  // Windows shells leave globs to the program.
  for await (const path of glob(name)) paths.push(path);
  return paths.sort();
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
