import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHtml } from '../../../src/report/html.ts';
import { jsonText, toJson } from '../../../src/report/json.ts';
import { ocsfLines } from '../../../src/report/ocsf.ts';
import { redact, redactFacts } from '../../../src/report/redact.ts';
import { toTable } from '../../../src/report/table.ts';
import { finding, signal, smallReport, takeover } from './sample-report.ts';

const NOW = { now: new Date('2025-09-01T10:00:00Z'), version: '0.0.0' };

function everything(report = redact(smallReport())): string {
  return [
    toTable(report, { width: 100, color: false, limit: 10 }),
    jsonText(toJson(report)),
    toHtml(report, NOW),
    ...ocsfLines(report, NOW),
  ].join('\n');
}

describe('redaction', () => {
  it('leaves no account, address, id or file name in any format', () => {
    const text = everything();
    for (const secret of [
      'ada@',
      'ada.',
      'bo@',
      'example.',
      '192.0.2',
      '11111111-1111',
      '00000000-0000',
      'onerror',
      'exports/',
    ]) {
      expect(text, secret).not.toContain(secret);
    }
  });

  it('gives the same pseudonym to the same value everywhere', () => {
    const [, , ada] = redact(smallReport()).findings;
    expect(ada?.person).toBe('person-3');
    expect(ada?.accounts).toEqual(['account-1', 'person-3']);
    expect(ada?.evidence.map(({ account }) => account)).toEqual([
      'person-3',
      'person-3',
      'person-3',
      'account-1',
      'person-3',
      'person-3',
    ]);
    expect(new Set(ada?.evidence.map(({ ip }) => ip)).size).toBe(1);
  });

  it('is the same for the same input', () => expect(redact(smallReport())).toEqual(redact(smallReport())));

  it('keeps what is needed to judge: outcome, times, country, rules, ids of findings', () => {
    const before = takeover();
    const [after] = redact({ ...smallReport(), findings: [before] }).findings;
    expect(after).toMatchObject({ id: before.id, outcome: before.outcome, first: before.first, chains: before.chains });
    expect(after?.evidence[0]).toMatchObject({ country: 'NL', client: 'windows/edge', at: before.evidence[0]?.at });
  });

  it.each([
    ['forwarding to evil+x@mail.example.net was set', 'forwarding to account-1 was set'],
    ['the number became +1 555-0100', 'the number became a phone number'],
    ['from 2001:db8::17 and 192.0.2.0/24', 'from address-1 and network-1'],
    ['by 0a0a0a0a-0000-4000-8000-000000000001.', 'by id-1.'],
    ['at 09:14:30, 3 times', 'at 09:14:30, 3 times'],
    ['person ada-id acted on ada-idle', 'person person-1 acted on ada-idle'],
  ])('%s', (change, expected) => {
    const one = finding([signal('09:14', 'a', { person: 'ada-id', account: 'ada-id' })], { changes: [change] });
    const { ip, network, ...evidence } = one.evidence[0] ?? signal('09:14', 'a');
    expect([ip, network].length).toBe(2);
    const [after] = redact({ ...smallReport(), findings: [{ ...one, evidence: [evidence] }] }).findings;
    expect(after?.changes).toEqual([expected]);
  });

  it.each([
    ["o'hara@example.org wrote", 'account-1 wrote'],
    ['admin@localhost wrote', 'account-1 wrote'],
    ['person ada id acted', 'person person-1 acted'],
  ])('%s', (change, expected) => {
    const one = finding([signal('09:14', 'a', { person: 'ada_id', account: 'ada_id' })], { changes: [change] });
    const { ip, network, ...evidence } = one.evidence[0] ?? signal('09:14', 'a');
    expect([ip, network].length).toBe(2);
    const [after] = redact({ ...smallReport(), findings: [{ ...one, evidence: [evidence] }] }).findings;
    expect(after?.changes).toEqual([expected]);
  });

  it.each([
    ['ip 192.0.2.7', 'ip address-1'],
    ['ip 2001:db8::7', 'ip address-1'],
    ['network 192.0.2.0/24', 'network network-1'],
    ['asn 64500', 'asn network-1'],
    ['actor help desk', 'actor account-1'],
    ['account +15550100', 'account account-1'],
    ['client windows/edge', 'client windows/edge'],
    ['the same recovery phone or address', 'the same recovery phone or address'],
    ['site of dana@example.org', 'site of account-1'],
  ])('a campaign shares %s', (origin, expected) => {
    const [campaign] = smallReport().campaigns;
    if (!campaign) throw new Error('no campaign');
    const report = { ...smallReport(), findings: [], campaigns: [{ ...campaign, origins: [origin] }] };
    expect(redact(report).campaigns[0]?.origins).toEqual([expected]);
  });

  it.each([
    ['exports/dana.json', 'file-1.json'],
    ['exports/sign-ins.ndjson.gz', 'file-1.ndjson.gz'],
    ['exports/signins.dana', 'file-1'],
    ['exports/for.dana.csv', 'file-1.csv'],
    ['dana.zip/audit log.TXT', 'file-1.txt'],
  ])('a file named %s', (name, expected) => {
    const file = { name, shapes: {}, records: 0, passedOver: 0, ignored: {}, unreadable: 0, examples: [] };
    const problems = [{ message: `${name} is empty`, lost: 'nothing' as const }];
    const [after] = redact({ ...smallReport(), findings: [], files: [{ ...file, problems }] }).files;
    expect(after).toEqual({
      ...file,
      name: expected,
      problems: [{ message: `${expected} is empty`, lost: 'nothing' }],
    });
  });

  it("rules of one's own name nobody, nor the folder that they lie in", () => {
    const report = {
      ...smallReport(),
      findings: [],
      rules: [
        {
          name: 'sspr-probed',
          title: 'Reset of dana@example.org',
          state: 'blind' as const,
          hits: 0,
          why: 'No +1 555-0100',
        },
        {
          name: '/home/dana/rules/mine.yml',
          title: '/home/dana/rules/mine.yml',
          state: 'rejected' as const,
          hits: 0,
          why: 'x: 192.0.2.7 is odd',
          problems: [{ file: '/home/dana/rules/mine.yml', line: 3, column: 1, message: 'x: 192.0.2.7 is odd' }],
        },
      ],
      faults: [{ rule: 'sspr-probed', message: 'failed on dana@example.org', count: 1 }],
    };
    const { rules, faults } = redact(report);
    expect(rules).toEqual([
      { name: 'sspr-probed', title: 'Reset of account-1', state: 'blind', hits: 0, why: 'No a phone number' },
      {
        name: 'file-2.yml',
        title: 'file-2.yml',
        state: 'rejected',
        hits: 0,
        why: 'x: address-1 is odd',
        problems: [{ file: 'file-2.yml', line: 3, column: 1, message: 'x: address-1 is odd' }],
      },
    ]);
    expect(faults).toEqual([{ rule: 'sspr-probed', message: 'failed on account-1', count: 1 }]);
    const text = everything(redact(report));
    expect(text).not.toMatch(/dana|192\.0\.2|555/);
  });

  it('what is told of a rule names nobody either', () => {
    expect(
      redactFacts({
        title: 'Resets of dana@example.org',
        description: 'From 192.0.2.0/24 by 0a0a0a0a-0000-4000-8000-000000000001, call +1 555-0100',
        falsepositives: ['bo@example.org'],
      }),
    ).toEqual({
      title: 'Resets of an account',
      description: 'From an address by an id, call a phone number',
      falsepositives: ['an account'],
    });
  });

  it('never lets a mail address through', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9]{2,8}$/);
    fc.assert(
      fc.property(word, word, fc.constantFrom(' ', '(', '<', '"', ','), (user, domain, before) => {
        const address = `${user}@${domain}.example`;
        const one = finding([
          signal('09:14', `mail to${before}${address} was deleted`, { person: address, account: address }),
        ]);
        const text = JSON.stringify(redact({ ...smallReport(), findings: [one] }).findings);
        return !text.includes(address) && !text.includes(`${domain}.example`);
      }),
    );
  });
});
