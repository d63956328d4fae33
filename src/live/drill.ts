/**
 * The drill: a clearly marked test over the real path (queue, words, quota, providers, delivery reports) to everybody who
 * volunteered, over every channel of theirs that is in use; and who was reached. Running the same drill again sends
 * nothing twice.
 */
import type { EnrolledPerson } from '../model/enrolled-person.ts';
import type { Delivery, DeliveryStatus, Notice } from '../model/notice.ts';
import { generationOf, nextPair, withUsedPair } from '../notify/card.ts';
import { noticeId } from '../notify/plan-ids.ts';
import { noticeReference } from '../notify/reference.ts';
import { isUsable } from './fail-over.ts';
import { createLedger, noticeRow, type PersonLedger } from './ledger.ts';
import type { NoticePorts } from './notice-ports.ts';
import { transportsFor } from './quotas.ts';
import { changeTold, queueDeliveries } from './telling.ts';

/** One channel of one volunteer. */
export interface DrilledChannel {
  /** `ContactChannel.id` */
  readonly channel: string;
  readonly kind: 'email' | 'sms';
  readonly status: DeliveryStatus;
  /** Code of the failure. */
  readonly why?: string;
}

/** What became of a drill. Opaque ids only. */
export interface DrillReport {
  readonly name: string;
  readonly volunteers: number;
  /** Volunteers to whom at least one message was delivered, or taken by a transport that never reports. */
  readonly reached: number;
  readonly people: readonly {
    readonly person: string;
    readonly reached: boolean;
    /** Empty: no channel of theirs can be used. */
    readonly channels: readonly DrilledChannel[];
  }[];
}

/** Starts a drill. `name`: as `2026-12`, the same for the report. @throws UpstreamError */
export async function startDrill(ports: NoticePorts, name: string): Promise<{ readonly messages: number }> {
  let messages = 0;
  for (const person of await volunteersOf(ports)) messages += await drill(ports, person, name);
  return { messages };
}

/** Who was reached so far. @throws UpstreamError */
export async function reportDrill(ports: NoticePorts, name: string): Promise<DrillReport> {
  const people: DrillReport['people'][number][] = [];
  for (const { id: person } of await volunteersOf(ports)) {
    const reference = referenceOf(ports, person, name);
    const own = ownDeliveries(await createLedger(ports.rows).load(person), reference);
    people.push({
      person,
      reached: own.some((delivery) => isReached(ports, delivery)),
      channels: own.map(({ notice, status, why }) => ({
        channel: notice.channel,
        kind: notice.kind,
        status,
        ...(why !== undefined && { why }),
      })),
    });
  }
  return { name, volunteers: people.length, reached: people.filter(({ reached }) => reached).length, people };
}

async function volunteersOf({ people }: NoticePorts): Promise<EnrolledPerson[]> {
  // Who wants nothing sent wants no drill either.
  return (await people.all()).filter(({ drill, safetyPlan }) => drill && safetyPlan.wording !== 'desk-only');
}

async function drill(ports: NoticePorts, person: EnrolledPerson, name: string): Promise<number> {
  const reference = referenceOf(ports, person.id, name);
  const ledger = createLedger(ports.rows);
  await ledger.claimReference(reference, { person: person.id, finding: `drill:${name}`, kind: 'drill' });
  const now = ports.clock.now();
  let notices: Notice[] = [];
  await changeTold(
    ports,
    person.id,
    (told, stored) => {
      notices = [];
      if (ownDeliveries(stored, reference).length > 0) return undefined;
      const card = ports.settings.POSTERN_CARD_KEY ? nextPair(told, person.card) : undefined;
      notices = usableChannels(ports, person).map(({ id: channel, kind }) => ({
        id: noticeId(person.id, `drill:${name}`, 'drill', channel, 'drill'),
        person: person.id,
        variant: 'drill',
        channel,
        kind,
        reference,
        ...(card !== undefined && { card, ...generationOf(person) }),
        priority: 2,
        at: now,
        changes: [],
      }));
      return notices.length === 0 ? undefined : withUsedPair(told, card, person.card);
    },
    () =>
      notices.map((notice) => {
        const value: Delivery = { notice, status: 'planned', times: { planned: now }, attempts: 0 };
        return { op: 'insert', row: noticeRow(notice.id), value };
      }),
  );
  const waiting = ownDeliveries(await ledger.load(person.id), reference).filter(({ status }) => status === 'planned');
  await queueDeliveries(ports, waiting);
  return waiting.length;
}

function usableChannels(ports: NoticePorts, { channels, safetyPlan }: EnrolledPerson) {
  return channels.filter((channel) => {
    const isAllowed = safetyPlan.channels?.includes(channel.id) ?? true;
    return isAllowed && isUsable(channel) && transportsFor(ports, channel.kind).length > 0;
  });
}

function referenceOf({ settings }: NoticePorts, person: string, name: string): string {
  return noticeReference(settings.POSTERN_CARD_KEY ?? '', person, 'drill', name);
}

function ownDeliveries({ deliveries }: PersonLedger, reference: string): Delivery[] {
  return [...deliveries.values()]
    .map(({ delivery }) => delivery)
    .filter(({ notice }) => notice.reference === reference);
}

function isReached(ports: NoticePorts, { status, transport }: Delivery): boolean {
  if (status === 'delivered') return true;
  return status === 'accepted' && !ports.transports.some(({ name, reports }) => name === transport && reports);
}
