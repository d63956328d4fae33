import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CARD_PAIRS, CARD_WORDS, cardPair, cardPairs, isCardPair, personCardKey } from '../../../src/notify/card.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');
const person = personCardKey(KEY, 'p_1234567890abcdef');

describe('words of cards', () => {
  it('are 1,024 short lower-case words', () => {
    expect(CARD_WORDS).toHaveLength(1024);
    expect(CARD_WORDS.filter((word) => !/^[a-z]{3,6}$/.test(word))).toEqual([]);
  });

  it('are told apart by their first four letters', () => {
    expect(new Set(CARD_WORDS.map((word) => word.slice(0, 4))).size).toBe(CARD_WORDS.length);
  });

  it('stand in order, so that a new one is seen in a review', () => {
    expect(CARD_WORDS).toEqual(CARD_WORDS.toSorted());
  });
});

describe('cards', () => {
  it('are the same on every machine: cards in drawers stay valid', () => {
    expect(cardPairs(person).slice(0, 3)).toEqual(['mast clog', 'maple midday', 'point zigzag']);
    expect(cardPair(person, 40)).toBe('funnel lasso');
  });

  it('have forty pairs without a word twice, whoever it is', () => {
    fc.assert(
      fc.property(fc.string(), (id) => {
        const words = cardPairs(personCardKey(KEY, id)).flatMap((pair) => pair.split(' '));
        return words.length === 2 * CARD_PAIRS && new Set(words).size === words.length;
      }),
      { numRuns: 50 },
    );
  });

  it('differ by person and by key', () => {
    const other = personCardKey(KEY, 'p_1234567890abcdee');
    const rekeyed = personCardKey(Buffer.alloc(32, 8).toString('base64'), 'p_1234567890abcdef');
    expect(cardPairs(person).filter((pair, index) => cardPairs(other)[index] === pair)).toEqual([]);
    expect(cardPairs(person).filter((pair, index) => cardPairs(rekeyed)[index] === pair)).toEqual([]);
  });

  it('know no number but theirs', () => {
    for (const number of [0, 41, -1, 1.5, Number.NaN]) {
      expect(() => cardPair(person, number)).toThrow('A card has the numbers 1 to 40.');
    }
  });

  it.each([
    [1, 'mast clog', true],
    [1, ' Mast  CLOG ', true],
    [1, 'mast-clog', true],
    [1, 'ｍａｓｔ ｃｌｏｇ', true],
    [1, 'clog mast', false],
    [1, 'mast', false],
    [1, '', false],
    [2, 'mast clog', false],
    [41, '', false],
    [0, '', false],
    [Number.NaN, '', false],
    [1, `mast clog${' '.repeat(500)}`, true],
    [1, 'x'.repeat(100_000), false],
  ])('number %s: %s', (number, typed, right) => {
    expect(isCardPair(person, number, typed)).toBe(right);
  });
});
