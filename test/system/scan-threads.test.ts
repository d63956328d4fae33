import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openInputs } from '../../cli/inputs.ts';
import { parsePeople } from '../../cli/people-file.ts';
import { generateCampaign, peopleFile } from '../../local/campaign.ts';
import { loadContent } from '../../src/content.ts';
import { type ScanOptions, scan } from '../../src/scan.ts';

// A month with an attack in it, in one file, with broken lines and records of other logs among the rest.

const campaign = { seed: 4, people: 400, attempts: 200, attacked: 40, compromised: 4 };

describe('a file read by several threads', () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-threads-'));
  const path = join(folder, 'all.ndjson');
  const people = parsePeople(peopleFile(campaign), 'people.yml');
  let content: Awaited<ReturnType<typeof loadContent>>;

  beforeAll(async () => {
    content = await loadContent();
    const lines = [...generateCampaign(campaign)].map(({ record }) => JSON.stringify(record));
    for (const [index, line] of ['{"broken', '{"a":1}', '', '{"EventID":1,"Channel":"x"}'].entries()) {
      lines.splice(Math.floor((lines.length * (index + 1)) / 5), 0, line);
    }
    writeFileSync(path, lines.join('\n'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const run = async (more: Partial<ScanOptions>) => {
    const seen: number[] = [];
    const onProgress = ({ bytesRead }: { bytesRead: number }) => void seen.push(bytesRead);
    const result = await scan(await openInputs([path]), { content, people, onProgress, ...more });
    return { result, seen };
  };

  it('ends in the same report, however many there are', async () => {
    const { result: alone } = await run({});
    expect(alone.totals).toMatchObject({ attempts: 200, attacked: 40, compromised: 4 });
    expect(alone.files[0]?.problems).toHaveLength(1);
    for (const threads of [2, 3]) {
      const { result, seen } = await run({ threads, largeFile: 0 });
      const [file] = result.files;
      // How much is passed over depends on what a thread has seen before; the sum does not.
      expect({ ...result, files: [{ ...file, passedOver: 0, shapes: {} }] }).toEqual({
        ...alone,
        files: [{ ...alone.files[0], passedOver: 0, shapes: {} }],
      });
      expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    }
  });

  it('stops when it is told to', async () => {
    const stopper = new AbortController();
    const stopped = run({ threads: 2, largeFile: 0, signal: stopper.signal });
    setTimeout(() => stopper.abort(), 50);
    await expect(stopped).rejects.toThrow(/abort/);
  });

  it('reads alone what is small, or no file of lines', async () => {
    const { result } = await run({ threads: 2 });
    expect(result.totals.compromised).toBe(4);
    const list = join(folder, 'list.json');
    writeFileSync(
      list,
      `[${[...generateCampaign(campaign)].slice(0, 100).map(({ record }) => JSON.stringify(record))}]`,
    );
    const [report] = (await scan(await openInputs([list]), { content, threads: 2, largeFile: 0 })).files;
    expect(report?.records).toBe(100);
  });
});
