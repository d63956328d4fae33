/**
 * Erasing people: what becomes of each row that mentions them. Pure.
 *
 * Rows about them alone go. What others' findings rest on stays, without a trace of who it was: in a group in which
 * several persons met, their hits are replaced by nameless ones. Otherwise the others would be told that it was nothing.
 */
import { randomUUID } from 'node:crypto';
import type { Row, TableName } from '../ports.ts';
import type { Hit } from '../rules/schema.ts';
import type { RowEdit } from './row-edits.ts';
import { readGroup, readPerson, writeGroup, writePerson } from './unit-rows.ts';
import { type GroupState, hitKey, idIn, personKey, personOf, RANKS } from './unit-state.ts';

/** Person ids as they occur in rows: `p_` and sixteen characters. */
const PERSON = /(?<![A-Za-z0-9_-])p_[A-Za-z0-9_-]{16}(?![A-Za-z0-9_-])/g;

/** Ids of the persons that a row mentions, in its keys or its value. */
export function personsMentioned({ partition, row, value }: Row): ReadonlySet<string> {
  return new Set(`${partition}\n${row}\n${JSON.stringify(value)}`.match(PERSON) ?? []);
}

/** What erasing `gone` makes of a row. */
export function eraseEdit(table: TableName, row: Row, gone: ReadonlySet<string>): RowEdit {
  if (![...personsMentioned(row)].some((id) => gone.has(id))) return undefined;
  if (table === 'evidence' && row.row.startsWith('window:')) return eraseFromGroup(row, gone);
  if (table === 'evidence' && row.row.startsWith('person:') && !gone.has(idIn(row.row))) return eraseEdges(row, gone);
  if (table === 'trail') return eraseFromTrail(row, gone);
  // The version row of people names who changed last; it is rewritten with every change, and readers rely on it.
  if (table === 'people' && row.row === '(version)') return eraseFromVersion(row, gone);
  return { op: 'delete' };
}

function eraseFromGroup({ value, tag }: Row, gone: ReadonlySet<string>): RowEdit {
  const state = readGroup(value, tag);
  // The group's own name is then a hash of a number or address of theirs.
  const isContact = state.ref.window.includes('postern.contact.');
  const hits = new Map<string, Hit>();
  const ranks = new Map<string, number>();
  const names = new Map<string, string>();
  for (const [key, hit] of state.hits) {
    const rank = state.ranks.get(key) ?? 0;
    if (!gone.has(personOf(hit))) {
      hits.set(key, hit);
      ranks.set(key, rank);
      continue;
    }
    const name = names.get(personOf(hit)) ?? `x_${randomUUID().replaceAll('-', '').slice(0, 16)}`;
    names.set(personOf(hit), name);
    const nameless = counts(hit, rank) ? withoutName(hit, name) : undefined;
    if (nameless) hits.set(hitKey(nameless), nameless);
  }
  const others = [...hits.values()].some((hit) => !personOf(hit).startsWith('x_'));
  if ((isContact && names.size > 0) || (!others && state.from.length === 0)) return { op: 'delete' };
  const isLeft = ([id]: readonly [string, unknown]) => !gone.has(id);
  const next: GroupState = {
    ...state,
    hits,
    ranks,
    told: new Map([...state.told].filter(isLeft)),
    pending: new Map([...state.pending].filter(isLeft)),
    ...edgesWithout(state, gone),
  };
  return { op: 'replace', value: writeGroup(next) };
}

function counts(hit: Hit, rank: number): boolean {
  const BITS = { unknown: 0b100, new: 0b001, familiar: 0b010 } as const;
  return hit.when === 0b111 || (hit.when & BITS[RANKS[rank] ?? 'unknown']) !== 0;
}

/** Somebody, somewhere, at that time: enough to be counted, too little to be known by. */
function withoutName({ rule, source, at }: Hit, name: string): Hit {
  const recordId = randomUUID();
  return { rule, source, at, recordId, action: recordId, when: 0b111, place: {}, fields: { 'postern.person': name } };
}

function eraseEdges({ row, value, tag }: Row, gone: ReadonlySet<string>): RowEdit {
  const state = readPerson(idIn(row), value, tag);
  return { op: 'replace', value: writePerson({ ...state, ...edgesWithout(state, gone) }) };
}

function edgesWithout(
  { from, into }: { readonly from: readonly string[]; readonly into: readonly string[] },
  gone: ReadonlySet<string>,
): { readonly from: readonly string[]; readonly into: readonly string[] } {
  const keys = new Set([...gone].map(personKey));
  return { from: from.filter((key) => !keys.has(key)), into: into.filter((key) => !keys.has(key)) };
}

function eraseFromTrail({ value }: Row, gone: ReadonlySet<string>): RowEdit {
  const text = JSON.stringify(value).replaceAll(PERSON, (id) => (gone.has(id) ? 'erased' : id));
  return { op: 'replace', value: JSON.parse(text) as unknown };
}

function eraseFromVersion({ value }: Row, gone: ReadonlySet<string>): RowEdit {
  const version = value as { readonly changes: readonly (readonly [number, string])[] };
  return { op: 'replace', value: { ...version, changes: version.changes.filter(([, id]) => !gone.has(id)) } };
}
