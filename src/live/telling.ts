/**
 * Carrying out what was decided: writes first, then due rows and queue messages, each of which may be repeated. A telling
 * is `pending` until all of it is known to be done, so whoever finds one pending does the rest.
 */
import { UpstreamError } from '../errors.ts';
import type { Delivery, Notice } from '../model/notice.ts';
import type { Telling, Told } from '../model/told.ts';
import type { RowWrite } from '../ports.ts';
import { putTask, tellDesk } from './desk-notices.ts';
import type { Due } from './due.ts';
import { createLedger, noticeRow, type PersonLedger, toldWrite } from './ledger.ts';
import type { NoticePorts } from './notice-ports.ts';

const MINUTE_MS = 60_000;
const TRIES = 8;

/** A due row's `ref` for one notice or one reference. */
export function dueRef(person: string, about: string): string {
  return `${person}~${about}`;
}

/** Person and notice or reference of a due row. */
export function parseDueRef(ref: string): { readonly person: string; readonly about: string } | undefined {
  const at = ref.indexOf('~');
  return at < 1 ? undefined : { person: ref.slice(0, at), about: ref.slice(at + 1) };
}

/** The due rows of a telling: written before everything else, so that nothing is forgotten whatever happens. */
export function dueRowsOf(ports: NoticePorts, person: string, telling: Telling): Due[] {
  if (!telling.sent || telling.dryRun) return [];
  const { POSTERN_UNDELIVERED_MINUTES: undelivered, POSTERN_SILENCE_MINUTES: silence } = ports.settings;
  const ref = dueRef(person, telling.reference);
  return [
    { at: later(telling.due, undelivered), kind: 'undelivered', ref, person },
    { at: later(telling.due, silence), kind: 'silence', ref, person },
  ];
}

/** `minutes` after an instant. */
export function later(at: Date, minutes: number): Date {
  return new Date(at.getTime() + minutes * MINUTE_MS);
}

/** The writes that put a plan into the ledger, over what was read. */
export function planWrites(
  ledger: PersonLedger,
  plan: { readonly told: Told; readonly notices: readonly Notice[]; readonly superseded: readonly string[] },
  now: Date,
): RowWrite[] {
  const writes: RowWrite[] = [toldWrite(ledger, plan.told)];
  for (const notice of plan.notices) {
    const row = noticeRow(notice.id);
    const value: Delivery = { notice, status: 'planned', times: { planned: now }, attempts: 0 };
    const stored = ledger.deliveries.get(notice.id);
    if (!stored) writes.push({ op: 'insert', row, value });
    else if (stored.delivery.status === 'planned' || stored.delivery.status === 'dry-run')
      writes.push({ op: 'replace', row, value, tag: stored.tag });
  }
  return [...writes, ...deleteWrites(ledger, plan.superseded)];
}

/** The writes that take waiting notices back. */
export function deleteWrites(ledger: PersonLedger, ids: readonly string[]): RowWrite[] {
  return ids.flatMap((id): RowWrite[] => {
    const stored = ledger.deliveries.get(id);
    return stored ? [{ op: 'delete', row: noticeRow(id), tag: stored.tag }] : [];
  });
}

/** Does the rest of a pending telling: queue messages or due rows for its notices, tasks, desk notices. */
export async function carryOut(ports: NoticePorts, person: string, telling: Telling): Promise<void> {
  const ledger = await createLedger(ports.rows).load(person);
  const own = [...ledger.deliveries.values()].filter(({ delivery }) => isOf(delivery, telling));
  await ports.due.putAll(dueRowsOf(ports, person, telling));
  await queueDeliveries(
    ports,
    own.map(({ delivery }) => delivery),
  );
  if (telling.state === 'got-in') await tellOfBreakIn(ports, person, telling);
  for (const task of telling.tasks) await putTask(ports, task);
  await markDone(ports, person, telling.reference);
}

function isOf({ notice, status }: Delivery, { reference }: Telling): boolean {
  return notice.reference === reference && status === 'planned';
}

async function tellOfBreakIn(ports: NoticePorts, person: string, telling: Telling): Promise<void> {
  const { finding, reference, at, channels } = telling;
  await tellDesk(ports, {
    kind: 'break-in',
    person,
    finding,
    reference,
    priority: 0,
    at,
    about: [person, finding, reference],
    facts: { channelsTold: channels.length },
  });
}

/** Queues planned deliveries that may go now, and writes due rows for the others. Repeating is harmless. */
export async function queueDeliveries(ports: NoticePorts, deliveries: readonly Delivery[]): Promise<void> {
  const now = ports.clock.now();
  const waiting = deliveries.filter(({ notice }) => notice.at > now);
  await ports.due.putAll(
    waiting.map(({ notice }) => ({
      at: notice.at,
      kind: 'send',
      ref: dueRef(notice.person, notice.id),
      person: notice.person,
    })),
  );
  const ready = deliveries.filter(({ notice }) => notice.at <= now).sort(byPriority);
  await ports.queues.send(ready.map(messageOf));
  const ledger = createLedger(ports.rows);
  for (const { notice } of ready) {
    const stored = await ledger.delivery(notice.person, notice.id);
    if (stored?.delivery.status !== 'planned' || stored.delivery.lease) continue;
    const { delivery } = stored;
    // A sender that was faster wins: the tag is an old one then.
    await ledger.replace({ ...delivery, status: 'queued', times: { ...delivery.times, queued: now } }, stored.tag);
  }
}

/** Ids alone: what is to be said stays in the ledger. The id changes when a notice is planned anew. */
function messageOf({ notice, times }: Delivery) {
  const planned = (times.planned?.getTime() ?? 0).toString(36);
  return {
    queue: 'notices' as const,
    id: `${notice.id}.${planned}`,
    body: { person: notice.person, notice: notice.id },
  };
}

function byPriority(a: Delivery, b: Delivery): number {
  return a.notice.priority - b.notice.priority;
}

/** Takes the outbox mark away. */
async function markDone(ports: NoticePorts, person: string, reference: string): Promise<void> {
  await changeTold(ports, person, (told) => {
    const telling = told.tellings.find((one) => one.reference === reference);
    return telling?.pending ? withTelling(told, { ...telling, pending: false }) : undefined;
  });
}

/** Changes the told record as it is now, repeating on conflicts. `undefined` from `change` leaves it. */
export async function changeTold(
  ports: Pick<NoticePorts, 'rows'>,
  person: string,
  change: (told: Told, ledger: PersonLedger) => Told | undefined,
  writes: (ledger: PersonLedger) => readonly RowWrite[] = () => [],
): Promise<boolean> {
  const ledger = createLedger(ports.rows);
  for (let tries = 0; tries < TRIES; tries++) {
    const stored = await ledger.load(person);
    const told = change(stored.told, stored);
    if (!told) return false;
    if ((await ledger.transact(person, [toldWrite(stored, told), ...writes(stored)])) === 'done') return true;
  }
  throw new UpstreamError('tables', 'UNAVAILABLE');
}

/** Puts a telling in the place of the one with its reference. */
export function withTelling(told: Told, telling: Telling): Told {
  return {
    ...told,
    tellings: told.tellings.map((known) => (known.reference === telling.reference ? telling : known)),
  };
}
