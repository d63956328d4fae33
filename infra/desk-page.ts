/**
 * The files of the desk page as they are deployed: web/desk as it is, and beside it `vendor/`: the chart library, and the
 * shapes of the API with zod as one module. The page itself has no build step; what it takes from packages has.
 */
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';

const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));

/** Makes `outDir` anew from web/desk. Returns the modules that went into `vendor/`, for their licenses. */
export async function buildDeskPage(outDir: string): Promise<string[]> {
  await mkdir(join(outDir, 'vendor'), { recursive: true });
  await cp(join(REPOSITORY, 'web', 'desk'), outDir, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: REPOSITORY,
    entryPoints: {
      shape: 'src/live/desk/page-shape.ts',
      uplot: 'node_modules/uplot/dist/uPlot.esm.js',
      'uplot-style': 'node_modules/uplot/dist/uPlot.min.css',
    },
    outdir: join(outDir, 'vendor'),
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    minify: true,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    plugins: [{ name: 'english', setup: leaveOutLocales }],
  });
  return Object.keys(metafile.inputs);
}

/** The page prints no message of zod: of its fifty languages, one is enough. */
const leaveOutLocales: NonNullable<BuildOptions['plugins']>[number]['setup'] = ({ onLoad }) => {
  onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => ({
    contents: "export { default as en } from './en.js';",
  }));
};
