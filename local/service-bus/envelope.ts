/** A message as the bus keeps it: the few facts that a queue needs, the rest byte for byte as it was sent. */
import { randomUUID } from 'node:crypto';
import {
  encodeInt64,
  encodeSection,
  encodeSymbol,
  encodeValue,
  entriesOf,
  readList,
  readValue,
  SECTION,
  type Section,
  sectionsOf,
  skipValue,
  toNumber,
} from './amqp-bytes.ts';
import { BusError } from './bus-error.ts';
import type { Message } from './queue-state.ts';

/** What was sent. `annotations` are encoded map entries, `bare` is everything from the properties to the footer. */
export interface Envelope {
  readonly durable: boolean;
  readonly priority: number;
  readonly ttlMs?: number | undefined;
  readonly messageId: string;
  /** Epoch milliseconds; only read when the message is sent. */
  readonly scheduledAt?: number | undefined;
  readonly annotations: Buffer;
  readonly bare: Buffer;
}

/** Message-format of a batch: its body is a list of data sections, each an encoded message. */
export const BATCH_FORMAT = 0x80013700;

/** Largest message and largest batch, in bytes (Azure Service Bus Standard). */
export const MAX_MESSAGE_BYTES = 262_144;

/** Annotations that only the bus may set; a sender's are dropped. */
const OURS = new Set([
  'x-opt-sequence-number',
  'x-opt-enqueued-time',
  'x-opt-locked-until',
  'x-opt-message-state',
  'x-opt-enqueue-sequence-number',
  'x-opt-deadletter-source',
  'x-opt-partition-id',
]);

type Draft = { -readonly [K in keyof Envelope]?: Envelope[K] };

/** Reads one encoded message. @throws BusError `amqp:decode-error` */
export function parseEnvelope(bytes: Buffer): Envelope {
  const draft: Draft = {};
  let bareFrom: number | undefined;
  for (const section of sectionsOf(bytes)) {
    readSection(bytes, section, draft);
    if (section.code >= SECTION.properties) bareFrom ??= section.start;
    else if (bareFrom !== undefined) throw new BusError('amqp:decode-error', 'The message sections are out of order.');
  }
  const bare = Buffer.from(bytes.subarray(bareFrom ?? bytes.length));
  // The service gives every message an id, and the SDK cannot renew the lock of a message without one.
  const messageId = draft.messageId ?? randomUUID().replaceAll('-', '');
  return {
    durable: draft.durable ?? false,
    priority: draft.priority ?? 4,
    ttlMs: draft.ttlMs,
    scheduledAt: draft.scheduledAt,
    annotations: draft.annotations ?? Buffer.alloc(0),
    messageId,
    bare: draft.messageId === undefined ? withMessageId(bare, messageId) : bare,
  };
}

/** Reads a batch. @throws BusError `amqp:decode-error` */
export function parseBatch(bytes: Buffer): Envelope[] {
  const envelopes: Envelope[] = [];
  for (const { code, value, end } of sectionsOf(bytes)) {
    if (code !== SECTION.data) continue;
    const form = bytes[value];
    if (form !== 0xa0 && form !== 0xb0)
      throw new BusError('amqp:decode-error', 'A batch holds something else than data.');
    envelopes.push(parseEnvelope(bytes.subarray(value + (form === 0xa0 ? 2 : 5), end)));
  }
  return envelopes;
}

function readSection(bytes: Buffer, { code, value }: Section, draft: Draft): void {
  if (code === SECTION.header) {
    const [durable, priority, ttl] = readList(bytes, value);
    draft.durable = durable === true;
    if (typeof priority === 'number') draft.priority = priority;
    if (typeof ttl === 'number') draft.ttlMs = ttl;
  } else if (code === SECTION.messageAnnotations) {
    const kept: Buffer[] = [];
    for (const entry of entriesOf(bytes, value)) {
      if (entry.key === 'x-opt-scheduled-enqueue-time') draft.scheduledAt = toNumber(readValue(bytes, entry.value));
      if (!OURS.has(entry.key)) kept.push(bytes.subarray(entry.start, entry.end));
    }
    draft.annotations = Buffer.concat(kept);
  } else if (code === SECTION.properties) {
    const [id] = readList(bytes, value);
    if (id !== null && id !== undefined) draft.messageId = Buffer.isBuffer(id) ? id.toString('hex') : String(id);
  } else if (code === SECTION.applicationProperties) {
    for (const _ of entriesOf(bytes, value)); // refused now rather than when a reason has to be added
  }
}

