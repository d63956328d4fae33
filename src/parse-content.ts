/** Content as text → content as data. Needs the YAML parser, which the deployed app does without. */
import type { Content } from './content.ts';
import { type Problem, RuleError } from './errors.ts';
import type { ParsedContent } from './parsed-content.ts';
import { parseRules } from './rules/parse.ts';
import { parseProviders } from './sources/providers-text.ts';

/** Throws `RuleError` when `providers.yml` cannot be read; bad rules are left out and reported. */
export function parseContent({ rules, indicators, providers }: Content): ParsedContent {
  const reading = parseProviders(providers.text);
  if (!reading.ok) throw new RuleError(reading.problems.map((message): Problem => ({ file: providers.path, message })));
  return { ...parseRules(rules), indicators, providers: reading.providers };
}
