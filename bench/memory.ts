/**
 * Peak memory of `npm run scan`: `node bench/memory.ts [rounds=2] [--check]`
 *
 * The command reads 100,000 and 1,000,000 records of one and the same organization: its largest resident size, medians
 * over interleaved rounds. It reads them from a pipe, so that no gigabytes are written to disk; a file costs less.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { machine, median, told } from './machine.ts';

const SIZES = [100_000, 1_000_000] as const;
const PEOPLE = 2000;
const GOALS = { megabytes: 150, growth: 1.15 } as const;

const rounds = Number(process.argv.slice(2).find((one) => /^\d+$/.test(one)) ?? 2);
const isChecked = process.argv.includes('--check');
const root = fileURLToPath(new URL('../', import.meta.url));

/** What `npm run scan` starts, with the peak told at its end. */
function command(): string {
  const { scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { scripts: { scan: string } };
  const [node, ...rest] = scripts.scan.split(' ');
  return [node, '--import', './bench/peak-memory.mjs', ...rest, '--no-progress'].join(' ');
}

function peakMegabytes(records: number): number {
  // The first name is for the system's commands only: node is the one that runs this.
  const pipeline = `"$NODE" bench/corpus.ts ${records} ${PEOPLE} | ${command().replace(/^node/, '"$NODE"')} /dev/stdin`;
  const { stderr, status } = spawnSync('sh', ['-c', pipeline], {
    cwd: root,
    env: { ...process.env, NODE: process.execPath },
    encoding: 'utf8',
  });
  const [, kilobytes] = /^peak (\d+) KB$/m.exec(stderr) ?? [];
  if (status !== 0 || kilobytes === undefined) throw new Error(`the scan failed: ${stderr}`);
  return Number(kilobytes) / 1024;
}

// Once for nothing: the first start compiles sources that the next ones find.
peakMegabytes(1000);
const peaks = SIZES.map(() => [] as number[]);
for (let round = 0; round < rounds; round++) {
  for (const [index, size] of SIZES.entries()) peaks[index]?.push(peakMegabytes(size));
}
const [small = 0, large = 0] = peaks.map(median);
console.log(`${machine()}\none thread, ${PEOPLE} people, ${rounds} interleaved rounds`);
const results = [
  told('100,000 records', Math.round(small), ' MB', GOALS.megabytes),
  told('1,000,000 records', Math.round(large), ' MB', GOALS.megabytes),
  told('growth', Number((large / small).toFixed(2)), ' ×', GOALS.growth),
];
if (isChecked && results.includes(false)) process.exitCode = 1;
