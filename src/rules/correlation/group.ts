/**
 * The hits of one group, packed. 100,000 open groups must fit into a small instance, so a hit is six cells of one array
 * instead of an object, GUIDs and places are packed into short strings, and hits of a group share equal ones.
 */
import type { Place, SourceName } from '../../model/log-event.ts';
import type { Hit } from '../schema.ts';
import { markCut, type Thinned } from './cut.ts';
import {
  content,
  GUID,
  hash,
  isEqual,
  type Names,
  packFields,
  packGuid,
  packPlace,
  unpackGuid,
  unpackPlace,
} from './packing.ts';
import { compareText } from './window.ts';

/** Hits of one rule in one group beyond this are thinned out. */
export const DEFAULT_CAP = 512;

/** Hits of one group. */
export interface Group extends Thinned {
  readonly key: string;
  /** Per hit: at, flags, record id, action (0 = the record id), place, fields. Ascending by time, record id, rule. */
  cells: Cell[];
}

type Cell = number | string | Hit['fields'];

const WIDTH = 6;
const [FLAGS, RECORD, ACTION, PLACE, FIELDS] = [1, 2, 3, 4, 5] as const;
/** Flags: bits 0-2 `when`, 3 counts now, 4 packed record id, 5 packed action, 6-9 source, 10-29 rule. */
const COUNTS = 1 << 3;
const PACKED_RECORD = 1 << 4;
const PACKED_ACTION = 1 << 5;
const SOURCE_SHIFT = 6;
const RULE_SHIFT = 10;
const ANY_PLACE = 0b111;

/** What groups of one correlator have in common. */
export interface Packing {
  readonly rules: Names;
  readonly sources: Names;
  readonly cap: number;
}

/** An empty group. */
export function createGroup(key: string): Group {
  return { key, cells: [], cuts: undefined };
}

/** A group of hits that ascend strictly and are within the cap; undefined where they do not, are not, or are none. */
export function createFilled(key: string, hits: readonly Hit[], packing: Packing): Group | undefined {
  if (hits.length === 0) return undefined;
  const group = createGroup(key);
  const counts = new Map<string, number>();
  for (const [index, hit] of hits.entries()) {
    const count = (counts.get(hit.rule) ?? 0) + 1;
    if (count > packing.cap || (index > 0 && compareRow(group, index - 1, hit, packing) >= 0)) return undefined;
    counts.set(hit.rule, count);
    group.cells.push(...pack(group, hit, packing));
  }
  group.cells = group.cells.slice();
  return group;
}

/** Number of hits in a group. */
export function sizeOf(group: Group): number {
  return group.cells.length / WIDTH;
}

/**
 * Adds a hit. False when nothing changed: the group has it, or it was thinned out where others were before. Of two different hits of one rule,
 * record and instant the one whose content sorts first stays.
 */
export function insert(group: Group, hit: Hit, packing: Packing): boolean {
  const rule = packing.rules.numberOf(hit.rule);
  const at = position(group, hit, packing);
  const row = at * WIDTH;
  if (at < sizeOf(group) && compareRow(group, at, hit, packing) === 0) {
    const known = hitAt(group, at, packing);
    if (compareText(content(hit), content(known)) >= 0) return false;
    group.cells.splice(row, WIDTH, ...pack(group, hit, packing));
    return true;
  }
  const added = pack(group, hit, packing);
  // Exact length: growing by push would reserve room for eleven more cells.
  group.cells = group.cells.length === 0 ? added : group.cells.toSpliced(row, 0, ...added);
  if (sizeOf(group) <= packing.cap) return true;
  const before = group.cuts?.get(rule);
  const dropped = thinOut(group, rule, packing);
  return dropped !== at || group.cuts?.get(rule) !== before;
}

/** All hits of a group in order, as objects. */
export function hitsOf(group: Group, packing: Packing): Hit[] {
  return Array.from({ length: sizeOf(group) }, (_, index) => hitAt(group, index, packing));
}

/** The hits that count now, in order: those whose place is as their rule wants it. */
export function countingHits(group: Group, packing: Packing): Hit[] {
  const hits: Hit[] = [];
  for (let index = 0; index < sizeOf(group); index++) {
    if (flagsAt(group, index) & COUNTS) hits.push(hitAt(group, index, packing));
  }
  return hits;
}

/** Asks again whether each hit counts that depends on its place. True when an answer changed. */
export function refresh(
  group: Group,
  counts: (when: number, place: Place, at: number, fields: Hit['fields']) => boolean,
): boolean {
  let changed = false;
  for (let row = 0; row < group.cells.length; row += WIDTH) {
    const flags = group.cells[row + FLAGS] as number;
    const when = flags & ANY_PLACE;
    if (when === ANY_PLACE) continue;
    const place = unpackPlace(group.cells[row + PLACE] as string);
    const now = counts(when, place, group.cells[row] as number, group.cells[row + FIELDS] as Hit['fields']);
    if (now === ((flags & COUNTS) !== 0)) continue;
    group.cells[row + FLAGS] = flags ^ COUNTS;
    changed = true;
  }
  return changed;
}

