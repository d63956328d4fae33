import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CARD_PAIRS,
  CARD_WORDS,
  cardPair,
  cardPairs,
  isCardPair,
  nextPair,
  personCardKey,
  withUsedPair,
} from '../../../src/notify/card.ts';

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

  it('have generations: the first is what it was before there were any, others share nothing with it', () => {
    expect(personCardKey(KEY, 'p_1234567890abcdef', 0)).toEqual(person);
    const second = personCardKey(KEY, 'p_1234567890abcdef', 1);
    const third = personCardKey(KEY, 'p_1234567890abcdef', 2);
    expect(cardPairs(second).slice(0, 3)).toEqual(['pecan kipper', 'ebony lesson', 'carrot camel']);
    const all = [person, second, third].flatMap((key) => cardPairs(key));
    expect(new Set(all).size).toBe(3 * CARD_PAIRS);
    for (let number = 1; number <= CARD_PAIRS; number++) {
      expect(isCardPair(second, number, cardPair(person, number))).toBe(false);
      expect(isCardPair(person, number, cardPair(second, number))).toBe(false);
    }
  });

  it.each([
    [{ cards: 0 }, 0, 1],
    [{ cards: 39 }, 0, 40],
    [{ cards: 40 }, 0, undefined],
    [{ cards: 40 }, 1, 1],
    [{ cards: 7, cardGeneration: 1 }, 1, 8],
    [{ cards: 7, cardGeneration: 1 }, 3, 1],
    // The person was read before the new card was issued: no pair rather than one of the wrong card.
    [{ cards: 7, cardGeneration: 1 }, 0, undefined],
  ])('after %j the next number on card %s is %s', (used, generation, expected) => {
    expect(nextPair(used, generation)).toBe(expected);
  });

  it.each([
    [{ cards: 3 }, 4, 0, { cards: 4 }],
    [{ cards: 5 }, 4, 0, { cards: 5 }],
    [{ cards: 5 }, undefined, 1, { cards: 5 }],
    [{ cards: 5 }, 1, 1, { cards: 1, cardGeneration: 1 }],
    [{ cards: 1, cardGeneration: 2 }, 9, 1, { cards: 1, cardGeneration: 2 }],
  ])('%j and number %s of card %s used are %j', (used, number, generation, expected) => {
    expect(withUsedPair(used, number, generation)).toEqual(expected);
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
