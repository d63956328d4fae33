import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  cancelScheduled,
  passTime,
  renew,
  send,
  settle,
  take,
  takeAway,
  takeDeferred,
} from '../../../local/service-bus/queue-operations.ts';
import { createQueue, type QueueState, restore } from '../../../local/service-bus/queue-state.ts';
import { openStore } from '../../../local/service-bus/store.ts';
import { definition, envelope } from './queues-for-tests.ts';

const DEFINITION = definition({
  lockDurationMs: 50,
  maxDeliveryCount: 3,
  duplicateDetectionMs: 200,
  defaultTtlMs: 400,
  deadLetterOnExpiry: true,
});

type Step = readonly [kind: string, pick: number];

const STEPS = fc.array(
  fc.tuple(
    fc.constantFrom(
      'send',
      'later',
      'take',
      'drop',
      'complete',
      'abandon',
      'defer',
      'bury',
      'renew',
      'fetch',
      'cancel',
      'wait',
    ),
    fc.nat(30),
  ),
  { maxLength: 80 },
);

/** Runs steps against a queue; what the queue refuses is skipped. `after` sees the queue after each step. */
function run(queue: QueueState, steps: readonly Step[], after: (queue: QueueState, now: number) => void): number {
  let now = 0;
  for (const [index, [kind, pick]] of steps.entries()) {
    const tokens = [...queue.locks.keys()];
    const token = tokens[pick % Math.max(1, tokens.length)] ?? '';
    const sequence = 1 + (pick % (queue.lastSequence + 1));
    const actions: Record<string, () => unknown> = {
      send: () => send(queue, [envelope(`id${pick}`, { bare: Buffer.from([0, 0x53, 0x75, 0xa0, 1, pick]) })], now),
      later: () => send(queue, [envelope(`later${pick}`, { scheduledAt: now + pick * 5 })], now),
      take: () => take(queue, `token${index}`, now),
      drop: () => takeAway(queue, now),
      complete: () => settle(queue, token, { how: 'complete' }, now),
      abandon: () => settle(queue, token, { how: 'abandon', properties: pick % 2 ? { pick } : {} }, now),
      defer: () => settle(queue, token, { how: 'defer' }, now),
      bury: () => settle(queue, token, { how: 'dead-letter', reason: 'test' }, now),
      renew: () => renew(queue, token, now),
      fetch: () => takeDeferred(queue, [sequence], pick % 3 ? [`token${index}`] : undefined, now),
      cancel: () => cancelScheduled(queue, [sequence]),
      wait: () => {
        now += pick;
        passTime(queue, now);
      },
    };
    try {
      actions[kind]?.();
    } catch {
      // refused: the queue must be as it was
    }
    after(queue, now);
  }
  return now;
}

/** Everything that matters of a queue, to compare two of them. */
function essence(queue: QueueState): unknown {
  const messages = [...queue.messages.values()].sort((a, b) => a.sequence - b.sequence);
  return {
    messages: messages.map(({ envelope: sent, lock, ...rest }) => ({
      ...rest,
      lock: lock ?? 'none',
      id: sent.messageId,
      ttl: sent.ttlMs,
      bare: sent.bare.toString('hex'),
    })),
    locks: [...queue.locks].map(([token, message]) => [token, message.sequence]),
    seen: [...queue.seenIds].sort(),
    last: queue.lastSequence,
    bytes: queue.bytes,
  };
}

it('a queue restored from the store after any step equals the one in memory', () => {
  fc.assert(
    fc.property(STEPS, fc.nat(80), (steps, stop) => {
      const store = openStore(':memory:');
      const queue = createQueue(DEFINITION);
      const both = [queue, queue.deadLetters as QueueState];
      const now = run(queue, steps.slice(0, stop), () => store.commit(both));
      const copy = createQueue(DEFINITION);
      for (const part of [copy.deadLetters as QueueState, copy]) restore(part, store.load(part, now));
      passTime(queue, now);
      passTime(copy, now);
      store.close();
      expect(essence(copy)).toEqual(essence(queue));
      expect(essence(copy.deadLetters as QueueState)).toEqual(essence(queue.deadLetters as QueueState));
    }),
    { numRuns: 150 },
  );
});

it('a message is in one place, held by at most one lock, and the bytes add up', () => {
  fc.assert(
    fc.property(STEPS, (steps) => {
      const queue = createQueue(DEFINITION);
      run(queue, steps, () => {
        const dead = queue.deadLetters as QueueState;
        for (const sequence of queue.messages.keys()) expect(dead.messages.has(sequence)).toBe(false);
        const holders = [...queue.locks.values()].map((message) => message.sequence);
        expect(new Set(holders).size).toBe(holders.length);
        for (const [token, message] of queue.locks) {
          expect(message.lock?.token).toBe(token);
          expect(queue.messages.get(message.sequence)).toBe(message);
        }
        for (const part of [queue, dead]) {
          const sum = [...part.messages.values()].reduce((total, { envelope: sent }) => total + sent.bare.length, 0);
          expect(part.bytes).toBe(sum);
        }
      });
    }),
    { numRuns: 200 },
  );
});

it('every message that nobody settled for good comes out in the end, in the queue or in its dead letters', () => {
  fc.assert(
    fc.property(STEPS, (steps) => {
      const queue = createQueue({ ...DEFINITION, defaultTtlMs: Infinity });
      const now = run(queue, steps, () => {}) + 1000;
      passTime(queue, now); // all locks over, all due
      const waiting = [...queue.messages.values()].filter(({ state }) => state !== 'deferred').length;
      let taken = 0;
      while (takeAway(queue, now)) taken += 1;
      expect(taken).toBe(waiting);
    }),
    { numRuns: 150 },
  );
});
