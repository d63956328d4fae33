import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, expect, it } from 'vitest';
import { findCoreTools, startCoreTools } from '../../../local/core-tools.ts';
import { createRunLog, readRunLine } from '../../../local/core-tools-log.ts';
import { describeApp } from '../../../local/functions-host/describe-app.ts';
import type { HostLogEntry } from '../../../local/functions-host/log.ts';
import type { FunctionsHostProcess } from '../../../local/functions-host/process.ts';
import { ConfigError } from '../../../src/errors.ts';
import { FIXTURE, NO_BUS, SETTINGS } from './fixture.ts';

// The real Core Tools cannot be installed everywhere: a stand-in says what they say.
const dir = mkdtempSync(join(tmpdir(), 'core-tools-'));
const bin = join(dir, 'bin');
mkdirSync(bin);
mkdirSync(join(dir, 'empty'));
const script = fileURLToPath(new URL('../../fixtures/core-tools/func.ts', import.meta.url));
// Not a shell script: shells drop variables whose names hold dots.
writeFileSync(
  join(bin, 'func'),
  `#!${process.execPath}
import(${JSON.stringify(script)});
`,
);
chmodSync(join(bin, 'func'), 0o755);
writeFileSync(join(dir, 'empty', 'func'), 'no program');

const names = (await describeApp(FIXTURE, { settings: SETTINGS })).map(({ name }) => name);
const hosts: FunctionsHostProcess[] = [];
const entries: HostLogEntry[] = [];
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.kill()));
  entries.length = 0;
});
afterAll(() => rmSync(dir, { recursive: true }));

async function start(settings: Record<string, string> = {}): Promise<FunctionsHostProcess> {
  const all = { ...SETTINGS, ...NO_BUS, FUNC_NAMES: names.join(','), ...settings };
  const log = (entry: HostLogEntry) => void entries.push(entry);
  const host = await startCoreTools({ root: FIXTURE, port: 0, timers: 'manual', settings: all, log }, bin);
  hosts.push(host);
  return host;
}

const isSaid = (text: string) => entries.some(({ message }) => message.includes(text));

it('is found on PATH, where it can be run', () => {
  expect(findCoreTools([join(dir, 'nowhere'), join(dir, 'empty'), bin].join(':'))).toBe(join(bin, 'func'));
  expect(findCoreTools(`:${join(dir, 'empty')}:`)).toBeUndefined();
});

it('where it is not installed, that is said, and what to do', async () => {
  const starting = startCoreTools({ root: FIXTURE, port: 0, settings: SETTINGS }, join(dir, 'empty'));
  await expect(starting).rejects.toThrow(ConfigError);
  await expect(starting).rejects.toThrow(/no "func" on PATH\. Install version 4 \(https:.*leave out --host func/);
});

it('serves the app with its settings, says what it serves, runs timers by hand', async () => {
  const host = await start({ SOME_SETTING: 'given' });
  expect(host.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(host.functions.find(({ name }) => name === 'tick')).toMatchObject({
    trigger: 'timer',
    schedule: '0 0 0 1 1 *',
  });
  const running = host.invokeTimer('tick');
  await expect.poll(() => host.running()).toBe(2);
  expect(await running).toEqual({ ok: true });
  expect(isSaid(`tick ran in ${FIXTURE} disabled=true setting=given`)).toBe(true);
  await expect.poll(() => host.running()).toBe(0);
  expect(await host.invokeTimer('flaky')).toEqual({
    ok: false,
    error: { name: 'CoreTools', message: 'the run failed: see the log of Core Tools' },
  });
  expect(await host.invokeTimer('yearly')).toMatchObject({
    ok: false,
    error: { message: expect.stringContaining('404') },
  });
  await expect(host.invokeTimer('things')).rejects.toThrow('there is no timer function named "things"');
});

it('stops in order, or by force when that takes too long', async () => {
  const host = await start();
  expect(await host.stop()).toEqual({ drained: true });
  expect(isSaid('Application is shutting down')).toBe(true);
  expect(await host.exited).toBe(0);
  expect(await host.running()).toBe(0);
  expect(await host.invokeTimer('tick')).toMatchObject({ ok: false, error: { message: 'Core Tools do not answer' } });
  const slow = await start({ FUNC_SLOW: '1' });
  expect(await slow.stop({ drainMs: 300 })).toEqual({ drained: false });
  expect(await slow.exited).toBeNull();
});

it.each([
  [{ FUNC_BROKEN: '1' }, 'ended before they served'],
  [{ FUNC_NAMES: names.filter((name) => name !== 'tick').join(',') }, 'did not load tick'],
])('with %j it is said what went wrong', async (settings, words) => {
  await expect(start(settings as Record<string, string>)).rejects.toThrow(words);
});

it.each([
  [
    "[2026-11-22T10:00:00.000Z] Executing 'Functions.poll-logs' (Reason='Timer fired at 2026-11-22T10:00:00.0+00:00', Id=0f8fad5b-d9cb)",
    { kind: 'begun', name: 'poll-logs', id: '0f8fad5b-d9cb', byHand: false },
  ],
  [
    "Executing 'Functions.watch' (Reason='This function was programmatically called via the host APIs.', Id=0f8f)",
    { kind: 'begun', name: 'watch', id: '0f8f', byHand: true },
  ],
  [
    "Executed 'Functions.watch' (Succeeded, Id=0f8f, Duration=12ms)",
    { kind: 'ended', name: 'watch', id: '0f8f', ok: true },
  ],
  [
    "Executed 'Functions.watch' (Failed, Id=0f8f, Duration=3ms)",
    { kind: 'ended', name: 'watch', id: '0f8f', ok: false },
  ],
  ['Worker process started and initialized.', undefined],
  ['', undefined],
])('reads %s', (line, run) => {
  expect(readRunLine(line)).toEqual(run);
});

it('a run that was called off does not take the outcome of the next one', async () => {
  const log = createRunLog();
  log.next('watch').cancel();
  const { ok } = log.next('Watch');
  log.take("Executing 'Functions.watch' (Reason='This function was programmatically called', Id=1)");
  log.take("Executed 'Functions.watch' (Failed, Id=1, Duration=3ms)");
  expect(await ok).toBe(false);
  expect(log.running()).toBe(0);
});
