/**
 * The webhook that Graph posts notifications to. It believes nothing but a subscription's own random `clientState`, puts
 * one message into a queue and answers; everything else is the consumer's work. Imports neither SDK nor YAML.
 *
 * Graph wants an answer within 3 seconds, and drops notifications when one answer in seven takes over 10 ("Receive change
 * notifications through webhooks"). So before the answer there is exactly one queue send, and a table read only for a
 * subscription that this process has not met within an hour.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Clock, Log, Queues, Rows } from '../ports.ts';
import type { NotificationItem, NotificationMessage } from './notification-message.ts';
import { ACCEPT_RETIRED_MS, getSubscription, type SubscriptionRow } from './subscription-rows.ts';
import type { WebReply, WebRequest } from './web.ts';

/** What the webhook needs. */
export interface ReceiveDeps {
  readonly rows: Rows;
  readonly queues: Queues;
  readonly clock: Clock;
  readonly log: Log;
  /** Notifications of other tenants are refused when it is known. */
  readonly tenantId?: string;
}

/** Largest POST that is read. Graph's own are a few KiB. */
export const MOST_BYTES = 256 * 1024;
/** Longest validation token that is given back. */
export const MOST_TOKEN = 2048;
/** A subscription is looked up again after so long. */
const KNOWN_MS = 3600_000;
/** So long an unknown id is not looked up again. */
const UNKNOWN_MS = 30_000;
/** Look-ups of ids that are not known here, per minute: forged POSTs must not become table reads. */
const MOST_LOOKUPS = 120;
/** Subscriptions that are remembered. */
const MOST_KNOWN = 20_000;

const word = z.string().max(512);
const Item = z.object({
  subscriptionId: z.guid(),
  clientState: z.string().max(255).nullish(),
  tenantId: z.guid().nullish(),
  changeType: word.nullish(),
  lifecycleEvent: word.nullish(),
  resourceData: z.object({ id: word.nullish() }).nullish(),
});
type Item = z.infer<typeof Item>;
/** Items are read one by one: a bad one does not take the others with it. */
const Collection = z.object({ value: z.array(z.unknown()).min(1) });

type Refused = 'clientState' | 'subscription' | 'malformed' | 'size';

