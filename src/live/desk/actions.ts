/**
 * What somebody at the desk does. Each action says which version it was decided on. When the finding was revised, or
 * somebody else decided meanwhile, nothing is done and the officer is told what has changed.
 */
import type { z } from 'zod';
import type { DeskStatus } from '../../model/desk-status.ts';
import { parseReference } from '../../notify/reference.ts';
import type { DeskPorts, TrailNote } from './desk-ports.ts';
import { type Found, findFinding } from './detail.ts';
import { dropCase, keepCase } from './false-alarms.ts';
import { tagOf, taskTagOf } from './lists.ts';
import { loadWord, tellingsOf } from './reach.ts';
import { revokeEverything } from './revoke.ts';
import type { Action, Done } from './shape.ts';

/** What came of it. `conflict`: 409, with what is different from what the officer saw. */
export type Outcome =
  | { readonly kind: 'done'; readonly done: z.infer<typeof Done> }
  | { readonly kind: 'conflict'; readonly changed: readonly string[] }
  | { readonly kind: 'gone' }
  | { readonly kind: 'refused'; readonly why: string };

type OfFinding = Exclude<Action, { readonly action: 'task' }>;

/** Does it, or says why not. @throws UpstreamError */
export async function act(ports: DeskPorts, action: Action): Promise<Outcome> {
  if (action.action === 'task') return actOnTask(ports, action);
  const found = await findFinding(ports, action.person, action.finding);
  if (!found) return { kind: 'gone' };
  if (tagOf(found.listed.summary) !== action.tag || found.stored.finding.revision !== found.listed.summary.revision)
    return { kind: 'conflict', changed: changesOf(ports, found, action) };
  return actOnFinding(ports, action, found);
}

async function actOnFinding(ports: DeskPorts, action: OfFinding, found: Found): Promise<Outcome> {
  switch (action.action) {
    case 'acknowledge':
      return decide(ports, found, { status: 'acknowledged' }, 'finding acknowledged');
    case 'reopen':
      return reopen(ports, found);
    case 'close': {
      const { reason, note } = action;
      return decide(ports, found, { status: 'closed', reason, ...(note && { note }) }, 'finding closed');
    }
    case 'false-alarm':
      return falseAlarm(ports, found, action.note);
    case 'revoke':
      return revoke(ports, action, found);
    case 'answer':
      return takeAnswer(ports, action, found);
    case 'ask-pair':
      return askPair(ports, action, found);
  }
}

const SAID: Readonly<Record<DeskStatus['status'], string>> = {
  open: 'Opened again.',
  acknowledged: 'Acknowledged: others see that you are on it.',
  closed: 'Closed.',
};

/** Writes the decision over the version that it was made on, then the trail. */
async function decide(
  ports: DeskPorts,
  found: Found,
  decision: Pick<DeskStatus, 'status' | 'reason' | 'note'>,
  said: string,
): Promise<Outcome> {
  const { revision, outcome, person, id } = found.listed.summary;
  const desk: DeskStatus = { ...decision, by: ports.actor, at: ports.clock.now(), revision, outcome };
  if ((await ports.findings.decide(found.listed, desk)) === 'conflict') {
    const again = await findFinding(ports, person, id);
    if (!again) return { kind: 'gone' };
    // Only the counts were written by somebody else meanwhile: the finding is as the officer saw it.
    if (tagOf(again.listed.summary) === tagOf(found.listed.summary)) return decide(ports, again, decision, said);
    return { kind: 'conflict', changed: changesOf(ports, again, { finding: id }) };
  }
  await ports.note({ action: said, person, ref: id, ...(decision.reason && { detail: decision.reason }) });
  return { kind: 'done', done: { said: SAID[decision.status] } };
}

async function falseAlarm(ports: DeskPorts, found: Found, note: string): Promise<Outcome> {
  // The case first: a decision without its case would be lost to rule authors, a case without decision is overwritten.
  await keepCase(ports.rows, found.stored, { by: ports.actor, at: ports.clock.now(), note });
  const decision = { status: 'closed', reason: 'false-alarm', note } as const;
  const outcome = await decide(ports, found, decision, 'finding marked as false alarm');
  if (outcome.kind === 'done') return { kind: 'done', done: { said: 'Closed as a false alarm and kept as a case.' } };
  const again = await findFinding(ports, found.listed.summary.person, found.listed.summary.id);
  if (again?.listed.summary.desk?.reason !== 'false-alarm') await dropCase(ports.rows, found.stored);
  return outcome;
}

async function reopen(ports: DeskPorts, found: Found): Promise<Outcome> {
  const outcome = await decide(ports, found, { status: 'open' }, 'finding opened again');
  if (outcome.kind === 'done' && found.listed.summary.desk?.reason === 'false-alarm')
    await dropCase(ports.rows, found.stored);
  return outcome;
}

