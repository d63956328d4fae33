import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AppBuild, buildApp } from '../../../infra/build.ts';
import { outputOf, reachOf, startBytes } from '../../../infra/bundle-reach.ts';
import { describeApp } from '../../../local/functions-host/describe-app.ts';
import { startFunctionsHostProcess } from '../../../local/functions-host/process.ts';

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));
const outDir = join(REPOSITORY, 'build', 'test-app');
/** Outside the repository: nothing may be found in its node_modules. */
const elsewhere = mkdtempSync(join(tmpdir(), 'postern-app-'));
const SETTINGS = {
  POSTERN_POLL_SCHEDULE: '0 * * * * *',
  ...Object.fromEntries(
    ['process-notifications', 'plan-notices', 'deliver-notices'].map((name) => [
      `AzureWebJobs.${name}.Disabled`,
      'true',
    ]),
  ),
};
let built: AppBuild;

beforeAll(async () => {
  built = await buildApp({ outDir });
  cpSync(outDir, elsewhere, { recursive: true });
});
afterAll(() => {
  rmSync(outDir, { recursive: true });
  rmSync(elsewhere, { recursive: true });
});

const entryPoints = () =>
  Object.values(built.metafile.outputs).flatMap(({ entryPoint }) =>
    entryPoint?.startsWith('functions/') ? [entryPoint] : [],
  );
const reach = (entryPoint: string) => reachOf(built.metafile, outputOf(built.metafile, entryPoint));
const packagesOf = (modules: readonly string[]) =>
  [...new Set(modules.flatMap((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []))].sort();

it('every rule is fit to be shipped', () => {
  expect(built.problems).toEqual([]);
});

it('is small enough to start fast wherever it is downloaded to', () => {
  const bytes = Object.entries(built.metafile.outputs).reduce(
    (sum, [path, output]) => sum + (path.endsWith('.js') ? output.bytes : 0),
    0,
  );
  expect(bytes).toBeLessThan(6_000_000);
});

describe('what is loaded when', () => {
  it('no function loads an SDK, a transport or the rule engine at its start', () => {
    const late = /^(@azure\/(?!functions)|@microsoft\/|@typespec\/|nodemailer|rhea|re2js|yaml|fast-xml)/;
    for (const entryPoint of entryPoints()) {
      const packages = packagesOf(reach(entryPoint).atStart);
      expect({ entryPoint, late: packages.filter((name) => late.test(name)) }).toEqual({ entryPoint, late: [] });
      expect(packages).toContain('@azure/functions');
      expect(startBytes(built.metafile, outputOf(built.metafile, entryPoint))).toBeLessThan(1_000_000);
    }
  });

  it('the webhook reaches Service Bus and the tables, on first use', () => {
    const { later } = reach('functions/receive-notifications.ts');
    expect(packagesOf(later)).toEqual(expect.arrayContaining(['@azure/data-tables', '@azure/service-bus']));
  });

  it('nothing that parses YAML is in the bundle at all', () => {
    expect(packagesOf(Object.keys(built.metafile.inputs))).not.toContain('yaml');
  });
});

it('run outside the repository it registers what the sources register', async () => {
  const fromSources = await describeApp(REPOSITORY, { settings: SETTINGS });
  expect(fromSources.map(({ name }) => name)).toEqual(
    entryPoints()
      .map((path) => basename(path, '.ts'))
      .sort(),
  );
  const host = await startFunctionsHostProcess({
    root: elsewhere,
    port: 0,
    timers: 'manual',
    settings: SETTINGS,
    log: () => {},
  });
  try {
    expect(host.functions.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual(fromSources);
  } finally {
    await host.kill();
  }
});

it('host.json and the settings sample are what the real host reads', () => {
  const hostJson = JSON.parse(readFileSync(join(elsewhere, 'host.json'), 'utf8')) as object;
  expect(hostJson).toMatchObject({
    version: '2.0',
    extensionBundle: { id: 'Microsoft.Azure.Functions.ExtensionBundle', version: '[4.*, 5.0.0)' },
    extensions: { serviceBus: { autoCompleteMessages: true } },
    // What alerts and workbooks read are traces: sampling would make them blind.
    logging: { applicationInsights: { samplingSettings: { excludedTypes: 'Request;Trace;Exception' } } },
  });
  const sample = JSON.parse(readFileSync(join(REPOSITORY, 'local.settings.sample.json'), 'utf8')) as {
    IsEncrypted: boolean;
    Values: Record<string, unknown>;
  };
  expect(sample.IsEncrypted).toBe(false);
  expect(Object.values(sample.Values).filter((value) => typeof value !== 'string')).toEqual([]);
  for (const name of ['FUNCTIONS_WORKER_RUNTIME', 'AzureWebJobsStorage', 'ServiceBus', 'POSTERN_POLL_SCHEDULE'])
    expect(sample.Values).toHaveProperty([name]);
});
