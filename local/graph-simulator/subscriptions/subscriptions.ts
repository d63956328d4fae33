/** Subscriptions to changes: made, renewed, lost, and fed. */
import { randomUUID } from 'node:crypto';
import { TENANT_ID } from '../access-tokens.ts';
import type { Database } from '../database.ts';
import { createItems } from '../item-store.ts';
import { badRequest, Refusal } from '../refusal.ts';
import type { Settings } from '../settings.ts';
import { ticksOf } from '../ticks.ts';
import { parseCreate, parseUpdate } from './create-request.ts';
import { createDelivery, type EndpointRecord, type Parcel, type Verdict } from './delivery.ts';
import { shakeHands } from './handshake.ts';
import { expiryOf, mayWatch, parseChangeTypes, parseResource, type Target } from './resource.ts';
import { firstReminder, itemHead, nextReminder, type Subscription } from './subscription.ts';

/** Events of a subscription's life. */
export type LifecycleEvent = 'reauthorizationRequired' | 'subscriptionRemoved' | 'missed';

/** All subscriptions of the application. Times in epoch ms. */
export interface Subscriptions {
  /** @throws Refusal 400 | 403 */
  readonly create: (body: unknown, now: number) => Promise<Subscription>;
  readonly list: (now: number) => Subscription[];
  /** @throws Refusal 404 */
  readonly get: (id: string, now: number) => Subscription;
  /** @throws Refusal 400 | 404 */
  readonly update: (id: string, body: unknown, now: number) => Promise<Subscription>;
  /** @throws Refusal 404 */
  readonly remove: (id: string, now: number) => void;
  /** @throws Refusal 403 | 404 */
  readonly reauthorize: (id: string, now: number) => void;
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

/** Directory subscriptions per application and tenant, mail subscriptions per mailbox. */
const MOST_DIRECTORY = 100;
const MOST_PER_MAILBOX = 1000;

/** @param resolveUser the id (lower case) of a user given by id or name */
export function createSubscriptions(
  database: Database,
  settings: () => Settings,
  resolveUser: (key: string) => string | undefined,
): Subscriptions {
  const kept = createItems<Subscription>(database, 'subscription');
  const active = (now: number) => kept.all().filter(({ expiresAt }) => expiresAt > now);
  const judge = ({ kind, subscription: id }: Parcel): Verdict => {
    if (kind === 'lifecycle') return 'send';
    const subscription = kept.get(id);
    if (!subscription) return 'forget';
    return subscription.isAuthorized && mayWatch(subscription.target, settings()) ? 'send' : 'wait';
  };
  const delivery = createDelivery(settings, judge);
  const get = (id: string, now: number) => {
    const subscription = kept.get(id);
    if (!subscription || subscription.expiresAt <= now)
      throw new Refusal(404, 'ResourceNotFound', 'The object was not found.');
    return subscription;
  };
  const permit = (target: Target, operation: string) => {
    if (!mayWatch(target, settings())) throw denied(operation);
  };

  async function create(body: unknown, now: number): Promise<Subscription> {
    const request = parseCreate(body);
    const target = withUserId(parseResource(request.resource), resolveUser);
    const changeTypes = parseChangeTypes(request.changeType, target);
    permit(target, 'Create');
    const expiresAt = expiryOf(request.expirationDateTime, target, now, settings());
    checkQuota(target, active(now));
    await shakeHands(request.notificationUrl);
    if (request.lifecycleNotificationUrl) await shakeHands(request.lifecycleNotificationUrl);
    const { resource, changeType, notificationUrl } = request;
    const subscription: Subscription = {
      id: randomUUID(),
      resource,
      target,
      changeType,
      changeTypes,
      notificationUrl,
      lifecycleNotificationUrl: request.lifecycleNotificationUrl ?? null,
      clientState: request.clientState ?? null,
      latestSupportedTlsVersion: request.latestSupportedTlsVersion ?? 'v1_2',
      expiresAt,
      isAuthorized: true,
      remindAt: firstReminder(now, expiresAt),
    };
    kept.put(subscription.id, subscription);
    return subscription;
  }

  async function update(id: string, body: unknown, now: number): Promise<Subscription> {
    const { expirationDateTime, notificationUrl } = parseUpdate(body);
    const subscription = get(id, now);
    permit(subscription.target, 'Update');
    const expiresAt =
      expirationDateTime === undefined
        ? subscription.expiresAt
        : expiryOf(expirationDateTime, subscription.target, now, settings());
    if (notificationUrl !== undefined) await shakeHands(notificationUrl);
    const updated = {
      ...get(id, now),
      expiresAt,
      isAuthorized: true,
      remindAt: firstReminder(now, expiresAt),
      ...(notificationUrl !== undefined && { notificationUrl }),
    };
    kept.put(id, updated);
    return updated;
  }

  function announce(event: LifecycleEvent, subscription: Subscription, now: number): void {
    const { id, lifecycleNotificationUrl: url } = subscription;
    if (url === null) return;
    const item = { ...itemHead(subscription), lifecycleEvent: event };
    delivery.add({ subscription: id, url, kind: 'lifecycle', item, dueAt: now });
  }

  function tell(
    wants: (target: Target) => boolean,
    changeType: string,
    now: number,
    delayMs: number,
    facts: object,
  ): void {
    for (const subscription of active(now)) {
      if (!wants(subscription.target) || !subscription.changeTypes.includes(changeType)) continue;
      const item = { ...itemHead(subscription), changeType, ...facts };
      const { id, notificationUrl: url } = subscription;
      delivery.add({ subscription: id, url, kind: 'change', item, dueAt: now + delayMs });
    }
  }

  function remind(now: number): void {
    for (const subscription of kept.all()) {
      const { id, expiresAt, remindAt } = subscription;
      if (expiresAt <= now) kept.remove(id);
      else if (remindAt <= now) {
        announce('reauthorizationRequired', subscription, now);
        kept.put(id, { ...subscription, remindAt: nextReminder(now, expiresAt) });
      }
    }
  }

  let sequence = 0;
  return {
    create,
    update,
    get,
    list: active,
    remove: (id, now) => {
      get(id, now);
      kept.remove(id);
    },
    reauthorize: (id, now) => {
      const subscription = get(id, now);
      permit(subscription.target, 'Reauthorize');
      kept.put(id, { ...subscription, isAuthorized: true });
    },
    userChanged: (id, changeType, now) => {
      const path = `Users/${id}`;
      const eventTime = ticksOf(now);
      const sequenceNumber = String(now * 1000 + (sequence++ % 1000));
      const organizationId = TENANT_ID;
      const type = '#Microsoft.Graph.User';
      const resourceData = { '@odata.type': type, '@odata.id': path, id, organizationId, eventTime, sequenceNumber };
      const wants = (target: Target) =>
        target.kind === 'users' && (target.id === undefined || target.id === id.toLowerCase());
      tell(wants, changeType, now, settings().notificationDelayMs.users, { resource: path, resourceData });
    },
    mailArrived: (user, message, now) => {
      const path = `Users/${user}/Messages/${message}`;
      const etag = `W/"${message}"`;
      const type = '#Microsoft.Graph.Message';
      const resourceData = { '@odata.type': type, '@odata.id': path, '@odata.etag': etag, id: message };
      const wants = (target: Target) => target.kind === 'messages' && target.user === user;
      const facts = { id: `${message}-${sequence++}`, resource: path, resourceData };
      tell(wants, 'created', now, settings().notificationDelayMs.messages, facts);
    },
    lose: (id, now) => {
      const subscription = get(id, now);
      kept.remove(id);
      if (subscription.target.kind === 'messages') announce('subscriptionRemoved', subscription, now);
    },
    signal: (id, event, now) => {
      const subscription = get(id, now);
      if (event !== 'reauthorizationRequired' && subscription.target.kind !== 'messages') {
        throw badRequest(`${event} exists for Outlook resources only.`);
      }
      if (event === 'reauthorizationRequired') kept.put(id, { ...subscription, isAuthorized: false });
      if (event === 'subscriptionRemoved') kept.remove(id);
      announce(event, subscription, now);
    },
    run: async (now) => {
      remind(now);
      await delivery.run(now);
    },
    waiting: delivery.waiting,
    endpoints: delivery.records,
  };
}

function withUserId(target: Target, resolveUser: (key: string) => string | undefined): Target {
  const key = target.kind === 'messages' ? target.user : target.kind === 'users' ? target.id : undefined;
  if (key === undefined) return target;
  const id = resolveUser(key);
  if (id === undefined) throw new Refusal(404, 'ResourceNotFound', 'The user of the resource was not found.');
  return target.kind === 'messages' ? { kind: 'messages', user: id } : { kind: 'users', id };
}

function checkQuota(target: Target, active: readonly Subscription[]): void {
  const isFull =
    target.kind === 'messages'
      ? active.filter((one) => one.target.kind === 'messages' && one.target.user === target.user).length >=
        MOST_PER_MAILBOX
      : active.filter((one) => one.target.kind !== 'messages').length >= MOST_DIRECTORY;
  if (!isFull) return;
  const what =
    target.kind === 'messages' ? `mailbox: ${MOST_PER_MAILBOX}` : `application and tenant: ${MOST_DIRECTORY}`;
  throw new Refusal(403, 'Forbidden', `The limit of subscriptions was exceeded, per ${what}.`);
}

function denied(operation: string): Refusal {
  return new Refusal(
    403,
    'ExtensionError',
    `Operation: ${operation}; Exception: [Status Code: Forbidden; Reason: Access is denied. Check credentials and try again.]`,
  );
}
