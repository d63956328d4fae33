/** The queue message that one POST of Graph becomes: which subscription saw which object change, nothing else. */
import { z } from 'zod';

/** One notification, reduced to a pointer. */
export const NotificationItem = z.strictObject({
  subscription: z.string(),
  /** What the subscription is on, as our own row says. */
  kind: z.enum(['users', 'mail']),
  /** Absent for lifecycle events. */
  change: z.enum(['created', 'updated', 'deleted']).optional(),
  /** Id of the changed user or message. */
  id: z.string().optional(),
  lifecycle: z.enum(['reauthorizationRequired', 'subscriptionRemoved', 'missed']).optional(),
});
/** One notification, reduced to a pointer. */
export type NotificationItem = z.infer<typeof NotificationItem>;

/** Body of a message in the queue `notifications`. */
export const NotificationMessage = z.strictObject({
  kind: z.literal('graph'),
  items: z.array(NotificationItem),
});
/** Body of a message in the queue `notifications`. */
export type NotificationMessage = z.infer<typeof NotificationMessage>;
