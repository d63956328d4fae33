/** `postern lint`: says what is wrong with rules, where, and which of them can never match. */
import { Command } from 'commander';
import { DEFAULT_RULES_DIR, loadContent } from '../src/content.ts';
import { formatProblem } from '../src/errors.ts';
import { counted } from '../src/report/wording.ts';
import { parseRules } from '../src/rules/parse.ts';
import type { DetectionRule, Rule, RuleProblem } from '../src/rules/schema.ts';
import { createWatch } from '../src/watch.ts';
import { EXIT } from './exit.ts';
import { readPlaceholders } from './placeholders-file.ts';

/** What linting ends in. */
export interface LintResult {
  readonly rules: readonly Rule[];
  readonly problems: readonly RuleProblem[];
  /** Detection rules whose log source Postern does not read. */
  readonly blind: readonly DetectionRule[];
}

/** The command, for the program's list. */
export function lintCommand(): Command {
  return new Command('lint')
    .description('check Sigma rules: what is wrong, and which can never match')
    .argument('[rules...]', 'rule files or folders; without any, the rules that come with Postern')
    .option('--placeholders <file>', 'YAML with values for %placeholders% of rules')
    .addHelpText('after', '\nExit codes: 0 no errors, 1 some rule is rejected, 2 the command line is wrong.')
    .action(async (dirs: string[], { placeholders }: { placeholders?: string }) => {
      const values = placeholders ? await readPlaceholders(placeholders) : undefined;
      const result = await lint(dirs.length > 0 ? dirs : [DEFAULT_RULES_DIR], values);
      process.stdout.write(lintText(result));
      process.exitCode = result.problems.some(({ severity }) => severity === 'error') ? EXIT.findings : EXIT.ok;
    });
}

/** Loads and compiles the rules of files and folders. Throws `ConfigError` when a path cannot be read. */
export async function lint(
  dirs: readonly string[],
  placeholders?: Readonly<Record<string, readonly (string | number | boolean)[]>>,
): Promise<LintResult> {
  const content = await loadContent(dirs);
  const { ruleSet, problems } = createWatch({ content, ...(placeholders && { placeholders }) });
  return {
    rules: parseRules(content.rules).rules,
    problems: [...problems].sort(byPlace),
    blind: ruleSet.detections.filter(({ name }) => ruleSet.blind.includes(name)),
  };
}

/** What the command prints. */
export function lintText({ rules, problems, blind }: LintResult): string {
  const blindNames = new Set(blind.map(({ name }) => name));
  // Rules that can never match are listed by log source below; a warning for each would say it twice.
  const told = problems.filter(({ severity, rule, message }) => {
    return severity === 'error' || !(blindNames.has(rule ?? '') && message.startsWith('can never match'));
  });
  const lines = told.map((problem) => `${formatProblem(problem)}${problem.severity === 'warning' ? ' (warning)' : ''}`);
  if (blind.length > 0) lines.push('', 'Can never match, because Postern reads no log of this kind:');
  for (const [source, some] of Map.groupBy(blind, logSourceText)) {
    lines.push(`  ${source}`, ...some.map(({ file, title }) => `    ${file}: ${title}`));
  }
  const kinds = ['detection', 'correlation', 'filter'] as const;
  const errors = told.filter(({ severity }) => severity === 'error');
  const rejected = new Set(errors.map(({ rule, file, line }) => rule ?? `${file}:${line ?? 0}`));
  const loaded = rules.filter(({ name }) => !rejected.has(name));
  const counts = kinds.map((kind) => `${loaded.filter((rule) => rule.kind === kind).length} ${kind}`).join(', ');
  if (lines.length > 0) lines.push('');
  if (errors.some(({ message }) => message.includes('the placeholder %'))) {
    lines.push('Values for placeholders: --placeholders FILE, a YAML file of lines "name: [value, value]".', '');
  }
  lines.push(
    `Loaded ${counted(loaded.length, 'rule')} (${counts}): ${rejected.size} rejected, ${blind.length} that can never match, ${counted(told.length - errors.length, 'warning')}`,
  );
  return `${lines.join('\n')}\n`;
}

function logSourceText({ logsource }: DetectionRule): string {
  return ['product', 'service', 'category']
    .flatMap((key) => {
      const value = logsource[key as keyof typeof logsource];
      return value ? [`${key} ${value}`] : [];
    })
    .join(', ');
}

function byPlace(a: RuleProblem, b: RuleProblem): number {
  return a.file === b.file ? (a.line ?? 0) - (b.line ?? 0) : a.file < b.file ? -1 : 1;
}
