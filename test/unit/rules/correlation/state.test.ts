import { describe, expect, it } from 'vitest';
import { createPlaceHistory, observe } from '../../../../src/model/place.ts';
import { createCorrelator, LATENESS_MS } from '../../../../src/rules/correlate.ts';
import type { Hit } from '../../../../src/rules/schema.ts';
import { bounds, brief, correlation, HOUR, hit, matchesOf, START, settledHistory } from './rules.ts';

const two = correlation({ name: 'two', type: 'event_count', rules: ['a'], condition: bounds({ gte: 2 }) });
const ordered = correlation({ name: 'ordered', type: 'temporal_ordered', rules: ['a', 'b'] });
const guid = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
const ask = { now: START, history: () => settledHistory() };

describe('places', () => {
  const NEW = 0b001;
  const away = { network: '203.0.113.0/24', ip: '203.0.113.9' };
  const home = { network: '198.51.100.0/24' };

  it.each<[string, Hit['place'], number, number]>([
    ['new', away, 0b001, 1],
    ['known', home, 0b001, 0],
    ['not told', {}, 0b001, 0],
    ['not told, asked for', {}, 0b100, 1],
    ['known, asked for', home, 0b010, 1],
    ['new, of no matter', away, 0b111, 1],
  ])('a hit from a place that is %s', (_, place, when, expected) => {
    const hits = [hit('a', 0, { place, when }), hit('a', 1, { place, when })];
    expect(matchesOf([two], hits)).toHaveLength(expected);
  });

  it('of one action the earliest record that counts is the hit', () => {
    const hits = [
      hit('a', 0, { action: 'x', when: NEW }),
      hit('a', 1, { action: 'x', when: NEW, place: away, recordId: 'told' }),
      hit('a', 2, { when: NEW, place: away, recordId: 'other' }),
    ];
    expect(brief(matchesOf([two], hits))).toEqual(['two: told other']);
  });

  it("a place that turns out to be the owner's takes the match back", () => {
    const history = createPlaceHistory();
    observe(history, { network: home.network, device: 'laptop' }, START - 30 * 24 * HOUR);
    const correlator = createCorrelator({ correlations: [two] });
    for (const minute of [0, 1]) correlator.add(hit('a', minute, { place: away, when: NEW }));
    const query = { now: START, history: (person: string) => (person === 'p' ? history : undefined) };
    expect(correlator.matches(query)).toHaveLength(1);
    observe(history, { network: away.network, device: 'laptop' }, START + HOUR);
    expect(correlator.matches(query)).toHaveLength(0);
  });
});

describe('hits as a set', () => {
  it('a duplicate changes nothing, also as a copy', () => {
    const correlator = createCorrelator({ correlations: [two] });
    expect(correlator.add(hit('a', 0))).toBe(true);
    expect(correlator.add(hit('a', 0))).toBe(false);
    expect(correlator.add(hit('unheard', 0))).toBe(false);
    expect(correlator.size()).toEqual({ groups: 1, hits: 1, cut: 0 });
  });

  it('gives hits back as they came, whatever their ids look like', () => {
    const hits = [guid(1), guid(2).toUpperCase(), guid(3).replace('-', ''), 'Ünïcode', ''].map((recordId, minute) =>
      hit('a', minute, {
        recordId,
        action: guid(9 + minute),
        source: 'sign-ins',
        fields: { 'postern.person': 'p', n: [1, null] },
      }),
    );
    expect(matchesOf([two], hits)[0]?.evidence).toEqual(hits);
  });

  it('evaluates only groups that changed', () => {
    const correlator = createCorrelator({ correlations: [two] });
    const of = (person: string, minute: number) => hit('a', minute, { fields: { 'postern.person': person } });
    for (const each of [of('p', 0), of('p', 1), of('q', 0), of('q', 1)]) correlator.add(each);
    expect(correlator.matches({ ...ask, onlyDirty: true })).toHaveLength(2);
    expect(correlator.matches({ ...ask, onlyDirty: true })).toHaveLength(0);
    correlator.add(of('q', 2));
    expect(correlator.matches({ ...ask, onlyDirty: true }).map(({ group }) => group['postern.person'])).toEqual(['q']);
    expect(correlator.matches(ask)).toHaveLength(2);
  });
});

