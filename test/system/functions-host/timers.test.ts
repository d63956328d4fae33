import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { FunctionsHostOptions } from '../../../local/functions-host/start.ts';
import { type Fixture, NO_BUS, startFixture, until } from './fixture.ts';

const hosts: Fixture[] = [];
const dirs: string[] = [];
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.stop()));
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true });
});

/** Only `timer` follows the clock. */
async function start(timer: string, options: Partial<FunctionsHostOptions> = {}): Promise<Fixture> {
  const others = ['tick', 'yearly', 'overlapping', 'flaky', 'lasting', 'enqueue-later'].filter(
    (name) => name !== timer,
  );
  const off = Object.fromEntries(others.map((name) => [`AzureWebJobs.${name}.Disabled`, 'true']));
  const settings = { ...NO_BUS, ...off, ...options.settings };
  const host = await startFixture({ timers: 'clock', ...options, settings });
  hosts.push(host);
  return host;
}

function newDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'functions-host-'));
  dirs.push(dir);
  return dir;
}

const DAY_MS = 86_400_000;
const at = (text: string) => Date.parse(text);

it('runs at the seconds of its schedule, neither before nor between', async () => {
  let now = at('2026-11-22T10:00:05Z');
  const host = await start('tick', { settings: { TICK_SCHEDULE: '*/10 * * * * *' }, now: () => now });
  for (const [instant, runs] of [
    ['10:00:09.999', 0],
    ['10:00:10.000', 1],
    ['10:00:19.999', 1],
    ['10:00:20.001', 2],
    ['10:01:00.000', 3],
  ] as const) {
    now = at(`2026-11-22T${instant}Z`);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect([instant, host.said('tick').length]).toEqual([instant, runs]);
  }
  const [tick] = host.said('tick').map((text) => JSON.parse(text) as object);
  // Occurrences less than a minute apart: no runs are remembered.
  expect(tick).toEqual({ schedule: { adjustForDST: true }, scheduleStatus: null, isPastDue: false });
});

it('remembers its runs', async () => {
  let now = at('2026-11-22T10:00:30Z');
  const host = await start('tick', { settings: { TICK_SCHEDULE: '0 */15 * * * *' }, now: () => now });
  const last = () => (JSON.parse(host.said('tick').at(-1) ?? '{}') as { scheduleStatus?: object }).scheduleStatus;
  now = at('2026-11-22T10:15:01Z');
  await until(() => host.said('tick').length === 1, 'the first run');
  expect(last()).toEqual({
    last: '0001-01-01T00:00:00Z',
    next: '2026-11-22T10:15:00.000Z',
    lastUpdated: '2026-11-22T10:00:30.000Z',
  });
  now = at('2026-11-22T10:30:02Z');
  await until(() => host.said('tick').length === 2, 'the second run');
  expect(last()).toMatchObject({ last: '2026-11-22T10:15:01.000Z', next: '2026-11-22T10:30:00.000Z' });
});

it('never overlaps itself: occurrences during a run are left out', async () => {
  const host = await start('overlapping', { timeScale: 20 });
  await until(() => host.said('overlapping').length >= 4, 'four runs');
  expect(new Set(host.said('overlapping'))).toEqual(new Set(['start running=1']));
});

it('makes up, once, for what was missed while it was down', async () => {
  const dir = newDir();
  let now = at('2026-12-31T10:00:00Z');
  const run = async () => {
    const host = await start('yearly', { stateDir: dir, now: () => now });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await host.stop();
    return host.said('yearly');
  };
  expect(await run()).toEqual([]); // never ran, not due
  now += DAY_MS / 2;
  expect(await run()).toEqual([]);
  now = at('2027-01-02T00:00:00Z');
  expect(await run()).toEqual(['pastDue=true last=0001-01-01T00:00:00Z']);
  now += DAY_MS;
  expect(await run()).toEqual([]);
  now = at('2029-01-02T00:00:00Z');
  expect(await run()).toEqual(['pastDue=true last=2027-01-02T00:00:00.000Z']);
});

it('a damaged memory counts as none', async () => {
  const dir = newDir();
  writeFileSync(join(dir, 'timers.json'), '{"yearly":{"last":"soon"}}');
  await start('yearly', { stateDir: dir, now: () => at('2026-12-31T10:00:00Z') });
  expect(JSON.parse(readFileSync(join(dir, 'timers.json'), 'utf8'))).toEqual({
    yearly: {
      last: '0001-01-01T00:00:00Z',
      next: '2027-01-01T00:00:00.000Z',
      lastUpdated: '2026-12-31T10:00:00.000Z',
    },
  });
});

it('tries again as often as its policy says, with the policy in the context', async () => {
  const host = await start('flaky', { timers: 'manual', timeScale: 500 });
  const outcome = await host.invokeTimer('flaky');
  expect(outcome).toEqual({ ok: false, error: new RangeError('failed 3') });
  expect(host.said('flaky')).toEqual(['try=1 retry=0/2', 'try=2 retry=1/2', 'try=3 retry=2/2']);
  expect(await host.invokeTimer('flaky')).toMatchObject({ ok: true });
  expect(host.said('flaky').slice(3)).toEqual(['try=4 retry=0/2', 'try=5 retry=1/2']);
});

it('a stop between two tries ends the trying, and the run is not remembered', async () => {
  const dir = newDir();
  const host = await start('flaky', { timers: 'manual', stateDir: dir });
  const outcome = host.invokeTimer('flaky');
  await until(() => host.said('flaky').length === 1, 'the first try');
  expect(await host.stop()).toEqual({ drained: true });
  expect(await outcome).toMatchObject({ ok: false });
  expect(host.said('flaky')).toHaveLength(1);
  expect(() => readFileSync(join(dir, 'timers.json'))).toThrow('ENOENT');
});

it('by hand: told what it was given, one after another, also when it is disabled', async () => {
  const host = await start('none', { timers: 'manual' });
  const status = { last: '2026-01-01T00:00:00Z', next: '2027-01-01T00:00:00Z', lastUpdated: '2026-01-01T00:00:00Z' };
  const runs = [host.invokeTimer('lasting'), host.invokeTimer('lasting')];
  await host.invokeTimer('yearly', { isPastDue: true, scheduleStatus: status });
  expect(host.said('yearly')).toEqual(['pastDue=true last=2026-01-01T00:00:00Z']);
  await Promise.all(runs);
  expect(host.said('lasting')).toEqual(['start', 'end', 'start', 'end']);
  await expect(host.invokeTimer('nobody')).rejects.toThrow('there is no timer function named "nobody"');
});
