/** Which modules a bundled file loads, read from esbuild's metafile. */
import type { Metafile } from 'esbuild';

/** What a file of the bundle loads. Paths as the metafile has them, relative to where it was built. */
export interface Reach {
  /** Source modules with code that runs, or is at least read, when the file is imported. */
  readonly atStart: readonly string[];
  /** Source modules behind `import()` only. */
  readonly later: readonly string[];
}

/** The reach of one output file. @param output its path in `metafile.outputs` */
export function reachOf(metafile: Metafile, output: string): Reach {
  const start = filesFrom(metafile, [output], false);
  const all = filesFrom(metafile, [output], true);
  const atStart = modulesIn(metafile, start);
  const later = modulesIn(metafile, all).filter((module) => !atStart.includes(module));
  return { atStart, later };
}

/** Bytes of code that importing an output file loads. */
export function startBytes(metafile: Metafile, output: string): number {
  return [...filesFrom(metafile, [output], false)].reduce((sum, file) => sum + (metafile.outputs[file]?.bytes ?? 0), 0);
}

/** The output file that an entry point became. @param entryPoint such as `functions/health.ts` */
export function outputOf(metafile: Metafile, entryPoint: string): string {
  const found = Object.entries(metafile.outputs).find(([, output]) => output.entryPoint === entryPoint);
  if (!found) throw new Error(`${entryPoint} is no entry point of this bundle`);
  return found[0];
}

function filesFrom(metafile: Metafile, from: readonly string[], alsoLater: boolean): Set<string> {
  const found = new Set<string>();
  const visit = (file: string): void => {
    if (found.has(file)) return;
    found.add(file);
    for (const { path, kind, external } of metafile.outputs[file]?.imports ?? []) {
      if (!external && (alsoLater || kind !== 'dynamic-import')) visit(path);
    }
  };
  for (const file of from) visit(file);
  return found;
}

function modulesIn(metafile: Metafile, files: Iterable<string>): string[] {
  const modules = [...files].flatMap((file) =>
    Object.entries(metafile.outputs[file]?.inputs ?? {})
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([module]) => module),
  );
  return [...new Set(modules)].sort();
}