/** The webhook: takes a POST of Graph and answers it. Never throws. */
export function createReceiver(deps: ReceiveDeps): (request: WebRequest) => Promise<WebReply> {
  const find = createDirectory(deps);
  const { log } = deps;

  async function receive(request: WebRequest): Promise<WebReply> {
    const token = request.query.get('validationToken');
    if (token !== null) return handshake(token);
    const text = await readBody(request);
    if (text === undefined) return refuse(log, 413, new Map([['size', 1]]));
    const items = parse(text);
    if (!items) return refuse(log, 400, new Map([['malformed', 1]]));
    const { accepted, refused, isBusy } = await sort(items, find, deps);
    if (accepted.length === 0) return refuse(log, isBusy ? 503 : 401, refused);
    const body: NotificationMessage = { kind: 'graph', items: accepted };
    const id = `g_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
    await deps.queues.send([{ queue: 'notifications', id, body }]);
    if (refused.size > 0) refuse(log, 202, refused);
    return { status: 202 };
  }

  return async (request) => {
    try {
      return await receive(request);
    } catch (error) {
      // Not stored: Graph shall come again.
      const { code } = (error ?? {}) as { code?: unknown };
      log.error('notifications could not be queued', { code: typeof code === 'string' ? code : 'unknown' });
      return { status: 503 };
    }
  };
}

/** Graph proves that the address is ours. The query is decoded already, once; the token goes back as text and nothing else. */
function handshake(token: string): WebReply {
  if (token.length === 0 || token.length > MOST_TOKEN) return { status: 400 };
  const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' };
  return { status: 200, headers, body: token };
}

/** The text of the body; `undefined` when it is too large. */
async function readBody(request: WebRequest): Promise<string | undefined> {
  if (Number(request.headers.get('content-length') ?? 0) > MOST_BYTES) return undefined;
  const text = await request.text();
  return text.length > MOST_BYTES || Buffer.byteLength(text) > MOST_BYTES ? undefined : text;
}

function parse(text: string): readonly (Item | undefined)[] | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const collection = Collection.safeParse(json);
  return collection.success ? collection.data.value.map((item) => Item.safeParse(item).data) : undefined;
}

/** Counts and answers. Nothing of what was sent is logged. */
function refuse(log: Log, status: number, refused: ReadonlyMap<Refused, number>): WebReply {
  for (const [why, count] of refused) log.tell('notifications refused', { why, count });
  return { status };
}

type Find = (id: string) => Promise<SubscriptionRow | 'unknown' | 'busy'>;

async function sort(items: readonly (Item | undefined)[], find: Find, { clock, tenantId }: ReceiveDeps) {
  const ids = new Set(items.flatMap((item) => item?.subscriptionId.toLowerCase() ?? []));
  const found = new Map(await Promise.all([...ids].map(async (id) => [id, await find(id)] as const)));
  const refused = new Map<Refused, number>();
  const count = (why: Refused) => void refused.set(why, (refused.get(why) ?? 0) + 1);
  const accepted: NotificationItem[] = [];
  let isBusy = false;
  for (const item of items) {
    const id = item?.subscriptionId.toLowerCase() ?? '';
    const known = found.get(id);
    const row = typeof known === 'object' && isAccepted(known, clock.now()) ? known : undefined;
    // Compared in any case, so that an unknown subscription takes as long as a wrong secret.
    const isRight = isSame(item?.clientState ?? '', row?.clientState ?? NOBODYS_STATE) && row !== undefined;
    if (known === 'busy') isBusy = true;
    const isOurs = !tenantId || !item?.tenantId || item.tenantId.toLowerCase() === tenantId.toLowerCase();
    const pointer = item && row && toPointer(id, row, item);
    if (!item) count('malformed');
    else if (!row || !isOurs) count('subscription');
    else if (!isRight) count('clientState');
    else if (!pointer) count('malformed');
    else accepted.push(pointer);
  }
  return { accepted, refused, isBusy };
}

function toPointer(subscription: string, { kind }: SubscriptionRow, item: Item): NotificationItem | undefined {
  const { changeType, lifecycleEvent, resourceData } = item;
  switch (lifecycleEvent) {
    case 'reauthorizationRequired':
    case 'subscriptionRemoved':
    case 'missed':
      return { subscription, kind, lifecycle: lifecycleEvent };
    case undefined:
    case null:
      break;
    default:
      return undefined;
  }
  const id = resourceData?.id;
  if (!id || (changeType !== 'created' && changeType !== 'updated' && changeType !== 'deleted')) return undefined;
  return { subscription, kind, change: changeType, id };
}

function isAccepted({ retiredAt }: SubscriptionRow, now: Date): boolean {
  return !retiredAt || now.getTime() - retiredAt.getTime() < ACCEPT_RETIRED_MS;
}

const NOBODYS_STATE = randomBytes(32).toString('base64url');

/** Digests first: equal lengths, whatever was sent. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** Looks subscriptions up and remembers them, also those that are nobody's. */
function createDirectory({ rows, clock }: ReceiveDeps): Find {
  const known = new Map<string, { readonly found: SubscriptionRow | 'unknown'; readonly until: number }>();
  let minute = 0;
  let lookups = 0;
  return async (id) => {
    const now = clock.now().getTime();
    const cached = known.get(id);
    if (cached && cached.until > now) return cached.found;
    if (Math.floor(now / 60_000) !== minute) {
      minute = Math.floor(now / 60_000);
      lookups = 0;
    }
    if (++lookups > MOST_LOOKUPS) return 'busy';
    const found = (await getSubscription(rows, id)) ?? 'unknown';
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(id, { found, until: now + (found === 'unknown' ? UNKNOWN_MS : KNOWN_MS) });
    return found;
  };
}
