/** What an evaluation makes of the units: their next states, and each person's findings. Pure. */

import { content } from '../rules/correlation/packing.ts';
import { type GradedFinding, type GradingRules, gradePerson, type PersonMatch } from '../rules/outcome.ts';
import type { Hit } from '../rules/schema.ts';
import { type Evaluation, type GroupConclusion, unitKeyOf } from './evaluation.ts';
import type { PersonDraft } from './evaluation-scope.ts';
import { isDead, rankOf } from './unit-hits.ts';
import {
  type GroupState,
  groupKey,
  type Hits,
  hitKey,
  type Link,
  type PersonState,
  personOf,
  RANKS,
} from './unit-state.ts';

/** A group that is to be written. */
export interface GroupChange {
  readonly before: GroupState;
  readonly next: GroupState;
}

/** A person, with what is concluded about them now. */
export interface PersonChange {
  readonly before: PersonState;
  /** Still with the findings of `before`. */
  readonly next: PersonState;
  /** True when the row is to be written, whatever becomes of the findings. */
  readonly isChanged: boolean;
  /** Undefined: nothing is new that findings could depend on. */
  readonly findings?: readonly GradedFinding[];
  /** Row keys of groups that must be written before. */
  readonly after: ReadonlySet<string>;
}

/** What is to be written. `stale`: row keys of copies that turned out to be behind; nothing may be written. */
export type NextStates =
  | { readonly kind: 'stale'; readonly keys: readonly string[] }
  | { readonly kind: 'next'; readonly groups: readonly GroupChange[]; readonly persons: readonly PersonChange[] };

/** Makes next states. */
export function nextStates(
  evaluation: Evaluation,
  grading: GradingRules,
  isEnrolled: (id: string) => boolean,
): NextStates {
  const stale = staleKeys(evaluation);
  if (stale.length > 0) return { kind: 'stale', keys: stale };
  const facts = { evaluation, due: deadlinesOf(evaluation), into: inverse(evaluation.from) };
  const groups = [...evaluation.groups.values()].map((conclusion) => nextGroup(conclusion, facts, isEnrolled));
  const versions = new Map(groups.map(({ next, isChanged }) => [next.hash, { version: next.version, isChanged }]));
  const persons = [...evaluation.scope.persons.values()].map((draft) => nextPerson(draft, facts, versions, grading));
  return { kind: 'next', groups: groups.filter(({ isChanged }) => isChanged), persons };
}

interface Facts {
  readonly evaluation: Evaluation;
  /** Row key → earliest open absence, epoch ms. */
  readonly due: ReadonlyMap<string, number>;
  readonly into: ReadonlyMap<string, ReadonlySet<string>>;
}

/** A link newer than the group it is of: the copy of the group is older than what another instance has written. */
function staleKeys(evaluation: Evaluation): string[] {
  return [...evaluation.groups.values()].flatMap(({ draft: { before } }) =>
    before.tag !== undefined && newestLink(before.hash, evaluation) > before.version ? [before.key] : [],
  );
}

function newestLink(hash: string, { scope }: Evaluation): number {
  return Math.max(0, ...[...scope.persons.values()].map(({ links }) => links.get(hash)?.version ?? 0));
}

/** Versions of a group that was pruned and comes back must lie above all that links may still have: they begin at the time. */
function nextVersion(before: GroupState, evaluation: Evaluation): number {
  if (before.tag !== undefined) return before.version + 1;
  return Math.max(evaluation.decidedAt, newestLink(before.hash, evaluation) + 1);
}

function nextGroup(
  { draft, digests, changed }: GroupConclusion,
  { evaluation, due, into }: Facts,
  isEnrolled: (id: string) => boolean,
): GroupChange & { readonly isChanged: boolean } {
  const { before } = draft;
  const held = evaluation.correlator.contentOf(before.ref);
  const ranks = new Map<string, number>();
  const hits = new Map<string, Hit>();
  let grew = false;
  for (const hit of held.hits) {
    const key = hitKey(hit);
    const known = draft.ranks.get(key) ?? 0;
    const rank = hit.when === 0b111 ? 0 : RANKS.indexOf(evaluation.scope.familiarity(personOf(hit), hit.place, hit.at));
    grew ||= rank > known;
    if (isDead(hit, rank)) continue;
    ranks.set(key, Math.max(rank, known));
    hits.set(key, hit);
  }
  const named = [...changed].filter(isEnrolled);
  const unit = { ...edges(before.key, before, evaluation, into), ...dueOf(before.key, due) };
  const isChanged =
    draft.isNew ||
    grew ||
    changed.size > 0 ||
    isOtherUnit(before, unit) ||
    (unit.due !== undefined && unit.due !== before.due);
  const version = isChanged ? nextVersion(before, evaluation) : before.version;
  const waiting = [...before.pending].filter(([id]) => draft.unconfirmed.has(id));
  const pending = new Map([...waiting, ...named.map((id): [string, number] => [id, version])]);
  const { due: _, ...rest } = before;
  const next: GroupState = { ...rest, ...unit, version, hits, cuts: held.cuts, ranks, told: digests, pending };
  return { before, next, isChanged };
}

