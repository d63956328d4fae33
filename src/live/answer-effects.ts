/** What an answer does: kept in the ledger, then told to the desk, then tasks become urgent, calm or closed. */
import { UpstreamError } from '../errors.ts';
import { taskId } from '../notify/plan-ids.ts';
import { type Answer, answerWrite, type GivenAnswer, loadAnswer } from './answer-rows.ts';
import type { AnsweredTelling } from './answers.ts';
import { putTask, tellDesk } from './desk-notices.ts';
import { createTasks } from './inbox.ts';
import { createLedger } from './ledger.ts';
import type { NoticePorts } from './notice-ports.ts';

const TRIES = 8;
/** Answers that are kept per reference; the first and the latest say enough. */
const KEPT = 20;

/** An answer whose worth is judged. */
export type JudgedAnswer = Omit<GivenAnswer, 'at'>;

/** Takes an answer. @throws UpstreamError */
export async function takeAnswer(ports: NoticePorts, found: AnsweredTelling, judged: JudgedAnswer): Promise<void> {
  const given: GivenAnswer = { ...judged, at: ports.clock.now() };
  const answer = await keep(ports, found, given);
  const { telling } = found;
  ports.log.tell('notice answered', {
    notice: telling.reference,
    answer: given.answer === 'me' ? 'me' : 'notMe',
    via: given.via,
  });
  if (given.answer === 'not-me') return escalate(ports, found, given);
  const isContradicted = answer.given.some((other) => other.answer === 'not-me');
  if (given.trust === 'tainted') return;
  await tell(ports, found, given, isContradicted ? 1 : 2);
  if (isContradicted) return;
  const tasks = createTasks(ports.rows);
  for (const kind of ['reach-by-voice', 'no-answer'] as const) {
    const id = taskId(kind, found.person, telling.finding, telling.state);
    if (given.trust !== 'factor') await tasks.calm(id);
    else await closeTask(ports, id);
  }
}

async function keep(ports: NoticePorts, { person, telling }: AnsweredTelling, given: GivenAnswer): Promise<Answer> {
  for (let tries = 0; tries < TRIES; tries++) {
    const known = await loadAnswer(ports.rows, person, telling.reference);
    const all = [...known.answer.given, given];
    const isContradicted = all.some(({ answer }) => answer === 'not-me');
    const answer: Answer = {
      ...known.answer,
      given: all.length > KEPT ? [...all.slice(0, KEPT / 2), ...all.slice(-KEPT / 2)] : all,
      closed: !isContradicted && (known.answer.closed || given.trust === 'factor'),
    };
    const written = await createLedger(ports.rows).transact(person, [answerWrite(known, answer)]);
    if (written === 'done') return answer;
  }
  throw new UpstreamError('tables', 'UNAVAILABLE');
}

/** At once, whatever the state is and whoever says it. A case that the desk has closed is a new one. */
async function escalate(ports: NoticePorts, found: AnsweredTelling, given: GivenAnswer): Promise<void> {
  const { person, telling } = found;
  const { finding, reference } = telling;
  const tasks = createTasks(ports.rows);
  let number = 0;
  const idOf = () => taskId('not-me', person, reference, String(number));
  while ((await tasks.get(idOf()))?.task.status === 'closed') number += 1;
  await tell(ports, found, given, 0, String(number));
  await putTask(ports, {
    id: idOf(),
    kind: 'not-me',
    why: 'answer',
    person,
    finding,
    reference,
    priority: 0,
    since: given.at,
    status: 'open',
  });
}

async function tell(
  ports: NoticePorts,
  { person, telling }: AnsweredTelling,
  { answer, via, trust, at }: GivenAnswer,
  priority: 0 | 1 | 2,
  number = '',
): Promise<void> {
  const { finding, reference, state } = telling;
  await tellDesk(ports, {
    kind: 'answer',
    person,
    finding,
    reference,
    priority,
    at,
    about: [person, reference, answer, via, trust, number],
    facts: { answer, via, trust, state },
  });
}

async function closeTask(ports: NoticePorts, id: string): Promise<void> {
  const tasks = createTasks(ports.rows);
  for (let tries = 0; tries < TRIES; tries++) {
    const stored = await tasks.get(id);
    if (!stored || stored.task.status === 'closed') return;
    const change = {
      status: 'closed',
      by: 'person',
      note: 'answered that it was them, with a pair of their card',
    } as const;
    if ((await tasks.change(id, change, ports.clock.now(), stored.tag)) === 'done') return;
  }
}
