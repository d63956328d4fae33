import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLimiter, FIRST_PAUSE_MS, LIMITS, MAX_PAUSE_MS } from '../../../src/azure/limits.ts';
import { UpstreamError } from '../../../src/errors.ts';
import type { GraphBucket, GraphPriority } from '../../../src/ports.ts';
import { createVirtualClock } from '../../fixtures/graph/virtual-clock.ts';

const throttled = (retryAfterMs?: number) =>
  new UpstreamError('graph', 'THROTTLED', retryAfterMs === undefined ? {} : { retryAfterMs });

/** A request: when it is asked for, how long until Graph sees it, and until the answer is back. */
const request = fc.record({
  askedMs: fc.nat(60_000),
  thereMs: fc.nat(3000),
  backMs: fc.nat(3000),
  bucket: fc.constantFrom<GraphBucket[]>('reports', 'risk', 'outlook', 'trace'),
  priority: fc.constantFrom<GraphPriority[]>('poll', 'hint', 'snapshot'),
  mailbox: fc.constantFrom('a', 'b'),
});

describe('rationing', () => {
  it('lets no window of Graph see more than a limit, whatever the network does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(request, { maxLength: 60 }), async (requests) => {
        const clock = createVirtualClock(0);
        const limiter = createLimiter(clock);
        const seen: { bucket: GraphBucket; lane: string; at: number; end: number }[] = [];
        const all = requests.map(async ({ askedMs, thereMs, backMs, mailbox, ...ticket }) => {
          await clock.sleep(askedMs);
          await limiter.run({ ...ticket, mailbox }, async () => {
            await clock.sleep(thereMs);
            const lane = ticket.bucket === 'outlook' ? mailbox : '';
            const at = clock.now().getTime();
            await clock.sleep(backMs);
            seen.push({ bucket: ticket.bucket, lane, at, end: clock.now().getTime() });
          });
        });
        await clock.run(Promise.all(all));
        expect(seen).toHaveLength(requests.length);
        for (const one of seen) {
          const { most, windowMs, documented = most } = LIMITS[one.bucket];
          const others = seen.filter(({ bucket, lane }) => bucket === one.bucket && lane === one.lane);
          const inWindow = others.filter(({ at }) => at >= one.at && at < one.at + windowMs).length;
          expect(inWindow).toBeLessThanOrEqual(Math.min(most, documented));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('runs at most so many at once in one mailbox', async () => {
    const clock = createVirtualClock(0);
    const limiter = createLimiter(clock);
    let running = 0;
    let most = 0;
    const one = (mailbox: string) =>
      limiter.run({ bucket: 'outlook', priority: 'hint', mailbox }, async () => {
        running++;
        most = Math.max(most, running);
        await clock.sleep(100);
        running--;
      });
    await clock.run(Promise.all(Array.from({ length: 10 }, () => one('a'))));
    expect(most).toBe(2);
    await clock.run(Promise.all(Array.from({ length: 10 }, (_, index) => one(String(index)))));
    expect(most).toBe(10);
  });

  it('lets polls go before hints, and hints before snapshots', async () => {
    const clock = createVirtualClock(0);
    const limiter = createLimiter(clock);
    const order: string[] = [];
    const ask = (priority: GraphPriority, name: string) =>
      limiter.run({ bucket: 'reports', priority }, async () => void order.push(name));
    await clock.run(
      Promise.all([
        ...['1', '2', '3', '4'].map((name) => ask('snapshot', `early snapshot ${name}`)),
        ask('snapshot', 'snapshot'),
        ask('hint', 'hint'),
        ask('poll', 'poll'),
        ask('poll', 'second poll'),
      ]),
    );
    expect(order.slice(4)).toEqual(['poll', 'second poll', 'hint', 'snapshot']);
  });

  it('needs 10 seconds for the fifth request for a report', async () => {
    const clock = createVirtualClock(0);
    const limiter = createLimiter(clock);
    const starts: number[] = [];
    const ask = () => limiter.run({ bucket: 'reports', priority: 'poll' }, async () => void starts.push(+clock.now()));
    await clock.run(Promise.all(Array.from({ length: 9 }, ask)));
    expect(starts).toEqual([0, 0, 0, 0, 10_000, 10_000, 10_000, 10_000, 20_000]);
  });
});

describe('a 429', () => {
  it('pauses the whole bucket for as long as Graph says, and no other', async () => {
    const clock = createVirtualClock(0);
    const limiter = createLimiter(clock);
    const starts: string[] = [];
    const ask = (bucket: GraphBucket) =>
      limiter.run({ bucket, priority: 'poll' }, async () => void starts.push(`${bucket} ${+clock.now()}`));
    const refused = limiter.run({ bucket: 'reports', priority: 'poll' }, async () => {
      throw throttled(33_000);
    });
    await expect(clock.run(refused)).rejects.toMatchObject({ code: 'THROTTLED', retryAfterMs: 33_000 });
    expect(limiter.pausedMs('reports')).toBe(33_000);
    await clock.run(Promise.all([ask('reports'), ask('trace')]));
    expect(starts).toEqual(['trace 0', 'reports 33000']);
  });

  it('without Retry-After pauses longer each time, up to five minutes, until a request succeeds', async () => {
    const clock = createVirtualClock(0);
    const limiter = createLimiter(clock);
    const pauses: number[] = [];
    for (let refusal = 0; refusal < 9; refusal++) {
      const refused = limiter.run({ bucket: 'risk', priority: 'poll' }, async () => {
        throw throttled();
      });
      await clock.run(refused).catch(() => {});
      pauses.push(limiter.pausedMs('risk') / FIRST_PAUSE_MS);
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 64, 128, MAX_PAUSE_MS / FIRST_PAUSE_MS]);
    await clock.run(limiter.run({ bucket: 'risk', priority: 'poll' }, async () => {}));
    const refused = limiter.run({ bucket: 'risk', priority: 'poll' }, async () => {
      throw throttled();
    });
    await clock.run(refused).catch(() => {});
    expect(limiter.pausedMs('risk')).toBe(FIRST_PAUSE_MS);
  });

  it('is told at once to those who will not wait so long', async () => {
    const clock = createVirtualClock(0);
    const limiter = createLimiter(clock);
    const ticket = { bucket: 'reports', priority: 'poll' } as const;
    await clock
      .run(
        limiter.run(ticket, async () => {
          throw throttled(120_000);
        }),
      )
      .catch(() => {});
    const asked: string[] = [];
    const impatient = limiter.run(ticket, async () => void asked.push('asked'), 90_000);
    await expect(clock.run(impatient)).rejects.toMatchObject({ code: 'THROTTLED', retryAfterMs: 120_000 });
    expect(asked).toEqual([]);
  });
});

it('knows how much of a limit was used in the last ten minutes', async () => {
  const clock = createVirtualClock(0);
  const limiter = createLimiter(clock);
  const ask = () => limiter.run({ bucket: 'reports', priority: 'poll' }, async () => {});
  await clock.run(Promise.all(Array.from({ length: 30 }, ask)));
  // 30 of the 300 that Graph allows in ten minutes.
  expect(limiter.load('reports')).toBe(0.1);
  expect(limiter.load('risk')).toBe(0);
  await clock.run(clock.sleep(8 * 60_000));
  expect(limiter.load('reports')).toBe(0.1);
  await clock.run(clock.sleep(4 * 60_000));
  expect(limiter.load('reports')).toBe(0);
});

it('counts what was sent and what is free', async () => {
  const clock = createVirtualClock(0);
  const limiter = createLimiter(clock);
  await clock.run(limiter.run({ bucket: 'reports', priority: 'poll' }, async () => {}));
  expect(limiter.usage().reports).toEqual({ sent: 1, free: 3 });
  expect(limiter.usage().risk).toEqual({ sent: 0, free: 1 });
});
