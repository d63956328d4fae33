import { describe, expect, it } from 'vitest';
import { readList, readValue, sectionsOf } from '../../../local/service-bus/amqp-bytes.ts';
import type { BusError } from '../../../local/service-bus/bus-error.ts';
import {
  cancelScheduled,
  passTime,
  peek,
  releaseLocks,
  renew,
  send,
  settle,
  take,
  takeAway,
  takeDeferred,
} from '../../../local/service-bus/queue-operations.ts';
import { createQueue, type Message, type QueueState } from '../../../local/service-bus/queue-state.ts';
import type { QueueDefinition } from '../../../local/service-bus/queues.ts';
import { definition, envelope, idsIn } from './queues-for-tests.ts';

function queueWith(ids: readonly string[], changes: Partial<QueueDefinition> = {}): QueueState {
  const queue = createQueue(definition(changes));
  send(
    queue,
    ids.map((id) => envelope(id)),
    0,
  );
  return queue;
}

function conditionOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as BusError).condition;
  }
}

function takeIds(queue: QueueState, count: number, now: number): (string | undefined)[] {
  return Array.from({ length: count }, (_, index) => take(queue, `t${index}@${now}`, now)?.envelope.messageId);
}

/** The application properties that the bus wrote into a message. */
function propertiesOf(message: Message | undefined): unknown {
  const bytes = message?.envelope.bare ?? Buffer.alloc(0);
  for (const section of sectionsOf(bytes)) if (section.code === 0x74) return readValue(bytes, section.value);
  return undefined;
}

describe('receiving', () => {
  it('hands out messages in order, each once, and none when there are none', () => {
    const queue = queueWith(['a', 'b', 'c']);
    expect(takeIds(queue, 4, 0)).toEqual(['a', 'b', 'c', undefined]);
  });

  it('receives and deletes in one step', () => {
    const queue = queueWith(['a', 'b']);
    expect(takeAway(queue, 0)?.envelope.messageId).toBe('a');
    expect(idsIn(queue)).toEqual(['b']);
  });

  it('keeps a message until it is completed', () => {
    const queue = queueWith(['a']);
    take(queue, 't', 0);
    expect(idsIn(queue)).toEqual(['a']);
    settle(queue, 't', { how: 'complete' }, 1);
    expect(idsIn(queue)).toEqual([]);
    expect(queue.bytes).toBe(0);
  });

  it('peeks at messages of any state without touching them', () => {
    const queue = queueWith(['a', 'b', 'c', 'd']);
    take(queue, 't', 0);
    expect(peek(queue, 2, 2).map((message) => message.sequence)).toEqual([2, 3]);
    expect(peek(queue, 0, 1)[0]?.envelope.messageId).toBe('a');
    expect(peek(queue, 5, 9)).toEqual([]);
    expect(takeIds(queue, 1, 0)).toEqual(['b']);
  });
});

describe('locks', () => {
  it('gives an abandoned message back at once, before later ones, with the count raised', () => {
    const queue = queueWith(['a', 'b']);
    take(queue, 't', 0);
    settle(queue, 't', { how: 'abandon', properties: { why: 'busy' } }, 1);
    const again = take(queue, 'u', 1);
    expect([again?.envelope.messageId, again?.deliveryCount]).toEqual(['a', 1]);
    expect(propertiesOf(again)).toEqual({ why: 'busy' });
  });

  it.each([
    ['settling', (queue: QueueState) => settle(queue, 't', { how: 'complete' }, 10_000)],
    ['renewing', (queue: QueueState) => renew(queue, 't', 10_000)],
  ])('%s at the very end of the lock is too late', (_, work) => {
    const queue = queueWith(['a']);
    take(queue, 't', 0);
    expect(conditionOf(() => work(queue))).toBe('com.microsoft:message-lock-lost');
    expect(idsIn(queue)).toEqual(['a']);
  });

  it('an expired lock raises the count and frees the message; the late holder cannot settle the new delivery', () => {
    const queue = queueWith(['a']);
    take(queue, 't', 0);
    passTime(queue, 9_999);
    expect(take(queue, 'u', 9_999)).toBeUndefined();
    passTime(queue, 10_000);
    expect(take(queue, 'u', 10_000)?.deliveryCount).toBe(1);
    expect(conditionOf(() => settle(queue, 't', { how: 'complete' }, 10_001))).toBe('com.microsoft:message-lock-lost');
  });

  it('renewal counts from now; others expire in their own time', () => {
    const queue = queueWith(['a', 'b']);
    take(queue, 'ta', 0);
    take(queue, 'tb', 1);
    expect(renew(queue, 'ta', 9_000)).toBe(19_000);
    passTime(queue, 10_001);
    expect(takeIds(queue, 2, 10_001)).toEqual(['b', undefined]);
    settle(queue, 'ta', { how: 'complete' }, 18_999);
    expect(idsIn(queue)).toEqual(['b']);
  });

  it('a second settlement of the same delivery is refused', () => {
    const queue = queueWith(['a']);
    take(queue, 't', 0);
    settle(queue, 't', { how: 'complete' }, 1);
    expect(conditionOf(() => settle(queue, 't', { how: 'complete' }, 1))).toBe('com.microsoft:message-lock-lost');
  });

  it('releaseLocks ends all of them as if expired', () => {
    const queue = queueWith(['a', 'b']);
    takeIds(queue, 2, 0);
    releaseLocks(queue);
    expect([...queue.messages.values()].map((message) => message.deliveryCount)).toEqual([1, 1]);
    expect(takeIds(queue, 2, 1)).toEqual(['a', 'b']);
  });
});

