/**
 * The enrolled people: rows of the table `people`, and a copy of all of them in memory that is kept in step.
 *
 * Every change writes a version row in the same transaction. So writers of all instances come one after another, an
 * account cannot end up with two people, and a reader sees with one read whether its copy is still right.
 */
import { randomUUID } from 'node:crypto';
import { UpstreamError } from '../errors.ts';
import { type EnrolledAccount, EnrolledPerson } from '../model/enrolled-person.ts';
import type { Clock, Rows, RowWrite } from '../ports.ts';
import {
  loadChanged,
  PARTITION,
  type People,
  type PeopleCopy,
  type StoredPerson,
  takenIn,
  toCopy,
  VERSION_ROW,
  Version,
} from './people-copy.ts';

export type { FoundAccount, People, StoredPerson } from './people-copy.ts';

/** `taken`: an account of theirs belongs to somebody else. Nothing was written. */
export type PutResult =
  | { readonly kind: 'done' }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'taken'; readonly by: string; readonly upn: string };

/** See `createPeopleStore`. Every call @throws UpstreamError */
export interface PeopleStore {
  /** Everybody, as of now: one small read when nothing has changed. */
  readonly current: () => Promise<People>;
  /** One person as stored now. */
  readonly get: (id: string) => Promise<EnrolledPerson | undefined>;
  /** The same with the tag for `put`. */
  readonly load: (id: string) => Promise<StoredPerson | undefined>;
  readonly all: () => Promise<readonly EnrolledPerson[]>;
  /** Writes one person: with a tag only over that version, without only if they are new. */
  readonly put: (person: EnrolledPerson, tag?: string) => Promise<PutResult>;
  /** Writes many, whatever is there (import, group in step): all or, when an account is taken, none of them. */
  readonly putAll: (people: readonly EnrolledPerson[]) => Promise<PutResult>;
  /** Changes one person as they are stored now; `undefined` from `change` leaves them. Repeats on conflicts. */
  readonly update: (id: string, change: (person: EnrolledPerson) => EnrolledPerson | undefined) => Promise<void>;
  /** Ends the enrollment; what else is stored of the person is `erase`d by retention. Gone is fine. */
  readonly remove: (id: string) => Promise<void>;
  /** Notes object ids that logs have told for accounts that were enrolled by name only. */
  readonly learnIds: (
    learned: readonly { readonly person: string; readonly upn: string; readonly id: string }[],
  ) => Promise<void>;
}

/** The version row names the last changes, so that a reader a little behind loads only these people. */
const REMEMBERED = 400;
const MOST_PEOPLE = 99;
const TRIES = 12;

