/** The command as its users run it: a child process, files on disk, exit codes. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ScanJson } from '../../src/report/json.ts';
import { CaseRecord, type RawCaseRecord, recordsOf } from '../../src/rules/case-records.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const samples = new Map(
  readdirSync(join(root, 'rules/samples')).map((file): [string, RawCaseRecord] => [
    basename(file, '.json'),
    JSON.parse(readFileSync(join(root, 'rules/samples', file), 'utf8')),
  ]),
);

/** Raw records, as lines, of entries in the form of rule cases. */
function lines(...entries: readonly unknown[]): string {
  return entries
    .flatMap((entry, index) => recordsOf(CaseRecord.parse(entry), index + 1, samples))
    .map((record) => `${JSON.stringify(record)}\n`)
    .join('');
}

/** Somebody who signs in at home every day for two weeks. */
const life = (user: string) => ({ sample: 'sign-in', user, device: 'laptop', at: '-15d', times: 15, every: '1d' });
const audits = lines(
  { sample: 'sspr-options', user: 'dana', at: '0m', from: 'away', flow: 'a' },
  { sample: 'sspr-sms-started', user: 'eli', at: '5m', from: 'away', flow: 'b' },
  { sample: 'sspr-sms-failed', user: 'eli', at: '6m', from: 'away', flow: 'b', times: 2 },
);
const signIns = lines(life('dana'), life('eli'), life('noor'));

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

