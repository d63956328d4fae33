/**
 * What carries a message to its address. One file per transport beside this one; `src/live/deliver.ts` chooses among
 * them by kind, in the order in which the composition root lists them.
 */

/** An e-mail to exactly one recipient. Headers that every notice has (Auto-Submitted) are the transport's business. */
export interface EmailMessage {
  readonly kind: 'email';
  readonly to: string;
  /** Safe on a lock screen, one line. */
  readonly subject: string;
  /** The complete text part. */
  readonly text: string;
  /** The same text as HTML. */
  readonly html?: string;
  /** BCP 47, as `fa`. */
  readonly language?: string;
  /** Where answers go: the desk. */
  readonly replyTo?: string;
}

/** A text message to exactly one number. */
export interface SmsMessage {
  readonly kind: 'sms';
  /** International form, as +15550100. */
  readonly to: string;
  readonly text: string;
}

/** A desk notice as JSON, posted and signed. The address is the transport's. */
export interface WebhookMessage {
  readonly kind: 'webhook';
  /** Plain JSON. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** One message to one recipient. */
export type Message = EmailMessage | SmsMessage | WebhookMessage;

/** What goes along with a message. */
export interface SendContext {
  /**
   * UUID made from notice and transport: the same on every try, so that a provider that remembers it sends once.
   * Transports that have no such thing use it as message id or ignore it.
   */
  readonly operationId: string;
  /** Comes back in delivery reports where a provider offers that (the tag of an SMS); opaque. */
  readonly tag: string;
  /** When the message was decided on: the same on every try (OASIS repeatable requests want the first time). */
  readonly decidedAt: Date;
  readonly now: Date;
}

/** What a provider said. */
export interface Sent {
  /** The id that delivery reports will name. */
  readonly providerId: string;
  /** `delivered` only where the transport itself is the end of the way, as a file is. */
  readonly status: 'accepted' | 'delivered';
}

/** One way to send. */
export interface Transport {
  /** `acs-email`, `acs-sms`, `smtp`, `twilio`, `sms-webhook`, `desk-webhook`, `file`. Unique. */
  readonly name: string;
  /** What it takes; `file` takes every kind. */
  readonly kind: 'email' | 'sms' | 'webhook' | 'file';
  /** True when reports tell later whether a message arrived. Where none come, acceptance is all that is ever known. */
  readonly reports: boolean;
  /**
   * Sends once, without repeats of its own: waiting is the queue's business.
   * @throws DeliveryError THROTTLED | UNAVAILABLE (wait, then again) | BAD_ADDRESS | STOPPED (this channel is of no use)
   * | REFUSED | MISCONFIGURED (this transport is of no use)
   */
  readonly send: (message: Message, context: SendContext) => Promise<Sent>;
}
