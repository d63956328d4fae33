import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OUTCOMES } from '../../../src/model/finding.ts';
import {
  parseQuarter,
  peopleCells,
  type ReportedFinding,
  transparencyReport,
} from '../../../src/report/transparency.ts';
import { toTransparencyHtml } from '../../../src/report/transparency-html.ts';

const QUARTER = parseQuarter('2026Q4');
if (!QUARTER) throw new Error('no quarter');
const OPTIONS = { quarter: QUARTER, organization: 'Herald', now: new Date('2027-02-01T00:00:00Z') };
const MINUTE_MS = 60_000;
const FIRST = new Date('2026-11-05T10:00:00Z');

function finding(person: string, more: Partial<ReportedFinding> = {}): ReportedFinding {
  return { person, outcome: 'identified', attempts: 1, techniques: [], first: FIRST, reached: false, ...more };
}

const later = (minutes: number) => new Date(FIRST.getTime() + minutes * MINUTE_MS);
const some = (count: number, make: (index: number) => ReportedFinding) =>
  Array.from({ length: count }, (_, n) => make(n));

/** 30 identified only, 20 attacked of whom 12 were notified, 7 of them reached, and 6 compromised. */
const CAMPAIGN = [
  ...some(30, (n) => finding(`i${n}`, { attempts: 2, techniques: ['T1589'] })),
  ...some(14, (n) =>
    finding(`a${n}`, {
      outcome: 'attacked',
      techniques: ['T1110'],
      reached: n < 7,
      ...(n < 12 && { notifiedAt: later(10 * (n + 1)) }),
    }),
  ),
  ...some(6, (n) => finding(`c${n}`, { outcome: 'compromised', techniques: n < 4 ? ['T1078'] : [] })),
];

