/** The quotas of all senders, shared by all instances: one row per transport in `state`, partition `quota`. */
import type { Settings } from '../config.ts';
import type { Transport } from '../notify/channels/channel.ts';
import { fraction } from '../notify/plan-ids.ts';
import { type QuotaLimit, QuotaState, takeToken } from '../notify/quota.ts';
import type { NoticePorts } from './notice-ports.ts';
import { inTurn } from './reading.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const CONFLICTS = 20;

/** Whether a transport may send now. */
export type QuotaTurn = { readonly kind: 'go' } | { readonly kind: 'wait'; readonly forMs: number };

/** What a transport may send. Files and the desk's own webhook have no limit. */
export function limitsOf(transport: Pick<Transport, 'kind'>, settings: Settings): readonly QuotaLimit[] {
  if (transport.kind === 'email') {
    return [
      { windowMs: MINUTE_MS, most: settings.POSTERN_EMAIL_PER_MINUTE },
      { windowMs: HOUR_MS, most: settings.POSTERN_EMAIL_PER_HOUR },
    ];
  }
  return transport.kind === 'sms' ? [{ windowMs: MINUTE_MS, most: settings.POSTERN_SMS_PER_MINUTE }] : [];
}

/** Within one instance one after the other: many that write over the same version would mostly collide. */
const turns = new WeakMap<NoticePorts['rows'], Map<string, ReturnType<typeof createTurn>>>();

function createTurn() {
  return inTurn((take: () => Promise<QuotaTurn>) => take());
}

function turnOf(rows: NoticePorts['rows'], transport: string): ReturnType<typeof createTurn> {
  const own = turns.get(rows) ?? new Map<string, ReturnType<typeof createTurn>>();
  turns.set(rows, own);
  const turn = own.get(transport) ?? createTurn();
  own.set(transport, turn);
  return turn;
}

/**
 * Takes a token. What must wait comes back spread over some time, so that not everything that waits wakes at once;
 * break-ins come back as soon as there can be a token.
 */
export async function takeFromQuota(
  ports: Pick<NoticePorts, 'rows' | 'clock' | 'settings' | 'log'>,
  transport: Pick<Transport, 'name' | 'kind'>,
  priority: 0 | 1 | 2,
  id: string,
): Promise<QuotaTurn> {
  const { rows, settings } = ports;
  const limits = limitsOf(transport, settings);
  if (limits.length === 0) return { kind: 'go' };
  return turnOf(rows, transport.name)(() => take(ports, limits, transport, priority, id));
}

async function take(
  { rows, clock, log }: Pick<NoticePorts, 'rows' | 'clock' | 'log'>,
  limits: readonly QuotaLimit[],
  transport: Pick<Transport, 'name'>,
  priority: 0 | 1 | 2,
  id: string,
): Promise<QuotaTurn> {
  for (let tries = 0; tries < CONFLICTS; tries++) {
    const now = clock.now();
    const stored = await rows.get('state', 'quota', transport.name);
    const answer = takeToken(QuotaState.parse(stored?.value ?? {}), limits, priority, now);
    if (answer.kind === 'wait') {
      const spread = priority === 0 ? 0 : fraction('quota', id, now.toISOString()) * (answer.windowMs / 4);
      const forMs = Math.round(answer.forMs + spread);
      log.tell('provider throttled', { channel: transport.name, retryAfterMs: forMs });
      return { kind: 'wait', forMs };
    }
    const written = await rows.transact('state', 'quota', [
      stored
        ? { op: 'replace', row: transport.name, value: answer.state, tag: stored.tag }
        : { op: 'insert', row: transport.name, value: answer.state },
    ]);
    if (written === 'conflict') continue;
    log.tell('quota', { channel: transport.name, left: answer.left, allowed: answer.of });
    return { kind: 'go' };
  }
  // More instances than the row can take: a short pause, spread.
  return { kind: 'wait', forMs: 1000 + Math.round(fraction('quota', id) * 4000) };
}

/** Transports that may be used now, or how long until one may. */
export type Way =
  /** The first has its token already. */
  | { readonly kind: 'go'; readonly ways: readonly Transport[] }
  | { readonly kind: 'wait'; readonly forMs: number }
  /** No transport carries this kind. */
  | { readonly kind: 'none' };

/** The first transport of a kind whose quota has a token left, and those after it. */
export async function findWay(
  ports: Pick<NoticePorts, 'rows' | 'clock' | 'settings' | 'log' | 'transports'>,
  kind: 'email' | 'sms' | 'webhook',
  priority: 0 | 1 | 2,
  id: string,
): Promise<Way> {
  const fitting = transportsFor(ports, kind);
  let forMs = Number.POSITIVE_INFINITY;
  for (const [index, transport] of fitting.entries()) {
    const quota = await takeFromQuota(ports, transport, priority, id);
    if (quota.kind === 'go') return { kind: 'go', ways: fitting.slice(index) };
    forMs = Math.min(forMs, quota.forMs);
  }
  return fitting.length === 0 ? { kind: 'none' } : { kind: 'wait', forMs };
}

/** The transports that carry a kind of message, in order of preference. */
export function transportsFor(
  { transports }: Pick<NoticePorts, 'transports'>,
  kind: 'email' | 'sms' | 'webhook',
): readonly Transport[] {
  return transports.filter((transport) => transport.kind === kind || transport.kind === 'file');
}
