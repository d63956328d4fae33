import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createSchedule } from '../../../local/functions-host/ncrontab.ts';

const START = new Date('2026-11-22T10:00:30Z'); // a Sunday

it.each<[pattern: string, next: string[], frequent: boolean]>([
  ['0 * * * * *', ['10:01:00', '10:02:00'], false],
  ['* * * * *', ['10:01:00', '10:02:00'], false],
  ['*/20 * * * * *', ['10:00:40', '10:01:00'], true],
  ['10,50 * * * * *', ['10:00:50', '10:01:10'], true],
  ['15 17 3 * * *', ['2026-11-23T03:17:15', '2026-11-24T03:17:15'], false],
  ['20 */15 * * * *', ['10:15:20', '10:30:20'], false],
  ['0 0 9-17 * * MON-FRI', ['2026-11-23T09:00:00', '2026-11-23T10:00:00'], false],
  // Day of month AND day of week: Friday the 13th, not every Friday and every 13th.
  ['0 0 0 13 * FRI', ['2027-08-13T00:00:00', '2028-10-13T00:00:00'], false],
  ['0 0 0 1 JAN,JUL *', ['2027-01-01T00:00:00', '2027-07-01T00:00:00'], false],
  ['0 0 0 29 2 *', ['2028-02-29T00:00:00', '2032-02-29T00:00:00'], false],
  ['0 0 0 * * 0', ['2026-11-29T00:00:00', '2026-12-06T00:00:00'], false],
  // Daylight saving does not exist in UTC.
  ['0 30 2 28-29 3 *', ['2027-03-28T02:30:00', '2027-03-29T02:30:00'], false],
])('%s', (pattern, expected, frequent) => {
  const schedule = createSchedule(pattern);
  const full = (text: string) => new Date(text.includes('T') ? `${text}Z` : `2026-11-22T${text}Z`);
  const [first, second] = expected.map(full);
  expect(schedule.next(START)).toEqual(first);
  expect(schedule.next(first ?? START)).toEqual(second);
  expect(schedule.isFrequent).toBe(frequent);
});

it.each([
  ['', 'must have 6 fields'],
  ['* * * *', 'must have 6 fields'],
  ['0 0 0 0 1 1 1', 'must have 6 fields'],
  ['00:05:00', 'a time span works on dedicated plans only'],
  ['0 0 0 L * *', '"L" is not understood by the real host'],
  ['0 0 0 15W * *', '"15W" is not understood'],
  ['0 0 0 * * 5#2', '"5#2" is not understood'],
  ['0 0 0 ? * *', '"?" is not understood'],
  ['0 0 0 * * 7', 'weekdays are 0 (Sunday) to 6'],
  ['0 0 0 * * 1-7', 'weekdays are 0 (Sunday) to 6'],
  ['0 60 * * * *', 'schedule "0 60 * * * *"'],
  ['@hourly', 'must have 6 fields'],
])('"%s" is refused', (pattern, words) => {
  expect(() => createSchedule(pattern)).toThrow(words);
});

it('a date that never comes has no next occurrence', () => {
  expect(createSchedule('0 0 0 31 2 *').next(START)).toBeUndefined();
});

it('the next occurrence is after the instant given, matches, and leaves none out', () => {
  const schedule = createSchedule('30 */7 * * * *');
  fc.assert(
    fc.property(fc.date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true }), (at) => {
      const next = schedule.next(at) ?? at;
      expect(next.getTime()).toBeGreaterThan(at.getTime());
      expect([next.getUTCSeconds(), next.getUTCMinutes() % 7]).toEqual([30, 0]);
      expect(schedule.next(new Date(next.getTime() - 1))).toEqual(next);
      expect(next.getTime() - at.getTime()).toBeLessThanOrEqual(7 * 60_000);
    }),
  );
});
