import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AppBuild, buildApp } from '../../../infra/build.ts';
import { outputOf, reachOf, startBytes } from '../../../infra/bundle-reach.ts';
import { describeApp } from '../../../local/functions-host/describe-app.ts';
import { type FunctionsHostProcess, startFunctionsHostProcess } from '../../../local/functions-host/process.ts';
import { FIXTURE, NO_BUS, SETTINGS } from '../functions-host/fixture.ts';

const REPOSITORY = join(FIXTURE, '..', '..', '..');
const outDir = join(REPOSITORY, 'build', 'test-fixture-app');
/** Outside the repository: nothing may be found in its node_modules. */
const elsewhere = mkdtempSync(join(tmpdir(), 'postern-build-'));
let built: AppBuild;

beforeAll(async () => {
  built = await buildApp({ root: FIXTURE, outDir });
  cpSync(outDir, elsewhere, { recursive: true });
});
afterAll(() => {
  rmSync(outDir, { recursive: true });
  rmSync(elsewhere, { recursive: true });
});

const read = (path: string) => readFileSync(join(built.outDir, path), 'utf8');
const filesBelow = () => readdirSync(built.outDir, { recursive: true, encoding: 'utf8' });
const reach = (name: string) => reachOf(built.metafile, outputOf(built.metafile, `functions/${name}.ts`));
const packagesOf = (modules: readonly string[]) =>
  [...new Set(modules.flatMap((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []))].sort();

describe('what is in the folder', () => {
  it('one module per function file, chunks, maps, licenses, content, host.json and a package.json', () => {
    const files = filesBelow();
    const entries = files.filter((name) => /^dist\/functions\/[^/]+\.js$/.test(name)).map((name) => basename(name));
    expect(entries.sort()).toEqual(['hooks.js', 'http.js', 'messages.js', 'rules.js', 'timers.js']);
    const rest = files.filter((name) => !/^dist\/(functions|chunks)(\/|$)/.test(name)).sort();
    expect(rest).toEqual(['THIRD-PARTY-LICENSES.txt', 'dist', 'dist/content.json', 'host.json', 'package.json']);
    expect(read('host.json')).toBe(readFileSync(join(FIXTURE, 'host.json'), 'utf8'));
    expect(JSON.parse(read('package.json'))).toEqual({
      name: 'postern',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      private: true,
      type: 'module',
      main: 'dist/functions/*.js',
      engines: { node: '>=22' },
    });
  });

  it('every script has its source map, which holds no path of this machine and no source text', () => {
    const scripts = filesBelow().filter((name) => name.endsWith('.js'));
    expect(scripts.length).toBeGreaterThan(5);
    for (const name of scripts) {
      expect(read(name)).toContain(`//# sourceMappingURL=${basename(name)}.map`);
      const map = JSON.parse(read(`${name}.map`)) as { sources: string[]; sourcesContent?: unknown };
      expect(map.sourcesContent).toBeUndefined();
      expect(map.sources.filter((source) => source.startsWith('/'))).toEqual([]);
    }
    const all = filesBelow().filter((file) => /\.(js|json|map|txt)$/.test(file));
    expect(all.filter((name) => read(name).includes(REPOSITORY))).toEqual([]);
  });

  it('names in stack traces are readable', () => {
    expect(read('dist/functions/http.js')).toMatch(/function describe\(/);
  });

  it('the license of every package in the bundle, with its text', () => {
    const bundled = packagesOf(Object.keys(built.metafile.inputs));
    expect(bundled).toContain('@azure/functions');
    const text = read('THIRD-PARTY-LICENSES.txt');
    const told = [...text.matchAll(/^(\S+) \d+\.\d+\.\d+.*\nLicense: (\S.*)$/gm)].map(([, name]) => name);
    expect([...new Set(told)].sort()).toEqual(bundled);
    expect(text).toContain('Permission is hereby granted');
    expect(text).not.toContain('License: see below');
  });
});

describe('what is loaded when', () => {
  it('functions load only what they import; SDKs and rules come on first use', () => {
    expect(packagesOf(reach('http').atStart)).toEqual([
      '@azure/functions',
      '@azure/functions-extensions-base',
      'cookie',
    ]);
    const rules = reach('rules');
    expect(packagesOf(rules.atStart)).toEqual(packagesOf(reach('http').atStart));
    expect(packagesOf(rules.later)).toEqual(expect.arrayContaining(['@azure/data-tables', 're2js', 'zod']));
    expect(rules.atStart.filter((path) => path.includes('/src/'))).toEqual([]);
    expect(startBytes(built.metafile, outputOf(built.metafile, 'functions/rules.ts'))).toBeLessThan(300_000);
  });

  it('nothing that parses YAML is in the bundle at all', () => {
    expect(packagesOf(Object.keys(built.metafile.inputs))).not.toContain('yaml');
    const ours = Object.keys(built.metafile.inputs).filter((path) => path.includes('/src/'));
    expect(ours.some((path) => path.endsWith('/src/deployed-content.ts'))).toBe(true);
    expect(ours.filter((path) => /\/(live-content|content|parse-content|documents)\.ts$/.test(path))).toEqual([]);
  });
});

describe('run by the local host, outside the repository', () => {
  let host: FunctionsHostProcess;
  beforeAll(async () => {
    host = await startFunctionsHostProcess({
      root: elsewhere,
      port: 0,
      timers: 'manual',
      settings: { ...SETTINGS, ...NO_BUS },
      log: () => {},
    });
  });
  afterAll(() => host.kill());

  it('registers what the sources register', async () => {
    const fromSources = await describeApp(FIXTURE, { settings: { ...SETTINGS, ...NO_BUS } });
    expect(host.functions.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual(fromSources);
  });

  it('serves, and evaluates the rules that were parsed when it was built', async () => {
    expect((await fetch(`${host.url}/api/things/7`)).status).toBe(200);
    const response = await fetch(`${host.url}/api/rules`);
    const told = (await response.json()) as { files: string[]; problems: object[]; sdk: string };
    expect(told.sdk).toBe('function');
    expect(told.problems).toEqual([]);
    expect(told.files.length).toBeGreaterThan(30);
    expect(told.files.filter((file) => !/^rules\/(signals|chains|campaigns)\/[\w-]+\/rule\.yml$/.test(file))).toEqual(
      [],
    );
  });
});

it('what was there before is gone, also when rules have problems, which are told', async () => {
  const content = {
    rules: [{ path: join(FIXTURE, 'rules', 'bad.yml'), text: 'title: Bad' }],
    indicators: [],
    providers: { path: 'providers.yml', text: 'subjects: []\nproviders: {}' },
  };
  writeFileSync(join(outDir, 'dist', 'functions', 'old.js'), '');
  const { problems } = await buildApp({ root: FIXTURE, outDir, content });
  expect(existsSync(join(outDir, 'dist', 'functions', 'old.js'))).toBe(false);
  expect(problems).toEqual([
    'test/fixtures/functions-app/rules/bad.yml:1:1: a rule needs exactly one of "detection", "correlation" and "filter"',
  ]);
});
