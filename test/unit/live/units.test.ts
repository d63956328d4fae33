import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UpstreamError } from '../../../src/errors.ts';
import { createStateCache } from '../../../src/live/state-cache.ts';
import { type UnitWrites, writeUnits } from '../../../src/live/transactions.ts';
import { covers, withArrivals, withinCap } from '../../../src/live/unit-hits.ts';
import { readGroup, readPerson, writeGroup, writePerson } from '../../../src/live/unit-rows.ts';
import {
  emptyGroup,
  emptyPerson,
  type GroupState,
  hashOfGroup,
  hitKey,
  type PersonState,
} from '../../../src/live/unit-state.ts';
import { createMemoryRows } from '../../../src/memory.ts';
import { createPlaceHistory, observe } from '../../../src/model/place.ts';
import type { Rows } from '../../../src/ports.ts';
import { createGroup, hitsOf as hitsInGroup, insert } from '../../../src/rules/correlation/group.ts';
import { createNames } from '../../../src/rules/correlation/packing.ts';
import type { Hit } from '../../../src/rules/schema.ts';

const hit = (n: number, more: Partial<Hit> = {}): Hit => ({
  rule: `rule-${n % 3}`,
  recordId: `r${n}`,
  action: n % 2 ? `r${n}` : 'a',
  source: 'sign-ins',
  at: 1_000_000 + n * 1000,
  when: n % 8,
  place: n % 2 ? { ip: '192.0.2.1', network: '192.0.2.0/24', device: 'd' } : {},
  fields: { 'postern.person': 'p_1', list: ['x', n] },
  ...more,
});
const hitsOf = (numbers: readonly number[]) => new Map(numbers.map((n) => [hitKey(hit(n)), hit(n)]));

describe('rows of units', () => {
  const numbers = fc.uniqueArray(fc.nat({ max: 50 }), { maxLength: 8 });
  const place = fc.record(
    { network: fc.constantFrom('n1', 'n2', undefined), device: fc.constantFrom('d1', 'd2', undefined) },
    { requiredKeys: [] },
  );
  const arrivals = fc.array(
    fc.record({
      place: place.map(({ network, device }) => ({ ...(network && { network }), ...(device && { device }) })),
      at: fc.nat(),
    }),
    { maxLength: 8 },
  );

  it('read as they were written, also after a trip through JSON', () => {
    fc.assert(
      fc.property(numbers, numbers, arrivals, fc.nat(), (own, linked, seen, version) => {
        const match = { rule: 'c', group: { g: 'v' }, cut: true, shared: true, evidence: linked.map((n) => hit(n)) };
        const times = { from: match.evidence[0]?.at ?? 0, to: match.evidence.at(-1)?.at ?? 0 };
        const note = {
          id: 'f',
          revision: 'r',
          ties: ['t'],
          first: 1,
          last: 2,
          state: 'withdrawn',
          tell: 'attacked',
          formerIds: ['g'],
          version,
          createdAt: 3,
        } as const;
        const state: PersonState = {
          ...emptyPerson('p_1'),
          tag: 't',
          places: withArrivals(createPlaceHistory(), seen),
          hits: hitsOf(own),
          links: new Map([['h', { version, matches: [{ ...match, ...times }] }]]),
          findings: [note],
          due: version,
          into: ['window:x'],
        };
        expect(readPerson('p_1', JSON.parse(JSON.stringify(writePerson(state))), 't')).toEqual(state);
      }),
    );
    fc.assert(
      fc.property(numbers, fc.nat(), (own, version) => {
        const hits = hitsOf(own);
        const state: GroupState = {
          ...emptyGroup({ window: 'postern.ip', key: '192.0.2.1' }),
          tag: 't',
          version,
          hits,
          cuts: own.length > 0 ? [{ rule: [...hits.values()][0]?.rule ?? '', from: 1, to: 2 }] : [],
          ranks: new Map([...hits.keys()].map((key, index) => [key, index % 3])),
          told: new Map([['p_1', 'digest']]),
          pending: new Map([['p_1', version]]),
        };
        expect(readGroup(JSON.parse(JSON.stringify(writeGroup(state))), 't')).toEqual(state);
      }),
    );
  });

  it('an arrival that is covered changes nothing, and any other does', () => {
    fc.assert(
      fc.property(arrivals, arrivals, (before, more) => {
        const history = withArrivals(createPlaceHistory(), before);
        const observed = withArrivals(history, []);
        const copy = structuredClone(observed);
        for (const { place, at } of more) observe(copy, place, at);
        const isSame = JSON.stringify([...copy.networks], plain) === JSON.stringify([...history.networks], plain);
        const isCovered =
          isSame &&
          copy.first === history.first &&
          JSON.stringify([...copy.devices]) === JSON.stringify([...history.devices]);
        expect(covers(history, more)).toBe(isCovered);
        expect(withArrivals(history, more)).toEqual(copy);
      }),
    );
  });

  const plain = (_: string, value: unknown) => (value instanceof Map ? [...value] : value);

  it('many hits of one rule are thinned out, the same whatever order they came in', () => {
    const flood = Array.from({ length: 900 }, (_, n) => hit(n, { rule: 'one' }));
    const some = [...flood, hit(1), hit(2)].map((each) => [hitKey(each), each] as const);
    const kept = withinCap(new Map(some), []);
    expect(kept.hits.size).toBe(512 + 2);
    expect([...withinCap(new Map(some.toReversed()), []).hits.keys()].sort()).toEqual([...kept.hits.keys()].sort());
    // The groups of a correlator come to the same, going one by one.
    const packing = { rules: createNames(), sources: createNames(), cap: 512 };
    const group = createGroup('');
    for (const [, each] of some.toSorted(([a], [b]) => (a < b ? -1 : 1))) insert(group, each, packing);
    expect(hitsInGroup(group, packing).map(hitKey).sort()).toEqual([...kept.hits.keys()].sort());
    const [cut] = [...(group.cuts ?? [])].map(([, range]) => range);
    expect(kept.cuts).toEqual([{ rule: 'one', ...cut }]);
    const few = new Map(some.slice(0, 300));
    expect(withinCap(few, []).hits).toBe(few);
  });

  it('very many hits of many rules fit into a row all the same', () => {
    const flood = Array.from({ length: 20_000 }, (_, n) => hit(n, { rule: `rule-${n % 40}` }));
    expect(withinCap(new Map(flood.map((each) => [hitKey(each), each])), []).hits.size).toBeLessThanOrEqual(8192);
  });
});

