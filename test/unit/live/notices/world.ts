/**
 * A small world for telling people: tables, queues and a clock in memory, senders that enforce quotas and can fail, and
 * crashes at any moment. Queue messages come at least once; a handler that dies gets its message again.
 */
import { readSettings, type Settings } from '../../../../src/config.ts';
import { DeliveryError } from '../../../../src/errors.ts';
import { createAnswers } from '../../../../src/live/answers.ts';
import { bucketOf } from '../../../../src/live/buckets.ts';
import { createDeliverNotices } from '../../../../src/live/deliver.ts';
import { createDeliveryReports } from '../../../../src/live/delivery-reports.ts';
import { createDueRows } from '../../../../src/live/due.ts';
import { createFindings } from '../../../../src/live/findings.ts';
import { createFollowUp } from '../../../../src/live/follow-up.ts';
import { createTasks } from '../../../../src/live/inbox.ts';
import { createLedger } from '../../../../src/live/ledger.ts';
import type { NoticePorts, QueueHandler } from '../../../../src/live/notice-ports.ts';
import { createPeopleStore } from '../../../../src/live/people-store.ts';
import { createPlanNotices } from '../../../../src/live/plan-notices.ts';
import { findingRow, type StoredFinding } from '../../../../src/live/stored-finding.ts';
import { sweep } from '../../../../src/live/sweep.ts';
import { createManualClock, createMemoryLog, createMemoryRows } from '../../../../src/memory.ts';
import type { DeskTask } from '../../../../src/model/desk-task.ts';
import type { EnrolledPerson } from '../../../../src/model/enrolled-person.ts';
import type { Finding } from '../../../../src/model/finding.ts';
import type { Delivery } from '../../../../src/model/notice.ts';
import type { Message, Sent, Transport } from '../../../../src/notify/channels/channel.ts';
import type { QueueMessage, Rows } from '../../../../src/ports.ts';
import { KEY, NOW } from '../../notify/plan-situation.ts';

export const MINUTE_MS = 60_000;
const SWEEP_MS = 5 * MINUTE_MS;
const DUPLICATES_MS = 10 * MINUTE_MS;

/** What a sender took. */
export interface SentMessage {
  readonly transport: string;
  readonly message: Message;
  readonly operationId: string;
  readonly tag: string;
  readonly at: Date;
}

/** How a sender behaves. */
export interface SenderOptions {
  readonly name: string;
  readonly kind: Transport['kind'];
  readonly reports?: boolean;
  /** Refuses what exceeds so many in any stretch of so long. */
  readonly most?: readonly { readonly count: number; readonly windowMs: number }[];
  /** What it says to a message before it takes it; thrown when it is an error. */
  readonly refuse?: (message: Message, tries: number) => Error | undefined;
  readonly result?: Partial<Sent>;
}

/** Somebody pulled the plug. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

interface Waiting extends QueueMessage {
  readonly at: number;
  readonly order: number;
  readonly tries: number;
}

export interface WorldOptions {
  readonly people: readonly EnrolledPerson[];
  readonly senders?: readonly SenderOptions[];
  readonly settings?: Readonly<Record<string, string>>;
  readonly hasHashKey?: boolean;
}

/** Senders that take everything: mail and SMS with reports, the desk's webhook. */
export const SENDERS: readonly SenderOptions[] = [
  { name: 'acs-email', kind: 'email', reports: true },
  { name: 'acs-sms', kind: 'sms', reports: true },
  { name: 'desk-webhook', kind: 'webhook', result: { status: 'delivered' } },
];

const ENVIRONMENT = {
  POSTERN_MODE: 'live',
  POSTERN_CARD_KEY: KEY,
  POSTERN_ORGANIZATION: 'Herald',
  POSTERN_DESK_PHONE: '+15550190',
  POSTERN_DESK_EMAIL: 'desk@desk.example',
  POSTERN_PROBE_BATCH_MINUTES: '0',
};

