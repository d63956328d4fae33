/**
 * Keeps the Graph subscriptions that should be there, and only these: one on all users, and one per mailbox whose owner
 * opted in. Runs from a timer, because a lost `/users` subscription says nothing: lifecycle events for it do not exist.
 */
import type { Settings } from '../config.ts';
import { UpstreamError } from '../errors.ts';
import type { EnrolledPerson } from '../model/enrolled-person.ts';
import { create, extend, HOUR_MS, retire, type SubscriptionPorts, type Wanted } from './subscription-calls.ts';
import {
  ACCEPT_RETIRED_MS,
  dropSubscription,
  getSubscription,
  listSubscriptions,
  type SubscriptionRow,
} from './subscription-rows.ts';

/** What subscriptions need. */
export interface SubscriptionDeps extends SubscriptionPorts {
  readonly settings: Settings;
  /** All enrolled people, from the cached copy. */
  readonly people: () => Promise<readonly EnrolledPerson[]>;
}

/** What a run of the timer found and did, by number of subscriptions. */
export interface SubscriptionReport {
  readonly wanted: number;
  readonly created: number;
  readonly renewed: number;
  readonly kept: number;
  /** Could not be created or renewed; tried again by a later run. */
  readonly failed: number;
  readonly removed: number;
}

/** Keeps subscriptions. */
export interface Subscriptions {
  /** One run of the timer. @throws UpstreamError when neither our rows nor Graph's list can be read */
  readonly renew: () => Promise<SubscriptionReport>;
  /** Answers a lifecycle event as documented. The row when what it missed must be read again. @throws UpstreamError */
  readonly onLifecycle: (
    id: string,
    event: 'reauthorizationRequired' | 'subscriptionRemoved' | 'missed',
  ) => Promise<SubscriptionRow | undefined>;
  /** Deletes all of them, for uninstalling; the number. @throws UpstreamError */
  readonly removeAll: () => Promise<number>;
}

/** Subscriptions created in one run; the rest in the next. */
const MOST_CREATED = 200;
/** With more subscriptions than this Graph's list is read only now and then. */
const MANY = 500;
const LIST_MANY_EVERY_MS = 6 * 3600_000;
/** A mailbox that cannot be subscribed to is tried again after so long. */
const RETRY_MS = 6 * 3600_000;

/** Subscriptions over their ports. */
export function createSubscriptions(deps: SubscriptionDeps): Subscriptions {
  /** When a resource that failed may be tried again, epoch ms. */
  const retryAt = new Map<string, number>();
  let listedAt = 0;
  return {
    async renew() {
      const now = deps.clock.now();
      const wanted = await wantedBy(deps);
      const isListing = wanted.size <= MANY || now.getTime() - listedAt >= LIST_MANY_EVERY_MS;
      const atGraph = isListing ? await listAtGraph(deps) : undefined;
      if (isListing) listedAt = now.getTime();
      // After Graph's list, so that what is created meanwhile is not taken for somebody else's.
      const rows = await listSubscriptions(deps.rows);
      return reconcile(deps, rows, wanted, atGraph, retryAt);
    },
    async onLifecycle(id, event) {
      const row = await getSubscription(deps.rows, id);
      if (!row || row.retiredAt) return undefined;
      if (event === 'missed') return row;
      if (event === 'reauthorizationRequired' && (await extend(deps, id, row)) === 'renewed') return undefined;
      await retire(deps, id, row);
      await create(deps, wantedOf(row));
      return row;
    },
    async removeAll() {
      let removed = 0;
      for (const { id } of await listAtGraph(deps)) {
        await deps.graph.delete(`/subscriptions/${encodeURIComponent(id)}`);
        removed++;
      }
      for (const id of (await listSubscriptions(deps.rows)).keys()) await dropSubscription(deps.rows, id);
      return removed;
    },
  };
}

