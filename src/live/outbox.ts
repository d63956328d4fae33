/**
 * The transactional outbox: a queue message is written in the same transaction as what it tells of, sent afterwards, and
 * its row deleted last. Before the transaction a due row of kind `outbox` is written, so that the sweeper knows where a
 * crash can have left messages.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { QueueMessage, Queues, Rows, RowWrite } from '../ports.ts';

/** An outbox row's key begins with this. */
export const OUTBOX = 'outbox:';
/** So long after its transaction a message that still has a row is sent by the sweeper. */
export const OUTBOX_WAIT_MS = 60_000;

const StoredMessage = z.object({ queue: z.enum(['notifications', 'findings', 'notices']), body: z.unknown() });

/** The write that puts a message into the outbox of a bucket. */
export function outboxWrite({ id, queue, body }: QueueMessage): RowWrite {
  return { op: 'put', row: OUTBOX + id, value: { queue, body } };
}

/** The writes that take messages out again. */
export function outboxDeletes(messages: readonly { readonly id: string }[]): RowWrite[] {
  return messages.map(({ id }) => ({ op: 'delete', row: OUTBOX + id }));
}

/** The due row's `ref` that names buckets. Each is another one: whoever is done with theirs must not remove another's. */
export function outboxRef(buckets: Iterable<string>): string {
  return `${[...new Set(buckets)].sort().join('+')}~${randomUUID()}`;
}

/** The buckets that a due row's `ref` names. */
export function bucketsIn(ref: string): string[] {
  return ref.slice(0, ref.indexOf('~')).split('+');
}

/** Sends what is in the outboxes of these buckets and deletes it. Returns how many messages went. */
export async function drainOutbox(
  { rows, queues }: { readonly rows: Rows; readonly queues: Queues },
  buckets: readonly string[],
): Promise<number> {
  let count = 0;
  for (const bucket of buckets) {
    let messages: QueueMessage[] = [];
    const flush = async () => {
      if (messages.length === 0) return;
      await queues.send(messages);
      await rows.transact('evidence', bucket, outboxDeletes(messages));
      count += messages.length;
      messages = [];
    };
    for await (const { row, value } of rows.list('evidence', bucket, OUTBOX, 'outbox;')) {
      const { queue, body } = StoredMessage.parse(value);
      messages.push({ id: row.slice(OUTBOX.length), queue, body });
      if (messages.length === 100) await flush();
    }
    await flush();
  }
  return count;
}