describe('bounds', () => {
  it('keeps the cap of a flood, says so, and still sees the step in its middle', () => {
    const flood = Array.from({ length: 2000 }, (_, n) => hit('a', n / 10, { recordId: guid(n) }));
    const correlator = createCorrelator({ correlations: [ordered, two] });
    for (const each of [...flood, hit('b', 100), hit('b', 900)]) correlator.add(each);
    expect(correlator.size()).toEqual({ groups: 1, hits: 514, cut: 1 });
    const found = correlator.matches(ask);
    expect(found.map(({ rule, cut }) => [rule, cut])).toEqual([
      ['two', true],
      ['ordered', true],
    ]);
  });

  it('keeps the earliest and the latest quarter, and a spread of what lies between', () => {
    const flood = Array.from({ length: 4000 }, (_, n) => hit('a', n / 100, { recordId: guid(n) }));
    const [found] = matchesOf([two], flood);
    const kept = found?.evidence.map(({ recordId }) => Number(recordId.slice(-12))) ?? [];
    expect(kept.slice(0, 128)).toEqual(Array.from({ length: 128 }, (_, n) => n));
    expect(kept.slice(-128)).toEqual(Array.from({ length: 128 }, (_, n) => 3872 + n));
    const gaps = kept.slice(1).map((n, index) => n - (kept[index] ?? 0));
    expect(kept).toHaveLength(512);
    expect(Math.max(...gaps)).toBeLessThan(150);
  });

  it('is no cut where nothing is missing', () => {
    const flood = Array.from({ length: 100 }, (_, n) => hit('a', n / 2, { recordId: guid(n) }));
    const later = [hit('a', 5000), hit('a', 5001)];
    expect(matchesOf([two], [...flood, ...later], { cap: 8 }).map(({ cut }) => cut)).toEqual([true, false]);
  });

  it('forgets what is over, not what is open', () => {
    const correlator = createCorrelator({ correlations: [two, ordered] });
    for (const minutes of [0, 30, 60, 90, 120, 150]) correlator.add(hit('a', minutes));
    const before = correlator.matches(ask);
    const old = hit('a', 0, { fields: { 'postern.person': 'q' } });
    correlator.add(old);
    correlator.prune(START + HOUR + LATENESS_MS);
    expect(correlator.size().hits).toBe(7);
    correlator.prune(START + HOUR + LATENESS_MS + 1);
    expect(correlator.size().hits).toBe(6);
    expect(correlator.matches(ask)).toEqual(before);
    correlator.prune(START + 10 * HOUR);
    expect(correlator.size()).toEqual({ groups: 0, hits: 0, cut: 0 });
    expect(correlator.matches(ask)).toEqual([]);
  });
});

