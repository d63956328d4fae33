/** Units as JSON and back. A row that does not read is a defect or a tampered table: it is told, not guessed at. */
import { z } from 'zod';
import { UpstreamError } from '../errors.ts';
import { OUTCOMES } from '../model/finding.ts';
import type { PlaceHistory } from '../model/place.ts';
import { cutsIn, hitsIn, type RuleCut, toSnapshot, type WindowSnapshot } from '../rules/correlation/snapshot.ts';
import type { PersonMatch } from '../rules/outcome.ts';
import type { Hit } from '../rules/schema.ts';
import {
  type FindingNote,
  type GroupState,
  groupKey,
  type Hits,
  hashOfGroup,
  hitKey,
  type Link,
  type PersonState,
  personKey,
} from './unit-state.ts';

const Version = z.literal(1);
const Times = z.array(z.tuple([z.string(), z.number()]));
// Hits were written by this code and are many; the outer shape is checked, not each of them.
const Snapshot = z.custom<WindowSnapshot>((value) => typeof value === 'object' && value !== null && 'hits' in value);

const NoteRow = z.object({
  id: z.string(),
  revision: z.string(),
  ties: z.array(z.string()).default([]),
  first: z.number(),
  last: z.number(),
  state: z.enum(['open', 'withdrawn']).default('open'),
  tell: z.enum(OUTCOMES).exactOptional(),
  formerIds: z.array(z.string()).default([]),
  version: z.number(),
  createdAt: z.number(),
});

const LinkRow = z.tuple([
  z.string(),
  z.number(),
  /** Rule, group, cut, shared, numbers of hits. */
  z.array(z.tuple([z.string(), z.record(z.string(), z.string()), z.boolean(), z.boolean(), z.array(z.number())])),
]);

const Edges = { from: z.array(z.string()).default([]), into: z.array(z.string()).default([]) };

const PersonRow = z.object({
  version: Version,
  /** First sign-in (null = none), devices, networks with their devices; instants in epoch ms. */
  places: z.tuple([z.number().nullable(), Times, z.array(z.tuple([z.string(), z.number(), Times]))]),
  /** Own hits, and behind them those that only links have. */
  hits: Snapshot,
  own: z.number(),
  links: z.array(LinkRow).default([]),
  findings: z.array(NoteRow).default([]),
  due: z.number().exactOptional(),
  ...Edges,
});

const GroupRow = z.object({
  version: Version,
  number: z.number(),
  hits: Snapshot,
  /** One digit a hit. */
  ranks: z.string(),
  told: z.record(z.string(), z.string()).default({}),
  pending: z.record(z.string(), z.number()).default({}),
  due: z.number().exactOptional(),
  ...Edges,
});

/** Value of a person's row. */
export function writePerson(state: PersonState): unknown {
  const { places, hits, cuts, links, findings, due } = state;
  const numbers = new Map([...hits.keys()].map((key, index) => [key, index]));
  const all = [...hits.values()];
  const numberOf = (hit: Hit): number => {
    const key = hitKey(hit);
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, all.length);
    return all.push(hit) - 1;
  };
  const linkRows = [...links].map(([hash, { version, matches }]) => [
    hash,
    version,
    matches.map(({ rule, group, cut, shared, evidence }) => [
      rule,
      group,
      cut,
      shared ?? false,
      evidence.map(numberOf),
    ]),
  ]);
  return {
    version: 1,
    places: writePlaces(places),
    own: hits.size,
    ...(linkRows.length > 0 && { links: linkRows }),
    ...(findings.length > 0 && { findings: findings.map(writeNote) }),
    ...(due !== undefined && { due }),
    ...writeEdges(state),
    hits: toSnapshot({ window: '', key: '' }, all, cuts),
  };
}

