/** `postern test-rules`: runs every rule's cases, all rules on each case. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { Command } from 'commander';
import { DEFAULT_RULES_DIR, loadContent } from '../src/content.ts';
import { ConfigError, formatProblem } from '../src/errors.ts';
import { neededKinds } from '../src/rules/case-kinds.ts';
import type { RawCaseRecord, Samples } from '../src/rules/case-records.ts';
import { type CaseRunner, checkCase, isFiringCase, type RuleCase, RuleCases } from '../src/rules/cases.ts';
import type { RuleProblem, RuleSet } from '../src/rules/schema.ts';
import { createWatch } from '../src/watch.ts';
import { EXIT } from './exit.ts';

/** A rule's folder: `rule.yml` with `cases.json` beside it. */
export interface CaseFolder {
  /** Name of the folder, which is the rule's name. */
  readonly rule: string;
  readonly path: string;
  readonly cases: readonly RuleCase[];
  /** What is wrong with `cases.json`, in words. */
  readonly problems: readonly string[];
}

/** Everything that rule cases run on. */
export interface CaseBench {
  readonly runner: CaseRunner;
  readonly folders: readonly CaseFolder[];
  /** Problems of the rules themselves. */
  readonly ruleProblems: readonly RuleProblem[];
}

/** The command, for the program's list. */
export function testRulesCommand(): Command {
  return new Command('test-rules')
    .description('run the cases of rules: every rule on every case')
    .argument('[folders...]', 'folders with rules and cases; without any, those that come with Postern')
    .addHelpText('after', '\nExit codes: 0 all cases pass, 1 a case or rule fails, 2 the command line is wrong.')
    .action(async (folders: string[]) => {
      process.exitCode = await testRules(folders);
    });
}

/**
 * Runs the cases in `dirs` (default: Postern's own) and prints one line per rule. Returns the exit code.
 * Throws `ConfigError` when a folder cannot be read or holds no cases.
 */
export async function testRules(
  dirs: readonly string[] = [],
  print: (line: string) => void = (line) => void process.stdout.write(`${line}\n`),
): Promise<number> {
  const { runner, folders, ruleProblems } = await loadCaseBench(dirs);
  const errors = ruleProblems.filter(({ severity }) => severity === 'error');
  for (const problem of errors) print(formatProblem(problem));
  let cases = 0;
  let failed = 0;
  for (const folder of folders) {
    const failures = [...folder.problems, ...whatIsMissing(folder, runner.ruleSet)];
    for (const testCase of folder.cases) {
      cases++;
      const wrong = checkCase(folder.rule, testCase, runner);
      failures.push(...wrong.map((problem) => `${testCase.name}: ${problem}`));
      if (wrong.length > 0) failed++;
    }
    print(`${failures.length === 0 ? 'ok  ' : 'FAIL'} ${folder.rule} (${folder.cases.length})`);
    for (const failure of failures) print(`       ${failure}`);
    if (folder.problems.length + whatIsMissing(folder, runner.ruleSet).length > 0) failed++;
  }
  print(`${folders.length} rules, ${cases} cases: ${failed === 0 ? 'all pass' : `${failed} failures`}`);
  return errors.length + failed > 0 ? EXIT.findings : EXIT.ok;
}

/** Loads rules, samples and cases. Rules of `dirs` run together with Postern's own, so that they can refer to them. */
export async function loadCaseBench(dirs: readonly string[] = []): Promise<CaseBench> {
  const own = dirs.filter((dir) => relative(DEFAULT_RULES_DIR, resolve(dir)).startsWith('..'));
  const content = await loadContent([DEFAULT_RULES_DIR, ...own]);
  const { sources, ruleSet, grading, problems } = createWatch({ content, hashKey: Buffer.alloc(32, 1) });
  const roots = dirs.length > 0 ? dirs : [DEFAULT_RULES_DIR];
  const files = (await Promise.all(roots.map(filesBelow))).flat().filter((path) => basename(path) === 'cases.json');
  if (files.length === 0)
    throw new ConfigError(['No cases.json was found. Name a folder that holds rules with cases.']);
  const samples = new Map<string, RawCaseRecord>();
  for (const dir of [DEFAULT_RULES_DIR, ...own]) await readSamples(join(dir, 'samples'), samples);
  const folders = await Promise.all([...new Set(files.map((path) => resolve(path)))].sort().map(readCases));
  return { runner: { sources, ruleSet, grading, samples: samples as Samples }, folders, ruleProblems: problems };
}

/** What every rule's cases must have, and these do not. */
export function whatIsMissing({ rule, cases, problems }: CaseFolder, ruleSet: Pick<RuleSet, 'rule'>): string[] {
  if (problems.length > 0) return [];
  const own = ruleSet.rule(rule);
  if (!own) return [`there is no rule "${rule}"; a folder is named as its rule`];
  const has = new Set(cases.map(({ quiet }) => quiet));
  return [
    ...(cases.some((testCase) => isFiringCase(rule, testCase)) ? [] : ['no case has the rule fire']),
    ...neededKinds(own).flatMap((kind) => (has.has(kind) ? [] : [`no case with "quiet": "${kind}"`])),
  ];
}

async function readCases(path: string): Promise<CaseFolder> {
  const rule = basename(dirname(path));
  try {
    const read = RuleCases.safeParse(JSON.parse(await readFile(path, 'utf8')));
    if (read.success) return { rule, path, cases: read.data, problems: [] };
    const problems = read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    return { rule, path, cases: [], problems };
  } catch (error) {
    return { rule, path, cases: [], problems: [`cases.json is no JSON: ${(error as Error).message}`] };
  }
}

async function readSamples(dir: string, into: Map<string, RawCaseRecord>): Promise<void> {
  const names = await readdir(dir).catch((): string[] => []);
  for (const name of names.filter((file) => extname(file) === '.json').sort()) {
    into.set(basename(name, '.json'), JSON.parse(await readFile(join(dir, name), 'utf8')) as RawCaseRecord);
  }
}

async function filesBelow(dir: string): Promise<string[]> {
  try {
    const names = await readdir(dir, { recursive: true });
    return names.map((name) => join(dir, name));
  } catch {
    throw new ConfigError([`${dir}: cannot read cases from here. Name a folder that exists.`]);
  }
}