describe('snapshots', () => {
  const hits = Array.from({ length: 64 }, (_, n) =>
    hit(n % 2 ? 'a' : 'b', n, {
      recordId: guid(n),
      place: { ip: '203.0.113.7', network: '203.0.113.0/24', country: 'DE' },
      fields: {
        'postern.person': 'p',
        'postern.account': 'p@example.org',
        'postern.recovery.flow': guid(1000 + (n >> 4)),
      },
    }),
  );

  it('carry a group from one correlator to the next', () => {
    const first = createCorrelator({ correlations: [two, ordered] }, { cap: 16 });
    for (const each of hits) first.add(each);
    const refs = first.windowsOf(hit('a', 0));
    expect(refs).toEqual([{ window: 'postern.person', key: 'p' }]);
    const next = createCorrelator({ correlations: [two, ordered] }, { cap: 16 });
    for (const ref of refs) {
      const kept = first.snapshot(ref);
      if (kept) next.restore(JSON.parse(JSON.stringify(kept)));
    }
    expect(next.matches(ask)).toEqual(first.matches(ask));
    expect(next.matches(ask).some(({ cut }) => cut)).toBe(true);
  });

  it('of 64 hits are small', () => {
    const correlator = createCorrelator({ correlations: [two, ordered] });
    for (const each of hits) correlator.add(each);
    const text = JSON.stringify(correlator.snapshot({ window: 'postern.person', key: 'p' }));
    expect(text.length).toBeLessThan(6000);
  });

  it('of nothing, of unknown windows and of rules that are gone do no harm', () => {
    const correlator = createCorrelator({ correlations: [two] });
    expect(correlator.snapshot({ window: 'postern.person', key: 'p' })).toBeUndefined();
    const snapshot = {
      version: 1,
      window: 'elsewhere',
      key: 'p',
      rules: [],
      sources: [],
      places: [],
      fields: [],
      hits: [],
      cuts: [],
    } as const;
    correlator.restore(snapshot);
    correlator.restore({
      ...snapshot,
      window: 'postern.person',
      rules: ['gone'],
      hits: [[0, 0, 0, 'r', 0, 7, 0, 0]],
      cuts: [[0, 1, 2]],
    });
    expect(correlator.size()).toEqual({ groups: 0, hits: 0, cut: 0 });
  });
});

