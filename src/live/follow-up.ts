/**
 * Due rows of telling people: a batch that is to be sent, a notice that may not have arrived, a person who is silent.
 * All handlers look at what is stored now and repeat safely.
 */
import type { Delivery } from '../model/notice.ts';
import type { Telling } from '../model/told.ts';
import { rankOf } from '../notify/plan.ts';
import { taskId } from '../notify/plan-ids.ts';
import { priorityOf } from '../notify/plan-notice.ts';
import { loadAnswer } from './answer-rows.ts';
import { tellUndelivered } from './deliver.ts';
import { putTask } from './desk-notices.ts';
import { failOver, fullDeliveries, reachByVoice, tellingOf } from './fail-over.ts';
import { createLedger, type PersonLedger } from './ledger.ts';
import type { DueKind, NoticePorts } from './notice-ports.ts';
import type { DueHandler } from './sweep.ts';
import { carryOut, dueRef, later, parseDueRef, queueDeliveries } from './telling.ts';

/** An attempt whose notices wait for quota is no reason to call anybody, for so long. */
const PATIENCE_MS = 4 * 3600_000;

/** Handlers by kind of due row, for `sweep`. */
export function createFollowUp(ports: NoticePorts): Readonly<Record<DueKind, DueHandler>> {
  return {
    send: withRef(ports, send),
    undelivered: withRef(ports, (person, reference, at) => checkDelivered(ports, person, reference, at)),
    silence: withRef(ports, (person, reference) => checkAnswered(ports, person, reference)),
  };

  async function send(person: string, notice: string): Promise<void> {
    const stored = await createLedger(ports.rows).delivery(person, notice);
    if (stored?.delivery.status === 'planned') await queueDeliveries(ports, [stored.delivery]);
  }
}

function withRef(ports: NoticePorts, handle: (person: string, about: string, at: Date) => Promise<void>): DueHandler {
  return async (ref, at) => {
    const parsed = parseDueRef(ref);
    if (parsed) await handle(parsed.person, parsed.about, at);
    else ports.log.error('a due row names no person');
  };
}

/** The telling of a reference, completed if a crash had cut it off. Nothing in dry-run: nobody was told. */
async function load(ports: NoticePorts, person: string, reference: string) {
  const ledger = createLedger(ports.rows);
  const before = tellingOf(await ledger.load(person), reference);
  if (before?.pending) await carryOut(ports, person, before);
  const stored = await ledger.load(person);
  const telling = tellingOf(stored, reference);
  return telling && !telling.dryRun ? { telling, stored } : undefined;
}

async function checkDelivered(ports: NoticePorts, person: string, reference: string, at: Date): Promise<void> {
  const loaded = await load(ports, person, reference);
  if (!loaded || isSuperseded(loaded.stored, loaded.telling)) return;
  const { telling, stored } = loaded;
  const full = fullDeliveries(stored, reference);
  if (full.some((delivery) => isReached(ports, delivery))) return;
  if (await isAnswered(ports, person, reference)) return;
  const next = nextCheck(ports, full);
  if (next) return putDue(ports, 'undelivered', person, reference, next);
  for (const delivery of full) await giveUpOrRepeat(ports, delivery);
  const done = await failOver(ports, person, reference, `check ${at.toISOString()}`);
  if (done !== 'others') return;
  // Something still waits in the queue, and there is no other channel.
  const isPatient = telling.state === 'tried' && ports.clock.now().getTime() - telling.due.getTime() < PATIENCE_MS;
  const enrolled = await ports.people.get(person);
  if (isPatient) await putDue(ports, 'undelivered', person, reference, ports.clock.now());
  else if (enrolled) await reachByVoice(ports, enrolled, telling, 'undelivered');
}

/**
 * Delivered by report, or taken by a transport that never reports: more is never known then, and silence goes to the desk
 * all the same.
 */
function isReached(ports: NoticePorts, { status, transport }: Delivery): boolean {
  if (status === 'delivered') return true;
  return status === 'accepted' && !ports.transports.some(({ name, reports }) => name === transport && reports);
}