/** People in the table `people`. Instances share nothing but the table. `clock`: to let others go first after a collision. */
export function createPeopleStore(rows: Rows, clock?: Pick<Clock, 'sleep'>): PeopleStore {
  let copy: PeopleCopy | undefined;
  let loading: Promise<PeopleCopy> | undefined;

  async function refresh(): Promise<PeopleCopy> {
    const row = await rows.get('people', PARTITION, VERSION_ROW);
    if (copy && copy.versionTag === row?.tag) return copy;
    const version = row ? Version.parse(row.value) : { number: 0, era: '', changes: [] };
    const next = toCopy(version, row?.tag, await loadChanged(rows, copy, version));
    // Another call may have read a later version meanwhile.
    if (!copy || copy.version.era !== version.era || copy.version.number <= version.number) copy = next;
    return next;
  }

  /** Calls that come together share one load. */
  function fresh(): Promise<PeopleCopy> {
    loading ??= refresh().finally(() => {
      loading = undefined;
    });
    return loading;
  }

  /** One transaction of at most 99 people and the version row. */
  async function write(known: PeopleCopy, writes: readonly RowWrite[]): Promise<boolean> {
    const number = known.version.number + 1;
    const changes = [...known.version.changes, ...writes.map(({ row }): [number, string] => [number, row])];
    const value: Version = {
      number,
      era: known.version.era || randomUUID(),
      changes: lastOf(changes),
    };
    const version: RowWrite =
      known.versionTag === undefined
        ? { op: 'insert', row: VERSION_ROW, value }
        : { op: 'replace', row: VERSION_ROW, value, tag: known.versionTag };
    const written = new Map<string, string>();
    if ((await rows.transact('people', PARTITION, [...writes, version], written)) !== 'done') return false;
    copy = withWrites(known, value, writes, written);
    return true;
  }

  /** Runs `attempt` with a fresh copy until it did not collide with another writer. */
  async function repeatedly<T>(attempt: (known: PeopleCopy) => Promise<T | undefined>): Promise<T> {
    for (let tries = 1; tries <= TRIES; tries++) {
      const result = await attempt(await refresh());
      if (result !== undefined) return result;
      await clock?.sleep(Math.random() * Math.min(500, 5 * 2 ** tries));
    }
    throw new UpstreamError('tables', 'UNAVAILABLE');
  }

  const store: PeopleStore = {
    current: fresh,
    all: async () => (await fresh()).list,
    get: async (id) => (await store.load(id))?.person,
    async load(id) {
      const row = await rows.get('people', PARTITION, id);
      return row && { person: EnrolledPerson.parse(row.value), tag: row.tag };
    },
    put: (person, tag) =>
      repeatedly(async (known): Promise<PutResult | undefined> => {
        const taken = takenIn(known, [person]);
        if (taken) return taken;
        const stored = known.stored.get(person.id);
        if (stored?.tag !== tag) return { kind: 'conflict' };
        const change: RowWrite =
          tag === undefined
            ? { op: 'insert', row: person.id, value: person }
            : { op: 'replace', row: person.id, value: person, tag };
        return (await write(known, [change])) ? { kind: 'done' } : undefined;
      }),
    async putAll(people) {
      const before = await refresh();
      const taken = takenIn(before, people);
      if (taken) return taken;
      // Looked up again only over what others wrote meanwhile.
      let seen = before.versionTag;
      for (let at = 0; at < people.length; at += MOST_PEOPLE) {
        const some = people.slice(at, at + MOST_PEOPLE);
        const result = await repeatedly(async (known): Promise<PutResult | undefined> => {
          const writes = some.map((person): RowWrite => ({ op: 'put', row: person.id, value: person }));
          const lost = known.versionTag === seen ? undefined : takenIn(known, some);
          return lost ?? ((await write(known, writes)) ? { kind: 'done' } : undefined);
        });
        if (result.kind !== 'done') return result;
        seen = copy?.versionTag;
      }
      return { kind: 'done' };
    },
    update: (id, change) =>
      repeatedly(async () => {
        const stored = await store.load(id);
        const next = stored && change(stored.person);
        if (!stored || !next) return true;
        const result = await store.put(next, stored.tag);
        if (result.kind === 'taken') throw new UpstreamError('people', 'REFUSED');
        return result.kind === 'done' ? true : undefined;
      }).then(() => undefined),
    remove: (id) =>
      repeatedly(async (known) =>
        !known.stored.has(id) || (await write(known, [{ op: 'delete', row: id }])) ? true : undefined,
      ).then(() => undefined),
    async learnIds(learned) {
      for (let at = 0; at < learned.length; at += MOST_PEOPLE) {
        const some = learned.slice(at, at + MOST_PEOPLE);
        await repeatedly(async (known) => {
          const changed = withIds(known, some);
          return changed.length === 0 || (await write(known, changed)) ? true : undefined;
        });
      }
    },
  };
  return store;
}

/** The last changes that fit, each with all its people: half a change would pass for a whole one. */
function lastOf(changes: readonly (readonly [number, string])[]): [number, string][] {
  const [forgotten = 0] = changes.at(-REMEMBERED - 1) ?? [];
  return changes.filter(([number]) => number > forgotten).map(([number, id]) => [number, id]);
}

function withIds(
  known: PeopleCopy,
  learned: readonly { readonly person: string; readonly upn: string; readonly id: string }[],
): RowWrite[] {
  return [...Map.groupBy(learned, ({ person }) => person)].flatMap(([id, facts]): RowWrite[] => {
    const stored = known.stored.get(id);
    const idOf = new Map(facts.map((fact) => [fact.upn, fact.id]));
    const isNew = (account: EnrolledAccount) => account.id === undefined && idOf.has(account.upn);
    if (!stored?.person.accounts.some(isNew)) return [];
    const accounts = stored.person.accounts.map((account) =>
      isNew(account) ? { ...account, id: idOf.get(account.upn) ?? '' } : account,
    );
    return [{ op: 'replace', row: id, value: { ...stored.person, accounts }, tag: stored.tag }];
  });
}

/** The copy after a write of our own: nothing of it need be read. Without all its tags there is no such copy. */
function withWrites(
  known: PeopleCopy,
  version: Version,
  writes: readonly RowWrite[],
  written: ReadonlyMap<string, string>,
): PeopleCopy | undefined {
  const versionTag = written.get(VERSION_ROW);
  const stored = new Map(known.stored);
  for (const write of writes) {
    const tag = written.get(write.row);
    if (write.op === 'delete') stored.delete(write.row);
    else if (tag === undefined) return undefined;
    else stored.set(write.row, { person: EnrolledPerson.parse(write.value), tag });
  }
  return versionTag === undefined ? undefined : toCopy(version, versionTag, stored);
}
