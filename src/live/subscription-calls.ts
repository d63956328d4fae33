/** One subscription at a time: create, extend, retire. */
import { createHash, randomBytes } from 'node:crypto';
import { UpstreamError } from '../errors.ts';
import type { Clock, Graph, Log, RawRecord, Rows } from '../ports.ts';
import { putSubscription, type SubscriptionRow } from './subscription-rows.ts';

/** What calls about subscriptions need. */
export interface SubscriptionPorts {
  readonly graph: Graph;
  readonly rows: Rows;
  readonly clock: Clock;
  readonly log: Log;
  /** Public address of graph-notifications. Without one there are no subscriptions: polling alone does it. */
  readonly notificationUrl: string | undefined;
}

const MINUTE_MS = 60_000;
/** An hour, for lines of the log. */
export const HOUR_MS = 60 * MINUTE_MS;
/**
 * Life of a subscription, below the documented maximum (users 41,760 minutes, messages 10,080). Older pages name shorter
 * ones: Graph refuses too long a life, and then half of it is tried.
 */
const LIFE_MS = { users: 41_000 * MINUTE_MS, mail: 10_000 * MINUTE_MS } as const;
/** A subscription that should be there. */
export interface Wanted {
  readonly kind: 'users' | 'mail';
  readonly resource: string;
  readonly person?: string;
  readonly mailbox?: string;
}

/** Extends a subscription, which also renews the token behind it. @throws UpstreamError */
export async function extend(
  deps: SubscriptionPorts,
  id: string,
  row: SubscriptionRow,
): Promise<'renewed' | 'missing'> {
  const { graph, rows, clock, log } = deps;
  const patch = async (lifeShare: number) => {
    const times = timesOf(row.kind, row.resource, clock.now(), lifeShare);
    const body = { expirationDateTime: times.expiresAt.toISOString() };
    await graph.patch(`/subscriptions/${encodeURIComponent(id)}`, body);
    return times;
  };
  try {
    const times = await orShorter(patch);
    await putSubscription(rows, id, { ...row, ...times });
    const hoursLeft = Math.floor((times.expiresAt.getTime() - clock.now().getTime()) / HOUR_MS);
    log.tell('subscription state', { subscription: id, kind: row.kind, state: 'renewed', hoursLeft });
    return 'renewed';
  } catch (error) {
    if (error instanceof UpstreamError && error.code === 'NOT_FOUND') return 'missing';
    throw error;
  }
}

/** Graph refuses a life above its maximum, which has been shorter than documented: then less than half of it is tried. */
async function orShorter<T>(call: (lifeShare: number) => Promise<T>): Promise<T> {
  try {
    return await call(1);
  } catch (error) {
    if (!(error instanceof UpstreamError) || error.code !== 'REFUSED') throw error;
    return call(0.4);
  }
}

/**
 * Creates a subscription with a secret of its own. Graph calls the webhook before it answers; a cold start may be too
 * slow for it, so the first refusal is tried once more.
 */
export async function create(deps: SubscriptionPorts, wanted: Wanted): Promise<void> {
  const { graph, rows, clock, log, notificationUrl } = deps;
  if (notificationUrl === undefined) return;
  const clientState = randomBytes(32).toString('base64url');
  const post = (lifeShare: number) => {
    const times = timesOf(wanted.kind, wanted.resource, clock.now(), lifeShare);
    const body: RawRecord = {
      changeType: wanted.kind === 'users' ? 'updated,deleted' : 'created',
      notificationUrl,
      lifecycleNotificationUrl: notificationUrl,
      resource: wanted.resource,
      expirationDateTime: times.expiresAt.toISOString(),
      clientState,
      latestSupportedTlsVersion: 'v1_2',
    };
    return graph.post('/subscriptions', body).then(({ id }) => ({ id, times }));
  };
  const { id, times } = await orShorter(post);
  if (typeof id !== 'string') throw new UpstreamError('graph', 'UNREADABLE');
  const row = { ...wanted, clientState, notificationUrl, createdAt: clock.now(), ...times };
  await putSubscription(rows, id.toLowerCase(), row);
  const hoursLeft = Math.floor((times.expiresAt.getTime() - clock.now().getTime()) / HOUR_MS);
  log.tell('subscription state', { subscription: id.toLowerCase(), kind: wanted.kind, state: 'created', hoursLeft });
}

/** Half of the life, give or take a tenth by hash: thousands created together are not renewed together. */
function timesOf(
  kind: Wanted['kind'],
  resource: string,
  now: Date,
  lifeShare = 1,
): Pick<SubscriptionRow, 'expiresAt' | 'renewAt'> {
  const lifeMs = LIFE_MS[kind] * lifeShare;
  const spread = createHash('sha256').update(resource).digest().readUInt16BE(0) / 0xffff;
  return {
    expiresAt: new Date(now.getTime() + lifeMs),
    renewAt: new Date(now.getTime() + lifeMs * (0.4 + 0.1 * spread)),
  };
}

/** Another has taken its place, or it is gone; what is under way is still accepted for a while. */
export async function retire({ rows, clock }: SubscriptionPorts, id: string, row: SubscriptionRow): Promise<void> {
  await putSubscription(rows, id, { ...row, retiredAt: clock.now() });
}
