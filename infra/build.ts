/**
 * `npm run build`: makes build/app, the folder that is deployed and that the local host and Core Tools run, too.
 *
 * One ES module per function with what all of them share in chunks, so that a function loads what it needs: SDKs stand
 * behind `await import()`. Rules are parsed here and shipped as JSON. Nothing has to be installed where it runs.
 */
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import packageJson from '../package.json' with { type: 'json' };
import { type Content, loadContent } from '../src/content.ts';
import { formatProblem } from '../src/errors.ts';
import { parseContent } from '../src/parse-content.ts';
import { encodeContent } from '../src/parsed-content.ts';
import { startBytes } from './bundle-reach.ts';
import { buildDeskPage } from './desk-page.ts';
import { licensesOf } from './licenses.ts';

const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));

/** What is built. */
export interface AppBuildOptions {
  /** Folder with host.json and functions/*.ts. Default: the repository. */
  readonly root?: string;
  /** Made anew. Default: build/app in the repository. */
  readonly outDir?: string;
  /** Default: the rules that come with Postern. */
  readonly content?: Content;
}

/** What was built. */
export interface AppBuild {
  readonly outDir: string;
  /** Which module of which input went where, for tests and the summary. */
  readonly metafile: Metafile;
  /** Of rules that were left out or are odd, as `file:line:column: message`. */
  readonly problems: readonly string[];
}

/** Builds the app. @throws RuleError when content cannot be parsed, Error of esbuild when code cannot be bundled */
export async function buildApp(options: AppBuildOptions = {}): Promise<AppBuild> {
  const root = resolve(options.root ?? REPOSITORY);
  const outDir = resolve(options.outDir ?? join(REPOSITORY, 'build', 'app'));
  const content = parseContent(withRelativePaths(options.content ?? (await loadContent())));
  await rm(outDir, { recursive: true, force: true });
  await mkdir(join(outDir, 'dist'), { recursive: true });
  const { metafile } = await build({ ...bundling(root), outdir: join(outDir, 'dist') });
  await writeFile(join(outDir, 'dist', 'content.json'), encodeContent(content));
  await copyFile(join(root, 'host.json'), join(outDir, 'host.json'));
  await writeFile(join(outDir, 'package.json'), `${JSON.stringify(deployedPackage(), null, 2)}\n`);
  const page = root === resolve(REPOSITORY) ? await buildDeskPage(join(outDir, 'web', 'desk')) : [];
  const modules = [...Object.keys(metafile.inputs), ...page];
  await writeFile(join(outDir, 'THIRD-PARTY-LICENSES.txt'), await licensesOf(root, modules));
  return { outDir, metafile, problems: content.problems.map(formatProblem) };
}

function deployedPackage(): object {
  const { name, version } = packageJson;
  return { name, version, private: true, type: 'module', main: 'dist/functions/*.js', engines: { node: '>=22' } };
}

/** Names of rule files show in messages: without the folders of the machine that built. */
function withRelativePaths({ rules, providers, indicators }: Content): Content {
  const shorten = <T extends { readonly path: string }>(file: T): T => ({
    ...file,
    path: relative(REPOSITORY, file.path).split(sep).join('/'),
  });
  return { rules: rules.map(shorten), providers: shorten(providers), indicators };
}

/**
 * Defines `require` for the CommonJS code in the bundle, and nothing else that code could define itself (`open`, inside
 * @azure/identity, has a `__dirname` of its own).
 */
const BANNER =
  "import { createRequire as makeRequireOfBundle } from 'node:module';const require = makeRequireOfBundle(import.meta.url);";

function bundling(root: string) {
  return {
    absWorkingDir: root,
    entryPoints: ['functions/*.ts'],
    outbase: '.',
    entryNames: '[dir]/[name]',
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    external: ['@azure/functions-core'], // the host's own module
    banner: { js: BANNER },
    minifyWhitespace: true,
    minifySyntax: true,
    minifyIdentifiers: false, // gains nothing, and stack traces stay readable
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'external',
    metafile: true,
    logLevel: 'warning',
    plugins: [{ name: 'content', setup: useParsedContent }],
  } as const satisfies BuildOptions;
}

const useParsedContent: NonNullable<BuildOptions['plugins']>[number]['setup'] = ({ onResolve }) => {
  onResolve({ filter: /\/live-content\.ts$/ }, () => ({ path: join(REPOSITORY, 'src', 'deployed-content.ts') }));
};

function summary({ metafile, problems, outDir }: AppBuild): string {
  const entries = Object.entries(metafile.outputs).flatMap(([path, { entryPoint, bytes }]) =>
    entryPoint?.startsWith('functions/') ? [{ path, entryPoint, bytes }] : [],
  );
  const kilobytes = (bytes: number) => `${Math.round(bytes / 1024)} KB`.padStart(9);
  const code = Object.entries(metafile.outputs).filter(([path]) => path.endsWith('.js'));
  return [
    'code that each function loads at its start:',
    ...entries.map(({ path, entryPoint }) => `${kilobytes(startBytes(metafile, path))}  ${entryPoint}`),
    `${kilobytes(code.reduce((sum, [, { bytes }]) => sum + bytes, 0))}  all code, with what is loaded on first use`,
    ...problems,
    `built ${relative('.', outDir) || outDir}`,
  ].join('\n');
}

if (import.meta.main) console.log(summary(await buildApp()));
