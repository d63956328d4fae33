#!/usr/bin/env -S node --max-semi-space-size=4
// Entry of the `postern` command. The sources are TypeScript that Node 24 runs directly; under an older Node this
// starts the Node 24 that the package brings along.
import { spawnSync } from 'node:child_process';
import module, { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

// Records die young: a small young generation holds a scan of any size below 150 MB, at no cost in time.
const FLAGS = ['--max-semi-space-size=4'];

const major = Number(process.versions.node.split('.')[0]);
if (major >= 24) {
  // Kept from one start to the next: half a second and 30 MB that the TypeScript of the sources would cost.
  const { directory } = module.enableCompileCache();
  // Threads take it from the environment.
  if (directory) process.env.NODE_COMPILE_CACHE ??= directory;
  process.argv[1] = fileURLToPath(new URL('./postern.ts', import.meta.url));
  await import('./postern.ts');
} else {
  const node = createRequire(import.meta.url).resolve('node/bin/node');
  const entry = fileURLToPath(import.meta.url);
  const { status, signal } = spawnSync(node, [...FLAGS, entry, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exit(signal ? 1 : (status ?? 1));
}
