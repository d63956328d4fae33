/** Reads the compiled template and its snapshots for tests: no compiler, only JSON. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Any JSON object of a template. */
export type Json = Readonly<Record<string, unknown>>;

/** A resource of the compiled template or of a snapshot. */
export interface Resource {
  readonly type: string;
  readonly name: string;
  readonly existing?: boolean;
  readonly scope?: string;
  readonly tags?: unknown;
  readonly location?: string;
  readonly properties: Json;
  readonly [other: string]: unknown;
}

/** A template, as main.json is one and as each module in it is one. */
export interface Template {
  readonly parameters?: Readonly<Record<string, Json>>;
  readonly definitions?: Readonly<Record<string, Json>>;
  readonly outputs?: Readonly<Record<string, Json>>;
  readonly resources: Readonly<Record<string, Resource>> | readonly Resource[];
}

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** A file of the repository as text. */
export function repositoryFile(path: string): string {
  return readFileSync(`${root}${path}`, 'utf8');
}

/** infra/bicep/main.json. */
export const main = JSON.parse(repositoryFile('infra/bicep/main.json')) as Template;

/** The template and those of all its modules, with their symbolic names; `main` first. */
export function templates(template: Template = main, name = 'main'): { name: string; template: Template }[] {
  const inner = Object.entries(template.resources).flatMap(([module, resource]) =>
    resource.type === 'Microsoft.Resources/deployments'
      ? templates(resource.properties.template as Template, module)
      : [],
  );
  return [{ name, template }, ...inner];
}

/** All resources of one type that the template deploys, in all modules. A module that is used twice counts twice. */
export function deployed(type: string): Resource[] {
  return everything().filter((resource) => resource.type === type);
}

/** All resources that the template deploys, modules looked into, references to existing ones left out. */
export function everything(): Resource[] {
  return templates()
    .flatMap(({ template }) => Object.values(template.resources) as Resource[])
    .filter(({ type, existing }) => type !== 'Microsoft.Resources/deployments' && !existing);
}

/** The resources of a snapshot, as they would be deployed. */
export function predicted(name: string): Resource[] {
  const snapshot = JSON.parse(repositoryFile(`infra/bicep/${name}.snapshot.json`)) as {
    predictedResources: Resource[];
    diagnostics: unknown[];
  };
  return snapshot.predictedResources;
}

/** The one resource of a snapshot that matches. @throws when there is none */
export function predictedOne(snapshot: string, matches: (resource: Resource) => boolean): Resource {
  const found = predicted(snapshot).find(matches);
  if (!found) throw new Error(`${snapshot}.snapshot.json has no such resource`);
  return found;
}
