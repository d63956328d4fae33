/** `postern config`: the effective settings, secrets masked, and what is wrong with them. */
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { z } from 'zod';
import { describeSettings, readSettings } from '../src/config.ts';
import { loadContent } from '../src/content.ts';
import { ConfigError } from '../src/errors.ts';
import { parseRules } from '../src/rules/parse.ts';
import { EXIT } from './exit.ts';

const LocalSettings = z.object({ Values: z.record(z.string(), z.string()) });

/** The command, for the program's list. */
export function configCommand(): Command {
  return new Command('config')
    .description('effective settings, secrets masked, and what is wrong with them')
    .option('--settings <file>', 'a local.settings.json, instead of the environment')
    .option('--all', 'those that are at their default, too')
    .addHelpText('after', '\nExit codes: 0 nothing is wrong, 1 something is, 2 the command line is wrong.')
    .action(async ({ settings: file, all }: { settings?: string; all?: boolean }) => {
      const environment = file === undefined ? process.env : await readLocalSettings(file);
      const { rules } = parseRules((await loadContent()).rules);
      const { text, isFine } = configText(
        environment,
        rules.map(({ name }) => name),
        all ?? false,
      );
      process.stdout.write(text);
      process.exitCode = isFine ? EXIT.ok : EXIT.findings;
    });
}

/** What the command prints. */
export function configText(
  environment: Readonly<Record<string, string | undefined>>,
  ruleNames: readonly string[],
  all: boolean,
): { readonly text: string; readonly isFine: boolean } {
  const { settings, problems } = readSettings(environment, ruleNames);
  const shown = describeSettings(settings).filter(
    ({ key }) => all || environment[key] !== undefined || key === 'POSTERN_MODE',
  );
  const lines = shown.flatMap(({ key, value, what }) => [`${key}=${value}`, `    ${what}`]);
  for (const [rule, mode] of Object.entries(settings.ruleModes)) lines.push(`rule ${rule}: ${mode}`);
  for (const [rule, { timespan, threshold }] of Object.entries(settings.ruleValues)) {
    const changes = [timespan && `timespan ${timespan}`, threshold !== undefined && `threshold ${threshold}`];
    lines.push(`rule ${rule}: ${changes.filter(Boolean).join(', ')}`);
  }
  if (problems.length > 0) lines.push('', ...problems.map(({ key, message }) => `PROBLEM ${key}: ${message}`));
  return { text: `${lines.join('\n')}\n`, isFine: problems.length === 0 };
}

async function readLocalSettings(file: string): Promise<Readonly<Record<string, string>>> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ConfigError([`${file}: cannot be read (${error.code}).`]);
  });
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new ConfigError([`${file}: is not JSON.`]);
  }
  const parsed = LocalSettings.safeParse(content);
  if (!parsed.success) throw new ConfigError([`${file}: should be {"Values": {"POSTERN_MODE": "…"}} with texts only.`]);
  return parsed.data.Values;
}
