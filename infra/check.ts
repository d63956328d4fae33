/**
 * `npm run check:infra`: the templates are formatted, lint without one diagnostic at the levels of bicepconfig.json,
 * compile to the committed main.json, and would deploy what the committed snapshots show. With `--write` it makes
 * formats, types, main.json and snapshots anew; look at the difference before you commit it.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type BicepCompiler, findCompiler, runBicep } from './bicep-compiler.ts';
import { settingsBicep } from './settings-types.ts';

const infra = fileURLToPath(new URL('.', import.meta.url));
const ZERO = '00000000-0000-0000-0000-000000000000';

/** One part of the check: nothing to say, or what is wrong. */
interface Part {
  readonly title: string;
  readonly run: (compiler: BicepCompiler, folder: string) => Promise<string | undefined>;
}

const CHECKS: readonly Part[] = [
  { title: 'settings types are those of src/config.ts', run: checkTypes },
  { title: 'formatted', run: checkFormat },
  { title: 'lints without a diagnostic', run: checkLint },
  { title: 'main.json is what the sources compile to', run: checkBuild },
  { title: 'snapshots show what would be deployed', run: checkSnapshots },
];

async function checkTypes(_: BicepCompiler, folder: string): Promise<string | undefined> {
  const same = readFileSync(join(folder, 'modules', 'settings.bicep'), 'utf8') === settingsBicep();
  return same ? undefined : 'modules/settings.bicep differs.';
}

/** The formatter writes in place, so it works on a copy. */
async function checkFormat(compiler: BicepCompiler, folder: string): Promise<string | undefined> {
  const copy = mkdtempSync(join(tmpdir(), 'postern-bicep-'));
  try {
    cpSync(folder, copy, { recursive: true });
    const said = await format(compiler, copy);
    const differs = sources(folder).filter((name) => read(folder, name) !== read(copy, name));
    return [said, ...differs.map((name) => `${name} is not formatted.`)].filter(Boolean).join('\n') || undefined;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

async function format(compiler: BicepCompiler, folder: string): Promise<string> {
  const runs = ['**/*.bicep', '*.bicepparam'].map((pattern) =>
    runBicep(compiler, ['format', '--pattern', pattern], folder),
  );
  return (await Promise.all(runs)).map(({ output }) => output).join('');
}

async function checkLint(compiler: BicepCompiler, folder: string): Promise<string | undefined> {
  const runs = ['**/*.bicep', '*.bicepparam'].map((pattern) =>
    runBicep(compiler, ['lint', '--pattern', pattern], folder),
  );
  // Whatever it says is a diagnostic: warnings leave the exit code at 0.
  return (await Promise.all(runs)).map(({ output }) => output).join('') || undefined;
}

async function checkBuild(compiler: BicepCompiler, folder: string): Promise<string | undefined> {
  const { ok, output } = await runBicep(compiler, ['build', 'main.bicep', '--stdout'], folder);
  if (!ok) return output;
  return output === read(folder, 'main.json').trim() ? undefined : 'main.json differs.';
}

async function checkSnapshots(compiler: BicepCompiler, folder: string): Promise<string | undefined> {
  const problems: string[] = [];
  for (const name of parameterFiles(folder)) {
    const { ok, output } = await runBicep(compiler, snapshotArgs(name, 'validate'), folder);
    if (!ok) problems.push(`${name}: ${output}`);
  }
  return problems.join('\n') || undefined;
}

/** Ids and names are made up and fixed, so that the snapshot names resources instead of quoting expressions. */
function snapshotArgs(name: string, mode: 'validate' | 'overwrite'): string[] {
  const scope = name.includes('subscription') ? [] : ['--resource-group', 'rg-postern'];
  const ids = ['--tenant-id', ZERO, '--subscription-id', ZERO];
  return [
    'snapshot',
    name,
    '--mode',
    mode,
    ...ids,
    '--location',
    'westeurope',
    '--deployment-name',
    'postern',
    ...scope,
  ];
}

async function writeAll(compiler: BicepCompiler, folder: string): Promise<void> {
  writeFileSync(join(folder, 'modules', 'settings.bicep'), settingsBicep());
  await format(compiler, folder);
  const { ok, output } = await runBicep(compiler, ['build', 'main.bicep', '--stdout'], folder);
  if (!ok) throw new Error(output);
  writeFileSync(join(folder, 'main.json'), `${output}\n`);
  for (const name of parameterFiles(folder)) {
    const made = await runBicep(compiler, snapshotArgs(name, 'overwrite'), folder);
    if (!made.ok) throw new Error(`${name}: ${made.output}`);
  }
}

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.bicep(param)?$/.test(name));
}

function parameterFiles(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith('.bicepparam'));
}

function read(folder: string, name: string): string {
  return readFileSync(join(folder, name), 'utf8');
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
  const folder = join(infra, 'bicep');
  const compiler = await findCompiler();
  console.log(`Bicep ${compiler.version}, ${relative(process.cwd(), compiler.path) || compiler.path}`);
  if (values.write) await writeAll(compiler, folder);
  let failed = 0;
  for (const { title, run } of CHECKS) {
    const problem = await run(compiler, folder);
    console.log(`${problem ? 'failed' : 'ok    '} ${title}${problem ? `\n${problem}` : ''}`);
    if (problem) failed++;
  }
  if (failed > 0) console.log('npm run check:infra -- --write makes the generated files anew.');
  return failed > 0 ? 1 : 0;
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 1;
});
