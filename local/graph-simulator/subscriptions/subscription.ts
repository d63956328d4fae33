/** A subscription, as it is kept and as it is shown. */
import { APPLICATION_ID, TENANT_ID } from '../access-tokens.ts';
import { uuidFrom } from '../authentication-method.ts';
import type { Target } from './resource.ts';

/** A subscription. Times in epoch ms. */
export interface Subscription {
  readonly id: string;
  readonly resource: string;
  readonly target: Target;
  readonly changeType: string;
  readonly changeTypes: readonly string[];
  readonly notificationUrl: string;
  readonly lifecycleNotificationUrl: string | null;
  readonly clientState: string | null;
  readonly latestSupportedTlsVersion: string;
  readonly expiresAt: number;
  /** False since a reauthorizationRequired was not answered: notifications wait. */
  readonly isAuthorized: boolean;
  /** When the next reauthorizationRequired is due. */
  readonly remindAt: number;
}

/** Graph's representation. */
export function presentSubscription(subscription: Subscription): Record<string, unknown> {
  const { id, resource, changeType, clientState, notificationUrl, lifecycleNotificationUrl } = subscription;
  return {
    id,
    resource,
    applicationId: APPLICATION_ID,
    changeType,
    clientState,
    notificationUrl,
    notificationQueryOptions: null,
    lifecycleNotificationUrl,
    expirationDateTime: new Date(subscription.expiresAt).toISOString(),
    creatorId: uuidFrom(`service principal ${APPLICATION_ID}`),
    includeResourceData: null,
    latestSupportedTlsVersion: subscription.latestSupportedTlsVersion,
    encryptionCertificate: null,
    encryptionCertificateId: null,
    notificationUrlAppId: null,
  };
}

/** What every item of a notification says of its subscription. */
export function itemHead(subscription: Subscription): Record<string, unknown> {
  return {
    subscriptionId: subscription.id,
    subscriptionExpirationDateTime: new Date(subscription.expiresAt).toISOString(),
    tenantId: TENANT_ID,
    ...(subscription.clientState !== null && { clientState: subscription.clientState }),
  };
}

const HOUR = 3_600_000;

/** When the owner is first asked to authorize again: three hours before the end, or in the last quarter of a short life. */
export function firstReminder(now: number, expiresAt: number): number {
  return expiresAt - Math.min(3 * HOUR, (expiresAt - now) / 4);
}

/** When it is asked again: hourly, in the last hour each quarter of it (the documents' illustration). */
export function nextReminder(now: number, expiresAt: number): number {
  return now + (expiresAt - now <= HOUR ? HOUR / 4 : HOUR);
}
