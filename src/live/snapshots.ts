/**
 * Takes snapshots of what Graph has no log of: authentication methods, recovery fields, inbox rules. A baseline when
 * somebody is enrolled, then only for people with an open chain or a hint, because each costs requests of a tight limit.
 * Runs after a poll, in the process that holds it.
 */
import type { Settings } from '../config.ts';
import type { EnrolledAccount, EnrolledPerson } from '../model/enrolled-person.ts';
import type { Clock, Graph, Log, Rows } from '../ports.ts';
import { MANY_PEOPLE } from './poll.ts';
import { readPollState } from './poll-state.ts';
import type { Ingest } from './reading.ts';
import type { KeyedHash } from './snapshot-diff.ts';
import { readParts, rowOf, type Tried } from './snapshot-parts.ts';
import {
  changeSnapshot,
  readSnapshot,
  type SnapshotPart,
  settleWanted,
  type Why,
  wantedSnapshots,
  wantSnapshots,
} from './snapshot-rows.ts';

/** What snapshots need. */
export interface SnapshotDeps {
  readonly graph: Graph;
  readonly rows: Rows;
  readonly clock: Clock;
  readonly log: Log;
  readonly ingest: Ingest;
  readonly settings: Settings;
  /** All enrolled people, from the cached copy. */
  readonly people: () => Promise<readonly EnrolledPerson[]>;
  /** Keyed hash, the same as the sources' (`Knowledge.hash`). */
  readonly hash: KeyedHash;
}

/** Takes snapshots. */
export interface Snapshots {
  /** Notes that people's snapshots are to be taken soon: by person id. @throws UpstreamError of tables */
  readonly want: (people: Iterable<string>, why: Why) => Promise<void>;
  /** Takes what is wanted, urgent ones first, until the instant given. @throws UpstreamError that waiting helps against */
  readonly work: (until: Date) => Promise<void>;
  /**
   * Reads one account's recovery fields now, because Graph said that the user changed; differences are ingested, and
   * what hints at more is wanted. Costs nothing of the tight limits. @throws UpstreamError
   */
  readonly checkFields: (person: EnrolledPerson, account: EnrolledAccount) => Promise<void>;
  /**
   * Parts that nobody's account lets us read, with the error's code: a missing permission, not a mailbox that does not
   * exist. `ok`: somebody's did within a day. Absent: not tried since this process began.
   */
  readonly trouble: () => Partial<Record<SnapshotPart, string>>;
}

/** Above this share of the reports limit, snapshots wait for a quieter time. */
const MOST_LOAD = 0.4;
/** A snapshot that is so young is not taken again. */
const FRESH_MS = 2 * 60_000;
/** Success so long ago speaks against a missing permission. */
const TROUBLE_MS = 24 * 3600_000;
/** Row that says up to when enrolled people have been noticed. */
const NOTICED = { partition: 'snapshots', row: 'noticed' } as const;