describe('groups as live code sees them', () => {
  const away = { network: '203.0.113.0/24' };
  const byNetwork = correlation({
    name: 'many',
    type: 'value_count',
    rules: ['a'],
    groupBy: ['postern.network'],
    condition: bounds({ gte: 2 }, 'postern.person'),
  });
  const from = (person: string, minute: number, network = away.network) =>
    hit('a', minute, { fields: { 'postern.person': person, 'postern.network': network }, place: { network } });

  it('a group is a person’s when the person is grouped by under that name', () => {
    const alias = correlation({
      name: 'alias',
      type: 'temporal',
      rules: ['a', 'b'],
      groupBy: ['postern.person'],
      aliases: { 'postern.person': { a: 'postern.person', b: 'postern.actor' } },
    });
    const both = correlation({
      name: 'both',
      type: 'event_count',
      rules: ['a'],
      groupBy: ['postern.network', 'postern.person'],
    });
    const generated = correlation({ name: 'top', type: 'event_count', rules: ['a'], generate: true });
    const correlator = createCorrelator({ correlations: [alias, both, byNetwork, generated] });
    const facts = correlator
      .windowsOf(from('p', 0))
      .map((ref) => `${ref.window.split(' ')[0]}: ${correlator.personOf(ref)}`);
    expect(facts).toEqual([
      'postern.person: undefined',
      'postern.network,postern.person: p',
      'postern.network: undefined',
      'postern.person: p',
      '(generated): p',
    ]);
  });

  it('every match names the group that holds its hits', () => {
    const generated = correlation({ name: 'top', type: 'event_count', rules: ['a'], generate: true });
    const correlator = createCorrelator({ correlations: [byNetwork, two, generated] });
    const hits = [from('p', 0), from('q', 1), from('p', 2)];
    for (const each of hits) correlator.add(each);
    const matches = correlator.matches(ask);
    expect(new Set(matches.map(({ rule }) => rule))).toEqual(new Set(['many', 'two', 'top', 'a']));
    for (const match of matches) {
      const refs = match.evidence.map((each) => JSON.stringify(correlator.windowsOf(each)));
      for (const text of refs) expect(text).toContain(JSON.stringify(correlator.groupOf(match)));
    }
  });

  it('a hit can be put into some of its groups only', () => {
    const correlator = createCorrelator({ correlations: [byNetwork, two] });
    const own = (ref: { window: string }) => ref.window === 'postern.person';
    for (const each of [from('p', 0), from('q', 1), from('p', 2)]) correlator.add(each, own);
    expect(brief(correlator.matches(ask))).toEqual(['two: a-000000 a-000002']);
    expect(correlator.size()).toEqual({ groups: 2, hits: 3, cut: 0 });
  });

  it('answers about places can come from elsewhere', () => {
    const correlator = createCorrelator({ correlations: [byNetwork] });
    for (const [minute, person] of ['p', 'q', 'r'].entries()) correlator.add({ ...from(person, minute), when: 0b001 });
    const familiarity = (person: string) => (person === 'q' ? 'familiar' : 'new') as 'familiar' | 'new';
    const [match] = correlator.matches({ ...ask, familiarity });
    expect(match?.evidence.map(({ fields }) => fields['postern.person'])).toEqual(['p', 'r']);
  });

  it('tells which groups wait for an absence, and until when', () => {
    const absent = correlation({
      name: 'absent',
      type: 'event_count',
      rules: ['a'],
      condition: bounds({ gte: 1 }),
      postern: { needs: [], absence: { rules: ['b'], withinMs: HOUR } },
    });
    const correlator = createCorrelator({ correlations: [absent] });
    correlator.add(from('p', 0));
    correlator.add(from('q', 30));
    correlator.matches({ ...ask, now: START + 70 * 60_000 });
    expect(correlator.deadlines()).toEqual([{ ref: { window: 'postern.person', key: 'q' }, at: START + 90 * 60_000 }]);
  });

  it('tells which groups are made of matches of others', () => {
    const above = correlation({
      name: 'above',
      type: 'value_count',
      rules: ['two'],
      groupBy: ['postern.network'],
      condition: bounds({ gte: 2 }, 'postern.person'),
    });
    const correlator = createCorrelator({ correlations: [two, above] });
    for (const each of [from('p', 0), from('p', 1), from('q', 2), from('q', 3), from('r', 4)]) correlator.add(each);
    expect(brief(correlator.matches(ask))).toEqual(['above: a-000000 a-000001 a-000002 a-000003']);
    expect(correlator.nested()).toEqual([
      {
        ref: { window: 'postern.network', key: away.network },
        from: [
          { window: 'postern.person', key: 'p' },
          { window: 'postern.person', key: 'q' },
        ],
      },
    ]);
  });

  it.each([
    ['in order', (hits: Hit[]) => hits],
    ['in another order', (hits: Hit[]) => hits.toReversed()],
    ['with one twice', (hits: Hit[]) => [...hits, ...hits.slice(0, 1)]],
    ['more than the cap', (hits: Hit[]) => [...hits, ...Array.from({ length: 600 }, (_, i) => from('p', 100 + i))]],
  ])('restores %s what adding one by one would have made', (_, change) => {
    const hits = change([from('p', 0), from('q', 1), from('p', 2)]);
    const [restored, added] = [createCorrelator({ correlations: [two] }), createCorrelator({ correlations: [two] })];
    const snapshot = { window: 'postern.person', key: 'x' };
    const filled = {
      version: 1,
      rules: ['a'],
      sources: ['directory-audits'],
      places: [{ network: away.network }],
      fields: hits.map(({ fields }) => fields),
      cuts: [],
    } as const;
    restored.restore({
      ...snapshot,
      ...filled,
      hits: hits.map((each, index) => [0, 0, each.at, each.recordId, 0, 7, 0, index]),
    });
    for (const each of hits)
      added.restore({ ...snapshot, ...filled, hits: [[0, 0, each.at, each.recordId, 0, 7, 0, hits.indexOf(each)]] });
    expect(restored.snapshot(snapshot)).toEqual(added.snapshot(snapshot));
    expect(restored.matches(ask)).toEqual(added.matches(ask));
  });
});
