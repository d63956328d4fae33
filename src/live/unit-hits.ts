/** Hits and places of one person: taking in what is new, and keeping within bounds. Pure. */
import { familiarity, observe, type PlaceHistory } from '../model/place.ts';
import type { RuleCut } from '../rules/correlate.ts';
import { createGroup, DEFAULT_CAP, hitsOf, insert } from '../rules/correlation/group.ts';
import { content, createNames } from '../rules/correlation/packing.ts';
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
  return Math.max(...counts.values()) > cap;
}

function thin(hits: Hits, cuts: readonly RuleCut[], cap: number): { hits: Hits; cuts: readonly RuleCut[] } {
  const packing = { rules: createNames(), sources: createNames(), cap };
  const group = createGroup('');
  for (const hit of hits.values()) insert(group, hit, packing);
  const dropped = [...(group.cuts ?? [])].map(([rule, cut]) => ({ rule: packing.rules.nameOf(rule), ...cut }));
  const kept = hitsOf(group, packing).map((hit): [string, Hit] => [hitKey(hit), hit]);
  return { hits: new Map(kept), cuts: joinCuts([...cuts, ...dropped]) };
}