/** The bare message with a message id put into its properties section. */
function withMessageId(bare: Buffer, id: string): Buffer {
  const items = [encodeValue(id)];
  let count = 1;
  let rest = bare;
  const [first] = bare.length > 0 ? sectionsOf(bare) : [];
  if (first?.code === SECTION.properties) {
    rest = bare.subarray(first.end);
    const form = bare[first.value];
    if (form === 0xc0 || form === 0xd0) {
      count = Math.max(1, form === 0xc0 ? (bare[first.value + 2] ?? 0) : bare.readUInt32BE(first.value + 5));
      const from = first.value + (form === 0xc0 ? 3 : 9);
      if (from < first.end) items.push(bare.subarray(skipValue(bare, from), first.end)); // all but the empty id
    }
  }
  return Buffer.concat([encodeSection(SECTION.properties, 0xd0, items, count), rest]);
}

const KEY = {
  sequence: encodeSymbol('x-opt-sequence-number'),
  enqueued: encodeSymbol('x-opt-enqueued-time'),
  lockedUntil: encodeSymbol('x-opt-locked-until'),
  state: encodeSymbol('x-opt-message-state'),
};
const STATE_CODE = { active: 0, deferred: 1, scheduled: 2 } as const;

/** The message as a receiver gets it: header and annotations anew, the rest as it was sent. */
export function encodeMessage(message: Message): Buffer {
  const { envelope, lock, state } = message;
  const annotations = [envelope.annotations];
  annotations.push(KEY.sequence, encodeInt64(0x81, message.sequence));
  annotations.push(KEY.enqueued, encodeInt64(0x83, message.enqueuedAt));
  if (lock) annotations.push(KEY.lockedUntil, encodeInt64(0x83, lock.until));
  if (state !== 'active') annotations.push(KEY.state, Buffer.from([0x54, STATE_CODE[state]]));
  const own = countValues(envelope.annotations) + 4 + (lock ? 2 : 0) + (state === 'active' ? 0 : 2);
  return Buffer.concat([
    encodeHeader(envelope, message.deliveryCount),
    encodeSection(SECTION.messageAnnotations, 0xd1, annotations, own),
    envelope.bare,
  ]);
}

function encodeHeader(envelope: Envelope, deliveryCount: number): Buffer {
  const uint = (value: number) => {
    const bytes = Buffer.from([0x70, 0, 0, 0, 0]);
    bytes.writeUInt32BE(Math.min(value, 0xffffffff), 1);
    return bytes;
  };
  const ttl = envelope.ttlMs === undefined ? Buffer.from([0x40]) : uint(envelope.ttlMs);
  const items = [Buffer.from([envelope.durable ? 0x41 : 0x42, 0x50, envelope.priority]), ttl];
  items.push(Buffer.from([0x42]), uint(deliveryCount));
  return encodeSection(SECTION.header, 0xd0, items, 5);
}

function countValues(bytes: Buffer): number {
  let count = 0;
  for (let at = 0; at < bytes.length; at = skipValue(bytes, at)) count += 1;
  return count;
}

/** Adds application properties, replacing those of the same name; undefined values are left out. */
export function withApplicationProperties(envelope: Envelope, changes: Readonly<Record<string, unknown>>): Envelope {
  const set = Object.entries(changes).filter(([, value]) => value !== undefined);
  if (set.length === 0) return envelope;
  const { bare } = envelope;
  const before: Buffer[] = [];
  const after: Buffer[] = [];
  const items: Buffer[] = [];
  for (const { code, start, value, end } of sectionsOf(bare)) {
    if (code === SECTION.applicationProperties) {
      for (const entry of entriesOf(bare, value)) {
        if (!Object.hasOwn(changes, entry.key))
          items.push(bare.subarray(entry.start, entry.value), bare.subarray(entry.value, entry.end));
      }
    } else (code < SECTION.applicationProperties ? before : after).push(bare.subarray(start, end));
  }
  for (const [key, value] of set) items.push(encodeValue(key), encodeValue(value));
  const properties = encodeSection(SECTION.applicationProperties, 0xd1, items, items.length);
  return { ...envelope, bare: Buffer.concat([...before, properties, ...after]) };
}
