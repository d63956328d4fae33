/**
 * Who is told what, over which channels, when. Pure: the same input gives the same plan, and a plan that was carried out
 * gives nothing new (docs/telling.md says it in words).
 *
 * One telling is one finding in one state: one reference, one card pair, at most two channels that say it and any number
 * that carry the neutral desk line. A finding that grows without getting worse is folded into what was told.
 */

import type { DeskTask } from '../model/desk-task.ts';
import type { Outcome } from '../model/finding.ts';
import { type Delivery, NOTICE_STATES, type Notice, type NoticeState } from '../model/notice.ts';
import type { Telling, Told } from '../model/told.ts';
import { generationOf, nextPair, withUsedPair } from './card.ts';
import { stateOf } from './change-kinds.ts';
import { usableChannels, type Ways, waysOf } from './plan-channels.ts';
import { type TellingFacts, toHelperNotice, toNotice } from './plan-notice.ts';
import { mergeTasks, tasksOf } from './plan-tasks.ts';
import { timeToTell } from './plan-timing.ts';
import { noticeReference } from './reference.ts';
import type { TaintContext } from './taint.ts';

/** What planning looks at. */
export interface PlanInput extends TaintContext {
  /** The strongest outcome of the chains that people are told of: staged rules tell nobody. */
  readonly outcome: Outcome;
  /** Ids that the finding had before. */
  readonly formerIds: readonly string[];
  readonly told: Told;
  /** POSTERN_PROBE_BATCH_MINUTES. */
  readonly batchMinutes: number;
  /** POSTERN_DAILY_CAP. */
  readonly dailyCap: number;
  /** POSTERN_CARD_KEY; without it there are no cards, so notices quote no pair. */
  readonly cardKey?: string;
  /** In dry-run everything is planned and recorded. What was "told" in dry-run counts as told only while it lasts. */
  readonly dryRun: boolean;
  /** Another number, another reference: for the case that somebody else's is the same. */
  readonly salt?: number;
}

/** What to do. */
export interface Plan {
  /** The telling that the finding is now in; its tasks are the desk's. */
  readonly telling: Telling;
  /** To be stored. Equal to the input's when there is nothing new. */
  readonly told: Told;
  /** New ones, and those still waiting as they should be now. */
  readonly notices: readonly Notice[];
  /** Ids of waiting notices that must not be sent any more. */
  readonly superseded: readonly string[];
}

/** An episode is told three times at most, and episodes are three days apart: years of one person. */
const MOST_TELLINGS = 200;

/** How much worse a state is: higher is worse. */
export function rankOf(state: NoticeState): number {
  return NOTICE_STATES.indexOf(state);
}

/** Decides. */
export function planNotices(input: PlanInput): Plan {
  const state = stateOf(input.outcome, input.finding);
  const episode = tellingsOf(input);
  const strongest = episode.reduce<Telling | undefined>(
    (best, telling) => (best && rankOf(best.state) >= rankOf(telling.state) ? best : telling),
    undefined,
  );
  if (!strongest || rankOf(strongest.state) < rankOf(state)) return tell(input, state, episode);
  return isWaiting(strongest, input) ? tell(input, strongest.state, episode, strongest) : fold(input, strongest);
}

/**
 * A finding was withdrawn: what nobody has begun to send is taken back, and forgotten, so that it is told if it comes
 * back. `ids`: all ids of the finding.
 */
export function planWithdrawal(
  told: Told,
  deliveries: readonly Delivery[],
  ids: readonly string[],
): Pick<Plan, 'told' | 'superseded'> {
  const untold = told.tellings.filter((telling) => {
    return ids.includes(telling.finding) && telling.sent && isUntold(telling, deliveries);
  });
  return {
    told: { ...told, tellings: told.tellings.filter((telling) => !untold.includes(telling)) },
    superseded: unsent(deliveries, untold),
  };
}

/** What was told of this episode, under any of its ids. */
function tellingsOf({ told, finding, formerIds, dryRun }: PlanInput): Telling[] {
  const ids = new Set([finding.id, ...formerIds]);
  return told.tellings.filter((telling) => ids.has(telling.finding) && (dryRun || !telling.dryRun));
}

/** Nothing of it has left yet, so it can still be changed. */
function isWaiting(telling: Telling, { deliveries, now }: PlanInput): boolean {
  const own = deliveries.filter(({ notice }) => notice.reference === telling.reference);
  return telling.due > now && own.every(({ status }) => status === 'planned');
}

/** Not worth another notice; but channels that the attack holds by now lose their say. */
function fold(input: PlanInput, telling: Telling): Plan {
  const full = new Set(usableChannels(input).full.map(({ id }) => id));
  const isNew = telling.revision !== input.finding.revision;
  const folded: Telling = {
    ...telling,
    revision: input.finding.revision,
    folded: telling.folded + (isNew ? 1 : 0),
    channels: telling.channels.filter((id) => full.has(id)),
    spare: telling.spare.filter((id) => full.has(id)),
  };
  return { telling: folded, told: withTelling(input.told, folded), notices: [], superseded: [] };
}