/** @throws UpstreamError UNREADABLE */
export function readPerson(id: string, value: unknown, tag: string): PersonState {
  const row = parse(PersonRow, value);
  const all = hitsIn(row.hits);
  const links = row.links.map(([hash, version, matches]): [string, Link] => [
    hash,
    {
      version,
      matches: matches.map(([rule, group, cut, shared, evidence]) => toMatch(rule, group, cut, shared, all, evidence)),
    },
  ]);
  return {
    key: personKey(id),
    id,
    tag,
    places: readPlaces(row.places),
    hits: byKey(all.slice(0, row.own)),
    cuts: cutsIn(row.hits),
    links: new Map(links),
    findings: row.findings,
    from: row.from,
    into: row.into,
    ...(row.due !== undefined && { due: row.due }),
  };
}

/** Value of a group's row. */
export function writeGroup(state: GroupState): unknown {
  const { ref, version, hits, cuts, ranks, told, pending, due } = state;
  return {
    version: 1,
    number: version,
    ...(told.size > 0 && { told: Object.fromEntries(told) }),
    ...(pending.size > 0 && { pending: Object.fromEntries(pending) }),
    ...(due !== undefined && { due }),
    ...writeEdges(state),
    ranks: [...hits.keys()].map((key) => ranks.get(key) ?? 0).join(''),
    hits: toSnapshot(ref, [...hits.values()], cuts),
  };
}

/** @throws UpstreamError UNREADABLE */
export function readGroup(value: unknown, tag: string): GroupState {
  const row = parse(GroupRow, value);
  const { window, key } = row.hits;
  const ref = { window, key };
  const hash = hashOfGroup(ref);
  const hits = byKey(hitsIn(row.hits));
  return {
    key: groupKey(hash),
    tag,
    ref,
    hash,
    version: row.number,
    hits,
    cuts: cutsIn(row.hits),
    ranks: new Map([...hits.keys()].map((each, index) => [each, Number(row.ranks[index] ?? 0)])),
    told: new Map(Object.entries(row.told)),
    pending: new Map(Object.entries(row.pending)),
    from: row.from,
    into: row.into,
    ...(row.due !== undefined && { due: row.due }),
  };
}

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new UpstreamError('tables', 'UNREADABLE', { cause: parsed.error });
  return parsed.data;
}

function toMatch(
  rule: string,
  group: Readonly<Record<string, string>>,
  cut: boolean,
  shared: boolean,
  all: readonly Hit[],
  numbers: readonly number[],
): PersonMatch {
  const evidence = numbers.flatMap((number) => all[number] ?? []);
  return { rule, group, from: evidence[0]?.at ?? 0, to: evidence.at(-1)?.at ?? 0, evidence, cut, shared };
}

function byKey(hits: readonly Hit[]): Hits {
  return new Map(hits.map((hit) => [hitKey(hit), hit]));
}

function writeEdges({ from, into }: { readonly from: readonly string[]; readonly into: readonly string[] }) {
  return { ...(from.length > 0 && { from }), ...(into.length > 0 && { into }) };
}

function writeNote(note: FindingNote): unknown {
  const { ties, state, formerIds, ...rest } = note;
  return {
    ...rest,
    ...(ties.length > 0 && { ties }),
    ...(state !== 'open' && { state }),
    ...(formerIds.length > 0 && { formerIds }),
  };
}

function writePlaces({ first, devices, networks }: PlaceHistory): unknown {
  return [
    Number.isFinite(first) ? first : null,
    [...devices],
    [...networks].map(([network, history]) => [network, history.first, [...history.devices]]),
  ];
}

function readPlaces([first, devices, networks]: z.output<typeof PersonRow>['places']): PlaceHistory {
  return {
    first: first ?? Number.POSITIVE_INFINITY,
    devices: new Map(devices),
    networks: new Map(networks.map(([network, since, used]) => [network, { first: since, devices: new Map(used) }])),
  };
}

/** Cuts of two histories of one group, as one list. */
export function joinCuts(cuts: readonly RuleCut[]): RuleCut[] {
  const byRule = new Map<string, RuleCut>();
  for (const { rule, from, to } of cuts) {
    const known = byRule.get(rule);
    byRule.set(rule, { rule, from: Math.min(from, known?.from ?? from), to: Math.max(to, known?.to ?? to) });
  }
  return [...byRule.values()];
}