function nextPerson(
  draft: PersonDraft,
  facts: Facts,
  versions: ReadonlyMap<string, { readonly version: number; readonly isChanged: boolean }>,
  grading: GradingRules,
): PersonChange {
  const { before, places } = draft;
  const { evaluation, due, into } = facts;
  const learned = places !== before.places;
  const hits: Hits = new Map([...draft.hits].filter(([, hit]) => !isDead(hit, rankOf(places, hit))));
  const body = { ...before, places, hits, cuts: draft.cuts };
  if (!evaluation.entered.has(before.key)) {
    return {
      before,
      next: { ...body, links: draft.links },
      isChanged: learned || draft.hasNewHits,
      after: draft.after,
    };
  }
  const { links, isChanged, after } = nextLinks(draft, evaluation, versions);
  const unit = { ...edges(before.key, before, evaluation, into), ...dueOf(before.key, due) };
  const { due: _, ...rest } = body;
  const matches = [...(evaluation.own.get(before.id) ?? []), ...[...links.values()].flatMap((link) => link.matches)];
  return {
    before,
    next: { ...rest, ...unit, links },
    isChanged:
      learned ||
      draft.hasNewHits ||
      isChanged ||
      isOtherUnit(before, unit) ||
      (unit.due !== undefined && unit.due !== before.due),
    findings: gradePerson(before.id, matches, grading),
    after,
  };
}

function nextLinks(
  { before, links, after }: PersonDraft,
  { groups }: Evaluation,
  versions: ReadonlyMap<string, { readonly version: number; readonly isChanged: boolean }>,
): { links: ReadonlyMap<string, Link>; isChanged: boolean; after: Set<string> } {
  const next = new Map([...links].filter(([hash, { matches }]) => matches.length > 0 || groups.has(hash)));
  const waits = new Set(after);
  let isChanged = false;
  for (const [hash, { matches, changed, draft }] of groups) {
    const own = matches.get(before.id) ?? [];
    const known = links.get(hash);
    const isNamed = changed.has(before.id) || draft.unconfirmed.has(before.id);
    if (!isNamed && textOf(own) === textOf(known?.matches ?? [])) continue;
    const group = versions.get(hash);
    next.set(hash, { version: group?.version ?? 0, matches: own });
    if (group?.isChanged) waits.add(groupKey(hash));
    isChanged = true;
  }
  return { links: next, isChanged, after: waits };
}

function textOf(matches: readonly PersonMatch[]): string {
  return JSON.stringify(
    matches.map(({ rule, group, cut, shared, evidence }) => [
      rule,
      group,
      cut,
      shared ?? false,
      evidence.map((hit) => [hitKey(hit), content(hit)]),
    ]),
  );
}

function deadlinesOf({ correlator }: Evaluation): ReadonlyMap<string, number> {
  const earliest = new Map<string, number>();
  for (const { ref, at } of correlator.deadlines()) {
    const key = unitKeyOf(correlator, ref);
    earliest.set(key, Math.min(at, earliest.get(key) ?? at));
  }
  return earliest;
}

function dueOf(key: string, due: ReadonlyMap<string, number>): { readonly due?: number } {
  const at = due.get(key);
  return at === undefined ? {} : { due: at };
}

function edges(
  key: string,
  before: { readonly from: readonly string[]; readonly into: readonly string[] },
  { from }: Evaluation,
  into: ReadonlyMap<string, ReadonlySet<string>>,
): { readonly from: readonly string[]; readonly into: readonly string[] } {
  const sorted = (list: readonly string[], now: ReadonlySet<string> | undefined) =>
    list.length === 0 && !now ? list : [...(now ?? [])].sort();
  return { from: sorted(before.from, from.get(key)), into: sorted(before.into, into.get(key)) };
}

function isOtherUnit(
  before: { readonly from: readonly string[]; readonly into: readonly string[] },
  next: { readonly from: readonly string[]; readonly into: readonly string[] },
): boolean {
  return before.from.join(' ') !== next.from.join(' ') || before.into.join(' ') !== next.into.join(' ');
}

function inverse(from: ReadonlyMap<string, ReadonlySet<string>>): ReadonlyMap<string, ReadonlySet<string>> {
  const into = new Map<string, Set<string>>();
  for (const [key, others] of from)
    for (const other of others) into.set(other, (into.get(other) ?? new Set()).add(key));
  return into;
}
