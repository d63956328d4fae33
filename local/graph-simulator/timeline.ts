/** What will happen in the tenant: changes that come true when the clock reaches them. */
import type { Method } from './authentication-method.ts';
import { kindOf } from './authentication-method.ts';
import type { Database } from './database.ts';
import type { Message, Rule } from './mailbox-store.ts';
import type { Tenant } from './tenant.ts';
import type { User, UserChange } from './user-properties.ts';

/** One change. Users are meant by id. */
export type Change =
  | {
      readonly kind: 'join';
      readonly user: User;
      readonly groups: readonly string[];
      readonly methods: readonly Method[];
    }
  | { readonly kind: 'patch'; readonly user: string; readonly change: UserChange }
  /** A write that changes nothing that can be seen; subscribers hear of it all the same. */
  | { readonly kind: 'touch'; readonly user: string }
  /** Replaces the method with the same id. */
  | { readonly kind: 'add-method'; readonly user: string; readonly method: Method }
  | { readonly kind: 'remove-methods'; readonly user: string; readonly of: string }
  | { readonly kind: 'add-rule'; readonly user: string; readonly rule: Rule }
  | { readonly kind: 'mail'; readonly user: string; readonly message: Message };

/** Changes by time. */
export interface Timeline {
  /** @param at epoch ms */
  readonly schedule: (at: number, change: Change) => void;
  /** Makes everything up to `now` come true, in order, each at its own time. */
  readonly apply: (now: number) => void;
}

/** @param make does one change, at its time */
export function createTimeline(database: Database, make: (change: Change, at: number) => void): Timeline {
  const insert = database.sql.prepare('INSERT INTO change(at, body) VALUES(?,?)');
  const due = database.sql.prepare('SELECT seq, at, body FROM change WHERE at<=? ORDER BY at, seq LIMIT 500');
  const remove = database.sql.prepare('DELETE FROM change WHERE seq=?');
  let next = Number.NEGATIVE_INFINITY;
  const first = database.sql.prepare('SELECT min(at) AS at FROM change');
  return {
    schedule: (at, change) => {
      insert.run(at, JSON.stringify(change));
      next = Math.min(next, at);
    },
    apply: (now) => {
      while (next <= now) {
        const rows = due.all(now);
        database.transaction(() => {
          for (const { seq, at, body } of rows) {
            make(JSON.parse(String(body)) as Change, Number(at));
            remove.run(Number(seq));
          }
        });
        const at = first.get()?.at;
        next = at === null || at === undefined ? Number.POSITIVE_INFINITY : Number(at);
      }
    },
  };
}

/** Does one change. */
export function makeChange(tenant: Tenant, change: Change, at: number): void {
  if (change.kind === 'join') {
    tenant.users.put(change.user);
    for (const group of change.groups) tenant.groups.addMember(group, change.user.id.toLowerCase());
    tenant.methods.put(change.user.id.toLowerCase(), change.methods);
    return;
  }
  const user = change.user.toLowerCase();
  const methods = () => tenant.methods.get(user) ?? [];
  switch (change.kind) {
    case 'patch':
      tenant.users.patch(user, change.change);
      break;
    case 'touch':
      if (tenant.users.find(user)) tenant.subscriptions.userChanged(user, 'updated', at);
      break;
    case 'add-method':
      tenant.methods.put(user, [...methods().filter(({ id }) => id !== change.method.id), change.method]);
      break;
    case 'remove-methods':
      tenant.methods.put(
        user,
        methods().filter((method) => kindOf(method) !== change.of),
      );
      break;
    case 'add-rule': {
      const rules = tenant.mailboxes.rules.get(user) ?? [];
      const rule = { ...change.rule, sequence: rules.length + 1 };
      tenant.mailboxes.rules.put(user, [...rules.filter(({ id }) => id !== rule.id), rule]);
      break;
    }
    case 'mail':
      tenant.mailboxes.addMessage(user, change.message);
  }
}
