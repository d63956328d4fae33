/**
 * The heart of the live watch: records in, findings out. See docs/architecture.md, "From a record to a finding".
 *
 * Several instances may do this at once, and each may die between any two writes: what is stored only grows, is guarded by
 * tags, and taking the same records again finds what is missing.
 */

import type { Watch } from '../assemble-watch.ts';
import { UpstreamError } from '../errors.ts';
import { OUTCOMES, type Outcome } from '../model/finding.ts';
import type { Clock, Log, QueueMessage, Queues, RawRecord, Rows } from '../ports.ts';
import { type BatchTally, readBatch } from './batch.ts';
import { bucketOf } from './buckets.ts';
import { createDueRows, type Due } from './due.ts';
import { type Evaluation, evaluate, type Work } from './evaluation.ts';
import { compareFindings, type FindingChange } from './finding-changes.ts';
import { absencesDue, type ChangedPerson, type Done, groupWrites, personWrites } from './ingest-writes.ts';
import { nextStates, type PersonChange } from './next-states.ts';
import { OUTBOX_WAIT_MS, outboxDeletes, outboxRef } from './outbox.ts';
import type { People, PeopleStore } from './people-store.ts';
import { inTurn } from './reading.ts';
import { createSeenRecords } from './seen-records.ts';
import { createStateCache, type StateCacheOptions } from './state-cache.ts';
import { findingRow, StoredFinding } from './stored-finding.ts';
import { writeUnits } from './transactions.ts';
import { idIn } from './unit-state.ts';

/** Records of an absence can still be on their way: it is decided so long after it is over. Entra's logs take 2 to 15 minutes. */
export const DEFAULT_LATE_MS = 15 * 60_000;

/** What ingesting needs. */
export interface LiveIngestOptions {
  readonly rows: Rows;
  readonly queues: Queues;
  readonly clock: Clock;
  readonly log: Log;
  readonly watch: Pick<Watch, 'sources' | 'ruleSet' | 'grading' | 'correlator'>;
  readonly people: PeopleStore;
  /** Version of Postern, for the OCSF form. */
  readonly version: string;
  /** How long hits are kept: POSTERN_RETENTION_EVIDENCE_DAYS. */
  readonly evidenceMs: number;
  /** Default `DEFAULT_LATE_MS`. */
  readonly lateMs?: number;
  readonly cache?: Omit<StateCacheOptions, 'people'>;
}

/** What became of a batch. Counts only. */
export interface IngestReport extends Readonly<BatchTally> {
  /** Findings that were made, got a new revision, or were taken back. */
  readonly findings: { readonly new: number; readonly revised: number; readonly withdrawn: number };
  /** Table transactions with evidence in them. */
  readonly transactions: number;
  /** How often another instance was faster. */
  readonly conflicts: number;
}

/** See `createLiveIngest`. */
export interface LiveIngest {
  /**
   * Takes records in Graph's shape. When it resolves they are safe, and what they lead to is queued; taking them again
   * changes nothing. @throws UpstreamError: take them again later
   */
  readonly ingest: (records: readonly RawRecord[], now: Date) => Promise<IngestReport>;
  /** Handler of due rows of kind `evaluate`: an absence is over. */
  readonly evaluate: (ref: string, now: Date) => Promise<void>;
}

const TRIES = 20;
const MOST_WAIT_MS = 2000;

interface Progress {
  /** Messages whose outbox rows are written, by bucket. */
  readonly outbox: Map<string, QueueMessage[]>;
  /** Due rows that say where to look for them, should this process end here. */
  readonly intents: Due[];
  /** Row keys of groups that an attempt may have written without the persons that they name. */
  readonly again: Set<string>;
  readonly findings: { new: number; revised: number; withdrawn: number };
  transactions: number;
  conflicts: number;
}

