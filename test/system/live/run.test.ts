/**
 * `npm start` with a small campaign, while its processes are killed one after another and at last all of it: the second
 * start must end in the campaign's numbers, and nobody may be told the same twice over the same channel.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { Letter } from '../../../local/outbox/letters.ts';

const RUN = fileURLToPath(new URL('../../../local/run.ts', import.meta.url));
const CAMPAIGN = ['--people', '400', '--days', '12', '--attempts', '160', '--attacked', '30'];
const MAINS = ['azurite-main', 'service-bus/main', 'graph-simulator/main', 'outbox/main', 'functions-host/main'];

interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

function start(dir: string): Run {
  const args = [RUN, '--seconds', '1', '--exit', '--data', dir, ...CAMPAIGN];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk) => {
      text += String(chunk);
    });
  return { child, output: () => text, ended: once(child, 'exit').then(([code]) => code as number | null) };
}

/** Process ids of the run's children, by a part of their command line. */
function childrenOf(pid: number): Map<string, number> {
  const rows = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(pid)], { encoding: 'utf8' })
    .trim()
    .split('\n');
  return new Map(
    MAINS.flatMap((main) => {
      const row = rows.find((line) => line.includes(main));
      return row ? [[main, Number.parseInt(row.trim(), 10)] as const] : [];
    }),
  );
}

describe('npm start', () => {
  const dir = mkdtempSync(join(tmpdir(), 'postern-run-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('ends in the numbers of the campaign although everything dies once, and tells nobody twice', {
    timeout: 600_000,
  }, async () => {
    const first = start(dir);
    await expect.poll(first.output, { timeout: 60_000 }).toContain('people are enrolled');
    for (const main of MAINS) {
      await delay(4000);
      const pid = childrenOf(first.child.pid ?? 0).get(main);
      expect(pid, `${main} runs`).toBeDefined();
      process.kill(pid ?? 0, 'SIGKILL');
    }
    await delay(4000);
    first.child.kill('SIGKILL');
    await first.ended;
    await delay(3000);

    const second = start(dir);
    const code = await second.ended;
    expect(second.output()).toContain('Going on with a former run');
    expect(second.output()).toContain('160 attempts to identify accounts');
    expect(second.output()).toContain('30 people attacked');
    expect(second.output()).toContain('4 compromised');
    expect(second.output()).not.toContain('NOT AS EXPECTED');
    expect(code).toBe(0);

    const letters = readFileSync(join(dir, 'outbox', 'letters.ndjson'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Letter);
    const told = letters
      .filter(({ via }) => via !== 'desk-webhook' && via !== 'smtp')
      .map(({ via, to, text }) => `${via} ${to} ${text}`);
    expect(told.length).toBeGreaterThan(100);
    // A process that dies between sending and noting it repeats under the same operation id, which the provider drops.
    expect(told.filter((one, index) => told.indexOf(one) !== index)).toEqual([]);
  });
});
