import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Azurite, connectionStringOf, startAzurite } from '../../local/azurite.ts';
import { createTableRows } from '../../src/azure/tables.ts';
import { createMemoryRows } from '../../src/memory.ts';
import type { Rows } from '../../src/ports.ts';
import { describeRows } from './live/rows-conformance.ts';

describe('rows in memory', () => {
  const rows = createMemoryRows();
  describeRows(() => rows);
});

describe('rows in Azure Tables (Azurite)', () => {
  let azurite: Azurite;
  let rows: Rows;
  beforeAll(async () => {
    azurite = await startAzurite();
    rows = createTableRows({ connectionString: azurite.connectionString });
  });
  afterAll(() => azurite.close());
  describeRows(() => rows);

  it('refuses a value that no entity can hold, and a transaction that is too large', async () => {
    const text = (length: number, salt: number) =>
      Array.from({ length: length / 8 }, (_, i) => (((i + 1) * (salt + 7919)) ** 3 % 4294967291).toString(36)).join('');
    await expect(
      rows.transact('evidence', 'large', [{ op: 'put', row: 'r', value: text(4_000_000, 1) }]),
    ).rejects.toMatchObject({ name: 'UpstreamError', service: 'tables', code: 'TOO_LARGE' });
    const writes = Array.from({ length: 8 }, (_, i) => ({ op: 'put', row: `r${i}`, value: text(900_000, i) }) as const);
    await expect(rows.transact('evidence', 'large', writes)).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });

  it('tells what went wrong by code', async () => {
    const gone = createTableRows({ connectionString: connectionStringOf(1) });
    await expect(gone.get('state', 'p', 'r')).rejects.toMatchObject({ name: 'UpstreamError', code: 'UNAVAILABLE' });
    const stranger = azurite.connectionString.replace(/AccountKey=[^;]+/, `AccountKey=${'A'.repeat(86)}==`);
    const refused = createTableRows({ connectionString: stranger });
    await expect(refused.get('state', 'p', 'r')).rejects.toMatchObject({ name: 'UpstreamError', code: 'FORBIDDEN' });
  });
});
