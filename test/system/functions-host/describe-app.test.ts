import { expect, it } from 'vitest';
import { describeApp } from '../../../local/functions-host/describe-app.ts';
import { FIXTURE, SETTINGS } from './fixture.ts';

const http = (name: string, route: string, methods: string[], authLevel = 'anonymous') => ({
  name,
  disabled: false,
  trigger: 'http',
  route: `api/${route}`,
  methods,
  authLevel,
});
const timer = (name: string, schedule: string, useMonitor = true) => ({
  name,
  disabled: false,
  trigger: 'timer',
  schedule,
  useMonitor,
});
const queue = (name: string, entity: string, more: object = {}) => ({
  name,
  disabled: false,
  trigger: 'serviceBus',
  connection: 'ServiceBus',
  entity,
  deadLetters: false,
  batch: false,
  ...more,
});

it('says exactly what an app registers, twice the same, and leaves the environment alone', async () => {
  const before = { ...process.env };
  const expected = [
    queue('batch', 'batches', { batch: true }),
    queue('bury', 'jobs', { deadLetters: true }),
    http('bytes', 'bytes', ['GET', 'POST']),
    http('cookies', 'cookies', ['GET', 'POST']),
    http('enqueue', 'enqueue', ['POST']),
    timer('enqueue-later', '0 0 0 1 1 *'),
    http('files', 'files/{*path}', ['GET', 'PUT']),
    timer('flaky', '0 0 0 1 1 *'),
    http('guarded', 'guarded', ['GET', 'POST'], 'admin'),
    queue('hooked', 'hooked'),
    http('keyed', 'keyed', ['GET', 'POST'], 'function'),
    timer('lasting', '0 0 0 1 1 *'),
    http('named', 'things/{name:alpha}', ['GET']),
    http('nothing', 'nothing', ['GET', 'POST']),
    { ...http('off', 'off', ['GET', 'POST']), disabled: true },
    timer('overlapping', '* * * * * *', false),
    http('rules', 'rules', ['GET']),
    http('slow', 'slow', ['GET', 'POST']),
    http('special', 'things/special', ['GET']),
    http('things', 'things/{id:int?}', ['GET', 'POST']),
    http('throws', 'throws', ['GET', 'POST']),
    timer('tick', '0 0 0 1 1 *'),
    http('unrouted', 'unrouted', ['GET', 'POST']),
    queue('work', 'jobs'),
    timer('yearly', '0 0 0 1 1 *'),
  ];
  const settings = { ...SETTINGS, 'AzureWebJobs.off.Disabled': 'true' };
  for (const _ of [1, 2]) expect(await describeApp(FIXTURE, { settings })).toEqual(expected);
  expect({ ...process.env }).toEqual(before);
});

it('only some entry files', async () => {
  const functions = await describeApp(FIXTURE, { settings: SETTINGS, main: 'functions/timers.ts' });
  expect(functions.map(({ name }) => name)).toEqual(['flaky', 'lasting', 'overlapping', 'tick', 'yearly']);
});

it('what is wrong is told, and the environment is left alone all the same', async () => {
  await expect(describeApp(FIXTURE, { settings: { JOBS_QUEUE: 'jobs' } })).rejects.toThrow(
    'the setting TICK_SCHEDULE is not set (needed by "%TICK_SCHEDULE%")',
  );
  expect(process.env.JOBS_QUEUE).toBeUndefined();
});
