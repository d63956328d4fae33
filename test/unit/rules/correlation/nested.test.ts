import { describe, expect, it } from 'vitest';
import { bounds, brief, correlation, hit, MINUTE, matchesOf } from './rules.ts';

const many = correlation({
  name: 'many-failed',
  type: 'event_count',
  rules: ['failed'],
  timespanMs: 10 * MINUTE,
  condition: bounds({ gte: 3 }),
});
const failed = (...minutes: number[]) => minutes.map((minute) => hit('failed', minute, { recordId: `f${minute}` }));
const success = (minute: number) => hit('success', minute, { recordId: `s${minute}` });

describe('a chain of a chain', () => {
  const brute = correlation({ name: 'brute', type: 'temporal_ordered', rules: ['many-failed', 'success'] });

  it.each<[string, number[], number, string[]]>([
    ['many failures, then a success', [0, 1, 2], 30, ['brute: f0 f1 f2 s30']],
    ['the success came before there were many', [0, 1, 2], 1.5, []],
    ['too long after', [0, 1, 2], 63, []],
    ['failures that go on do not hide the success', [0, 1, 2, 8, 9, 15], 3, ['brute: f0 f1 f2 f8 f9 f15 s3']],
  ])('%s', (_, minutes, at, expected) => {
    const found = brief(matchesOf([brute, many], [...failed(...minutes), success(at)]));
    expect(found.map((text) => [...text.split(' ')].sort())).toEqual(expected.map((text) => text.split(' ').sort()));
  });

  it('without generate only the outermost rule concludes; with it the others do too', () => {
    const hits = [...failed(0, 1, 2), success(5)];
    const names = (generate: boolean) =>
      matchesOf([many, { ...brute, generate }], hits).map(({ rule, group, evidence }) => [
        rule,
        group['postern.person'],
        evidence.length,
      ]);
    expect(names(false)).toEqual([['brute', 'p', 4]]);
    expect(names(true)).toEqual([
      ['brute', 'p', 4],
      ['many-failed', 'p', 3],
      ['success', undefined, 1],
    ]);
  });

  it('two matches that share an inner one are two to a rule above', () => {
    const near = { ...brute, timespanMs: 5 * MINUTE };
    const twice = correlation({ name: 'twice', type: 'event_count', rules: ['brute'], condition: bounds({ gte: 2 }) });
    const minutes = Array.from({ length: 12 }, (_, n) => n * 4);
    expect(matchesOf([many, near, twice], [...failed(...minutes), success(9), success(41)])).toHaveLength(1);
    expect(matchesOf([many, near, twice], [...failed(...minutes), success(9)])).toHaveLength(0);
  });

  it('takes the inner match back when its group no longer matches', () => {
    const few = { ...many, condition: bounds({ lte: 2 }) };
    const hits = [...failed(0, 1), success(5)];
    expect(matchesOf([few, brute], hits)).toHaveLength(1);
    expect(matchesOf([few, brute], [...hits, ...failed(2)])).toHaveLength(0);
  });
});

describe('a campaign: matches of several persons', () => {
  const campaign = correlation({
    name: 'campaign',
    type: 'value_count',
    rules: ['many-failed'],
    groupBy: ['network'],
    condition: bounds({ gte: 2 }, 'postern.person'),
  });
  const from = (person: string, network: string, ...minutes: number[]) =>
    minutes.map((minute) =>
      hit('failed', minute, { recordId: `${person}${minute}`, fields: { 'postern.person': person, network } }),
    );

  it('groups by fields of the evidence and counts the groups below', () => {
    const hits = [...from('p', 'n', 0, 1, 2), ...from('q', 'n', 20, 21, 22), ...from('r', 'm', 5, 6, 7)];
    const [found, ...others] = matchesOf([many, campaign], hits);
    expect(others).toEqual([]);
    expect(found?.group).toEqual({ network: 'n' });
    expect(found?.evidence.map(({ recordId }) => recordId)).toEqual(['p0', 'p1', 'p2', 'q20', 'q21', 'q22']);
  });

  it('a long episode of one person is one match below, not many', () => {
    const rule = { ...campaign, type: 'event_count' as const, condition: bounds({ gte: 2 }) };
    expect(matchesOf([many, rule], from('p', 'n', 0, 1, 2, 3, 4, 5, 6, 7))).toEqual([]);
  });

  it('sums what the parts hold once per match', () => {
    const rule = { ...campaign, type: 'value_sum' as const, condition: bounds({ eq: 6 }, 'bytes') };
    const hits = [1, 2, 3].map((bytes) => hit('failed', bytes, { fields: { network: 'n', bytes } }));
    expect(matchesOf([many, rule], hits)).toHaveLength(1);
  });
});
