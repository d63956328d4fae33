/** What the desk must do besides, or instead of, a notice. */
import type { DeskTask, DeskTaskReason } from '../model/desk-task.ts';
import { taskId } from './plan-ids.ts';
import { priorityOf, type TellingFacts } from './plan-notice.ts';
import type { TaintContext } from './taint.ts';

/** One task per telling at most: reach the person by voice; the first reason that holds is its reason. And a new card. */
export function tasksOf(
  { person, finding, now }: TaintContext,
  facts: TellingFacts & {
    readonly heldBy: readonly ('daily-cap' | 'quiet-hours')[];
    readonly lack?: 'desk-only' | 'no-channel' | 'one-channel' | undefined;
    readonly isCardUsedUp: boolean;
  },
): DeskTask[] {
  // An attempt that is told a few hours later needs no call; a change or break-in does.
  const held = facts.state === 'tried' ? undefined : facts.heldBy.at(-1);
  const why = facts.lack ?? held;
  return [
    ...(why ? [voiceTask({ person: person.id, finding: finding.id, ...facts, why, since: now })] : []),
    ...(facts.isCardUsedUp ? [cardTask(person, facts.reference, finding.id, now)] : []),
  ];
}

/** "Reach this person by voice or in person": one per telling, whatever the reason. */
export function voiceTask(
  about: Pick<TellingFacts, 'state' | 'reference' | 'episode'> & {
    readonly person: string;
    readonly finding: string;
    readonly why: DeskTaskReason;
    readonly since: Date;
  },
): DeskTask {
  const { person, finding, reference, state, why, since } = about;
  return {
    id: taskId('reach-by-voice', person, about.episode, state),
    kind: 'reach-by-voice',
    why,
    person,
    finding,
    reference,
    priority: priorityOf(state),
    since,
    status: 'open',
  };
}

/** Id of the task to issue a new card: one per card. `generation`: of the card that is used up. */
export function cardTaskId(person: string, generation = 0): string {
  return taskId('new-card', person, ...(generation === 0 ? [] : [String(generation)]));
}

function cardTask(
  { id: person, card }: TaintContext['person'],
  reference: string,
  finding: string,
  since: Date,
): DeskTask {
  return {
    id: cardTaskId(person, card),
    kind: 'new-card',
    why: 'card-used-up',
    person,
    finding,
    reference,
    priority: 2,
    since,
    status: 'open',
  };
}

/** Tasks that were decided before stay as they were; new ones come after them. */
export function mergeTasks(known: readonly DeskTask[], decided: readonly DeskTask[]): DeskTask[] {
  const ids = new Set(known.map(({ id }) => id));
  return [...known, ...decided.filter(({ id }) => !ids.has(id))];
}
