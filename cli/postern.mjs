#!/usr/bin/env node
// Entry of the `postern` command. The sources are TypeScript that Node 24 runs directly; under an older Node this
// starts the Node 24 that the package brings along.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const major = Number(process.versions.node.split('.')[0]);
const main = fileURLToPath(new URL('./postern.ts', import.meta.url));
if (major >= 24) {
  process.argv[1] = main;
  await import('./postern.ts');
} else {
  const node = createRequire(import.meta.url).resolve('node/bin/node');
  const { status, signal } = spawnSync(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exit(signal ? 1 : (status ?? 1));
}
