/**
 * Queue `notices`: claim, compose, send, settle. What cannot be sent goes to the next channel, then to the desk
 * (fail-over.ts). In dry-run a notice is composed and recorded, and stays.
 */
import { z } from 'zod';
import { DeliveryError } from '../errors.ts';
import type { ContactChannel, EnrolledPerson } from '../model/enrolled-person.ts';
import type { Delivery, Notice } from '../model/notice.ts';
import { cardPair, personCardKey } from '../notify/card.ts';
import type { EmailMessage, SmsMessage } from '../notify/channels/channel.ts';
import { compose } from '../notify/compose.ts';
import { DeskMessage, deliverToDesk } from './desk-notices.ts';
import { type FailOver, failOver, isUsable, loseChannel } from './fail-over.ts';
import { createLedger } from './ledger.ts';
import type { NoticePorts, QueueHandler } from './notice-ports.ts';
import { type ParcelEnd, sendParcel } from './send-parcel.ts';

/** Body of a message in `notices` that is for a person: ids alone. */
export const NoticeMessage = z.object({ person: z.string(), notice: z.string(), copy: z.number().int().default(0) });

/** See the head of this file. */
export function createDeliverNotices(ports: NoticePorts): QueueHandler {
  return async (body) => {
    const desk = DeskMessage.safeParse(body);
    if (desk.success) return deliverToDesk(ports, desk.data);
    const message = NoticeMessage.safeParse(body);
    if (message.success) return deliver(ports, message.data);
    ports.log.error('a message in notices is none of ours; it is dropped');
  };
}

async function deliver(ports: NoticePorts, { person, notice, copy }: z.infer<typeof NoticeMessage>): Promise<void> {
  const ledger = createLedger(ports.rows);
  const stored = await ledger.delivery(person, notice);
  // Taken back since: something worse is told instead, or the finding was withdrawn.
  if (!stored) return;
  // The message comes again: what follows from the failure may not have been done.
  if (stored.delivery.status === 'failed') return void (await afterFailure(ports, stored.delivery));
  const { kind, priority } = stored.delivery.notice;
  const end = await sendParcel(
    ports,
    {
      id: notice,
      tag: `${person}~${notice}`,
      kind,
      priority,
      load: async () => {
        const now = await ledger.delivery(person, notice);
        return now && { value: now.delivery, tag: now.tag };
      },
      save: (value, tag) => ledger.replace(value, tag),
      compose: async (value) => messageFor(ports, value.notice, await ports.people.get(person)),
      again: (next, delayMs) =>
        ports.queues.send([
          { queue: 'notices', id: `${copyId(stored.delivery)}.${next}`, body: { person, notice, copy: next }, delayMs },
        ]),
      announce: (providerId) => ledger.indexProvider(providerId, { person, notice }),
    },
    copy,
  );
  await follow(ports, end);
}

/** The id of the first queue message of a delivery; copies append their number. */
function copyId({ notice, times }: Delivery): string {
  return `${notice.id}.${(times.planned?.getTime() ?? 0).toString(36)}`;
}

async function follow(ports: NoticePorts, end: ParcelEnd<Delivery>): Promise<void> {
  if (end.kind === 'sent') {
    const { notice, status } = end.value;
    const fields = { notice: notice.id, channel: end.transport.name, outcome: outcomeWord(notice) };
    ports.log.tell(status === 'delivered' ? 'notice delivered' : 'notice accepted', fields);
  } else if (end.kind === 'failed') {
    tellUndelivered(ports, end.value, end.transport, await afterFailure(ports, end.value));
  }
}

/** Outcome as telemetry has it; drills and codes have none. */
export function outcomeWord({ outcome, variant }: Pick<Notice, 'outcome' | 'variant'>): string {
  return outcome ?? variant;
}

