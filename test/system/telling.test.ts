/**
 * Telling a person, with everything real but Azure: enrollment and proof over the admin API, records through the live
 * ingest, queues, tables, the deployed bundle in the functions host, mail and SMS into the outbox, the answer by HTTP.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCaseBench } from '../../cli/test-rules.ts';
import { buildApp } from '../../infra/build.ts';
import { type Azurite, startAzurite } from '../../local/azurite.ts';
import { type FunctionsHostProcess, startFunctionsHostProcess } from '../../local/functions-host/process.ts';
import type { Letter } from '../../local/outbox/letters.ts';
import { type Outbox, startOutbox } from '../../local/outbox/start.ts';
import { type ServiceBusProcess, startServiceBusProcess } from '../../local/service-bus/process.ts';
import { createFileClock, setClockFile } from '../../src/azure/clock.ts';
import { createQueues } from '../../src/azure/queues.ts';
import { createTableRows } from '../../src/azure/tables.ts';
import { createTasks } from '../../src/live/inbox.ts';
import { createLiveIngest } from '../../src/live/ingest.ts';
import { createPeopleStore } from '../../src/live/people-store.ts';
import { createMemoryLog } from '../../src/memory.ts';
import type { Rows } from '../../src/ports.ts';
import { accountOfUser, CASE_START, CaseRecord, recordsOf } from '../../src/rules/case-records.ts';
import { watchOf } from '../unit/live/small-campaign.ts';

const DAY_MS = 24 * 3600_000;
const KEY = Buffer.alloc(32, 7).toString('base64');
const LOCAL_KEY = 'a-key-for-this-test';
const DESK_SECRET = 'what-the-desk-signs-with-in-this-test';
const CLI = fileURLToPath(new URL('../../cli/postern.mjs', import.meta.url));
const MAIL = 'dana@private.example';
const PHONE = '+15550144';
/** Somebody resets the password from a place where Dana never was, six weeks after she was enrolled. */
const ATTACK = [
  { sample: 'sign-in', user: 'dana', device: 'laptop', at: '-15d', times: 15, every: '1d' },
  { sample: 'reset-self', user: 'dana', at: '0m', from: 'away', flow: 'a' },
  { sample: 'sspr-done', user: 'dana', at: '1s', from: 'away', flow: 'a' },
];

const dir = mkdtempSync(join(tmpdir(), 'postern-telling-'));
const clockFile = join(dir, 'clock');
const clock = createFileClock(clockFile);
let tables: Azurite;
let bus: ServiceBusProcess;
let outbox: Outbox;
let host: FunctionsHostProcess;
let rows: Rows;

beforeAll(async () => {
  setClockFile(clockFile, new Date(CASE_START.getTime() - 45 * DAY_MS));
  const [{ outDir }] = await Promise.all([
    buildApp({ outDir: join(dir, 'app') }),
    startAzurite().then((started) => {
      tables = started;
    }),
    startServiceBusProcess({ dir: join(dir, 'bus'), port: 0 }).then((started) => {
      bus = started;
    }),
    startOutbox({ httpPort: 0, smtpPort: 0, deskSecret: DESK_SECRET, now: clock.now }).then((started) => {
      outbox = started;
    }),
  ]);
  rows = createTableRows({ connectionString: tables.connectionString });
  host = await startFunctionsHostProcess({
    root: outDir,
    port: 0,
    timers: 'manual',
    settings: settings(),
    log: (entry) => entry.level === 'error' && console.error(JSON.stringify(entry)),
  });
  outbox.reportTo(`${host.url}/api/delivery-reports?code=${host.keys.host}`);
});

afterAll(async () => {
  await host?.kill();
  await outbox?.close();
  await bus?.close();
  await tables?.close();
  rmSync(dir, { recursive: true, force: true });
});

