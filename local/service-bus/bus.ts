/** The running bus: queues in memory, group commit to the store, the clock, and handing messages to consumers. */
import { randomBytes } from 'node:crypto';
import { passTime, releaseLocks, take, takeAway } from './queue-operations.ts';
import type { Message, QueueState } from './queue-state.ts';
import { createQueue, restore } from './queue-state.ts';
import type { QueueDefinition } from './queues.ts';
import type { Store } from './store.ts';

/** Somebody who receives from a queue. */
export interface Consumer {
  /** Receive and delete: no lock, nothing to settle. */
  readonly destructive: boolean;
  /** How many messages it takes now. */
  credit(): number;
  deliver(message: Message, token: Buffer): void;
}

/** Depths of one queue. */
export interface QueueStats {
  /** Waiting for a receiver. */
  readonly active: number;
  /** In a receiver's hands. */
  readonly locked: number;
  readonly scheduled: number;
  readonly deferred: number;
  readonly deadLettered: number;
  /** Age of the oldest message that is neither scheduled nor deferred, in milliseconds. */
  readonly oldestMs?: number;
}

/** The running bus. */
export interface Bus {
  /** The queue (or dead-letter queue) of this address, in any case; undefined when unknown. */
  find(address: string): QueueState | undefined;
  /** Epoch milliseconds. */
  now(): number;
  /** Has a change of the queue saved and its consumers served, soon. */
  changed(queue: QueueState): void;
  /** Calls back once everything that has happened so far is on disk. */
  whenSaved(callback: () => void): void;
  attach(queue: QueueState, consumer: Consumer): void;
  detach(queue: QueueState, consumer: Consumer): void;
  /** By queue name. */
  stats(): Record<string, QueueStats>;
  /** Commits, then closes the store. */
  close(): void;
}

/** How a bus is made. */
export interface BusOptions {
  readonly queues: readonly QueueDefinition[];
  readonly store: Store;
  readonly now: () => number;
  /** End all locks at the start: only right when no receiver can have survived. */
  readonly releaseLocks: boolean;
  /** The store failed: memory and disk differ from now on, so the bus must end without acknowledging anything. */
  readonly onFault: (error: unknown) => void;
}

const TICK_MS = 50;
const FORGET_MS = 60_000;

interface Running {
  readonly options: BusOptions;
  readonly queues: Map<string, QueueState>;
  readonly consumers: Map<QueueState, Consumer[]>;
  readonly changed: Set<QueueState>;
  waiting: (() => void)[];
  turn: NodeJS.Immediate | undefined;
  /** Closed, or the store failed: nothing is written any more. */
  ended: boolean;
}

/** Starts a bus on what the store has kept. */
export function createBus(options: BusOptions): Bus {
  const bus: Running = {
    options,
    queues: new Map(),
    consumers: new Map(),
    changed: new Set(),
    waiting: [],
    turn: undefined,
    ended: false,
  };
  for (const definition of options.queues) open(bus, createQueue(definition));
  const ticks = setInterval(() => tick(bus), TICK_MS).unref();
  const forgetting = setInterval(() => forget(bus), FORGET_MS).unref();
  return {
    find: (address) => bus.queues.get(address.toLowerCase()),
    now: options.now,
    changed: (queue) => change(bus, queue),
    whenSaved: (callback) => {
      bus.waiting.push(callback);
      schedule(bus);
    },
    attach: (queue, consumer) => {
      bus.consumers.get(queue)?.push(consumer);
      change(bus, queue);
    },
    detach: (queue, consumer) => {
      const others = bus.consumers.get(queue)?.filter((other) => other !== consumer) ?? [];
      bus.consumers.set(queue, others);
    },
    stats: () => statsOf(bus),
    close: () => {
      clearInterval(ticks);
      clearInterval(forgetting);
      clearImmediate(bus.turn);
      commit(bus);
      bus.ended = true;
      options.store.close();
    },
  };
}

function open(bus: Running, queue: QueueState): void {
  if (queue.deadLetters) open(bus, queue.deadLetters);
  bus.queues.set(queue.name, queue);
  bus.consumers.set(queue, []);
  restore(queue, bus.options.store.load(queue, bus.options.now()));
  if (bus.options.releaseLocks) releaseLocks(queue);
  change(bus, queue);
}

function change(bus: Running, queue: QueueState): void {
  bus.changed.add(queue);
  if (queue.deadLetters) bus.changed.add(queue.deadLetters);
  schedule(bus);
}

function schedule(bus: Running): void {
  bus.turn ??= setImmediate(() => runTurn(bus));
}

/** One commit for all that the event loop brought in one turn, then the acknowledgements. */
function runTurn(bus: Running): void {
  bus.turn = undefined;
  for (const queue of bus.changed) serve(bus, queue);
  commit(bus);
}

function commit(bus: Running): void {
  if (bus.ended) return;
  const waiting = bus.waiting;
  bus.waiting = [];
  const saved = attempt(bus, () => bus.options.store.commit(bus.changed));
  if (!saved) return;
  bus.changed.clear();
  for (const callback of waiting) callback();
}

function forget(bus: Running): void {
  if (!bus.ended) attempt(bus, () => bus.options.store.forget(bus.options.now()));
}

function attempt(bus: Running, write: () => void): boolean {
  try {
    write();
    return true;
  } catch (error) {
    bus.ended = true;
    bus.options.onFault(error);
    return false;
  }
}

function tick(bus: Running): void {
  const now = bus.options.now();
  for (const queue of bus.queues.values()) {
    passTime(queue, now);
    if (queue.unsaved.messages.size > 0 || queue.ready.size() > 0) change(bus, queue);
  }
}

/** Hands out messages, one to each consumer in turn, until they or their credit run out. */
function serve(bus: Running, queue: QueueState): void {
  const consumers = bus.consumers.get(queue) ?? [];
  const now = bus.options.now();
  for (let idle = 0; idle < consumers.length && queue.ready.size() > 0; ) {
    const consumer = consumers.shift();
    if (!consumer) return;
    consumers.push(consumer);
    if (consumer.credit() <= 0) {
      idle += 1;
      continue;
    }
    idle = 0;
    const token = randomBytes(16);
    const message = consumer.destructive ? takeAway(queue, now) : take(queue, token.toString('hex'), now);
    if (!message) return;
    consumer.deliver(message, token);
  }
}

function statsOf(bus: Running): Record<string, QueueStats> {
  const stats: Record<string, QueueStats> = {};
  const now = bus.options.now();
  for (const queue of bus.queues.values()) {
    if (!queue.deadLetters) continue;
    const count = { active: 0, locked: 0, scheduled: 0, deferred: 0 };
    let oldest = Infinity;
    for (const message of queue.messages.values()) {
      const state = message.state === 'active' && message.lock ? 'locked' : message.state;
      count[state] += 1;
      if (message.state === 'active') oldest = Math.min(oldest, message.enqueuedAt);
    }
    const deadLettered = queue.deadLetters.messages.size;
    const age = oldest === Infinity ? {} : { oldestMs: now - oldest };
    stats[queue.definition.name] = { ...count, deadLettered, ...age };
  }
  return stats;
}
