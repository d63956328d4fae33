/**
 * Scanning against the parse floor: `node bench/scan.ts [records=400000] [rounds=5] [--check] [--v1]`
 *
 * Makes a corpus from a seed and times, one after another in each round: reading, splitting and parsing every line and
 * nothing else, on one thread (the floor); scanning with all rules, and with the recovery pack, on one thread; and both
 * with two threads. Medians and ratios of one interleaved run. A scan includes parsing and compiling its rules.
 *
 * Looking at a record costs the same whatever its size, and parsing it does not, so the ratios are of this corpus: sign-ins
 * in Graph's beta shape with eight Conditional Access policies, 4.9 KB. `--v1` takes sign-ins of v1.0 without policies.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import module from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openInputs } from '../cli/inputs.ts';
import { selectModes } from '../cli/select-rules.ts';
import { loadContent } from '../src/content.ts';
import { parseRules } from '../src/rules/parse.ts';
import { type ScanOptions, scan } from '../src/scan.ts';
import { writeCorpus } from './corpus.ts';
import { machine, median, told } from './machine.ts';

// As the command does: threads need not compile what was compiled before.
const { directory } = module.enableCompileCache();
if (directory) process.env.NODE_COMPILE_CACHE ??= directory;

/** The recovery pack: `postern scan --only` with these, and what they build on. */
const RECOVERY = ['sspr-*', 'reset-*', 'self-unlock*', 'probe-*', '*-harvest', 'linked-mailbox-*', 'stranger-*'];
/** Times, as shares of the floor. */
const GOALS: Readonly<Record<string, number>> = { all: 1.3, recovery: 0.4, 'recovery, 2 threads': 0.25 };

const [records = 400_000, rounds = 5] = process.argv
  .slice(2)
  .filter((one) => /^\d+$/.test(one))
  .map(Number);
const isChecked = process.argv.includes('--check');
const version = process.argv.includes('--v1') ? 'v1.0' : 'beta';

const dir = mkdtempSync(join(tmpdir(), 'postern-bench-'));
process.once('exit', () => rmSync(dir, { recursive: true, force: true }));
const path = join(dir, 'corpus.ndjson');
const bytes = writeCorpus(path, { records, version });
const content = await loadContent();
const modes = selectModes(parseRules(content.rules).rules, { only: RECOVERY });

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

const parsed = new Map<string, number>();
async function scanned(name: string, options: Partial<ScanOptions>): Promise<number> {
  const started = performance.now();
  const { files, records: all } = await scan(await openInputs([path]), { content, ...options });
  parsed.set(name, 1 - files.reduce((sum, file) => sum + file.passedOver, 0) / all);
  return performance.now() - started;
}

const two = { threads: 2, largeFile: 0 } as const;
const RUNS: Readonly<Record<string, () => Promise<number>>> = {
  floor: async () => floor(),
  all: () => scanned('all', {}),
  recovery: () => scanned('recovery', { modes }),
  'all, 2 threads': () => scanned('all, 2 threads', two),
  'recovery, 2 threads': () => scanned('recovery, 2 threads', { ...two, modes }),
};
const times = new Map(Object.keys(RUNS).map((name) => [name, [] as number[]]));
for (let round = 0; round < rounds; round++) {
  for (const [name, run] of Object.entries(RUNS)) times.get(name)?.push(await run());
}

const size = `${records} records of ${Math.round(bytes / records)} bytes`;
console.log(`${machine()}\n${size}, medians of ${rounds} interleaved rounds`);
const base = median(times.get('floor') ?? []);
console.log(`${'floor'.padEnd(34)} ${base.toFixed(0).padStart(9)} ms`);
let isMissed = false;
for (const [name, own] of times) {
  if (name === 'floor') continue;
  const ms = median(own);
  console.log(
    `${name.padEnd(34)} ${ms.toFixed(0).padStart(9)} ms, ${(100 * (parsed.get(name) ?? 1)).toFixed(1)} % parsed`,
  );
  isMissed = !told('', Number((ms / base).toFixed(2)), ' × floor', GOALS[name]) || isMissed;
}
if (isChecked && isMissed) process.exitCode = 1;
