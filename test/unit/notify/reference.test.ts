import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatReference, noticeReference, parseReference, REFERENCE_ALPHABET } from '../../../src/notify/reference.ts';

const KEY = Buffer.alloc(32, 1).toString('base64');

describe('references', () => {
  it('are the same for the same purpose, and others for another purpose or key', () => {
    const first = noticeReference(KEY, 'p_1', 'f_1', 'got-in');
    expect(first).toBe('HSTMZ6MX');
    expect(noticeReference(KEY, 'p_1', 'f_1', 'got-in')).toBe(first);
    expect(noticeReference(KEY, 'p_1', 'f_1', 'tried')).not.toBe(first);
    expect(noticeReference(KEY, 'p_1f', '_1', 'got-in')).not.toBe(first);
    expect(noticeReference(Buffer.alloc(32, 2).toString('base64'), 'p_1', 'f_1', 'got-in')).not.toBe(first);
  });

  it('hold no look-alikes and no vowels, and begin with a letter', () => {
    expect(REFERENCE_ALPHABET).toBe('23456789BCDFGHJKMNPQRSTVWXYZ');
    fc.assert(
      fc.property(fc.array(fc.string()), (purpose) =>
        /^[BCDFGHJKMNPQRSTVWXYZ][2-9BCDFGHJKMNPQRSTVWXYZ]{7}$/.test(noticeReference(KEY, ...purpose)),
      ),
    );
  });

  it('do not collide in ten thousand', () => {
    const references = Array.from({ length: 10_000 }, (_, number) => noticeReference(KEY, `p_${number}`));
    expect(new Set(references).size).toBe(10_000);
  });

  it('are read back from what they are shown as', () => {
    fc.assert(
      fc.property(fc.string(), (purpose) => {
        const reference = noticeReference(KEY, purpose);
        return parseReference(formatReference(reference)) === reference;
      }),
    );
    expect(formatReference('7K4Q9M2X')).toBe('7K4Q-9M2X');
  });

  it.each([
    ['7K4Q9M2X', '7K4Q9M2X'],
    ['7k4q-9m2x', '7K4Q9M2X'],
    [' 7K4Q 9M2X ', '7K4Q9M2X'],
    ['7K4Q – 9M2X.', '7K4Q9M2X'],
    ['\u20667K4Q-9M2X\u2069', '7K4Q9M2X'],
    ['７Ｋ４Ｑ９Ｍ２Ｘ', '7K4Q9M2X'],
    ['۷K۴Q-۹M۲X', '7K4Q9M2X'],
    ['٧K٤Q-٩M٢X', '7K4Q9M2X'],
    ['7К4Q-9М2Х', '7K4Q9M2X'],
    ['к7мс-тв2х', 'K7MCTB2X'],
    ['7K4Q9M2', undefined],
    ['7K4Q9M2XX', undefined],
    ['7K4Q-9M20', undefined],
    ['7K4Q-9MIL', undefined],
    ['', undefined],
    ["' OR 1=1 --", undefined],
    ['7K4Q9M2X'.repeat(20), undefined],
  ])('%j is read as %s', (typed, reference) => {
    expect(parseReference(typed)).toBe(reference);
  });

  it('nothing that is typed is more than a reference or nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (typed) => {
        const reference = parseReference(typed);
        return reference === undefined || /^[2-9BCDFGHJKMNPQRSTVWXYZ]{8}$/.test(reference);
      }),
    );
  });
});
