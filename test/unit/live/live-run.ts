/** Runs the live watch over records as unkindly as wanted, and tells what it ended in. */
import { bucketOf } from '../../../src/live/buckets.ts';
import {
  createLiveIngest,
  DEFAULT_LATE_MS,
  type LiveIngest,
  type LiveIngestOptions,
} from '../../../src/live/ingest.ts';
import { createPeopleStore } from '../../../src/live/people-store.ts';
import { type FindingMessage, StoredFinding } from '../../../src/live/stored-finding.ts';
import { sweep } from '../../../src/live/sweep.ts';
import { createManualClock, createMemoryLog, createMemoryQueues, createMemoryRows } from '../../../src/memory.ts';
import type { EnrolledPerson } from '../../../src/model/enrolled-person.ts';
import type { Finding } from '../../../src/model/finding.ts';
import type { Clock, QueueMessage, Queues, RawRecord, Rows } from '../../../src/ports.ts';
import type { Watch } from '../../../src/watch.ts';

/** The process ends here. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

/** Rows and queues that kill whoever uses them at the n-th write; 0 = never. */
export interface Mortal {
  readonly rows: Rows;
  readonly queues: Queues;
  /** Writes so far. */
  readonly count: () => number;
}

/** `before`: the write is lost. `after`: it is durable, and nobody hears of it. */
export function mortal(rows: Rows, queues: Queues, killAt: number, moment: 'before' | 'after'): Mortal {
  let writes = 0;
  async function write<T>(work: () => Promise<T>): Promise<T> {
    const isLast = ++writes === killAt;
    if (killAt > 0 && writes > killAt) throw new Killed();
    if (isLast && moment === 'before') throw new Killed();
    const result = await work();
    if (isLast) throw new Killed();
    return result;
  }
  return {
    rows: { ...rows, transact: (...args) => write(() => rows.transact(...args)) },
    queues: { send: (messages) => (messages.length === 0 ? Promise.resolve() : write(() => queues.send(messages))) },
    count: () => writes,
  };
}

/** Rows whose answers come in another order than they were asked for: what several instances look like to each other. */
export function shaky(rows: Rows, seed: number): Rows {
  let state = seed;
  async function later<T>(work: () => Promise<T>): Promise<T> {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    for (let turns = (state >>> 16) % 7; turns > 0; turns--) await Promise.resolve();
    return work();
  }
  return {
    ...rows,
    get: (...args) => later(() => rows.get(...args)),
    transact: (...args) => later(() => rows.transact(...args)),
  };
}

/** Waiting that lets others go first, without taking time. */
export function yieldingClock(clock: Clock): Clock {
  return {
    ...clock,
    async sleep(ms) {
      for (let turns = Math.ceil(ms); turns > 0; turns--) await Promise.resolve();
    },
  };
}

/** Tables and queue that all instances share. */
export interface World {
  readonly rows: Rows;
  readonly queues: ReturnType<typeof createMemoryQueues>;
  readonly clock: ReturnType<typeof createManualClock>;
  readonly watch: Watch;
  /** A new instance, over these tables and queues or over mortal ones. */
  readonly instance: (over?: Partial<LiveIngestOptions>) => LiveIngest;
  /** Looks at what is due, as `watch` does. */
  readonly sweepAt: (now: Date, live: LiveIngest) => Promise<void>;
}

/** Empty tables, but for the people. */
export async function createWorld(
  watch: Watch,
  people: readonly EnrolledPerson[],
  always: Partial<LiveIngestOptions> = {},
  rows: Rows = createMemoryRows(),
): Promise<World> {
  const queues = createMemoryQueues();
  const clock = createManualClock(new Date(0));
  const log = createMemoryLog();
  await createPeopleStore(rows, clock).putAll(people);
  const ports = { rows, queues, clock, log };
  return {
    ...ports,
    watch,
    instance: (over = {}) =>
      createLiveIngest({
        ...ports,
        watch,
        people: createPeopleStore(over.rows ?? rows, clock),
        version: '0.0.0',
        evidenceMs: 92 * 24 * 3600_000,
        ...always,
        ...over,
      }),
    sweepAt: async (now, live) => {
      clock.set(now);
      const { failed } = await sweep(ports, now, { evaluate: (ref) => live.evaluate(ref, now) });
      if (failed > 0) throw new Error(`sweep: ${failed} failed`);
    },
  };
}

