/** Ranges that Azurite reads by its indexes are those that tables in memory list: pages, limits, keys that look like numbers. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Azurite, startAzurite } from '../../local/azurite.ts';
import { createTableRows } from '../../src/azure/tables.ts';
import { createMemoryRows } from '../../src/memory.ts';
import type { Rows, RowWrite } from '../../src/ports.ts';

const memory = createMemoryRows();
const prefixes = ['tab:', 'who:', '9', 'x-'];
let azurite: Azurite;
let tables: Rows;

beforeAll(async () => {
  azurite = await startAzurite();
  tables = createTableRows({ connectionString: azurite.connectionString });
  // Two partitions that share their row keys, in mixed order, longer than a page.
  const keys = Array.from({ length: 2400 }, (_, n) => `${prefixes[n % 4]}${(n * 37) % 2400}`);
  for (const rows of [tables, memory]) {
    for (const partition of ['p', 'q']) {
      for (let at = 0; at < keys.length; at += 100) {
        const writes = keys.slice(at, at + 100).map((row): RowWrite => ({ op: 'put', row, value: row }));
        await rows.transact('inbox', partition, writes);
      }
    }
  }
});
afterAll(() => azurite?.close('SIGKILL'));

async function keysOf(rows: Rows, ...range: [from: string, to: string | undefined, limit: number | undefined]) {
  const keys: string[] = [];
  for await (const { row } of rows.list('inbox', 'q', ...range)) keys.push(row);
  return keys;
}

describe.each([
  ['tab:', 'tab;'],
  ['tab:5', 'tab;'],
  ['', 'who;'],
  ['a', 'zz'],
  ['9', 'who:7'],
  ['who:', 'who:2'],
  ['x-', undefined],
] as const)('from %j to %j', (from, to) => {
  it.each([undefined, 1, 7, 999, 1000, 1001])('at most %s', async (limit) => {
    const expected = await keysOf(memory, from, to, limit);
    expect(expected.length).toBeGreaterThan(0);
    expect(await keysOf(tables, from, to, limit)).toEqual(expected);
  });
});
