/** The users of the tenant, with a number for every change, for delta queries. */
import type { Database } from './database.ts';
import { USER_PROPERTIES, type User, type UserChange } from './user-properties.ts';

/** A user with its place in lists and its history. */
export interface UserRow {
  readonly seq: number;
  readonly user: User;
  readonly removed: boolean;
  /** Number of the last change. */
  readonly changed: number;
  /** Number of the last change of each property. */
  readonly changes: Readonly<Record<string, number>>;
}

/** The users. Names are found without regard to case. */
export interface UserStore {
  /** Adds a user, or makes it what it is now. */
  readonly put: (user: User) => void;
  /** False when there is no such user. */
  readonly patch: (id: string, change: UserChange) => boolean;
  /** Soft delete: gone from lists and lookups, told by delta queries. */
  readonly remove: (id: string) => boolean;
  /** By id or user principal name. */
  readonly find: (key: string) => User | undefined;
  readonly list: (after: number, most: number) => UserRow[];
  /** Changed after that number, removed ones too, in order of change. */
  readonly changedSince: (change: number, most: number) => UserRow[];
  readonly rowOf: (id: string) => UserRow | undefined;
  readonly count: () => number;
  /** Number of the last change of any user. */
  readonly lastChange: () => number;
}

/** A change that subscribers are told of. */
export type UserListener = (id: string, changeType: 'updated' | 'deleted') => void;

/** Users in the given file. */
export function createUserStore(database: Database, onChange: UserListener): UserStore {
  const { sql } = database;
  const write = sql.prepare(
    'INSERT INTO user(id, name, body, removed, changed, changes) VALUES(?,?,?,?,?,?) ON CONFLICT(id) DO UPDATE SET name=excluded.name, body=excluded.body, removed=excluded.removed, changed=excluded.changed, changes=excluded.changes',
  );
  const byId = sql.prepare('SELECT * FROM user WHERE id=?');
  const byName = sql.prepare('SELECT * FROM user WHERE name=?');
  const inOrder = sql.prepare('SELECT * FROM user WHERE seq>? AND removed=0 ORDER BY seq LIMIT ?');
  const sinceChange = sql.prepare('SELECT * FROM user WHERE changed>? ORDER BY changed LIMIT ?');
  let last = Number(sql.prepare('SELECT max(changed) AS n FROM user').get()?.n ?? 0);
  let count = Number(sql.prepare('SELECT count(*) AS n FROM user WHERE removed=0').get()?.n ?? 0);
  const rowOf = (id: string) => toRow(byId.get(id.toLowerCase()));

  const save = (user: User, before: UserRow | undefined, removed: boolean) => {
    const differs = USER_PROPERTIES.filter((name) => !before || before.removed || !same(before.user, user, name));
    if (before && before.removed === removed && differs.length === 0) return;
    last++;
    const changes = { ...before?.changes, ...Object.fromEntries(differs.map((name) => [name, last])) };
    const name = user.userPrincipalName.toLowerCase();
    write.run(user.id.toLowerCase(), name, JSON.stringify(user), removed ? 1 : 0, last, JSON.stringify(changes));
    count += (removed ? 0 : 1) - (before && !before.removed ? 1 : 0);
    onChange(user.id, removed ? 'deleted' : 'updated');
  };
  return {
    put: (user) => save(user, rowOf(user.id), false),
    patch: (id, change) => {
      const row = rowOf(id);
      if (!row || row.removed) return false;
      save({ ...row.user, ...change }, row, false);
      return true;
    },
    remove: (id) => {
      const row = rowOf(id);
      if (!row || row.removed) return false;
      save(row.user, row, true);
      return true;
    },
    find: (key) => {
      const row = rowOf(key) ?? toRow(byName.get(key.toLowerCase()));
      return row && !row.removed ? row.user : undefined;
    },
    list: (after, most) => inOrder.all(after, most).flatMap((row) => toRow(row) ?? []),
    changedSince: (change, most) => sinceChange.all(change, most).flatMap((row) => toRow(row) ?? []),
    rowOf,
    count: () => count,
    lastChange: () => last,
  };
}

function same(a: User, b: User, name: string): boolean {
  const key = name as keyof User;
  return JSON.stringify(a[key]) === JSON.stringify(b[key]);
}

function toRow(row: Readonly<Record<string, unknown>> | undefined): UserRow | undefined {
  if (!row) return undefined;
  return {
    seq: Number(row.seq),
    user: JSON.parse(String(row.body)) as User,
    removed: row.removed === 1,
    changed: Number(row.changed),
    changes: JSON.parse(String(row.changes)) as Record<string, number>,
  };
}
