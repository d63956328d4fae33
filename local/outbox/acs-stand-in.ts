/**
 * A stand-in for Azure Communication Services: mail and SMS by its HTTP interface, driven by the real SDKs. It checks the
 * signature, keeps the documented quotas (custom domain: 30 mails a minute, 100 an hour), drops what comes again under the
 * same operation or repeatability id, and reports deliveries in Event Grid's schema.
 * Sources: azure-docs `service-limits.md` (quotas), @azure/communication-email 1.1.0 and -sms 1.1.0 (wire format).
 */
import { createHash, createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { Letters } from './letters.ts';

/** What the stand-in answers. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A delivery report in Event Grid's schema. */
export interface DeliveryEvent {
  readonly id: string;
  readonly eventType: string;
  readonly subject: string;
  readonly eventTime: string;
  readonly dataVersion: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** How the stand-in behaves. */
export interface AcsOptions {
  /** Base64, as in the connection string. */
  readonly key: string;
  readonly letters: Letters;
  readonly now: () => Date;
  /** Takes the reports; also for mails that bounce. */
  readonly report: (event: DeliveryEvent) => void;
  readonly emailsPerMinute?: number;
  readonly emailsPerHour?: number;
}

/** Ends that a test can ask for: what becomes of letters to an address. */
export type Fate = 'delivered' | 'bounced' | 'suppressed' | 'silent';

/** The stand-in without a server around it. */
export interface Acs {
  readonly handle: (request: IncomingMessage, body: Buffer) => Reply | undefined;
  readonly setFate: (address: string, fate: Fate) => void;
  /** Answers the next `count` sends with this status. */
  readonly fail: (status: 429 | 500 | 503, count: number) => void;
}

const Email = z.object({
  senderAddress: z.email(),
  content: z.object({ subject: z.string(), plainText: z.string().optional(), html: z.string().optional() }),
  recipients: z.object({ to: z.array(z.object({ address: z.email() })).length(1) }),
  replyTo: z.array(z.object({ address: z.email() })).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  userEngagementTrackingDisabled: z.boolean().optional(),
});

const Sms = z.object({
  from: z.string().min(1),
  message: z.string().min(1),
  smsRecipients: z
    .array(z.object({ to: z.string(), repeatabilityRequestId: z.string(), repeatabilityFirstSent: z.string() }))
    .min(1),
  smsSendOptions: z.object({ enableDeliveryReport: z.boolean(), tag: z.string().optional() }).optional(),
});

const MINUTE = 60_000;

/** A stand-in with empty quotas. */
export function createAcs(options: AcsOptions): Acs {
  const { letters, now, report, emailsPerMinute = 30, emailsPerHour = 100 } = options;
  const sent: number[] = [];
  const known = new Set<string>();
  const fates = new Map<string, Fate>();
  const failures: number[] = [];

  function waitMs(): number {
    const at = now().getTime();
    const over = (count: number, spanMs: number) => {
      const oldest = sent.at(-count);
      return sent.length >= count && oldest !== undefined ? Math.max(0, oldest + spanMs - at) : 0;
    };
    return Math.max(over(emailsPerMinute, MINUTE), over(emailsPerHour, 60 * MINUTE));
  }

  function email(request: IncomingMessage, body: unknown): Reply {
    const parsed = Email.safeParse(body);
    if (!parsed.success) return refusal(400, 'BadRequest');
    const id = String(request.headers['operation-id'] ?? randomUUID());
    const accepted: Reply = {
      status: 202,
      headers: { 'operation-location': `${origin(request)}/emails/operations/${id}?api-version=2025-09-01` },
      body: { id, status: 'Running' },
    };
    if (known.has(id)) return accepted;
    const ms = waitMs();
    if (ms > 0) return refusal(429, 'TooManyRequests', Math.ceil(ms / 1000));
    sent.push(now().getTime());
    known.add(id);
    const { content, recipients, senderAddress, replyTo, headers } = parsed.data;
    const to = recipients.to[0]?.address ?? '';
    letters.add({
      via: 'acs-email',
      id,
      at: now().toISOString(),
      from: senderAddress,
      to,
      subject: content.subject,
      text: content.plainText ?? '',
      ...(content.html !== undefined && { html: content.html }),
      headers: { ...headers, ...(replyTo?.[0] && { 'reply-to': replyTo[0].address }) },
    });
    tellEmail(id, senderAddress, to);
    return accepted;
  }

  function tellEmail(messageId: string, sender: string, recipient: string): void {
    const fate = fates.get(recipient) ?? 'delivered';
    if (fate === 'silent') return;
    const status = { delivered: 'Delivered', bounced: 'Bounced', suppressed: 'Suppressed' }[fate];
    const deliveryAttemptTimeStamp = now().toISOString();
    report(
      event('Microsoft.Communication.EmailDeliveryReportReceived', messageId, {
        sender,
        recipient,
        messageId,
        status,
        deliveryStatusDetails: { statusMessage: status },
        deliveryAttemptTimeStamp,
      }),
    );
  }

  function sms(body: unknown): Reply {
    const parsed = Sms.safeParse(body);
    if (!parsed.success) return refusal(400, 'BadRequest');
    const { from, message, smsRecipients, smsSendOptions } = parsed.data;
    const value = smsRecipients.map(({ to, repeatabilityRequestId }) => {
      const messageId = `sms-${createHash('sha256').update(repeatabilityRequestId).digest('hex').slice(0, 20)}`;
      const isNew = !known.has(repeatabilityRequestId);
      known.add(repeatabilityRequestId);
      const tag = smsSendOptions?.tag;
      if (isNew) {
        const at = now().toISOString();
        letters.add({ via: 'acs-sms', id: messageId, at, from, to, text: message, ...(tag && { tag }) });
        tellSms(messageId, from, to, tag);
      }
      return { to, messageId, httpStatusCode: 202, repeatabilityResult: 'accepted', successful: true };
    });
    return { status: 202, body: { value } };
  }

  function tellSms(messageId: string, from: string, to: string, tag: string | undefined): void {
    const fate = fates.get(to) ?? 'delivered';
    if (fate === 'silent') return;
    const deliveryStatus = fate === 'delivered' ? 'Delivered' : 'Failed';
    const deliveryStatusDetails = fate === 'delivered' ? 'No error.' : 'Sender blocked for given recipient.';
    // The documentation's own sample writes the tag with a capital letter.
    const data = { messageId, from, to, deliveryStatus, deliveryStatusDetails, receivedTimestamp: now(), Tag: tag };
    report(event('Microsoft.Communication.SMSDeliveryReportReceived', messageId, data));
  }

  function event(eventType: string, subject: string, data: Record<string, unknown>): DeliveryEvent {
    return { id: randomUUID(), eventType, subject, eventTime: now().toISOString(), dataVersion: '1.0', data };
  }

  return {
    setFate: (address, fate) => void fates.set(address, fate),
    fail: (status, count) => void failures.push(...Array.from({ length: count }, () => status)),
    handle(request, body) {
      const path = (request.url ?? '').split('?')[0] ?? '';
      const isSend = request.method === 'POST' && (path === '/emails:send' || path === '/sms');
      const operation = /^\/emails\/operations\/([\w-]+)$/.exec(path)?.[1];
      if (!isSend && operation === undefined) return undefined;
      if (!isSigned(request, body, options.key)) return refusal(401, 'Denied');
      if (operation !== undefined) return { status: 200, body: { id: operation, status: 'Succeeded' } };
      const failure = failures.shift();
      if (failure !== undefined) return refusal(failure, 'OnDemand', failure === 429 ? 40 : undefined);
      const parsed = parseJson(body);
      return path === '/sms' ? sms(parsed) : email(request, parsed);
    },
  };
}

function refusal(status: number, code: string, retryAfterSeconds?: number): Reply {
  const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  return { status, headers, body: { error: { code, message: code } } };
}

function origin(request: IncomingMessage): string {
  return `http://${request.headers.host ?? '127.0.0.1'}`;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

/** The HMAC scheme of Azure Communication Services: verb, path with query, and date;host;content hash. */
function isSigned(request: IncomingMessage, body: Buffer, key: string): boolean {
  const { authorization = '', host = '' } = request.headers;
  const date = String(request.headers['x-ms-date'] ?? request.headers.date ?? '');
  const content = createHash('sha256').update(body).digest('base64');
  const text = `${request.method}\n${request.url}\n${date};${host};${content}`;
  const expected = createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest('base64');
  const given = /Signature=(\S+)$/.exec(authorization)?.[1] ?? '';
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}
