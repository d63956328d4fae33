import type { Place } from './log-event.ts';
/**
 * Familiar places of an account, learned from its own successful sign-ins.
 *
 * The history holds only minima and unions, so it is the same whatever order or how often sign-ins arrive, and
 * `familiarity` of an instant in the past becomes exact once everything is read. That is what lets findings be
 * independent of arrival order (docs/rules.md, "Places").
 */

/** How well an account knows a place at an instant. `unknown` = no location or no history yet: never the same as `new`. */
export type Familiarity = 'familiar' | 'new' | 'unknown';

/** A place is new for this long after the account was first used from it. */
export const NEW_FOR_MS = 24 * 3600_000;
/** An account's first sign-ins are its baseline: within this time of the first, nothing can be called new. */
export const BASELINE_MS = 24 * 3600_000;
/** A known device on a new network makes the network familiar if it was used there up to this long after the instant asked about. */
export const VOUCH_MS = 24 * 3600_000;

interface NetworkHistory {
  /** First successful sign-in from here, epoch ms. */
  first: number;
  /** Device id → first use on this network, epoch ms. */
  devices: Map<string, number>;
}

/** What one account has been used from. Mutable, grows only by `observe`; plain maps so that it can be stored. */
export interface PlaceHistory {
  first: number;
  networks: Map<string, NetworkHistory>;
  /** Device id → first use anywhere, epoch ms. */
  devices: Map<string, number>;
}

/** An empty history. */
export function createPlaceHistory(): PlaceHistory {
  return { first: Number.POSITIVE_INFINITY, networks: new Map(), devices: new Map() };
}

/** Learns from one successful sign-in at `at` (epoch ms). Repeating or reordering calls ends in the same history. */
export function observe(history: PlaceHistory, place: Place, at: number): void {
  history.first = Math.min(history.first, at);
  if (place.device) history.devices.set(place.device, Math.min(at, history.devices.get(place.device) ?? at));
  if (!place.network) return;
  let network = history.networks.get(place.network);
  if (!network) {
    network = { first: at, devices: new Map() };
    history.networks.set(place.network, network);
  }
  network.first = Math.min(network.first, at);
  if (place.device) network.devices.set(place.device, Math.min(at, network.devices.get(place.device) ?? at));
}

/** One history of what two tell, which are not changed. */
export function mergeHistories(known: PlaceHistory | undefined, other: PlaceHistory): PlaceHistory {
  if (!known) return other;
  const networks = new Map(known.networks);
  for (const [network, { first, devices }] of other.networks) {
    const seen = networks.get(network);
    networks.set(network, {
      first: Math.min(first, seen?.first ?? first),
      devices: seen ? earliest(seen.devices, devices) : devices,
    });
  }
  return { first: Math.min(known.first, other.first), networks, devices: earliest(known.devices, other.devices) };
}

function earliest(known: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): Map<string, number> {
  const merged = new Map(known);
  for (const [key, first] of other) merged.set(key, Math.min(first, merged.get(key) ?? first));
  return merged;
}

/**
 * How familiar `place` was to the account at `at` (epoch ms).
 * Familiar: a known device (first used over a day before), or a network used for over a day, or a network on which a
 * known device was used within a day of `at` ("vouched": the owner at a hotel). New: none of it, with a baseline to
 * compare with. Unknown: no address and no device, or no baseline.
 */
export function familiarity(history: PlaceHistory | undefined, place: Place, at: number): Familiarity {
  if (!place.network && !place.device) return 'unknown';
  if (!history || history.first > at - BASELINE_MS) return 'unknown';
  if (isKnownDevice(history, place.device, at)) return 'familiar';
  const network = place.network ? history.networks.get(place.network) : undefined;
  if (!network) return 'new';
  if (network.first <= at - NEW_FOR_MS) return 'familiar';
  // Here the network is at most a day old, so every use of it is at most a day before `at`: only later ones are too far.
  for (const [device, first] of network.devices) {
    if (first <= at + VOUCH_MS && isKnownDevice(history, device, at)) return 'familiar';
  }
  return 'new';
}

/**
 * The instant from which a sign-in at `place` is no news: it teaches `observe` nothing and its place is familiar.
 * Epoch ms; infinite while something is missing. Only ever gets earlier as the history grows.
 */
export function quietFrom(history: PlaceHistory | undefined, place: Place): number {
  if (!history || (!place.network && !place.device)) return Number.POSITIVE_INFINITY;
  const network = place.network ? history.networks.get(place.network) : undefined;
  const known = [history.first + BASELINE_MS];
  const familiar: number[] = [];
  if (place.device) {
    const first = history.devices.get(place.device) ?? Number.POSITIVE_INFINITY;
    known.push(first);
    familiar.push(first + NEW_FOR_MS);
  }
  if (place.network) {
    const first = network?.first ?? Number.POSITIVE_INFINITY;
    known.push(first);
    familiar.push(first + NEW_FOR_MS);
    if (place.device) known.push(network?.devices.get(place.device) ?? Number.POSITIVE_INFINITY);
  }
  return Math.max(...known, Math.min(...familiar));
}

function isKnownDevice(history: PlaceHistory, device: string | undefined, at: number): boolean {
  const first = device ? history.devices.get(device) : undefined;
  return first !== undefined && first <= at - NEW_FOR_MS;
}
