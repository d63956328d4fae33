/**
 * What the live watch keeps between two batches, by unit: a person (everything that concerns only them), or a group that
 * several persons can meet in. Each is one row of the table `evidence`. States are immutable.
 */
import { createHash } from 'node:crypto';
import type { Outcome } from '../model/finding.ts';
import type { Place } from '../model/log-event.ts';
import type { Familiarity, PlaceHistory } from '../model/place.ts';
import type { RuleCut, WindowRef } from '../rules/correlate.ts';
import type { PersonMatch } from '../rules/outcome.ts';
import type { Hit } from '../rules/schema.ts';

/** Hits by `hitKey`. */
export type Hits = ReadonlyMap<string, Hit>;

/** What a cross-person group concluded about one person. */
export interface Link {
  /** Version of the group that it was concluded in: a higher one wins. */
  readonly version: number;
  /** With the evidence of this person only. Empty: the group no longer names them. */
  readonly matches: readonly PersonMatch[];
}

/** What a person's row knows of each of their findings, so that these need not be read to be compared with. */
export interface FindingNote {
  readonly id: string;
  readonly revision: string;
  readonly ties: readonly string[];
  /** Epoch ms of first and last evidence. */
  readonly first: number;
  readonly last: number;
  readonly state: 'open' | 'withdrawn';
  readonly tell?: Outcome;
  readonly formerIds: readonly string[];
  readonly version: number;
  /** Epoch ms. */
  readonly createdAt: number;
}

/** What persons and groups have in common. */
interface Unit {
  /** Row key: `person:<id>` or `window:<hash>`. */
  readonly key: string;
  /** Undefined: there is no row yet. */
  readonly tag?: string;
  readonly hits: Hits;
  readonly cuts: readonly RuleCut[];
  /** When the earliest open absence falls due, epoch ms; a due row waits for it. */
  readonly due?: number;
  /** Units whose matches are points of this one's groups: they are evaluated together with it. */
  readonly from: readonly string[];
  /** Units that have matches of this one as points: they are evaluated again when this one changes. */
  readonly into: readonly string[];
}

/** One person. */
export interface PersonState extends Unit {
  readonly id: string;
  readonly places: PlaceHistory;
  /** By hash of the group. */
  readonly links: ReadonlyMap<string, Link>;
  readonly findings: readonly FindingNote[];
}

/** One group that several persons can meet in. */
export interface GroupState extends Unit {
  readonly ref: WindowRef;
  readonly hash: string;
  /** Grows by one with every write. */
  readonly version: number;
  /** How well the place of a hit was known to its person (`RANKS`), by `hitKey`. Only ever grows. */
  readonly ranks: ReadonlyMap<string, number>;
  /** Person id → digest of what the group concludes about them. */
  readonly told: ReadonlyMap<string, string>;
  /** Person id → version in which that changed, until their link is known to be at least as new. */
  readonly pending: ReadonlyMap<string, number>;
}

/** From not known to familiar: with a growing history a place only ever moves on in this order. */
export const RANKS: readonly Familiarity[] = ['unknown', 'new', 'familiar'];

/** What makes two hits of one rule the same one. */
export function hitKey(hit: Hit): string {
  return `${hit.rule}\u0000${hit.source}\u0000${hit.recordId}\u0000${hit.at}`;
}

/** The person that a hit is about. */
export function personOf(hit: Hit): string {
  return String(hit.fields['postern.person'] ?? '');
}

/** Key of a place at an instant for one person: everything that familiarity depends on besides the history. */
export function placeKey(person: string, place: Place, at: number): string {
  return `${person}\u0000${at}\u0000${place.network ?? ''}\u0000${place.device ?? ''}`;
}

/** Row key of a person. */
export function personKey(id: string): string {
  return `person:${id}`;
}

/** Row key of a group. */
export function groupKey(hash: string): string {
  return `window:${hash}`;
}

/** The part of a row key behind its kind: a person id or a group's hash. */
export function idIn(key: string): string {
  return key.slice(key.indexOf(':') + 1);
}

/** What a group is called in row keys: its key can hold addresses. */
export function hashOfGroup(ref: WindowRef): string {
  return createHash('sha256').update(`${ref.window}\u0000${ref.key}`).digest('base64url').slice(0, 22);
}

/** Nothing known yet. */
export function emptyPerson(id: string): PersonState {
  const places: PlaceHistory = { first: Number.POSITIVE_INFINITY, networks: new Map(), devices: new Map() };
  const nothing = { hits: new Map(), cuts: [], links: new Map(), findings: [], from: [], into: [] };
  return { key: personKey(id), id, places, ...nothing };
}

/** No hits yet. */
export function emptyGroup(ref: WindowRef): GroupState {
  const hash = hashOfGroup(ref);
  const nothing = {
    hits: new Map(),
    cuts: [],
    ranks: new Map(),
    told: new Map(),
    pending: new Map(),
    from: [],
    into: [],
  };
  return { key: groupKey(hash), ref, hash, version: 0, ...nothing };
}