/** Drops hits. True when there were any. */
export function drop(group: Group, isOver: (hit: Hit) => boolean, before: number, packing: Packing): boolean {
  if (sizeOf(group) === 0 || (group.cells[0] as number) >= before) return false;
  const kept: Cell[] = [];
  for (let index = 0; index < sizeOf(group); index++) {
    const row = index * WIDTH;
    const isOld = (group.cells[row] as number) < before;
    if (!isOld || !isOver(hitAt(group, index, packing))) kept.push(...group.cells.slice(row, row + WIDTH));
  }
  const dropped = kept.length < group.cells.length;
  if (dropped) group.cells = kept;
  return dropped;
}

/**
 * Keeps `cap` hits of a rule: the earliest quarter, the latest quarter, and of those between them the half with the
 * smallest hash of the record id. Each is an extreme of the whole set, so what stays does not depend on arrival order,
 * and the middle of a flood stays covered. Returns the index that was dropped, or -1.
 */
function thinOut(group: Group, rule: number, packing: Packing): number {
  const own: number[] = [];
  for (let index = 0; index < sizeOf(group); index++) if (flagsAt(group, index) >> RULE_SHIFT === rule) own.push(index);
  if (own.length <= packing.cap) return -1;
  const quarter = packing.cap >> 2;
  let victim = -1;
  let highest = -1;
  for (const index of own.slice(quarter, own.length - quarter)) {
    const rank = hash(group.cells[index * WIDTH + RECORD] as string);
    // Of equal ranks the later goes: `own` ascends, so that the order is total and the choice the same in any order.
    if (rank < highest) continue;
    highest = rank;
    victim = index;
  }
  const at = group.cells[victim * WIDTH] as number;
  markCut(group, rule, { from: at, to: at });
  group.cells.splice(victim * WIDTH, WIDTH);
  return victim;
}

/** First index whose hit does not sort before `hit`. */
function position(group: Group, hit: Hit, packing: Packing): number {
  let low = 0;
  let high = sizeOf(group);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareRow(group, middle, hit, packing) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function compareRow(group: Group, index: number, hit: Hit, packing: Packing): number {
  const byTime = (group.cells[index * WIDTH] as number) - hit.at;
  if (byTime !== 0) return byTime;
  const flags = flagsAt(group, index);
  return (
    compareText(recordAt(group, index), hit.recordId) ||
    compareText(packing.rules.nameOf(flags >> RULE_SHIFT), hit.rule) ||
    compareText(packing.sources.nameOf((flags >> SOURCE_SHIFT) & 0xf), hit.source)
  );
}

function flagsAt(group: Group, index: number): number {
  return group.cells[index * WIDTH + FLAGS] as number;
}

function recordAt(group: Group, index: number): string {
  const text = group.cells[index * WIDTH + RECORD] as string;
  return flagsAt(group, index) & PACKED_RECORD ? unpackGuid(text) : text;
}

function hitAt(group: Group, index: number, packing: Packing): Hit {
  const row = index * WIDTH;
  const flags = flagsAt(group, index);
  const recordId = recordAt(group, index);
  const action = group.cells[row + ACTION] as string | 0;
  return {
    rule: packing.rules.nameOf(flags >> RULE_SHIFT),
    recordId,
    action: action === 0 ? recordId : flags & PACKED_ACTION ? unpackGuid(action) : action,
    source: packing.sources.nameOf((flags >> SOURCE_SHIFT) & 0xf) as SourceName,
    at: group.cells[row] as number,
    when: flags & ANY_PLACE,
    place: unpackPlace(group.cells[row + PLACE] as string),
    fields: group.cells[row + FIELDS] as Hit['fields'],
  };
}

function pack(group: Group, hit: Hit, packing: Packing): Cell[] {
  const isGuid = GUID.test(hit.recordId);
  const isSame = hit.action === hit.recordId;
  const isGuidAction = !isSame && GUID.test(hit.action);
  const flags =
    (hit.when & ANY_PLACE) |
    ((hit.when & ANY_PLACE) === ANY_PLACE ? COUNTS : 0) |
    (isGuid ? PACKED_RECORD : 0) |
    (isGuidAction ? PACKED_ACTION : 0) |
    (packing.sources.numberOf(hit.source) << SOURCE_SHIFT) |
    (packing.rules.numberOf(hit.rule) << RULE_SHIFT);
  return [
    hit.at,
    flags,
    isGuid ? packGuid(hit.recordId) : hit.recordId,
    isSame ? 0 : isGuidAction ? packGuid(hit.action) : hit.action,
    shared(group, PLACE, packPlace(hit.place), Object.is),
    shared(group, FIELDS, packFields(hit.fields, group.key), isEqual),
  ];
}

/** An equal value that the group already holds, among the latest few; else the value itself. */
function shared<T extends Cell>(group: Group, column: number, value: T, isSame: (a: T, b: T) => boolean): T {
  const oldest = Math.max(0, group.cells.length - 8 * WIDTH);
  for (let row = group.cells.length - WIDTH; row >= oldest; row -= WIDTH) {
    const known = group.cells[row + column] as T;
    if (isSame(known, value)) return known;
  }
  return value;
}
