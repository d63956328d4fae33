/** The report for a terminal. Pure: width and colors are arguments. */
import { formatProblem } from '../errors.ts';
import type { Campaign, Finding, Outcome } from '../model/finding.ts';
import type { FileReport, RuleReport, ScanReport } from './scan-report.ts';
import { clauseOf, fromWhere, gist, originsText, type StoryLine, tellStory, timesOf } from './story.ts';
import {
  ADVICE,
  count,
  counted,
  day,
  duration,
  HEADLINES,
  period,
  problemText,
  SOURCE_TITLES,
  shownProblems,
  visible,
} from './wording.ts';

/** How a terminal shows the report. */
export interface TableOptions {
  /** Columns. */
  readonly width: number;
  /** ANSI colors. */
  readonly color: boolean;
  /** Findings told as stories, per outcome; the rest are counted. Those merely identified are one line each. */
  readonly limit: number;
}

/** What `explain` tells of a rule. */
export interface RuleFacts {
  readonly title: string;
  readonly description?: string;
  readonly falsepositives: readonly string[];
}

/** Finds what `explain` tells of a chain. */
export type RuleFactsOf = (name: string) => RuleFacts | undefined;

type Paint = (style: Style, text: string) => string;
const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34 } as const;
type Style = keyof typeof STYLES;
const OUTCOME_STYLES: Readonly<Record<Outcome, Style>> = { identified: 'blue', attacked: 'yellow', compromised: 'red' };

/** The whole report as lines of text. */
export function toTable(report: ScanReport, options: TableOptions): string {
  const paint: Paint = options.color ? (style, text) => `\u001b[${STYLES[style]}m${text}\u001b[0m` : (_, text) => text;
  const blocks = [
    readBlock(report, paint),
    blindBlock(report.rules, options, paint),
    faultBlock(report, paint),
    ...(['compromised', 'attacked'] as const).map((outcome) => storiesBlock(report, outcome, options, paint)),
    identifiedBlock(report, options, paint),
    campaignBlock(report.campaigns, options, paint),
    totalsBlock(report, paint),
  ];
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')}\n`;
}

/** One finding in full: every piece of evidence with its rule and record, and what to do next. */
export function explain(finding: Finding, rules: RuleFactsOf, options: TableOptions): string {
  const paint: Paint = options.color ? (style, text) => `\u001b[${STYLES[style]}m${text}\u001b[0m` : (_, text) => text;
  const lines = [...storyOf(finding, options, paint), ''];
  lines.push(paint('bold', 'Evidence'));
  for (const signal of finding.evidence) {
    lines.push(`  ${signal.at.toISOString()}  ${visible(signal.title)}`);
    lines.push(
      paint('dim', `    rule ${signal.rule}, ${SOURCE_TITLES[signal.source]} record ${visible(signal.recordId)}`),
    );
  }
  lines.push('', paint('bold', 'Why'));
  for (const chain of finding.chains) lines.push(...whyLines(chain, rules, options));
  if (finding.techniques.length > 0) lines.push(`  MITRE ATT&CK: ${finding.techniques.join(', ')}`);
  if (finding.campaign) lines.push(`  Part of campaign ${finding.campaign}`);
  lines.push('', paint('bold', 'What to do next'), ...wrap(ADVICE[finding.outcome], options.width, '  '));
  return `${lines.join('\n')}\n`;
}

function whyLines(chain: string, rules: RuleFactsOf, { width }: TableOptions): string[] {
  const rule = rules(chain);
  if (!rule) return [`  rule ${chain}`];
  const lines = wrap(`${rule.title} (rule ${chain})`, width, '  ', '    ');
  if (rule.description) lines.push(...wrap(rule.description.trim(), width, '    '));
  if (rule.falsepositives.length > 0) {
    lines.push(...wrap(`Could also be: ${rule.falsepositives.join('; ')}`, width, '    '));
  }
  return lines;
}

