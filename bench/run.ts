/**
 * `npm run bench [-- NAME …]`: runs measurements one after another, each a process of its own; `--check` makes them fail
 * when a goal is missed. Counts and ratios count; absolute times are this machine's.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Name → what it measures and how it is started. */
const BENCHES: Readonly<Record<string, { readonly about: string; readonly node?: readonly string[] }>> = {
  scan: { about: 'scanning against the parse floor', node: ['--max-semi-space-size=4'] },
  memory: { about: 'peak memory of a scan' },
  late: { about: '2,000 planted chains in three orders of arrival' },
  state: { about: 'memory of 100,000 open chains', node: ['--expose-gc'] },
  requests: { about: 'requests per unit of work, a day of a large tenant' },
  burst: { about: '241 findings at once, four of them break-ins' },
  desk: { about: 'the desk page with 100,000 findings' },
};

const names = process.argv.slice(2).filter((one) => !one.startsWith('-'));
const flags = process.argv.slice(2).filter((one) => one.startsWith('-'));
const unknown = names.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}. There is: ${Object.keys(BENCHES).join(', ')}`);
  process.exit(2);
}
const failed: string[] = [];
for (const name of names.length > 0 ? names : Object.keys(BENCHES)) {
  const { about, node = [] } = BENCHES[name] ?? { about: '' };
  console.log(`\n== ${name}: ${about}`);
  const file = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  const { status } = spawnSync(process.execPath, [...node, file, ...flags], { stdio: 'inherit' });
  if (status !== 0) failed.push(name);
}
if (failed.length > 0) {
  console.error(`\nmissed or failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}