describe('units in memory', () => {
  async function setup(options: { limit?: number; people?: number } = {}) {
    const rows = createMemoryRows();
    const reads: string[] = [];
    const counted: Rows = {
      ...rows,
      get: (table, partition, row) => {
        reads.push(row);
        return rows.get(table, partition, row);
      },
      list: (table, partition, from, to) => {
        reads.push(`list ${partition}`);
        return rows.list(table, partition, from, to);
      },
    };
    const { people = 10_000, ...rest } = options;
    return { rows, reads, cache: createStateCache(counted, { people: () => people, ...rest }) };
  }

  it('are read once, and again after they were forgotten', async () => {
    const { cache, reads } = await setup();
    expect((await cache.persons(['p_1', 'p_1'])).map(({ tag }) => tag)).toEqual([undefined]);
    cache.keep({ ...emptyPerson('p_1'), tag: 't' });
    expect((await cache.persons(['p_1']))[0]?.tag).toBe('t');
    expect(reads).toEqual(['person:p_1']);
    cache.forget(['person:p_1']);
    await cache.persons(['p_1']);
    expect(reads).toEqual(['person:p_1', 'person:p_1']);
  });

  it('of a small tenant are read a bucket at a time', async () => {
    const { cache, reads } = await setup({ people: 10 });
    await cache.persons(['p_1']);
    await cache.persons(['p_1']);
    expect(reads).toEqual(['list b29']);
    cache.forget(['person:p_1']);
    await cache.persons(['p_1']);
    expect(reads).toEqual(['list b29', 'person:p_1']);
  });

  it('give way, the longest unused first, when there are too many', async () => {
    const { cache } = await setup({ limit: 2500 });
    for (const id of ['p_1', 'p_2']) cache.keep({ ...emptyPerson(id), tag: id });
    cache.peek('p_1');
    cache.keep({ ...emptyPerson('p_3'), tag: 'p_3' });
    expect(['p_1', 'p_2', 'p_3'].map((id) => cache.peek(id)?.tag)).toEqual(['p_1', undefined, 'p_3']);
  });

  it('groups are found by what they are about and by their hash', async () => {
    const { cache, rows } = await setup();
    const ref = { window: 'postern.ip', key: '192.0.2.1' };
    expect(await cache.group(hashOfGroup(ref))).toBeUndefined();
    expect(await cache.groups([ref])).toMatchObject([{ ref, version: 0 }]);
    const state = { ...emptyGroup(ref), version: 7, hits: hitsOf([1]) };
    for (const { partition } of [{ partition: 'b00' }]) expect(partition).toBe('b00');
    const { bucketOf } = await import('../../../src/live/buckets.ts');
    await rows.transact('evidence', bucketOf(state.hash), [{ op: 'put', row: state.key, value: writeGroup(state) }]);
    expect((await cache.groups([ref]))[0]?.version).toBe(7);
    expect((await cache.group(state.hash))?.ref).toEqual(ref);
  });
});

