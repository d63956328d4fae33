import { describe, expect, it } from 'vitest';
import { nextAllowed } from '../../../src/notify/quiet-hours.ts';

const next = (hours: string | undefined, timeZone: string, at: string) => {
  const [from = '', to = ''] = hours?.split('-') ?? [];
  const safetyPlan = { wording: 'normal' as const, ...(hours && { hours: { from, to } }) };
  return nextAllowed({ safetyPlan, timeZone }, new Date(at)).toISOString();
};

describe('the next instant that the safety plan allows', () => {
  it.each([
    ['no hours', undefined, 'UTC', '2026-11-23T03:04:05.006Z', '2026-11-23T03:04:05.006Z'],
    ['within', '08:00-22:00', 'UTC', '2026-11-23T21:59:59Z', '2026-11-23T21:59:59.000Z'],
    ['the end is outside', '08:00-22:00', 'UTC', '2026-11-23T22:00:00Z', '2026-11-24T08:00:00.000Z'],
    ['before the opening', '08:00-22:00', 'UTC', '2026-11-23T03:30:20Z', '2026-11-23T08:00:00.000Z'],
    ['over midnight, within', '22:00-06:00', 'UTC', '2026-11-23T01:00:00Z', '2026-11-23T01:00:00.000Z'],
    ['over midnight, outside', '22:00-06:00', 'UTC', '2026-11-23T12:00:00Z', '2026-11-23T22:00:00.000Z'],
    ['the same hour twice is always', '08:00-08:00', 'UTC', '2026-11-23T03:00:00Z', '2026-11-23T03:00:00.000Z'],
    ['Kyiv in winter', '08:00-22:00', 'Europe/Kyiv', '2026-11-23T20:30:00Z', '2026-11-24T06:00:00.000Z'],
    ['Kathmandu', '08:00-22:00', 'Asia/Kathmandu', '2026-11-23T00:00:00Z', '2026-11-23T02:15:00.000Z'],
    ['the night clocks go forward', '08:00-22:00', 'Europe/Kyiv', '2026-03-28T21:00:00Z', '2026-03-29T05:00:00.000Z'],
    ['the night clocks go back', '08:00-22:00', 'Europe/Kyiv', '2026-10-24T20:00:00Z', '2026-10-25T06:00:00.000Z'],
    ['an unknown zone is UTC', '08:00-22:00', 'Moon/Sea', '2026-11-23T03:00:00Z', '2026-11-23T08:00:00.000Z'],
  ])('%s', (_, hours, zone, at, expected) => {
    expect(next(hours, zone, at)).toBe(expected);
  });
});
