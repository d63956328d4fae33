/** Subscriptions with what comes to them: changes, lifecycle events, losses. Times in epoch ms. */
import { TENANT_ID } from '../access-tokens.ts';
import type { Database } from '../database.ts';
import { badRequest } from '../refusal.ts';
import type { Settings } from '../settings.ts';
import { ticksOf } from '../ticks.ts';
import { createDelivery, type Delivery, type EndpointRecord, type Parcel, type Verdict } from './delivery.ts';
import { createRegistry, type Registry } from './registry.ts';
import { mayWatch, type Target } from './resource.ts';
import { itemHead, nextReminder, type Subscription } from './subscription.ts';

/** Events of a subscription's life. */
export type LifecycleEvent = 'reauthorizationRequired' | 'subscriptionRemoved' | 'missed';

/** All subscriptions of the application. */
export interface Subscriptions extends Omit<Registry, 'kept'> {
  readonly userChanged: (id: string, changeType: 'updated' | 'deleted', now: number) => void;
  readonly mailArrived: (user: string, message: string, now: number) => void;
  /** Removes it on Graph's side: with `subscriptionRemoved` for mail, without a word for users and groups. */
  readonly lose: (id: string, now: number) => void;
  /** Sends a lifecycle event; after reauthorizationRequired notifications wait until it is answered. */
  readonly signal: (id: string, event: LifecycleEvent, now: number) => void;
  /** Ends what has expired, reminds, delivers what is due; resolves when all of it was answered. */
  readonly run: (now: number) => Promise<void>;
  readonly waiting: () => number;
  readonly endpoints: () => Readonly<Record<string, EndpointRecord>>;
}

interface Parts {
  readonly registry: Registry;
  readonly delivery: Delivery;
  readonly settings: () => Settings;
}

/** @param resolveUser the id (lower case) of a user given by id or name */
export function createSubscriptions(
  database: Database,
  settings: () => Settings,
  resolveUser: (key: string) => string | undefined,
): Subscriptions {
  const registry = createRegistry(database, settings, resolveUser);
  const judge = ({ kind, subscription: id }: Parcel): Verdict => {
    if (kind === 'lifecycle') return 'send';
    const subscription = registry.kept.get(id);
    if (!subscription) return 'forget';
    return subscription.isAuthorized && mayWatch(subscription.target, settings()) ? 'send' : 'wait';
  };
  const delivery = createDelivery(settings, judge);
  const parts = { registry, delivery, settings };
  // Numbers of notifications, so that two of one millisecond differ.
  let sequence = 0;
  return {
    ...registry,
    userChanged: (id, changeType, now) => userChanged(parts, id, changeType, now, sequence++),
    mailArrived: (user, message, now) => mailArrived(parts, user, message, now, sequence++),
    lose: (id, now) => {
      const subscription = registry.get(id, now);
      registry.kept.remove(id);
      if (subscription.target.kind === 'messages') announce(parts, 'subscriptionRemoved', subscription, now);
    },
    signal: (id, event, now) => signal(parts, id, event, now),
    run: async (now) => {
      remind(parts, now);
      await delivery.run(now);
    },
    waiting: delivery.waiting,
    endpoints: delivery.records,
  };
}

/** Shape: "Microsoft Entra event types and schema in Azure Event Grid", the same object in webhooks. */
function userChanged(parts: Parts, id: string, changeType: string, now: number, sequence: number): void {
  const path = `Users/${id}`;
  const resourceData = {
    '@odata.type': '#Microsoft.Graph.User',
    '@odata.id': path,
    id,
    organizationId: TENANT_ID,
    eventTime: ticksOf(now),
    sequenceNumber: String(now * 1000 + (sequence % 1000)),
  };
  const wants = (target: Target) =>
    target.kind === 'users' && (target.id === undefined || target.id === id.toLowerCase());
  const dueAt = now + parts.settings().notificationDelayMs.users;
  tell(parts, wants, changeType, now, dueAt, { resource: path, resourceData });
}

function mailArrived(parts: Parts, user: string, message: string, now: number, sequence: number): void {
  const path = `Users/${user}/Messages/${message}`;
  const resourceData = {
    '@odata.type': '#Microsoft.Graph.Message',
    '@odata.id': path,
    '@odata.etag': `W/"${message}"`,
    id: message,
  };
  const wants = (target: Target) => target.kind === 'messages' && target.user === user;
  const dueAt = now + parts.settings().notificationDelayMs.messages;
  tell(parts, wants, 'created', now, dueAt, { id: `${message}-${sequence}`, resource: path, resourceData });
}

function tell(
  { registry, delivery }: Parts,
  wants: (target: Target) => boolean,
  changeType: string,
  now: number,
  dueAt: number,
  facts: object,
): void {
  for (const subscription of registry.list(now)) {
    if (!wants(subscription.target) || !subscription.changeTypes.includes(changeType)) continue;
    const item = { ...itemHead(subscription), changeType, ...facts };
    delivery.add({ subscription: subscription.id, url: subscription.notificationUrl, kind: 'change', item, dueAt });
  }
}

function announce({ delivery }: Parts, event: LifecycleEvent, subscription: Subscription, now: number): void {
  const { id, lifecycleNotificationUrl: url } = subscription;
  if (url === null) return;
  const item = { ...itemHead(subscription), lifecycleEvent: event };
  delivery.add({ subscription: id, url, kind: 'lifecycle', item, dueAt: now });
}

function signal(parts: Parts, id: string, event: LifecycleEvent, now: number): void {
  const { kept, get } = parts.registry;
  const subscription = get(id, now);
  if (event !== 'reauthorizationRequired' && subscription.target.kind !== 'messages') {
    throw badRequest(`${event} exists for Outlook resources only.`);
  }
  if (event === 'reauthorizationRequired') kept.put(id, { ...subscription, isAuthorized: false });
  if (event === 'subscriptionRemoved') kept.remove(id);
  announce(parts, event, subscription, now);
}

function remind(parts: Parts, now: number): void {
  const { kept } = parts.registry;
  for (const subscription of kept.all()) {
    const { id, expiresAt, remindAt } = subscription;
    if (expiresAt <= now) kept.remove(id);
    else if (remindAt <= now) {
      announce(parts, 'reauthorizationRequired', subscription, now);
      kept.put(id, { ...subscription, remindAt: nextReminder(now, expiresAt) });
    }
  }
}
