/** Reads the content folder: rules, indicators and the provider-mail table. The only place that knows its layout on disk. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError } from './errors.ts';

/** The rules that come with Postern. */
export const DEFAULT_RULES_DIR = fileURLToPath(new URL('../rules/', import.meta.url));

/** Content as text, ready for the pure parsers. */
export interface Content {
  /** Every `.yml` and `.yaml` file below the rule folders, in order of path. */
  readonly rules: readonly { readonly path: string; readonly text: string }[];
  /** Indicator lists, named by file name without ending: one entry per line, `#` starts a comment. */
  readonly indicators: readonly { readonly name: string; readonly entries: readonly string[] }[];
  /** Text of `providers.yml`. */
  readonly providers: { readonly path: string; readonly text: string };
}

/** Reads rules from `dirs` (folders or single files); indicators and providers always come from Postern's own folder. */
export async function loadContent(dirs: readonly string[] = [DEFAULT_RULES_DIR]): Promise<Content> {
  const rules = (await Promise.all(dirs.map(readRules))).flat();
  const indicatorDir = join(DEFAULT_RULES_DIR, 'indicators');
  const lists = (await readdir(indicatorDir)).filter((name) => name.endsWith('.txt')).sort();
  const indicators = await Promise.all(
    lists.map(async (name) => ({
      name: basename(name, '.txt'),
      entries: entries(await readFile(join(indicatorDir, name), 'utf8')),
    })),
  );
  const path = join(DEFAULT_RULES_DIR, 'providers.yml');
  return { rules, indicators, providers: { path, text: await readFile(path, 'utf8') } };
}

async function readRules(dir: string): Promise<{ path: string; text: string }[]> {
  const isRule = (name: string) =>
    ['.yml', '.yaml'].includes(extname(name)) && !['providers.yml', 'cases.yml'].includes(basename(name));
  let names: string[];
  try {
    names = await readdir(dir, { recursive: true });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOTDIR') return [{ path: dir, text: await readFile(dir, 'utf8') }];
    throw new ConfigError([`${dir}: cannot read rules from here (${code}). Name a folder or a .yml file that exists.`]);
  }
  const files = names.filter((name) => isRule(name) && !name.startsWith('.git')).sort();
  return Promise.all(
    files.map(async (name) => ({ path: join(dir, name), text: await readFile(join(dir, name), 'utf8') })),
  );
}

function entries(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');
}
