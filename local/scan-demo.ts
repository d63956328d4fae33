/**
 * `npm run demo:scan`: the offline half of Postern, without the live one: writes the reference campaign,
 * scans it the way an admin would, prints what was found and writes the report page. Exit code 0 only if the numbers
 * are those of the campaign.
 */
import { writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { openInputs } from '../cli/inputs.ts';
import { readPeople } from '../cli/people-file.ts';
import { createProgress } from '../cli/progress.ts';
import packageJson from '../package.json' with { type: 'json' };
import { loadContent } from '../src/content.ts';
import { toHtml } from '../src/report/html.ts';
import type { ScanReport } from '../src/report/scan-report.ts';
import { storyText } from '../src/report/story.ts';
import { count, duration, visible } from '../src/report/wording.ts';
import { scan } from '../src/scan.ts';
import {
  CAMPAIGN_FILES,
  type CampaignOptions,
  type CampaignTruth,
  campaignTruth,
  PEOPLE_FILE,
  writeCampaign,
} from './campaign.ts';

const FOLDER = resolve('.postern');
/** The size of the campaign that Microsoft described on 2019-10-04. */
const EXPECTED = { attempts: 2700, attacked: 241, compromised: 4 } as const;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
  },
});
process.exitCode = await run({ seed: Number.parseInt(values.seed, 10) });

async function run(options: CampaignOptions): Promise<number> {
  const folder = join(FOLDER, 'campaign');
  say('1  A month of an invented organization, with an attack hidden in it');
  const records = await write(folder, options);
  say(`   ${count(records)} records in ${relative('.', folder)}/`);
  say('2  Scanning these logs for account-recovery attacks');
  const report = await scanFolder(folder);
  say(`   ${count(report.records)} records in ${duration(report.ms)}`);
  say('3  What was found\n');
  say(summary(report));
  const page = join(FOLDER, 'report.html');
  await writeFile(page, toHtml(report, { now: new Date(), version: packageJson.version }));
  say(`The whole report: ${page}`);
  say('The same with your own logs: npm run scan -- <your exports> --html report.html\n');
  const wrong = differences(report, campaignTruth(options));
  for (const text of wrong) say(`NOT AS EXPECTED: ${text}`);
  return wrong.length === 0 ? 0 : 1;
}

async function write(folder: string, options: CampaignOptions): Promise<number> {
  const progress = createProgress({ stream: process.stderr, enabled: true });
  try {
    return await writeCampaign(folder, options, ({ share, records }) =>
      progress.update({ bytesRead: share * 1e6, bytesTotal: 1e6, records }),
    );
  } finally {
    progress.stop();
  }
}

async function scanFolder(folder: string): Promise<ScanReport> {
  const progress = createProgress({ stream: process.stderr, enabled: true });
  const people = await readPeople(join(folder, PEOPLE_FILE));
  const sources = await openInputs(Object.values(CAMPAIGN_FILES).map((name) => join(folder, name)));
  const started = performance.now();
  try {
    const content = await loadContent();
    const result = await scan(sources, { content, people, onProgress: progress.update });
    return { ...result, ms: performance.now() - started };
  } finally {
    progress.stop();
  }
}

function summary({ findings, totals }: ScanReport): string {
  const width = count(totals.attempts).length;
  const lines = [
    `   ${count(totals.attempts)} attempts to identify accounts`,
    `   ${count(totals.attacked).padStart(width)} people attacked`,
    `   ${count(totals.compromised).padStart(width)} compromised`,
    '',
  ];
  for (const finding of findings.filter(({ outcome }) => outcome === 'compromised')) {
    lines.push(`   ${visible(finding.person)}`, ...storyText(finding).map((line) => `     ${visible(line)}`), '');
  }
  return lines.join('\n');
}

/** What is not as the generator knows it to be. */
function differences({ totals, findings }: ScanReport, truth: CampaignTruth): string[] {
  const wrong = Object.entries(EXPECTED).flatMap(([name, expected]) => {
    const got = totals[name as keyof typeof EXPECTED];
    return got === expected ? [] : [`${name}: ${count(got)} instead of ${count(expected)}`];
  });
  const of = (outcomes: readonly string[]) =>
    new Set(findings.filter(({ outcome }) => outcomes.includes(outcome)).map(({ person }) => person));
  const named = of(['compromised']);
  const touched = new Set([...truth.identified, ...truth.attacked, ...truth.compromised]);
  for (const person of truth.compromised)
    if (!named.has(person)) wrong.push(`${person} was compromised and is not named`);
  const benign = [...of(['identified', 'attacked', 'compromised'])].filter((person) => !touched.has(person));
  if (benign.length > 0) wrong.push(`${count(benign.length)} people with a finding were never attacked`);
  return wrong;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
