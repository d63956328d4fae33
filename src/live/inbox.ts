/**
 * Tasks of the desk: rows of the table `inbox`, partition `tasks`, newest first. A row `of:<id>` beside them says where in
 * the list a task is, a row `todo:<priority>:<row>` is a copy of what is not closed yet; they are written in one
 * transaction. (The findings that the page lists are in findings.ts.)
 */
import { z } from 'zod';
import { DeskTask } from '../model/desk-task.ts';
import type { Rows, RowWrite } from '../ports.ts';

/** A task with the tag that guards a change. */
export interface StoredTask {
  readonly task: DeskTask;
  readonly tag: string;
  /** Key of its row: where to read on from. */
  readonly row: string;
}

/** What somebody at the desk does with a task. */
export interface TaskChange {
  readonly status: DeskTask['status'];
  /** Opaque user id, or `person`. */
  readonly by: string;
  readonly note?: string;
}

const PARTITION = 'tasks';
/** Rows that say where in the list a task is. They sort behind the list. */
const POINTER = 'of:';
/** Copies of what is not closed, most urgent first. */
const TODO = 'todo:';
const LATEST = 9_999_999_999_999;

const Pointer = z.object({ row: z.string() });

/** See the head of this file. Every call @throws UpstreamError */
export function createTasks(rows: Rows) {
  async function get(id: string): Promise<StoredTask | undefined> {
    const pointer = await rows.get('inbox', PARTITION, POINTER + id);
    const stored = pointer && (await rows.get('inbox', PARTITION, Pointer.parse(pointer.value).row));
    return stored && { task: DeskTask.parse(stored.value), tag: stored.tag, row: stored.row };
  }

  function write(stored: StoredTask, value: DeskTask, tag = stored.tag): Promise<'done' | 'conflict'> {
    return rows.transact('inbox', PARTITION, [
      { op: 'replace', row: stored.row, value, tag },
      ...todoWrites(stored.row, stored.task, value),
    ]);
  }

  return {
    get,

    /** What is not closed, most urgent first, newest first among equals. One query. */
    async open(limit: number): Promise<readonly DeskTask[]> {
      const tasks: DeskTask[] = [];
      const copies = rows.list('inbox', PARTITION, TODO, `${TODO.slice(0, -1)};`, limit);
      for await (const { value } of copies) tasks.push(DeskTask.parse(value));
      return tasks;
    },

    /** Puts a task in unless it is, or was, there: a task that the desk closed is not opened again. */
    async put(task: DeskTask): Promise<'new' | 'known'> {
      // Keys descend with time: the newest comes first.
      const row = `${String(LATEST - task.since.getTime()).padStart(13, '0')}:${task.id}`;
      const written = await rows.transact('inbox', PARTITION, [
        { op: 'insert', row: POINTER + task.id, value: { row } },
        { op: 'insert', row, value: task },
        ...todoWrites(row, undefined, task),
      ]);
      return written === 'done' ? 'new' : 'known';
    },

    /** Newest first, closed ones too; `after`: the `row` of the last one seen. */
    async *list(after = ''): AsyncGenerator<StoredTask> {
      for await (const { row, value, tag } of rows.list('inbox', PARTITION, after, POINTER)) {
        if (row !== after) yield { task: DeskTask.parse(value), tag, row };
      }
    },

    /** `conflict`: somebody else was faster, load again. `tag` left out: over whatever is there now. */
    async change(id: string, change: TaskChange, now: Date, tag?: string): Promise<'done' | 'conflict' | 'gone'> {
      const stored = await get(id);
      if (!stored) return 'gone';
      const value: DeskTask = { ...stored.task, ...change, changedAt: now };
      return write(stored, value, tag);
    },

    /** Makes a task that is still open less urgent. */
    async calm(id: string): Promise<void> {
      const stored = await get(id);
      if (!stored || stored.task.status === 'closed' || stored.task.priority === 2) return;
      await write(stored, { ...stored.task, priority: 2 });
    },
  };
}
/** What keeps the copies of what is not closed in step with a task. */
function todoWrites(row: string, before: DeskTask | undefined, after: DeskTask): RowWrite[] {
  const keyOf = (task: DeskTask | undefined) =>
    task && task.status !== 'closed' ? `${TODO}${task.priority}:${row}` : undefined;
  const [was, is] = [keyOf(before), keyOf(after)];
  return [
    ...(was === undefined || was === is ? [] : [{ op: 'delete', row: was } as const]),
    ...(is === undefined ? [] : [{ op: 'put', row: is, value: after } as const]),
  ];
}

/** The tasks of the desk. */
export type Tasks = ReturnType<typeof createTasks>;