describe('the transparency report', () => {
  it('counts people once, by the worst', () => {
    const again = finding('a0', { attempts: 3, first: later(60 * 24) });
    const { people, attempts, medianMinutesToNotice, techniques, partial } = transparencyReport(
      [...CAMPAIGN, again],
      OPTIONS,
    );
    expect({ people, attempts, medianMinutesToNotice, techniques, partial }).toEqual({
      people: { identified: 50, attacked: 20, compromised: 6, notified: 12, reached: 7 },
      attempts: 83,
      // 10, 20 … 120: the middle is 65.
      medianMinutesToNotice: 65,
      techniques: [
        { technique: 'T1589', people: 30 },
        { technique: 'T1110', people: 10 },
      ],
      partial: false,
    });
  });

  it('leaves out what is not of the quarter', () => {
    const others = [
      finding('x', { first: new Date('2026-09-30T23:59:59Z') }),
      finding('y', { first: new Date('2027-01-01T00:00:00Z') }),
    ];
    expect(transparencyReport([...CAMPAIGN, ...others], OPTIONS)).toEqual(transparencyReport(CAMPAIGN, OPTIONS));
  });

  it('says that a quarter has not ended', () => {
    const report = transparencyReport(CAMPAIGN, { ...OPTIONS, now: new Date('2026-12-31T23:00:00Z') });
    expect(report.partial).toBe(true);
    expect(toTransparencyHtml(report)).toContain('The quarter has not ended. Do not publish this');
  });

  it.each([
    ['nothing', [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]],
    ['the reference campaign', [2700, 241, 4, 241, 236], [2700, 241, null, 241, 236]],
    ['few people', [3, 1, 0, 1, 1], [null, null, 0, null, null]],
    ['all but two were notified', [100, 50, 10, 48, 40], [100, 50, 10, null, 40]],
    ['all were reached', [100, 50, 50, 50, 50], [100, 50, 50, 50, 50]],
    ['all but three were attacked', [100, 97, 10, 90, 80], [100, null, 10, 90, 80]],
    ['one attacked person fewer than identified, at the smallest', [6, 5, 0, 0, 0], [6, null, 0, 0, 0]],
  ] as const)('%s', (_, [identified, attacked, compromised, notified, reached], expected) => {
    const cells = peopleCells({ identified, attacked, compromised, notified, reached });
    expect([cells.identified, cells.attacked, cells.compromised, cells.notified, cells.reached]).toEqual(expected);
  });

  it('lets no count from 1 to 4 be worked out, however the printed ones are combined', () => {
    // Every world of up to 13 people; what a reader can know of one are the worlds that print the same.
    const MOST = 13;
    const seen = new Map<string, Map<string, Set<number>>>();
    for (let identified = 0; identified <= MOST; identified++)
      for (let attacked = 0; attacked <= identified; attacked++)
        for (let compromised = 0; compromised <= attacked; compromised++)
          for (let notified = 0; notified <= attacked; notified++)
            for (let reached = 0; reached <= notified; reached++) {
              const world = { identified, attacked, compromised, notified, reached };
              const key = JSON.stringify(peopleCells(world));
              const quantities = seen.get(key) ?? new Map<string, Set<number>>();
              seen.set(key, quantities);
              const all = {
                ...world,
                onlyIdentified: identified - attacked,
                attackedOnly: attacked - compromised,
                notNotified: attacked - notified,
                notReached: notified - reached,
                attackedNotReached: attacked - reached,
                identifiedNotCompromised: identified - compromised,
              };
              for (const [name, value] of Object.entries(all))
                quantities.set(name, (quantities.get(name) ?? new Set()).add(value));
            }
    const known = [...seen].flatMap(([printed, quantities]) =>
      [...quantities].flatMap(([name, values]) => {
        const [only = 0] = values;
        return values.size === 1 && only >= 1 && only <= 4 ? [`${printed}: ${name} = ${only}`] : [];
      }),
    );
    expect(known).toEqual([]);
    expect(seen.size).toBeGreaterThan(100);
  });

  const arbitrary = fc.array(
    fc.record({
      person: fc.integer({ min: 0, max: 30 }).map((n) => `p_secret-${n}`),
      outcome: fc.constantFrom(...OUTCOMES),
      attempts: fc.integer({ min: 0, max: 9 }),
      techniques: fc.uniqueArray(fc.constantFrom('T1110', 'T1078', 'T1589', 'T1556'), { maxLength: 3 }),
      minutes: fc.option(fc.integer({ min: 0, max: 600 }), { nil: undefined }),
      reached: fc.boolean(),
    }),
    { maxLength: 60 },
  );

  it('prints no count of people from 1 to 4, no id and no instant of a finding', () => {
    fc.assert(
      fc.property(arbitrary, (given) => {
        const findings = given.map(
          ({ minutes, ...one }): ReportedFinding => ({
            ...one,
            first: FIRST,
            ...(minutes !== undefined && { notifiedAt: later(minutes) }),
          }),
        );
        const report = transparencyReport(findings, OPTIONS);
        const { people, techniques, attempts, medianMinutesToNotice } = report;
        const printed = [...Object.values(people), attempts, ...techniques.map((one) => one.people)];
        expect(printed.filter((cell) => cell !== null && cell >= 1 && cell <= 4)).toEqual([]);
        expect(techniques.every((one) => one.people % 5 === 0)).toBe(true);
        if (people.notified === null || people.notified === 0) expect(medianMinutesToNotice).toBeNull();
        const text = JSON.stringify(report) + toTransparencyHtml(report);
        expect(text).not.toMatch(/secret|2026-11-05/);
      }),
      { numRuns: 300 },
    );
  });

  it('is the same for findings in any order', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(CAMPAIGN, { minLength: CAMPAIGN.length }), (shuffled) => {
        expect(transparencyReport(shuffled, OPTIONS)).toEqual(transparencyReport(CAMPAIGN, OPTIONS));
      }),
      { numRuns: 20 },
    );
  });

  it('escapes the name of the organization', () => {
    const report = transparencyReport([], { ...OPTIONS, organization: '<script>alert(1)</script>' });
    expect(toTransparencyHtml(report)).not.toContain('<script>');
  });
});

describe('a quarter', () => {
  it.each([
    ['2026Q4', '2026-10-01', '2027-01-01'],
    ['2026q1', '2026-01-01', '2026-04-01'],
    ['2026-Q2', '2026-04-01', '2026-07-01'],
  ])('%s', (text, from, to) => {
    const quarter = parseQuarter(text);
    expect([quarter?.from, quarter?.to]).toEqual([new Date(`${from}T00:00:00Z`), new Date(`${to}T00:00:00Z`)]);
  });

  it.each(['', '2026', '2026Q5', 'Q4', '1999Q1', '2026Q4x'])('is not %j', (text) => {
    expect(parseQuarter(text)).toBeUndefined();
  });
});
