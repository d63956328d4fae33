import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  expectedRecords,
  firstSlice,
  halve,
  isTooMuch,
  LADDERS,
  ladderFor,
  learnVolume,
  type Progress,
  planPoll,
  type Volume,
  type Window,
} from '../../../src/live/poll-windows.ts';

const VOLUME: Volume = { pageSize: 1000, pagesPerMinute: 10, retentionMs: 30 * 24 * 3600_000 };
const T = (time: string) => new Date(`2026-03-02T${time}Z`);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function show({ from, to }: Window): string {
  return `${from.toISOString().slice(5, 19)} ${to.toISOString().slice(5, 19)}`;
}

describe('what one poll reads', () => {
  const read = { hourAt: T('11:50:00'), dayAt: T('10:00:00'), perMinute: 10 };
  it.each<[string, Progress, Date, string, string | undefined]>([
    [
      'a minute later: the last three',
      { ...read, cursor: T('11:59:00') },
      T('12:00:00'),
      '03-02T11:57:00 03-02T12:00:00',
      undefined,
    ],
    [
      'a quarter of an hour after the last hour rung: the last 60',
      { ...read, cursor: T('12:04:00') },
      T('12:05:00'),
      '03-02T12:02:00 03-02T12:05:00',
      'hour 03-02T11:05:00 03-02T12:02:00',
    ],
    [
      'six hours after the last day rung: the last 24 hours',
      { ...read, cursor: T('15:59:00') },
      T('16:00:00'),
      '03-02T15:57:00 03-02T16:00:00',
      'day 03-01T16:00:00 03-02T15:57:00',
    ],
    [
      'after two hours of silence: everything since, and the rung from where it was',
      { ...read, cursor: T('11:59:00') },
      T('14:00:00'),
      '03-02T11:57:00 03-02T14:00:00',
      'hour 03-02T11:05:00 03-02T11:57:00',
    ],
    [
      'the first time: the last 24 hours',
      {},
      T('12:00:00'),
      '03-02T11:58:00 03-02T12:00:00',
      'day 03-01T12:00:00 03-02T11:58:00',
    ],
    [
      'after forty days: what the log still has',
      { ...read, cursor: new Date('2026-01-20T12:00:00Z') },
      T('12:00:00'),
      '01-31T12:00:00 03-02T12:00:00',
      undefined,
    ],
    [
      'when the clock was set back: no window that ends before it begins',
      { ...read, cursor: T('13:00:00') },
      T('12:00:00'),
      '03-02T11:58:00 03-02T12:00:00',
      undefined,
    ],
  ])('%s', (_, progress, now, fresh, rung) => {
    const plan = planPoll(progress, VOLUME, now);
    expect(show(plan.fresh)).toBe(fresh);
    expect(plan.rung && `${plan.rung.name} ${show(plan.rung.window)}`).toBe(rung);
  });

  it('of very many: once, three minutes late', () => {
    const busy = { ...read, perMinute: 9000 };
    const first = planPoll({ ...busy, cursor: T('11:59:00') }, VOLUME, T('12:00:00'));
    expect([show(first.fresh), first.rung]).toEqual(['03-02T11:58:57 03-02T11:58:57', undefined]);
    const later = planPoll({ ...busy, cursor: T('11:59:00') }, VOLUME, T('12:03:00'));
    expect(show(later.fresh)).toBe('03-02T11:58:57 03-02T12:00:00');
  });

  it.each([
    ['quiet: one request for both', 5, true],
    ['busy: rungs are read apart', 500, false],
    ['not known yet: apart', undefined, false],
  ])('%s', (_, perMinute, together) => {
    const progress = { cursor: T('12:04:00'), hourAt: T('11:50:00'), dayAt: T('10:00:00'), perMinute };
    expect(planPoll(progress, VOLUME, T('12:05:00')).together).toBe(together);
  });
});

/** Plays polls; when each record is first seen after it has arrived. */
function play(polls: readonly number[], records: readonly { at: number; arrives: number }[], perMinute: number) {
  const seen = new Map<number, number>();
  const progress: { -readonly [K in keyof Progress]: Progress[K] } = { perMinute };
  for (const now of polls) {
    const { fresh, rung } = planPoll(progress, VOLUME, new Date(now));
    for (const window of [fresh, ...(rung ? [rung.window] : [])]) {
      records.forEach(({ at, arrives }, index) => {
        const isIn = arrives <= now && at >= window.from.getTime() && at <= window.to.getTime();
        if (isIn && !seen.has(index)) seen.set(index, now);
      });
    }
    progress.cursor = new Date(now);
    if (rung) progress.hourAt = new Date(now);
    if (rung?.name === 'day') progress.dayAt = new Date(now);
  }
  return seen;
}

