/**
 * `npm start`: the whole of Postern on a laptop, offline. Starts tables, queues, a stand-in for Microsoft Graph, an outbox
 * and the functions, plays the reference campaign's month through them, says what was found and who was told, and stays
 * up. Exit code 0 only if the numbers are those of the campaign.
 *
 *   --seconds N     how long the month should take (default 100); 0 = real time, day by day
 *   --exit          end after the month instead of staying up
 *   --new           forget what a former run left
 *   --without NAME  switch a log source off, as `sign-ins`; again for more
 *   --seed N        another campaign; --people, --days, --attempts, --attacked make it smaller
 *   --host func     Azure Functions Core Tools instead of our own host
 *   --data DIR      where to keep everything (default .postern/live)
 */
import { appendFileSync, existsSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildApp } from '../infra/build.ts';
import { setClockFile, systemClock } from '../src/azure/clock.ts';
import { createTableRows } from '../src/azure/tables.ts';
import { sourceSetting } from '../src/config.ts';
import { ConfigError } from '../src/errors.ts';
import { createFindings } from '../src/live/findings.ts';
import { Health } from '../src/live/health.ts';
import { createPeopleStore } from '../src/live/people-store.ts';
import type { SourceName } from '../src/model/log-event.ts';
import { keyedHash } from '../src/sources/keyed-hash.ts';
import { settle } from './campaign/options.ts';
import { createPeople } from './campaign/people.ts';
import { campaignTruth } from './campaign.ts';
import { startCoreTools } from './core-tools.ts';
import { formatHostLog } from './functions-host/log.ts';
import { startFunctionsHostProcess } from './functions-host/process.ts';
import { enrollResident } from './live/enroll.ts';
import { type Parts, startParts } from './live/parts.ts';
import { createProgressView } from './live/progress-view.ts';
import { replay } from './live/replay.ts';
import { differences, EXPECTED, type Result, resultText } from './live/summary.ts';
import { campaignOf, type Fresh, openWorkplace, placesIn, type Workplace } from './live/workplace.ts';

const DAY_MS = 24 * 3600_000;

interface Options {
  readonly seconds: number;
  readonly exit: boolean;
  readonly isNew: boolean;
  readonly without: readonly string[];
  readonly dir: string;
  readonly host: string;
  readonly campaign: Omit<Fresh, 'from' | 'time'>;
}

process.exitCode = await main().catch((error: unknown) => {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  return 2;
});

async function main(): Promise<number> {
  const options = readOptions();
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  if (options.isNew) rmSync(options.dir, { recursive: true, force: true });
  const time = options.seconds === 0 ? 'real' : 'replay';
  const from =
    time === 'real'
      ? new Date(Math.floor(Date.now() / DAY_MS - options.campaign.days / 2) * DAY_MS)
      : new Date('2026-09-01T00:00:00Z');
  const fresh = { ...options.campaign, from, time } as const;
  const { workplace, isNew } = await openWorkplace(options.dir, fresh);
  const places = placesIn(options.dir);
  if (!existsSync(places.clock)) setClockFile(places.clock, workplace.from);
  say(isNew ? '1  Starting' : '1  Going on with a former run (npm start -- --new forgets it)');
  const { outDir: root } = await buildApp();
  const settings = Object.fromEntries(options.without.map((name) => [sourceSetting(name as SourceName), 'off']));
  const parts = await startParts({
    dir: options.dir,
    workplace,
    root,
    settings,
    startHost: options.host === 'func' ? startCoreTools : startFunctionsHostProcess,
    log: (entry) => appendFileSync(places.log, `${formatHostLog(entry)}\n`),
    onRestart: (name) => process.stderr.write(`   ${name} ended and is started again\n`),
  });
  try {
    await enroll(parts, workplace);
    say(`   ${workplace.people} people are enrolled. Look: ${linksOf(parts, workplace, options.dir)}`);
    return await play(options, workplace, parts, stopping.signal);
  } finally {
    say('Stopping.');
    await parts.stop();
  }
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '100' },
      exit: { type: 'boolean', default: false },
      new: { type: 'boolean', default: false },
      without: { type: 'string', multiple: true, default: [] },
      seed: { type: 'string', default: '1' },
      people: { type: 'string', default: '4000' },
      days: { type: 'string', default: '30' },
      attempts: { type: 'string', default: String(EXPECTED.attempts) },
      attacked: { type: 'string', default: String(EXPECTED.attacked) },
      data: { type: 'string', default: '.postern/live' },
      host: { type: 'string', default: 'own' },
    },
  });
  const campaign = {
    seed: Number(values.seed),
    people: Number(values.people),
    days: Number(values.days),
    attempts: Number(values.attempts),
    attacked: Number(values.attacked),
  };
  const numbers = { ...campaign, seconds: Number(values.seconds) };
  const wrong = Object.entries(numbers).filter(([, number]) => !Number.isInteger(number) || number < 0);
  if (wrong.length > 0) throw new ConfigError(wrong.map(([name]) => `--${name}: should be a whole number`));
  if (!['own', 'func'].includes(values.host)) throw new ConfigError(['--host: should be own or func']);
  return {
    host: values.host,
    campaign,
    seconds: numbers.seconds,
    exit: values.exit,
    isNew: values.new,
    without: values.without,
    dir: resolve(values.data),
  };
}

