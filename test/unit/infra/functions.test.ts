/** What the functions need of Azure, read from functions/*.ts, is what the template provisions. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { QUEUES } from '../../../local/service-bus/queues.ts';
import { deployed, predictedOne, repositoryFile } from './template.ts';

const folder = fileURLToPath(new URL('../../../functions', import.meta.url));
const functions = readdirSync(folder).map((file) => {
  const text = repositoryFile(`functions/${file}`);
  return {
    name: file.replace(/\.ts$/, ''),
    route: /route: '([^']+)'/.exec(text)?.[1],
    authLevel: /authLevel: '([^']+)'/.exec(text)?.[1],
    connection: /connection: '([^']+)'/.exec(text)?.[1],
    queue: /queueName: '([^']+)'/.exec(text)?.[1],
    settings: [...text.matchAll(/%(\w+)%/g)].map(([, setting]) => setting ?? ''),
  };
});
const appSettings = JSON.stringify(
  deployed('Microsoft.Web/sites/config').find(({ name }) => name.includes('appsettings'))?.properties,
);
const signIn = predictedOne('main', ({ name }) => name.endsWith('/authsettingsV2'));
const openPaths = (signIn.properties.globalValidation as { excludedPaths: string[] }).excludedPaths;

describe('functions', () => {
  it('are found', () => {
    expect(functions.length).toBeGreaterThan(10);
  });

  it('every %SETTING% of a trigger is provisioned, or the host would not start it', () => {
    const settings = functions.flatMap((one) => one.settings);
    expect(settings).toContain('POSTERN_POLL_SCHEDULE');
    for (const setting of settings) expect(appSettings).toContain(`'${setting}'`);
  });

  it('every connection is provisioned by identity', () => {
    const connections = new Set(functions.flatMap(({ connection }) => connection ?? []));
    expect([...connections]).toEqual(['ServiceBus']);
    for (const connection of connections) {
      for (const part of ['fullyQualifiedNamespace', 'credential', 'clientId']) {
        expect(appSettings).toContain(`'${connection}__${part}'`);
      }
    }
  });

  it('every queue that one reads is deployed, and each has its reader', () => {
    const queues = functions.flatMap(({ queue }) => queue ?? []);
    expect(queues.sort()).toEqual(QUEUES.map(({ name }) => name).sort());
  });

  it('those that are always ready exist', () => {
    const app = predictedOne('main', ({ type }) => type === 'Microsoft.Web/sites');
    const { alwaysReady } = (
      app.properties.functionAppConfig as { scaleAndConcurrency: { alwaysReady: { name: string }[] } }
    ).scaleAndConcurrency;
    const groups = alwaysReady.map(({ name }) => name);
    expect(groups).toEqual(['http', 'function:plan-notices', 'function:deliver-notices']);
    const names = functions.map(({ name }) => name);
    for (const group of groups.slice(1)) expect(names).toContain(group.replace('function:', ''));
  });

  it('the one that Event Grid calls takes a function key', () => {
    expect(functions.find(({ name }) => name === 'delivery-reports')).toMatchObject({
      route: 'delivery-reports',
      authLevel: 'function',
    });
  });
});

describe('local.settings.sample.json', () => {
  const { Values } = JSON.parse(repositoryFile('local.settings.sample.json')) as { Values: Record<string, string> };

  it('names connections and settings that Azure has, too; the runtime is said in functionAppConfig there', () => {
    for (const name of Object.keys(Values)) {
      if (name === 'FUNCTIONS_WORKER_RUNTIME') continue;
      const isSetting = name.startsWith('POSTERN_');
      expect(isSetting ? repositoryFile('infra/bicep/main.json') : appSettings).toContain(
        isSetting ? name : `'${name}__`,
      );
    }
  });
});

describe('sign-in', () => {
  /** Routes whose handlers ask for an app role: src/live/authorize.ts. */
  const BEHIND_SIGN_IN = ['desk', 'people', 'uninstall'];

  it('stands before the routes that ask for an app role, and before no other', () => {
    const routes = functions.flatMap(({ name, route }) => (route === undefined ? [] : [{ name, route }]));
    const open = routes.filter(({ name }) => !BEHIND_SIGN_IN.includes(name)).map(({ route }) => `/api/${route}`);
    expect([...openPaths].sort()).toEqual(open.sort());
    const closed = routes.filter(({ name }) => BEHIND_SIGN_IN.includes(name));
    expect(closed.map(({ name }) => name)).toContain('people');
    for (const { route } of closed) {
      for (const path of openPaths) expect(`/api/${route}/`.startsWith(`${path}/`)).toBe(false);
    }
  });

  it('no open path is a pattern that could let more through', () => {
    for (const path of openPaths) expect(path).toMatch(/^\/api\/[a-z-]+$/);
  });
});
