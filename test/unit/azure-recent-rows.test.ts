import { describe, expect, it } from 'vitest';
import { withRecentRows } from '../../src/azure/recent-rows.ts';
import { createMemoryRows } from '../../src/memory.ts';
import type { Rows } from '../../src/ports.ts';

const isKept = (table: string, partition: string) => table === 'people' && partition === 'people';

function recent(options: { readonly now?: () => number } = {}) {
  const table = createMemoryRows();
  const read: string[] = [];
  const below: Rows = {
    ...table,
    get: (...args) => {
      read.push(args.join(' '));
      return table.get(...args);
    },
  };
  return { table, read, rows: withRecentRows(below, { isKept, ttlMs: 1000, now: options.now ?? (() => 0) }) };
}

describe('single rows in memory for a moment', () => {
  it('one read serves many until it is old, also when nothing is there', async () => {
    let time = 0;
    const { rows, read, table } = recent({ now: () => time });
    await table.transact('people', 'people', [{ op: 'insert', row: 'p_1', value: { name: 'A' } }]);
    for (let n = 0; n < 3; n += 1) {
      expect((await rows.get('people', 'people', 'p_1'))?.value).toEqual({ name: 'A' });
      expect(await rows.get('people', 'people', 'p_2')).toBeUndefined();
    }
    expect(read).toEqual(['people people p_1', 'people people p_2']);
    await table.transact('people', 'people', [{ op: 'put', row: 'p_1', value: { name: 'B' } }]);
    time = 999;
    expect((await rows.get('people', 'people', 'p_1'))?.value).toEqual({ name: 'A' });
    time = 1000;
    expect((await rows.get('people', 'people', 'p_1'))?.value).toEqual({ name: 'B' });
  });

  it('own writes are seen at once, a conflict too', async () => {
    const { rows, table } = recent();
    await rows.get('people', 'people', 'p_1');
    await rows.transact('people', 'people', [{ op: 'insert', row: 'p_1', value: 1 }]);
    const mine = await rows.get('people', 'people', 'p_1');
    expect(mine?.value).toBe(1);
    await table.transact('people', 'people', [{ op: 'put', row: 'p_1', value: 2 }]);
    const write = { op: 'replace', row: 'p_1', value: 3, tag: mine?.tag ?? '' } as const;
    expect(await rows.transact('people', 'people', [write])).toBe('conflict');
    expect((await rows.get('people', 'people', 'p_1'))?.value).toBe(2);
  });

  it('what was read while a write was under way is not kept', async () => {
    const table = createMemoryRows();
    const gate = Promise.withResolvers<void>();
    const below: Rows = {
      ...table,
      transact: async (...args) => {
        await gate.promise;
        return table.transact(...args);
      },
    };
    const rows = withRecentRows(below, { isKept, ttlMs: 1000, now: () => 0 });
    const writing = rows.transact('people', 'people', [{ op: 'put', row: 'p_1', value: 1 }]);
    expect(await rows.get('people', 'people', 'p_1')).toBeUndefined();
    gate.resolve();
    await writing;
    expect((await rows.get('people', 'people', 'p_1'))?.value).toBe(1);
  });

  it('a read that fails is not kept, and other partitions are left alone', async () => {
    const { rows, read } = recent();
    for (let n = 0; n < 2; n += 1) await rows.get('people', 'proof:p_1', 'c_1');
    expect(read).toHaveLength(2);
    let isDown = true;
    const table = createMemoryRows();
    const flaky = withRecentRows(
      { ...table, get: (...args) => (isDown ? Promise.reject(new Error('down')) : table.get(...args)) },
      { isKept, ttlMs: 1000, now: () => 0 },
    );
    await expect(flaky.get('people', 'people', 'p_1')).rejects.toThrow('down');
    isDown = false;
    expect(await flaky.get('people', 'people', 'p_1')).toBeUndefined();
  });
});