function tell(input: PlanInput, state: NoticeState, episode: readonly Telling[], previous?: Telling): Plan {
  const { finding, told, deliveries } = input;
  const key = episode[0]?.finding ?? finding.id;
  const timing = previous
    ? { at: previous.due, heldBy: [] }
    : timeToTell({ ...input, state, episode: key, others: countedTellings(input, episode) });
  const card = cardFor(input, previous);
  const ways = waysOf(input, state);
  const facts: TellingFacts = {
    episode: key,
    state,
    outcome: input.outcome,
    reference: previous?.reference ?? referenceFor(input, key, state),
    ...(card !== undefined && { card }),
    ...generationOf(input.person),
    at: timing.at,
  };
  const notices = [
    ...ways.full.map((channel) => toNotice(input, { ...facts, channel, use: 'full' })),
    ...ways.deskLine.map((channel) => toNotice(input, { ...facts, channel, use: 'desk-line' })),
    ...(ways.tellsHelper ? toHelperNotice(input, facts) : []),
  ];
  const isCardUsedUp = input.cardKey !== undefined && card === undefined && !isCardOutdated(input);
  const tasks = tasksOf(input, { ...facts, heldBy: timing.heldBy, lack: ways.lack, isCardUsedUp });
  const telling = toTelling(input, facts, ways, { isSent: notices.length > 0, tasks, previous });
  const kept = new Set(notices.map(({ id }) => id));
  const silenced = episode
    .filter((old) => old !== previous && isUntold(old, deliveries))
    .map((old) => ({ ...old, sent: false }));
  return {
    telling,
    told: withTelling(silenced.reduce(withTelling, told), telling),
    notices,
    superseded: unsent(deliveries, episode).filter((id) => !kept.has(id)),
  };
}

function toTelling(
  { finding, dryRun, now }: PlanInput,
  { episode, state, reference, card, cardGeneration, at }: TellingFacts,
  ways: Ways,
  rest: { readonly isSent: boolean; readonly tasks: readonly DeskTask[]; readonly previous: Telling | undefined },
): Telling {
  const { isSent, tasks, previous } = rest;
  const isRevised = previous !== undefined && previous.revision !== finding.revision;
  return {
    finding: episode,
    state,
    reference,
    ...(card !== undefined && { card }),
    ...(cardGeneration !== undefined && { cardGeneration }),
    at: previous?.at ?? now,
    due: isSent ? at : now,
    dryRun,
    sent: isSent,
    channels: ways.full.map(({ id }) => id),
    spare: ways.spare.map(({ id }) => id),
    causes: previous?.causes ?? [],
    revision: finding.revision,
    folded: (previous?.folded ?? 0) + (isRevised ? 1 : 0),
    tasks: mergeTasks(previous?.tasks ?? [], tasks),
    pending: true,
  };
}

function referenceFor({ cardKey = '', person, salt = 0 }: PlanInput, episode: string, state: NoticeState): string {
  return noticeReference(cardKey, person.id, episode, state, ...(salt > 0 ? [String(salt)] : []));
}

/** A telling keeps its pair, unless a new card was issued meanwhile. */
function cardFor({ cardKey, told, person }: PlanInput, previous: Telling | undefined): number | undefined {
  if (previous && (previous.cardGeneration ?? 0) === (person.card ?? 0)) return previous.card;
  return cardKey === undefined ? undefined : nextPair(told, person.card);
}

/** Somebody else told of a newer card already: the person was read a moment too early. */
function isCardOutdated({ told, person }: PlanInput): boolean {
  return (told.cardGeneration ?? 0) > (person.card ?? 0);
}

function countedTellings({ told, dryRun }: PlanInput, episode: readonly Telling[]): Telling[] {
  return told.tellings.filter((telling) => !episode.includes(telling) && (dryRun || !telling.dryRun));
}

/** Notices of the episode that nobody has begun to send. */
function unsent(deliveries: readonly Delivery[], episode: readonly Telling[]): string[] {
  const references = new Set(episode.map(({ reference }) => reference));
  return deliveries
    .filter(({ notice, status, lease }) => {
      return references.has(notice.reference) && (status === 'planned' || status === 'queued') && !lease;
    })
    .map(({ notice }) => notice.id);
}

function isUntold(telling: Telling, deliveries: readonly Delivery[]): boolean {
  const own = deliveries.filter(({ notice }) => notice.reference === telling.reference);
  return own.every(({ status, lease }) => (status === 'planned' || status === 'queued') && !lease);
}

/** Puts a telling in the place of the one with its reference, or last. */
function withTelling(told: Told, telling: Telling): Told {
  const isSame = ({ reference }: Telling) => reference === telling.reference;
  const tellings = told.tellings.some(isSame)
    ? told.tellings.map((known) => (isSame(known) ? telling : known))
    : [...told.tellings, telling];
  const next: Told = { ...told, tellings: tellings.slice(-MOST_TELLINGS) };
  return telling.dryRun ? next : withUsedPair(next, telling.card, telling.cardGeneration);
}
