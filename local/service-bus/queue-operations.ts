/** What senders and receivers do to a queue. Pure: see queue-state.ts. Semantics as documented for Azure Service Bus. */
import { BusError } from './bus-error.ts';
import type { Envelope } from './envelope.ts';
import {
  add,
  DEFAULT_MAX_SIZE,
  deadLetter,
  expire,
  type Message,
  makeReady,
  type QueueState,
  remove,
  setProperties,
  touch,
} from './queue-state.ts';

/** What a receiver decides about a message that it holds. */
export type Settlement =
  | { readonly how: 'complete' }
  | { readonly how: 'abandon' | 'defer'; readonly properties?: Readonly<Record<string, unknown>> | undefined }
  | {
      readonly how: 'dead-letter';
      readonly reason?: string | undefined;
      readonly description?: string | undefined;
      readonly properties?: Readonly<Record<string, unknown>> | undefined;
    };

/**
 * Puts messages into the queue, all or none, and gives their sequence numbers; 0 for a duplicate, which is dropped.
 * @throws BusError `amqp:resource-limit-exceeded` when the queue is full, `amqp:not-allowed` into dead letters
 */
export function send(queue: QueueState, envelopes: readonly Envelope[], now: number): number[] {
  if (!queue.deadLetters)
    throw new BusError('amqp:not-allowed', `Sending to the sub-queue '${queue.name}' is not allowed.`);
  const size = envelopes.reduce((sum, envelope) => sum + envelope.bare.length, queue.bytes + queue.deadLetters.bytes);
  if (size > (queue.definition.maxSizeBytes ?? DEFAULT_MAX_SIZE)) {
    const message = `The maximum entity size has been reached or exceeded for Queue: '${queue.name}'.`;
    throw new BusError('amqp:resource-limit-exceeded', message);
  }
  return envelopes.map((envelope) => (isDuplicate(queue, envelope, now) ? 0 : enqueue(queue, envelope, now)));
}

function isDuplicate(queue: QueueState, envelope: Envelope, now: number): boolean {
  const window = queue.definition.duplicateDetectionMs;
  if (window === 0) return false;
  if ((queue.seenIds.get(envelope.messageId) ?? 0) > now) return true;
  queue.seenIds.delete(envelope.messageId); // re-inserted at the end: the map is in order of expiry
  queue.seenIds.set(envelope.messageId, now + window);
  queue.unsaved.seenIds.set(envelope.messageId, now + window);
  return false;
}

/** Appends a message; one with a due time in the future waits for it first. */
export function enqueue(queue: QueueState, envelope: Envelope, now: number): number {
  queue.lastSequence += 1;
  const sequence = queue.lastSequence;
  const dueAt = envelope.scheduledAt !== undefined && envelope.scheduledAt > now ? envelope.scheduledAt : undefined;
  const ttl = Math.min(envelope.ttlMs ?? Infinity, queue.definition.defaultTtlMs);
  add(queue, {
    sequence,
    envelope: Number.isFinite(ttl) ? { ...envelope, ttlMs: ttl } : envelope,
    enqueuedAt: now,
    deliveryCount: 0,
    state: dueAt === undefined ? 'active' : 'scheduled',
    dueAt,
    expiresAt: Number.isFinite(ttl) ? (dueAt ?? now) + ttl : undefined,
  });
  return sequence;
}

/** Hands out the next message under a lock; undefined when there is none. */
export function take(queue: QueueState, token: string, now: number): Message | undefined {
  const message = nextReady(queue, now);
  if (message) lock(queue, message, token, now);
  return message;
}

/** Hands out the next message for good (receive and delete); undefined when there is none. */
export function takeAway(queue: QueueState, now: number): Message | undefined {
  const message = nextReady(queue, now);
  if (message) remove(queue, message);
  return message;
}

function nextReady(queue: QueueState, now: number): Message | undefined {
  for (;;) {
    const sequence = queue.ready.pop();
    if (sequence === undefined) return undefined;
    const message = queue.messages.get(sequence);
    if (!message || message.lock || message.state !== 'active') continue;
    if (message.expiresAt === undefined || message.expiresAt > now) return message;
    expire(queue, message);
  }
}

function lock(queue: QueueState, message: Message, token: string, now: number): void {
  queue.locks.delete(token); // a renewal goes to the end: the map is in order of expiry
  message.lock = { token, until: now + queue.definition.lockDurationMs };
  queue.locks.set(token, message);
  touch(queue, message);
}

/** The message that this token holds. @throws BusError `com.microsoft:message-lock-lost` */
function held(queue: QueueState, token: string, now: number): Message {
  const message = queue.locks.get(token);
  if (message?.lock && message.lock.until > now) return message;
  const why = 'Either the lock expired, or the message has already been removed from the queue.';
  throw new BusError('com.microsoft:message-lock-lost', `The lock supplied is invalid. ${why}`);
}

