import { describe, expect, it } from 'vitest';
import { createPeopleStore } from '../../../src/live/people-store.ts';
import { createMemoryRows } from '../../../src/memory.ts';
import { EnrolledPerson } from '../../../src/model/enrolled-person.ts';
import type { Rows } from '../../../src/ports.ts';

function person(id: string, upn: string, more: Record<string, unknown> = {}): EnrolledPerson {
  const accounts = [{ kind: 'work', upn: `${upn}@example.org`, ...(more.objectId ? { id: more.objectId } : {}) }];
  return EnrolledPerson.parse({ id, name: upn, accounts, enrolledAt: '2026-09-01T00:00:00Z' });
}

/** Counts reads by kind. */
function counting(rows: Rows): { rows: Rows; counts: { get: number; list: number } } {
  const counts = { get: 0, list: 0 };
  return {
    counts,
    rows: {
      ...rows,
      get: (...args) => {
        counts.get++;
        return rows.get(...args);
      },
      list: (...args) => {
        counts.list++;
        return rows.list(...args);
      },
    },
  };
}

describe('people store', () => {
  it('finds people by any name of their accounts', async () => {
    const store = createPeopleStore(createMemoryRows());
    expect((await store.current()).list).toEqual([]);
    const ada = person('p_1', 'ada', { objectId: '11111111-0000-4000-8000-000000000001' });
    expect(await store.put(ada)).toEqual({ kind: 'done' });
    const people = await store.current();
    expect(people.byId('p_1')).toEqual(ada);
    expect(people.byAccount({ upn: 'ada@example.org' })?.person).toEqual(ada);
    expect(people.byAccount({ id: '11111111-0000-4000-8000-000000000001' })?.account).toEqual(ada.accounts[0]);
    expect(
      people.byAccount({ id: '11111111-0000-4000-8000-000000000001', upn: 'renamed@example.org' })?.person.id,
    ).toBe('p_1');
    expect(people.byAccount({ upn: 'other@example.org' })).toBeUndefined();
    expect(people.enrollment({ upn: 'ada@example.org' })).toEqual({
      id: 'p_1',
      accounts: [{ id: '11111111-0000-4000-8000-000000000001', upn: 'ada@example.org' }],
      sensitive: false,
      recoveryAddresses: [],
    });
  });

  it('guards changes by tags and accounts by their owner', async () => {
    const store = createPeopleStore(createMemoryRows());
    await store.put(person('p_1', 'ada'));
    expect(await store.put(person('p_1', 'ada'))).toEqual({ kind: 'conflict' });
    expect(await store.put(person('p_2', 'ada'))).toEqual({ kind: 'taken', by: 'p_1', upn: 'ada@example.org' });
    const tag = (await store.load('p_1'))?.tag;
    expect(await store.put(person('p_1', 'ada.b'), tag)).toEqual({ kind: 'done' });
    expect(await store.put(person('p_1', 'ada.c'), tag)).toEqual({ kind: 'conflict' });
    expect(await store.put(person('p_2', 'ada'))).toEqual({ kind: 'done' });
    await store.remove('p_1');
    await store.remove('p_1');
    expect((await store.all()).map(({ id }) => id)).toEqual(['p_2']);
    expect(await store.load('p_1')).toBeUndefined();
  });

  it('takes many at once, or none of them', async () => {
    const store = createPeopleStore(createMemoryRows());
    const many = Array.from({ length: 250 }, (_, i) => person(`p_${i}`, `u${i}`));
    expect(await store.putAll(many)).toEqual({ kind: 'done' });
    expect((await store.all()).length).toBe(250);
    expect(await store.putAll([person('p_x', 'x'), person('p_y', 'u7')])).toMatchObject({ kind: 'taken', by: 'p_7' });
    expect(await store.putAll([person('p_x', 'x'), person('p_y', 'x')])).toMatchObject({ kind: 'taken', by: 'p_x' });
    expect((await store.all()).length).toBe(250);
    // Two who swap accounts do not take anything from anybody else.
    expect(await store.putAll([person('p_1', 'u2'), person('p_2', 'u1')])).toEqual({ kind: 'done' });
    expect((await store.current()).byAccount({ upn: 'u2@example.org' })?.person.id).toBe('p_1');
  });

  it('sees what other instances wrote, reading no more than what changed', async () => {
    const shared = createMemoryRows();
    const { rows, counts } = counting(shared);
    const [one, other] = [createPeopleStore(rows), createPeopleStore(shared)];
    await other.putAll([person('p_1', 'ada'), person('p_2', 'bo')]);
    expect((await one.current()).list.length).toBe(2);
    expect(counts).toEqual({ get: 1, list: 1 });
    await one.current();
    expect(counts).toEqual({ get: 2, list: 1 });
    await other.put(person('p_3', 'cy'));
    await other.remove('p_1');
    expect((await one.current()).list.map(({ id }) => id)).toEqual(['p_2', 'p_3']);
    expect(counts).toEqual({ get: 5, list: 1 });
    // More changes than the version row remembers: everything is read.
    for (let round = 0; round < 5; round++)
      await other.putAll(Array.from({ length: 99 }, (_, i) => person(`p_m${i}`, `m${i}`)));
    expect((await one.current()).list.length).toBe(101);
    expect(counts.list).toBe(2);
  });

  it('loses no update when instances change the same person', async () => {
    const rows = createMemoryRows();
    const stores = [createPeopleStore(rows), createPeopleStore(rows)] as const;
    await stores[0].put(person('p_1', 'ada'));
    const add = (n: number) =>
      stores[n % 2 === 0 ? 0 : 1].update('p_1', (known) => ({ ...known, name: `${known.name}+` }));
    await Promise.all([0, 1, 2, 3, 4, 5].map(add));
    expect((await stores[1].get('p_1'))?.name).toBe('ada++++++');
    await stores[0].update('p_9', () => person('p_9', 'x'));
    expect(await stores[0].get('p_9')).toBeUndefined();
  });

  it('learns object ids once', async () => {
    const store = createPeopleStore(createMemoryRows());
    await store.putAll([person('p_1', 'ada'), person('p_2', 'bo', { objectId: 'known' })]);
    await store.learnIds([
      { person: 'p_1', upn: 'ada@example.org', id: 'a1' },
      { person: 'p_2', upn: 'bo@example.org', id: 'other' },
      { person: 'p_9', upn: 'nobody@example.org', id: 'n' },
    ]);
    const people = await store.current();
    expect(people.byAccount({ id: 'a1' })?.person.id).toBe('p_1');
    expect(people.byId('p_2')?.accounts).toEqual([{ kind: 'work', upn: 'bo@example.org', id: 'known' }]);
  });
});