/** Snapshots over their ports. */
export function createSnapshots(deps: SnapshotDeps): Snapshots {
  const { rows, clock } = deps;
  const noticeNewPeople = createNoticing(deps);
  const tried: Tried = new Map();
  /** Whose turn it was last. */
  let last = '';
  let firstPoll: Promise<Date | undefined> | undefined;
  /** With many people the first poll reads the whole tenant's past sign-ins, instead of person by person. */
  async function arePlacesSwept({ enrolledAt }: EnrolledPerson, people: number): Promise<boolean> {
    if (people <= MANY_PEOPLE) return false;
    firstPoll ??= readPollState(rows).then(({ state }) => state.firstAt);
    const first = await firstPoll;
    return first !== undefined && enrolledAt <= first;
  }
  return {
    want: (people, why) => wantSnapshots(rows, people, why, clock.now()),
    async work(until) {
      const people = await noticeNewPeople();
      for await (const { person: id, why, row } of wantedSnapshots(rows, last)) {
        if (clock.now() >= until || deps.graph.load('reports') >= MOST_LOAD) return;
        const person = people.get(id);
        if (person) await takeAll(person, why, await arePlacesSwept(person, people.size), tried, deps);
        await settleWanted(rows, row);
        last = id;
      }
    },
    async checkFields(person, account) {
      const before = await readSnapshot(rows, person.id, rowOf(account));
      const taken = await readParts(account, before, ['fields'], 'hint', tried, deps);
      await changeSnapshot(rows, person.id, rowOf(account), taken.apply);
      const { fields: old } = before;
      const { fields } = taken.found;
      const isHint =
        old !== undefined &&
        fields !== undefined &&
        (old.passwordAt !== fields.passwordAt ||
          old.sessionsAt !== fields.sessionsAt ||
          JSON.stringify(old.prints) !== JSON.stringify(fields.prints));
      if (isHint) await wantSnapshots(rows, [person.id], 'hint', clock.now());
    },
    trouble() {
      const since = clock.now().getTime() - TROUBLE_MS;
      const parts = [...tried].map(([part, { okAt = 0, code = 'ok' }]) => [part, okAt > since ? 'ok' : code] as const);
      return Object.fromEntries(parts);
    },
  };
}

/** People by id; those who were enrolled since the last time get a baseline. */
function createNoticing({ rows, clock, people }: SnapshotDeps): () => Promise<ReadonlyMap<string, EnrolledPerson>> {
  let list: readonly EnrolledPerson[] | undefined;
  let byId = new Map<string, EnrolledPerson>();
  let upTo: number | undefined;
  return async () => {
    const now = await people();
    if (now === list) return byId;
    if (upTo === undefined) {
      const stored = await rows.get('state', NOTICED.partition, NOTICED.row);
      upTo = Date.parse(String((stored?.value as { upTo?: unknown } | undefined)?.upTo)) || 0;
    }
    const known = upTo;
    const fresh = now.filter(({ enrolledAt }) => enrolledAt.getTime() > known);
    if (fresh.length > 0) {
      await wantSnapshots(
        rows,
        fresh.map(({ id }) => id),
        'enrolled',
        clock.now(),
      );
      upTo = Math.max(...fresh.map(({ enrolledAt }) => enrolledAt.getTime()));
      const value = { upTo: new Date(upTo).toISOString() };
      await rows.transact('state', NOTICED.partition, [{ op: 'put', row: NOTICED.row, value }]);
    }
    list = now;
    byId = new Map(now.map((person) => [person.id, person]));
    return byId;
  };
}

async function takeAll(
  person: EnrolledPerson,
  why: Why,
  arePlacesSwept: boolean,
  tried: Tried,
  deps: SnapshotDeps,
): Promise<void> {
  const { rows, clock, settings } = deps;
  for (const account of person.accounts) {
    // Accounts elsewhere are not in this tenant's directory: their mailbox is all that can be read, if at all.
    const parts = partsOf(account, settings);
    const before = await readSnapshot(rows, person.id, rowOf(account));
    const takenAt = before.methods?.at ?? before.fields?.at;
    if (takenAt && clock.now().getTime() - takenAt.getTime() < FRESH_MS) continue;
    const wanted = parts.filter((part) => part !== 'places' || (before.placesAt === undefined && !arePlacesSwept));
    const taken = await readParts(account, before, wanted, why === 'enrolled' ? 'snapshot' : 'hint', tried, deps);
    await changeSnapshot(rows, person.id, rowOf(account), taken.apply);
  }
}

function partsOf({ kind, mailOptIn }: EnrolledAccount, settings: Settings): SnapshotPart[] {
  const parts: SnapshotPart[] = [];
  if (kind === 'work') {
    if (settings.POSTERN_SOURCE_AUTHENTICATION_METHODS) parts.push('methods', 'fields');
    if (settings.POSTERN_SOURCE_SIGN_INS) parts.push('places');
  }
  if ((kind === 'work' || mailOptIn) && settings.POSTERN_SOURCE_AUTHENTICATION_METHODS) parts.push('rules');
  return parts;
}
