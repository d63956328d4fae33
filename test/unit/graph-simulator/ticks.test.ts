import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { millisecondsOf, ticksOf, toTicks } from '../../../local/graph-simulator/ticks.ts';

describe('times', () => {
  it.each([
    ['2026-09-01', '2026-09-01T00:00:00.0000000Z'],
    ['2026-09-01T07:15Z', '2026-09-01T07:15:00.0000000Z'],
    ['2026-09-01T07:15:02Z', '2026-09-01T07:15:02.0000000Z'],
    ['2026-09-01T07:15:02', '2026-09-01T07:15:02.0000000Z'],
    ['2026-09-01T07:15:02.5Z', '2026-09-01T07:15:02.5000000Z'],
    ['2026-09-01T07:15:02.123456789Z', '2026-09-01T07:15:02.1234567Z'],
    ['2026-09-01T00:30:00.0000001+02:00', '2026-08-31T22:30:00.0000001Z'],
    ['9999-12-31T23:59:59.9999999Z', '9999-12-31T23:59:59.9999999Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.0000000Z'],
  ])('%s', (text, expected) => {
    expect(toTicks(text)).toBe(expected);
  });

  it.each([
    '',
    'now',
    '2026-9-1',
    '2026-13-01',
    '2026-02-30',
    '2026-09-01T24:61Z',
    '2026-09-01 07:15:02Z',
    '1756710000',
  ])('%s is none', (text) => {
    expect(toTicks(text)).toBeUndefined();
  });

  it('milliseconds come back, and texts sort as times do', () => {
    const instant = fc.integer({ min: 0, max: 4e12 });
    fc.assert(
      fc.property(instant, instant, (a, b) => {
        expect(millisecondsOf(ticksOf(a))).toBe(a);
        expect(Math.sign(a - b)).toBe(ticksOf(a) < ticksOf(b) ? -1 : ticksOf(a) > ticksOf(b) ? 1 : 0);
        expect(toTicks(new Date(a).toISOString())).toBe(ticksOf(a));
      }),
    );
  });
});
