/** A copy of the enrolled people in memory: how it is read, and how people are found in it. */
import { z } from 'zod';
import { type EnrolledAccount, EnrolledPerson } from '../model/enrolled-person.ts';
import type { AccountRef } from '../model/log-event.ts';
import type { Enrollment } from '../model/person.ts';
import type { Rows } from '../ports.ts';

/** Partition of the people in the table `people`. */
export const PARTITION = 'people';
/** Row of the version. Person ids start with `p_`, so that no person can have it. */
export const VERSION_ROW = '(version)';

/** An account of somebody who is enrolled. */
export interface FoundAccount {
  readonly person: EnrolledPerson;
  readonly account: EnrolledAccount;
}

/** Everybody who is enrolled at one moment. Does not change. */
export interface People {
  readonly list: readonly EnrolledPerson[];
  readonly byId: (id: string) => EnrolledPerson | undefined;
  /** By object id, else by user principal name; both in lower case. */
  readonly byAccount: (account: AccountRef) => FoundAccount | undefined;
  /** The same as rules need it. */
  readonly enrollment: Enrollment;
}

/** A person as stored, with the tag that guards a change. */
export interface StoredPerson {
  readonly person: EnrolledPerson;
  readonly tag: string;
}

/** Value of the version row. */
export const Version = z.strictObject({
  /** Grows by one with every change. */
  number: z.number().int(),
  /** Changes when the count starts anew, as after a restore: then nothing in memory is worth anything. */
  era: z.string(),
  /** Number of the change and person id. */
  changes: z.array(z.tuple([z.number().int(), z.string()])),
});
/** Value of the version row. */
export type Version = z.infer<typeof Version>;

/** Everybody, with what is needed to write over it. */
export interface PeopleCopy extends People {
  readonly version: Version;
  readonly versionTag: string | undefined;
  readonly stored: ReadonlyMap<string, StoredPerson>;
}

/** The people behind a version: those that changed since `old` are read, or all where that is not known. */
export async function loadChanged(
  rows: Rows,
  old: PeopleCopy | undefined,
  version: Version,
): Promise<ReadonlyMap<string, StoredPerson>> {
  const behind = old && old.version.era === version.era ? version.number - old.version.number : undefined;
  const changed = version.changes.filter(([number]) => number > (old?.version.number ?? 0));
  const all = behind !== undefined && new Set(changed.map(([number]) => number)).size === behind;
  if (!old || !all) return loadAll(rows);
  const stored = new Map(old.stored);
  for (const id of new Set(changed.map(([, id]) => id))) {
    const row = await rows.get('people', PARTITION, id);
    if (row) stored.set(id, { person: EnrolledPerson.parse(row.value), tag: row.tag });
    else stored.delete(id);
  }
  return stored;
}

async function loadAll(rows: Rows): Promise<ReadonlyMap<string, StoredPerson>> {
  const stored = new Map<string, StoredPerson>();
  for await (const { row, value, tag } of rows.list('people', PARTITION)) {
    if (row !== VERSION_ROW) stored.set(row, { person: EnrolledPerson.parse(value), tag });
  }
  return stored;
}

/** Finds people in what is stored. Indexes are made when they are first asked. */
export function toCopy(
  version: Version,
  versionTag: string | undefined,
  stored: ReadonlyMap<string, StoredPerson>,
): PeopleCopy {
  const list = [...stored.values()].map(({ person }) => person);
  let index: ReturnType<typeof indexOf> | undefined;
  const byAccount = ({ id, upn }: AccountRef) => {
    index ??= indexOf(list);
    return (id && index.ids.get(id)) || (upn && index.upns.get(upn)) || undefined;
  };
  return {
    version,
    versionTag,
    stored,
    list,
    byId: (id) => stored.get(id)?.person,
    byAccount,
    enrollment: (account) => personOf(byAccount(account)),
  };
}

function indexOf(list: readonly EnrolledPerson[]) {
  const ids = new Map<string, FoundAccount>();
  const upns = new Map<string, FoundAccount>();
  for (const person of list) {
    for (const account of person.accounts) {
      if (account.id) ids.set(account.id, { person, account });
      upns.set(account.upn, { person, account });
    }
  }
  return { ids, upns };
}

function personOf(found: FoundAccount | undefined): ReturnType<Enrollment> {
  if (!found) return undefined;
  const { id, sensitive, accounts } = found.person;
  const refs = accounts.map((account) => ({ upn: account.upn, ...(account.id && { id: account.id }) }));
  return { id, accounts: refs, sensitive, recoveryAddresses: [] };
}

/** The first account that already is somebody else's, also within `people`. */
export function takenIn(
  known: People,
  people: readonly EnrolledPerson[],
): { readonly kind: 'taken'; readonly by: string; readonly upn: string } | undefined {
  const replaced = new Set(people.map(({ id }) => id));
  const claims = new Map<string, string>();
  for (const person of people) {
    for (const { id, upn } of person.accounts) {
      const owner = known.byAccount({ upn })?.person.id;
      const byId = id ? known.byAccount({ id })?.person.id : undefined;
      const by = [owner, byId].find((other) => other !== undefined && other !== person.id && !replaced.has(other));
      const claimed = claims.get(upn);
      if (by !== undefined) return { kind: 'taken', by, upn };
      if (claimed !== undefined && claimed !== person.id) return { kind: 'taken', by: claimed, upn };
      claims.set(upn, person.id);
    }
  }
  return undefined;
}
