/**
 * Writes the secrets that the app reads from Key Vault. `azd up` runs `create` by itself. Values come from a random
 * source or from standard input, never from the command line, and are never printed.
 */
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { AzureCliCredential, AzureDeveloperCliCredential, ChainedTokenCredential } from '@azure/identity';
import { SETTINGS, type SettingName } from '../src/config.ts';
import { ConfigError } from '../src/errors.ts';
import { CLOUDS } from './admin-options.ts';
import { secretNameOf, secretSettings } from './settings-types.ts';
import { createVault, type Vault } from './vault.ts';

/** Keys that are made here: random, 32 bytes, base64. The others come from a provider. */
export const GENERATED: readonly SettingName[] = ['POSTERN_HASH_KEY', 'POSTERN_CARD_KEY'];

const CONSEQUENCES: Partial<Record<SettingName, string>> = {
  POSTERN_HASH_KEY: 'Stored hashes no longer compare: baselines are taken anew.',
  POSTERN_CARD_KEY: 'All safety cards are void: print and hand out new ones.',
};

const HELP = `Writes the secrets of Postern into its key vault.

  node infra/secrets.ts create                make the keys that are missing (${GENERATED.join(', ')})
  node infra/secrets.ts set NAME              take the value from standard input, or ask for it
  node infra/secrets.ts rotate NAME --yes     replace one of the generated keys
  node infra/secrets.ts list                  which are set, never their values

  --vault NAME     output VAULT_NAME of the deployment (or that variable)
  --cloud NAME     ${CLOUDS.join(', ')} (global)

Names: ${secretSettings().join(', ')}`;

/** Makes the generated keys that are missing; one line each. */
export async function createMissing(vault: Vault): Promise<string[]> {
  const there = await vault.names();
  const lines: string[] = [];
  for (const setting of GENERATED) {
    const isThere = there.has(secretNameOf(setting));
    if (!isThere) await vault.put(secretNameOf(setting), randomKey());
    lines.push(`${setting}: ${isThere ? 'is there, left alone' : 'made'}`);
  }
  return lines;
}

/** Which secrets are set; one line each. */
export async function listSecrets(vault: Vault): Promise<string[]> {
  const there = await vault.names();
  return secretSettings().map((setting) => `${setting}: ${there.has(secretNameOf(setting)) ? 'set' : 'not set'}`);
}

/** Sets one secret. @returns what is wrong with the value, in words that do not repeat it */
export async function setSecret(vault: Vault, setting: SettingName, value: string): Promise<string | undefined> {
  const parsed = SETTINGS[setting].schema.safeParse(value.trim());
  if (!parsed.success || value.trim() === '')
    return `${setting}: ${parsed.error?.issues[0]?.message ?? 'is empty'}. ${SETTINGS[setting].what}`;
  await vault.put(secretNameOf(setting), value.trim());
  return undefined;
}

function randomKey(): string {
  return randomBytes(32).toString('base64');
}

/** All of standard input; asked for without an echo when somebody types it. */
async function readValue(setting: string): Promise<string> {
  if (process.stdin.isTTY) {
    process.stderr.write(`${setting} (not shown): `);
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
    const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
    const value = await new Promise<string>((resolve) => lines.once('line', resolve));
    lines.close();
    process.stderr.write('\n');
    return value;
  }
  let text = '';
  for await (const chunk of process.stdin) text += String(chunk);
  return text;
}

async function run(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      vault: { type: 'string' },
      cloud: { type: 'string', default: 'global' },
      yes: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const [verb, name] = positionals;
  const cloud = CLOUDS.find((one) => one === values.cloud);
  const vaultName = values.vault ?? env.VAULT_NAME;
  const setting = secretSettings().find((one) => one === name);
  const needsName = verb === 'set' || verb === 'rotate';
  if (values.help || !cloud || !vaultName || !/^[a-z0-9-]{3,24}$/i.test(vaultName) || (needsName && !setting)) {
    console.error(HELP);
    return 2;
  }
  const credential = new ChainedTokenCredential(new AzureCliCredential(), new AzureDeveloperCliCredential());
  const vault = createVault(vaultName, cloud, credential);
  if (verb === 'create') console.log((await createMissing(vault)).join('\n'));
  else if (verb === 'list') console.log((await listSecrets(vault)).join('\n'));
  else if (verb === 'set' && setting) {
    const problem = await setSecret(vault, setting, await readValue(setting));
    if (problem !== undefined) throw new ConfigError([problem]);
    console.log(`${setting}: set. Add it to secretSettings, deploy, and restart the app.`);
  } else if (verb === 'rotate' && setting && GENERATED.includes(setting)) {
    if (!values.yes) throw new ConfigError([`${CONSEQUENCES[setting]} Repeat with --yes if that is what you want.`]);
    await vault.put(secretNameOf(setting), randomKey());
    console.log(`${setting}: replaced. ${CONSEQUENCES[setting]} Restart the app.`);
  } else {
    console.error(HELP);
    return 2;
  }
  return 0;
}

if (import.meta.main) {
  process.exitCode = await run(process.argv.slice(2), process.env).catch((error: unknown) => {
    console.error(error instanceof ConfigError || error instanceof TypeError ? error.message : error);
    return 2;
  });
}
