/**
 * What the desk page lists, newest first. Rows of the table `inbox`:
 *
 *   tasks         <9…9 − since>:<id>   DeskTask
 *   findings      <9…9 − last>:<id>    InboxFinding
 *   task-ids      <id>                 where the task is
 *   finding-ids   <id>                 where the finding is
 *
 * The key of a task never changes; a finding moves up when it grows, so the index first names both places.
 */
import { z } from 'zod';
import { UpstreamError } from '../errors.ts';
import { DeskTask } from '../model/desk-task.ts';
import { OUTCOMES } from '../model/finding.ts';
import type { Row, Rows, RowWrite } from '../ports.ts';

/** A finding as the desk page lists it; the story is in the finding itself. */
export const InboxFinding = z.strictObject({
  id: z.string(),
  person: z.string(),
  revision: z.string(),
  outcome: z.enum(OUTCOMES),
  level: z.string(),
  first: z.coerce.date(),
  last: z.coerce.date(),
  attempts: z.number(),
  chains: z.array(z.string()),
  changes: z.array(z.string()),
  campaign: z.string().optional(),
  /** True when only staged rules made it: nobody is told. */
  staged: z.boolean().default(false),
  status: z.enum(['open', 'acknowledged', 'closed']).default('open'),
  /** Who acknowledged or closed it (opaque user id, or `person`), when, and why. */
  by: z.string().optional(),
  changedAt: z.coerce.date().optional(),
  reason: z.string().optional(),
});
/** A finding as the desk page lists it. */
export type InboxFinding = z.infer<typeof InboxFinding>;

/** Something in the inbox, with the tag that guards a change. */
export interface Stored<T> {
  readonly value: T;
  readonly tag: string;
  /** Key of its row: where to read on from. */
  readonly row: string;
}

/** What somebody at the desk does with a task or finding. */
export interface DeskChange {
  readonly status: 'open' | 'acknowledged' | 'closed';
  /** Opaque user id, or `person`. */
  readonly by: string;
  readonly note?: string;
}

const LAST_MS = 9_999_999_999_999;
const TRIES = 6;
const Place = z.object({ rows: z.array(z.string()) });

/** Row key that sorts newest first. */
function keyOf(at: Date, id: string): string {
  return `${String(LAST_MS - at.getTime()).padStart(13, '0')}:${id}`;
}

