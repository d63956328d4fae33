/** A pair of the card that no notice has quoted: who knows it holds the card. Its number is asked for once. */
import { CARD_PAIRS, isCardPair, personCardKey } from '../notify/card.ts';
import { answerWrite, loadAnswer, type StoredAnswer } from './answer-rows.ts';
import type { AnsweredTelling } from './answers.ts';
import { createLedger, toldWrite } from './ledger.ts';
import type { NoticePorts } from './notice-ports.ts';

const TRIES = 8;

/** The number to ask for; always the same for one reference. `undefined`: asked already, or the card is used up. */
export async function askForPair(
  ports: NoticePorts,
  { person, telling: { reference } }: AnsweredTelling,
): Promise<number | undefined> {
  const ledger = createLedger(ports.rows);
  for (let tries = 0; tries < TRIES; tries++) {
    const [stored, known] = await Promise.all([ledger.load(person), loadAnswer(ports.rows, person, reference)]);
    if (known.answer.challengeUsed) return undefined;
    if (known.answer.challenge !== undefined) return known.answer.challenge;
    const challenge = stored.told.cards + 1;
    if (challenge > CARD_PAIRS || ports.settings.POSTERN_CARD_KEY === undefined) return undefined;
    const written = await ledger.transact(person, [
      toldWrite(stored, { ...stored.told, cards: challenge }),
      answerWrite(known, { ...known.answer, challenge }),
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
    const known: StoredAnswer = await loadAnswer(ports.rows, person, reference);
    const { challenge, challengeUsed } = known.answer;
    if (challenge === undefined || challengeUsed) return false;
    const write = answerWrite(known, { ...known.answer, challengeUsed: true });
    if ((await createLedger(ports.rows).transact(person, [write])) === 'conflict') continue;
    return isCardPair(personCardKey(key, person), challenge, words);
  }
  return false;
}
