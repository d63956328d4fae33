/**
 * Finds the Bicep compiler in the version that main.json and the snapshots are made with: on PATH, where `az bicep`
 * keeps it, else from NuGet by `dotnet restore` of infra/compiler/compiler.csproj (a download of about 50 MB, once).
 */
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const folder = fileURLToPath(new URL('compiler', import.meta.url));
const executable = process.platform === 'win32' ? 'bicep.exe' : 'bicep';

/** A compiler that runs here. */
export interface BicepCompiler {
  readonly path: string;
  readonly version: string;
}

/** What a run of the compiler wrote, and whether it succeeded. */
export interface BicepRun {
  readonly ok: boolean;
  readonly output: string;
}

/** The version named in compiler.csproj. */
export function wantedVersion(): string {
  const found = /Version="\[([\d.]+)\]"/.exec(readFileSync(join(folder, 'compiler.csproj'), 'utf8'))?.[1];
  if (!found) throw new Error('infra/compiler/compiler.csproj: no version of the form Version="[1.2.3]"');
  return found;
}

/** @throws Error in words when there is none: what was tried and how to get one. */
export async function findCompiler(): Promise<BicepCompiler> {
  const version = wantedVersion();
  const tried: string[] = [];
  for (const path of [executable, join(homedir(), '.azure', 'bin', executable)]) {
    const found = await versionOf(path);
    if (found === version) return { path, version };
    tried.push(found ? `${path} is version ${found}` : `${path} is not there`);
  }
  const restored = restoredPath(version) ?? (await restore(version, tried));
  if (restored) {
    if (process.platform !== 'win32') chmodSync(restored, 0o755);
    const found = await versionOf(restored);
    if (found === version) return { path: restored, version };
    tried.push(`${restored} does not start`);
  }
  throw new Error(
    `No Bicep compiler of version ${version}: ${tried.join('; ')}.\n` +
      `Install it (az bicep install --version v${version}) or the .NET SDK (https://dot.net), then run this again.`,
  );
}

/** Runs the compiler in a folder, with an environment free of this machine's POSTERN_ and AZURE_ values. */
export async function runBicep(compiler: BicepCompiler, args: readonly string[], cwd: string): Promise<BicepRun> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(POSTERN|AZURE)_/i.test(name)));
  try {
    const { stdout, stderr } = await run(compiler.path, [...args], { cwd, env, maxBuffer: 32 << 20 });
    return { ok: true, output: `${stdout}${stderr}`.trim() };
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as { stdout?: string; stderr?: string; message: string };
    return { ok: false, output: `${stdout}${stderr}`.trim() || message };
  }
}

async function versionOf(path: string): Promise<string | undefined> {
  try {
    const { stdout } = await run(path, ['--version'], { timeout: 60_000 });
    return /version (\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}

/** The package's name ends in the platform, so look instead of guessing. */
function restoredPath(version: string): string | undefined {
  const packages = join(folder, 'packages');
  if (!existsSync(packages)) return undefined;
  return readdirSync(packages)
    .map((name) => join(packages, name, version, 'tools', executable))
    .find((path) => existsSync(path));
}

async function restore(version: string, tried: string[]): Promise<string | undefined> {
  try {
    const env = { ...process.env, DOTNET_CLI_TELEMETRY_OPTOUT: '1', DOTNET_NOLOGO: '1' };
    await run('dotnet', ['restore'], { cwd: folder, env, timeout: 300_000 });
  } catch (error) {
    const { code, stdout } = error as { code?: unknown; stdout?: string };
    const why = code === 'ENOENT' ? 'dotnet is not there' : `dotnet restore failed: ${lastLine(stdout)}`;
    tried.push(why);
    return undefined;
  }
  return restoredPath(version);
}

function lastLine(text = ''): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}
