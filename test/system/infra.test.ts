/**
 * The infrastructure check fails when it should, and says so when there is no compiler. (That it passes is npm run
 * check:infra.) Whoever only runs or deploys Postern needs no compiler; where there is none, only that is tested.
 * POSTERN_REQUIRE_BICEP: it must be there.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findCompiler } from '../../infra/bicep-compiler.ts';

const run = promisify(execFile);
const compiler = await findCompiler().catch((error: Error) => {
  if (process.env.POSTERN_REQUIRE_BICEP) throw error;
  console.warn(`Not tested with the real compiler. ${error.message}`);
  return undefined;
});
const repository = fileURLToPath(new URL('../..', import.meta.url));
let copy = '';

beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'postern-infra-'));
  for (const folder of ['infra', 'src']) {
    const isDownload = /infra[\\/]compiler[\\/](packages|obj)/;
    cpSync(join(repository, folder), join(copy, folder), { recursive: true, filter: (path) => !isDownload.test(path) });
  }
  cpSync(join(repository, 'package.json'), join(copy, 'package.json'));
  symlinkSync(join(repository, 'node_modules'), join(copy, 'node_modules'), 'dir');
});
afterEach(() => rmSync(copy, { recursive: true, force: true }));

/** Lets the copy have the compiler that was found, instead of fetching it again. */
function shareCompiler(): void {
  symlinkSync(join(repository, 'infra/compiler/packages'), join(copy, 'infra/compiler/packages'), 'dir');
}

/** Runs the check in the copy. @returns exit code and everything printed */
async function check(env: Readonly<Record<string, string>> = {}): Promise<{ code: number; text: string }> {
  try {
    const { stdout, stderr } = await run(process.execPath, ['infra/check.ts'], {
      cwd: copy,
      env: { ...process.env, ...env },
    });
    return { code: 0, text: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, text: stdout + stderr };
  }
}

function edit(file: string, from: string, to: string): void {
  const path = join(copy, file);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
}

describe.skipIf(!compiler)('npm run check:infra', { timeout: 300_000 }, () => {
  it('fails on a property that Azure does not know, and on an unused parameter', async () => {
    shareCompiler();
    edit(
      'infra/bicep/modules/identity.bicep',
      '  tags: tags\n',
      "  tags: tags\n  properties: {\n    colour: 'red'\n  }\n",
    );
    edit(
      'infra/bicep/modules/key-vault.bicep',
      "@description('Region of the vault.')",
      "@description('Unused.')\nparam unused string = ''\n\n@description('Region of the vault.')",
    );
    const { code, text } = await check();
    expect(code).toBe(1);
    expect(text).toContain('failed lints without a diagnostic');
    expect(text).toMatch(/identity\.bicep\(\d+,\d+\).*BCP037.*colour/);
    expect(text).toMatch(/key-vault\.bicep\(\d+,\d+\).*no-unused-params/);
    expect(text).toContain('npm run check:infra -- --write');
  });

  it('shows what a change would deploy', async () => {
    shareCompiler();
    edit('infra/bicep/modules/key-vault.bicep', 'softDeleteRetentionInDays: 90', 'softDeleteRetentionInDays: 7');
    const { code, text } = await check();
    expect(code).toBe(1);
    expect(text).toContain('failed main.json is what the sources compile to');
    expect(text).toContain('softDeleteRetentionInDays');
  });
});

describe('without a compiler', () => {
  it('npm run check:infra says in words that there is none, and how to get one', async () => {
    const { code, text } = await check({ PATH: join(copy, 'nothing'), HOME: copy });
    expect(code).toBe(1);
    expect(text).toContain('No Bicep compiler of version');
    expect(text).toContain('dotnet is not there');
    expect(text).toContain('az bicep install --version v');
  });
});
