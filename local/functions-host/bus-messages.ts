/** Service Bus messages as the library wants them, and what functions send as messages. */
import { randomUUID } from 'node:crypto';
import type { ServiceBusMessage, ServiceBusReceivedMessage } from '@azure/service-bus';
import type { TypedData } from './core.ts';

/**
 * The body. Text goes over as text, and the library parses every text as JSON if it can: the text `12345` reaches the
 * function as a number, here as in Azure.
 * @param body as received with `skipParsingBodyAsJson`: a Buffer for data sections, else the AMQP value
 */
export function bodyToTypedData(body: unknown, binary: boolean): TypedData {
  if (body instanceof Uint8Array) return binary ? { bytes: body } : { string: Buffer.from(body).toString('utf8') };
  const text = typeof body === 'string' ? body : (JSON.stringify(body) ?? '');
  return binary ? { bytes: Buffer.from(text) } : { string: text };
}

/** The bodies of a batch. */
export function bodiesToTypedData(bodies: readonly unknown[], binary: boolean): TypedData {
  const data = bodies.map((body) => bodyToTypedData(body, binary));
  if (binary) return { collectionBytes: { bytes: data.map(({ bytes }) => bytes ?? new Uint8Array()) } };
  return { collectionString: { string: data.map(({ string }) => string ?? '') } };
}

/** The metadata of a message under the names that .NET gives it. */
export function toTriggerMetadata(message: ServiceBusReceivedMessage): Record<string, TypedData> {
  const { texts, values } = metadataOf(message);
  return {
    ...typed(texts, (value) => ({ string: String(value) })),
    ...typed(values, (value) => ({ json: JSON.stringify(value) })),
  };
}

/** The metadata of a batch: `MessageIdArray` and so on, one entry a message. */
export function toBatchMetadata(messages: readonly ServiceBusReceivedMessage[]): Record<string, TypedData> {
  const all = messages.map(metadataOf).map(({ texts, values }): Record<string, unknown> => ({ ...texts, ...values }));
  const names = Object.keys(all[0] ?? {});
  const lists = names.map((name) => [`${name}Array`, all.map((one) => one[name] ?? null)] as const);
  return typed(Object.fromEntries(lists), (value) => ({ json: JSON.stringify(value) }));
}

function metadataOf(message: ServiceBusReceivedMessage) {
  const texts = {
    MessageId: message.messageId,
    CorrelationId: message.correlationId,
    Subject: message.subject,
    Label: message.subject,
    ContentType: message.contentType,
    To: message.to,
    ReplyTo: message.replyTo,
    SessionId: message.sessionId,
    PartitionKey: message.partitionKey,
    LockToken: message.lockToken,
    DeadLetterSource: message.deadLetterSource,
    DeadLetterReason: message.deadLetterReason,
    DeadLetterErrorDescription: message.deadLetterErrorDescription,
  };
  const values = {
    // AMQP counts failed deliveries before this one, .NET this one too, and so do functions.
    DeliveryCount: (message.deliveryCount ?? 0) + 1,
    SequenceNumber: Number(message.sequenceNumber ?? 0),
    EnqueuedSequenceNumber: message.enqueuedSequenceNumber,
    EnqueuedTimeUtc: message.enqueuedTimeUtc,
    ExpiresAtUtc: message.expiresAtUtc,
    ApplicationProperties: message.applicationProperties ?? {},
    UserProperties: message.applicationProperties ?? {},
  };
  return { texts, values };
}

function typed(
  values: Readonly<Record<string, unknown>>,
  convert: (value: unknown) => TypedData,
): Record<string, TypedData> {
  const present = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(present.map(([name, value]) => [name, convert(value)]));
}

/** The W3C parent of a message's trace, if its sender gave one. */
export function traceParentOf(message: ServiceBusReceivedMessage): string | undefined {
  const { 'Diagnostic-Id': diagnosticId, traceparent } = message.applicationProperties ?? {};
  return [diagnosticId, traceparent].find((value) => typeof value === 'string');
}

/** What an output binding was given, as messages: an array is one message per element. */
export function toMessages(data: TypedData): ServiceBusMessage[] {
  if (data.bytes) return [message(Buffer.from(data.bytes))];
  if (data.json === undefined) return [message(Buffer.from(data.string ?? String(data.int ?? data.double ?? '')))];
  const value: unknown = JSON.parse(data.json);
  return (Array.isArray(value) ? value : [value]).map((item) =>
    typeof item === 'string'
      ? message(Buffer.from(item))
      : message(Buffer.from(JSON.stringify(item)), 'application/json'),
  );
}

/** Bytes, not text: the client would put text into quotes. */
function message(body: Buffer, contentType?: string): ServiceBusMessage {
  return { body, messageId: randomUUID(), ...(contentType ? { contentType } : {}) };
}
