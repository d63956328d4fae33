/**
 * The app settings as Bicep types: `infra/bicep/modules/settings.bicep` is this function's text, so that names, allowed
 * values and descriptions have one home, src/config.ts. `npm run check:infra -- --write` writes the file anew.
 */
import { z } from 'zod';
import { SETTINGS, type SettingName } from '../src/config.ts';

/** Settings with a parameter of their own in main.bicep: what an installation is asked first. By parameter. */
export const NAMED_SETTINGS = {
  mode: 'POSTERN_MODE',
  organization: 'POSTERN_ORGANIZATION',
  deskEmail: 'POSTERN_DESK_EMAIL',
  deskPhone: 'POSTERN_DESK_PHONE',
} as const satisfies Record<string, SettingName>;

/** Settings that the template fills in itself, from what it deploys. */
export const DEPLOYED_SETTINGS: readonly SettingName[] = [
  'POSTERN_TENANT_ID',
  'POSTERN_TABLES_ENDPOINT',
  'POSTERN_ACS_ENDPOINT',
  'POSTERN_ACS_EMAIL_SENDER',
];

/** Settings that make sense on a laptop only: stand-ins, files, a replayed clock. The template never sets them. */
export const LOCAL_SETTINGS: readonly SettingName[] = [
  'POSTERN_GRAPH_URL',
  'POSTERN_TOKEN_URL',
  'POSTERN_TABLES_CONNECTION',
  'POSTERN_ACS_CONNECTION',
  'POSTERN_TWILIO_URL',
  'POSTERN_OUTBOX_DIR',
  'POSTERN_CLOCK_FILE',
  'POSTERN_LOCAL_KEY',
];

/** Settings that are secrets in Azure: their values live in Key Vault. */
export function secretSettings(): SettingName[] {
  return names().filter((name) => SETTINGS[name].isSecret && !LOCAL_SETTINGS.includes(name));
}

/** Settings that go into the parameter `settings`. */
export function chosenSettings(): SettingName[] {
  const elsewhere: readonly string[] = [...Object.values(NAMED_SETTINGS), ...DEPLOYED_SETTINGS, ...LOCAL_SETTINGS];
  return names().filter((name) => !SETTINGS[name].isSecret && !elsewhere.includes(name));
}

/** Name of the secret in Key Vault that holds a setting: lower case with hyphens, as the vault allows no underscore. */
export function secretNameOf(setting: SettingName): string {
  return setting.toLowerCase().replaceAll('_', '-');
}

/** The text of modules/settings.bicep. */
export function settingsBicep(): string {
  const members = chosenSettings().flatMap((name) => [
    `  @description(${quoted(SETTINGS[name].what)})`,
    `  ${name}: ${bicepType(name)}`,
  ]);
  return `// The app settings that an organization chooses, as types. Written by \`npm run check:infra -- --write\` from
// src/config.ts; a test keeps them equal. Settings that the template itself knows (endpoints, tenant) are not here.

@export()
@sealed()
@description('Settings of Postern, by the name that they have everywhere else. Leave out what should keep its default.')
type posternSettings = {
${members.join('\n')}
}

@export()
@description('Settings whose values are secrets: they live in Key Vault, and the app reads them by reference.')
type secretName =
${secretSettings()
  .map((name) => `  | '${name}'`)
  .join('\n')}
`;
}

function names(): SettingName[] {
  return Object.keys(SETTINGS) as SettingName[];
}

/** Settings are text; those with a closed set of values get these as literals. All may be left out. */
function bicepType(name: SettingName): string {
  const { enum: values } = z.toJSONSchema(SETTINGS[name].schema, { io: 'input', unrepresentable: 'any' });
  return values ? `(${values.map((value) => quoted(String(value))).join(' | ')})?` : 'string?';
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('${', '\\${')}'`;
}
