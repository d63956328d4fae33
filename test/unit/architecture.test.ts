import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Who may import whom: the first matching row decides. Names are folders or files of ours, then packages. */
const MAY_IMPORT: readonly (readonly [from: string, ours: readonly string[], packages: readonly string[]])[] = [
  ['src/model', ['src/model'], ['zod']],
  ['src/errors.ts', [], []],
  ['src/rules', ['src/rules', 'src/model', 'src/errors.ts', 'src/ingest.ts'], ['yaml', 'zod', 're2js', 'node:crypto']],
  [
    'src/sources/formats',
    ['src/sources', 'src/model', 'src/errors.ts'],
    [
      'zod',
      'csv-parse',
      'yauzl',
      'node:zlib',
      'node:fs',
      'node:stream',
      'node:path',
      'node:buffer',
      'node:string_decoder',
    ],
  ],
  ['src/sources', ['src/sources', 'src/model', 'src/errors.ts'], ['zod', 'yaml', 'node:crypto', 'node:net']],
  ['src/report', ['src/report', 'src/model', 'src/errors.ts'], ['zod', 'node:crypto']],
  [
    'src/notify/channels',
    ['src/notify', 'src/errors.ts', 'src/config.ts'],
    [
      'zod',
      'nodemailer',
      '@azure/communication-email',
      '@azure/communication-sms',
      '@azure/identity',
      'node:crypto',
      'node:path',
      'node:fs/promises',
    ],
  ],
  ['src/notify', ['src/notify', 'src/model', 'src/errors.ts'], ['zod', 'node:crypto', 'sms-segments-calculator']],
  ['src/ports.ts', ['src/telemetry.ts'], []],
  ['src/telemetry.ts', [], []],
  ['src/memory.ts', ['src/ports.ts', 'src/telemetry.ts'], []],
  [
    'src/live',
    [
      'src/live',
      'src/model',
      'src/rules',
      'src/sources',
      'src/notify',
      'src/report',
      'src/ports.ts',
      'src/errors.ts',
    ].concat([
      'src/config.ts',
      'src/telemetry.ts',
      'src/assemble-watch.ts',
      'src/ingest.ts',
      'src/azure/permissions.ts',
      'src/azure/graph-paths.ts',
      'src/record-event.ts',
    ]),
    ['zod', 'node:crypto', 'csv-parse'],
  ],
  [
    'src/azure',
    ['src/azure', 'src/ports.ts', 'src/errors.ts', 'src/config.ts', 'src/model', 'src/telemetry.ts'],
    [
      '@azure',
      'long',
      '@microsoft/microsoft-graph-client',
      'zod',
      'node:crypto',
      'node:zlib',
      'node:timers',
      'node:fs',
      'node:async_hooks',
    ],
  ],
];

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [
    ...text.matchAll(/^(?:import|export)\s[^;]*?from\s+'([^']+)'/gms),
    ...text.matchAll(/import\('([^']+)'\)/g),
  ].map((match) => match[1] ?? '');
}

describe('who may import whom', () => {
  it.each(filesBelow('src'))('%s', (file) => {
    const row = MAY_IMPORT.find(([from]) => file === from || file.startsWith(`${from}/`));
    if (!row) return;
    const [, ours, packages] = row;
    const wrong = importsOf(file).filter((target) => {
      if (!target.startsWith('.')) return !packages.some((name) => target === name || target.startsWith(`${name}/`));
      const path = relative(root, resolve(root, dirname(file), target));
      return !ours.some((name) => path === name || path.startsWith(`${name}/`));
    });
    expect(wrong).toEqual([]);
  });

  it('names say what a file is: none of the words that say nothing', () => {
    const banned = /^(utils?|helpers?|common|shared|manager|service|base)\.ts$/;
    const all = ['src', 'cli', 'local', 'functions'].flatMap((folder) =>
      statSync(join(root, folder), { throwIfNoEntry: false }) ? filesBelow(folder) : [],
    );
    expect(all.filter((file) => banned.test(file.split('/').at(-1) ?? ''))).toEqual([]);
  });

  it('reads the environment only where settings live', () => {
    const readers = filesBelow('src').filter((file) => readFileSync(join(root, file), 'utf8').includes('process.env'));
    expect(readers.filter((file) => !['src/app.ts', 'src/config.ts'].includes(file))).toEqual([]);
  });
});
