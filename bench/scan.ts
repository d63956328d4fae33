/**
 * Scanning against the parse floor: `node bench/scan.ts [records=200000] [rounds=5] [--check]`
 *
 * Makes a corpus from a seed and times, one after another in each round, on one thread: reading, splitting and parsing every
 * line and nothing else (the floor); all rules; the recovery rules alone. Medians and ratios of one interleaved run.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openInputs } from '../cli/inputs.ts';
import { loadContent } from '../src/content.ts';
import { scan } from '../src/scan.ts';
import { writeCorpus } from './corpus.ts';

const [records = 200_000, rounds = 5] = process.argv
  .slice(2)
  .filter((one) => /^\d+$/.test(one))
  .map(Number);
const isChecked = process.argv.includes('--check');
/** Goals: all rules at most 1.30, the recovery rules at most 0.40 of the floor. */
const GOALS = { all: 1.3, recovery: 0.4 } as const;

const dir = mkdtempSync(join(tmpdir(), 'postern-bench-'));
const path = join(dir, 'corpus.ndjson');
const bytes = writeCorpus(path, { records });
const content = await loadContent();
const recovery = {
  ...content,
  rules: content.rules.filter(({ path: file }) => /sspr|reset|recovery|method|contact/.test(file)),
};

function floor(): number {
  const started = performance.now();
  const file = openSync(path, 'r');
  const chunk = Buffer.alloc(1 << 22);
  let rest = Buffer.alloc(0);
  for (let got = readSync(file, chunk); got > 0; got = readSync(file, chunk)) {
    const all = Buffer.concat([rest, chunk.subarray(0, got)]);
    let from = 0;
    for (let end = all.indexOf(10); end >= 0; end = all.indexOf(10, from)) {
      JSON.parse(all.toString('utf8', from, end));
      from = end + 1;
    }
    rest = all.subarray(from);
  }
  closeSync(file);
  return performance.now() - started;
}

async function scanned(rules: typeof content): Promise<number> {
  const started = performance.now();
  await scan(await openInputs([path]), { content: rules });
  return performance.now() - started;
}

const times = { floor: [] as number[], all: [] as number[], recovery: [] as number[] };
for (let round = 0; round < rounds; round++) {
  times.floor.push(floor());
  times.all.push(await scanned(content));
  times.recovery.push(await scanned(recovery));
}
rmSync(dir, { recursive: true });
const median = (all: readonly number[]) => all.toSorted((a, b) => a - b)[all.length >> 1] ?? 0;
const base = median(times.floor);
console.log(
  `${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, Node ${process.version}, ${records} records, ${bytes} bytes, ${rounds} rounds`,
);
console.log(`floor     ${base.toFixed(0)} ms`);
let isMissed = false;
for (const name of ['all', 'recovery'] as const) {
  const ratio = median(times[name]) / base;
  isMissed ||= ratio > GOALS[name];
  console.log(
    `${name.padEnd(9)} ${median(times[name]).toFixed(0)} ms, ${ratio.toFixed(2)} of the floor (goal ${GOALS[name].toFixed(2)})`,
  );
}
if (isChecked && isMissed) process.exitCode = 1;
