import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import packageJson from '../../../package.json' with { type: 'json' };
import { repositoryFile } from './template.ts';

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, { permissions?: unknown; steps: Step[]; environment?: string }>>;
}

const root = fileURLToPath(new URL('../../../', import.meta.url));
const workflows = readdirSync(`${root}.github/workflows`).map((file) => {
  const text = repositoryFile(`.github/workflows/${file}`);
  return { file, text, workflow: parse(text) as Workflow };
});
const stepsOf = ({ jobs }: Workflow) => Object.values(jobs).flatMap(({ steps }) => steps);

describe.each(workflows)('$file', ({ text, workflow }) => {
  it('pins every action by commit and says which release that is', () => {
    const used = [...text.matchAll(/uses: (.+)$/gm)].map(([, what]) => what ?? '');
    expect(used.length).toBeGreaterThan(0);
    for (const what of used) expect(what).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('may read the repository and no more, unless a job says why it needs to sign in', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    for (const { permissions, environment } of Object.values(workflow.jobs)) {
      if (permissions === undefined) continue;
      expect(permissions).toEqual({ contents: 'read', 'id-token': 'write' });
      expect(environment).toBe('production');
    }
  });

  it("runs nobody's text: no expression inside a script, no run of a fork's code with rights", () => {
    for (const { run } of stepsOf(workflow)) expect(run ?? '').not.toContain('${{');
    expect(Object.keys(workflow.on)).not.toContain('pull_request_target');
  });

  it('keeps no secret: GitHub signs in by OpenID Connect', () => {
    expect(text).not.toMatch(/secrets\.|client-secret|publish-profile|creds:/);
  });

  it('runs npm scripts that exist', () => {
    const scripts = stepsOf(workflow).flatMap(({ run }) =>
      [...(run ?? '').matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name),
    );
    for (const name of scripts) expect(Object.keys(packageJson.scripts)).toContain(name);
  });
});

describe('azure.yaml', () => {
  const azure = parse(repositoryFile('azure.yaml')) as {
    infra: { path: string; module: string };
    services: Record<string, { dist: string; remoteBuild: boolean; host: string }>;
    hooks: Record<string, Record<'posix' | 'windows', { run: string }>>;
  };

  it('names a template with its parameters', () => {
    for (const end of ['bicep', 'bicepparam']) {
      expect(existsSync(`${root}${azure.infra.path}/${azure.infra.module}.${end}`)).toBe(true);
    }
  });

  it("deploys the bundle that npm run build makes, to the app that is tagged with the service's name", () => {
    expect(azure.services).toMatchObject({ app: { dist: 'build/app', remoteBuild: false, host: 'function' } });
    expect(repositoryFile('infra/bicep/main.bicep')).toContain("serviceName: 'app'");
    expect(Object.keys(packageJson.scripts)).toContain('build');
  });

  it('runs scripts that are there', () => {
    const runs = Object.values(azure.hooks).flatMap((hook) => Object.values(hook).map(({ run }) => run));
    expect(runs.length).toBeGreaterThan(0);
    for (const run of runs) expect(existsSync(root + (/infra\/\S+\.ts/.exec(run)?.[0] ?? 'missing'))).toBe(true);
  });
});
