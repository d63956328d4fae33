import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../fixtures/formats/read-generated.ts', import.meta.url));

async function read(form: string, size: number): Promise<{ records: number; problems: number; megabytes: number }> {
  const { stdout } = await promisify(execFile)(process.execPath, [script, form, String(size)]);
  return JSON.parse(stdout);
}

describe('memory stays flat whatever the size of the file', () => {
  it.each(['lines', 'array', 'csv', 'array.gz'])('%s of 200 MB', async (form) => {
    const small = await read(form, 20);
    const large = await read(form, 200);
    expect(large.problems).toBe(0);
    expect(large.records).toBeGreaterThan(9 * small.records);
    expect(large.megabytes).toBeLessThan(Math.max(1.3 * small.megabytes, 180));
  });

  it('one record of 200 MB', async () => {
    const large = await read('endless', 200);
    expect(large).toMatchObject({ records: 0 });
    expect(large.problems).toBeGreaterThan(0);
    expect(large.megabytes).toBeLessThan(250);
  });
});
