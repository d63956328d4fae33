/** Groups and who is in them. */
import { z } from 'zod';
import type { Database } from './database.ts';
import { createItems, type Items } from './item-store.ts';

/** A group. */
export const groupSchema = z.strictObject({ id: z.string().min(1), displayName: z.string() });
/** A group. */
export type Group = z.infer<typeof groupSchema>;

/** The groups of the tenant. Nesting is not simulated: members are users. */
export interface GroupStore {
  readonly groups: Items<Group>;
  readonly addMember: (group: string, user: string) => void;
  readonly removeMember: (group: string, user: string) => void;
  /** User ids in order, behind `after`. */
  readonly members: (group: string, after: string, most: number) => string[];
  readonly memberCount: (group: string) => number;
}

/** Groups in the given file. */
export function createGroupStore(database: Database): GroupStore {
  const { sql } = database;
  const add = sql.prepare('INSERT OR IGNORE INTO member VALUES(?,?)');
  const remove = sql.prepare('DELETE FROM member WHERE team=? AND user=?');
  const list = sql.prepare(
    'SELECT member.user AS user FROM member JOIN user ON user.id=member.user AND user.removed=0 WHERE team=? AND member.user>? ORDER BY member.user LIMIT ?',
  );
  const count = sql.prepare(
    'SELECT count(*) AS n FROM member JOIN user ON user.id=member.user AND user.removed=0 WHERE team=?',
  );
  return {
    groups: createItems<Group>(database, 'group'),
    addMember: (group, user) => void add.run(group, user),
    removeMember: (group, user) => void remove.run(group, user),
    members: (group, after, most) => list.all(group, after, most).map(({ user }) => String(user)),
    memberCount: (group) => Number(count.get(group)?.n ?? 0),
  };
}
