import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { parseSince, parseUntil, windowProblem } from '../../../cli/time-window.ts';

describe('--since and --until', () => {
  it.each([
    ['2026-03-01', '2026-03-01T00:00:00.000Z', '2026-03-01T23:59:59.999Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z', '2024-02-29T23:59:59.999Z'],
    ['2026-03-01T09:14', '2026-03-01T09:14:00.000Z', '2026-03-01T09:14:00.000Z'],
    ['2026-03-01T09:14Z', '2026-03-01T09:14:00.000Z', '2026-03-01T09:14:00.000Z'],
    ['2026-03-01T09:14:27.5Z', '2026-03-01T09:14:27.500Z', '2026-03-01T09:14:27.500Z'],
    ['2026-03-01T09:14+02:00', '2026-03-01T07:14:00.000Z', '2026-03-01T07:14:00.000Z'],
  ])('%s', (text, since, until) => {
    expect(parseSince(text).toISOString()).toBe(since);
    expect(parseUntil(text).toISOString()).toBe(until);
  });

  it.each([
    '2026-02-30', '2026-02-30T10:00Z', '2025-02-29T10:00Z', '2026-13-01', '2026-03-01T24:00Z', '2026-03-01T25:00Z',
    '2026-03-01T09:60Z', '2026-03-01 09:14', '2026-3-1', '0001-01-01', '9999-12-31', 'yesterday', '', '1772356467000',
  ])('refuses "%s"', (text) => {
    for (const parse of [parseSince, parseUntil]) expect(() => parse(text)).toThrow(InvalidArgumentError);
  }); // biome-ignore format: a word list

  const read = { from: new Date('2026-03-01T09:00:00Z'), to: new Date('2026-03-02T09:00:00Z') };
  it.each([
    [{}, undefined],
    [{ since: new Date('2026-03-02T09:00:00Z') }, undefined],
    [{ until: new Date('2026-03-01T09:00:00Z') }, undefined],
    [
      { since: new Date('2026-03-02T09:00:01Z') },
      '--since is later than the last event that was read (2026-03-02T09:00:00.000Z): nothing could be found.',
    ],
    [
      { until: new Date('2026-03-01T08:59:59Z') },
      '--until is earlier than the first event that was read (2026-03-01T09:00:00.000Z): nothing could be found.',
    ],
  ])('%j of what was read', (window, expected) => expect(windowProblem(read, window)).toBe(expected));

  it('of nothing that was read is told elsewhere', () =>
    expect(windowProblem({}, { since: new Date('2026-03-02T09:00:01Z') })).toBeUndefined());
});
