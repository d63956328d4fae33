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
  | {
      readonly result: 'genuine';
      readonly reference: string;
      /** Person id. */
      readonly person: string;
      readonly finding?: string;
      readonly state?: NonNullable<Notice['state']>;
      /** What the notice quotes; the caller reads out nothing of it and lets the person name the words. */
      readonly card?: { readonly number: number; readonly words: string };
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
 * words are left out.
 */
export function verifyReference(typed: string, deliveries: readonly Delivery[], cardKey?: string): Verification {
  const reference = parseReference(typed);
  if (reference === undefined) return { result: 'unreadable' };
  const ours = deliveries.map(({ notice }) => notice).filter((notice) => notice.reference === reference);
  const [first] = ours;
  if (first === undefined) return { result: 'unknown', reference };
  const { person, finding, state } = first;
  const number = ours.find((notice) => notice.card !== undefined)?.card;
  const card =
    cardKey === undefined || number === undefined
      ? undefined
      : { number, words: cardPair(personCardKey(cardKey, person), number) };
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
