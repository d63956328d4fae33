/** The licenses of the packages that a bundle holds, as their authors ask to be passed on. */
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';

const Package = z.object({
  name: z.string(),
  version: z.string(),
  license: z.union([z.string(), z.object({ type: z.string() }).transform(({ type }) => type)]).optional(),
  repository: z.union([z.string(), z.object({ url: z.string() }).transform(({ url }) => url)]).optional(),
});

const LICENSE_FILE = /^(licen[cs]e|copying|notice)/i;

/**
 * One section for each package.
 * @param modules paths of the bundle's modules, relative to `root`; those of ours are passed over
 */
export async function licensesOf(root: string, modules: readonly string[]): Promise<string> {
  const folders = [...new Set(modules.flatMap((path) => packageFolder(path) ?? []))];
  const sections = await Promise.all(folders.map((folder) => sectionOf(resolve(root, folder))));
  return `${sections.sort((a, b) => (a < b ? -1 : 1)).join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

/** `…/node_modules/@scope/name` of a module in a package; the innermost. */
function packageFolder(path: string): string | undefined {
  return /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
}

async function sectionOf(folder: string): Promise<string> {
  const { name, version, license, repository } = Package.parse(
    JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')),
  );
  const files = (await readdir(folder)).filter((file) => LICENSE_FILE.test(file)).sort();
  const texts = await Promise.all(files.map(async (file) => (await readFile(join(folder, file), 'utf8')).trim()));
  const head = [`${name} ${version}`, `License: ${license ?? 'see below'}`, ...(repository ? [repository] : [])];
  return [head.join('\n'), ...texts].join('\n\n');
}