describe('postern', () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-cli-'));
  const path = (name: string) => join(folder, name);

  beforeAll(() => {
    mkdirSync(path('exports'));
    writeFileSync(path('exports/audits.ndjson'), audits);
    writeFileSync(path('exports/sign-ins.ndjson.gz'), gzipSync(signIns));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function start(args: readonly string[]): ChildProcess {
    return spawn(process.execPath, [join(root, 'cli/postern.mjs'), ...args], {
      cwd: folder,
      env: { ...process.env, NO_COLOR: '1' },
    });
  }

  async function run(args: readonly string[], input?: string): Promise<Ran> {
    const child = start(args);
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.stdin?.end(input ?? '');
    const code = await new Promise<number | null>((done) => child.on('close', done));
    return { code, stdout, stderr };
  }

  it('lists its commands', async () => {
    const { code, stdout } = await run(['--help']);
    expect(code).toBe(0);
    for (const command of ['scan', 'lint', 'test-rules']) expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
  });

  describe('scan', () => {
    it('tells who was identified and who was attacked, from a folder of plain and packed files', async () => {
      const { code, stdout, stderr } = await run(['scan', 'exports']);
      expect(stderr).toBe('');
      expect(stdout).toContain('Read 49 records of 2 files');
      expect(stdout).toMatch(/^attacked {2}eli@example\.org {2}1 attempt from 1 address/m);
      expect(stdout).toMatch(/^ {4}09:05 .+, from 203\.0\.113\.66/m);
      expect(stdout).toMatch(/^ {2}dana@example\.org {2}2 Mar 2026, 09:00/m);
      expect(stdout).toContain('2 attempts on accounts of 2 people\n1 attacked, 0 compromised');
      expect(stdout).not.toContain('noor');
      expect(stdout).toMatch(/^Blind: /m);
      expect(code).toBe(0);
    });

    it('ends in the same findings whatever the order, the names and the number of copies', async () => {
      const shuffled = `${signIns}${audits}`.trim().split('\n').reverse().join('\n');
      writeFileSync(path('all.ndjson'), `${shuffled}\n${audits}`);
      const findings = async (args: readonly string[], input?: string) => {
        const { stdout } = await run(['scan', ...args, '--format', 'json'], input);
        return ScanJson.parse(JSON.parse(stdout)).findings;
      };
      const expected = await findings(['exports']);
      expect(expected.map(({ person, outcome }) => [person, outcome])).toEqual([
        ['dana@example.org', 'identified'],
        ['eli@example.org', 'attacked'],
      ]);
      expect(await findings(['all.ndjson'])).toEqual(expected);
      expect(await findings(['-'], shuffled)).toEqual(expected);
      expect(await findings(['exports/*', 'all.*'])).toEqual(expected);
    });

    it.each([
      ['identified', 1],
      ['attacked', 1],
      ['compromised', 0],
    ])('--fail-on %s exits with %d', async (outcome, expected) => {
      expect((await run(['scan', 'exports', '--fail-on', outcome])).code).toBe(expected);
    });

    it('writes OCSF, one finding a line', async () => {
      const { stdout } = await run(['scan', 'exports', '--format', 'ocsf']);
      const events = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { class_uid: number });
      expect(events.map(({ class_uid }) => class_uid)).toEqual([2004, 2004]);
    });

    it('writes the page for its owner only, and says where', async () => {
      const { stderr } = await run(['scan', 'exports', '--html', 'out/report.html']);
      expect(stderr).toContain(`Report: ${path('out/report.html')}`);
      expect(readFileSync(path('out/report.html'), 'utf8')).toContain('eli@example.org');
      if (process.platform !== 'win32') expect(statSync(path('out/report.html')).mode & 0o777).toBe(0o600);
    });

    it.each(['table', 'json', 'ocsf'])('--redact leaves no name in %s or the page', async (format) => {
      const { stdout } = await run(['scan', 'exports', '--redact', '--format', format, '--html', 'redacted.html']);
      for (const text of [stdout, readFileSync(path('redacted.html'), 'utf8')]) {
        expect(text).toContain('person-1');
        expect(text).not.toMatch(/@example|203\.0\.113|exports/);
      }
    });

    it('explains one finding by the start of its id', async () => {
      const { stdout } = await run(['scan', 'exports', '--format', 'json']);
      const { findings } = ScanJson.parse(JSON.parse(stdout));
      const id = findings.find(({ outcome }) => outcome === 'attacked')?.id ?? '';
      const explained = await run(['scan', 'exports', '--explain', id.slice(0, 10)]);
      expect(explained.stdout).toContain(`[${id}]`);
      expect(explained.stdout).toContain('What to do next');
      expect(explained.stdout).toContain('(rule sspr-gate-tried)');
      expect(explained.stdout).not.toContain('dana');
      const redacted = await run(['scan', 'exports', '--explain', id.slice(0, 10), '--redact']);
      expect(redacted.stdout).toContain(`[${id}]`);
      expect(redacted.stdout).toContain('person-2');
      expect(redacted.stdout).not.toMatch(/eli|@|203\.0\.113/);
      const missing = await run(['scan', 'exports', '--explain', 'zzz']);
      expect(missing).toMatchObject({ code: 2, stdout: '' });
    });

    it('sees one person behind two accounts with a people file', async () => {
      writeFileSync(path('people.yml'), 'people:\n  - id: both\n    accounts: [dana@example.org, ELI@example.org]\n');
      const { stdout } = await run(['scan', 'exports', '--people', 'people.yml', '--format', 'json']);
      const { findings, totals } = ScanJson.parse(JSON.parse(stdout));
      expect(findings.map(({ person, accounts }) => [person, accounts])).toEqual([
        ['both', ['dana@example.org', 'eli@example.org']],
      ]);
      expect(totals).toEqual({ attempts: 2, identified: 1, attacked: 1, compromised: 0 });
    });

    it('evaluates only the rules it is told to', async () => {
      const only = async (...args: string[]) => {
        const { stdout } = await run(['scan', 'exports', '--format', 'json', ...args]);
        return ScanJson.parse(JSON.parse(stdout)).findings.flatMap(({ chains }) => chains);
      };
      expect(await only('--only', 'sspr-gate-tried')).toEqual(['sspr-gate-tried']);
      expect(await only('--exclude', 'sspr-gate-tried')).not.toContain('sspr-gate-tried');
    });

    it('leaves evidence outside --since and --until out', async () => {
      const people = async (...args: string[]) => {
        const { stdout } = await run(['scan', 'exports', '--format', 'json', ...args]);
        return ScanJson.parse(JSON.parse(stdout)).findings.map(({ person }) => person);
      };
      expect(await people('--since', '2026-03-02T09:03Z')).toEqual(['eli@example.org']);
      expect(await people('--until', '2026-03-02T09:03Z')).toEqual(['dana@example.org']);
      expect(await people('--until', '2026-03-02')).toEqual(['dana@example.org', 'eli@example.org']);
      expect(await people('--until', '2026-03-01')).toEqual([]);
    });

    it.each([
      [['scan'], /missing required argument/],
      [['scan', 'exports', '--formt', 'json'], /unknown option '--formt'/],
      [['scan', 'exports', '--format', 'xml'], /Allowed choices are table, json, ocsf/],
      [['scan', 'no-such-file.json'], /no-such-file\.json: there is no such file or folder/],
      [['scan', 'exports', '--since', '2026-02-30'], /Write a day as/],
      [['scan', 'exports', '--since', '2026-03-02', '--until', '2026-03-01'], /--since is later than --until/],
      [['scan', 'exports', '--people', 'no.yml'], /no\.yml: cannot be read/],
      [
        ['scan', 'exports', '--only', 'sspr-gate-tired'],
        /no rule is named "sspr-gate-tired"; did you mean "sspr-gate-tried"\?/,
      ],
      [['scan', 'exports', '--rules', 'no-rules'], /no-rules: cannot read rules from here/],
      [['scan', 'exports', '--html', 'exports/audits.ndjson/x.html'], /cannot write there/],
      [['scan', 'exports', '--html', '.'], /--html \.: cannot write there \(it is a folder\)/],
      [['scan', 'exports', '--html', ''], /--html: name a file/],
      [['scan', 'exports', '--since', '2026-02-30T10:00Z'], /Write a day as/],
      [['scan', 'exports', '--rules', 'exports/audits.ndjson'], /audits\.ndjson:\d+:\d+: .*No rule is left/s],
      [['scan', 'exports', '--exclude', '*'], /No rule is left/],
      [['scna'], /unknown command 'scna'/],
    ])('%j exits with 2 and says why', async (args, message) => {
      const { code, stdout, stderr } = await run(args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(message);
      expect(stderr).not.toMatch(/ at .+:\d+:\d+/);
    });

    it('reads what can be read of a broken export, says what is missing, and exits with 3', async () => {
      mkdirSync(path('broken'));
      writeFileSync(path('broken/audits.ndjson'), audits);
      writeFileSync(path('broken/sign-ins.ndjson.gz'), gzipSync(signIns.repeat(20)).subarray(0, -200));
      writeFileSync(path('broken/holiday.jpg'), Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, 1, 2, 3]));
      const { code, stdout } = await run(['scan', 'broken']);
      expect(code).toBe(3);
      expect(stdout).toContain('audits.ndjson: 4 graph json');
      expect(stdout).toMatch(/holiday\.jpg: nothing read\n {4}\S/);
    });

    const cutArray = `[${audits.trim().split('\n').join(',')}`;
    const manyBroken = `${audits}${'nonsense\n'.repeat(300)}`;
    it.each<readonly [string, Readonly<Record<string, string | Buffer>>, number]>([
      ['files that are no export', { 'readme.md': 'Hello\n', 'p.jpg': '\u00ff\u0000', empty: '', 'p.json': '{}' }, 0],
      ['single records that are broken', { 'x.ndjson': manyBroken }, 0],
      ['a page that is cut', { 'x.json': cutArray }, 3],
      ['a quote that is never closed', { 'x.csv': 'RecordId,AuditData\n1,"{\n2,x\n3,y\n' }, 3],
      ['an export in another language', { 'x.csv': '"Date (UTC)","Request ID","Status"\n1,2,3\n' }, 3],
      ['a zip that is cut', { 'x.zip': Buffer.from('PK\u0003\u0004 and no more', 'latin1') }, 3],
    ])('beside a whole export, %s: exits with %s', async (name, files, expected) => {
      const place = path(name.replaceAll(' ', '-'));
      mkdirSync(place);
      writeFileSync(join(place, 'whole.ndjson'), audits);
      for (const [file, content] of Object.entries(files)) writeFileSync(join(place, file), content);
      const { code, stdout, stderr } = await run(['scan', place]);
      expect({ code, stderr }).toEqual({ code: expected, stderr: '' });
      expect(stdout).toContain('whole.ndjson: 4 graph json');
      // Who names a file means it to be an export.
      const named = Object.keys(files).map((file) => join(place, file));
      const broken = name.startsWith('single');
      expect((await run(['scan', join(place, 'whole.ndjson'), ...named])).code).toBe(broken ? 0 : 3);
    });

    it.skipIf(process.platform === 'win32')(
      'waits for no pipe in a folder; files of 5 GB without a record cost nothing',
      async () => {
        mkdirSync(path('odd'));
        writeFileSync(path('odd/whole.ndjson'), audits);
        execFileSync('mkfifo', [path('odd/pipe')]);
        writeFileSync(path('odd/zeros.json'), '');
        writeFileSync(path('odd/quote.csv'), `RecordId,AuditData\n1,"${'x'.repeat(1000)}`);
        for (const name of ['odd/zeros.json', 'odd/quote.csv']) truncateSync(path(name), 5 * 2 ** 30);
        const { code, stdout } = await run(['scan', 'odd', '--no-progress']);
        expect(code).toBe(3);
        expect(stdout).toContain('odd/whole.ndjson: 4 graph json');
        expect(stdout).toMatch(/odd\/zeros\.json: nothing read\n {4}binary file/);
        expect(stdout).toMatch(/odd\/quote\.csv: nothing read\n {4}line 2: record is larger than 16 MB/);
        expect(stdout).toMatch(/odd\/pipe: nothing read\n {4}a pipe, socket or device/);
      },
    );

    it('says that nothing lies between --since and --until', async () => {
      const { code, stdout, stderr } = await run(['scan', 'exports', '--since', '2027-01-01']);
      expect(code).toBe(3);
      expect(stdout).toContain('No finding.');
      expect(stderr).toMatch(/^--since is later than the last event that was read \(2026-03-0\dT/);
    });

    it.skipIf(!existsSync('/dev/full'))('prints the findings also when the page cannot be written', async () => {
      const { code, stdout, stderr } = await run(['scan', 'exports', '--html', '/dev/full']);
      expect(code).toBe(3);
      expect(stdout).toContain('2 attempts on accounts of 2 people');
      expect(stderr).toMatch(/^--html \/dev\/full: could not be written \(ENOSPC\)/);
    });

    it('makes a page that was there before readable by its owner only', async () => {
      writeFileSync(path('old.html'), 'old', { mode: 0o644 });
      await run(['scan', 'exports', '--html', 'old.html']);
      expect(readFileSync(path('old.html'), 'utf8')).toContain('<!doctype html>');
      if (process.platform !== 'win32') expect(statSync(path('old.html')).mode & 0o777).toBe(0o600);
    });

    it('goes on with the rules that can be used, and tells every problem of the others', async () => {
      mkdirSync(path('mixed'));
      const fine = `title: fine\nname: fine\nlogsource: {product: azure, service: auditlogs}\ndetection:\n  s: {x: 1}\n  condition: s\n`;
      writeFileSync(path('mixed/a.yml'), fine);
      writeFileSync(
        path('mixed/b.yml'),
        fine.replaceAll('fine', 'bad').replace('x: 1', 'x|is: 1').replace('title', 'id: 1\ntitle'),
      );
      writeFileSync(path('mixed/c.yml'), 'a: [\n');
      const { code, stdout } = await run(['scan', 'exports', '--rules', 'mixed', '--redact']);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^Rejected: 2 of 3 rules\n/m);
      expect(stdout).toMatch(/^ {2}file-\d\.yml:1:1: "id" must be a UUID in quotes$/m);
      expect(stdout).toMatch(/^ {2}file-\d\.yml:6:7: x: there is no modifier "is"/m);
      expect(stdout).toMatch(/^ {2}file-\d\.yml:\d:\d: not valid YAML/m);
      expect(stdout).not.toContain('mixed');
    });

    it('does not call nothing clean', async () => {
      mkdirSync(path('empty'));
      const { code, stdout } = await run(['scan', 'empty']);
      expect(code).toBe(3);
      expect(stdout).toContain('Read 0 records of 0 files');
      expect(stdout).toContain('That speaks only for what was read');
    });

    it('stops on Ctrl-C also while it waits for standard input', async () => {
      const child = start(['scan', '-']);
      let stderr = '';
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      const closed = new Promise<number | null>((done) => child.on('close', done));
      await new Promise((wait) => setTimeout(wait, 3000));
      child.kill('SIGINT');
      expect(await closed).toBe(130);
      expect(stderr).toBe('Stopped before the end: no result, nothing was written.\n');
    });

    it('stops cleanly on Ctrl-C', async () => {
      const child = start(['scan', '-', '--html', 'stopped.html']);
      let stderr = '';
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      const closed = new Promise<number | null>((done) => child.on('close', done));
      child.stdin?.on('error', () => undefined);
      const feed = setInterval(() => child.stdin?.write(signIns.repeat(200)), 100);
      await new Promise((wait) => setTimeout(wait, 4000));
      child.kill('SIGINT');
      expect(await closed).toBe(130);
      clearInterval(feed);
      expect(stderr).toBe('Stopped before the end: no result, nothing was written.\n');
      expect(readdirSync(folder)).not.toContain('stopped.html');
    });
  });

  describe('lint', () => {
    it('finds nothing wrong with the rules that come with Postern', async () => {
      const { code, stdout } = await run(['lint']);
      expect(stdout).toMatch(/^Loaded \d+ rules \(.+\): 0 rejected/m);
      expect(code).toBe(0);
    });

    it('tells all problems of all files with their places, and what can never match', async () => {
      mkdirSync(path('rules'));
      const rule = (name: string, service: string, field: string) =>
        `title: ${name}\nname: ${name}\nlogsource:\n  product: azure\n  service: ${service}\ndetection:\n  selection:\n    ${field}: value\n  condition: selection\nlevel: low\n`;
      writeFileSync(
        path('rules/a.yml'),
        `${rule('fine', 'auditlogs', 'Category')}---\n${rule('bad', 'auditlogs', 'Category|contians')}`,
      );
      writeFileSync(path('rules/b.yml'), `${rule('never', 'activitylogs', 'Category')}---\ntitle: [`);
      const { code, stdout } = await run(['lint', 'rules']);
      expect(code).toBe(1);
      expect(stdout).toMatch(/^rules\/a\.yml:19:5: .*contians.*contains/m);
      expect(stdout).toMatch(/^rules\/b\.yml:1\d:\d+: /m);
      expect(stdout).toContain('  product azure, service activitylogs\n    rules/b.yml: never\n');
      expect(stdout).toMatch(
        /^Loaded 2 rules \(2 detection, 0 correlation, 0 filter\): 2 rejected, 1 that can never match, 0 warnings/m,
      );
    });
  });
});
