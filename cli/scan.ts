/** `postern scan`: finds account-recovery attacks in exported logs (docs/scan.md). */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Command, InvalidArgumentError, Option } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { loadContent } from '../src/content.ts';
import { ConfigError } from '../src/errors.ts';
import { OUTCOMES, type Outcome } from '../src/model/finding.ts';
import { toHtml } from '../src/report/html.ts';
import { jsonText, toJson } from '../src/report/json.ts';
import { ocsfLines } from '../src/report/ocsf.ts';
import { redact, redactFacts } from '../src/report/redact.ts';
import type { ScanReport } from '../src/report/scan-report.ts';
import { explain, type RuleFactsOf, type TableOptions, toTable } from '../src/report/table.ts';
import { parseRules } from '../src/rules/parse.ts';
import { type ScanOptions, scan } from '../src/scan.ts';
import { STANDARD_INPUT } from '../src/sources/formats/open-input.ts';
import { EXIT } from './exit.ts';
import { checkWritable, writePage } from './html-file.ts';
import { expandInputs, openInputs } from './inputs.ts';
import { readPeople } from './people-file.ts';
import { readPlaceholders } from './placeholders-file.ts';
import { createProgress } from './progress.ts';
import { selectModes } from './select-rules.ts';
import { parseSince, parseUntil, windowProblem } from './time-window.ts';

/** Time for the scan to stop by itself. */
const STOP_AFTER_MS = 300;
/** Stories told per outcome on a terminal; JSON and HTML have all of them. */
const STORIES_ON_TERMINAL = 10;

/** Options of the command as commander hands them over. */
interface Flags {
  readonly people?: string;
  readonly rules?: readonly string[];
  readonly only?: readonly string[];
  readonly exclude?: readonly string[];
  readonly placeholders?: string;
  readonly since?: Date;
  readonly until?: Date;
  readonly format: 'table' | 'json' | 'ocsf';
  readonly html?: string;
  readonly failOn?: Outcome;
  readonly explain?: string;
  readonly redact?: boolean;
  readonly threads: number;
  readonly progress: boolean;
}

/** The command, for the program's list. */
export function scanCommand(): Command {
  return new Command('scan')
    .description('find account-recovery attacks in exported logs of Entra ID and Microsoft 365')
    .argument('<inputs...>', 'files, folders, globs, or - for standard input; also .gz and .zip')
    .option('--people <file>', 'people.yml: who belongs to which accounts; without it every account is its own person')
    .option('--rules <dir...>', 'rules to use instead of those that come with Postern')
    .option('--only <rules...>', 'evaluate only these rules (names or globs) and what they build on')
    .option('--exclude <rules...>', 'leave these rules out (names or globs)')
    .option('--placeholders <file>', 'YAML with values for %placeholders% of rules')
    .option(
      '--since <time>',
      'evidence from this day or time on (UTC); earlier records still teach familiar places',
      parseSince,
    )
    .option('--until <time>', 'evidence up to this day (inclusive) or time (UTC)', parseUntil)
    .addOption(new Option('--format <format>', 'what to print').choices(['table', 'json', 'ocsf']).default('table'))
    .option('--html <file>', 'also write the report as one self-contained page')
    .addOption(new Option('--fail-on <outcome>', 'exit with 1 when somebody got this far').choices(OUTCOMES))
    .option('--explain <finding>', 'tell everything about one finding: its id or the start of it')
    .option('--redact', 'replace people, addresses and ids by pseudonyms, everywhere')
    .option(
      '--threads <count>',
      'threads that read a large file of one record per line',
      parseThreads,
      defaultThreads(),
    )
    .option('--no-progress', 'no progress bar')
    .addHelpText('after', `\n${EXIT_HELP}`)
    .action(async (inputs: string[], flags: Flags) => {
      process.exitCode = await runScan(inputs, flags);
    });
}

const EXIT_HELP = `Exit codes:
  0    everything was read; nobody got as far as --fail-on (without it, findings do not fail)
  1    somebody got as far as --fail-on
  2    the command line, the people file or the rules are wrong; nothing was scanned
  3    a file could not be read or broke off, or there was no record: the result says less than it should
  130  stopped by Ctrl-C`;

