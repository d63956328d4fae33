/** `--html`: where the report page goes. */
import { access, chmod, constants, mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ConfigError } from '../src/errors.ts';

/** Makes the folder. Throws `ConfigError` when the page could not be written: better known before the scan than after. */
export async function checkWritable(path: string): Promise<void> {
  if (path.trim() === '') throw new ConfigError(['--html: name a file, as report.html.']);
  const folder = dirname(resolve(path));
  const refuse = (why: string) =>
    new ConfigError([`--html ${path}: cannot write there (${why}). Choose another file.`]);
  try {
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory()) throw refuse('it is a folder');
    if (found) return await access(path, constants.W_OK);
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    throw error instanceof ConfigError ? error : refuse(codeOf(error));
  }
}

/** Writes the page, readable by its owner only: it names people under attack. Resolves to why it could not be written. */
export async function writePage(path: string, html: string): Promise<string | undefined> {
  try {
    await writeFile(path, html, { mode: 0o600 });
    // A file that was there keeps its mode. Devices and pipes have none of ours.
    if ((await stat(path)).isFile()) await chmod(path, 0o600);
    return undefined;
  } catch (error) {
    return `--html ${path}: could not be written (${codeOf(error)}). The findings are those printed; scan again for the page.`;
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown';
}