function settings(): Record<string, string> {
  return {
    FUNCTIONS_WORKER_RUNTIME: 'node',
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
    ServiceBus: bus.connectionString,
    POSTERN_TABLES_CONNECTION: tables.connectionString,
    // Nobody listens there: what is told of a break-in does not need Graph.
    POSTERN_GRAPH_URL: 'http://127.0.0.1:9',
    POSTERN_TOKEN_URL: 'http://127.0.0.1:9/token',
    POSTERN_CLOCK_FILE: clockFile,
    POSTERN_MODE: 'live',
    POSTERN_ORGANIZATION: 'Daily Herald',
    POSTERN_DESK_PHONE: '+15550100',
    POSTERN_DESK_EMAIL: 'desk@herald.example.org',
    POSTERN_DESK_WEBHOOK_URL: outbox.deskUrl,
    POSTERN_DESK_WEBHOOK_SECRET: DESK_SECRET,
    POSTERN_ANSWER_ADDRESS: 'answer.example.org',
    POSTERN_HASH_KEY: KEY,
    POSTERN_CARD_KEY: KEY,
    POSTERN_LOCAL_KEY: LOCAL_KEY,
    POSTERN_ACS_CONNECTION: outbox.acsConnection,
    POSTERN_ACS_EMAIL_SENDER: 'notice@post.herald.example.org',
    POSTERN_ACS_SMS_SENDER: '+15550199',
    POSTERN_SMTP_URL: outbox.smtpUrl,
    POSTERN_SMTP_SENDER: 'notice@relay.herald.example.org',
    POSTERN_DRAFT_LANGUAGES: 'fa',
    POSTERN_POLL_SCHEDULE: '0 * * * * *',
  };
}

/** The command, as an admin or the desk runs it. */
async function postern(...args: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: dir,
    env: { ...process.env, NO_COLOR: '1', POSTERN_URL: host.url, POSTERN_KEY: LOCAL_KEY },
  });
  const texts = ['', ''];
  child.stdout.on('data', (chunk) => {
    texts[0] += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    texts[1] += String(chunk);
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out: texts[0] ?? '', err: texts[1] ?? '' };
}

const to = (address: string) => outbox.letters().filter((letter) => letter.to === address);
const until = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 20_000, interval: 50 });

/** What the answer page says to a form. */
async function answer(form: Readonly<Record<string, string>>): Promise<{ status: number; text: string }> {
  const body = new URLSearchParams(form);
  const response = await fetch(`${host.url}/api/answers?lang=fa`, { method: 'POST', body });
  return { status: response.status, text: await response.text() };
}

/** Reference, number and words that a notice quotes, without the invisible isolates. */
function quotedIn({ text }: Letter) {
  const plain = text.replace(/[\u2066-\u2069]/g, '');
  const reference = /[B-Z2-9]{4}-[B-Z2-9]{4}/.exec(plain)?.[0] ?? '';
  const [, number = '', words = ''] = /(\d+)[:：]? ?([a-z]+ [a-z]+)/.exec(plain) ?? [];
  return { reference, number, words };
}

