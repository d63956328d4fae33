import { describe, expect, it } from 'vitest';
import {
  chosenSettings,
  DEPLOYED_SETTINGS,
  LOCAL_SETTINGS,
  NAMED_SETTINGS,
  secretNameOf,
  secretSettings,
  settingsBicep,
} from '../../../infra/settings-types.ts';
import { QUEUES } from '../../../local/service-bus/queues.ts';
import { SETTINGS } from '../../../src/config.ts';
import { TABLES } from '../../../src/ports.ts';
import { deployed, predicted, repositoryFile, templates } from './template.ts';

const appSettings = JSON.stringify(
  deployed('Microsoft.Web/sites/config').find(({ name }) => name.includes('appsettings'))?.properties,
);

describe('app settings', () => {
  it('each setting of src/config.ts has exactly one way in: parameter, settings object, vault, template, or never', () => {
    const ways = [...Object.values(NAMED_SETTINGS), ...DEPLOYED_SETTINGS, ...LOCAL_SETTINGS, ...secretSettings()];
    expect([...ways, ...chosenSettings()].sort()).toEqual(Object.keys(SETTINGS).sort());
  });

  it('the settings type is written from src/config.ts', () => {
    expect(repositoryFile('infra/bicep/modules/settings.bicep')).toBe(settingsBicep());
  });

  it('is compiled into main.json: an unknown name or value is refused before anything is deployed', () => {
    const types = templates()[0]?.template.definitions ?? {};
    const [, settings] = Object.entries(types).find(([name]) => name.endsWith('posternSettings')) ?? [];
    const [, secrets] = Object.entries(types).find(([name]) => name.endsWith('secretName')) ?? [];
    expect(settings).toMatchObject({ type: 'object', additionalProperties: false });
    expect(Object.keys(settings?.properties as object).sort()).toEqual(chosenSettings().sort());
    expect(settings?.properties).toMatchObject({
      POSTERN_DESK_ACTIONS: { nullable: true, allowedValues: ['off', 'on'] },
      POSTERN_ANSWER_ADDRESS: { nullable: true, type: 'string' },
    });
    expect(secrets?.allowedValues).toEqual(secretSettings().sort());
  });

  it('the template sets what it knows, and nothing that is for a laptop', () => {
    for (const name of DEPLOYED_SETTINGS) expect(appSettings).toContain(name);
    for (const name of LOCAL_SETTINGS) expect(repositoryFile('infra/bicep/main.json')).not.toContain(name);
  });

  it('connections are by identity: no key, no connection string, no setting that Flex Consumption replaces', () => {
    for (const name of [
      'AzureWebJobsStorage__blobServiceUri',
      'AzureWebJobsStorage__credential',
      'AzureWebJobsStorage__clientId',
      'ServiceBus__fullyQualifiedNamespace',
      'ServiceBus__credential',
      'ServiceBus__clientId',
      'APPLICATIONINSIGHTS_AUTHENTICATION_STRING',
      'AZURE_CLIENT_ID',
    ]) {
      expect(appSettings).toContain(`'${name}'`);
    }
    expect(appSettings).not.toMatch(
      /AccountKey|SharedAccessKey|listKeys|FUNCTIONS_WORKER_RUNTIME|FUNCTIONS_EXTENSION_VERSION|WEBSITE_RUN_FROM|CONTENTSHARE/,
    );
  });

  it('secrets are references into the vault, by the name that infra/secrets.ts writes', () => {
    const app = templates().find(({ name }) => name === 'app')?.template as unknown as { variables: object };
    const references = JSON.stringify(app.variables);
    expect(appSettings).toContain("variables('secretReferences')");
    expect(references).toContain('@Microsoft.KeyVault(SecretUri={0}secrets/{1})');
    expect(references).toContain("toLower(replace(lambdaVariables('setting'), '_', '-'))");
    expect(secretNameOf('POSTERN_HASH_KEY')).toBe('postern-hash-key');
    for (const name of secretSettings()) expect(secretNameOf(name)).toMatch(/^[a-z0-9-]{1,127}$/);
  });

  it('rule toggles are passed as they are', () => {
    const settings = predicted('private').find(({ name }) => name.endsWith('/appsettings'));
    const text = JSON.stringify(settings?.properties);
    expect(text).toContain("'POSTERN_RULE_SSPR_PROBED', 'staged'");
    expect(text).toContain("'POSTERN_RULE_PROBE_CHECK_RESET__TIMESPAN', '12h'");
  });
});

describe('tables', () => {
  const expected = TABLES.map((table) => `postern${table}`);

  it('are those that the app uses: in Azure it creates none itself', () => {
    const tables = predicted('main').filter(({ type }) => type.endsWith('/tableServices/tables'));
    expect(tables.map(({ name }) => name.split('/').at(-1))).toEqual(expected);
  });

  it('are those that the app may read and write', () => {
    const roles = repositoryFile('infra/bicep/modules/roles.bicep');
    expect(/var tableNames = \[([^\]]*)\]/.exec(roles)?.[1]?.match(/\w+/g)).toEqual(expected);
  });
});

describe('queues', () => {
  const milliseconds = (duration: unknown): number => {
    const [, days = 0, hours = 0, minutes = 0] =
      /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/.exec(String(duration)) ?? [];
    return ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60_000;
  };
  const queues = predicted('main').filter(({ type }) => type === 'Microsoft.ServiceBus/namespaces/queues');

  it('are those of the local bus', () => {
    const found = queues.map(({ name, properties }) => ({
      name: name.split('/')[1],
      lockDurationMs: milliseconds(properties.lockDuration),
      maxDeliveryCount: properties.maxDeliveryCount,
      duplicateDetectionMs: properties.requiresDuplicateDetection
        ? milliseconds(properties.duplicateDetectionHistoryTimeWindow)
        : 0,
      defaultTtlMs: milliseconds(properties.defaultMessageTimeToLive),
      deadLetterOnExpiry: properties.deadLetteringOnMessageExpiration,
      maxSizeBytes: Number(properties.maxSizeInMegabytes) << 20,
    }));
    const expected = QUEUES.map((queue) => ({ deadLetterOnExpiry: false, maxSizeBytes: 1 << 30, ...queue }));
    expect(found).toEqual(expected);
  });

  it('are those that the app may send into and receive from', () => {
    const roles = repositoryFile('infra/bicep/modules/roles.bicep');
    const names = /var queueNames = \[([^\]]*)\]/.exec(roles)?.[1]?.match(/\w+/g);
    expect(names).toEqual(QUEUES.map(({ name }) => name));
  });
});