/** The instant from which the latest of them has had its time; nothing when all have. */
function nextCheck(ports: NoticePorts, full: readonly Delivery[]): Date | undefined {
  const now = ports.clock.now();
  const waitsFor = full
    .filter(({ status }) => status !== 'failed')
    // One that was queued late, because nobody looked for a while, has its time from then.
    .map(({ notice, times }) => times.accepted ?? times.queued ?? notice.at)
    .filter((since) => later(since, ports.settings.POSTERN_UNDELIVERED_MINUTES) > now);
  return waitsFor.length === 0 ? undefined : new Date(Math.max(...waitsFor.map((since) => since.getTime())));
}

/** Accepted and never reported: failed. Not even accepted: its message may be lost, so it is sent again. */
async function giveUpOrRepeat(ports: NoticePorts, delivery: Delivery): Promise<void> {
  const now = ports.clock.now();
  const { notice, status, times } = delivery;
  if (status === 'accepted') {
    const ledger = createLedger(ports.rows);
    const stored = await ledger.delivery(notice.person, notice.id);
    if (stored?.delivery.status !== 'accepted') return;
    const failed: Delivery = {
      ...stored.delivery,
      status: 'failed',
      why: 'NO_REPORT',
      times: { ...times, failed: now },
    };
    if ((await ledger.replace(failed, stored.tag)) === 'conflict') return;
    tellUndelivered(ports, failed, delivery.transport ?? '', 'next-channel');
  } else if (status === 'planned' || status === 'queued') {
    const id = `${notice.id}.again.${now.getTime().toString(36)}`;
    await ports.queues.send([{ queue: 'notices', id, body: { person: notice.person, notice: notice.id } }]);
  }
}

async function checkAnswered(ports: NoticePorts, person: string, reference: string): Promise<void> {
  const loaded = await load(ports, person, reference);
  if (!loaded || isSuperseded(loaded.stored, loaded.telling)) return;
  const { telling, stored } = loaded;
  if (await isAnswered(ports, person, reference)) return;
  const full = fullDeliveries(stored, reference);
  const sent = full.flatMap(({ times }) => times.accepted ?? times.delivered ?? []);
  const isWaiting = full.some(({ status }) => status === 'planned' || status === 'queued');
  const now = ports.clock.now();
  // Nothing was sent and nothing will be: the desk was told that when it happened.
  if (sent.length === 0 && !isWaiting) return;
  const first = sent.length > 0 ? new Date(Math.min(...sent.map((at) => at.getTime()))) : now;
  if (later(first, ports.settings.POSTERN_SILENCE_MINUTES) > now)
    return putDue(ports, 'silence', person, reference, first);
  await noteSilence(ports, person, telling, full);
}

/** Whoever holds a tainted channel must not be able to end the waiting by saying "me". */
async function isAnswered(ports: NoticePorts, person: string, reference: string): Promise<boolean> {
  const { answer } = await loadAnswer(ports.rows, person, reference);
  return answer.given.some((given) => given.answer === 'not-me' || given.trust !== 'tainted');
}

async function noteSilence(
  ports: NoticePorts,
  person: string,
  { finding, state, reference }: Telling,
  full: readonly Delivery[],
): Promise<void> {
  await putTask(ports, {
    id: taskId('no-answer', person, finding, state),
    kind: 'no-answer',
    why: 'silence',
    person,
    finding,
    reference,
    priority: priorityOf(state),
    since: ports.clock.now(),
    status: 'open',
  });
  ports.log.tell('notice answered', { notice: full[0]?.notice.id ?? reference, answer: 'silence', via: 'clock' });
}

/** Something worse was told of the same episode: that is what counts. */
function isSuperseded({ told }: PersonLedger, telling: Telling): boolean {
  return told.tellings.some((other) => {
    return other.finding === telling.finding && !other.dryRun && rankOf(other.state) > rankOf(telling.state);
  });
}

async function putDue(
  ports: NoticePorts,
  kind: 'undelivered' | 'silence',
  person: string,
  reference: string,
  since: Date,
): Promise<void> {
  const { POSTERN_UNDELIVERED_MINUTES: undelivered, POSTERN_SILENCE_MINUTES: silence } = ports.settings;
  const at = later(since, kind === 'undelivered' ? undelivered : silence);
  await ports.due.putAll([{ at, kind, ref: dueRef(person, reference), person }]);
}
