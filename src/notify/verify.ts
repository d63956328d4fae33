/** Whether a notice that somebody holds in hand is ours: the pure part of `postern notice verify`. */
import type { Delivery, DeliveryStatus, Notice } from '../model/notice.ts';
import { cardPair, personCardKey } from './card.ts';
import { parseReference } from './reference.ts';

/** What the desk may say about a reference. */
export type Verification =
  /** Not eight characters of the alphabet: read out or typed wrongly. */
  | { readonly result: 'unreadable' }
  /** Well formed, and no notice of ours has it. */
  | { readonly result: 'unknown'; readonly reference: string }
  /** A code that proves a channel or recovery address: sent to the person for the desk, and to be read out to it. */
  | { readonly result: 'code'; readonly reference: string; readonly person: string }
  | {
      readonly result: 'genuine';
      readonly reference: string;
      /** Person id. */
      readonly person: string;
      readonly finding?: string;
      readonly state?: NonNullable<Notice['state']>;
      /**
       * What the notice quotes; the caller reads out nothing of it and lets the person name the words. `isReplaced`: it is
       * of a card in whose place a new one was issued, so who knows the words has proven nothing.
       */
      readonly card?: { readonly number: number; readonly words: string; readonly isReplaced?: true };
      readonly notices: readonly {
        readonly kind: Notice['kind'];
        readonly variant: Notice['variant'];
        readonly channel: string;
        readonly at: Date;
        readonly status: DeliveryStatus;
      }[];
    };

/**
 * Looks a reference up among deliveries, as read from the ledger. `cardKey`: POSTERN_CARD_KEY, base64; without it the
 * words are left out. `generation`: of the card that the person has now.
 */
export function verifyReference(
  typed: string,
  deliveries: readonly Delivery[],
  cardKey?: string,
  generation = 0,
): Verification {
  const reference = parseReference(typed);
  if (reference === undefined) return { result: 'unreadable' };
  const ours = deliveries.map(({ notice }) => notice).filter((notice) => notice.reference === reference);
  const [first] = ours;
  if (first === undefined) return { result: 'unknown', reference };
  const { person, finding, state } = first;
  const card = quotedIn(ours, cardKey, generation);
  const notices = deliveries
    .filter(({ notice }) => notice.reference === reference && notice.person === person)
    .map(({ notice: { kind, variant, channel, at }, status }) => ({ kind, variant, channel, at, status }))
    .toSorted((a, b) => a.at.getTime() - b.at.getTime());
  return {
    result: 'genuine',
    reference,
    person,
    ...(finding === undefined ? {} : { finding }),
    ...(state === undefined ? {} : { state }),
    ...(card === undefined ? {} : { card }),
    notices,
  };
}

function quotedIn(notices: readonly Notice[], cardKey: string | undefined, generation: number) {
  const quoting = notices.find((notice) => notice.card !== undefined);
  if (cardKey === undefined || quoting?.card === undefined) return undefined;
  const { person, card: number, cardGeneration = 0 } = quoting;
  const words = cardPair(personCardKey(cardKey, person, cardGeneration), number);
  return { number, words, ...(cardGeneration !== generation && { isReplaced: true as const }) };
}