describe('transactions of units', () => {
  const unit = (
    key: string,
    bucket: string,
    after: readonly string[] = [],
    size = 1,
  ): UnitWrites & { tags: unknown[] } => {
    const tags: unknown[] = [];
    const writes = Array.from(
      { length: size },
      (_, i) => ({ op: 'put', row: i === size - 1 ? key : `${key}#${i}`, value: i }) as const,
    );
    return { key, bucket, writes, after: new Set(after), tags, done: (tag) => void tags.push(tag) };
  };

  async function run(
    units: readonly (UnitWrites & { tags: unknown[] })[],
    answer: (rows: readonly string[]) => 'done' | 'conflict' | Error = () => 'done',
  ) {
    const log: string[] = [];
    const rows: Rows = {
      ...createMemoryRows(),
      transact: async (_, partition, writes, written) => {
        const names = writes.map(({ row }) => row);
        const result = answer(names);
        if (result instanceof Error) throw result;
        log.push(`${partition}: ${names.length > 5 ? names.length : names.join(' ')}${result === 'done' ? '' : ' !'}`);
        for (const name of result === 'done' ? names : []) written?.set(name, `tag of ${name}`);
        return result;
      },
    };
    const { failed, transactions } = await writeUnits(rows, units);
    return { log, failed: [...failed].sort(), transactions };
  }

  it('one for each bucket', async () => {
    const units = [unit('person:a', 'b1'), unit('person:b', 'b2'), unit('person:c', 'b1')];
    expect(await run(units)).toEqual({ log: ['b1: person:a person:c', 'b2: person:b'], failed: [], transactions: 2 });
    expect(units.map(({ tags }) => tags)).toEqual([['tag of person:a'], ['tag of person:b'], ['tag of person:c']]);
  });

  it('groups before the persons that must follow them, and together where they can be', async () => {
    const units = [
      unit('person:a', 'b1', ['window:g']),
      unit('person:b', 'b2', ['window:g']),
      unit('person:c', 'b1'),
      unit('window:g', 'b2'),
    ];
    expect((await run(units)).log).toEqual(['b2: window:g person:b', 'b1: person:a person:c']);
  });

  it('what must follow something that was not written is not written either; the rest is', async () => {
    const units = [
      unit('person:a', 'b1', ['window:g']),
      unit('person:b', 'b2', ['window:g']),
      unit('window:g', 'b3'),
      unit('window:h', 'b4'),
      unit('person:c', 'b1', ['window:h']),
    ];
    const result = await run(units, (names) => (names.includes('window:g') ? 'conflict' : 'done'));
    expect(result).toEqual({
      log: ['b3: window:g !', 'b4: window:h', 'b1: person:c'],
      failed: ['person:a', 'person:b', 'window:g'],
      transactions: 3,
    });
    expect(units[0]?.tags).toEqual([]);
  });

  it('no more than 100 writes, the row of the unit last', async () => {
    const units = [unit('person:a', 'b1', [], 60), unit('person:b', 'b1', [], 60), unit('person:c', 'b1', [], 30)];
    expect((await run(units)).log).toEqual(['b1: 60', 'b1: 90']);
    const large = await run([unit('person:a', 'b1', [], 250)]);
    expect(large.log).toEqual(['b1: 50', 'b1: 100', 'b1: 100']);
    const seen: string[][] = [];
    await run([unit('person:a', 'b1', [], 101)], (names) => {
      seen.push([...names]);
      return 'done';
    });
    expect(seen.map((names) => names.includes('person:a'))).toEqual([false, true]);
  });

  it('halved when they are too large for one', async () => {
    const units = ['a', 'b', 'c'].map((id) => unit(`person:${id}`, 'b1'));
    const tooLarge = new UpstreamError('tables', 'TOO_LARGE');
    expect((await run(units, (names) => (names.length > 1 ? tooLarge : 'done'))).log).toEqual([
      'b1: person:a',
      'b1: person:b',
      'b1: person:c',
    ]);
    await expect(run(units, () => tooLarge)).rejects.toBe(tooLarge);
  });
});
