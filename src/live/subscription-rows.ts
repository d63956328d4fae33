/** Our Graph subscriptions as stored: table `state`, partition `subscriptions`, row = Graph's id of the subscription. */
import { z } from 'zod';
import type { Rows } from '../ports.ts';

const instant = z.coerce.date();

/** One subscription of ours. */
export const SubscriptionRow = z.object({
  kind: z.enum(['users', 'mail']),
  /** For mail: whose mailbox. */
  person: z.string().optional(),
  /** For mail: Entra object id or UPN, as in the resource. */
  mailbox: z.string().optional(),
  resource: z.string(),
  /** Random, this subscription's alone. */
  clientState: z.string(),
  notificationUrl: z.string(),
  createdAt: instant,
  expiresAt: instant,
  /** From then on it is renewed: about half of its life, spread. */
  renewAt: instant,
  /**
   * Set when another subscription has taken its place or it was deleted. What was under way is still accepted for
   * `ACCEPT_RETIRED_MS`, then the row goes.
   */
  retiredAt: instant.optional(),
});
/** One subscription of ours. */
export type SubscriptionRow = z.infer<typeof SubscriptionRow>;

/** Graph delivers late for up to 4 hours. */
export const ACCEPT_RETIRED_MS = 5 * 3600_000;

const PARTITION = 'subscriptions';

/** One subscription; `undefined` when it is not ours. */
export async function getSubscription(rows: Rows, id: string): Promise<SubscriptionRow | undefined> {
  const stored = await rows.get('state', PARTITION, id);
  return stored && SubscriptionRow.safeParse(stored.value).data;
}

/** All subscriptions, retired ones included. */
export async function listSubscriptions(rows: Rows): Promise<Map<string, SubscriptionRow>> {
  const all = new Map<string, SubscriptionRow>();
  for await (const { row, value } of rows.list('state', PARTITION)) {
    const parsed = SubscriptionRow.safeParse(value);
    if (parsed.success) all.set(row, parsed.data);
  }
  return all;
}

/** Stores one subscription. */
export async function putSubscription(rows: Rows, id: string, subscription: SubscriptionRow): Promise<void> {
  const value: unknown = JSON.parse(JSON.stringify(subscription));
  await rows.transact('state', PARTITION, [{ op: 'put', row: id, value }]);
}

/** Forgets one subscription. */
export async function dropSubscription(rows: Rows, id: string): Promise<void> {
  await rows.transact('state', PARTITION, [{ op: 'delete', row: id }]);
}
