/**
 * Answers by SMS: `NO K7Q4-9M2X`, `YES K7Q4-9M2X`, `NO` alone, and the carriers' STOP. Nothing is sent back, so nobody
 * learns by guessing; the text is kept nowhere.
 */
import type { Telling } from '../model/told.ts';
import { parseReference } from '../notify/reference.ts';
import { takeAnswer } from './answer-effects.ts';
import { type AnsweredTelling, find } from './answers.ts';
import { isUsable, loseChannel } from './fail-over.ts';
import { createLedger } from './ledger.ts';
import type { NoticePorts } from './notice-ports.ts';
import type { AddressHash } from './report-events.ts';

/** So long a "no" without a reference means what was told last. */
const LATEST_MS = 7 * 24 * 3600_000;

/** Words that carriers take as opt-out (CTIA handbook); opting out of SMS is not leaving protection. */
const STOP = new Set(['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'OPTOUT', 'REVOKE']);
/** "No" and "yes" in the languages of the catalogs. */
const NO = new Set(['NO', 'NOT', 'NON', 'НЕТ', 'НІ', 'لا', 'نه', 'خیر', 'לא', '不', '不是', '否', 'N']);
const YES = new Set(['YES', 'SI', 'SÍ', 'OUI', 'ДА', 'ТАК', 'نعم', 'بله', 'כן', '是', 'Y']);

/** What a text says; nothing when it says nothing we understand. */
export type TextAnswer =
  | { readonly kind: 'stop' }
  | { readonly kind: 'answer'; readonly answer: 'me' | 'not-me'; readonly reference?: string };

/** Reads an inbound SMS. */
export function readTextAnswer(text: string): TextAnswer | undefined {
  const words =
    text
      .slice(0, 320)
      .normalize('NFC')
      .toUpperCase()
      .match(/[\p{L}\p{N}]+(?:-[\p{L}\p{N}]+)*/gu) ?? [];
  const [first = '', ...rest] = words;
  if (words.length === 1 && STOP.has(first)) return { kind: 'stop' };
  const answer = NO.has(first) ? 'not-me' : YES.has(first) ? 'me' : undefined;
  if (!answer) return undefined;
  // `NO K7Q4-9M2X`, `no k7q4 9m2x`, `NO, ref K7Q49M2X!`: the reference is the first that can be one.
  const pairs = rest.map((word, index) => word + (rest[index + 1] ?? ''));
  const reference = [...rest, ...pairs].map(parseReference).find((parsed) => parsed !== undefined);
  return { kind: 'answer', answer, ...(reference && { reference }) };
}

/** Takes inbound SMS, known by the hash of the number they come from. */
export function createTextAnswers(ports: NoticePorts, hash: AddressHash) {
  return async (fromHash: string, text: string): Promise<void> => {
    const read = readTextAnswer(text);
    if (!read) return;
    const owners = await ownersOf(ports, hash, fromHash);
    if (read.kind === 'stop') {
      for (const { person, channel } of owners) await loseChannel(ports, person, channel, 'stopped');
      return;
    }
    const { answer, reference } = read;
    if (reference !== undefined) {
      const found = await find(ports, reference);
      if (found) await takeAnswer(ports, found, { answer, via: 'sms', trust: trustOf(found, owners) });
    } else if (answer === 'not-me') {
      for (const { person } of owners) {
        const latest = await latestTold(ports, person);
        if (latest) await takeAnswer(ports, latest, { answer, via: 'sms', trust: trustOf(latest, owners) });
      }
    }
  };
}

interface Owner {
  readonly person: string;
  readonly channel: string;
  readonly isUsable: boolean;
}

/** Everybody whose channel this number is. Couples share phones. */
async function ownersOf(ports: NoticePorts, hash: AddressHash, fromHash: string): Promise<Owner[]> {
  const people = await ports.people.all();
  return people.flatMap(({ id: person, channels }) =>
    channels
      .filter(({ kind, address }) => kind === 'sms' && hash('phone', address) === fromHash)
      .map((channel) => ({ person, channel: channel.id, isUsable: isUsable(channel) })),
  );
}

/** Untainted: a number of this very person that the full notice went to, and that the attack still does not touch. */
function trustOf({ person, telling }: AnsweredTelling, owners: readonly Owner[]): 'tainted' | 'untainted' {
  const isOwn = owners.some((owner) => {
    return owner.person === person && owner.isUsable && telling.channels.includes(owner.channel);
  });
  return isOwn ? 'untainted' : 'tainted';
}

async function latestTold(ports: NoticePorts, person: string): Promise<AnsweredTelling | undefined> {
  const stored = await createLedger(ports.rows).load(person);
  const since = ports.clock.now().getTime() - LATEST_MS;
  const isRecent = ({ sent, dryRun, due }: Telling) => sent && !dryRun && due.getTime() >= since;
  const telling = stored.told.tellings.filter(isRecent).at(-1);
  return telling && { person, telling, stored };
}
