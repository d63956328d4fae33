import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHtml } from '../../../src/report/html.ts';
import { jsonText, toJson } from '../../../src/report/json.ts';
import { ocsfLines } from '../../../src/report/ocsf.ts';
import { redact } from '../../../src/report/redact.ts';
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
