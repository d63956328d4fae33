/**
 * What the person answers, by page, by SMS or by calling the desk.
 *
 * "Not me" escalates at once, wherever it comes from: a false one costs a call. "Me" is worth what it comes with:
 *
 * - The pair that a notice quotes is only in notices over untainted channels, never in a desk line. Whoever types it has
 *   read such a notice (or holds the card): `untainted`, which makes the desk's tasks less urgent and closes nothing.
 *   Once one of those channels turns out to be tainted, the pair may be the attacker's: `tainted`.
 * - A pair that no notice has quoted is only on the card: `factor`, which closes. Its number is asked for once; a wrong
 *   answer uses it up. The desk asks for it on the phone. Once a new card is issued, no pair of an earlier one counts.
 * - An SMS is untainted when it comes from a number that the full notice went to.
 *
 * "Me" after "not me" changes nothing: one of the two was not the person.
 */

import type { Telling } from '../model/told.ts';
import { isCardPair, personCardKey } from '../notify/card.ts';
import { parseReference } from '../notify/reference.ts';
import { takeAnswer } from './answer-effects.ts';
import { mayTry } from './answer-limits.ts';
import { type GivenAnswer, loadAnswer } from './answer-rows.ts';
import { askForPair, checkPair } from './card-challenge.ts';
import { fullDeliveries, tellingOf } from './fail-over.ts';
import { createLedger, type PersonLedger } from './ledger.ts';
import type { NoticePorts } from './notice-ports.ts';

/** What the page sends: reference and pair as typed. */
export interface TypedAnswer {
  readonly reference: string;
  readonly words: string;
}

/** `no-match` is the same for an unknown reference, a wrong pair and something that was never sent. */
export type Opened = { readonly kind: 'match'; readonly reference: string } | Refused;
/** Not taken. */
export type Refused = { readonly kind: 'no-match' } | { readonly kind: 'too-many' };
/** `challenge`: number of the pair that would close the case, if "me" is to. */
export type Given = { readonly kind: 'taken'; readonly reference: string; readonly challenge?: number } | Refused;

/** Somebody's reference, and what was told under it. */
export interface AnsweredTelling {
  readonly person: string;
  readonly telling: Telling;
  readonly stored: PersonLedger;
}

/** A person that does not exist, for doing the same work when a reference does not. */
const NOBODY = 'p_0000000000000000';
/** How long a refusal takes, whatever the reason. */
const REFUSAL_MS = 700;

/** Answers of people. Every call @throws UpstreamError */
export function createAnswers(ports: NoticePorts) {
  return {
    /** First step of the page: do reference and words fit together? Changes nothing but the count of tries. */
    async open(typed: TypedAnswer): Promise<Opened> {
      const found = await match(ports, typed);
      return 'kind' in found ? found : { kind: 'match', reference: found.telling.reference };
    },

    /** Second step: the answer. Reference and words come along again, so that no state is kept in between. */
    async give(typed: TypedAnswer, answer: GivenAnswer['answer']): Promise<Given> {
      const found = await match(ports, typed);
      if ('kind' in found) return found;
      const trust = isPairStillSafe(found) ? 'untainted' : 'tainted';
      await takeAnswer(ports, found, { answer, via: 'page', trust });
      const { reference } = found.telling;
      const challenge = answer === 'me' && trust === 'untainted' ? await askForPair(ports, found) : undefined;
      return { kind: 'taken', reference, ...(challenge !== undefined && { challenge }) };
    },

    /** Third step, where wanted: the pair that no notice has quoted. Closes when it is right; it is asked for once. */
    async prove(typed: TypedAnswer, words: string): Promise<{ readonly kind: 'closed' | 'not-closed' } | Refused> {
      const found = await match(ports, typed);
      if ('kind' in found) return found;
      if (!isPairStillSafe(found) || !(await checkPair(ports, found, words))) return { kind: 'not-closed' };
      await takeAnswer(ports, found, { answer: 'me', via: 'page', trust: 'factor' });
      return { kind: 'closed' };
    },

    /** The person called the desk. `factor`: they read out the pair that the desk asked for (`askForPair`). */
    async byDesk(reference: string, answer: GivenAnswer['answer'], words?: string): Promise<'taken' | 'unknown'> {
      const found = await find(ports, parseReference(reference) ?? '');
      if (!found) return 'unknown';
      const isProven = words !== undefined && (await checkPair(ports, found, words));
      // Who spoke on the phone is for the desk to judge: without the pair their word only makes it less urgent.
      await takeAnswer(ports, found, { answer, via: 'desk', trust: isProven ? 'factor' : 'untainted' });
      return 'taken';
    },

    /** For the desk on the phone: the number of a pair that no notice has quoted. */
    async askForPair(reference: string): Promise<number | undefined> {
      const found = await find(ports, parseReference(reference) ?? '');
      return found && askForPair(ports, found);
    },
  };
}
/** Answers of people. */
export type Answers = ReturnType<typeof createAnswers>;

/** The telling of a typed reference whose pair was typed right. Does the same work whether there is one or not. */
async function match(ports: NoticePorts, { reference: typed, words }: TypedAnswer): Promise<AnsweredTelling | Refused> {
  const began = ports.clock.now().getTime();
  const reference = parseReference(typed) ?? '';
  if (!(await mayTry(ports, reference))) return { kind: 'too-many' };
  const entry = await createLedger(ports.rows).reference(reference || NOBODY);
  const person = entry?.person ?? NOBODY;
  const stored = await createLedger(ports.rows).load(person);
  await loadAnswer(ports.rows, person, reference);
  const generation = (await ports.people.get(person))?.card ?? 0;
  const telling = tellingOf(stored, reference);
  const key = ports.settings.POSTERN_CARD_KEY ?? '';
  const isRight = isCardPair(personCardKey(key, person, generation), telling?.card ?? 1, words);
  const isOnCard = telling?.card !== undefined && (telling.cardGeneration ?? 0) === generation;
  const isAsked = isOnCard && key !== '' && wasSent(stored, reference);
  if (telling && isRight && isAsked) return { person, telling, stored };
  // Reading the rows of somebody real takes a little longer than those of nobody: both end at the same moment.
  await ports.clock.sleep(Math.max(0, REFUSAL_MS - (ports.clock.now().getTime() - began)));
  return { kind: 'no-match' };
}

/** Somebody's reference. */
export async function find(ports: NoticePorts, reference: string): Promise<AnsweredTelling | undefined> {
  const ledger = createLedger(ports.rows);
  const entry = reference === '' ? undefined : await ledger.reference(reference);
  if (!entry) return undefined;
  const stored = await ledger.load(entry.person);
  const telling = tellingOf(stored, reference);
  return telling && { person: entry.person, telling, stored };
}

/** Somebody can have read it: a reference of which nothing has left yet is nobody's to answer. */
function wasSent(stored: PersonLedger, reference: string): boolean {
  return [...stored.deliveries.values()].some(({ delivery }) => {
    return delivery.notice.reference === reference && delivery.attempts > 0;
  });
}

/** Every channel that the pair went over is still one that the attack does not touch. */
function isPairStillSafe({ telling, stored }: AnsweredTelling): boolean {
  const carried = fullDeliveries(stored, telling.reference).filter(({ attempts }) => attempts > 0);
  return carried.every(({ notice }) => telling.channels.includes(notice.channel));
}
