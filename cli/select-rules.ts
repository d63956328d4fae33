/** `--only` and `--exclude`: which rules are evaluated. */
import { ConfigError } from '../src/errors.ts';
import type { Rule, RuleMode } from '../src/rules/schema.ts';
import { suggestion } from '../src/rules/spelling.ts';

/** Names or globs as given on the command line. */
export interface Selection {
  readonly only?: readonly string[];
  readonly exclude?: readonly string[];
}

/**
 * Modes of the rules that differ from `on`. `--only` keeps what the chosen rules build on, else a chain without its
 * signals would see nothing. Throws `ConfigError` for patterns that match no rule: a typo must not turn the watch off.
 */
export function selectModes(rules: readonly Rule[], { only, exclude }: Selection): Record<string, RuleMode> {
  const names = rules.map(({ name }) => name);
  const problems = [...(only ?? []), ...(exclude ?? [])].filter((pattern) => !names.some(matcher(pattern)));
  if (problems.length > 0) {
    throw new ConfigError(problems.map((pattern) => `no rule is named "${pattern}"${suggestion(pattern, names)}`));
  }
  const chosen = only ? withFoundations(rules, names.filter(anyOf(only))) : new Set(names);
  const left = exclude ? anyOf(exclude) : () => false;
  return Object.fromEntries(names.flatMap((name) => (chosen.has(name) && !left(name) ? [] : [[name, 'off' as const]])));
}

function withFoundations(rules: readonly Rule[], chosen: readonly string[]): Set<string> {
  const byName = new Map(rules.map((rule) => [rule.name, rule]));
  const result = new Set<string>();
  const open = [...chosen];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (result.has(name)) continue;
    result.add(name);
    const rule = byName.get(name);
    if (rule?.kind === 'correlation') open.push(...rule.rules, ...(rule.postern.absence?.rules ?? []));
  }
  // Filters narrow rules down; leaving them out would find what they are there to leave out.
  for (const rule of rules) if (rule.kind === 'filter') result.add(rule.name);
  return result;
}

function anyOf(patterns: readonly string[]): (name: string) => boolean {
  const matchers = patterns.map(matcher);
  return (name) => matchers.some((matches) => matches(name));
}

/** `*` is any text, `?` any character; upper and lower case are the same. */
function matcher(pattern: string): (name: string) => boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const expression = new RegExp(`^${source}$`, 'i');
  return (name) => expression.test(name);
}