describe('dead letters', () => {
  it.each([
    ['abandoned', (queue: QueueState, at: number) => settle(queue, `t${at}`, { how: 'abandon' }, at + 1)],
    ['expired', (queue: QueueState, at: number) => passTime(queue, at + 10_000)],
  ])('after the last allowed delivery was %s', (_, fail) => {
    const queue = queueWith(['a']);
    for (const at of [0, 20_000, 40_000]) {
      expect(take(queue, `t${at}`, at)?.envelope.messageId).toBe('a');
      fail(queue, at);
    }
    expect(idsIn(queue)).toEqual([]);
    const [dead] = queue.deadLetters?.messages.values() ?? [];
    expect(dead?.deliveryCount).toBe(3);
    expect(propertiesOf(dead)).toEqual({
      DeadLetterReason: 'MaxDeliveryCountExceeded',
      DeadLetterErrorDescription: 'Message could not be consumed after 3 delivery attempts.',
    });
  });

  it('by the receiver, with its reason and properties, without raising the count', () => {
    const queue = queueWith(['a']);
    take(queue, 't', 0);
    settle(queue, 't', { how: 'dead-letter', reason: 'R', description: 'D', properties: { extra: 1 } }, 1);
    const [dead] = queue.deadLetters?.messages.values() ?? [];
    expect(propertiesOf(dead)).toEqual({ extra: 1, DeadLetterReason: 'R', DeadLetterErrorDescription: 'D' });
    expect([dead?.sequence, dead?.deliveryCount]).toEqual([1, 0]);
  });

  it('are received, abandoned without limit and completed like any queue, but cannot be sent to', () => {
    const queue = queueWith(['a']);
    take(queue, 't', 0);
    settle(queue, 't', { how: 'dead-letter' }, 1);
    const dead = queue.deadLetters as QueueState;
    for (let round = 0; round < 5; round += 1) {
      expect(take(dead, 'u', 2)?.deliveryCount).toBe(round);
      settle(dead, 'u', { how: 'abandon' }, 3);
    }
    expect(conditionOf(() => send(dead, [envelope('b')], 4))).toBe('amqp:not-allowed');
    take(dead, 'u', 5);
    settle(dead, 'u', { how: 'complete' }, 6);
    expect(idsIn(dead)).toEqual([]);
  });
});

describe('time to live', () => {
  it.each([
    ['its own', 500, Infinity, 500],
    ['the queue’s', undefined, 700, 700],
    ['the shorter of the two', 500, 300, 300],
    ['the shorter of the two', 200, 300, 200],
  ])('%s', (_, ttlMs, defaultTtlMs, expected) => {
    const queue = createQueue(definition({ defaultTtlMs }));
    send(queue, [envelope('a', { ttlMs })], 1000);
    passTime(queue, 1000 + expected - 1);
    expect(idsIn(queue)).toEqual(['a']);
    passTime(queue, 1000 + expected);
    expect(idsIn(queue)).toEqual([]);
    expect(idsIn(queue.deadLetters)).toEqual([]);
  });

  it('expired messages become dead letters where the queue says so, and then never expire', () => {
    const queue = createQueue(definition({ defaultTtlMs: 100, deadLetterOnExpiry: true }));
    send(queue, [envelope('a')], 0);
    expect(take(queue, 't', 100)).toBeUndefined(); // also without a tick in between
    const [dead] = queue.deadLetters?.messages.values() ?? [];
    expect(propertiesOf(dead)).toMatchObject({ DeadLetterReason: 'TTLExpiredException' });
    passTime(queue.deadLetters as QueueState, 1e9);
    expect(idsIn(queue.deadLetters)).toEqual(['a']);
  });

  it('a locked message does not expire until it is given back', () => {
    const queue = createQueue(definition({ defaultTtlMs: 100 }));
    send(queue, [envelope('a')], 0);
    take(queue, 't', 50);
    passTime(queue, 200);
    expect(idsIn(queue)).toEqual(['a']);
    settle(queue, 't', { how: 'abandon' }, 201);
    passTime(queue, 202);
    expect(idsIn(queue)).toEqual([]);
  });

  it('a deferred message expires only when it is asked for; a scheduled one lives from when it is due', () => {
    const queue = createQueue(definition({ defaultTtlMs: 100 }));
    send(queue, [envelope('a'), envelope('b', { scheduledAt: 1000 })], 0);
    take(queue, 't', 0);
    settle(queue, 't', { how: 'defer' }, 1);
    passTime(queue, 999);
    expect(idsIn(queue)).toEqual(['a', 'b']);
    expect(conditionOf(() => takeDeferred(queue, [1], ['u'], 999))).toBe('com.microsoft:message-not-found');
    passTime(queue, 1000);
    expect(idsIn(queue)).toEqual(['b']);
    passTime(queue, 1100);
    expect(idsIn(queue)).toEqual([]);
  });
});

