import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadCaseBench } from '../../cli/test-rules.ts';
import { createIngest } from '../../src/ingest.ts';
import { createEnrollment, type Person } from '../../src/model/person.ts';
import type { RawRecord } from '../../src/ports.ts';
import { explain } from '../../src/report/table.ts';
import { RuleCase, runCase } from '../../src/rules/cases.ts';
import { createCorrelator } from '../../src/rules/correlate.ts';
import { smallCampaign } from './live/small-campaign.ts';

const { watch, people, records, end } = await smallCampaign(3);

/** Everything concluded from records in this order, asked also on the way. */
function conclude(all: readonly RawRecord[], asks: readonly number[] = []) {
  const persons = people.map(
    ({ id, accounts, sensitive }): Person => ({
      id,
      accounts: accounts.map((account) =>
        account.id === undefined ? { upn: account.upn } : { id: account.id, upn: account.upn },
      ),
      recoveryAddresses: [],
      sensitive,
    }),
  );
  const enrollment = createEnrollment(persons);
  const ingest = createIngest({ ...watch, correlator: createCorrelator(watch.ruleSet), enrollment });
  const on = new Set(asks);
  for (const [index, record] of all.entries()) {
    ingest.take(record);
    if (on.has(index)) ingest.conclude(end);
  }
  const { findings, campaigns, faults } = ingest.conclude(end);
  return { findings, campaigns, faults };
}

describe('the same records', () => {
  const raw = records.map(({ record }) => record);
  const expected = conclude(raw);

  it('are worth it: outcomes of every kind, chains of many kinds, a campaign', () => {
    expect(new Set(expected.findings.map(({ outcome }) => outcome)).size).toBe(3);
    expect(new Set(expected.findings.flatMap(({ chains }) => chains)).size).toBeGreaterThan(15);
    expect(expected.campaigns.length).toBeGreaterThan(0);
  });

  it('in any order, with any duplicates, in any batches end in the same findings with the same ids and evidence', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.array(fc.nat(raw.length - 1), { maxLength: 200 }),
        fc.array(fc.nat(raw.length - 1), { maxLength: 3 }),
        (seed, twice, asks) => {
          const copies = twice.map((index): RawRecord => structuredClone(raw[index] ?? {}));
          const all = [...raw, ...copies];
          const shuffled = all
            .map((record, index) => ({ record, rank: Math.imul(index + 1, seed | 1) >>> 0 }))
            .sort((a, b) => a.rank - b.rank)
            .map(({ record }) => record);
          expect(conclude(shuffled, asks)).toEqual(expected);
        },
      ),
      { numRuns: 15, seed: 7 },
    );
  });
});

it('a flood of records costs bounded evidence, and the finding says so', async () => {
  const { runner } = await loadCaseBench();
  const flood = RuleCase.parse({
    name: 'flood',
    expect: [],
    records: ['0m', '500s', '1000s', '1500s'].map((at) => ({
      sample: 'sspr-sms-failed',
      at,
      from: 'away',
      times: 500,
      every: '1s',
    })),
  });
  const [finding, ...others] = runCase(flood, runner).findings;
  expect(others).toEqual([]);
  expect(finding).toMatchObject({ outcome: 'attacked', cut: true });
  expect(finding?.evidence.length).toBeLessThanOrEqual(512);
  const words = finding && explain(finding, () => undefined, { width: 100, color: false, limit: 10 });
  expect(words).toContain('There was more evidence than is kept; the rest was dropped.');
  const backwards = runCase(flood, runner, (all) => [...all].reverse());
  expect(backwards.findings).toEqual([finding]);
});
