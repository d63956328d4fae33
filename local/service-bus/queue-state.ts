/**
 * The state of one queue, and how messages enter and leave it. Pure: time is an argument, tokens are given, nothing is
 * written anywhere; `unsaved` says what a store has to write before anyone may be told.
 */
import { type Envelope, withApplicationProperties } from './envelope.ts';
import { createHeap, type Heap } from './heap.ts';
import type { QueueDefinition } from './queues.ts';

/** A receiver's exclusive hold on a message. */
export interface Lock {
  /** 32 hex digits: the delivery tag, and (in another byte order) the lock token of `$management`. */
  readonly token: string;
  /** Epoch milliseconds. */
  readonly until: number;
}

/** One message in a queue. Instants in epoch milliseconds. */
export interface Message {
  readonly sequence: number;
  envelope: Envelope;
  readonly enqueuedAt: number;
  /** Failed deliveries so far: 0 at the first delivery. */
  deliveryCount: number;
  state: 'active' | 'deferred' | 'scheduled';
  /** When a scheduled message becomes active. */
  readonly dueAt?: number | undefined;
  readonly expiresAt?: number | undefined;
  lock?: Lock | undefined;
}

interface Due {
  readonly at: number;
  readonly sequence: number;
}

/** One queue or its dead letters. Change it only through the functions of this folder. */
export interface QueueState {
  /** Lower-case address. */
  readonly name: string;
  readonly definition: QueueDefinition;
  /** Where dead letters go; undefined in the dead-letter queue itself. */
  readonly deadLetters: QueueState | undefined;
  readonly messages: Map<number, Message>;
  /** Sequence numbers that may be handed out, least first; entries that are no longer valid are skipped on reading. */
  readonly ready: Heap<number>;
  /** By token, in the order in which they expire. */
  readonly locks: Map<string, Message>;
  readonly scheduled: Heap<Due>;
  readonly expiring: Heap<Due>;
  /** Message id → end of its window, in the order in which they end. */
  readonly seenIds: Map<string, number>;
  lastSequence: number;
  bytes: number;
  readonly unsaved: Unsaved;
}

/** What the store has not written yet. */
export interface Unsaved {
  /** `whole`: new, or its payload changed; `part`: only state, count or lock changed; `gone`: removed. */
  readonly messages: Map<number, 'whole' | 'part' | 'gone'>;
  readonly seenIds: Map<string, number>;
}

/** What a store kept of a queue. */
export interface QueueSnapshot {
  readonly lastSequence: number;
  readonly messages: Iterable<Message>;
  readonly seenIds: Iterable<readonly [id: string, until: number]>;
}

/** The default of `maxSizeBytes`: the smallest size that Azure offers. */
export const DEFAULT_MAX_SIZE = 2 ** 30;

const DEAD_LETTERS = '/$deadletterqueue';

/** An empty queue with its dead-letter queue. */
export function createQueue(definition: QueueDefinition): QueueState {
  const name = definition.name.toLowerCase();
  const dead = emptyQueue(name + DEAD_LETTERS, { ...definition, duplicateDetectionMs: 0 }, undefined);
  return emptyQueue(name, definition, dead);
}

function emptyQueue(name: string, definition: QueueDefinition, deadLetters: QueueState | undefined): QueueState {
  return {
    name,
    definition,
    deadLetters,
    messages: new Map(),
    ready: createHeap((sequence) => sequence),
    locks: new Map(),
    scheduled: createHeap((due) => due.at),
    expiring: createHeap((due) => due.at),
    seenIds: new Map(),
    lastSequence: 0,
    bytes: 0,
    unsaved: { messages: new Map(), seenIds: new Map() },
  };
}

/** Fills an empty queue with what a store kept. Locks stay valid: their holders may have outlived the broker. */
export function restore(queue: QueueState, snapshot: QueueSnapshot): void {
  queue.lastSequence = snapshot.lastSequence;
  const locked: Message[] = [];
  for (const message of snapshot.messages) {
    enter(queue, message);
    if (message.lock) locked.push(message);
  }
  locked.sort((a, b) => (a.lock?.until ?? 0) - (b.lock?.until ?? 0));
  for (const message of locked) queue.locks.set(message.lock?.token ?? '', message);
  for (const [id, until] of [...snapshot.seenIds].sort((a, b) => a[1] - b[1])) queue.seenIds.set(id, until);
}

/** Adds a message to the indexes; does not mark it unsaved. */
function enter(queue: QueueState, message: Message): void {
  queue.messages.set(message.sequence, message);
  queue.lastSequence = Math.max(queue.lastSequence, message.sequence);
  queue.bytes += sizeOf(message);
  if (message.state === 'scheduled') queue.scheduled.push({ at: message.dueAt ?? 0, sequence: message.sequence });
  else if (message.state === 'active' && !message.lock) makeReady(queue, message);
}

/** Adds a new message. */
export function add(queue: QueueState, message: Message): void {
  enter(queue, message);
  queue.unsaved.messages.set(message.sequence, 'whole');
}

/** Lets receivers have an active, unlocked message (again). */
export function makeReady(queue: QueueState, message: Message): void {
  queue.ready.push(message.sequence);
  if (message.expiresAt !== undefined) queue.expiring.push({ at: message.expiresAt, sequence: message.sequence });
}

/** Marks a message whose state, count or lock changed (`part`), or also its payload (`whole`). */
export function touch(queue: QueueState, message: Message, what: 'whole' | 'part' = 'part'): void {
  if (what === 'part' && queue.unsaved.messages.get(message.sequence) === 'whole') return;
  queue.unsaved.messages.set(message.sequence, what);
}

/** Takes an unlocked message out of the queue. */
export function remove(queue: QueueState, message: Message): void {
  queue.messages.delete(message.sequence);
  queue.bytes -= sizeOf(message);
  queue.unsaved.messages.set(message.sequence, 'gone');
}

/** Replaces a message's payload with one that has these application properties added. */
export function setProperties(
  queue: QueueState,
  message: Message,
  properties: Readonly<Record<string, unknown>>,
): void {
  if (Object.keys(properties).length === 0) return;
  queue.bytes -= sizeOf(message);
  message.envelope = withApplicationProperties(message.envelope, properties);
  queue.bytes += sizeOf(message);
  touch(queue, message, 'whole');
}

/** Moves an unlocked message to the dead letters, or, in the dead-letter queue itself, leaves it where it is. */
export function deadLetter(
  queue: QueueState,
  message: Message,
  reason: string | undefined,
  description: string | undefined,
  properties: Readonly<Record<string, unknown>> = {},
): void {
  if (!queue.deadLetters) return;
  remove(queue, message);
  const why = { ...properties, DeadLetterReason: reason, DeadLetterErrorDescription: description };
  add(queue.deadLetters, {
    sequence: message.sequence,
    envelope: withApplicationProperties({ ...message.envelope, ttlMs: undefined }, why),
    enqueuedAt: message.enqueuedAt,
    deliveryCount: message.deliveryCount,
    state: 'active',
  });
}

/** Removes an expired message, into the dead letters where the queue is set up so. */
export function expire(queue: QueueState, message: Message): void {
  if (queue.definition.deadLetterOnExpiry && queue.deadLetters) {
    deadLetter(queue, message, 'TTLExpiredException', 'The message expired and was dead lettered.');
  } else remove(queue, message);
}

function sizeOf(message: Message): number {
  return message.envelope.bare.length + message.envelope.annotations.length;
}
