import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withRecentPartitions } from '../../src/azure/recent-partitions.ts';
import { createMemoryRows } from '../../src/memory.ts';
import type { Rows, RowWrite } from '../../src/ports.ts';

const isSmall = (table: string, partition: string) => table === 'ledger' && partition.startsWith('p_');
const all = async (rows: Rows, from?: string, to?: string) => {
  const found: unknown[] = [];
  for await (const { row, value } of rows.list('ledger', 'p_1', from, to)) found.push([row, value]);
  return found;
};

/** Counts reads below. */
function counted() {
  const rows = createMemoryRows();
  const reads = { get: 0, list: 0 };
  const below: Rows = {
    ...rows,
    get: (...args) => {
      reads.get += 1;
      return rows.get(...args);
    },
    list: (...args) => {
      reads.list += 1;
      return rows.list(...args);
    },
  };
  return { rows, reads, below };
}

describe('small partitions in memory for a moment', () => {
  it('one read serves many, own writes included, until it is old', async () => {
    let time = 0;
    const { below, reads } = counted();
    const rows = withRecentPartitions(below, { isSmall, ttlMs: 1000, now: () => time });
    expect(await rows.get('ledger', 'p_1', 'a')).toBeUndefined();
    await rows.transact('ledger', 'p_1', [{ op: 'insert', row: 'a', value: { n: 1, at: new Date(0) } }]);
    const stored = await rows.get('ledger', 'p_1', 'a');
    expect(stored?.value).toEqual({ n: 1, at: '1970-01-01T00:00:00.000Z' });
    const replace: RowWrite = { op: 'replace', row: 'a', value: { n: 2 }, tag: stored?.tag ?? '' };
    expect(await rows.transact('ledger', 'p_1', [replace])).toBe('done');
    expect(await all(rows)).toEqual([['a', { n: 2 }]]);
    expect(reads).toEqual({ get: 0, list: 1 });
    time = 1000;
    await rows.get('ledger', 'p_1', 'a');
    expect(reads).toEqual({ get: 0, list: 2 });
  });

  it('a conflict drops the copy: the next read sees what the other wrote', async () => {
    const { below, rows: table } = counted();
    const rows = withRecentPartitions(below, { isSmall, ttlMs: 1000, now: () => 0 });
    await rows.transact('ledger', 'p_1', [{ op: 'insert', row: 'a', value: 1 }]);
    const mine = await rows.get('ledger', 'p_1', 'a');
    await table.transact('ledger', 'p_1', [{ op: 'put', row: 'a', value: 2 }]);
    expect((await rows.get('ledger', 'p_1', 'a'))?.value).toBe(1);
    const write: RowWrite = { op: 'replace', row: 'a', value: 3, tag: mine?.tag ?? '' };
    expect(await rows.transact('ledger', 'p_1', [write])).toBe('conflict');
    expect((await rows.get('ledger', 'p_1', 'a'))?.value).toBe(2);
  });

  it('leaves other partitions alone', async () => {
    const { below, reads } = counted();
    const rows = withRecentPartitions(below, { isSmall, ttlMs: 1000, now: () => 0 });
    for (let n = 0; n < 3; n += 1) await rows.get('ledger', 'provider', 'x');
    for (let n = 0; n < 3; n += 1) await rows.get('state', 'p_1', 'x');
    expect(reads).toEqual({ get: 6, list: 0 });
  });

  it('for one who writes alone it is the table', async () => {
    const row = fc.constantFrom('a', 'b', 'c');
    const step = fc.oneof(
      fc.record({ op: fc.constant('put' as const), row, value: fc.nat(9) }),
      fc.record({ op: fc.constant('insert' as const), row, value: fc.nat(9) }),
      fc.record({ op: fc.constant('delete' as const), row }),
      fc.record({ op: fc.constant('replace' as const), row, value: fc.nat(9), tag: fc.constantFrom('1', '2', '3') }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(step, fc.boolean()), { maxLength: 30 }), async (steps) => {
        const plain = createMemoryRows();
        const recent = withRecentPartitions(createMemoryRows(), { isSmall, ttlMs: 1000, now: () => 0 });
        for (const [write, isRead] of steps) {
          expect(await recent.transact('ledger', 'p_1', [write])).toBe(await plain.transact('ledger', 'p_1', [write]));
          if (isRead) expect(await all(recent, 'a', 'c')).toEqual(await all(plain, 'a', 'c'));
        }
        expect(await all(recent)).toEqual(await all(plain));
      }),
    );
  });
});
