/**
 * Events of Communication Services as Event Grid posts them (Event Grid schema): what we read of them. Addresses become
 * hashes here, before anything else sees them; the text of an SMS is looked at once and kept nowhere.
 */
import { z } from 'zod';

/** Hash of an address, comparable with those of people's channels. */
export type AddressHash = (kind: 'email' | 'phone', value: string) => string;

/** What an event says. */
export type ReportEvent =
  /** Event Grid asks whether we want its events. */
  | { readonly kind: 'validation'; readonly code: string }
  | {
      readonly kind: 'report';
      readonly providerId: string;
      /** Of an SMS: `<person>~<notice>`. */
      readonly tag?: string;
      readonly channel: 'email' | 'sms';
      readonly recipientHash: string;
      readonly result: DeliveryResult;
      readonly at: Date;
    }
  | { readonly kind: 'inbound'; readonly fromHash: string; readonly text: string }
  /** An event that tells nothing we need, or is not what it says it is. */
  | { readonly kind: 'other' };

/** What became of a message. */
export type DeliveryResult = 'delivered' | 'bounced' | 'suppressed' | 'failed' | 'stopped' | 'pending';

const Envelope = z.object({ eventType: z.string(), data: z.record(z.string(), z.unknown()), eventTime: z.string() });
const text = z.string().max(2000);
const Validation = z.object({ validationCode: text });
const EmailReport = z.object({
  recipient: text,
  messageId: text,
  status: text,
  deliveryAttemptTimeStamp: text.optional(),
});
const SmsReport = z.object({
  messageId: text,
  to: text,
  deliveryStatus: text,
  deliveryStatusDetails: text.optional(),
  receivedTimestamp: text.optional(),
  // Microsoft's own sample writes `Tag`.
  tag: text.optional(),
  Tag: text.optional(),
});
const SmsReceived = z.object({ from: text, message: text });

/** Everything but Delivered is failure; `Expanded` (a group address) only says that more reports will come. */
const EMAIL_RESULTS: Readonly<Record<string, DeliveryResult>> = {
  delivered: 'delivered',
  bounced: 'bounced',
  suppressed: 'suppressed',
  expanded: 'pending',
};

/** Reads one event. Never throws: what cannot be read is `other`. */
export function readReportEvent(event: unknown, hash: AddressHash): ReportEvent {
  const envelope = Envelope.safeParse(event);
  if (!envelope.success) return { kind: 'other' };
  const { eventType, data, eventTime } = envelope.data;
  switch (eventType) {
    case 'Microsoft.EventGrid.SubscriptionValidationEvent': {
      const parsed = Validation.safeParse(data);
      return parsed.success ? { kind: 'validation', code: parsed.data.validationCode } : { kind: 'other' };
    }
    case 'Microsoft.Communication.EmailDeliveryReportReceived':
      return readEmailReport(data, eventTime, hash);
    case 'Microsoft.Communication.SMSDeliveryReportReceived':
      return readSmsReport(data, eventTime, hash);
    case 'Microsoft.Communication.SMSReceived': {
      const parsed = SmsReceived.safeParse(data);
      if (!parsed.success) return { kind: 'other' };
      return { kind: 'inbound', fromHash: hash('phone', parsed.data.from), text: parsed.data.message };
    }
    default:
      return { kind: 'other' };
  }
}

function readEmailReport(data: unknown, eventTime: string, hash: AddressHash): ReportEvent {
  const parsed = EmailReport.safeParse(data);
  if (!parsed.success) return { kind: 'other' };
  const { recipient, messageId, status, deliveryAttemptTimeStamp } = parsed.data;
  return {
    kind: 'report',
    providerId: messageId,
    channel: 'email',
    recipientHash: hash('email', recipient),
    result: EMAIL_RESULTS[status.toLowerCase()] ?? 'failed',
    at: instantOf(deliveryAttemptTimeStamp, eventTime),
  };
}

function readSmsReport(data: unknown, eventTime: string, hash: AddressHash): ReportEvent {
  const parsed = SmsReport.safeParse(data);
  if (!parsed.success) return { kind: 'other' };
  const { messageId, to, deliveryStatus, deliveryStatusDetails = '', receivedTimestamp, tag, Tag } = parsed.data;
  const isDelivered = deliveryStatus.toLowerCase() === 'delivered';
  // What a carrier's STOP makes of later sends (sms-faq).
  const isStopped = /blocked for given recipient|opted out/i.test(deliveryStatusDetails);
  const given = tag ?? Tag;
  return {
    kind: 'report',
    providerId: messageId,
    ...(given !== undefined && { tag: given }),
    channel: 'sms',
    recipientHash: hash('phone', to),
    result: isDelivered ? 'delivered' : isStopped ? 'stopped' : 'failed',
    at: instantOf(receivedTimestamp, eventTime),
  };
}

function instantOf(...texts: readonly (string | undefined)[]): Date {
  const found = texts.map((value) => new Date(value ?? Number.NaN)).find((at) => !Number.isNaN(at.getTime()));
  return found ?? new Date(0);
}