/** An ingest over the ports. Within one instance batches are taken one after another. */
export function createLiveIngest(options: LiveIngestOptions): LiveIngest {
  const { rows, queues, clock, watch, people } = options;
  const { lateMs = DEFAULT_LATE_MS } = options;
  let known: People | undefined;
  const seen = createSeenRecords();
  const states = createStateCache(rows, { ...options.cache, people: () => known?.list.length ?? 0 });
  const due = createDueRows(rows);
  const isOfUse = (hit: Parameters<typeof watch.correlator.windowsOf>[0]) => watch.correlator.windowsOf(hit).length > 0;
  const tellOf = (chains: readonly string[]) => outcomeOf(chains, watch);

  async function run(work: Work, current: People, now: Date): Promise<Progress> {
    const progress: Progress = {
      outbox: new Map(),
      intents: [],
      again: new Set(),
      findings: { new: 0, revised: 0, withdrawn: 0 },
      transactions: 0,
      conflicts: 0,
    };
    const all = () => ({ ...work, units: [...work.units, ...progress.again] });
    while (!(await attempt(all(), current, now, progress))) {
      progress.conflicts++;
      if (progress.conflicts >= TRIES) throw new UpstreamError('tables', 'UNAVAILABLE');
      await clock.sleep(Math.random() * Math.min(MOST_WAIT_MS, 20 * 2 ** progress.conflicts));
    }
    await send(progress);
    return progress;
  }

  /** False: another instance was faster; everything that was looked at is to be read again. */
  async function attempt(work: Work, current: People, now: Date, progress: Progress): Promise<boolean> {
    const horizon = now.getTime() - options.evidenceMs;
    const isEnrolled = (id: string) => current.byId(id) !== undefined;
    const decideAt = now.getTime() - lateMs;
    const evaluation = await evaluate(work, { states, ...watch, isEnrolled, decideAt, horizon });
    const next = nextStates(evaluation, watch.grading, isEnrolled);
    if (next.kind === 'stale') {
      states.forget(next.keys);
      return false;
    }
    const persons = await Promise.all(next.persons.map((person) => withFindings(person, now, horizon)));
    const changed = persons.filter(({ isChanged, changes }) => isChanged || changes.changes.length > 0);
    const buckets = changed.flatMap(({ before, changes }) => (changes.changes.length > 0 ? bucketOf(before.id) : []));
    const unconfirmed = next.groups.flatMap(({ next: { key, pending } }) => (pending.size > 0 ? key : []));
    const again = unconfirmed.filter((key) => isByPlaces(key, evaluation));
    await announce(absencesDue([...next.groups, ...changed], lateMs), { buckets, again }, now, progress);
    const done: Done = {
      states,
      told(changes, messages, bucket) {
        progress.outbox.set(bucket, [...(progress.outbox.get(bucket) ?? []), ...messages]);
        for (const change of changes) note(change, progress);
      },
    };
    const units = [
      ...next.groups.map((group) => groupWrites(group, done)),
      ...changed.map((person) => personWrites(person, options.version, done)),
    ];
    const written = await writeUnits(rows, units);
    progress.transactions += written.transactions;
    if (written.failed.size === 0) return true;
    const { scope } = evaluation;
    const durable = new Set(units.map(({ key }) => key).filter((key) => !written.failed.has(key)));
    const looked = [...scope.persons.values(), ...scope.groups.values()].map(({ before }) => before.key);
    states.forget(looked.filter((key) => !durable.has(key)));
    return false;
  }

  /**
   * Writes the due rows of what is about to be written. Should this process end here, some of them find the outboxes, and
   * the groups whose persons have yet to hear of what they concluded.
   */
  async function announce(
    absences: readonly Due[],
    { buckets, again }: { readonly buckets: readonly string[]; readonly again: readonly string[] },
    now: Date,
    progress: Progress,
  ) {
    const at = new Date(now.getTime() + OUTBOX_WAIT_MS);
    const intents = again.map((ref): Due => ({ at, kind: 'evaluate', ref }));
    if (buckets.length > 0) intents.push({ at, kind: 'outbox', ref: outboxRef(buckets) });
    progress.intents.push(...intents);
    for (const ref of again) progress.again.add(ref);
    return due.putAll([...absences, ...intents]);
  }

  async function withFindings(person: PersonChange, now: Date, horizon: number): Promise<ChangedPerson> {
    const { before, findings } = person;
    if (!findings) return { ...person, changes: { notes: before.findings, changes: [], joined: [] } };
    const read = async (id: string) => {
      const row = await rows.get('evidence', bucketOf(before.id), findingRow(before.id, id));
      return row && StoredFinding.parse(row.value);
    };
    return { ...person, changes: await compareFindings(before.findings, findings, { now, horizon, tellOf, read }) };
  }

  function note({ stored, change }: FindingChange, progress: Progress): void {
    progress.findings[change]++;
    if (change === 'withdrawn') return;
    const { id, outcome, level } = stored.finding;
    options.log.tell('finding recorded', { finding: id, outcome, level, revised: change === 'revised' });
  }

  async function send({ outbox, intents }: Progress): Promise<void> {
    const messages = [...outbox.values()].flat();
    if (messages.length === 0) return due.remove(intents);
    await queues.send(messages);
    await Promise.all([...outbox].map(([bucket, own]) => clear(bucket, own)));
    await due.remove(intents);
  }

  async function clear(bucket: string, sent: readonly QueueMessage[]): Promise<void> {
    const deletes = outboxDeletes(sent);
    for (let at = 0; at < deletes.length; at += 100)
      await rows.transact('evidence', bucket, deletes.slice(at, at + 100));
  }

  async function enrolledNow(): Promise<People> {
    const current = await people.current();
    // Records of people who were not enrolled when they were read are theirs now.
    if (current !== known) seen.forget();
    known = current;
    return current;
  }

  async function ingest(records: readonly RawRecord[], now: Date): Promise<IngestReport> {
    const current = await enrolledNow();
    const fresh = seen.sift(records);
    const batch = readBatch(fresh.records, watch, current, isOfUse);
    const { findings, transactions, conflicts } = await run({ ...batch, units: [] }, current, now);
    if (batch.learned.length > 0) await people.learnIds(batch.learned);
    fresh.remember();
    return { ...batch.tally, findings, transactions, conflicts };
  }

  async function evaluateUnit(ref: string, now: Date): Promise<void> {
    const current = await enrolledNow();
    if (ref.startsWith('person:') && !current.byId(idIn(ref))) return;
    await run({ arrivals: new Map(), hits: new Map(), units: [ref] }, current, now);
  }

  const oneByOne = inTurn((work: () => Promise<unknown>) => work());
  return {
    ingest: (records, now) => oneByOne(() => ingest(records, now)) as Promise<IngestReport>,
    evaluate: (ref, now) => oneByOne(() => evaluateUnit(ref, now)) as Promise<void>,
  };
}

/**
 * Whether a group concludes anew because a place became better known. The sign-in that told so finds nothing new when it
 * is taken again, so it does not lead back to the group, as a hit would.
 */
function isByPlaces(key: string, { scope }: Evaluation): boolean {
  return [...scope.persons.values()].some(({ after }) => after.has(key));
}

/** The strongest outcome of the chains that are on. */
function outcomeOf(
  chains: readonly string[],
  { ruleSet, grading }: Pick<Watch, 'ruleSet' | 'grading'>,
): Outcome | undefined {
  const told = chains
    .filter((name) => ruleSet.mode(name) === 'on')
    .flatMap((name) => grading.chain(name)?.outcome ?? []);
  return told.length === 0 ? undefined : OUTCOMES[Math.max(...told.map((outcome) => OUTCOMES.indexOf(outcome)))];
}
