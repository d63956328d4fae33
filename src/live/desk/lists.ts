/** Findings and tasks as the desk lists them. */
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { DeskTask } from '../../model/desk-task.ts';
import { TASK_TEXT, WHY_TEXT } from '../../notify/desk-text.ts';
import { sentence } from '../../report/wording.ts';
import type { FindingSummary } from '../findings.ts';
import type { People } from '../people-store.ts';
import type { DeskPorts } from './desk-ports.ts';
import { loadWord, type PersonWord, reachOf } from './reach.ts';
import type { Desk, Listed, PersonRef, Task } from './shape.ts';

/** Findings of the list with names and how far word has got. @throws UpstreamError */
export async function toListed(ports: DeskPorts, summaries: readonly FindingSummary[]): Promise<Listed[]> {
  const people = await ports.people();
  const ids = [...new Set(summaries.map(({ person }) => person))];
  const words = new Map(await Promise.all(ids.map(async (id) => [id, await loadWord(ports.rows, id)] as const)));
  return summaries.flatMap((summary) => {
    const word = words.get(summary.person);
    return word ? [listedOf(summary, people, word)] : [];
  });
}

/** One finding of the list. */
export function listedOf(summary: FindingSummary, people: People, word: PersonWord): Listed {
  const { id, person, outcome, tell, level, first, last, attempts, chains, formerIds } = summary;
  return {
    ...{ id, outcome, level, attempts, chains },
    tag: tagOf(summary),
    person: refOf(people, person),
    staged: tell === undefined,
    first: first.toISOString(),
    last: last.toISOString(),
    desk: deskOf(summary),
    reach: reachOf(word, [id, ...formerIds]),
  };
}

function deskOf({ desk, revision }: FindingSummary): z.infer<typeof Desk> {
  if (!desk) return { status: 'open', revised: false };
  const { status, by, at, reason, note } = desk;
  return {
    status,
    by,
    at: at.toISOString(),
    revised: desk.revision !== revision,
    ...(reason && { reason }),
    ...(note && { note }),
  };
}

/** The version of finding and decision: changes when either does. */
export function tagOf({ id, revision, state, desk }: FindingSummary): string {
  return digest([id, revision, state, desk?.status, desk?.by, desk?.at.toISOString()]);
}

/** The version of a task. */
export function taskTagOf({ id, status, by, changedAt, priority, note }: DeskTask): string {
  return digest([id, status, by, changedAt?.toISOString(), String(priority), note]);
}

function digest(parts: readonly (string | undefined)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22);
}

/** Name and account of somebody, as far as they are still enrolled. */
export function refOf(people: People, id: string): z.infer<typeof PersonRef> {
  const person = people.byId(id);
  const account = person?.accounts[0]?.upn;
  return { id, ...(person && { name: person.name }), ...(account !== undefined && { account }) };
}

/** A task in words. */
export function toTask(task: DeskTask, people: People): Task {
  const { id, kind, why, person, finding, reference, priority, since, status, by } = task;
  return {
    ...{ id, kind, why, priority, status },
    tag: taskTagOf(task),
    title: sentence(TASK_TEXT[kind]),
    hint: WHY_TEXT[why],
    since: since.toISOString(),
    ...(person && { person: refOf(people, person) }),
    ...(finding && { finding }),
    ...(reference && { reference }),
    ...(by && { by }),
  };
}