/** Carries out a receiver's decision. @throws BusError `com.microsoft:message-lock-lost` */
export function settle(queue: QueueState, token: string, settlement: Settlement, now: number): void {
  const message = held(queue, token, now);
  unlock(queue, message);
  if (settlement.how === 'complete') remove(queue, message);
  else if (settlement.how === 'dead-letter' && queue.deadLetters) {
    deadLetter(queue, message, settlement.reason, settlement.description, settlement.properties);
  } else {
    setProperties(queue, message, settlement.properties ?? {});
    if (settlement.how === 'defer') defer(queue, message);
    else giveBack(queue, message);
  }
}

function defer(queue: QueueState, message: Message): void {
  message.state = 'deferred';
  touch(queue, message);
}

function unlock(queue: QueueState, message: Message): void {
  if (message.lock) queue.locks.delete(message.lock.token);
  message.lock = undefined;
}

/** Counts a failed delivery and lets others have the message, or dead-letters it after the last allowed one. */
function giveBack(queue: QueueState, message: Message): void {
  message.deliveryCount += 1;
  if (queue.deadLetters && message.deliveryCount >= queue.definition.maxDeliveryCount) {
    const description = `Message could not be consumed after ${message.deliveryCount} delivery attempts.`;
    deadLetter(queue, message, 'MaxDeliveryCountExceeded', description);
  } else {
    touch(queue, message);
    if (message.state === 'active') makeReady(queue, message);
  }
}

/** Extends a lock from now on and gives its new end. @throws BusError `com.microsoft:message-lock-lost` */
export function renew(queue: QueueState, token: string, now: number): number {
  const message = held(queue, token, now);
  lock(queue, message, token, now);
  return message.lock?.until ?? now;
}

/**
 * Hands out deferred messages by number, all or none: under the given tokens, or for good where `tokens` is undefined.
 * An expired one is expired now, as the service does it.
 * @throws BusError `com.microsoft:message-not-found`
 */
export function takeDeferred(
  queue: QueueState,
  sequences: readonly number[],
  tokens: readonly string[] | undefined,
  now: number,
): Message[] {
  const messages = sequences.map((sequence) => {
    const message = queue.messages.get(sequence);
    if (message?.state === 'deferred' && !message.lock) {
      if (message.expiresAt === undefined || message.expiresAt > now) return message;
      expire(queue, message);
    }
    const why = 'The message does not exist, is locked or is not deferred.';
    throw new BusError('com.microsoft:message-not-found', `Failed to lock one or more specified messages. ${why}`);
  });
  for (const [index, message] of messages.entries()) {
    if (tokens) lock(queue, message, tokens[index] ?? '', now);
    else remove(queue, message);
  }
  return messages;
}

/** Removes scheduled messages, all or none. @throws BusError `com.microsoft:message-not-found` */
export function cancelScheduled(queue: QueueState, sequences: readonly number[]): void {
  const messages = sequences.map((sequence) => {
    const message = queue.messages.get(sequence);
    if (message?.state === 'scheduled') return message;
    throw new BusError(
      'com.microsoft:message-not-found',
      `The message with sequence number ${sequence} was not found.`,
    );
  });
  for (const message of new Set(messages)) remove(queue, message);
}

/** Up to `count` messages of any state from a sequence number on, in order, untouched. */
export function peek(queue: QueueState, from: number, count: number): Message[] {
  const found: Message[] = [];
  for (const message of queue.messages.values()) if (message.sequence >= from) found.push(message);
  return found.sort((a, b) => a.sequence - b.sequence).slice(0, count);
}

/** Ends every lock now, as if it had expired: for a start after which no receiver can be alive any more. */
export function releaseLocks(queue: QueueState): void {
  for (const message of [...queue.locks.values()]) {
    unlock(queue, message);
    giveBack(queue, message);
  }
}

/** Does what became due: ends locks and duplicate windows, activates scheduled messages, expires old ones. */
export function passTime(queue: QueueState, now: number): void {
  for (const message of queue.locks.values()) {
    if ((message.lock?.until ?? 0) > now) break;
    unlock(queue, message);
    giveBack(queue, message);
  }
  for (const [id, until] of queue.seenIds) {
    if (until > now) break;
    queue.seenIds.delete(id);
  }
  activateDue(queue, now);
  for (let due = queue.expiring.peek(); due && due.at <= now; due = queue.expiring.peek()) {
    queue.expiring.pop();
    const message = queue.messages.get(due.sequence);
    if (message?.state === 'active' && !message.lock && message.expiresAt === due.at) expire(queue, message);
  }
}

/** A scheduled message enters the queue as if sent now: with a new sequence number, at the end. */
function activateDue(queue: QueueState, now: number): void {
  for (let due = queue.scheduled.peek(); due && due.at <= now; due = queue.scheduled.peek()) {
    queue.scheduled.pop();
    const message = queue.messages.get(due.sequence);
    if (message?.state !== 'scheduled') continue;
    remove(queue, message);
    enqueue(queue, { ...message.envelope, scheduledAt: undefined }, now);
  }
}
