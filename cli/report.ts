/** `postern report`: the transparency report of a quarter, from a running Postern. */
import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { ConfigError } from '../src/errors.ts';
import { type Cell, parseQuarter, TransparencyReport } from '../src/report/transparency.ts';
import { toTransparencyHtml } from '../src/report/transparency-html.ts';
import { count, visible } from '../src/report/wording.ts';
import { createRemote, expectOk, type RemoteOptions, withRemote } from './remote.ts';

interface ReportOptions extends RemoteOptions {
  readonly quarter: string;
  readonly html?: string;
  readonly json?: string;
}

/** The command, for the program's list. */
export function reportCommand(): Command {
  return withRemote(new Command('report'))
    .description('how often the organization is attacked, in numbers that single nobody out')
    .requiredOption('--quarter <quarter>', 'a quarter of a year, as 2026Q4')
    .option('--html <file>', 'write it as a page')
    .option('--json <file>', 'write it as data')
    .addHelpText('after', '\nNeeds the app role Postern.Desk. docs/desk.md says how it is counted.')
    .action(async ({ quarter: text, html, json, ...remote }: ReportOptions) => {
      const quarter = parseQuarter(text);
      if (!quarter) throw new ConfigError(['--quarter: should be a quarter of a year, as 2026Q4']);
      const answer = expectOk(await createRemote(remote)('GET', `desk/api/report?quarter=${quarter.name}`));
      const report = TransparencyReport.safeParse(answer.json);
      if (!report.success) throw new ConfigError(['The desk answered something else. Is it the same version?']);
      if (html !== undefined) await writeFile(html, toTransparencyHtml(report.data));
      if (json !== undefined) await writeFile(json, `${JSON.stringify(report.data, undefined, 2)}\n`);
      process.stdout.write(reportText(report.data));
    });
}

/** The numbers, a line each. */
export function reportText(report: TransparencyReport): string {
  const { people } = report;
  const rows: readonly (readonly [name: string, cell: Cell])[] = [
    ['attempts', report.attempts],
    ['people identified', people.identified],
    ['people attacked', people.attacked],
    ['people compromised', people.compromised],
    ['attacked people notified', people.notified],
    ['notified people reached', people.reached],
    ['median minutes to notice', report.medianMinutesToNotice],
  ];
  const techniques = report.techniques.map(
    ({ technique, people: least }) => [`${technique}, people at least`, least] as const,
  );
  const lines = [...rows, ...techniques].map(([name, cell]) => `  ${name.padEnd(28)}${shown(cell).padStart(10)}`);
  const warning =
    'The quarter has not ended. Do not publish this: the difference to the final report can be one person.';
  return [
    `${visible(report.organization)}, ${report.quarter} (${report.from} to ${report.to})`,
    ...lines,
    ...(report.partial ? [warning] : []),
    '',
  ].join('\n');
}

function shown(cell: Cell): string {
  return cell === null ? 'not shown' : count(cell);
}