async function reconcile(
  deps: SubscriptionDeps,
  rows: ReadonlyMap<string, SubscriptionRow>,
  wanted: ReadonlyMap<string, Wanted>,
  atGraph: readonly AtGraph[] | undefined,
  retryAt: Map<string, number>,
): Promise<SubscriptionReport> {
  const now = deps.clock.now();
  const counts = { created: 0, renewed: 0, kept: 0, failed: 0, removed: 0 };
  const seen = atGraph && new Set(atGraph.map(({ id }) => id));
  const covered = new Set<string>();
  for (const [id, row] of [...rows].sort(([, a], [, b]) => b.createdAt.getTime() - a.createdAt.getTime())) {
    if (row.retiredAt) {
      if (now.getTime() - row.retiredAt.getTime() >= ACCEPT_RETIRED_MS) await dropSubscription(deps.rows, id);
      continue;
    }
    const isWanted =
      wanted.has(row.resource) && !covered.has(row.resource) && row.notificationUrl === deps.notificationUrl;
    if (isWanted) {
      const outcome = await keep(deps, id, row, seen);
      if (outcome !== 'missing') {
        covered.add(row.resource);
        counts[outcome]++;
        continue;
      }
    } else {
      await attempt(() => deps.graph.delete(`/subscriptions/${encodeURIComponent(id)}`));
      counts.removed++;
    }
    await retire(deps, id, row);
  }
  // What nobody here knows the secret of is of no use, and counts against the quota.
  for (const { id } of atGraph ?? []) {
    if (rows.has(id)) continue;
    await attempt(() => deps.graph.delete(`/subscriptions/${encodeURIComponent(id)}`));
    counts.removed++;
  }
  for (const one of wanted.values()) {
    if (covered.has(one.resource) || counts.created >= MOST_CREATED) continue;
    if ((retryAt.get(one.resource) ?? 0) > now.getTime()) continue;
    const error = await attempt(() => create(deps, one));
    if (!error) counts.created++;
    else {
      counts.failed++;
      deps.log.tell('subscription state', { subscription: '', kind: one.kind, state: 'failed', hoursLeft: 0 });
      if (one.kind === 'mail') retryAt.set(one.resource, now.getTime() + RETRY_MS);
    }
  }
  return { wanted: wanted.size, ...counts };
}

/** Leaves a subscription, or renews it when half of its life is over. `missing`: Graph does not have it any more. */
async function keep(
  deps: SubscriptionDeps,
  id: string,
  row: SubscriptionRow,
  seen: ReadonlySet<string> | undefined,
): Promise<'kept' | 'renewed' | 'failed' | 'missing'> {
  const now = deps.clock.now();
  const tell = (state: string, expiresAt: Date) => {
    const hoursLeft = Math.max(0, Math.floor((expiresAt.getTime() - now.getTime()) / HOUR_MS));
    deps.log.tell('subscription state', { subscription: id, kind: row.kind, state, hoursLeft });
  };
  if ((seen && !seen.has(id)) || row.expiresAt <= now) {
    tell('missing', now);
    return 'missing';
  }
  if (row.renewAt > now) {
    // A line for each of many mailboxes would say nothing.
    if (row.kind === 'users') tell('kept', row.expiresAt);
    return 'kept';
  }
  let outcome: 'renewed' | 'missing' | undefined;
  const error = await attempt(async () => {
    outcome = await extend(deps, id, row);
  });
  if (error) tell('failed', row.expiresAt);
  return error ? 'failed' : (outcome ?? 'failed');
}

function wantedOf({ kind, resource, person, mailbox }: SubscriptionRow): Wanted {
  return { kind, resource, ...(person !== undefined && { person }), ...(mailbox !== undefined && { mailbox }) };
}

async function wantedBy(deps: SubscriptionDeps): Promise<Map<string, Wanted>> {
  const wanted = new Map<string, Wanted>();
  if (deps.notificationUrl === undefined) return wanted;
  wanted.set('users', { kind: 'users', resource: 'users' });
  if (!deps.settings.POSTERN_MAIL_SUBSCRIPTIONS) return wanted;
  for (const { id: person, accounts } of await deps.people()) {
    for (const { id, upn, mailOptIn } of accounts) {
      if (!mailOptIn) continue;
      const mailbox = id ?? upn;
      // All folders: a rule of an attacker's puts mail elsewhere as it arrives.
      const resource = `users/${mailbox}/messages`;
      wanted.set(resource, { kind: 'mail', resource, person, mailbox });
    }
  }
  return wanted;
}

interface AtGraph {
  readonly id: string;
}

/** Graph's list of the app's subscriptions, as far as they are this installation's. */
async function listAtGraph({ graph, notificationUrl }: SubscriptionDeps): Promise<AtGraph[]> {
  const found: AtGraph[] = [];
  for await (const { value } of graph.pages('/subscriptions')) {
    for (const entry of value) {
      const { id, notificationUrl: url } = (entry ?? {}) as { id?: unknown; notificationUrl?: unknown };
      if (typeof id === 'string' && url === notificationUrl) found.push({ id: id.toLowerCase() });
    }
  }
  return found;
}

/** The error of Graph, if there was one: one subscription's trouble is not the others'. */
async function attempt(work: () => Promise<unknown>): Promise<UpstreamError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof UpstreamError && error.service === 'graph') return error;
    throw error;
  }
}
