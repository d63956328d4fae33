/** The operations of `<queue>/$management` that the SDK uses on queues without sessions. */
import { randomBytes } from 'node:crypto';
import { toNumber } from './amqp-bytes.ts';
import { BusError } from './bus-error.ts';
import { encodeMessage, MAX_MESSAGE_BYTES, parseEnvelope } from './envelope.ts';
import { swapGuid } from './guid.ts';
import { cancelScheduled, peek, renew, type Settlement, send, settle, takeDeferred } from './queue-operations.ts';
import type { QueueState } from './queue-state.ts';
import { rhea } from './rhea.ts';

/** Status code and body of a reply. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

type Body = Readonly<Record<string, unknown>>;
type Operation = (queue: QueueState, body: Body, now: number) => Answer;

const LONG = 0x81;
const TIMESTAMP = 0x83;

/** A reply to a peek holds no more than this, so that it stays deliverable. */
const PEEK_BYTES = 4 * MAX_MESSAGE_BYTES;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  'com.microsoft:renew-lock': renewLocks,
  'com.microsoft:peek-message': peekMessages,
  'com.microsoft:schedule-message': schedule,
  'com.microsoft:cancel-scheduled-message': cancel,
  'com.microsoft:receive-by-sequence-number': receiveDeferred,
  'com.microsoft:update-disposition': updateDisposition,
};

/** Carries out one operation. @throws BusError what the operation refuses, `amqp:not-implemented` for unknown ones */
export function carryOut(queue: QueueState, operation: string, body: Body, now: number): Answer {
  const known = Object.hasOwn(OPERATIONS, operation) ? OPERATIONS[operation] : undefined;
  if (!known) throw new BusError('amqp:not-implemented', `The local bus does not support '${operation}'.`);
  return known(queue, body, now);
}

function listOf(body: Body, name: string): readonly unknown[] {
  const value = body[name];
  if (Array.isArray(value)) return value;
  throw new BusError('com.microsoft:argument-error', `'${name}' is missing or is no list.`);
}

function numberOf(body: Body, name: string): number {
  const value = toNumber(body[name]);
  if (Number.isFinite(value)) return value;
  throw new BusError('com.microsoft:argument-error', `'${name}' is missing or is no number.`);
}

function tokensOf(body: Body): string[] {
  return listOf(body, 'lock-tokens').map((token) => {
    if (Buffer.isBuffer(token) && token.length === 16) return swapGuid(token).toString('hex');
    throw new BusError('com.microsoft:argument-error', "'lock-tokens' holds something else than lock tokens.");
  });
}

function renewLocks(queue: QueueState, body: Body, now: number): Answer {
  const expirations = tokensOf(body).map((token) => renew(queue, token, now));
  return { status: 200, body: { expirations: rhea.types.wrap_array(expirations, TIMESTAMP, undefined) } };
}

function peekMessages(queue: QueueState, body: Body): Answer {
  const messages: unknown[] = [];
  let size = 0;
  for (const message of peek(queue, numberOf(body, 'from-sequence-number'), numberOf(body, 'message-count'))) {
    const bytes = encodeMessage({ ...message, lock: undefined });
    size += bytes.length;
    if (messages.length > 0 && size > PEEK_BYTES) break;
    messages.push(rhea.types.wrap_map({ message: rhea.types.wrap_binary(bytes) }));
  }
  if (messages.length === 0) return { status: 204 };
  return { status: 200, body: { messages: rhea.types.wrap_list(messages) } };
}

function schedule(queue: QueueState, body: Body, now: number): Answer {
  const envelopes = listOf(body, 'messages').map((item) => {
    const bytes = (item as { message?: unknown } | null)?.message;
    if (!Buffer.isBuffer(bytes))
      throw new BusError('com.microsoft:argument-error', 'A message to schedule is missing.');
    return parseEnvelope(bytes);
  });
  const sequences = send(queue, envelopes, now);
  return { status: 200, body: { 'sequence-numbers': rhea.types.wrap_array(sequences, LONG, undefined) } };
}

function cancel(queue: QueueState, body: Body): Answer {
  cancelScheduled(queue, listOf(body, 'sequence-numbers').map(toNumber));
  return { status: 200 };
}

function receiveDeferred(queue: QueueState, body: Body, now: number): Answer {
  const sequences = listOf(body, 'sequence-numbers').map(toNumber);
  const keys = sequences.map(() => randomBytes(16));
  const forGood = numberOf(body, 'receiver-settle-mode') === 0;
  const tokens = forGood ? undefined : keys.map((key) => key.toString('hex'));
  const messages = takeDeferred(queue, sequences, tokens, now).map((message, index) =>
    rhea.types.wrap_map({
      message: rhea.types.wrap_binary(encodeMessage(message)),
      'lock-token': rhea.types.wrap_uuid(swapGuid(keys[index] ?? Buffer.alloc(16))),
    }),
  );
  return { status: 200, body: { messages: rhea.types.wrap_list(messages) } };
}

function updateDisposition(queue: QueueState, body: Body, now: number): Answer {
  const settlement = settlementOf(body);
  for (const token of tokensOf(body)) settle(queue, token, settlement, now);
  return { status: 200 };
}

function settlementOf(body: Body): Settlement {
  const properties = (body['properties-to-modify'] ?? undefined) as Body | undefined;
  const text = (name: string) => (typeof body[name] === 'string' ? body[name] : undefined);
  switch (body['disposition-status']) {
    case 'completed':
      return { how: 'complete' };
    case 'abandoned':
      return { how: 'abandon', properties };
    case 'defered': // sic
      return { how: 'defer', properties };
    case 'suspended': {
      const [reason, description] = [text('deadletter-reason'), text('deadletter-description')];
      return { how: 'dead-letter', reason, description, properties };
    }
    default:
      throw new BusError('com.microsoft:argument-error', "'disposition-status' is unknown.");
  }
}