function readBlock(report: ScanReport, paint: Paint): string[] {
  const span = report.from && report.to ? `, ${period(report.from, report.to)} UTC` : '';
  const rate = report.ms > 0 ? ` (${count((report.records * 1000) / report.ms)} a second)` : '';
  return [
    paint('bold', `Read ${counted(report.records, 'record')} of ${counted(report.files.length, 'file')}${span}`),
    paint('dim', `in ${duration(report.ms)}${rate}`),
    ...report.files.flatMap((file) => fileLines(file, paint)),
  ];
}

function fileLines(file: FileReport, paint: Paint): string[] {
  const shapes = Object.entries(file.shapes).map(([shape, number]) => `${count(number)} ${shape}`);
  if (file.passedOver > 0) shapes.push(`${count(file.passedOver)} that no rule can match`);
  const lines = [`  ${visible(file.name)}: ${shapes.length > 0 ? shapes.join(', ') : 'nothing read'}`];
  const ignored = Object.entries(file.ignored).map(([why, number]) => `${count(number)} ${why}`);
  if (ignored.length > 0) lines.push(paint('dim', `    ignored: ${ignored.join(', ')}`));
  if (file.unreadable > 0) {
    lines.push(paint('yellow', `    unreadable: ${counted(file.unreadable, 'record')}, for example`));
    for (const example of file.examples) lines.push(paint('yellow', `      ${problemText(example)}`));
  }
  for (const problem of shownProblems(file)) lines.push(paint('red', `    ${problemText(problem)}`));
  const rest = file.problems.length - shownProblems(file).length;
  if (rest > 0) lines.push(paint('red', `    and ${counted(rest, 'more problem')}`));
  return lines;
}

/** Rules that see nothing are named by reason: an empty report must not look like a clean one. */
function blindBlock(rules: readonly RuleReport[], { width }: TableOptions, paint: Paint): string[] {
  const lines: string[] = [];
  for (const state of ['blind', 'rejected', 'staged'] as const) {
    const some = rules.filter((rule) => rule.state === state);
    if (some.length === 0) continue;
    const of = `${count(some.length)} of ${counted(rules.length, 'rule')}`;
    const title = { blind: `Blind: ${of}`, rejected: `Rejected: ${of}`, staged: `Staged (recorded, not told): ${of}` };
    lines.push(paint(state === 'staged' ? 'bold' : 'yellow', title[state]));
    for (const problem of some.flatMap((rule) => rule.problems ?? []))
      lines.push(...wrap(visible(formatProblem(problem)), width, '  ', '    '));
    const others = some.filter((rule) => !rule.problems);
    for (const [why, group] of Map.groupBy(others, (rule) => rule.why ?? '')) {
      if (why) lines.push(...wrap(why, width, '  '));
      lines.push(...wrap(group.map(({ name }) => name).join(', '), width, '    '));
    }
  }
  return lines;
}

function faultBlock({ faults }: ScanReport, paint: Paint): string[] {
  if (faults.length === 0) return [];
  return [
    paint('red', 'Rules that failed on records (those records count as not looked at)'),
    ...faults.map((fault) => `  ${fault.rule}: ${visible(fault.message)} (${counted(fault.count, 'time')})`),
  ];
}

function storiesBlock(report: ScanReport, outcome: Outcome, options: TableOptions, paint: Paint): string[] {
  const some = report.findings.filter((finding) => finding.outcome === outcome);
  if (some.length === 0) return [];
  const limit = outcome === 'compromised' ? Number.POSITIVE_INFINITY : options.limit;
  const lines = [paint('bold', `${HEADLINES[outcome]}: ${counted(some.length, 'finding')}`)];
  for (const finding of some.slice(0, limit)) lines.push('', ...storyOf(finding, options, paint));
  if (some.length > limit) lines.push('', paint('dim', more(some.length - limit)));
  return lines;
}