/** Takes batches one after another, with a new instance whenever one was killed, which then takes the batch again. */
export async function takeAll(
  world: World,
  batches: readonly { readonly records: readonly RawRecord[]; readonly now: Date }[],
  kills: readonly { readonly at: number; readonly moment: 'before' | 'after' }[],
): Promise<{ readonly conflicts: number; readonly deaths: number }> {
  const left = [...kills];
  const next = () => {
    const kill = left.shift();
    if (!kill) return world.instance();
    return world.instance(mortal(world.rows, world.queues, kill.at, kill.moment));
  };
  let live = next();
  let conflicts = 0;
  let deaths = 0;
  for (const { records, now } of batches) {
    world.clock.set(now);
    for (let done = false; !done; ) {
      try {
        conflicts += (await live.ingest(records, now)).conflicts;
        done = true;
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
        deaths++;
        live = next();
      }
    }
  }
  return { conflicts, deaths };
}

/** Decides everything that waits for a clock, in a fresh instance. `end` = the instant that a scan concludes at. */
export async function settle(world: World, end: Date): Promise<void> {
  await world.sweepAt(new Date(end.getTime() + DEFAULT_LATE_MS), world.instance());
}

/** Everything in the table `evidence`, by kind of row. */
export async function evidenceIn(world: World): Promise<Record<string, { row: string; value: unknown }[]>> {
  const kinds: Record<string, { row: string; value: unknown }[]> = {};
  for await (const { row, value } of world.rows.scan('evidence')) {
    const kind = row.split(':')[0] ?? '';
    kinds[kind] = [...(kinds[kind] ?? []), { row, value }];
  }
  return kinds;
}

/** All stored findings. */
export async function storedIn(world: World): Promise<StoredFinding[]> {
  return ((await evidenceIn(world)).finding ?? []).map(({ value }) => StoredFinding.parse(value));
}

/** What two ways to findings must agree in. */
export function essence(findings: readonly Finding[]): string[] {
  return findings
    .map(({ id, revision, person, outcome, evidence }) =>
      [id, revision, person, outcome, ...evidence.map(({ recordId }) => recordId)].join(' '),
    )
    .sort();
}

/** Findings whose last change the queue did not get, or got wrong. */
export function untold(stored: readonly StoredFinding[], sent: readonly QueueMessage[]): string[] {
  const last = new Map<string, { version: number; body: FindingMessage }>();
  for (const { id, body } of sent) {
    const version = Number(id.split('_').at(-1));
    const message = body as FindingMessage;
    if (version > (last.get(message.finding)?.version ?? 0)) last.set(message.finding, { version, body: message });
  }
  return stored.flatMap(({ finding, state, version, tell }) => {
    const told = last.get(finding.id);
    const change = told?.body.change === 'withdrawn' ? 'withdrawn' : 'open';
    const isRight =
      told?.version === version &&
      change === state &&
      told.body.revision === finding.revision &&
      told.body.outcome === finding.outcome &&
      told.body.tell === tell &&
      told.body.person === finding.person;
    return isRight ? [] : [finding.id];
  });
}

/** Rows that lie in another bucket than they should. */
export async function misplaced(world: World): Promise<string[]> {
  const wrong: string[] = [];
  for await (const { partition, row } of world.rows.scan('evidence')) {
    const [kind, id = ''] = row.split(':');
    if (kind !== 'outbox' && bucketOf(id) !== partition) wrong.push(row);
  }
  return wrong;
}
