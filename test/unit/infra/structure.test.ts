/** The form of the template: what a newcomer sees in the portal, what a reviewer reads, what Azure's limits allow. */
import { describe, expect, it } from 'vitest';
import { main, predicted, repositoryFile, type Template, templates } from './template.ts';

const described = (value: unknown) => (value as { metadata?: { description?: string } }).metadata?.description;

describe('parameters', () => {
  it.each(templates())('$name: every parameter and output is described', ({ template }) => {
    for (const [name, value] of Object.entries({ ...template.parameters, ...template.outputs })) {
      expect(described(value), name).toMatch(/\S/);
    }
  });

  it("Location: the default is the resource group's, once, and handed to every module", () => {
    const defaults = templates().flatMap(({ name, template }) =>
      template.parameters?.location ? [[name, template.parameters.location.defaultValue]] : [],
    );
    expect(defaults.filter(([, value]) => value !== undefined)).toEqual([['main', '[resourceGroup().location]']]);
  });

  it('only organization and deskEmail must be given', () => {
    const required = Object.entries(main.parameters ?? {}).filter(([, { defaultValue }]) => defaultValue === undefined);
    expect(required.map(([name]) => name)).toEqual(['organization', 'deskEmail']);
  });

  it('starts in dry-run: nobody is told anything until somebody decides so', () => {
    expect(main.parameters?.mode).toMatchObject({ defaultValue: 'dry-run', allowedValues: ['dry-run', 'live'] });
  });

  it('are constrained so that most mistakes cannot be made', () => {
    expect(main.parameters).toMatchObject({
      name: { minLength: 3, maxLength: 8 },
      organization: { minLength: 1, maxLength: 12 },
      maximumInstanceCount: { minValue: 40, maxValue: 1000 },
      instanceMemoryMB: { allowedValues: [2048, 4096, 512] },
      logRetentionDays: { minValue: 30, maxValue: 730 },
      privateNetworking: { allowedValues: ['all', 'off', 'storageAndVault'] },
      settings: { $ref: expect.stringContaining('posternSettings') },
    });
  });

  it('of main.subscription.bicep are those of main.bicep, each handed through', () => {
    const parameters = (file: string) =>
      [...repositoryFile(file).matchAll(/^param (\w+)/gm)].map(([, name]) => name ?? '');
    const inner = parameters('infra/bicep/main.bicep');
    expect(parameters('infra/bicep/main.subscription.bicep')).toEqual(['resourceGroupName', ...inner]);
    for (const name of inner) {
      expect(repositoryFile('infra/bicep/main.subscription.bicep')).toContain(`\n    ${name}: ${name}\n`);
    }
  });

  it('and descriptions of both files are equal', () => {
    const texts = (file: string) => {
      const found = repositoryFile(file).matchAll(/@description\('((?:[^'\\]|\\.)*)'\)\n(?:@\w+\(.*\)\n)*param (\w+)/g);
      return Object.fromEntries([...found].map(([, text, name]) => [name, text]));
    };
    expect(texts('infra/bicep/main.subscription.bicep')).toMatchObject(texts('infra/bicep/main.bicep'));
  });
});

describe('outputs', () => {
  it('OutputSecretValue: no output lists keys or takes a secret', () => {
    for (const { name, template } of templates()) {
      expect(JSON.stringify(template.outputs ?? {}), name).not.toMatch(/listKeys|listAccountSas|secure/i);
    }
  });
});

describe('limits and names', () => {
  const texts = (value: unknown): string[] => {
    if (typeof value === 'string') return [value];
    return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
  };
  const size = Buffer.byteLength(repositoryFile('infra/bicep/main.json'));

  it('ExpressionLength: below 24,576 characters; the template below 4 MB', () => {
    const expressions = texts(main).filter((text) => text.startsWith('['));
    expect(Math.max(...expressions.map(({ length }) => length))).toBeLessThan(24_576);
    expect(size).toBeLessThan(4 << 20);
  });

  it('UseParameters, UseVariables: no module has a parameter or variable that nothing reads', () => {
    for (const { name, template } of templates()) {
      const { parameters, variables } = template as Template & { variables?: object };
      const body = JSON.stringify({ ...template, parameters: undefined });
      for (const parameter of Object.keys(parameters ?? {})) {
        expect(body, `${name}.${parameter}`).toContain(`parameters('${parameter}')`);
      }
      for (const variable of Object.keys(variables ?? {}).filter((key) => key !== 'copy' && !key.startsWith('$'))) {
        expect(JSON.stringify(template), `${name}.${variable}`).toContain(`variables('${variable}')`);
      }
    }
  });

  /** Lengths and characters as Azure documents them ("Naming rules and restrictions for Azure resources"). */
  const RULES: Readonly<Record<string, RegExp>> = {
    'Microsoft.Storage/storageAccounts': /^[a-z0-9]{3,24}$/,
    'Microsoft.KeyVault/vaults': /^[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]$/,
    'Microsoft.ServiceBus/namespaces': /^[a-zA-Z][a-zA-Z0-9-]{4,48}[a-zA-Z0-9]$/,
    'Microsoft.Web/sites': /^[a-zA-Z0-9][a-zA-Z0-9-]{0,58}[a-zA-Z0-9]$/,
    'Microsoft.Communication/communicationServices': /^[a-zA-Z0-9-]{1,63}$/,
    'Microsoft.Communication/emailServices': /^[a-zA-Z0-9-]{1,63}$/,
    'Microsoft.ManagedIdentity/userAssignedIdentities': /^[a-zA-Z0-9][a-zA-Z0-9_-]{2,127}$/,
    'Microsoft.OperationalInsights/workspaces': /^[a-zA-Z0-9][a-zA-Z0-9-]{2,61}[a-zA-Z0-9]$/,
    'Microsoft.Insights/components': /^[^%&\\?/]{1,255}$/,
  };

  it.each(Object.entries(RULES))(
    '%s has a name that Azure takes, also with the longest installation name',
    (type, rule) => {
      const names = predicted('private').flatMap((resource) => (resource.type === type ? [resource.name] : []));
      expect(names.length).toBeGreaterThan(0);
      for (const name of names) {
        expect(name).toMatch(rule);
        expect(name.replace('postern', 'a2345678')).toMatch(rule);
      }
    },
  );
});
