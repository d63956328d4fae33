/** The subscriptions themselves: made, renewed, ended. Times in epoch ms. */
import { randomUUID } from 'node:crypto';
import type { Database } from '../database.ts';
import { createItems, type Items } from '../item-store.ts';
import { Refusal } from '../refusal.ts';
import type { Settings } from '../settings.ts';
import { parseCreate, parseUpdate } from './create-request.ts';
import { shakeHands } from './handshake.ts';
import { expiryOf, mayWatch, parseChangeTypes, parseResource, type Target } from './resource.ts';
import { firstReminder, type Subscription } from './subscription.ts';

/** All subscriptions of the application. */
export interface Registry {
  /** @throws Refusal 400 | 403 | 404 */
  readonly create: (body: unknown, now: number) => Promise<Subscription>;
  /** Those that have not expired. */
  readonly list: (now: number) => Subscription[];
  /** @throws Refusal 404 */
  readonly get: (id: string, now: number) => Subscription;
  /** @throws Refusal 400 | 403 | 404 */
  readonly update: (id: string, body: unknown, now: number) => Promise<Subscription>;
  /** @throws Refusal 404 */
  readonly remove: (id: string, now: number) => void;
  /** @throws Refusal 403 | 404 */
  readonly reauthorize: (id: string, now: number) => void;
  /** As they are kept, expired ones too. */
  readonly kept: Items<Subscription>;
}

/** Directory subscriptions per application and tenant, mail subscriptions per mailbox. */
const MOST_DIRECTORY = 100;
const MOST_PER_MAILBOX = 1000;

interface Parts {
  readonly kept: Items<Subscription>;
  readonly settings: () => Settings;
  readonly resolveUser: (key: string) => string | undefined;
}

/** @param resolveUser the id (lower case) of a user given by id or name */
export function createRegistry(
  database: Database,
  settings: () => Settings,
  resolveUser: (key: string) => string | undefined,
): Registry {
  const kept = createItems<Subscription>(database, 'subscription');
  const parts = { kept, settings, resolveUser };
  return {
    kept,
    create: (body, now) => create(parts, body, now),
    update: (id, body, now) => update(parts, id, body, now),
    list: (now) => kept.all().filter(({ expiresAt }) => expiresAt > now),
    get: (id, now) => get(parts, id, now),
    remove: (id, now) => {
      get(parts, id, now);
      kept.remove(id);
    },
    reauthorize: (id, now) => {
      const subscription = get(parts, id, now);
      permit(subscription.target, 'Reauthorize', settings());
      kept.put(id, { ...subscription, isAuthorized: true });
    },
  };
}

async function create(parts: Parts, body: unknown, now: number): Promise<Subscription> {
  const { kept, settings } = parts;
  const request = parseCreate(body);
  const target = withUserId(parseResource(request.resource), parts);
  const changeTypes = parseChangeTypes(request.changeType, target);
  permit(target, 'Create', settings());
  const expiresAt = expiryOf(request.expirationDateTime, target, now, settings());
  checkQuota(
    target,
    kept.all().filter((one) => one.expiresAt > now),
  );
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

async function update(parts: Parts, id: string, body: unknown, now: number): Promise<Subscription> {
  const { expirationDateTime, notificationUrl } = parseUpdate(body);
  const { target, expiresAt: before } = get(parts, id, now);
  permit(target, 'Update', parts.settings());
  const expiresAt =
    expirationDateTime === undefined ? before : expiryOf(expirationDateTime, target, now, parts.settings());
  if (notificationUrl !== undefined) await shakeHands(notificationUrl);
  const updated = {
    ...get(parts, id, now),
    expiresAt,
    isAuthorized: true,
    remindAt: firstReminder(now, expiresAt),
    ...(notificationUrl !== undefined && { notificationUrl }),
  };
  parts.kept.put(id, updated);
  return updated;
}

function get({ kept }: Parts, id: string, now: number): Subscription {
  const subscription = kept.get(id);
  if (subscription && subscription.expiresAt > now) return subscription;
  throw new Refusal(404, 'ResourceNotFound', 'The object was not found.');
}

function permit(target: Target, operation: string, settings: Settings): void {
  if (mayWatch(target, settings)) return;
  const why = 'Status Code: Forbidden; Reason: Access is denied. Check credentials and try again.';
  throw new Refusal(403, 'ExtensionError', `Operation: ${operation}; Exception: [${why}]`);
}

function withUserId(target: Target, { resolveUser }: Parts): Target {
  const key = target.kind === 'messages' ? target.user : target.kind === 'users' ? target.id : undefined;
  if (key === undefined) return target;
  const id = resolveUser(key);
  if (id === undefined) throw new Refusal(404, 'ResourceNotFound', 'The user of the resource was not found.');
  return target.kind === 'messages' ? { kind: 'messages', user: id } : { kind: 'users', id };
}

function checkQuota(target: Target, active: readonly Subscription[]): void {
  const isMail = target.kind === 'messages';
  const alike = active.filter((one) =>
    isMail ? one.target.kind === 'messages' && one.target.user === target.user : one.target.kind !== 'messages',
  );
  if (alike.length < (isMail ? MOST_PER_MAILBOX : MOST_DIRECTORY)) return;
  const limit = isMail ? `mailbox: ${MOST_PER_MAILBOX}` : `application and tenant: ${MOST_DIRECTORY}`;
  throw new Refusal(403, 'Forbidden', `The limit of subscriptions was exceeded, per ${limit}.`);
}
