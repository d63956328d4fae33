import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseInstant } from '../../../src/sources/times.ts';

const iso = (value: string) => {
  const at = parseInstant(value);
  return at === undefined ? undefined : new Date(at).toISOString();
};

describe('instants as logs write them', () => {
  it.each([
    ['2026-03-01T09:14:27Z', '2026-03-01T09:14:27.000Z'],
    ['2026-03-01T09:14:27.0000000Z', '2026-03-01T09:14:27.000Z'],
    ['2024-06-29T11:31:07.2852419Z', '2024-06-29T11:31:07.285Z'],
    ['2022-06-27T10:03:43.009984+00:00', '2022-06-27T10:03:43.009Z'],
    ['2026-03-01T09:14:27+02:00', '2026-03-01T07:14:27.000Z'],
    ['2026-03-01T09:14:27-0530', '2026-03-01T14:44:27.000Z'],
    ['2022-09-09T8:48:50.361Z', '2022-09-09T08:48:50.361Z'],
    ['2026-03-01T09:14:27', '2026-03-01T09:14:27.000Z'],
    ['2026-03-01T09:14:27.5', '2026-03-01T09:14:27.500Z'],
    ['2026-03-01 09:14:27.049661100', '2026-03-01T09:14:27.049Z'],
    ['2026-03-01 09:14:27 UTC', '2026-03-01T09:14:27.000Z'],
    ['8/22/2022 6:07:16 PM', '2022-08-22T18:07:16.000Z'],
    ['3/24/2022 12:42:35 AM', '2022-03-24T00:42:35.000Z'],
    ['3/24/2022 12:42:35 PM', '2022-03-24T12:42:35.000Z'],
    ['4/26/2021, 7:17:10.000 AM', '2021-04-26T07:17:10.000Z'],
    ['3/24/2022 18:05', '2022-03-24T18:05:00.000Z'],
    [' 2026-03-01T09:14:27Z ', '2026-03-01T09:14:27.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ])('%s', (value, expected) => expect(iso(value)).toBe(expected));

  it.each([
    '9999-12-31T23:59:59Z',
    '0001-01-01T00:00:00Z',
    '1601-01-01T00:00:00Z',
    '2023-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-03-01T24:00:00Z',
    '2026-03-01T09:60:00Z',
    '2026-03-01',
    '22/8/2022 6:07:16 PM',
    '8/22/2022 13:07:16 PM',
    '<null>',
    '',
    'yesterday',
    '1772356467000',
    '2026-0a-01T09:14:27Z',
    '2026-03-01T09:14:27.Z',
  ])('refuses %s', (value) => expect(iso(value)).toBeUndefined());

  it.each([[undefined], [null], [1772356467000], [{}]])('refuses what is no text: %s', (value) =>
    expect(parseInstant(value)).toBeUndefined(),
  );

  it('reads every instant that Date writes, and never throws', () => {
    const range = { min: new Date('2000-01-01T00:00:00Z'), max: new Date('2199-12-31T23:59:59Z'), noInvalidDate: true };
    fc.assert(fc.property(fc.date(range), (date) => parseInstant(date.toISOString()) === date.getTime()));
    fc.assert(fc.property(fc.string(), (value) => typeof parseInstant(value) !== 'object'));
  });
});
