/**
 * Units in memory, as last read or written by this instance. A copy can be behind the table; that is noticed when a write
 * guarded by its tag conflicts, and does no harm before: units only grow, so what a copy has, the table has.
 */
import type { Rows } from '../ports.ts';
import type { WindowRef } from '../rules/correlate.ts';
import { bucketOf } from './buckets.ts';
import { readGroup, readPerson } from './unit-rows.ts';
import {
  emptyGroup,
  emptyPerson,
  type GroupState,
  groupKey,
  hashOfGroup,
  idIn,
  type PersonState,
  personKey,
} from './unit-state.ts';

/** See `createStateCache`. */
export interface StateCache {
  /** States of these persons; empty ones for who has no row. */
  readonly persons: (ids: Iterable<string>) => Promise<readonly PersonState[]>;
  /** States of these groups; empty ones for who has no row. */
  readonly groups: (refs: Iterable<WindowRef>) => Promise<readonly GroupState[]>;
  /** The state of a group that is known by its hash only; undefined when it has no row. */
  readonly group: (hash: string) => Promise<GroupState | undefined>;
  /** The copy in memory, whatever its age. */
  readonly peek: (id: string) => PersonState | undefined;
  /** Notes what was written. */
  readonly keep: (state: PersonState | GroupState) => void;
  /** The next read of these row keys asks the table. */
  readonly forget: (keys: Iterable<string>) => void;
}

/** What bounds a cache. */
export interface StateCacheOptions {
  /** Roughly, bytes of memory. Default 64 MiB: an eighth of the smallest instance. */
  readonly limit?: number;
  /** Buckets are read as a whole on first use while fewer people than this are enrolled. Default 8,000. */
  readonly smallTenant?: number;
  /** How many people are enrolled. */
  readonly people: () => number;
}

const LIMIT = 64 * 1024 * 1024;
const SMALL = 8000;
/** So many rows are read at the same time. */
const AT_ONCE = 24;

/** Units in the table `evidence`. */
export function createStateCache(rows: Rows, options: StateCacheOptions): StateCache {
  const { limit = LIMIT, smallTenant = SMALL } = options;
  const kept = new Map<string, { readonly state: PersonState | GroupState; readonly size: number }>();
  /** Buckets all of whose persons are in memory, or were not in the table when they were listed. */
  const listed = new Set<string>();
  const forgotten = new Set<string>();
  let total = 0;

  function drop(key: string): void {
    total -= kept.get(key)?.size ?? 0;
    kept.delete(key);
  }

  function keep(state: PersonState | GroupState): void {
    drop(state.key);
    const size = sizeOf(state);
    kept.set(state.key, { state, size });
    total += size;
    forgotten.delete(state.key);
    for (const oldest of kept.keys()) {
      if (total <= limit || oldest === state.key) break;
      drop(oldest);
      listed.delete(bucketOf(idIn(oldest)));
    }
  }

  function get<State extends PersonState | GroupState>(key: string): State | undefined {
    const found = kept.get(key);
    if (!found) return undefined;
    // Used last, dropped last.
    kept.delete(key);
    kept.set(key, found);
    return found.state as State;
  }

  async function read<State extends PersonState | GroupState>(
    key: string,
    parse: (value: unknown, tag: string) => State,
  ): Promise<State | undefined> {
    const row = await rows.get('evidence', bucketOf(idIn(key)), key);
    const state = row && parse(row.value, row.tag);
    if (state) keep(state);
    return state;
  }

  /** Reads all persons of buckets that were not used yet: one read instead of many, when an instance starts. */
  async function warm(ids: readonly string[]): Promise<void> {
    if (options.people() > smallTenant) return;
    const buckets = new Set(ids.filter((id) => !kept.has(personKey(id))).map(bucketOf));
    await inParallel(
      [...buckets].filter((bucket) => !listed.has(bucket)),
      async (bucket) => {
        listed.add(bucket);
        for await (const { row, value, tag } of rows.list('evidence', bucket, 'person:', 'person;'))
          if (!kept.has(row)) keep(readPerson(idIn(row), value, tag));
      },
    );
  }

  return {
    async persons(ids) {
      const wanted = [...new Set(ids)];
      await warm(wanted);
      return inParallel(wanted, async (id) => {
        const key = personKey(id);
        const known = get<PersonState>(key);
        if (known) return known;
        if (listed.has(bucketOf(id)) && !forgotten.has(key)) return emptyPerson(id);
        return (await read(key, (value, tag) => readPerson(id, value, tag))) ?? emptyPerson(id);
      });
    },
    groups(refs) {
      const byHash = new Map([...refs].map((ref) => [hashOfGroup(ref), ref]));
      return inParallel([...byHash], async ([hash, ref]) => {
        const key = groupKey(hash);
        return get<GroupState>(key) ?? (await read(key, readGroup)) ?? emptyGroup(ref);
      });
    },
    group: async (hash) => get<GroupState>(groupKey(hash)) ?? (await read(groupKey(hash), readGroup)),
    peek: (id) => get<PersonState>(personKey(id)),
    keep,
    forget(keys) {
      for (const key of keys) {
        drop(key);
        forgotten.add(key);
      }
    },
  };
}

/** Rough size in memory: what is counted is what can be many. */
function sizeOf(state: PersonState | GroupState): number {
  const hits = state.hits.size * 400;
  if ('places' in state) return 1000 + hits + (state.places.networks.size + state.places.devices.size) * 200;
  return 500 + hits + state.told.size * 150;
}

async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let at = 0; at < items.length; at += AT_ONCE)
    results.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(work))));
  return results;
}
