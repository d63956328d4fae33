/** What every implementation of `Rows` must do; run against memory and against Azurite. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Row, Rows, RowWrite } from '../../../src/ports.ts';

/** Declares the tests. `create` gives rows that may hold anything; each test uses partitions of its own. */
export function describeRows(create: () => Rows): void {
  let partitions = 0;
  const fresh = () => `p${partitions++}`;

  it('reads what was written, and nothing where nothing is', async () => {
    const [rows, p] = [create(), fresh()];
    const value = { a: 1, b: [true, null, 'ü €'], c: { d: '' } };
    expect(await rows.get('evidence', p, 'r')).toBeUndefined();
    expect(await rows.transact('evidence', p, [{ op: 'insert', row: 'r', value }])).toBe('done');
    const row = await rows.get('evidence', p, 'r');
    expect(row).toEqual({ partition: p, row: 'r', value, tag: expect.any(String) });
    expect(await rows.get('ledger', p, 'r')).toBeUndefined();
  });

  it('guards by tags', async () => {
    const [rows, p] = [create(), fresh()];
    const write = (write: RowWrite) => rows.transact('evidence', p, [write]);
    const tag = async () => (await rows.get('evidence', p, 'r'))?.tag ?? '';
    expect(await write({ op: 'replace', row: 'r', value: 0, tag: await staleTag(rows, fresh()) })).toBe('conflict');
    expect(await write({ op: 'insert', row: 'r', value: 1 })).toBe('done');
    expect(await write({ op: 'insert', row: 'r', value: 2 })).toBe('conflict');
    const first = await tag();
    expect(await write({ op: 'replace', row: 'r', value: 3, tag: first })).toBe('done');
    expect(await write({ op: 'replace', row: 'r', value: 4, tag: first })).toBe('conflict');
    expect(await write({ op: 'delete', row: 'r', tag: first })).toBe('conflict');
    expect((await rows.get('evidence', p, 'r'))?.value).toBe(3);
    expect(await write({ op: 'put', row: 'r', value: 5 })).toBe('done');
    expect(await write({ op: 'delete', row: 'r', tag: await tag() })).toBe('done');
    expect(await write({ op: 'delete', row: 'r' })).toBe('done');
    expect(await write({ op: 'delete', row: 'r', tag: first })).toBe('conflict');
    expect(await write({ op: 'put', row: 'r', value: 6 })).toBe('done');
    expect((await rows.get('evidence', p, 'r'))?.value).toBe(6);
  });

  it('lists no more than it is asked for', async () => {
    const [rows, p] = [create(), fresh()];
    await rows.transact(
      'evidence',
      p,
      ['a', 'b', 'c', 'd'].map((row): RowWrite => ({ op: 'insert', row, value: 1 })),
    );
    const names = async (from: string, to: string, limit: number) => {
      const all: string[] = [];
      for await (const { row } of rows.list('evidence', p, from, to, limit)) all.push(row);
      return all;
    };
    expect(await names('b', 'z', 2)).toEqual(['b', 'c']);
    expect(await names('b', 'z', 9)).toEqual(['b', 'c', 'd']);
    expect(await names('', 'z', 0)).toEqual([]);
  });

  it('writes all or nothing', async () => {
    const [rows, p] = [create(), fresh()];
    await rows.transact('evidence', p, [
      { op: 'insert', row: 'a', value: 1 },
      { op: 'insert', row: 'b', value: 1 },
    ]);
    const b = (await rows.get('evidence', p, 'b'))?.tag ?? '';
    const conflicting: readonly (readonly RowWrite[])[] = [
      [
        { op: 'put', row: 'a', value: 2 },
        { op: 'delete', row: 'b' },
        { op: 'insert', row: 'a2', value: 2 },
        { op: 'replace', row: 'x', value: 2, tag: b },
      ],
      [
        { op: 'put', row: 'a', value: 2 },
        { op: 'insert', row: 'b', value: 2 },
      ],
      [
        { op: 'put', row: 'a', value: 2 },
        { op: 'delete', row: 'x', tag: b },
      ],
      [
        { op: 'put', row: 'a', value: 2 },
        { op: 'delete', row: 'b', tag: await staleTag(rows, fresh()) },
      ],
    ];
    for (const writes of conflicting) expect(await rows.transact('evidence', p, writes)).toBe('conflict');
    expect(await valuesIn(rows, p)).toEqual({ a: 1, b: 1 });
    expect(
      await rows.transact('evidence', p, [
        { op: 'replace', row: 'b', value: 3, tag: b },
        { op: 'delete', row: 'gone' },
        { op: 'delete', row: 'gone too' },
        { op: 'put', row: 'c', value: 3 },
        { op: 'delete', row: 'a' },
      ]),
    ).toBe('done');
    expect(await valuesIn(rows, p)).toEqual({ b: 3, c: 3 });
    const tags = await tagsIn(rows, p);
    expect(
      await rows.transact('evidence', p, [
        { op: 'delete', row: 'b', tag: tags.b ?? '' },
        { op: 'delete', row: 'c', tag: tags.c ?? '' },
        { op: 'put', row: 'd', value: 4 },
      ]),
    ).toBe('done');
    expect(await valuesIn(rows, p)).toEqual({ d: 4 });
  });

  it('tells the new tags', async () => {
    const [rows, p] = [create(), fresh()];
    const written = new Map<string, string>();
    await rows.transact('evidence', p, [{ op: 'insert', row: 'a', value: 1 }], written);
    await rows.transact(
      'evidence',
      p,
      [
        { op: 'put', row: 'b', value: 1 },
        { op: 'put', row: 'c.d', value: 1 },
        { op: 'delete', row: 'x' },
      ],
      written,
    );
    expect(Object.fromEntries(written)).toEqual(await tagsIn(rows, p));
    await rows.transact(
      'evidence',
      p,
      [
        { op: 'replace', row: 'a', value: 2, tag: written.get('a') ?? '' },
        { op: 'replace', row: 'b', value: 2, tag: written.get('b') ?? '' },
      ],
      written,
    );
    expect(Object.fromEntries(written)).toEqual(await tagsIn(rows, p));
  });

  it('takes at most 100 writes, one per row', async () => {
    const [rows, p] = [create(), fresh()];
    const inserts = (count: number): RowWrite[] =>
      Array.from({ length: count }, (_, i) => ({ op: 'insert', row: `r${i}`, value: i }));
    await expect(rows.transact('evidence', p, inserts(101))).rejects.toThrow(RangeError);
    await expect(rows.transact('evidence', p, [...inserts(1), ...inserts(1)])).rejects.toThrow(RangeError);
    expect(await rows.transact('evidence', p, [])).toBe('done');
    expect(await rows.transact('evidence', p, inserts(100))).toBe('done');
    expect(Object.keys(await valuesIn(rows, p))).toHaveLength(100);
  });

  it('lists a range in order, over several pages', async () => {
    const [rows, p] = [create(), fresh()];
    const names = Array.from({ length: 1150 }, (_, i) => `r:${String(i).padStart(4, '0')}`);
    for (let at = 0; at < names.length; at += 100)
      await rows.transact(
        'evidence',
        p,
        names.slice(at, at + 100).map((row) => ({ op: 'insert', row, value: row })),
      );
    await rows.transact('evidence', `${p}x`, [{ op: 'insert', row: 'r:0001', value: 'other' }]);
    expect(await namesIn(rows, p)).toEqual(names);
    expect(await namesIn(rows, p, 'r:0100', 'r:0103')).toEqual(['r:0100', 'r:0101', 'r:0102']);
    expect(await namesIn(rows, p, 'r:1148')).toEqual(['r:1148', 'r:1149']);
    expect(await namesIn(rows, p, undefined, 'r:0002')).toEqual(['r:0000', 'r:0001']);
    expect(await namesIn(rows, p, 's')).toEqual([]);
  });

  it('scans a whole table', async () => {
    const [rows, p] = [create(), fresh()];
    await rows.transact('trail', `${p}a`, [{ op: 'put', row: '1', value: 1 }]);
    await rows.transact('trail', `${p}b`, [{ op: 'put', row: '2', value: 2 }]);
    const found: string[] = [];
    for await (const row of rows.scan('trail'))
      if (row.partition.startsWith(p)) found.push(`${row.partition} ${row.row} ${row.value}`);
    expect(found.sort()).toEqual([`${p}a 1 1`, `${p}b 2 2`]);
  });

  it.each([70_000, 700_000])('keeps a value of %i characters that do not pack well', async (length) => {
    const [rows, p] = [create(), fresh()];
    const value = { text: noise(length) };
    expect(await rows.transact('evidence', p, [{ op: 'put', row: 'large', value }])).toBe('done');
    expect((await rows.get('evidence', p, 'large'))?.value).toEqual(value);
  });

  it('keeps any key and any value, and lists keys in their order', async () => {
    const rows = create();
    const key = fc
      .string({ minLength: 1, maxLength: 12, unit: fc.constantFrom(...'aZ09 "#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~!é') })
      .filter((text) => text.trim() === text);
    await fc.assert(
      fc.asyncProperty(
        key,
        fc.uniqueArray(key, { minLength: 1, maxLength: 6 }),
        fc.jsonValue({ maxDepth: 2 }),
        async (part, names, value) => {
          const p = `${fresh()}${part}`;
          const plain: unknown = JSON.parse(JSON.stringify(value));
          expect(
            await rows.transact(
              'inbox',
              p,
              names.map((row) => ({ op: 'insert', row, value })),
            ),
          ).toBe('done');
          expect(await namesIn(rows, p, undefined, undefined, 'inbox')).toEqual([...names].sort());
          for (const row of names) expect((await rows.get('inbox', p, row))?.value).toEqual(plain);
          const from = names[0] ?? '';
          expect(await namesIn(rows, p, from, undefined, 'inbox')).toEqual(names.filter((name) => name >= from).sort());
          expect(
            await rows.transact(
              'inbox',
              p,
              names.map((row) => ({ op: 'delete', row })),
            ),
          ).toBe('done');
          expect(await namesIn(rows, p, undefined, undefined, 'inbox')).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('lets one of several writers win', async () => {
    const [rows, p] = [create(), fresh()];
    await rows.transact('evidence', p, [{ op: 'insert', row: 'n', value: 0 }]);
    const count = async (): Promise<void> => {
      const { value, tag } = (await rows.get('evidence', p, 'n')) as Row;
      const next = [{ op: 'replace', row: 'n', value: Number(value) + 1, tag }] as const;
      if ((await rows.transact('evidence', p, next)) === 'conflict') await count();
    };
    await Promise.all(Array.from({ length: 8 }, count));
    expect((await rows.get('evidence', p, 'n'))?.value).toBe(8);
  });
}

/** A tag of the right form that no row of another partition has any more. */
async function staleTag(rows: Rows, partition: string): Promise<string> {
  await rows.transact('evidence', partition, [{ op: 'put', row: 's', value: 0 }]);
  const tag = (await rows.get('evidence', partition, 's'))?.tag ?? '';
  await rows.transact('evidence', partition, [{ op: 'put', row: 's', value: 1 }]);
  return tag;
}

async function all(rows: Rows, partition: string): Promise<Row[]> {
  const found: Row[] = [];
  for await (const row of rows.list('evidence', partition)) found.push(row);
  return found;
}

async function valuesIn(rows: Rows, partition: string): Promise<Record<string, unknown>> {
  return Object.fromEntries((await all(rows, partition)).map(({ row, value }) => [row, value]));
}

async function tagsIn(rows: Rows, partition: string): Promise<Record<string, string>> {
  return Object.fromEntries((await all(rows, partition)).map(({ row, tag }) => [row, tag]));
}

async function namesIn(
  rows: Rows,
  partition: string,
  from?: string,
  to?: string,
  table: 'evidence' | 'inbox' = 'evidence',
): Promise<string[]> {
  const names: string[] = [];
  for await (const { row } of rows.list(table, partition, from, to)) names.push(row);
  return names;
}

/** Text that deflate makes little of, the same in every run. */
function noise(length: number): string {
  let state = 1;
  let text = '';
  while (text.length < length) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    text += state.toString(36);
  }
  return text.slice(0, length);
}
