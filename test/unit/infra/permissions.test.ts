/** The list of permissions is one: docs say it, code calls what it opens, and nothing else. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { permissionMarkdown } from '../../../infra/grant-graph-permissions.ts';
import { GRAPH_READS, INBOX_RULES } from '../../../src/azure/graph-paths.ts';
import {
  GRAPH_PERMISSIONS,
  type GraphPermission,
  graphPermission,
  PACKS,
  permissionsOf,
} from '../../../src/azure/permissions.ts';
import { SETTINGS } from '../../../src/config.ts';
import type { SourceName } from '../../../src/model/log-event.ts';
import { repositoryFile } from './template.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const all: readonly GraphPermission[] = GRAPH_PERMISSIONS;

/** Paths of Graph in the sources, as templates: expressions and ids become {id}, queries are cut off. */
function pathsInCode(): string[] {
  const files = ['src/azure', 'src/live'].flatMap((folder) =>
    readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && name !== 'permissions.ts')
      .map((name) => `${folder}/${name}`),
  );
  const start =
    /^\/(users|groups|subscriptions|auditLogs|identityProtection|security|admin|reports|organization|me|directory|servicePrincipals|policies|subscribedSkus)\b/;
  const found = files.flatMap((file) =>
    [...codeOf(repositoryFile(file)).matchAll(/(['`])(\/\w[^'`\n]*)\1/g)].map(([, , path]) => path ?? ''),
  );
  return found
    .map((path) => path.replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '{id}').replace(/\?.*$/, ''))
    .filter((path) => start.test(path));
}

/** Comments quote paths in backticks, too. */
function codeOf(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}

describe('docs/permissions.md', () => {
  const text = repositoryFile('docs/permissions.md');

  it('has the list', () => {
    expect(text).toContain(permissionMarkdown());
  });

  it('names every pack, and the setting that it belongs to', () => {
    for (const [pack, { setting }] of Object.entries(PACKS)) {
      expect(text).toContain(`\`${pack}\``);
      if (setting !== undefined) expect(text).toContain(setting);
    }
  });
});

describe('infra/graph/grants.bicep', () => {
  it('grants the core pack', () => {
    const listed = /param permissions string\[\] = \[([^\]]*)\]/.exec(repositoryFile('infra/graph/grants.bicep'))?.[1];
    const names = [...(listed ?? '').matchAll(/'([^']+)'/g)].map(([, name]) => name);
    expect(names).toEqual(permissionsOf(['core']).map(({ permission }) => permission));
  });
});

describe('the list and the code', () => {
  it('finds paths in the code at all', () => {
    expect(pathsInCode()).toEqual(
      expect.arrayContaining(['/auditLogs/directoryAudits', '/subscriptions', '/users/{id}']),
    );
  });

  it('every path that the code calls is opened by a permission on the list', () => {
    const opened = new Set(all.flatMap(({ paths }) => paths));
    expect(pathsInCode().filter((path) => !opened.has(path))).toEqual([]);
  });

  it('every core permission opens a path that the code calls: nothing is asked for in reserve', () => {
    const called = new Set(pathsInCode());
    const idle = all.filter(({ pack, paths }) => pack === 'core' && !paths.some((path) => called.has(path)));
    expect(idle.map(({ permission }) => permission)).toEqual([]);
  });

  it('every read names the permission that opens its path', () => {
    for (const { path, permission } of [...Object.values(GRAPH_READS), INBOX_RULES]) {
      expect(graphPermission(permission).paths).toContain(path);
    }
  });

  it('every log source that the code reads falls silent without the permission that it names', () => {
    for (const [source, { permission }] of Object.entries(GRAPH_READS)) {
      expect(graphPermission(permission).sources).toContain(source as SourceName);
    }
  });

  it('settings that packs belong to exist', () => {
    for (const { setting } of Object.values(PACKS)) {
      if (setting !== undefined) expect(Object.keys(SETTINGS)).toContain(setting);
    }
  });
});
