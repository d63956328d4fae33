/**
 * Stored findings, to read. One finding is read from `evidence`; lists and counts come from the table `inbox`, which keeps
 * a short row for each finding, newest evidence first, so that 100,000 of them can be paged through.
 */
import { z } from 'zod';
import { UpstreamError } from '../errors.ts';
import { type Campaign, OUTCOMES, type Outcome } from '../model/finding.ts';
import type { Row, Rows, RowWrite } from '../ports.ts';
import { toCampaigns } from '../rules/campaigns.ts';
import { totals } from '../rules/totals.ts';
import { bucketOf } from './buckets.ts';
import { findingRow, findingsPrefix, StoredFinding } from './stored-finding.ts';

/** A finding in a list. */
export const FindingSummary = z.object({
  id: z.string(),
  person: z.string(),
  revision: z.string(),
  state: z.enum(['open', 'withdrawn']),
  outcome: z.enum(OUTCOMES),
  /** As in `StoredFinding`. */
  tell: z.enum(OUTCOMES).exactOptional(),
  level: z.string(),
  chains: z.array(z.string()),
  first: z.coerce.date(),
  last: z.coerce.date(),
  attempts: z.number(),
  ties: z.array(z.string()),
  changedAt: z.coerce.date(),
});
/** A finding in a list. */
export type FindingSummary = z.infer<typeof FindingSummary>;

/** What to list; everything that is left out does not matter. */
export interface FindingFilter {
  readonly outcomes?: readonly Outcome[];
  /** Default: open ones only. */
  readonly states?: readonly StoredFinding['state'][];
  readonly person?: string;
  /** Last evidence at or after. */
  readonly since?: Date;
  /** Last evidence at or before. */
  readonly until?: Date;
}

/** A page of a list, newest evidence first. */
export interface FindingPage {
  readonly findings: readonly FindingSummary[];
  /** Give it as `after` to read on; absent on the last page. */
  readonly next?: string;
}

/** Counts in the words of a scan; a person counts once, by the worst outcome. */
export type FindingTotals = ReturnType<typeof totals>;

/** See `createFindings`. Every call @throws UpstreamError */
export interface Findings {
  /** By present or former id. `undefined`: pruned, or never was. */
  readonly get: (person: string, id: string) => Promise<StoredFinding | undefined>;
  /** All of one person, in order of first evidence. */
  readonly ofPerson: (person: string) => Promise<readonly StoredFinding[]>;
  readonly list: (filter: FindingFilter, limit: number, after?: string) => Promise<FindingPage>;
  /** Campaigns over the stored findings, in order of first evidence. */
  readonly campaigns: (filter?: FindingFilter) => Promise<readonly Campaign[]>;
  readonly totals: (filter?: FindingFilter) => Promise<FindingTotals>;
  /**
   * Brings the list in step with one finding as it is stored now: new, revised, withdrawn, or gone. Whoever handles a
   * message of the queue `findings` calls it for the finding and each of its former ids; again and in any order is fine.
   */
  readonly index: (person: string, id: string) => Promise<void>;
}

const PARTITION = 'findings';
/** Rows that say where in the list a finding is. They sort behind the list. */
const POINTER = 'of:';
const LATEST = 9_999_999_999_999;
const TRIES = 10;

const Pointer = z.object({ row: z.string(), version: z.number() });

/** Over the tables. */
export function createFindings(rows: Rows): Findings {
  async function* summaries(
    filter: FindingFilter,
    after = '',
  ): AsyncGenerator<{ row: string; summary: FindingSummary }> {
    const first = filter.until ? listRow(filter.until, '') : '';
    const from = after > first ? after : first;
    const to = filter.since ? `${listRow(filter.since, '').slice(0, -1)};` : POINTER;
    for await (const { row, value } of rows.list('inbox', PARTITION, from, to)) {
      if (row === after) continue;
      const summary = FindingSummary.parse(value);
      if (isWanted(summary, filter)) yield { row, summary };
    }
  }
  async function collect(filter: FindingFilter): Promise<FindingSummary[]> {
    const all: FindingSummary[] = [];
    for await (const { summary } of summaries(filter)) all.push(summary);
    return all;
  }
  const read = async (person: string, id: string) => {
    const row = await rows.get('evidence', bucketOf(person), findingRow(person, id));
    return row && StoredFinding.parse(row.value);
  };
  const findings: Findings = {
    async get(person, id) {
      return (await read(person, id)) ?? (await findings.ofPerson(person)).find((one) => one.formerIds.includes(id));
    },
    async ofPerson(person) {
      const prefix = findingsPrefix(person);
      const all: StoredFinding[] = [];
      for await (const { value } of rows.list('evidence', bucketOf(person), prefix, `${prefix.slice(0, -1)};`))
        all.push(StoredFinding.parse(value));
      return all.sort((a, b) => a.finding.first.getTime() - b.finding.first.getTime());
    },
    async list(filter, limit, after) {
      const found: FindingSummary[] = [];
      let last: string | undefined;
      for await (const { row, summary } of summaries(filter, after)) {
        if (found.length === limit) return { findings: found, ...(last !== undefined && { next: last }) };
        found.push(summary);
        last = row;
      }
      return { findings: found };
    },
    campaigns: async (filter = {}) => toCampaigns(await collect(filter)),
    totals: async (filter = {}) => totals(await collect(filter)),
    async index(person, id) {
      for (let tries = 0; tries < TRIES; tries++) {
        const pointer = await rows.get('inbox', PARTITION, POINTER + id);
        const writes = indexWrites(id, await read(person, id), pointer);
        if (writes.length === 0 || (await rows.transact('inbox', PARTITION, writes)) === 'done') return;
      }
      throw new UpstreamError('tables', 'UNAVAILABLE');
    },
  };
  return findings;
}

function indexWrites(id: string, stored: StoredFinding | undefined, pointer: Row | undefined): RowWrite[] {
  const known = pointer && { ...Pointer.parse(pointer.value), tag: pointer.tag };
  if (!stored) {
    if (!known) return [];
    const deletes = [known.row, POINTER + id].map((row): RowWrite => ({ op: 'delete', row }));
    return deletes;
  }
  const row = listRow(stored.finding.last, id);
  const { version } = stored;
  if (known && known.version >= version) return [];
  const value = { row, version };
  return [
    known ? { op: 'replace', row: POINTER + id, value, tag: known.tag } : { op: 'insert', row: POINTER + id, value },
    { op: 'put', row, value: toSummary(stored) },
    ...(known && known.row !== row ? [{ op: 'delete', row: known.row } as const] : []),
  ];
}

function toSummary({ finding, state, tell, changedAt }: StoredFinding): FindingSummary {
  const { id, person, revision, outcome, level, chains, first, last, attempts, ties } = finding;
  const plain = { id, person, revision, state, outcome, level, chains, first, last, attempts, ties, changedAt };
  return tell ? { ...plain, tell } : plain;
}

/** Keys descend with time: the newest comes first. */
function listRow(last: Date, id: string): string {
  return `${String(LATEST - last.getTime()).padStart(13, '0')}:${id}`;
}

function isWanted(summary: FindingSummary, filter: FindingFilter): boolean {
  const { outcomes, states = ['open'], person } = filter;
  return (
    (!outcomes || outcomes.includes(summary.outcome)) &&
    states.includes(summary.state) &&
    (person === undefined || summary.person === person)
  );
}
