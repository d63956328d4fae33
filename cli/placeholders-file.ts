/** Reads values for `%placeholders%` of rules: a YAML map from name to value or list of values. */
import { z } from 'zod';
import { parseYaml, readYamlText, type YamlFile } from './yaml-file.ts';

const Value = z.union([z.string(), z.number(), z.boolean()]);
const PlaceholdersFile = z.record(z.string(), z.union([Value, z.array(Value)]));
type PlaceholdersFile = z.infer<typeof PlaceholdersFile>;

const FILE: YamlFile<PlaceholdersFile> = {
  schema: PlaceholdersFile,
  words({ path: [name] }) {
    if (name === undefined) return 'should be lines of "name: [value, value]"';
    return `${String(name)} should be a text, a number, true or false, or a list of these`;
  },
};

/** Values by placeholder name (without percent signs). Throws `ConfigError` with every problem at once. */
export async function readPlaceholders(path: string): Promise<Record<string, readonly (string | number | boolean)[]>> {
  return parsePlaceholders(await readYamlText(path, 'Name a placeholder file that exists.'), path);
}

/** The same from text. */
export function parsePlaceholders(text: string, path: string): Record<string, readonly (string | number | boolean)[]> {
  return Object.fromEntries(Object.entries(parseYaml(text, path, FILE)).map(([name, value]) => [name, [value].flat()]));
}