describe('a break-in', () => {
  let person = '';
  let quoted: ReturnType<typeof quotedIn>;

  it('somebody is enrolled, and proves two channels by a code that the desk can verify', async () => {
    const { upn } = accountOfUser('dana');
    writeFileSync(
      join(dir, 'people.csv'),
      `name,accounts,emails,phones,language,timeZone,drill\nDana Doe,${upn},${MAIL},${PHONE},fa,Asia/Tehran,yes\n`,
    );
    expect(await postern('people', 'import', 'people.csv')).toMatchObject({ code: 0 });
    person = /p_[a-z0-9]{16}/.exec((await postern('people', 'list')).out)?.[0] ?? '';
    const shown = JSON.parse((await postern('people', 'show', person)).out) as { channels: { id: string }[] };
    expect(shown.channels).toHaveLength(2);
    for (const { id } of shown.channels) {
      const before = outbox.letters().length;
      expect(await postern('people', 'code', person, id)).toMatchObject({ code: 0 });
      const letter = outbox.letters().slice(before)[0];
      const code = /(?<!\d)\d{8}(?!\d)/.exec(letter?.text.replace(/[\u2066-\u2069]/g, '') ?? '')?.[0] ?? '';
      expect(await postern('people', 'prove', person, id, code)).toMatchObject({ code: 0, out: 'Proven.\n' });
    }
    const [sms] = to(PHONE);
    expect(sms && (await postern('notice', 'verify', quotedIn(sms).reference))).toMatchObject({
      code: 0,
      out: expect.stringContaining('is a code that the desk sent'),
    });
  });

  it('the record of a reset tells her over both channels, in her language, in time; and the desk', async () => {
    setClockFile(clockFile, new Date(CASE_START.getTime() + 5 * 60_000));
    const { runner } = await loadCaseBench();
    const records = ATTACK.flatMap((entry, index) => recordsOf(CaseRecord.parse(entry), index + 1, runner.samples));
    const queues = createQueues({ connectionString: bus.connectionString });
    const ingest = createLiveIngest({
      rows,
      queues,
      watch: await watchOf(),
      people: createPeopleStore(rows),
      clock,
      log: createMemoryLog(),
      version: 'test',
      evidenceMs: 92 * DAY_MS,
    });
    const before = outbox.letters().length;
    await ingest.ingest(records, clock.now());
    const told = () => outbox.letters().slice(before);
    await until(() => told().filter((letter) => letter.to === MAIL || letter.to === PHONE).length).toBe(2);
    await queues.close();
    const [mail] = to(MAIL).slice(-1);
    const [sms] = to(PHONE).slice(-1);
    if (!mail || !sms) throw new Error('told nothing');
    expect(mail.text).toMatch(/\p{Script=Arabic}/u);
    expect(sms.text).toMatch(/^\p{Script=Arabic}/u);
    quoted = quotedIn(mail);
    expect(quoted).toMatchObject({ number: '1', words: expect.stringMatching(/^[a-z]+ [a-z]+$/) });
    expect(quotedIn(sms)).toEqual(quoted);
    // Never over the mail of the account that was broken into.
    expect(to(accountOfUser('dana').upn)).toEqual([]);
    await until(() => told().filter(({ via }) => via === 'desk-webhook').length).toBe(1);
    await until(() => told().filter((letter) => letter.to === 'desk@herald.example.org').length).toBe(1);
  });

  it('postern notice verify says whose it is, that it arrived, and the very words', async () => {
    await until(async () => (await postern('notice', 'verify', quoted.reference)).out.match(/delivered/g)?.length).toBe(
      2,
    );
    const { code, out } = await postern('notice', 'verify', quoted.reference.toLowerCase());
    expect(code).toBe(0);
    expect(out).toContain(`to      Dana Doe (${person})`);
    expect(out).toContain('about   someone got in');
    expect(out).toContain(`number 1: ${quoted.words}.`);
    expect(await postern('notice', 'verify', 'BBBB-BBBB')).toMatchObject({
      code: 1,
      out: expect.stringContaining('Not ours'),
    });
    expect(await postern('notice', 'verify', '../p_x/card')).toMatchObject({
      code: 1,
      out: expect.stringContaining('This is no reference.'),
    });
  });

  it('"not me" on the page is at the desk: webhook, mail, a task', async () => {
    const before = outbox.letters().length;
    const typed = { reference: quoted.reference, words: quoted.words };
    expect(await answer({ reference: quoted.reference, words: 'wrong words', step: 'open' })).toMatchObject({
      status: 422,
    });
    const opened = await answer({ ...typed, step: 'open' });
    expect(opened.status).toBe(200);
    expect(opened.text).toContain('<html lang="fa" dir="rtl">');
    expect(outbox.letters().length).toBe(before);
    expect((await answer({ ...typed, step: 'give', answer: 'not-me' })).status).toBe(200);
    const news = () => outbox.letters().slice(before);
    // The answer and the task that comes of it, each by both ways.
    const ways = () => news().map(({ via, to: where }) => (via === 'desk-webhook' ? via : where));
    const [hook, mail] = ['desk-webhook', 'desk@herald.example.org'];
    await until(() => ways().sort()).toEqual([hook, hook, mail, mail]);
    expect(news().find(({ via }) => via === 'desk-webhook')?.text).toContain('the person says that it was not them');
    const open = await createTasks(rows).open(10);
    expect(open.map((task) => `${task.kind} ${task.person} ${task.priority}`)).toContain(`not-me ${person} 0`);
  });

  it('a new card: its page is printed, and what the old one says is worth nothing any more', async () => {
    const issued = await postern('people', 'card', person, 'card.html', '--new');
    expect(issued).toMatchObject({ code: 0, out: expect.stringContaining('The words of the old card are void') });
    expect(readFileSync(join(dir, 'card.html'), 'utf8')).not.toContain(`>${quoted.words}<`);
    const again = await answer({ reference: quoted.reference, words: quoted.words, step: 'open' });
    expect(again.status).toBe(422);
    expect((await postern('notice', 'verify', quoted.reference)).out).toContain('of a card that was replaced');
  });

  it('a drill reaches her, and says so', async () => {
    expect(await postern('drill', '2026-03')).toMatchObject({
      code: 0,
      out: expect.stringContaining('2 messages are on their way.'),
    });
    await until(async () => (await postern('drill', '2026-03', '--report')).code).toBe(0);
    const { out } = await postern('drill', '2026-03', '--report');
    expect(out).toContain('Drill 2026-03: 1 of 1 volunteers reached');
    expect(await postern('drill', 'no name')).toMatchObject({
      code: 2,
      err: expect.stringContaining('A drill has a name'),
    });
  });
});
