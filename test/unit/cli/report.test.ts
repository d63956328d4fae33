import { expect, it } from 'vitest';
import { reportText } from '../../../cli/report.ts';
import { parseQuarter, transparencyReport } from '../../../src/report/transparency.ts';

const quarter = parseQuarter('2026Q4');
if (!quarter) throw new Error('no quarter');

it('prints the numbers, and what may not be shown as such', () => {
  const first = new Date('2026-10-02T00:00:00Z');
  const findings = Array.from({ length: 1200 }, (_, n) => ({
    person: `p${n}`,
    outcome: n < 6 ? ('attacked' as const) : ('identified' as const),
    attempts: 1,
    techniques: ['T1589'],
    first,
    ...(n < 4 && { notifiedAt: first }),
    reached: false,
  }));
  const report = transparencyReport(findings, {
    quarter,
    organization: 'Herald',
    now: new Date('2026-11-01T00:00:00Z'),
  });
  expect(reportText(report)).toBe(`Herald, 2026Q4 (2026-10-01 to 2026-12-31)
  attempts                         1,200
  people identified                1,200
  people attacked                      6
  people compromised                   0
  attacked people notified     not shown
  notified people reached              0
  median minutes to notice     not shown
  T1589, people at least           1,200
The quarter has not ended. Do not publish this: the difference to the final report can be one person.
`);
});
