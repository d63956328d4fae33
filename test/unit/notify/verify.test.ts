import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../../src/model/notice.ts';
import { cardPair, personCardKey } from '../../../src/notify/card.ts';
import { verifyReference } from '../../../src/notify/verify.ts';
import { notice } from './sample-notice.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');

function delivery(parts: Parameters<typeof notice>[0], status: Delivery['status'] = 'delivered'): Delivery {
  return { notice: notice(parts), status, times: {}, attempts: 1 };
}

describe('verifying a notice', () => {
  it('knows its own, with all notices of the reference in order of time', () => {
    const later = new Date('2026-09-25T10:05:00Z');
    const deliveries = [
      delivery({ id: 'n_2', kind: 'sms', channel: 'c_2', at: later }, 'failed'),
      delivery({}),
      delivery({ id: 'n_3', reference: 'W2K49M2X' }),
    ];
    expect(verifyReference('k7q4 9m2x', deliveries, KEY)).toEqual({
      result: 'genuine',
      reference: 'K7Q49M2X',
      person: 'p_1',
      finding: 'f_1',
      state: 'got-in',
      card: { number: 12, words: cardPair(personCardKey(KEY, 'p_1'), 12) },
      notices: [
        { kind: 'email', variant: 'normal', channel: 'c_1', at: notice().at, status: 'delivered' },
        { kind: 'sms', variant: 'normal', channel: 'c_2', at: later, status: 'failed' },
      ],
    });
  });

  it('finds the number on another notice of the reference when the first quotes none', () => {
    const bare = delivery({ variant: 'desk-line' });
    const { card: _, ...without } = bare.notice;
    const found = verifyReference('K7Q49M2X', [{ ...bare, notice: without }, delivery({ id: 'n_2' })], KEY);
    expect(found).toMatchObject({ result: 'genuine', card: { number: 12 } });
  });

  it('says when the words are of a card that was replaced', () => {
    const old = verifyReference('K7Q49M2X', [delivery({})], KEY, 1);
    expect(old).toMatchObject({
      result: 'genuine',
      card: { number: 12, words: cardPair(personCardKey(KEY, 'p_1'), 12), isReplaced: true },
    });
    const present = verifyReference('K7Q49M2X', [delivery({ cardGeneration: 1 })], KEY, 1);
    expect(present).toMatchObject({ card: { number: 12, words: cardPair(personCardKey(KEY, 'p_1', 1), 12) } });
    expect(present).not.toHaveProperty('card.isReplaced');
  });

  it('names no words without the key', () => {
    expect(verifyReference('K7Q49M2X', [delivery({})])).not.toHaveProperty('card');
  });

  it.each([
    ['K7Q49M2Z', { result: 'unknown', reference: 'K7Q49M2Z' }],
    ['K7Q4', { result: 'unreadable' }],
    ['', { result: 'unreadable' }],
  ])('%j is not ours', (typed, expected) => {
    expect(verifyReference(typed, [delivery({})], KEY)).toEqual(expected);
  });
});
