/** Reads values for `%placeholders%` of rules: a YAML map from name to value or list of values. */
import { readFile } from 'node:fs/promises';
import { parse, YAMLParseError } from 'yaml';
import { z } from 'zod';
import { ConfigError } from '../src/errors.ts';

const Value = z.union([z.string(), z.number(), z.boolean()]);
const PlaceholdersFile = z.record(z.string(), z.union([Value, z.array(Value)]));

/** Values by placeholder name (without percent signs). Throws `ConfigError` with what is wrong. */
export async function readPlaceholders(path: string): Promise<Record<string, readonly (string | number | boolean)[]>> {
  let content: unknown;
  try {
    content = parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof YAMLParseError) {
      throw new ConfigError([
        `${path}:${error.linePos?.[0].line ?? 1}: is not YAML. Write "name: [value, value]" lines.`,
      ]);
    }
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError([
      `${path}: cannot be read (${code ?? 'too many aliases'}). Name a placeholder file that exists.`,
    ]);
  }
  const result = PlaceholdersFile.safeParse(content);
  if (!result.success) {
    const names = [...new Set(result.error.issues.map((issue) => String(issue.path[0] ?? 'file')))];
    throw new ConfigError(names.map((name) => `${path}: ${name}: should be a text, a number or a list of these.`));
  }
  return Object.fromEntries(Object.entries(result.data).map(([name, value]) => [name, [value].flat()]));
}
