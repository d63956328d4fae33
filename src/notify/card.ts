/**
 * The safety card: 40 numbered pairs of words that only the person and the organization know. Notice n quotes pair n,
 * each pair is used for one reference only, so whoever reads one notice cannot make the next. Works offline.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import words from './words.json' with { type: 'json' };

/** Pairs on a card. */
export const CARD_PAIRS = 40;

/** 1,024 short English words, told apart by their first four letters. */
export const CARD_WORDS: readonly string[] = words;

/**
 * The key of one person's card. `cardKey`: POSTERN_CARD_KEY, base64. `generation`: `EnrolledPerson.card`; each has other
 * pairs, so that a lost card is worth nothing once a new one is issued.
 */
export function personCardKey(cardKey: string, person: string, generation = 0): Buffer {
  // Without a number for the first: cards that were handed out before there were generations stay valid.
  const purpose = generation === 0 ? `card\0${person}` : `card\0${person}\0${generation}`;
  return createHmac('sha256', Buffer.from(cardKey, 'base64')).update(purpose).digest();
}

/** How far the card of a person is used: part of `Told`. */
export interface UsedPairs {
  /** Highest number used. */
  readonly cards: number;
  readonly cardGeneration?: number | undefined;
}

/** The first unused number on the card of a generation; undefined: all are used, or a newer card was told of already. */
export function nextPair({ cards, cardGeneration = 0 }: UsedPairs, generation = 0): number | undefined {
  if (cardGeneration > generation) return undefined;
  const next = cardGeneration < generation ? 1 : cards + 1;
  return next <= CARD_PAIRS ? next : undefined;
}

/** The same with a number used, where there is one. Never goes back to an earlier card. */
export function withUsedPair<T extends UsedPairs>(used: T, card: number | undefined, generation = 0): T {
  const { cards, cardGeneration = 0 } = used;
  if (card === undefined || generation < cardGeneration) return used;
  if (generation === cardGeneration) return { ...used, cards: Math.max(cards, card) };
  return { ...used, cards: card, cardGeneration: generation };
}

/** As members of a stored value: left out for the first card. */
export function generationOf({ card = 0 }: { readonly card?: number | undefined }): {
  readonly cardGeneration?: number;
} {
  return card === 0 ? {} : { cardGeneration: card };
}

/** The first `count` pairs of a card in order, as `amber kite`; no word stands on it twice. */
export function cardPairs(personKey: Uint8Array, count = CARD_PAIRS): readonly string[] {
  const used = new Set<string>();
  const draw = (purpose: string): string => {
    for (let round = 0; ; round++) {
      const hash = createHmac('sha256', personKey).update(`${purpose}\0${round}`).digest();
      const word = CARD_WORDS[hash.readUInt32BE(0) % CARD_WORDS.length] ?? '';
      if (used.has(word)) continue;
      used.add(word);
      return word;
    }
  };
  return Array.from({ length: count }, (_, index) => `${draw(`${index + 1}\0first`)} ${draw(`${index + 1}\0second`)}`);
}

/** Pair `number` (1 to 40) of a card, as `amber kite`. @throws RangeError when the card has no such number */
export function cardPair(personKey: Uint8Array, number: number): string {
  const pair = number <= CARD_PAIRS ? cardPairs(personKey, number)[number - 1] : undefined;
  if (pair === undefined) throw new RangeError(`A card has the numbers 1 to ${CARD_PAIRS}.`);
  return pair;
}

/** Whether somebody typed the words of pair `number`, whatever the case, blanks and dashes. In constant time. */
export function isCardPair(personKey: Uint8Array, number: number, typed: string): boolean {
  const expected = fingerprint(personKey, cardPairs(personKey)[number - 1] ?? '');
  const given = fingerprint(personKey, typed.slice(0, 200).normalize('NFKC').toLowerCase());
  return timingSafeEqual(expected, given) && Number.isInteger(number) && number >= 1 && number <= CARD_PAIRS;
}

function fingerprint(personKey: Uint8Array, text: string): Buffer {
  return createHmac('sha256', personKey)
    .update(`typed\0${text.replace(/[^a-z]/g, '')}`)
    .digest();
}
