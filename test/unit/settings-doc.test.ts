import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readSettings, SETTINGS } from '../../src/config.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const { settings: defaults } = readSettings({});

/** docs/settings.md, from the schema. `npx vitest run --project unit test/unit/settings-doc.test.ts -u` writes it. */
function settingsDoc(): string {
  const rows = Object.entries(SETTINGS).map(([name, { what, isSecret }]) => {
    const value = defaults[name as keyof typeof SETTINGS];
    const text = value === undefined || (Array.isArray(value) && value.length === 0) ? '' : `\`${shown(value)}\``;
    return `| \`${name}\`${isSecret ? ' (secret)' : ''} | ${text} | ${what} |`;
  });
  return `# Settings

App settings of the functions app; in \`local.settings.json\` under \`Values\`. A wrong value is told by health, by name and
never by value, and the default stands in. An unknown \`POSTERN_\` name is told, too: a typo must not pass silently.
\`postern config\` shows the effective values.

| setting | default | what it is |
|---|---|---|
${rows.join('\n')}

## Rules

\`<NAME>\` is the rule's name in capitals with \`_\` for everything else: \`sspr-probed\` is \`SSPR_PROBED\`.

| setting | values | what it does |
|---|---|---|
| \`POSTERN_RULE_<NAME>\` | \`on\`, \`staged\`, \`off\` | staged: evaluated and recorded, nobody is told |
| \`POSTERN_RULE_<NAME>__TIMESPAN\` | as \`90m\`, \`12h\`, \`7d\` | timespan of a correlation instead of its own |
| \`POSTERN_RULE_<NAME>__THRESHOLD\` | a number | the number that its condition compares with |

In Azure, set these through the template (\`ruleSettings\`, docs/deploy.md): a deployment replaces all app settings, so
what was changed in the portal would be gone.

## Not ours

| setting | what it is |
|---|---|
| \`ServiceBus\` or \`ServiceBus__fullyQualifiedNamespace\` | connection of the queues; the latter with the managed identity |
| \`AzureWebJobsStorage\` | storage of the Functions host |
| \`AZURE_CLIENT_ID\` | client id of the user-assigned managed identity |
| \`WEBSITE_HOSTNAME\`, \`WEBSITE_AUTH_ENABLED\`, \`IDENTITY_ENDPOINT\` | set by App Service: public name, sign-in by the platform, managed identity |
`;
}

function shown(value: unknown): string {
  return typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value);
}

describe('docs/settings.md', () => {
  it('says what the schema says', async () => {
    await expect(settingsDoc()).toMatchFileSnapshot('../../docs/settings.md');
  });

  it('the sample names only settings that there are, with values that are right', () => {
    const { Values } = JSON.parse(read('local.settings.sample.json')) as { Values: Record<string, string> };
    const ours = Object.fromEntries(Object.entries(Values).filter(([name]) => name.startsWith('POSTERN_')));
    expect(readSettings(ours).problems).toEqual([]);
    expect(Object.keys(Values)).toContain('FUNCTIONS_WORKER_RUNTIME');
  });
});
