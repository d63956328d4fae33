import { expect, it } from 'vitest';
import { createClock } from '../../../local/functions-host/clock.ts';
import { childTrace } from '../../../local/functions-host/trace.ts';

it('a clock that runs a thousand times faster waits a thousandth', async () => {
  const clock = createClock(1000);
  const [before, real] = [clock.now().getTime(), performance.now()];
  expect(await clock.wait(20_000, new AbortController().signal)).toBe(true);
  expect(clock.now().getTime() - before).toBeGreaterThanOrEqual(20_000);
  expect(performance.now() - real).toBeLessThan(2000);
});

it('a wait ends when it is called off, and does not begin after that', async () => {
  const clock = createClock(1);
  const stopping = new AbortController();
  const waiting = clock.waitUntil(new Date(Date.now() + 3_000_000_000), stopping.signal);
  stopping.abort();
  expect(await waiting).toBe(false);
  expect(await clock.wait(0, stopping.signal)).toBe(false);
});

it('follows a clock that is given, also when it jumps', async () => {
  let now = Date.parse('2026-11-22T00:00:00Z');
  const clock = createClock(1, () => now);
  const waiting = clock.waitUntil(new Date('2026-11-23T00:00:00Z'), new AbortController().signal);
  now += 86_400_000;
  expect(await waiting).toBe(true);
  expect(clock.now()).toEqual(new Date('2026-11-23T00:00:00Z'));
});

it.each([
  [
    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00',
    /^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad)[0-9a-f]{16}-00$/,
  ],
  ['00-00000000000000000000000000000000-b7ad6b7169203331-01', /^00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-01$/],
  ['rubbish', /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/],
  [undefined, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/],
])('the trace below %s', (parent, child) => {
  expect(childTrace(parent, 'state').traceParent).toMatch(child);
});
