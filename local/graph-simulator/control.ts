/** What tests and the local run can do to the tenant from behind the scenes. */
import type { AccessTokens } from './access-tokens.ts';
import type { Method } from './authentication-method.ts';
import type { CallCount, CallCounts } from './call-counts.ts';
import type { Database } from './database.ts';
import type { Group } from './group-store.ts';
import type { LogName } from './log-sources.ts';
import type { Message, Rule } from './mailbox-store.ts';
import type { Quotas, QuotaUse } from './quotas.ts';
import type { Settings, SettingsChange } from './settings.ts';
import type { EndpointRecord } from './subscriptions/delivery.ts';
import { presentSubscription } from './subscriptions/subscription.ts';
import type { LifecycleEvent } from './subscriptions/subscriptions.ts';
import type { ActivityType, Tenant } from './tenant.ts';
import type { Change, Timeline } from './timeline.ts';
import { toUser, type UserChange, type UserInput } from './user-properties.ts';

/** Counters, for tests and benches. */
export interface SimulatorStats {
  readonly calls: Readonly<Record<string, CallCount>>;
  readonly quotas: Readonly<Partial<Record<string, QuotaUse>>>;
  /** By notification URL. */
  readonly notifications: Readonly<Record<string, EndpointRecord>>;
  readonly notificationsWaiting: number;
  readonly records: Readonly<Record<LogName, number>>;
  readonly users: number;
  /** Tokens issued. */
  readonly tokens: number;
}

/** A record to be added to a log. */
export interface AddedRecord {
  readonly source: LogName;
  readonly record: Readonly<Record<string, unknown>>;
  /** When readers can see it. */
  readonly arrivesAt: Date;
}

/** The strings. Users are meant by id or name. Unknown users and subscriptions throw what Graph would answer. */
export interface Control {
  readonly settings: () => Settings;
  readonly change: (settings: SettingsChange) => void;
  /** In one transaction. */
  readonly addRecords: (records: Iterable<AddedRecord>) => void;
  readonly putUsers: (users: Iterable<UserInput>) => void;
  readonly patchUser: (user: string, change: UserChange) => void;
  readonly removeUser: (user: string) => void;
  readonly putGroup: (group: Group, members: Iterable<string>) => void;
  readonly removeMember: (group: string, user: string) => void;
  readonly setMethods: (user: string, methods: readonly Method[]) => void;
  readonly setRules: (user: string, rules: readonly Rule[]) => void;
  readonly addMail: (user: string, message: Message) => void;
  /** A change of the tenant at a later time. */
  readonly schedule: (at: Date, change: Change) => void;
  readonly setActivityTypes: (types: readonly ActivityType[]) => void;
  readonly subscriptions: () => Readonly<Record<string, unknown>>[];
  /** Graph loses it: silently for users and groups. */
  readonly loseSubscription: (id: string) => void;
  readonly lifecycle: (id: string, event: LifecycleEvent) => void;
  readonly revokeTokens: () => void;
  readonly stats: () => SimulatorStats;
  readonly resetStats: () => void;
  /** Brings everything up to the clock: changes, expiry, notifications. Resolves when all posts were answered. */
  readonly settle: () => Promise<void>;
}

/** What the control works on. */
export interface ControlParts {
  readonly tenant: Tenant;
  readonly database: Database;
  readonly timeline: Timeline;
  readonly tokens: AccessTokens;
  readonly quotas: Quotas;
  readonly counts: CallCounts;
  readonly change: (settings: SettingsChange) => void;
  readonly catchUp: (now: number) => Promise<void>;
}

/** Ties the strings. */
export function createControl(parts: ControlParts): Control {
  const { tenant, database, timeline, tokens, quotas, counts } = parts;
  const idOf = (key: string): string => {
    const user = tenant.users.find(key);
    if (!user) throw new RangeError('there is no such user in the simulated tenant');
    return user.id.toLowerCase();
  };
  return {
    settings: tenant.settings,
    change: parts.change,
    addRecords: (records) =>
      database.transaction(() => {
        for (const { source, record, arrivesAt } of records) tenant.logs.add(source, record, arrivesAt.getTime());
      }),
    putUsers: (users) =>
      database.transaction(() => {
        for (const user of users) tenant.users.put(toUser(user));
      }),
    patchUser: (user, change) => void tenant.users.patch(idOf(user), change),
    removeUser: (user) => void tenant.users.remove(idOf(user)),
    putGroup: (group, members) =>
      database.transaction(() => {
        tenant.groups.groups.put(group.id, group);
        for (const member of members) tenant.groups.addMember(group.id, idOf(member));
      }),
    removeMember: (group, user) => tenant.groups.removeMember(group, idOf(user)),
    setMethods: (user, methods) => tenant.methods.put(idOf(user), methods),
    setRules: (user, rules) => tenant.mailboxes.rules.put(idOf(user), rules),
    addMail: (user, message) => tenant.mailboxes.addMessage(idOf(user), message),
    schedule: (at, change) => timeline.schedule(at.getTime(), change),
    setActivityTypes: (types) =>
      database.transaction(() => {
        for (const { id } of tenant.activityTypes.all()) tenant.activityTypes.remove(id);
        for (const type of types) tenant.activityTypes.put(type.id, type);
      }),
    subscriptions: () => tenant.subscriptions.list(tenant.now()).map(presentSubscription),
    loseSubscription: (id) => tenant.subscriptions.lose(id, tenant.now()),
    lifecycle: (id, event) => tenant.subscriptions.signal(id, event, tenant.now()),
    revokeTokens: tokens.revokeAll,
    stats: () => ({
      calls: counts.all(),
      quotas: quotas.use(),
      notifications: tenant.subscriptions.endpoints(),
      notificationsWaiting: tenant.subscriptions.waiting(),
      records: tenant.logs.counts(),
      users: tenant.users.count(),
      tokens: tokens.issued(),
    }),
    resetStats: () => {
      counts.reset();
      quotas.reset();
    },
    settle: async () => {
      const now = tenant.now();
      await parts.catchUp(now);
      await tenant.subscriptions.run(now);
    },
  };
}
