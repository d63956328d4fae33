/** What happens when a channel does not carry a notice: the next one, then the desk; and channels that are lost. */
import type { DeskTaskReason } from '../model/desk-task.ts';
import type { ContactChannel, EnrolledPerson } from '../model/enrolled-person.ts';
import type { Delivery, Notice } from '../model/notice.ts';
import type { Telling } from '../model/told.ts';
import { noticeId, taskId } from '../notify/plan-ids.ts';
import { voiceTask } from '../notify/plan-tasks.ts';
import { nextAllowed } from '../notify/quiet-hours.ts';
import { putTask } from './desk-notices.ts';
import { createLedger, noticeRow, type PersonLedger } from './ledger.ts';
import type { NoticePorts } from './notice-ports.ts';
import { transportsFor } from './quotas.ts';
import { changeTold, dueRef, later, queueDeliveries, withTelling } from './telling.ts';

/** What was done about a notice that did not arrive. */
export type FailOver =
  /** The next channel is being tried. */
  | 'next-channel'
  /** Another notice of the same telling has arrived, or still may. */
  | 'others'
  /** The desk must reach the person. */
  | 'desk'
  /** It was no notice of a finding, or what it told is gone. */
  | 'nothing';

/**
 * Tries the next channel that the attack does not touch. `cause`: what failed (notice id, or a check); the same cause
 * again tries no second channel, but does what a crash may have left undone. @throws UpstreamError
 */
export async function failOver(
  ports: NoticePorts,
  person: string,
  reference: string,
  cause: string,
): Promise<FailOver> {
  const enrolled = await ports.people.get(person);
  const ledger = await createLedger(ports.rows).load(person);
  const telling = tellingOf(ledger, reference);
  if (!enrolled || !telling || telling.dryRun) return 'nothing';
  const isKnown = telling.causes.includes(cause);
  if (!isKnown && nextChannel(ports, enrolled, telling)) await tryNext(ports, enrolled, reference, cause);
  const planned = fullDeliveries(await createLedger(ports.rows).load(person), reference).filter(isPlanned);
  await queueDeliveries(ports, planned);
  if (planned.length > 0) return 'next-channel';
  const isHopeful = fullDeliveries(ledger, reference).some(({ status }) => status !== 'failed');
  if (isHopeful) return 'others';
  await reachByVoice(ports, enrolled, telling, 'undelivered');
  return 'desk';
}

/** Nothing that we can send will do: the desk reaches the person, and the trusted helper is told to ask them to call. */
export async function reachByVoice(
  ports: NoticePorts,
  person: EnrolledPerson,
  telling: Telling,
  why: DeskTaskReason,
): Promise<void> {
  const { state, reference, finding } = telling;
  const since = ports.clock.now();
  await putTask(ports, voiceTask({ person: person.id, state, reference, episode: finding, finding, why, since }));
  const { helper } = person.safetyPlan;
  if (!helper || state === 'tried' || transportsFor(ports, helper.kind).length === 0) return;
  const template = (await createLedger(ports.rows).load(person.id)).deliveries.values().find(({ delivery }) => {
    return delivery.notice.reference === reference;
  });
  if (!template) return;
  const { outcome, priority } = template.delivery.notice;
  const notice: Notice = {
    id: noticeId(person.id, finding, state, 'helper', 'helper'),
    person: person.id,
    finding,
    state,
    ...(outcome && { outcome }),
    variant: 'helper',
    channel: 'helper',
    kind: helper.kind,
    reference,
    priority,
    at: since,
    changes: [],
  };
  await insertAndQueue(ports, notice);
}

async function insertAndQueue(ports: NoticePorts, notice: Notice): Promise<void> {
  const planned: Delivery = { notice, status: 'planned', times: { planned: ports.clock.now() }, attempts: 0 };
  const ledger = createLedger(ports.rows);
  await ledger.transact(notice.person, [{ op: 'insert', row: noticeRow(notice.id), value: planned }]);
  const stored = await ledger.delivery(notice.person, notice.id);
  if (stored?.delivery.status === 'planned') await queueDeliveries(ports, [stored.delivery]);
}

