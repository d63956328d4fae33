import { describe, expect, it } from 'vitest';
import { jsonText, ScanJson, toJson } from '../../../src/report/json.ts';
import { ocsfLines, toOcsf } from '../../../src/report/ocsf.ts';
import { bigReport, smallReport, takeover } from './sample-report.ts';

const OPTIONS = { now: new Date('2025-09-01T10:00:00Z'), version: '1.2.3' };

describe('JSON', () => {
  it.each([
    ['small', smallReport()],
    ['big', bigReport()],
    ['empty', { ...smallReport(), findings: [], campaigns: [], files: [], rules: [], faults: [] }],
  ])('%s report fits its published schema after a round trip', (_, report) => {
    const parsed = ScanJson.parse(JSON.parse(jsonText(toJson(report))));
    expect(parsed.findings.length).toBe(report.findings.length);
    expect(parsed.totals).toEqual(report.totals);
  });

  it('says null where nothing was read', () => {
    const { from, to, ...timeless } = smallReport();
    expect([from, to].every((at) => at instanceof Date)).toBe(true);
    expect(toJson(timeless)).toMatchObject({ from: null, to: null });
  });

  it('shows no control characters to a terminal', () => {
    const text = jsonText({ name: '\u001b[2J\u009b2J\u202e\u2028' });
    expect(text).toBe('{"name":"\\u001b[2J\\u009b2J\\u202e\\u2028"}');
    expect(JSON.parse(text)).toEqual({ name: '\u001b[2J\u009b2J\u202e\u2028' });
  });
});

describe('OCSF', () => {
  const event = toOcsf(takeover(), OPTIONS);

  it('is a Detection Finding of the current schema', () => {
    expect(event).toMatchObject({
      category_uid: 2,
      class_uid: 2004,
      activity_id: 1,
      type_uid: 200401,
      severity_id: 5,
      status_id: 1,
      is_alert: true,
      time: Date.parse('2025-09-01T10:00:00Z'),
      start_time: Date.parse('2025-08-12T09:14:00Z'),
      end_time: Date.parse('2025-08-12T10:05:00Z'),
      metadata: { version: '1.8.0', product: { name: 'Postern', vendor_name: 'Postern', version: '1.2.3' } },
      finding_info: {
        uid: 'aaaaaaaaaaaaaaaa',
        title: 'Somebody got in',
        types: ['account recovery: compromised'],
        first_seen_time: Date.parse('2025-08-12T09:14:00Z'),
        last_seen_time: Date.parse('2025-08-12T10:05:00Z'),
        created_time: Date.parse('2025-09-01T10:00:00Z'),
        attacks: [
          { technique: { uid: 'T1078' }, sub_technique: { uid: 'T1078.004' } },
          { technique: { uid: 'T1098' } },
        ],
      },
    });
  });

  it('has every required attribute of class 2004', () => {
    for (const name of [
      'activity_id',
      'category_uid',
      'class_uid',
      'finding_info',
      'metadata',
      'severity_id',
      'time',
      'type_uid',
    ]) {
      expect(event).toHaveProperty(name);
    }
  });

  it('names each piece of evidence with one of the members that the schema asks for', () => {
    const { evidences } = event as { evidences: Record<string, unknown>[] };
    expect(evidences.length).toBe(6);
    for (const evidence of evidences)
      expect(evidence).toMatchObject({ user: { type_id: 1 }, src_endpoint: { ip: '192.0.2.7' } });
  });

  it.each([
    ['informational', 1],
    ['low', 2],
    ['medium', 3],
    ['high', 4],
    ['critical', 5],
  ] as const)('level %s is severity %d', (level, severity) => {
    expect(toOcsf({ ...takeover(), level }, OPTIONS)).toMatchObject({ severity_id: severity });
  });

  it('is one line a finding', () => {
    const lines = [...ocsfLines(smallReport(), OPTIONS)];
    expect(lines.length).toBe(3);
    for (const line of lines) expect(line).not.toMatch(/\p{Cc}/u);
  });
});