/** A notice that failed: the channel is lost if that is why, and the next one is tried. Repeating is harmless. */
export async function afterFailure(ports: NoticePorts, { notice, why = '' }: Delivery): Promise<FailOver> {
  const lost = LOST[why];
  if (lost && notice.channel !== 'helper') await loseChannel(ports, notice.person, notice.channel, lost);
  const isFull = notice.variant === 'normal' || notice.variant === 'neutral';
  return isFull ? failOver(ports, notice.person, notice.reference, notice.id) : 'nothing';
}

/** Failures after which a channel carries nothing any more: codes of DeliveryError, and results of delivery reports. */
const LOST: Readonly<Record<string, NonNullable<ContactChannel['lost']>['why'] | undefined>> = {
  STOPPED: 'stopped',
  BAD_ADDRESS: 'failed',
  BOUNCED: 'bounced',
  SUPPRESSED: 'suppressed',
};

/** Tells the log that a notice did not arrive. */
export function tellUndelivered(
  { log }: Pick<NoticePorts, 'log'>,
  { notice, why = 'UNKNOWN' }: Delivery,
  transport: string,
  done: FailOver,
): void {
  log.tell('notice undelivered', {
    notice: notice.id,
    channel: transport || notice.kind,
    outcome: outcomeWord(notice),
    reason: why,
    channelsLeft: done === 'desk' ? 0 : 1,
  });
}

/** The message, or nothing when the channel is no longer one that it may go to. @throws DeliveryError BAD_ADDRESS */
function messageFor(
  ports: NoticePorts,
  notice: Notice,
  person: EnrolledPerson | undefined,
): EmailMessage | SmsMessage | undefined {
  const to = person && addressOf(notice, person);
  if (!person || to === undefined) return undefined;
  return toMessage(ports, notice, person, to);
}

/** A notice in words, for one address. @throws DeliveryError BAD_ADDRESS */
export function toMessage(
  { settings }: Pick<NoticePorts, 'settings'>,
  notice: Notice,
  person: EnrolledPerson,
  to: string,
): EmailMessage | SmsMessage {
  // Nothing that could become a second header or recipient ever gets to a transport.
  const isPlain = notice.kind === 'sms' ? /^\+[1-9]\d{6,14}$/.test(to) : /^[^\s@,;<>"]+@[^\s@,;<>"]+$/.test(to);
  if (!isPlain) throw new DeliveryError('address', 'BAD_ADDRESS');
  const key = settings.POSTERN_CARD_KEY;
  // A new card was issued since it was planned: it goes without a pair, because none of the new card was set aside for it.
  const number = (notice.cardGeneration ?? 0) === (person.card ?? 0) ? notice.card : undefined;
  const pair = key && number !== undefined ? cardPair(personCardKey(key, person.id, person.card), number) : undefined;
  const words = compose(notice, person, {
    organization: settings.POSTERN_ORGANIZATION,
    deskPhone: settings.POSTERN_DESK_PHONE,
    deskEmail: settings.POSTERN_DESK_EMAIL,
    answerAddress: settings.POSTERN_ANSWER_ADDRESS,
    draftLanguages: settings.POSTERN_DRAFT_LANGUAGES,
    cardPair: pair,
  });
  const { language, text, subject = '', html } = words;
  if (notice.kind === 'sms') return { kind: 'sms', to, text };
  const replyTo = settings.POSTERN_DESK_EMAIL;
  return { kind: 'email', to, subject, text, ...(html && { html }), language, ...(replyTo && { replyTo }) };
}

function addressOf(notice: Notice, person: EnrolledPerson): string | undefined {
  if (notice.channel === 'helper') return person.safetyPlan.helper?.address;
  const channel = person.channels.find(({ id }) => id === notice.channel);
  if (!channel) return undefined;
  // Since the plan: what is replaced or lost carries nothing that says something.
  const isFull = notice.variant !== 'desk-line' && notice.variant !== 'code';
  return (isFull ? isUsable(channel) : !channel.lost) ? channel.address : undefined;
}
