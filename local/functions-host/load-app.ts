/** Imports the entry files of an app, as the worker does: package.json `main` is a glob. */
import { globSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigError } from '../../src/errors.ts';
import type { ProgrammingModel } from './core.ts';
import { readMainGlob } from './host-files.ts';
import { messageOf, stackOf } from './log.ts';
import { type Registry, systemLine } from './registry.ts';
import { withVirtualCore } from './virtual-core.ts';

/** Where the TypeScript sources of functions lie when package.json names no built files. */
const SOURCES = 'functions/*.ts';

/** How often each entry file was imported in this process. */
const imports = new Map<string, number>();

/**
 * Imports every entry file and returns the library that they registered with.
 * @param main glob of the entry files below `root`; default package.json `main`, then `functions/*.ts`
 * @throws ConfigError naming every file that failed to load, or saying that there was nothing to load
 */
export async function loadApp(root: string, main: string | undefined, registry: Registry): Promise<ProgrammingModel> {
  const files = entryFiles(root, main);
  const problems: string[] = [];
  const model = await withVirtualCore(registry, async () => {
    for (const file of files) {
      registry.setLoading(file);
      try {
        await importAnew(join(root, file));
      } catch (error) {
        problems.push(`${file} failed to load: ${messageOf(error)}`);
        registry.log(systemLine('error', `${file} failed to load: ${stackOf(error)}`));
      }
    }
    registry.setLoading(undefined);
  });
  if (problems.length > 0) throw new ConfigError(problems);
  if (registry.functions.size === 0 || !model) throw new ConfigError([nothingRegistered(files)]);
  return model;
}

function entryFiles(root: string, main: string | undefined): string[] {
  const globs = main === undefined ? [readMainGlob(root), SOURCES].filter((glob) => glob !== undefined) : [main];
  for (const glob of globs) {
    const files = globSync(glob, { cwd: root }).sort();
    if (files.length > 0) return files.map((file) => file.replaceAll('\\', '/'));
  }
  throw new ConfigError([`no entry file matches ${globs.map((glob) => `"${glob}"`).join(' or ')} in the app's folder`]);
}

function nothingRegistered(files: readonly string[]): string {
  const tried = files.join(', ');
  return `no function was registered by ${tried}; was @azure/functions imported before the host started?`;
}

/** A second host in the same process must evaluate entry files again: registering is their side effect. */
async function importAnew(path: string): Promise<void> {
  const times = imports.get(path) ?? 0;
  imports.set(path, times + 1);
  const url = pathToFileURL(path);
  if (times > 0) {
    delete createRequire(url).cache[path];
    url.searchParams.set('start', String(times));
  }
  await import(url.href);
}
