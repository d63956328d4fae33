/** The groups of one window: its hits, the matches of other chains that lie in it, and what changed. */
import type { Place } from '../../model/log-event.ts';
import type { Familiarity, PlaceHistory } from '../../model/place.ts';
import type { Hit } from '../schema.ts';
import {
  countingHits,
  createFilled,
  createGroup,
  drop,
  type Group,
  insert,
  type Packing,
  refresh,
  sizeOf,
} from './group.ts';
import { keysOf, pointsOf } from './nested.ts';
import type { WindowPlan } from './plan.ts';
import { comparePoints, type Episode, type Point } from './window.ts';

/** The places a person has been used from, by person id (or account, where a hit has no person). */
export type Histories = (person: string) => PlaceHistory | undefined;

/** How well a person (or account, where a hit has no person) knew a place at an instant (epoch ms). */
export type FamiliarityOf = (person: string, place: Place, at: number) => Familiarity;

/** A window with its state. */
export interface Groups {
  readonly plan: WindowPlan;
  readonly hits: Map<string, Group>;
  /** Key → matches of other chains that are points of this group, by rule and key of where they come from. */
  readonly nested: Map<string, Map<string, readonly Episode[]>>;
  /** Keys of groups to evaluate anew. */
  readonly dirty: Set<string>;
}

/** A window without hits. */
export function createGroups(plan: WindowPlan): Groups {
  return { plan, hits: new Map(), nested: new Map(), dirty: new Set() };
}

/** Adds a hit to one group. False when that changes nothing. */
export function put(groups: Groups, key: string, hit: Hit, packing: Packing): boolean {
  const group = groups.hits.get(key) ?? createGroup(key);
  if (!insert(group, hit, packing)) return false;
  groups.hits.set(key, group);
  groups.dirty.add(key);
  return true;
}

/** Adds many hits to one group. In an empty group, hits in their order cost no search each. */
export function fill(groups: Groups, key: string, hits: readonly Hit[], packing: Packing): void {
  const group = groups.hits.has(key) ? undefined : createFilled(key, hits, packing);
  if (group) {
    groups.hits.set(key, group);
    groups.dirty.add(key);
  } else for (const hit of hits) put(groups, key, hit, packing);
}

/** Replaces the matches that a chain of another level has in the groups, and marks the groups. */
export function replaceNested(
  groups: Groups,
  origin: { readonly rule: string; readonly key: string },
  old: readonly Episode[],
  episodes: readonly Episode[],
): void {
  const { rule } = origin;
  const from = `${rule}\u0000${origin.key}`;
  for (const key of new Set(old.flatMap((episode) => keysOf(groups.plan, rule, episode)))) {
    const origins = groups.nested.get(key);
    origins?.delete(from);
    if (origins?.size === 0) groups.nested.delete(key);
    groups.dirty.add(key);
  }
  for (const episode of episodes) {
    for (const key of keysOf(groups.plan, rule, episode)) {
      const origins = groups.nested.get(key) ?? new Map<string, readonly Episode[]>();
      origins.set(from, [...(origins.get(from) ?? []), episode]);
      groups.nested.set(key, origins);
      groups.dirty.add(key);
    }
  }
}

/** The points of a group: of each action the earliest hit that counts, and the moments of nested matches. */
export function pointsIn(groups: Groups, key: string, packing: Packing): readonly Point[] {
  const points: Point[] = [];
  const group = groups.hits.get(key);
  const seen = new Set<string>();
  for (const hit of group ? countingHits(group, packing) : []) {
    const action = `${hit.rule}\u0000${hit.source}\u0000${hit.action}`;
    if (seen.has(action)) continue;
    seen.add(action);
    points.push({ at: hit.at, rule: hit.rule, id: hit.recordId, of: hit });
  }
  const nested = groups.nested.get(key);
  if (!nested) return points;
  for (const episodes of nested.values()) points.push(...episodes.flatMap(pointsOf));
  return points.sort(comparePoints);
}

/** Marks groups in which hits count that did not, or the reverse: histories grow, and places become familiar. */
export function refreshPlaces(groups: Groups, familiarityOf: FamiliarityOf): void {
  const counts = (when: number, place: Place, at: number, fields: Hit['fields']) => {
    const person = fields['postern.person'] ?? fields['postern.account'];
    const known = typeof person === 'string' ? familiarityOf(person, place, at) : 'unknown';
    return (when & BIT[known]) !== 0;
  };
  for (const group of groups.hits.values()) if (refresh(group, counts)) groups.dirty.add(group.key);
}

const BIT = { new: 0b001, familiar: 0b010, unknown: 0b100 } as const;

/** Drops the hits that happened before `before` (epoch ms) and are no evidence of an episode that is still open. */
export function pruneGroups(
  groups: Groups,
  before: number,
  openEpisodes: (key: string) => readonly Episode[],
  packing: Packing,
): void {
  for (const [key, group] of groups.hits) {
    const kept = new Set(openEpisodes(key).flatMap((episode) => episode.evidence.map(hitKey)));
    if (drop(group, (hit) => !kept.has(hitKey(hit)), before, packing)) groups.dirty.add(key);
    if (sizeOf(group) === 0) groups.hits.delete(key);
  }
}

function hitKey(hit: Hit): string {
  return `${hit.rule}\u0000${hit.source}\u0000${hit.recordId}\u0000${hit.at}`;
}
