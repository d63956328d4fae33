/** The pages of day one and day two name settings, parameters, outputs, files and commands that exist. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { SETTINGS } from '../../../src/config.ts';
import { main, repositoryFile } from './template.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const PAGES = ['deploy', 'runbook', 'cost', 'privacy', 'permissions'].map((name) => {
  const text = repositoryFile(`docs/${name}.md`);
  return { name, text };
});
/** Names that `azd env set` keeps: what the parameter file reads from the environment. */
const ENVIRONMENT = [
  ...repositoryFile('infra/bicep/main.subscription.bicepparam').matchAll(/readEnvironmentVariable\(\s*'(\w+)'/g),
].map(([, name]) => name ?? '');
/** Of the postern command, cli/remote.ts. */
const COMMAND_LINE = ['POSTERN_URL', 'POSTERN_KEY', 'POSTERN_TOKEN'];

describe.each(PAGES)('docs/$name.md', ({ text }) => {
  it('names POSTERN_ settings that exist', () => {
    const known = new Set([...Object.keys(SETTINGS), ...ENVIRONMENT, ...COMMAND_LINE]);
    const named = [...text.matchAll(/\bPOSTERN_[A-Z0-9_]+[A-Z0-9]\b(?!_?…|_?<)/g)].map(([name]) => name);
    expect(named.filter((name) => !known.has(name) && !/^POSTERN_(RULE|SOURCE)/.test(name))).toEqual([]);
  });

  it('names files that exist', () => {
    const files = [...text.matchAll(/(?<![\w/.])((?:infra|docs|rules|src|\.github)\/[\w./-]*\w)/g)].map(
      ([, file]) => file ?? '',
    );
    expect(files.filter((file) => !existsSync(root + file) && file !== 'infra/bicep/our.bicepparam')).toEqual([]);
  });

  it('sets with azd only what the parameter file reads', () => {
    const set = [...text.matchAll(/azd env set (\w+)/g)].map(([, name]) => name ?? '').filter((name) => name !== 'X');
    expect(set.filter((name) => !ENVIRONMENT.includes(name))).toEqual([]);
  });

  it('uses outputs that the template has', () => {
    const outputs = new Set([...Object.keys(main.outputs ?? {}), 'RESOURCE_GROUP']);
    const wanted = [...text.matchAll(/output (?:`)?([A-Z][A-Z_]+[A-Z])|azd env get-value (\w+)|outputs\.([A-Z_]+)/g)];
    expect(wanted.map(([, a, b, c]) => a ?? b ?? c ?? '').filter((name) => !outputs.has(name))).toEqual([]);
  });
});

describe('docs/deploy.md', () => {
  const text = repositoryFile('docs/deploy.md');

  it('names parameters that the template has', () => {
    const parameters = Object.keys(main.parameters ?? {});
    const assigned = [...text.matchAll(/(?:-p |`)([a-z]\w+) ?=/g)].map(([, name]) => name ?? '');
    expect(assigned.length).toBeGreaterThan(5);
    expect(assigned.filter((name) => !parameters.includes(name))).toEqual([]);
  });

  it('has a row for each mistake that the issue of the newcomer names', () => {
    for (const words of [
      'the region has no Flex Consumption',
      'a name is taken',
      'a provider is not registered',
      'you may deploy but not assign roles',
      'not *Privileged Role Administrator*',
    ]) {
      expect(text).toContain(words);
    }
  });

  it('links to headings that exist', () => {
    const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
      (title ?? '')
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replace(/ /g, '-'),
    );
    const links = [...text.matchAll(/\]\(#([^)]+)\)/g)].map(([, link]) => link ?? '');
    expect(links.length).toBeGreaterThan(0);
    for (const link of links) expect(headings).toContain(link);
  });
});

describe('docs/privacy.md', () => {
  const text = repositoryFile('docs/privacy.md');

  it('says the retention that the settings default to', () => {
    for (const [name, days] of [
      ['POSTERN_RETENTION_EVIDENCE_DAYS', 92],
      ['POSTERN_RETENTION_FINDINGS_DAYS', 180],
      ['POSTERN_RETENTION_LEDGER_DAYS', 365],
    ] as const) {
      expect(SETTINGS[name].schema.parse(undefined)).toBe(days);
      expect(text).toContain(`${days} days (\`${name}\`)`);
    }
    expect(text).toContain(`${main.parameters?.logRetentionDays?.defaultValue} days (\`logRetentionDays\`)`);
  });

  it('lists every table that the architecture knows', () => {
    const tables = new Set(
      [...repositoryFile('docs/architecture.md').matchAll(/^\| `(\w+)` \| /gm)].map(([, name]) => name ?? ''),
    );
    const stored = ['people', 'evidence', 'ledger', 'inbox', 'state', 'trail'];
    expect(stored.filter((name) => !tables.has(name))).toEqual([]);
    for (const name of stored) expect(text).toContain(`| \`${name}\` |`);
  });
});