describe('duplicate detection', () => {
  it('drops an id seen within the window, also after the first was completed, and also within a batch', () => {
    const queue = createQueue(definition({ duplicateDetectionMs: 1000 }));
    expect(send(queue, [envelope('a'), envelope('a'), envelope('b')], 0)).toEqual([1, 0, 2]);
    takeAway(queue, 1);
    expect(send(queue, [envelope('a')], 999)).toEqual([0]);
    expect(send(queue, [envelope('a')], 1000)).toEqual([3]);
    expect(send(queue, [envelope('a')], 1999)).toEqual([0]);
  });

  it('scheduled messages take part, cancelled ones too', () => {
    const queue = createQueue(definition({ duplicateDetectionMs: 1000 }));
    send(queue, [envelope('a', { scheduledAt: 500 })], 0);
    expect(send(queue, [envelope('a')], 10)).toEqual([0]);
    cancelScheduled(queue, [1]);
    expect(send(queue, [envelope('a')], 20)).toEqual([0]);
  });

  it('an activated message is not taken for its own duplicate, and old ids are forgotten', () => {
    const queue = createQueue(definition({ duplicateDetectionMs: 1000 }));
    send(queue, [envelope('a', { scheduledAt: 500 })], 0);
    passTime(queue, 500);
    expect(takeAway(queue, 500)?.envelope.messageId).toBe('a');
    passTime(queue, 1000);
    expect(queue.seenIds.size).toBe(0);
  });
});

describe('scheduled and deferred messages', () => {
  it('a due message joins the end of the queue with a new number and time', () => {
    const queue = createQueue(definition());
    send(queue, [envelope('later', { scheduledAt: 500 }), envelope('now')], 0);
    expect(takeIds(queue, 2, 499)).toEqual(['now', undefined]);
    passTime(queue, 500);
    const message = take(queue, 't', 500);
    expect([message?.envelope.messageId, message?.sequence, message?.enqueuedAt]).toEqual(['later', 3, 500]);
  });

  it('a time in the past means now', () => {
    const queue = createQueue(definition());
    send(queue, [envelope('a', { scheduledAt: 99 })], 100);
    expect(takeIds(queue, 1, 100)).toEqual(['a']);
  });

  it('cancels all or none', () => {
    const queue = createQueue(definition());
    send(queue, [envelope('a', { scheduledAt: 500 }), envelope('b', { scheduledAt: 500 }), envelope('c')], 0);
    expect(conditionOf(() => cancelScheduled(queue, [1, 3]))).toBe('com.microsoft:message-not-found');
    cancelScheduled(queue, [1, 2, 2]);
    expect(idsIn(queue)).toEqual(['c']);
    passTime(queue, 1000);
    expect(takeIds(queue, 2, 1000)).toEqual(['c', undefined]);
  });

  it('a deferred message is got by its number only, and stays deferred when given back', () => {
    const queue = queueWith(['a', 'b']);
    take(queue, 't', 0);
    settle(queue, 't', { how: 'defer', properties: { note: 'wait' } }, 1);
    expect(takeIds(queue, 2, 1)).toEqual(['b', undefined]);
    expect(conditionOf(() => takeDeferred(queue, [1, 2], ['u', 'v'], 2))).toBe('com.microsoft:message-not-found');
    const [message] = takeDeferred(queue, [1], ['u'], 2);
    expect(propertiesOf(message)).toEqual({ note: 'wait' });
    expect(conditionOf(() => takeDeferred(queue, [1], ['v'], 2))).toBe('com.microsoft:message-not-found');
    settle(queue, 'u', { how: 'abandon' }, 3);
    expect(takeDeferred(queue, [1], undefined, 4)[0]?.deliveryCount).toBe(1);
    expect(idsIn(queue)).toEqual(['b']);
  });
});

it('refuses what does not fit, whole batches only', () => {
  const queue = createQueue(definition({ maxSizeBytes: 100 }));
  const big = envelope('a', { bare: Buffer.alloc(60) });
  send(queue, [big], 0);
  expect(conditionOf(() => send(queue, [envelope('b'), big], 0))).toBe('amqp:resource-limit-exceeded');
  expect(idsIn(queue)).toEqual(['a']);
  takeAway(queue, 0);
  expect(send(queue, [big], 0)).toEqual([2]);
});

it('reads lists only where lists are', () => {
  expect(() => readList(Buffer.from([0x41]), 0)).toThrow('must be a list');
});
