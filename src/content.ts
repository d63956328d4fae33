/** Reads the content folder: rules, indicators and the provider-mail table. The only place that knows its layout on disk. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError } from './errors.ts';
import type { RuleFile } from './rules/documents.ts';
import { readTextFile, whyNotRead } from './text-file.ts';

/** Beyond what the parser takes, so that it says so. */
const MAX_RULE_BYTES = 2 * 1024 * 1024;

/** The rules that come with Postern. */
export const DEFAULT_RULES_DIR = fileURLToPath(new URL('../rules/', import.meta.url));

/** Content as text, ready for the pure parsers. */
export interface Content {
  /** Every `.yml` and `.yaml` file below the rule folders, in order of path. */
  readonly rules: readonly RuleFile[];
  /** Indicator lists, named by file name without ending: one entry per line, `#` starts a comment. */
  readonly indicators: readonly { readonly name: string; readonly entries: readonly string[] }[];
  /** Text of `providers.yml`. */
  readonly providers: { readonly path: string; readonly text: string };
}

/**
 * Reads rules from `dirs` (folders or single files); indicators and providers always come from Postern's own folder.
 * Throws `ConfigError` for folders that cannot be read; a file in one that cannot is told like any bad rule.
 */
export async function loadContent(dirs: readonly string[] = [DEFAULT_RULES_DIR]): Promise<Content> {
  const problems: string[] = [];
  const paths = (await Promise.all(dirs.map((dir) => ruleFiles(dir, problems)))).flat();
  if (problems.length > 0) throw new ConfigError(problems);
  const rules: RuleFile[] = [];
  // One after another: a folder of everything must not open everything at once.
  for (const path of paths) rules.push(await readRules(path));
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

/** Rule files of a folder, or the file itself. */
async function ruleFiles(dir: string, problems: string[]): Promise<string[]> {
  try {
    if (!(await stat(dir)).isDirectory()) return [dir];
    const found = await readdir(dir, { recursive: true, withFileTypes: true });
    return found
      .filter((entry) => (entry.isFile() || entry.isSymbolicLink()) && isRule(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !relative(dir, path).startsWith('.git'))
      .sort();
  } catch (error) {
    // A folder further down may be the one that is closed.
    const { path = dir } = error as NodeJS.ErrnoException;
    problems.push(
      `${path}: cannot read rules from here (${whyNotRead(error)}). Name a folder or .yml file that exists.`,
    );
    return [];
  }
}

async function readRules(path: string): Promise<RuleFile> {
  try {
    return { path, text: await readTextFile(path, MAX_RULE_BYTES) };
  } catch (error) {
    const why = whyNotRead(error, MAX_RULE_BYTES);
    return { path, text: '', unreadable: `the file cannot be read (${why}); make it readable, or take it away` };
  }
}

function isRule(name: string): boolean {
  return ['.yml', '.yaml'].includes(extname(name)) && !['providers.yml', 'cases.yml'].includes(name);
}

function entries(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');
}
