import { describe, expect, it } from 'vitest';
import { toHtml } from '../../../src/report/html.ts';
import { explain, toTable } from '../../../src/report/table.ts';
import { bigReport, smallReport, takeover } from './sample-report.ts';

const PLAIN = { width: 100, color: false, limit: 10 };
const text = toTable(smallReport(), PLAIN);

describe('the terminal report', () => {
  it.each([
    'Read 1,240 records of 1 file, 1 Aug 2025, 00:00 to 30 Aug, 23:59 UTC',
    '1,200 graph json, 34 azure monitor, 3 that no rule can match',
    'ignored: 12 sign-in of a service principal',
    'unreadable: 3 records, for example\n      line 17: activityDateTime: not a date',
    'the file ends in the middle of a record: export it again',
    'Blind: 1 of 3 rules\n  No record of risk detections was read. It needs: Entra ID P2.\n    risk-then-info',
    'Rejected: 1 of 3 rules',
    'odd: a list where a text was expected (2 times)',
    'compromised  ada@example.org  1 attempt from 1 address, level critical  [aaaaaaaaaaaaaaaa]\n  Tue 12 Aug 2025\n    09:14 the recovery options',
    '  Changed: a phone number ending in nothing we keep was added',
    '2 attempts, 2 identified, 2 attacked, 1 compromised\n    shared: network 192.0.2.0/24, the same recovery phone or address',
    '3 attempts on accounts of 3 people\n2 attacked, 1 compromised',
  ])('says %j', (part) => expect(text).toContain(part));

  it('lets no control character of a log through', () => expect(text).not.toMatch(/[^\P{Cc}\n]|\u202e/u));

  it('colors only when asked', () => {
    const colored = toTable(smallReport(), { ...PLAIN, color: true });
    expect(colored.replace(/\p{Cc}\[\d+m/gu, '')).toBe(text);
  });

  it('stays short for thousands of findings, and tells all who were compromised', () => {
    const big = toTable(bigReport(), PLAIN);
    expect(big.split('\n').length).toBeLessThan(250);
    expect(big.match(/^compromised {2}/gm)?.length).toBe(4);
    expect(big).toContain('and 226 more: see them with --html report.html or --format json');
    expect(big).toContain('2,700 attempts on accounts of 2,700 people\n241 attacked, 4 compromised');
  });

  it('tells every problem of a rejected rule with its place', () => {
    const problems = [
      { file: 'r/a.yml', line: 3, column: 1, message: '"id" is not a UUID' },
      { file: 'r/a.yml', line: 9, column: 5, message: 'there is no modifier "contians"' },
    ];
    const rule = { name: 'a', title: 'A', state: 'rejected' as const, hits: 0, why: 'both', problems };
    const report = { ...smallReport(), rules: [rule] };
    const told =
      'Rejected: 1 of 1 rule\n  r/a.yml:3:1: "id" is not a UUID\n  r/a.yml:9:5: there is no modifier "contians"\n';
    expect(toTable(report, PLAIN)).toContain(told);
    const page = toHtml(report, { now: new Date('2025-09-01T10:00:00Z'), version: '0.0.0' });
    for (const { line, column } of problems) expect(page).toContain(`<li>r/a.yml:${line}:${column}: `);
  });

  it('tells what cost most first, however many records are broken', () => {
    const broken = Array.from({ length: 9 }, (_, index) => ({ line: index + 1, message: 'no JSON' }));
    const problems = [...broken, { message: 'gz file is cut off', lost: 'rest' as const }];
    const [file] = smallReport().files;
    if (!file) throw new Error('no file');
    const report = { ...smallReport(), files: [{ ...file, problems }] };
    const told =
      '    gz file is cut off\n    line 1: no JSON\n    line 2: no JSON\n    line 3: no JSON\n    line 4: no JSON\n    and 5 more problems\n';
    expect(toTable(report, PLAIN)).toContain(told);
    expect(toHtml(report, { now: new Date('2025-09-01T10:00:00Z'), version: '0.0.0' })).toContain(
      '<li>gz file is cut off</li><li>line 1: no JSON</li>',
    );
  });

  it('does not call an empty result clean', () => {
    const empty = { ...smallReport(), findings: [], campaigns: [] };
    expect(toTable(empty, PLAIN)).toContain('No finding.\nThat speaks only for what was read');
  });
});

describe('one finding explained', () => {
  const facts = (name: string) =>
    name === 'secondary-mailbox-then-reset'
      ? {
          title: 'Secondary mailbox, then reset',
          description: 'A code went to it.',
          falsepositives: ['A forgetful owner'],
        }
      : undefined;
  it.each([
    'Evidence\n  2025-08-12T09:14:00.000Z  Recovery options shown',
    'rule reset-completed, directory audit record 00000000-0000-4000-8000-',
    '  Secondary mailbox, then reset (rule secondary-mailbox-then-reset)\n    A code went to it.\n    Could also be: A forgetful owner',
    'MITRE ATT&CK: T1078.004, T1098',
    'Part of campaign cccccccccccccccc',
    'What to do next\n  Act now: revoke all sessions',
  ])('says %j', (part) => expect(explain(takeover(), facts, PLAIN)).toContain(part));
});