/** Plans the notice for the best spare channel that can still be used. */
async function tryNext(ports: NoticePorts, person: EnrolledPerson, reference: string, cause: string): Promise<void> {
  const now = ports.clock.now();
  const at = nextAllowed(person, now);
  const ref = dueRef(person.id, reference);
  const checkAt = later(at, ports.settings.POSTERN_UNDELIVERED_MINUTES);
  await ports.due.putAll([{ at: checkAt, kind: 'undelivered', ref, person: person.id }]);
  let planned: Delivery | undefined;
  await changeTold(
    ports,
    person.id,
    (told, ledger) => {
      const telling = tellingOf(ledger, reference);
      const template = fullDeliveries(ledger, reference)[0]?.notice;
      const channel = telling && nextChannel(ports, person, telling);
      planned = undefined;
      if (!telling || !template || !channel || telling.causes.includes(cause)) return undefined;
      const notice = noticeFor(template, channel, telling, at);
      planned = { notice, status: 'planned', times: { planned: now }, attempts: 0 };
      return withTelling(told, {
        ...telling,
        channels: [...telling.channels, channel.id],
        spare: telling.spare.slice(telling.spare.indexOf(channel.id) + 1),
        causes: [...telling.causes, cause],
      });
    },
    () => (planned ? [{ op: 'insert', row: noticeRow(planned.notice.id), value: planned }] : []),
  );
}

function isPlanned({ status }: Delivery): boolean {
  return status === 'planned';
}

function noticeFor(template: Notice, channel: ContactChannel, telling: Telling, at: Date): Notice {
  const id = noticeId(template.person, telling.finding, telling.state, channel.id, 'tell');
  return { ...template, id, channel: channel.id, kind: channel.kind, at };
}

function nextChannel(ports: NoticePorts, person: EnrolledPerson, { spare }: Telling): ContactChannel | undefined {
  const byId = new Map(person.channels.map((channel) => [channel.id, channel]));
  return spare
    .flatMap((id) => byId.get(id) ?? [])
    .find((channel) => isUsable(channel) && transportsFor(ports, channel.kind).length > 0);
}

/** Still the person's, proven, and not lost. */
export function isUsable({ provenAt, retiredAt, lost }: ContactChannel): boolean {
  return provenAt !== undefined && retiredAt === undefined && lost === undefined;
}

/** What was told under a reference. */
export function tellingOf({ told }: Pick<PersonLedger, 'told'>, reference: string): Telling | undefined {
  return told.tellings.find((telling) => telling.reference === reference);
}

/** Deliveries of a reference that say what happened (not those that carry only the desk line). */
export function fullDeliveries({ deliveries }: PersonLedger, reference: string): Delivery[] {
  return [...deliveries.values()]
    .map(({ delivery }) => delivery)
    .filter(({ notice }) => notice.reference === reference && ['normal', 'neutral'].includes(notice.variant));
}

/** Marks a channel as lost and tells the desk, which agrees on another one with the person. Repeating is harmless. */
export async function loseChannel(
  ports: NoticePorts,
  person: string,
  channel: string,
  why: NonNullable<ContactChannel['lost']>['why'],
): Promise<void> {
  const at = ports.clock.now();
  let since = at;
  await ports.people.update(person, (current) => {
    const known = current.channels.find(({ id }) => id === channel);
    if (!known || known.lost) {
      since = known?.lost?.at ?? at;
      return undefined;
    }
    since = at;
    const channels = current.channels.map((one) => (one.id === channel ? { ...one, lost: { at, why } } : one));
    return { ...current, channels };
  });
  await putTask(ports, {
    id: taskId('channel-lost', person, channel, since.toISOString()),
    kind: 'channel-lost',
    why,
    person,
    priority: 1,
    since,
    status: 'open',
  });
}