async function revoke(
  ports: DeskPorts,
  { confirm }: Extract<Action, { readonly action: 'revoke' }>,
  { listed: { summary } }: Found,
): Promise<Outcome> {
  const { person: id, id: ref } = summary;
  if (!ports.settings.POSTERN_DESK_ACTIONS)
    return { kind: 'refused', why: 'Revoking sessions is off. An admin can switch it on: POSTERN_DESK_ACTIONS=on.' };
  if (confirm !== id) return { kind: 'refused', why: 'Confirm whose sessions are to end.' };
  const person = (await ports.people()).byId(id);
  if (!person) return { kind: 'refused', why: 'This person is not enrolled any more.' };
  // Before it is done: whatever happens then, it stands who wanted it.
  await ports.note({ action: 'sessions and password: asked to revoke', person: id, ref });
  const steps = await revokeEverything(await ports.graph(), person);
  await ports.note(
    ...steps.map(({ step, ok }): TrailNote => {
      const action = step === 'sessions' ? 'sessions revoked' : 'new password required';
      return { action: ok ? action : `failed: ${action}`, person: id, ref };
    }),
  );
  const failed = steps.filter(({ ok }) => !ok).length;
  if (steps.length === 0) return { kind: 'refused', why: 'This person has no work account.' };
  const said =
    failed === 0
      ? 'All sessions end now, and the next sign-in asks for a new password.'
      : `${failed} of ${steps.length} steps did not work; see below what to do.`;
  return { kind: 'done', done: { said, steps } };
}

async function takeAnswer(
  ports: DeskPorts,
  { reference, answer, words }: Extract<Action, { readonly action: 'answer' }>,
  { listed: { summary } }: Found,
): Promise<Outcome> {
  const own = await ownReference(ports, reference, summary);
  if (own === undefined) return { kind: 'refused', why: 'This reference does not belong to this finding.' };
  const taken = await (await ports.answers()).byDesk(own, answer, words);
  if (taken === 'unknown') return { kind: 'gone' };
  await ports.note({ action: 'answer taken by phone', person: summary.person, ref: summary.id, detail: answer });
  const said = answer === 'me' ? 'Taken: the person says that it was them.' : 'Taken: it was not them.';
  return { kind: 'done', done: { said } };
}

async function askPair(
  ports: DeskPorts,
  { reference }: Extract<Action, { readonly action: 'ask-pair' }>,
  { listed: { summary } }: Found,
): Promise<Outcome> {
  const own = await ownReference(ports, reference, summary);
  if (own === undefined) return { kind: 'refused', why: 'This reference does not belong to this finding.' };
  const pair = await (await ports.answers()).askForPair(own);
  await ports.note({ action: 'card pair asked for', person: summary.person, ref: summary.id });
  if (pair === undefined)
    return { kind: 'refused', why: 'There is no pair left to ask for: it was asked once, or the card is used up.' };
  return { kind: 'done', done: { said: `Ask for the words at number ${pair} of the card.`, pair } };
}

/** The reference as stored, if it is one of this finding. */
async function ownReference(
  ports: DeskPorts,
  typed: string,
  { person, id, formerIds }: Found['listed']['summary'],
): Promise<string | undefined> {
  const reference = parseReference(typed);
  const own = tellingsOf(await loadWord(ports.rows, person), [id, ...formerIds]);
  return own.find((telling) => telling.reference === reference)?.reference;
}

async function actOnTask(
  ports: DeskPorts,
  { task: id, tag, status, note }: Extract<Action, { readonly action: 'task' }>,
): Promise<Outcome> {
  const stored = await ports.tasks.get(id);
  if (!stored) return { kind: 'gone' };
  const { task } = stored;
  const changed = () => [`The task is ${task.status}${task.by ? `, by ${whoOf(ports, task.by)}` : ''}.`];
  if (taskTagOf(task) !== tag) return { kind: 'conflict', changed: changed() };
  const change = { status, by: ports.actor, ...(note && { note }) };
  const written = await ports.tasks.change(id, change, ports.clock.now(), stored.tag);
  if (written === 'gone') return { kind: 'gone' };
  if (written === 'conflict') return { kind: 'conflict', changed: ['Somebody else changed the task just now.'] };
  const verb = { open: 'opened again', acknowledged: 'acknowledged', closed: 'closed' }[status];
  await ports.note({ action: `task ${verb}`, ref: id, ...(task.person && { person: task.person }) });
  return { kind: 'done', done: { said: SAID[status] } };
}

/** What is different from what the officer saw, as far as it can be told. */
function changesOf(ports: DeskPorts, { stored, listed }: Found, seen: { readonly finding: string }): string[] {
  const { desk } = listed.summary;
  const { id, outcome } = stored.finding;
  return [
    ...(id !== seen.finding ? ['It has become part of a larger finding.'] : []),
    ...(stored.state === 'withdrawn' ? ['It was withdrawn: its evidence turned out to be the owner’s own doing.'] : []),
    ...(desk
      ? [
          `It is ${desk.status}, by ${whoOf(ports, desk.by)} at ${desk.at.toISOString().slice(0, 16).replace('T', ' ')} UTC.`,
        ]
      : ['Nobody has decided anything on it.']),
    `Its outcome is ${outcome}; the last evidence is of ${stored.finding.last.toISOString().slice(0, 16).replace('T', ' ')} UTC.`,
  ];
}

function whoOf(ports: DeskPorts, actor: string): string {
  if (actor === ports.actor) return 'you';
  return actor === 'postern' ? 'the watch' : actor === 'person' ? 'the person' : `officer ${actor}`;
}
