import { describe, expect, it } from 'vitest';
import { loadCaseBench, testRules } from '../../../cli/test-rules.ts';
import { CaseError, CaseRecord, momentMs, recordsOf } from '../../../src/rules/case-records.ts';
import { checkCase, RuleCase } from '../../../src/rules/cases.ts';

// The checker itself: a case that is wrong must fail, and say why.

const { runner } = await loadCaseBench();
const probe = { sample: 'sspr-options', at: '0m', from: 'away' };
const check = (own: string, testCase: unknown) => checkCase(own, RuleCase.parse(testCase), runner);

describe('checkCase', () => {
  it.each([
    ['passes', { expect: ['sspr-probed'], records: [probe] }, []],
    ['misses a chain', { expect: ['sspr-probed', 'mfa-pushed'], records: [probe] }, ['should have fired: mfa-pushed']],
    ['has a chain too many', { expect: [], records: [probe] }, ['fired without being expected: sspr-probed']],
    [
      'says that the rule is quiet',
      { expect: ['sspr-probed'], fires: false, records: [probe] },
      ['sspr-probed fired and should not'],
    ],
    [
      'has another outcome',
      { expect: ['sspr-probed'], outcomes: { dana: 'attacked' }, records: [probe] },
      ['outcome of dana: identified instead of attacked'],
    ],
    [
      'speaks of somebody without a finding',
      { expect: ['sspr-probed'], outcomes: { eli: 'attacked' }, records: [probe] },
      ['outcome of eli: no finding instead of attacked'],
    ],
    [
      'has a record that nothing reads',
      { expect: [], records: [{ ...probe, with: { activityDisplayName: null } }] },
      ['not a record of any log that Postern reads'],
    ],
  ])('%s', (name, testCase, problems) => {
    expect(check('sspr-probed', { name, ...testCase })).toEqual(problems);
  });

  it('names the samples there are when one is not there', () => {
    const [problem] = check('sspr-probed', {
      name: 'typo',
      expect: [],
      records: [{ sample: 'sspr-option', at: '0m' }],
    });
    expect(problem).toMatch(/^there is no sample "sspr-option"; there are: .*sspr-options/);
  });

  it('refuses keys that mean nothing', () => {
    expect(RuleCase.safeParse({ name: 'typo', expects: [], expect: [], records: [probe] }).success).toBe(false);
    expect(RuleCase.safeParse({ name: 'when?', expect: [], records: [{ ...probe, at: 'soon' }] }).success).toBe(false);
  });
});

describe('recordsOf', () => {
  const samples = new Map([
    ['plain', { id: '$' + '{record}', at: '$' + '{at}', list: [{ a: 1 }] }],
    ['child', { sample: 'plain', with: { 'list.0.a': 2 } }],
    ['loop', { sample: 'loop' }],
    ['hole', { id: '$' + '{nothing}' }],
  ]);
  const make = (entry: object) => recordsOf(CaseRecord.parse({ at: '0m', ...entry }), 0, samples);

  it('fills, extends, changes and repeats', () => {
    const [first, second] = make({
      sample: 'child',
      at: '1h',
      times: 2,
      every: '30s',
      with: { 'more.b': 3, at: null },
    });
    expect(first).toMatchObject({ list: [{ a: 2 }], more: { b: 3 } });
    expect(first).not.toHaveProperty('at');
    expect(first?.id).not.toBe(second?.id);
    expect(make({ sample: 'plain', at: '-1d' })[0]?.at).toBe('2026-03-01T09:00:00.000Z');
    expect(samples.get('plain')).toEqual({ id: '$' + '{record}', at: '$' + '{at}', list: [{ a: 1 }] });
  });

  it('refuses samples that make no record', () => {
    for (const sample of ['loop', 'hole', 'missing']) expect(() => make({ sample })).toThrow(CaseError);
    expect(() => make({ sample: 'plain', with: { 'id.b': 1 } })).toThrow('there is nothing to change');
  });

  it.each([
    ['-3d', -259_200_000],
    ['1h30m', 5_400_000],
    ['+20s', 20_000],
  ])('reads %s', (moment, ms) => {
    expect(momentMs(moment)).toBe(ms);
  });
});

describe('testRules', () => {
  it('prints a line per rule and the sum', async () => {
    const lines: string[] = [];
    const code = await testRules(['rules/chains/owner-reported'], (line) => lines.push(line));
    expect([code, lines]).toEqual([0, ['ok   owner-reported (3)', '1 rules, 3 cases: all pass']]);
  });

  it('refuses a folder without cases', async () => {
    await expect(testRules(['rules/indicators'])).rejects.toThrow('No cases.json was found');
  });
});
