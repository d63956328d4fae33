/** The units that one evaluation looks at: loaded once, with what is new about them. */
import { familiarity, type PlaceHistory } from '../model/place.ts';
import { canCount } from '../record-event.ts';
import type { Correlator, FamiliarityOf, RuleCut, WindowRef } from '../rules/correlate.ts';
import type { Hit } from '../rules/schema.ts';
import type { Arrival } from './batch.ts';
import type { StateCache } from './state-cache.ts';
import { covers, lacks, rankOf, withArrivals, withinCap } from './unit-hits.ts';
import {
  type GroupState,
  type Hits,
  hashOfGroup,
  hitKey,
  type Link,
  type PersonState,
  personOf,
  placeKey,
  RANKS,
} from './unit-state.ts';

/** A person, as they will be. */
export interface PersonDraft {
  readonly before: PersonState;
  readonly places: PlaceHistory;
  readonly hits: Hits;
  readonly cuts: readonly RuleCut[];
  readonly links: ReadonlyMap<string, Link>;
  /** Hits differ from `before`. */
  readonly hasNewHits: boolean;
  /** Row keys of groups that must be written before: written later, a crash in between would hide what they need. */
  readonly after: Set<string>;
}

/** A group, as it will be. */
export interface GroupDraft {
  readonly before: GroupState;
  readonly hits: Map<string, Hit>;
  readonly ranks: Map<string, number>;
  /** Hits or ranks differ from `before`. */
  isNew: boolean;
  /** Persons whose link is not known to be as new as what the group concluded about them. */
  readonly unconfirmed: Set<string>;
}

/** Everything that an evaluation looks at. */
export interface Scope {
  readonly persons: ReadonlyMap<string, PersonDraft>;
  /** By hash. */
  readonly groups: ReadonlyMap<string, GroupDraft>;
  /** Loads persons; those who are not enrolled are left out. */
  readonly load: (ids: Iterable<string>) => Promise<void>;
  readonly loadGroups: (refs: Iterable<WindowRef>) => Promise<void>;
  /** Loads a group that is known by its hash only; there may be none (any more). */
  readonly loadGroup: (hash: string) => Promise<void>;
  /** Takes in what is new about a loaded person. Undefined: not enrolled. */
  readonly takeIn: (id: string, arrivals: readonly Arrival[], hits: readonly Hit[]) => PersonDraft | undefined;
  /** Groups in which several persons can meet that a hit belongs to. */
  readonly meetingsOf: (hit: Hit) => readonly WindowRef[];
  readonly familiarity: FamiliarityOf;
  /** Hits before this are forgotten, epoch ms. */
  readonly horizon: number;
}

/** What a scope needs. */
export interface ScopeOptions {
  readonly states: StateCache;
  readonly correlator: Correlator;
  readonly isEnrolled: (person: string) => boolean;
  /** Hits before this are forgotten, epoch ms. */
  readonly horizon: number;
}

/** Nothing loaded yet. */
export function createScope({ states, correlator, isEnrolled, horizon }: ScopeOptions): Scope {
  const persons = new Map<string, PersonDraft>();
  const groups = new Map<string, GroupDraft>();
  const ranks = new Map<string, number>();

  /** Notes how well places were known, and that persons wait for what the group concluded. */
  async function adopt(before: GroupState): Promise<void> {
    const hits = new Map([...before.hits].filter(([, hit]) => hit.at >= horizon));
    const draft: GroupDraft = { before, hits, ranks: new Map(), isNew: false, unconfirmed: new Set() };
    groups.set(before.hash, draft);
    for (const [key, hit] of hits) {
      const rank = before.ranks.get(key) ?? 0;
      draft.ranks.set(key, rank);
      note(hit, rank);
    }
    const waiting = [...before.pending].filter(([id]) => isEnrolled(id));
    await scope.load(waiting.map(([id]) => id));
    for (const [id, version] of waiting) {
      const link = persons.get(id)?.before.links.get(before.hash);
      if (!link || link.version < version) draft.unconfirmed.add(id);
    }
  }

  function note(hit: Hit, rank: number): void {
    const key = placeKey(personOf(hit), hit.place, hit.at);
    ranks.set(key, Math.max(rank, ranks.get(key) ?? 0));
  }

  const scope: Scope = {
    persons,
    groups,
    horizon,
    async load(ids) {
      const wanted = [...ids].filter((id) => !persons.has(id) && isEnrolled(id));
      for (const state of await states.persons(wanted)) persons.set(state.id, draftOf(state, [], [], horizon));
    },
    async loadGroups(refs) {
      const wanted = [...refs].filter((ref) => !groups.has(hashOfGroup(ref)));
      for (const state of await states.groups(wanted)) await adopt(state);
    },
    async loadGroup(hash) {
      const state = groups.has(hash) ? undefined : await states.group(hash);
      if (state) await adopt(state);
    },
    takeIn(id, arrivals, hits) {
      const known = persons.get(id);
      if (!known) return undefined;
      const draft = draftOf(known.before, arrivals, hits, horizon);
      persons.set(id, draft);
      return draft;
    },
    meetingsOf: (hit) => correlator.windowsOf(hit).filter((ref) => correlator.personOf(ref) === undefined),
    familiarity(person, place, at) {
      const own = persons.get(person);
      const rank = own ? RANKS.indexOf(familiarity(own.places, place, at)) : 0;
      return RANKS[Math.max(rank, ranks.get(placeKey(person, place, at)) ?? 0)] ?? 'unknown';
    },
  };
  return scope;
}

function draftOf(
  before: PersonState,
  arrivals: readonly Arrival[],
  hits: readonly Hit[],
  horizon: number,
): PersonDraft {
  const places = withArrivals(before.places, arrivals);
  const held = new Map([...before.hits].filter(([, hit]) => hit.at >= horizon));
  const added = hits.filter((hit) => {
    if (hit.at < horizon || !canCount(hit, places) || !lacks(held, hit)) return false;
    held.set(hitKey(hit), hit);
    return true;
  });
  const kept = withinCap(held, before.cuts);
  const hasNewHits = added.some((hit) => kept.hits.has(hitKey(hit))) || kept.cuts !== before.cuts;
  const links = new Map(
    [...before.links].map(([hash, { version, matches }]) => [
      hash,
      { version, matches: matches.filter(({ evidence }) => evidence.some(({ at }) => at >= horizon)) },
    ]),
  );
  return { before, places, ...kept, links, hasNewHits, after: new Set() };
}

/** Hits of a person whose place is better known than it was. */
export function recognizedHits({ before, places, hits }: PersonDraft): Hit[] {
  if (places === before.places) return [];
  return [...hits.values()].filter(
    (hit) => hit.when !== 0b111 && before.hits.has(hitKey(hit)) && rankOf(places, hit) > rankOf(before.places, hit),
  );
}

/** Puts a hit into a group with how well its place was known to the person. */
export function addToGroup(draft: GroupDraft, hit: Hit, { places }: PersonDraft): void {
  const key = hitKey(hit);
  const rank = hit.when === 0b111 ? 0 : rankOf(places, hit);
  if (lacks(draft.hits, hit)) {
    draft.hits.set(key, hit);
    draft.isNew = true;
  }
  const known = draft.ranks.get(key);
  if (known !== undefined && known >= rank) return;
  draft.ranks.set(key, rank);
  draft.isNew = true;
}

/** Persons of whom a batch only tells places that are known already need not be looked at. */
export function hasNews(known: PersonState | undefined, arrivals: readonly Arrival[]): boolean {
  return arrivals.length > 0 && (known === undefined || !covers(known.places, arrivals));
}
