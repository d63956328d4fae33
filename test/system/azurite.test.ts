import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Azurite, startAzurite } from '../../local/azurite.ts';
import { createTableRows } from '../../src/azure/tables.ts';
import type { Row, RowWrite } from '../../src/ports.ts';

let dir: string;
let azurite: Azurite | undefined;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'postern-azurite-'));
});
afterEach(async () => {
  await azurite?.close('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

async function start(port = 0): Promise<Azurite> {
  azurite = await startAzurite({ dir, port });
  return azurite;
}

async function everything(rows: ReturnType<typeof createTableRows>): Promise<Map<string, Row>> {
  const all = new Map<string, Row>();
  for await (const row of rows.scan('evidence')) all.set(`${row.partition}/${row.row}`, row);
  return all;
}

describe('Azurite with a folder', () => {
  it('killed under load: what was acknowledged is there, with its tag, and transactions are whole', async () => {
    const acknowledged = new Map<string, { tag: string; value: number }>();
    let count = 0;
    const { port } = await start();
    for (let round = 0; round < 3; round++) {
      const running = azurite as Azurite;
      const rows = createTableRows(running);
      let isOver = false;
      const write = async (writer: number): Promise<void> => {
        const partition = `p${writer}`;
        for (let n = 0; !isOver; n++) {
          const value = round * 1_000_000 + n;
          const writes: RowWrite[] = ['a', 'b', `c${n % 40}`].map((row) => ({ op: 'put', row, value }));
          const written = new Map<string, string>();
          const single = n % 3 === 0 ? writes.slice(0, 1) : writes;
          const result = await rows.transact('evidence', partition, single, written).catch(() => undefined);
          if (result !== 'done') return;
          count++;
          for (const [row, tag] of written) acknowledged.set(`${partition}/${row}`, { tag, value });
        }
      };
      const writers = [0, 1, 2, 3].map(write);
      await new Promise((resolve) => setTimeout(resolve, 400));
      await running.close('SIGKILL');
      isOver = true;
      await Promise.all(writers);
      await start(port);
      const found = await everything(createTableRows(azurite as Azurite));
      for (const [key, { tag, value }] of acknowledged) {
        const row = found.get(key);
        // At most one write of each writer was under way: it may be there or not.
        if (row?.tag !== tag) expect(Number(row?.value), key).toBeGreaterThan(value);
      }
      for (const partition of ['p0', 'p1', 'p2', 'p3']) {
        const [a, b] = ['a', 'b'].map((row) => Number(found.get(`${partition}/${row}`)?.value));
        expect(a).toBeGreaterThanOrEqual(b ?? Number.POSITIVE_INFINITY);
        expect((a ?? 0) - (b ?? 0)).toBeLessThanOrEqual(1);
      }
      for (const [key, row] of found) acknowledged.set(key, { tag: row.tag, value: Number(row.value) });
    }
    expect(count).toBeGreaterThan(30);
  });

  it('forgets nothing that was deleted, created or rolled back, and reads on after a line that does not end', async () => {
    const rows = createTableRows(await start());
    await rows.transact(
      'evidence',
      'p',
      ['a', 'b', 'c'].map((row) => ({ op: 'insert', row, value: row })),
    );
    await rows.transact('evidence', 'p', [
      { op: 'delete', row: 'a' },
      { op: 'put', row: 'b', value: 'B' },
    ]);
    const failing: RowWrite[] = [
      { op: 'put', row: 'b', value: 'no' },
      { op: 'delete', row: 'c' },
      { op: 'insert', row: 'b2', value: 'no' },
      { op: 'replace', row: 'x', value: 'no', tag: `W/"datetime'2026-01-01T00%3A00%3A00.0000000Z'"` },
    ];
    expect(await rows.transact('evidence', 'p', failing)).toBe('conflict');
    await rows.transact('state', 'p', [{ op: 'insert', row: 's', value: 1 }]);
    const before = await everything(rows);
    await azurite?.close('SIGKILL');
    appendFileSync(join(dir, 'tables.journal'), '[["devstoreaccount1$posternevidence","insert",{"Partiti');
    const again = createTableRows(await start());
    expect(await everything(again)).toEqual(before);
    expect([...before.values()].map(({ row, value }) => `${row}=${value}`)).toEqual(['b=B', 'c=c']);
    expect((await again.get('state', 'p', 's'))?.value).toBe(1);
    // What was read is saved as a whole; the journal begins anew, and ending in order leaves nothing behind either.
    expect(statSync(join(dir, 'tables.journal')).size).toBe(0);
    expect(readFileSync(join(dir, 'tables.json'), 'utf8')).toContain('posternevidence');
    await again.transact('evidence', 'p', [{ op: 'put', row: 'd', value: 'd' }]);
    await azurite?.close();
    expect((await everything(createTableRows(await start()))).size).toBe(3);
  });
});