export async function createWorld(options: WorldOptions) {
  const clock = createManualClock(NOW);
  const log = createMemoryLog();
  const plug = createPlug();
  const memory = createMemoryRows();
  const rows: Rows = {
    ...memory,
    transact: (table, partition, writes) =>
      plug.around(`${table} ${writes[0]?.op} ${writes[0]?.row}`, () => memory.transact(table, partition, writes)),
  };
  const broker = createBroker(clock.now, plug);
  const sent: SentMessage[] = [];
  const attempts: SentMessage[] = [];
  const settings: Settings = readSettings({ ...ENVIRONMENT, ...options.settings }).settings;
  const people = createPeopleStore(rows, clock);
  await people.putAll(options.people);
  const transports = (options.senders ?? SENDERS).map((sender) => createSender(sender, { sent, attempts, plug }));
  const hash = (kind: string, value: string) => `${kind}:${value.toLowerCase()}`;
  const ports: NoticePorts = {
    rows,
    queues: broker,
    clock,
    log,
    settings,
    people,
    findings: createFindings(rows),
    due: createDueRows(rows),
    transports,
    owner: 'one',
    ...((options.hasHashKey ?? true) && { hashContact: hash }),
  };
  const handlers: Readonly<Record<string, QueueHandler>> = {
    findings: createPlanNotices(ports),
    notices: createDeliverNotices(ports),
  };
  const followUp = createFollowUp(ports);
  const reports = createDeliveryReports(ports);
  const versions = new Map<string, number>();
  let nextSweep = NOW.getTime() + SWEEP_MS;

  /** Runs work as a process does that may die: then it is as if it had never come back. */
  async function alive(work: () => Promise<unknown>): Promise<'done' | 'died'> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
    return plug.restart();
  }

  /** Hands out one message; false when there is none. */
  async function settleOne(): Promise<boolean> {
    const message = broker.next();
    if (!message) return false;
    const end = await alive(async () => handlers[message.queue]?.(structuredClone(message.body)));
    if (end === 'done') broker.done(message);
    else broker.again(message);
    return true;
  }

  /** Hands out everything that may be handed out now. */
  async function settle(): Promise<void> {
    while (await settleOne());
  }

  return {
    ports,
    clock,
    log,
    plug,
    broker,
    people,
    sent,
    attempts,
    rows: memory,
    answers: createAnswers(ports),
    settle,
    settleOne,

    /** Stores a finding as ingest does and queues the message that tells of it. */
    async found(
      finding: Finding,
      {
        tell = finding.outcome,
        formerIds = [],
        state = 'open',
      }: {
        readonly tell?: Finding['outcome'] | 'nobody';
        readonly formerIds?: string[];
        readonly state?: StoredFinding['state'];
      } = {},
    ): Promise<void> {
      const version = (versions.get(finding.id) ?? 0) + 1;
      versions.set(finding.id, version);
      const { person, id } = finding;
      const at = clock.now();
      const value = {
        finding: { ...finding, ties: [] },
        formerIds,
        state,
        ...(tell !== 'nobody' && { tell }),
        version,
        createdAt: at,
        changedAt: at,
      };
      await memory.transact('evidence', bucketOf(person), [{ op: 'put', row: findingRow(person, id), value }]);
      await broker.put([{ queue: 'findings', id: `f_${id}_${version}`, body: { finding: id, person, formerIds } }]);
    },

    /** Lets time pass: queue messages when they are due, a sweep each five minutes. */
    async pass(ms: number): Promise<void> {
      const end = clock.now().getTime() + ms;
      for (;;) {
        await settle();
        const at = Math.min(broker.nextAt() ?? Number.POSITIVE_INFINITY, nextSweep);
        if (at > end) break;
        clock.set(new Date(Math.max(at, clock.now().getTime())));
        if (at === nextSweep) {
          nextSweep += SWEEP_MS;
          await alive(() => sweep(ports, clock.now(), followUp));
        }
      }
      clock.set(new Date(end));
      await settle();
    },

    /** Posts events as Event Grid does. */
    report: (events: unknown, headers: Readonly<Record<string, string>> = {}) =>
      reports({
        method: 'POST',
        url: 'https://app.example/api/delivery-reports',
        headers: { get: (name) => headers[name.toLowerCase()] ?? null },
        query: { get: () => null },
        params: {},
        text: async () => (typeof events === 'string' ? events : JSON.stringify(events)),
      }),

    async deliveries(person = 'p_jane'): Promise<Delivery[]> {
      const { deliveries } = await createLedger(memory).load(person);
      return [...deliveries.values()].map(({ delivery }) => delivery);
    },

    async told(person = 'p_jane') {
      return (await createLedger(memory).load(person)).told;
    },

    async tasks(): Promise<DeskTask[]> {
      const all: DeskTask[] = [];
      for await (const { task } of createTasks(memory).list()) all.push(task);
      return all;
    },

    /** Messages to people, without the desk's, as `sms +15550100`. */
    toPeople: () =>
      sent.flatMap(({ message }) =>
        message.kind === 'webhook' || message.to === 'desk@desk.example' ? [] : [`${message.kind} ${message.to}`],
      ),

    /** Subjects of mails to the desk. */
    toDesk: () =>
      sent.flatMap(({ message }) =>
        message.kind === 'email' && message.to === 'desk@desk.example' ? [message.subject] : [],
      ),
  };
}
export type World = Awaited<ReturnType<typeof createWorld>>;