/** See the head of this file. Every call @throws UpstreamError */
export function createInbox(rows: Rows) {
  async function placeOf(partition: string, id: string) {
    const stored = await rows.get('inbox', partition, id);
    return stored && { rows: Place.parse(stored.value).rows, tag: stored.tag };
  }

  async function find<T>(kind: 'task' | 'finding', schema: z.ZodType<T>, id: string): Promise<Stored<T> | undefined> {
    const place = await placeOf(`${kind}-ids`, id);
    for (const row of place?.rows ?? []) {
      const stored = await rows.get('inbox', `${kind}s`, row);
      if (stored) return { value: schema.parse(stored.value), tag: stored.tag, row };
    }
    return undefined;
  }

  async function* list<T>(kind: 'task' | 'finding', schema: z.ZodType<T>, after?: string): AsyncGenerator<Stored<T>> {
    for await (const { row, value, tag } of rows.list('inbox', `${kind}s`, after && `${after} `)) {
      yield { value: schema.parse(value), tag, row };
    }
  }

  return {
    /** Puts a task in unless it is, or was, there: a task that the desk closed is not opened again. */
    async putTask(task: DeskTask): Promise<'new' | 'known'> {
      const row = (await placeOf('task-ids', task.id))?.rows[0] ?? keyOf(task.since, task.id);
      await rows.transact('inbox', 'task-ids', [{ op: 'insert', row: task.id, value: { rows: [row] } }]);
      const place = await placeOf('task-ids', task.id);
      const write: RowWrite = { op: 'insert', row: place?.rows[0] ?? row, value: task };
      return (await rows.transact('inbox', 'tasks', [write])) === 'done' ? 'new' : 'known';
    },

    /** Newest first; `after`: the `row` of the last one seen. */
    tasks: (after?: string) => list('task', DeskTask, after),
    findings: (after?: string) => list('finding', InboxFinding, after),
    task: (id: string) => find('task', DeskTask, id),
    finding: (id: string) => find('finding', InboxFinding, id),

    /** `conflict`: somebody else was faster, load again. `tag` left out: whatever is there now. */
    async changeTask(id: string, change: DeskChange, now: Date, tag?: string): Promise<'done' | 'conflict' | 'gone'> {
      const stored = await find('task', DeskTask, id);
      if (!stored) return 'gone';
      const value: DeskTask = { ...stored.value, ...change, changedAt: now };
      return rows.transact('inbox', 'tasks', [{ op: 'replace', row: stored.row, value, tag: tag ?? stored.tag }]);
    },

    /** Likewise for findings; the note is the reason. */
    async changeFinding(
      id: string,
      change: DeskChange,
      now: Date,
      tag?: string,
    ): Promise<'done' | 'conflict' | 'gone'> {
      const stored = await find('finding', InboxFinding, id);
      if (!stored) return 'gone';
      const { status, by, note } = change;
      const value: InboxFinding = {
        ...stored.value,
        status,
        by,
        changedAt: now,
        ...(note !== undefined && { reason: note }),
      };
      return rows.transact('inbox', 'findings', [{ op: 'replace', row: stored.row, value, tag: tag ?? stored.tag }]);
    },

    /**
     * Lists a finding as it is now, instead of what was listed under any of its ids. What the desk did with it stays,
     * unless it got worse since: then it is open again.
     */
    async putFinding(finding: Omit<InboxFinding, 'status'>, formerIds: readonly string[]): Promise<void> {
      const row = keyOf(finding.last, finding.id);
      for (let tries = 0; tries < TRIES; tries++) {
        const place = await placeOf('finding-ids', finding.id);
        const former = await Promise.all(formerIds.map((id) => placeOf('finding-ids', id)));
        const known = new Set([...(place?.rows ?? []), ...former.flatMap((other) => other?.rows ?? [])]);
        const announced = { rows: [...new Set([row, ...known])] };
        const write: RowWrite = place
          ? { op: 'replace', row: finding.id, value: announced, tag: place.tag }
          : { op: 'insert', row: finding.id, value: announced };
        if ((await rows.transact('inbox', 'finding-ids', [write])) === 'conflict') continue;
        const stored = (await Promise.all([...known].map((key) => rows.get('inbox', 'findings', key)))).filter(isThere);
        const value = carryOver(
          finding,
          stored.map((one) => InboxFinding.parse(one.value)),
        );
        const there = stored.find((one) => one.row === row);
        const writes: RowWrite[] = [
          there ? { op: 'replace', row, value, tag: there.tag } : { op: 'insert', row, value },
          ...stored
            .filter((one) => one !== there)
            .map((one): RowWrite => ({ op: 'delete', row: one.row, tag: one.tag })),
        ];
        if ((await rows.transact('inbox', 'findings', writes)) === 'conflict') continue;
        const gone = new Set(formerIds.filter((id) => id !== finding.id));
        await rows.transact('inbox', 'finding-ids', [
          { op: 'put', row: finding.id, value: { rows: [row] } },
          ...[...gone].map((id): RowWrite => ({ op: 'delete', row: id })),
        ]);
        return;
      }
      throw new UpstreamError('tables', 'UNAVAILABLE');
    },
  };
}
/** The inbox. */
export type Inbox = ReturnType<typeof createInbox>;

function isThere(row: Row | undefined): row is Row {
  return row !== undefined;
}

function carryOver(finding: Omit<InboxFinding, 'status'>, before: readonly InboxFinding[]): InboxFinding {
  const handled = before.find(({ status }) => status !== 'open');
  const rank = (outcome: InboxFinding['outcome']) => OUTCOMES.indexOf(outcome);
  if (!handled || rank(finding.outcome) > rank(handled.outcome)) return { ...finding, status: 'open' };
  const { status, by, changedAt, reason } = handled;
  return { ...finding, status, ...(by && { by }), ...(changedAt && { changedAt }), ...(reason && { reason }) };
}
