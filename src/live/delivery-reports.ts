/**
 * POST `delivery-reports`: delivery reports and inbound SMS, from Event Grid. The function key keeps strangers out;
 * besides, a report counts only when it names a message of ours and the address that it went to, so that a forged,
 * unknown or repeated one changes nothing. An error of the tables is thrown: Event Grid posts again.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Delivery } from '../model/notice.ts';
import { normalizeContact } from '../sources/contacts.ts';
import { afterFailure, outcomeWord, tellUndelivered } from './deliver.ts';
import { createLedger, type ProviderEntry, type StoredDelivery } from './ledger.ts';
import type { NoticePorts } from './notice-ports.ts';
import { type AddressHash, type ReportEvent, readReportEvent } from './report-events.ts';
import { createTextAnswers } from './text-answers.ts';
import type { WebReply, WebRequest } from './web.ts';

type Report = Extract<ReportEvent, { readonly kind: 'report' }>;

/** Event Grid posts at most 1 MB. */
const MAX_LENGTH = 2 ** 20;
const MOST_EVENTS = 1000;
const CONFLICTS = 8;

/** See the head of this file. */
export function createDeliveryReports(ports: NoticePorts): (request: WebRequest) => Promise<WebReply> {
  const key = randomBytes(32);
  const hash: AddressHash =
    ports.hashContact ??
    ((kind, value) => createHmac('sha256', key).update(normalizeContact(kind, value)).digest('base64url'));
  const answerByText = createTextAnswers(ports, hash);
  return async (request) => {
    const events = await eventsOf(request);
    if (!events) return { status: 400, jsonBody: { error: 'Expected events in the Event Grid schema, at most 1 MB.' } };
    let ignored = 0;
    for (const event of events) {
      const read = readReportEvent(event, hash);
      if (read.kind === 'validation') return { status: 200, jsonBody: { validationResponse: read.code } };
      if (read.kind === 'report') ignored += (await takeReport(ports, hash, read)) ? 0 : 1;
      else if (read.kind === 'inbound') await answerByText(read.fromHash, read.text);
      else ignored += 1;
    }
    if (ignored > 0) ports.log.info('reports that change nothing', { count: ignored });
    return { status: 200 };
  };
}

async function eventsOf(request: WebRequest): Promise<readonly unknown[] | undefined> {
  if (Number(request.headers.get('content-length') ?? 0) > MAX_LENGTH) return undefined;
  const body = await request.text();
  if (body.length > MAX_LENGTH) return undefined;
  try {
    const parsed: unknown = JSON.parse(body);
    return Array.isArray(parsed) && parsed.length <= MOST_EVENTS ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** True when the report says something new of a message of ours. */
async function takeReport(ports: NoticePorts, hash: AddressHash, report: Report): Promise<boolean> {
  const ledger = createLedger(ports.rows);
  const entry = (await ledger.provider(report.providerId)) ?? entryOfTag(report.tag);
  if (!entry) return false;
  for (let tries = 0; tries < CONFLICTS; tries++) {
    const stored = await ledger.delivery(entry.person, entry.notice);
    if (!stored || !(await isAddressee(ports, hash, stored, report))) return false;
    const { delivery } = stored;
    const next = afterReport(delivery, report);
    if (next === delivery) {
      // Told before; but a crash may have come between writing that and what follows, which is harmless to repeat.
      if (delivery.status === 'failed') await afterFailure(ports, delivery);
      return false;
    }
    if ((await ledger.replace(next, stored.tag)) === 'conflict') continue;
    await follow(ports, next);
    return true;
  }
  return false;
}

function entryOfTag(tag: string | undefined): ProviderEntry | undefined {
  const [person, notice, ...rest] = tag?.split('~') ?? [];
  return person && notice && rest.length === 0 ? { person, notice } : undefined;
}

/** Whether the report speaks of the address that the notice went to. */
async function isAddressee(
  ports: NoticePorts,
  hash: AddressHash,
  { delivery: { notice } }: StoredDelivery,
  { channel, recipientHash }: Report,
): Promise<boolean> {
  const person = await ports.people.get(notice.person);
  if (!person || notice.kind !== channel) return false;
  const address =
    notice.channel === 'helper'
      ? person.safetyPlan.helper?.address
      : person.channels.find(({ id }) => id === notice.channel)?.address;
  return address !== undefined && hash(channel === 'email' ? 'email' : 'phone', address) === recipientHash;
}

/**
 * The later report wins, whatever order they come in. "Delivered" also ends what we gave up because no report had come.
 * The same object when nothing changes.
 */
function afterReport(delivery: Delivery, { result, at }: Report): Delivery {
  const { status, times, why } = delivery;
  if (result === 'pending') return delivery;
  if (result === 'delivered') {
    const isOlder = status === 'failed' && why !== 'NO_REPORT' && (times.failed ?? at) >= at;
    if (status === 'delivered' || isOlder) return delivery;
    const { why: _, ...rest } = delivery;
    return { ...rest, status: 'delivered', times: { ...times, delivered: at } };
  }
  const isOld = status === 'failed' || (status === 'delivered' && (times.delivered ?? at) >= at);
  return isOld
    ? delivery
    : { ...delivery, status: 'failed', why: result.toUpperCase(), times: { ...times, failed: at } };
}

async function follow(ports: NoticePorts, delivery: Delivery): Promise<void> {
  const { notice, transport: channel = notice.kind } = delivery;
  if (delivery.status === 'delivered')
    ports.log.tell('notice delivered', { notice: notice.id, channel, outcome: outcomeWord(notice) });
  else tellUndelivered(ports, delivery, channel, await afterFailure(ports, delivery));
}