/** Counts what reaches the outside, and pulls the plug at one of them, before or after it happens. */
function createPlug() {
  let count = 0;
  let crashAt: { readonly step: number; readonly when: 'before' | 'after' } | undefined;
  let isDead = false;
  const steps: string[] = [];
  return {
    /** What happened, in order. */
    steps,
    pullAt(step: number, when: 'before' | 'after'): void {
      count = 0;
      crashAt = { step, when };
    },
    async around<T>(name: string, work: () => Promise<T>): Promise<T> {
      count += 1;
      const isNow = crashAt?.step === count;
      if (isNow && crashAt?.when === 'before') isDead = true;
      if (isDead) throw new Crash('the plug was pulled');
      steps.push(name);
      const result = await work();
      if (isNow) isDead = true;
      if (isDead) throw new Crash('the plug was pulled');
      return result;
    },
    /** A new process. */
    restart(): 'done' | 'died' {
      if (!isDead) return 'done';
      isDead = false;
      crashAt = undefined;
      return 'died';
    },
    wasPulled: () => crashAt === undefined,
  };
}

function createBroker(now: () => Date, plug: ReturnType<typeof createPlug>) {
  const waiting: Waiting[] = [];
  const seen = new Map<string, number>();
  let order = 0;
  let handled = 0;
  const put = async (messages: readonly QueueMessage[]) => {
    for (const message of messages) {
      const key = `${message.queue} ${message.id}`;
      const at = now().getTime();
      if (at - (seen.get(key) ?? Number.NEGATIVE_INFINITY) < DUPLICATES_MS) continue;
      seen.set(key, at);
      waiting.push({ ...structuredClone(message), at: at + (message.delayMs ?? 0), order: order++, tries: 0 });
    }
  };
  return {
    put,
    send: (messages: readonly QueueMessage[]) =>
      messages.length === 0 ? Promise.resolve() : plug.around(`send ${messages[0]?.id}`, () => put(messages)),
    /** The first that may be handed out; it stays until it is done. */
    next: () => waiting.filter(({ at }) => at <= now().getTime()).sort((a, b) => a.at - b.at || a.order - b.order)[0],
    nextAt: () => (waiting.length === 0 ? undefined : Math.min(...waiting.map(({ at }) => at))),
    done(message: Waiting): void {
      handled += 1;
      waiting.splice(waiting.indexOf(message), 1);
    },
    again(message: Waiting): void {
      waiting.splice(waiting.indexOf(message), 1, { ...message, tries: message.tries + 1, order: order++ });
    },
    length: () => waiting.length,
    /** Messages that were done with so far. */
    handled: () => handled,
  };
}

function createSender(
  options: SenderOptions,
  { sent, attempts, plug }: { sent: SentMessage[]; attempts: SentMessage[]; plug: ReturnType<typeof createPlug> },
): Transport {
  const { name, kind, reports = false, most = [], refuse, result } = options;
  return {
    name,
    kind,
    reports,
    async send(message, { operationId, tag, now }) {
      const taken = { transport: name, message, operationId, tag, at: now };
      attempts.push(taken);
      const error = refuse?.(message, attempts.filter((one) => one.operationId === operationId).length);
      if (error) throw error;
      const own = sent.filter(({ transport }) => transport === name);
      const isOver = most.some(
        ({ count, windowMs }) => own.filter(({ at }) => at.getTime() > now.getTime() - windowMs).length >= count,
      );
      if (isOver) throw new DeliveryError(name, 'THROTTLED', { retryAfterMs: 10_000 });
      return plug.around(`sent ${name}`, async () => {
        sent.push(taken);
        return { providerId: operationId, status: 'accepted', ...result };
      });
    },
  };
}
