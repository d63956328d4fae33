/** What the command line names, as sources: files, folders, globs, and `-` for standard input. */
import { glob, stat } from 'node:fs/promises';
import { ConfigError } from '../src/errors.ts';
import type { ByteSource } from '../src/sources/formats/byte-source.ts';
import { openInput } from '../src/sources/formats/open-input.ts';

/** Opens every argument. Throws `ConfigError` for names that match nothing: a typo must not look like a clean log. */
export async function openInputs(names: readonly string[]): Promise<readonly ByteSource[]> {
  const sources: ByteSource[] = [];
  const problems: string[] = [];
  for (const name of names) {
    const paths = await expand(name);
    if (paths.length === 0) problems.push(`${name}: there is no such file or folder. Check the name; quote globs.`);
    for (const path of paths) sources.push(...(await openInput(path)));
  }
  if (problems.length > 0) throw new ConfigError(problems);
  // One file by two names is read once; records would count once anyway, but twice in what was read.
  return [...new Map(sources.map((source) => [source.name, source])).values()];
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
