/** The sweeper in `watch`: looks at everything that is due, and calls who knows what to do about it. */
import { passesByItself } from '../errors.ts';
import type { Clock, Log, Queues, Rows } from '../ports.ts';
import { createDueRows, type DueRow } from './due.ts';
import { bucketsIn, drainOutbox } from './outbox.ts';

/** Handler of a kind of due rows; the row is deleted when it resolves. Runs at least once, so it repeats safely. */
export type DueHandler = (ref: string, at: Date) => Promise<void>;

/** What a sweep did. */
export interface SweepReport {
  /** Due rows handled, by kind. */
  readonly done: Readonly<Record<string, number>>;
  /** Handlers that failed; their rows stay and come again. */
  readonly failed: number;
  /** Outbox messages that a crash had left. */
  readonly sent: number;
}

/** What sweeping needs. */
export interface SweepPorts {
  readonly rows: Rows;
  readonly queues: Queues;
  readonly clock: Clock;
  readonly log: Log;
}

/** So many handlers run at the same time. */
const AT_ONCE = 8;

/** Handles what is due at `now`, earliest first. Due rows whose kind nobody handles stay, and are told once a sweep. */
export async function sweep(
  ports: SweepPorts,
  now: Date,
  handlers: Readonly<Record<string, DueHandler>>,
): Promise<SweepReport> {
  const due = createDueRows(ports.rows);
  const done: Record<string, number> = {};
  const unknown = new Set<string>();
  let failed = 0;
  let sent = 0;
  const handle = async ({ kind, ref, at }: DueRow): Promise<boolean> => {
    if (kind === 'outbox') sent += await drainOutbox(ports, bucketsIn(ref));
    else if (Object.hasOwn(handlers, kind)) await handlers[kind]?.(ref, at);
    else unknown.add(kind);
    return !unknown.has(kind);
  };
  const turn = async (batch: readonly DueRow[]): Promise<void> => {
    const results = await Promise.allSettled(batch.map(handle));
    const handled = batch.filter((_, index) => isTrue(results[index]));
    for (const { kind } of handled) done[kind] = (done[kind] ?? 0) + 1;
    await due.remove(handled);
    for (const [index, result] of results.entries()) {
      if (result.status === 'fulfilled') continue;
      failed++;
      ports.log.error('due row failed', { kind: batch[index]?.kind, code: codeOf(result.reason) });
    }
  };
  const batch: DueRow[] = [];
  for await (const row of due.dueAt(now)) {
    batch.push(row);
    if (batch.length === AT_ONCE) await turn(batch.splice(0));
  }
  await turn(batch);
  for (const kind of unknown) ports.log.error('due row that nobody handles', { kind });
  return { done, failed, sent };
}

function isTrue(result: PromiseSettledResult<boolean> | undefined): boolean {
  return result?.status === 'fulfilled' && result.value;
}

function codeOf(error: unknown): string {
  if (passesByItself(error)) return error.code;
  return error instanceof Error ? error.name : 'unknown';
}
