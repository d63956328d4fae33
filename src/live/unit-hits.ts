/** Hits and places of one person: taking in what is new, and keeping within bounds. Pure. */
import { familiarity, observe, type PlaceHistory } from '../model/place.ts';
import type { RuleCut } from '../rules/correlate.ts';
import { DEFAULT_CAP } from '../rules/correlation/group.ts';
import { compareHits } from '../rules/correlation/nested.ts';
import { content, GUID, hash, packGuid } from '../rules/correlation/packing.ts';
import { compareText } from '../rules/correlation/window.ts';
import type { Hit } from '../rules/schema.ts';
import type { Arrival } from './batch.ts';
import { joinCuts } from './unit-rows.ts';
import { type Hits, hitKey, RANKS } from './unit-state.ts';

/** A person's row holds at most this many hits: some 400 KB of the 1 MiB that a row may have. */
export const MOST_HITS = 8192;

/** True when the history would not change by any of the arrivals. */
export function covers(history: PlaceHistory, arrivals: readonly Arrival[]): boolean {
  return arrivals.every(({ place: { device, network }, at }) => {
    if (history.first > at) return false;
    if (device && (history.devices.get(device) ?? Number.POSITIVE_INFINITY) > at) return false;
    if (!network) return true;
    const known = history.networks.get(network);
    if (!known || known.first > at) return false;
    return !device || (known.devices.get(device) ?? Number.POSITIVE_INFINITY) <= at;
  });
}

/** The history with these arrivals; the same object when they change nothing. */
export function withArrivals(history: PlaceHistory, arrivals: readonly Arrival[]): PlaceHistory {
  if (covers(history, arrivals)) return history;
  const networks = [...history.networks].map(
    ([name, { first, devices }]) => [name, { first, devices: new Map(devices) }] as const,
  );
  const next: PlaceHistory = { first: history.first, devices: new Map(history.devices), networks: new Map(networks) };
  for (const { place, at } of arrivals) observe(next, place, at);
  return next;
}

/** Whether a set of hits lacks this one. Of two readings of one record the one that sorts first stays. */
export function lacks(hits: Hits, hit: Hit): boolean {
  const known = hits.get(hitKey(hit));
  return known === undefined || (known !== hit && compareText(content(hit), content(known)) < 0);
}

/** How well the place of a hit was known, as a number into `RANKS`. */
export function rankOf(history: PlaceHistory, hit: Hit): number {
  return RANKS.indexOf(familiarity(history, hit.place, hit.at));
}

/** A hit from a place that is familiar by now, of a rule that wants none such: it will never count again. */
export function isDead(hit: Hit, rank: number): boolean {
  const FAMILIAR = 0b010;
  return (hit.when & FAMILIAR) === 0 && RANKS[rank] === 'familiar';
}

/** Keeps to the cap of hits per rule, as the groups of a correlator do, and to the size of a row. */
export function withinCap(
  hits: Hits,
  cuts: readonly RuleCut[],
): { readonly hits: Hits; readonly cuts: readonly RuleCut[] } {
  let result = { hits, cuts };
  for (let cap = DEFAULT_CAP; cap >= 8 && isOver(result.hits, cap); cap /= 2) {
    result = thin(result.hits, result.cuts, cap);
    if (result.hits.size <= MOST_HITS) break;
  }
  return result;
}

function isOver(hits: Hits, cap: number): boolean {
  if (hits.size > MOST_HITS) return true;
  if (hits.size <= cap) return false;
  const counts = new Map<string, number>();
  for (const { rule } of hits.values()) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  return [...counts.values()].some((count) => count > cap);
}

/**
 * Of each rule the earliest quarter of the cap, the latest quarter, and of those between them the half with the smallest
 * hash of the record id: what `insert` of src/rules/correlation/group.ts ends in, without going one by one.
 */
function thin(hits: Hits, cuts: readonly RuleCut[], cap: number): { hits: Hits; cuts: readonly RuleCut[] } {
  const dropped = new Set<string>();
  const newCuts: RuleCut[] = [];
  for (const [rule, own] of Map.groupBy(hits.values(), (hit) => hit.rule)) {
    if (own.length <= cap) continue;
    const quarter = cap >> 2;
    const middle = own.sort(compareHits).slice(quarter, own.length - quarter);
    const ranked = middle.map((hit, index) => ({ hit, index, rank: rankInFlood(hit) }));
    const over = ranked.sort((a, b) => a.rank - b.rank || a.index - b.index).slice(cap >> 1);
    for (const { hit } of over) dropped.add(hitKey(hit));
    const times = over.map(({ hit }) => hit.at);
    newCuts.push({ rule, from: least(times), to: -least(times.map((at) => -at)) });
  }
  return { hits: new Map([...hits].filter(([key]) => !dropped.has(key))), cuts: joinCuts([...cuts, ...newCuts]) };
}

function rankInFlood({ recordId }: Hit): number {
  return hash(GUID.test(recordId) ? packGuid(recordId) : recordId);
}

function least(numbers: readonly number[]): number {
  return numbers.reduce((least, number) => Math.min(least, number), Number.POSITIVE_INFINITY);
}
