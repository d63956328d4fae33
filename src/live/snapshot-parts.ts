/** Reads the parts of one account's snapshot from Graph and ingests what differs from the one before. */
import { GRAPH_READS, INBOX_RULES } from '../azure/graph-paths.ts';
import { UpstreamError } from '../errors.ts';
import type { EnrolledAccount } from '../model/enrolled-person.ts';
import type { AccountRef } from '../model/log-event.ts';
import type { Clock, Graph, GraphPriority, RawRecord } from '../ports.ts';
import { filterInstant, type Ingest, recordsOf } from './reading.ts';
import {
  fieldItems,
  type KeyedHash,
  methodDifferences,
  methodItems,
  printsOf,
  ruleDifferences,
  ruleItems,
} from './snapshot-diff.ts';
import type { Snapshot, SnapshotPart } from './snapshot-rows.ts';

/** What reading parts needs. */
export interface PartDeps {
  readonly graph: Graph;
  readonly clock: Clock;
  readonly ingest: Ingest;
  /** Keyed hash, the same as the sources' (`Knowledge.hash`). */
  readonly hash: KeyedHash;
}

/** Fields of a user that recovery depends on, and two that show a reset. */
export const RECOVERY_FIELDS =
  'id,userPrincipalName,otherMails,mobilePhone,businessPhones,lastPasswordChangeDateTime,signInSessionsValidFromDateTime';
/** How far back familiar places are learned from. */
const PLACES_MS = 30 * 24 * 3600_000;
/** What reading some parts gave. */
export interface Taken {
  readonly found: Partial<Snapshot>;
  /** Puts it into a snapshot, and leaves the other parts alone. */
  readonly apply: (snapshot: Snapshot) => Snapshot;
}

/** Reads parts and ingests what differs. Nothing is stored before it is ingested. */
export async function readParts(
  account: EnrolledAccount,
  before: Snapshot,
  parts: readonly SnapshotPart[],
  priority: GraphPriority,
  tried: Tried,
  deps: PartDeps,
): Promise<Taken> {
  const missing: Snapshot['missing'] = {};
  let found: Partial<Snapshot> = {};
  for (const part of parts) {
    try {
      found = { ...found, ...(await READERS[part](account, before, priority, deps)) };
      tried.set(part, { okAt: deps.clock.now().getTime() });
    } catch (error) {
      // What waiting helps against is tried again as a whole.
      if (!(error instanceof UpstreamError) || error.service !== 'graph' || !STAYS.has(error.code)) throw error;
      missing[part] = error.code;
      if (PERMISSION.has(error.code)) tried.set(part, { ...tried.get(part), code: error.code });
    }
  }
  const apply = (snapshot: Snapshot): Snapshot => {
    const others = Object.entries(snapshot.missing).filter(([part]) => !parts.includes(part as SnapshotPart));
    return { ...snapshot, ...found, missing: { ...Object.fromEntries(others), ...missing } };
  };
  return { found, apply };
}

/** How reading a part went for anybody. */
export type Tried = Map<SnapshotPart, { readonly okAt?: number; readonly code?: string }>;

const PERMISSION: ReadonlySet<string> = new Set(['FORBIDDEN', 'NOT_LICENSED']);
const STAYS: ReadonlySet<string> = new Set(['FORBIDDEN', 'NOT_LICENSED', 'NOT_FOUND', 'REFUSED', 'UNREADABLE']);

type Reader = (
  account: EnrolledAccount,
  before: Snapshot,
  priority: GraphPriority,
  deps: PartDeps,
) => Promise<Partial<Snapshot>>;

const READERS: Readonly<Record<SnapshotPart, Reader>> = {
  async methods(account, { methods: old }, priority, deps) {
    const at = deps.clock.now();
    const path = GRAPH_READS['authentication-methods'].path.replace('{id}', pathId(account));
    const items = methodItems(await collect(deps.graph, path, priority), deps.hash);
    if (old) await ingestAll(methodDifferences(old.prints, items, contextOf(account, at, old.at)), deps);
    return { methods: { at, prints: printsOf(items) } };
  },
  async fields(account, { fields: old }, priority, deps) {
    const at = deps.clock.now();
    const user = await deps.graph.get(`/users/${pathId(account)}?$select=${RECOVERY_FIELDS}`, { priority });
    const items = fieldItems(user, deps.hash);
    if (old) await ingestAll(methodDifferences(old.prints, items, contextOf(account, at, old.at)), deps);
    const { lastPasswordChangeDateTime: passwordAt, signInSessionsValidFromDateTime: sessionsAt } = user;
    const times = {
      ...(typeof passwordAt === 'string' && { passwordAt }),
      ...(typeof sessionsAt === 'string' && { sessionsAt }),
    };
    return { fields: { at, prints: printsOf(items), ...times } };
  },
  async rules(account, { rules: old }, priority, deps) {
    const at = deps.clock.now();
    const path = INBOX_RULES.path.replace('{id}', pathId(account));
    const items = ruleItems(await collect(deps.graph, path, priority), deps.hash);
    if (old) await ingestAll(ruleDifferences(old.prints, items, contextOf(account, at, old.at), deps.hash), deps);
    return { rules: { at, prints: printsOf(items) } };
  },
  /** Past sign-ins teach the places that the account is used from, so that a new one can be told from them. */
  async places({ id }, _before, priority, deps) {
    const at = deps.clock.now();
    if (id === undefined) return {};
    const from = filterInstant(new Date(at.getTime() - PLACES_MS));
    const { path, version, top } = GRAPH_READS['sign-ins'];
    const filter = `userId eq '${id}' and createdDateTime ge ${from}`;
    const query = `${path}?$filter=${encodeURIComponent(filter)}&$top=${top}`;
    for await (const { value } of deps.graph.pages(query, { version, priority }))
      await deps.ingest(recordsOf(value).records, at);
    return { placesAt: at };
  },
};

async function ingestAll(records: readonly RawRecord[], { ingest, clock }: PartDeps): Promise<void> {
  if (records.length > 0) await ingest(records, clock.now());
}

async function collect(graph: Graph, path: string, priority: GraphPriority): Promise<RawRecord[]> {
  const all: RawRecord[] = [];
  for await (const { value } of graph.pages(path, { priority })) all.push(...recordsOf(value).records);
  return all;
}

function contextOf({ id, upn }: EnrolledAccount, at: Date, since: Date) {
  const account: AccountRef = { ...(id !== undefined && { id }), upn };
  return { account, at, since };
}

export function rowOf({ id, upn }: EnrolledAccount): string {
  return id ?? upn;
}

function pathId(account: EnrolledAccount): string {
  return encodeURIComponent(rowOf(account));
}
