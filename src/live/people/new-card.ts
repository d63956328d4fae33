/** Another safety card for somebody whose card is used up, was lost or was seen by others. */
import type { EnrolledPerson } from '../../model/enrolled-person.ts';
import { cardTaskId } from '../../notify/plan-tasks.ts';
import type { Rows } from '../../ports.ts';
import { createTasks } from '../inbox.ts';
import type { PeopleStore } from '../people-store.ts';

/** What issuing a card needs. */
export interface NewCardPorts {
  readonly rows: Rows;
  readonly people: Pick<PeopleStore, 'update'>;
  /** Opaque id of who does it. */
  readonly actor: string;
}

const NOTE = 'a new card was issued';

/**
 * Raises the generation of the card by one: from now on no pair of an earlier card matches, and the numbers start anew.
 * Closes the desk's task to issue it. `undefined`: the person is not enrolled any more. @throws UpstreamError
 */
export async function issueCard(
  { rows, people, actor }: NewCardPorts,
  id: string,
  now: Date,
): Promise<EnrolledPerson | undefined> {
  let changed: EnrolledPerson | undefined;
  await people.update(id, (person) => {
    changed = { ...person, card: (person.card ?? 0) + 1 };
    return changed;
  });
  if (changed?.card === undefined) return undefined;
  const tasks = createTasks(rows);
  const task = await tasks.get(cardTaskId(id, changed.card - 1));
  if (task && task.task.status !== 'closed')
    await tasks.change(task.task.id, { status: 'closed', by: actor, note: NOTE }, now);
  return changed;
}