/**
 * Puts everybody into the people store. Those whom somebody would call targets, and one in ten of the others, have channels
 * that count as proven: the campaign is about what comes after.
 */
async function enroll(parts: Parts, workplace: Workplace): Promise<void> {
  const store = createPeopleStore(createTableRows({ connectionString: parts.tables().connectionString }), systemClock);
  if ((await store.all()).length > 0) return;
  const hash = keyedHash(Buffer.from(workplace.hashKey, 'base64'));
  const residents = createPeople(settle(campaignOf(workplace)));
  const targets = new Set(campaignTruth(campaignOf(workplace)).attacked);
  const people = residents.map((one) =>
    enrollResident(one, hash, workplace.from, one.index % 10 === 0 || targets.has(one.upn)),
  );
  const put = await store.putAll(people);
  if (put.kind !== 'done') throw new ConfigError(['people could not be enrolled: start anew with --new']);
}

async function play(options: Options, workplace: Workplace, parts: Parts, signal: AbortSignal): Promise<number> {
  const { from, days, time } = workplace;
  const to = new Date(from.getTime() + (days + 1) * DAY_MS);
  if (time === 'real') {
    say('2  Real time: the month began two weeks ago. Ctrl-C ends.');
    await ended(signal);
    return 0;
  }
  say('2  A month of an invented organization, with an attack hidden in it, through the real functions');
  const view = createProgressView(process.stderr);
  const findings = createFindings(createTableRows({ connectionString: parts.tables().connectionString }));
  let notices = 0;
  await replay({
    parts,
    dir: options.dir,
    from,
    to,
    targetMs: options.seconds * 1000,
    signal,
    onStep: async (at) => {
      if (at.getUTCHours() % 8 !== 0) return;
      notices += (await parts.outbox().letters(notices)).length;
      view.update({
        at,
        share: (at.getTime() - from.getTime()) / (to.getTime() - from.getTime()),
        ...(await findings.counts()),
        notices,
      });
    },
  });
  view.stop();
  if (signal.aborted) return 130;
  const result = await collect(parts, workplace);
  say('3  What was found, and who was told\n');
  say(resultText(result));
  const wrong = options.without.length > 0 ? [] : differences(result);
  for (const text of wrong) say(`NOT AS EXPECTED: ${text}`);
  if (!options.exit) {
    say(`Still up. Look: ${linksOf(parts, workplace, options.dir)}\nCtrl-C ends; npm start goes on from here.`);
    await ended(signal);
  }
  return wrong.length === 0 ? 0 : 1;
}

async function collect(parts: Parts, workplace: Workplace): Promise<Result> {
  const rows = createTableRows({ connectionString: parts.tables().connectionString });
  const store = createFindings(rows);
  const { findings } = await store.list({}, 100_000);
  const response = await fetch(`${parts.host().url}/api/health`, {
    headers: { 'x-functions-key': workplace.localKey },
  });
  return {
    totals: await store.totals(),
    findings,
    people: new Map((await createPeopleStore(rows, systemClock).all()).map((person) => [person.id, person])),
    letters: await parts.outbox().letters(),
    health: Health.parse(await response.json()),
    truth: campaignTruth(campaignOf(workplace)),
  };
}

function linksOf(parts: Parts, { localKey }: Workplace, dir: string): string {
  const { url } = parts.host();
  return [
    '',
    `   desk     ${url}/api/desk?code=${localKey}`,
    `   outbox   ${parts.outbox().url}/`,
    `   health   npx postern doctor --url ${url} --key ${localKey}`,
    `   log      ${placesIn(dir).log}`,
    `   people   npx postern people list --url ${url} --key ${localKey}`,
  ].join('\n');
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