function storyOf(finding: Finding, { width }: TableOptions, paint: Paint): string[] {
  const style = OUTCOME_STYLES[finding.outcome];
  const head = `${paint(style, finding.outcome)}  ${paint('bold', visible(finding.person))}`;
  const lines = [`${head}  ${gist(finding)}, level ${finding.level}  ${paint('dim', `[${finding.id}]`)}`];
  let before: StoryLine | undefined;
  for (const line of tellStory(finding)) {
    if (!before || day(line.at) !== day(before.at)) lines.push(`  ${paint('dim', day(line.at))}`);
    lines.push(
      ...wrap(visible(`${timesOf(line)} ${clauseOf(line)}${fromWhere(line, before)}`), width, '    ', '      '),
    );
    before = line;
  }
  if (finding.changes.length > 0)
    lines.push(...wrap(`Changed: ${finding.changes.map(visible).join('; ')}`, width, '  '));
  if (finding.cut) lines.push(paint('yellow', '  There was more evidence than is kept; the rest was dropped.'));
  return lines;
}

function identifiedBlock(report: ScanReport, options: TableOptions, paint: Paint): string[] {
  const some = report.findings.filter((finding) => finding.outcome === 'identified');
  if (some.length === 0) return [];
  const shown = some.slice(0, options.limit);
  const column = Math.min(40, Math.max(...shown.map((finding) => visible(finding.person).length)));
  const lines = [paint('bold', `${HEADLINES.identified}: ${counted(some.length, 'finding')}`)];
  for (const finding of shown) {
    const person = visible(finding.person).padEnd(column);
    lines.push(
      `  ${person}  ${period(finding.first, finding.last)}  ${paint('dim', `${gist(finding)} [${finding.id}]`)}`,
    );
  }
  if (some.length > shown.length) lines.push(paint('dim', `  ${more(some.length - shown.length)}`));
  return lines;
}

function campaignBlock(campaigns: readonly Campaign[], options: TableOptions, paint: Paint): string[] {
  if (campaigns.length === 0) return [];
  const biggest = [...campaigns].sort((a, b) => b.findings.length - a.findings.length).slice(0, options.limit);
  const lines = [paint('bold', counted(campaigns.length, 'campaign'))];
  for (const campaign of biggest) {
    lines.push(
      `  ${paint('dim', `[${campaign.id}]`)} ${period(campaign.first, campaign.last)}: ${counted(campaign.attempts, 'attempt')}, ${count(campaign.identified)} identified, ${count(campaign.attacked)} attacked, ${count(campaign.compromised)} compromised`,
    );
    lines.push(...wrap(`shared: ${visible(originsText(campaign.origins, 4))}`, options.width, '    '));
  }
  if (campaigns.length > biggest.length) lines.push(paint('dim', `  ${more(campaigns.length - biggest.length)}`));
  return lines;
}

function totalsBlock({ totals, findings }: ScanReport, paint: Paint): string[] {
  if (findings.length === 0) {
    return [paint('bold', 'No finding.'), 'That speaks only for what was read and for the rules that were not blind.'];
  }
  const people = (number: number, word: string) => `${count(number)} ${word}`;
  return [
    paint(
      'bold',
      `${counted(totals.attempts, 'attempt')} on accounts of ${counted(totals.identified, 'person', 'people')}`,
    ),
    `${paint('yellow', people(totals.attacked, 'attacked'))}, ${paint('red', people(totals.compromised, 'compromised'))}`,
  ];
}

function more(rest: number): string {
  return `and ${count(rest)} more: see them with --html report.html or --format json`;
}

/** Breaks text at blanks so that lines fit the width; the first line starts with `first`, others with `next`. */
function wrap(text: string, width: number, first: string, next = first): string[] {
  const lines: string[] = [];
  let line = first;
  for (const word of text.split(/\s+/)) {
    const empty = line === first || line === next;
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = next + word;
    } else line += (empty ? '' : ' ') + word;
  }
  return [...lines, line];
}