/** Runs the scan and prints. Returns the exit code. Throws `ConfigError` and `RuleError` for wrong settings. */
async function runScan(inputs: readonly string[], flags: Flags): Promise<number> {
  if (flags.since && flags.until && flags.since > flags.until) {
    throw new ConfigError(['--since is later than --until: nothing could be found.']);
  }
  if (flags.html !== undefined) await checkWritable(flags.html);
  const content = await loadContent(flags.rules);
  const parsed = parseRules(content.rules);
  const modes = selectModes(parsed.rules, flags);
  const people = flags.people ? await readPeople(flags.people) : undefined;
  const placeholders = flags.placeholders ? await readPlaceholders(flags.placeholders) : undefined;
  const paths = await expandInputs(inputs);
  const full = await scanWithProgress(paths, flags.progress, {
    content,
    now: new Date(),
    threads: flags.threads,
    ...(Object.keys(modes).length > 0 && { modes }),
    ...(placeholders && { placeholders }),
    ...(people && { people }),
    ...(flags.since && { since: flags.since }),
    ...(flags.until && { until: flags.until }),
  });
  const report = flags.redact ? redact(full) : full;
  const facts: RuleFactsOf = (name) => {
    const rule = parsed.rules.find((candidate) => candidate.name === name);
    return rule && flags.redact ? redactFacts(rule) : rule;
  };
  // The page first: it takes nothing away from what is printed, and a misspelled --explain takes nothing from the page.
  const trouble = [await writeReport(report, flags), windowProblem(full, flags)].filter((why) => why !== undefined);
  await print(report, flags, facts);
  for (const why of trouble) process.stderr.write(`${why}\n`);
  const named = new Set(paths.map((path) => (path === '-' ? STANDARD_INPUT : path)));
  return exitCode(full, flags.failOn, { named, isIncomplete: trouble.length > 0 });
}

/** Scans with a bar on stderr; Ctrl-C stops it cleanly. */
async function scanWithProgress(paths: readonly string[], enabled: boolean, options: ScanOptions): Promise<ScanReport> {
  const sources = await openInputs(paths);
  const progress = createProgress({ stream: process.stderr, enabled });
  const stopper = new AbortController();
  const stop = () => stopper.abort();
  // A pipe that gives nothing is waited for without end, so stopping must not wait for the scan.
  const stopped = new Promise<never>((_, reject) => {
    stopper.signal.addEventListener('abort', () => setTimeout(() => reject(stopper.signal.reason), STOP_AFTER_MS));
  });
  // `once`: a second Ctrl-C ends the process at once.
  process.once('SIGINT', stop);
  const started = performance.now();
  try {
    const scanned = scan(sources, { ...options, onProgress: progress.update, signal: stopper.signal });
    const result = await Promise.race([scanned, stopped]);
    return { ...result, ms: performance.now() - started };
  } finally {
    process.removeListener('SIGINT', stop);
    progress.stop();
  }
}

async function print(report: ScanReport, flags: Flags, facts: RuleFactsOf): Promise<void> {
  const table = tableOptions();
  if (flags.explain !== undefined) {
    await write(explainOne(report, flags.explain, facts, table));
  } else if (flags.format === 'json') await write(`${jsonText(toJson(report), 2)}\n`);
  else if (flags.format === 'ocsf') {
    for (const line of ocsfLines(report, { now: new Date(), version: packageJson.version })) await write(`${line}\n`);
  } else await write(toTable(report, table));
}

/** Writes the page, where one is wanted. Resolves to why it could not be written. */
async function writeReport(report: ScanReport, { html, redact: redacted = false }: Flags): Promise<string | undefined> {
  if (html === undefined) return undefined;
  const page = toHtml(report, { now: new Date(), version: packageJson.version, redacted });
  const why = await writePage(html, page);
  if (why === undefined) process.stderr.write(`Report: ${resolve(html)}\n`);
  return why;
}

function explainOne(report: ScanReport, id: string, facts: RuleFactsOf, table: TableOptions): string {
  const found = report.findings.filter((finding) => finding.id.startsWith(id));
  const [finding] = found;
  if (!finding)
    throw new ConfigError([`--explain ${id}: no finding has this id. Ids stand in square brackets in the table.`]);
  if (found.length > 1)
    throw new ConfigError([`--explain ${id}: ${found.length} findings start like this. Give more of the id.`]);
  return explain(finding, facts, table);
}

/** How this terminal wants its table. */
export function tableOptions(): TableOptions {
  const { stdout } = process;
  return {
    width: Math.max(60, Math.min(stdout.columns ?? 100, 140)),
    color: stdout.isTTY === true && !process.env.NO_COLOR,
    limit: STORIES_ON_TERMINAL,
  };
}

/** `full`: not redacted. `named`: paths that the command line names, which should all have been exports. */
function exitCode(
  full: ScanReport,
  failOn: Outcome | undefined,
  { named, isIncomplete }: { readonly named: ReadonlySet<string>; readonly isIncomplete: boolean },
): number {
  if (failOn && full.findings.some(({ outcome }) => OUTCOMES.indexOf(outcome) >= OUTCOMES.indexOf(failOn))) {
    return EXIT.findings;
  }
  const lacks = full.files.some(({ name, problems }) =>
    problems.some(({ lost }) => lost === 'rest' || (lost === 'nothing' && named.has(name))),
  );
  return lacks || isIncomplete || full.records === 0 ? EXIT.incomplete : EXIT.ok;
}

/** Waits for the reader: `scan --format json | jq` must get everything. */
async function write(text: string): Promise<void> {
  await new Promise<void>((done) => {
    process.stdout.write(text, () => done());
  });
}

/** A third thread would wait for the disk. */
function defaultThreads(): number {
  return Math.min(2, availableParallelism());
}

function parseThreads(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 64)
    throw new InvalidArgumentError('Write a number from 1 to 64.');
  return count;
}
