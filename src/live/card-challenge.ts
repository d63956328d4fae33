/**
 * A pair of the card that no notice has quoted: who knows it holds the card. Its number is asked for once; on a new card,
 * once more.
 */
import { isCardPair, nextPair, personCardKey, withUsedPair } from '../notify/card.ts';
import { type Answer, answerWrite, loadAnswer, type StoredAnswer } from './answer-rows.ts';
import type { AnsweredTelling } from './answers.ts';
import { createLedger, type PersonLedger, toldWrite } from './ledger.ts';
import type { NoticePorts } from './notice-ports.ts';

const TRIES = 8;

/** The number to ask for; always the same for one reference. `undefined`: asked already, or the card is used up. */
export async function askForPair(
  ports: NoticePorts,
  { person, telling: { reference } }: AnsweredTelling,
): Promise<number | undefined> {
  const ledger = createLedger(ports.rows);
  for (let tries = 0; tries < TRIES; tries++) {
    const { stored, known, card } = await load(ports, person, reference);
    if (isAsked(known.answer, card)) return known.answer.challengeUsed ? undefined : known.answer.challenge;
    const challenge = nextPair(stored.told, card);
    if (challenge === undefined || ports.settings.POSTERN_CARD_KEY === undefined) return undefined;
    const { challengeGeneration: _, ...answer } = known.answer;
    const asked = { challenge, challengeUsed: false, ...(card > 0 && { challengeGeneration: card }) };
    const written = await ledger.transact(person, [
      toldWrite(stored, withUsedPair(stored.told, challenge, card)),
      answerWrite(known, { ...answer, ...asked }),
    ]);
    if (written === 'done') return challenge;
  }
  return undefined;
}

/** Whether these are the words that were asked for. Uses the question up before it compares. */
export async function checkPair(
  ports: NoticePorts,
  { person, telling: { reference } }: AnsweredTelling,
  words: string,
): Promise<boolean> {
  const key = ports.settings.POSTERN_CARD_KEY;
  for (let tries = 0; key !== undefined && tries < TRIES; tries++) {
    const { known, card } = await load(ports, person, reference);
    const { challenge, challengeUsed } = known.answer;
    if (challenge === undefined || challengeUsed || !isAsked(known.answer, card)) return false;
    const write = answerWrite(known, { ...known.answer, challengeUsed: true });
    if ((await createLedger(ports.rows).transact(person, [write])) === 'conflict') continue;
    return isCardPair(personCardKey(key, person, card), challenge, words);
  }
  return false;
}

interface Loaded {
  readonly stored: PersonLedger;
  readonly known: StoredAnswer;
  /** Generation of the card that the person has now. */
  readonly card: number;
}

async function load({ rows, people }: NoticePorts, person: string, reference: string): Promise<Loaded> {
  const [stored, known, enrolled] = await Promise.all([
    createLedger(rows).load(person),
    loadAnswer(rows, person, reference),
    people.get(person),
  ]);
  return { stored, known, card: enrolled?.card ?? 0 };
}

/** A pair of this card was asked for. */
function isAsked({ challenge, challengeGeneration = 0 }: Answer, card: number): boolean {
  return challenge !== undefined && challengeGeneration === card;
}