describe('late records', () => {
  const START = T('00:00:00').getTime();
  const [ladder] = LADDERS as [(typeof LADDERS)[0]];
  const hour = ladder.hour as NonNullable<typeof ladder.hour>;
  const polls = fc
    .array(fc.integer({ min: 20_000, max: 40 * MINUTE }), { minLength: 100, maxLength: 160 })
    .map((gaps) => {
      let at = START;
      return gaps.map((gap) => {
        at += gap;
        return at;
      });
    });
  const records = fc.array(
    fc.record({
      afterMs: fc.nat(30 * HOUR),
      lateMs: fc.oneof(fc.nat(2 * MINUTE), fc.nat(45 * MINUTE), fc.nat(18 * HOUR)),
    }),
    { maxLength: 30 },
  );

  it('are read, as late as their rung allows, at whatever distances polls come', () => {
    fc.assert(
      fc.property(polls, records, (times, raw) => {
        const all = raw.map(({ afterMs, lateMs }) => ({ at: START + afterMs, arrives: START + afterMs + lateMs }));
        const seen = play(times, all, 10);
        all.forEach(({ at, arrives }, index) => {
          const lateMs = arrives - at;
          const first = times.findIndex((time) => time >= arrives);
          if (first < 0) return;
          const waitMs =
            lateMs <= ladder.fresh.reachMs ? 0 : lateMs <= hour.reachMs ? hour.everyMs : (ladder.day?.everyMs ?? 0);
          // The rung comes with the first poll at which it is due.
          const due = times.findIndex((time) => time >= (times[first] as number) + waitMs);
          if (due < 0) return;
          expect(seen.get(index)).toBeLessThanOrEqual(times[due] as number);
        });
      }),
      { numRuns: 200 },
    );
  });
});

describe('volume', () => {
  it.each([
    [undefined, 11],
    [900, 11],
    [910, 5],
    [2000, 5],
    [2001, 3.5],
    [4400, 2.25],
    [4500, 1.05],
    [100_000, 1.05],
  ])('%s records a minute: each is read %s times', (perMinute, costs) => {
    expect(ladderFor(perMinute, VOLUME)).toMatchObject({ costs });
  });

  it.each([
    [undefined, false],
    [9523, false],
    [9524, true],
  ])('%s records a minute are too many: %s', (perMinute, expected) => {
    expect(isTooMuch(perMinute, VOLUME)).toBe(expected);
  });

  it('a slice is about eight pages long, at least a second, at most what one request may ask for', () => {
    const day = { from: T('00:00:00'), to: T('23:59:59') };
    const lengthOf = (perMinute: number | undefined, mostMs = 24 * HOUR) => {
      const { from, to } = firstSlice(day, perMinute, 1000, mostMs);
      return (to.getTime() - from.getTime()) / 1000;
    };
    expect(lengthOf(1000)).toBe(480);
    expect(lengthOf(1_000_000)).toBe(1);
    expect(lengthOf(undefined)).toBe(300);
    expect(lengthOf(0)).toBe(86_399);
    expect(lengthOf(0, HOUR)).toBe(3600);
  });

  it('slices meet, until the window is read', () => {
    fc.assert(
      fc.property(fc.nat(10_000_000), fc.double({ min: 0, max: 1e6, noNaN: true }), (lengthMs, perMinute) => {
        const window = { from: new Date(1), to: new Date(1 + lengthMs) };
        let at = window.from;
        for (let slices = 0; at < window.to; slices++) {
          const slice = firstSlice({ from: at, to: window.to }, perMinute, 1000, HOUR);
          expect(slice.from).toEqual(at);
          expect(slice.to.getTime()).toBeGreaterThan(at.getTime());
          at = slice.to;
          if (slices > 50) return;
        }
        expect(at).toEqual(window.to);
      }),
    );
  });

  it.each([
    [60_000, 30_000],
    [3000, 2000],
    [2000, 1000],
    [1001, 1000],
    [1000, undefined],
    [1, undefined],
  ])('half of %d ms is %s', (lengthMs, expected) => {
    const half = halve({ from: new Date(0), to: new Date(lengthMs) });
    expect(half?.to.getTime()).toBe(expected);
  });

  it('is learned quickly at first, and slowly forgotten', () => {
    const slice = { from: T('12:00:00'), to: T('12:03:00') };
    const first = learnVolume(undefined, slice, 300);
    expect(first).toBe(100);
    expect(learnVolume(first, slice, 0)).toBe(90);
    expect(learnVolume(first, { from: T('00:00:00'), to: T('12:00:00') }, 0)).toBe(50);
    expect(expectedRecords(slice, 90)).toBe(270);
  });
});
