/**
 * Stored findings, to read. One finding is read from `evidence`; lists and counts come from the table `inbox`, which keeps
 * a short row for each finding, newest evidence first, so that 100,000 of them can be paged through.
 */
import { z } from 'zod';
import { UpstreamError } from '../errors.ts';
import type { DESK_STATUSES, DeskStatus } from '../model/desk-status.ts';
import type { Campaign, Outcome } from '../model/finding.ts';
import type { Rows, RowWrite } from '../ports.ts';
import { toCampaigns } from '../rules/campaigns.ts';
import { totals } from '../rules/totals.ts';
import { bucketOf } from './buckets.ts';
import { type Counts, countWrites, readCounts, toCounted } from './finding-counts.ts';
import { FindingSummary, toSummary } from './finding-summary.ts';
import { findingRow, findingsPrefix, StoredFinding } from './stored-finding.ts';

export { FindingSummary } from './finding-summary.ts';

/** What to list; everything that is left out does not matter. */
export interface FindingFilter {
  readonly outcomes?: readonly Outcome[];
  /** Default: open ones only. */
  readonly states?: readonly StoredFinding['state'][];
  readonly desk?: readonly (typeof DESK_STATUSES)[number][];
  readonly person?: string;
  /** Last evidence at or after. */
  readonly since?: Date;
  /** Last evidence at or before. */
  readonly until?: Date;
}

/** Which open findings: those with one of the outcomes and one of the statuses. */
export interface FindingTab {
  readonly outcomes: readonly Outcome[];
  readonly statuses: readonly DeskStatus['status'][];
}

/** A page of a list, newest evidence first. */
export interface FindingPage {
  readonly findings: readonly FindingSummary[];
  /** Give it as `after` to read on; absent on the last page. */
  readonly next?: string;
}

/** Counts in the words of a scan; a person counts once, by the worst outcome. */
export type FindingTotals = ReturnType<typeof totals>;

/** A finding of the list as it is stored. */
export interface StoredSummary {
  readonly summary: FindingSummary;
  readonly row: string;
  readonly tag: string;
}

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
  /** Counts of everything that is stored, without reading it. False alarms count as nothing. */
  readonly counts: () => Promise<Counts>;
  /** The same as `list` of open findings, by outcome and status of the desk, without reading others. */
  readonly tab: (tab: FindingTab, limit: number, after?: string) => Promise<FindingPage>;
  /** One finding of the list with the tag of its row. By present id only. */
  readonly summary: (id: string) => Promise<StoredSummary | undefined>;
  /** Notes what the desk decided on a finding, over the version that it was decided on. */
  readonly decide: (seen: StoredSummary, desk: DeskStatus) => Promise<'done' | 'conflict'>;
  /**
   * Brings the list in step with one finding as it is stored now: new, revised, withdrawn, or gone. Whoever handles a
   * message of the queue `findings` calls it for the finding and each of its former ids; again and in any order is fine.
   * Returns the finding as it is stored.
   */
  readonly index: (person: string, id: string) => Promise<StoredFinding | undefined>;
}

const PARTITION = 'findings';
/** Rows that say where in the list a finding is. They sort behind the list. */
const POINTER = 'of:';
/** Copies of open findings by status of the desk and outcome, as `tab:open attacked:<row of the list>`. */
const TAB = 'tab:';
const LATEST = 9_999_999_999_999;
/** Sixteen shards of counts are shared by all writers: with many at once some must try again. */
const TRIES = 30;

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
    counts: () => readCounts(rows),
    async summary(id) {
      const pointer = await rows.get('inbox', PARTITION, POINTER + id);
      return pointer && readListed(Pointer.parse(pointer.value).row);
    },
    async decide({ summary, row, tag }, desk) {
      const value: FindingSummary = { ...summary, desk };
      const counts = await countWrites(rows, summary.person, summary.id, toCounted(value));
      const tabs = tabWrites(tabRow(row, summary), tabRow(row, value), value);
      return rows.transact('inbox', PARTITION, [{ op: 'replace', row, value, tag }, ...tabs, ...counts]);
    },
    async tab({ outcomes, statuses }, limit, after = '') {
      const tabs = statuses.flatMap((status) => outcomes.map((outcome) => `${TAB}${status} ${outcome}:`));
      const some = (await Promise.all(tabs.map((each) => readTab(each, limit + 1, after)))).flat();
      some.sort((a, b) => (a.key < b.key ? -1 : 1));
      const wanted = some.slice(0, limit);
      const next = some.length > limit ? wanted.at(-1)?.key : undefined;
      return { findings: wanted.map(({ summary }) => summary), ...(next !== undefined && { next }) };
    },
    async index(person, id) {
      for (let tries = 0; tries < TRIES; tries++) {
        const stored = await read(person, id);
        const writes = await indexWrites(person, id, stored);
        if (writes.length === 0 || (await rows.transact('inbox', PARTITION, writes)) === 'done') return stored;
      }
      throw new UpstreamError('tables', 'UNAVAILABLE');
    },
  };

  async function readListed(row: string): Promise<StoredSummary | undefined> {
    const stored = await rows.get('inbox', PARTITION, row);
    return stored && { summary: FindingSummary.parse(stored.value), row, tag: stored.tag };
  }

  async function readTab(
    tab: string,
    limit: number,
    after: string,
  ): Promise<{ key: string; summary: FindingSummary }[]> {
    const found: { key: string; summary: FindingSummary }[] = [];
    for await (const { row, value } of rows.list('inbox', PARTITION, tab + after, `${tab.slice(0, -1)};`, limit + 1)) {
      const key = row.slice(tab.length);
      if (key !== after) found.push({ key, summary: FindingSummary.parse(value) });
    }
    return found;
  }

  /** What brings the list in step with one finding, over what is stored now. Empty: it is. */
  async function indexWrites(person: string, id: string, stored: StoredFinding | undefined): Promise<RowWrite[]> {
    const pointer = await rows.get('inbox', PARTITION, POINTER + id);
    const known = pointer && { ...Pointer.parse(pointer.value), tag: pointer.tag };
    if (!stored && !known) return [];
    if (stored && known && known.version >= stored.version) return [];
    const listed = known && (await readListed(known.row));
    if (!stored) {
      // What the desk decided goes on with the finding that this one is part of now.
      if (listed?.summary.desk) await indexSuccessor(person, id);
      return [
        ...(listed ? [{ op: 'delete', row: listed.row, tag: listed.tag } as const] : []),
        ...(listed ? tabWrites(tabRow(listed.row, listed.summary), undefined, undefined) : []),
        { op: 'delete', row: POINTER + id, ...(known && { tag: known.tag }) },
        ...(await countWrites(rows, person, id, undefined)),
      ];
    }
    const summary = toSummary(stored, listed?.summary.desk ?? (known ? undefined : await inherited(stored)));
    const counts = await countWrites(rows, person, id, toCounted(summary));
    return [...listWrites(id, stored.version, summary, known, listed), ...counts];
  }

  async function indexSuccessor(person: string, id: string): Promise<void> {
    const successor = (await findings.ofPerson(person)).find((one) => one.formerIds.includes(id));
    if (successor) await findings.index(person, successor.finding.id);
  }

  /** The last decision, if all that the finding is made of were decided on: what nobody has looked at stays open. */
  async function inherited({ formerIds }: StoredFinding): Promise<DeskStatus | undefined> {
    const former = await Promise.all(formerIds.map((id) => findings.summary(id)));
    const listed = former.flatMap((one) => (one?.summary.state === 'open' ? [one.summary.desk] : []));
    if (listed.some((desk) => desk === undefined || desk.status === 'open')) return undefined;
    return listed.flatMap((desk) => desk ?? []).sort((a, b) => b.at.getTime() - a.at.getTime())[0];
  }
  return findings;
}

type Known = z.infer<typeof Pointer> & { readonly tag: string };

function listWrites(
  id: string,
  version: number,
  summary: FindingSummary,
  known: Known | undefined,
  listed: StoredSummary | undefined,
): RowWrite[] {
  const row = listRow(summary.last, id);
  const value = { row, version };
  const isSame = listed?.row === row;
  return [
    known ? { op: 'replace', row: POINTER + id, value, tag: known.tag } : { op: 'insert', row: POINTER + id, value },
    isSame ? { op: 'replace', row, value: summary, tag: listed.tag } : { op: 'put', row, value: summary },
    ...(listed && !isSame ? [{ op: 'delete', row: listed.row, tag: listed.tag } as const] : []),
    ...tabWrites(listed && tabRow(listed.row, listed.summary), tabRow(row, summary), summary),
  ];
}

function tabRow(row: string, { state, outcome, desk }: FindingSummary): string | undefined {
  return state === 'open' ? `${TAB}${desk?.status ?? 'open'} ${outcome}:${row}` : undefined;
}

function tabWrites(was: string | undefined, is: string | undefined, value: FindingSummary | undefined): RowWrite[] {
  return [
    ...(was === undefined || was === is ? [] : [{ op: 'delete', row: was } as const]),
    ...(is === undefined ? [] : [{ op: 'put', row: is, value } as const]),
  ];
}

/** Keys descend with time: the newest comes first. */
function listRow(last: Date, id: string): string {
  return `${String(LATEST - last.getTime()).padStart(13, '0')}:${id}`;
}

function isWanted(summary: FindingSummary, filter: FindingFilter): boolean {
  const { outcomes, states = ['open'], person, desk } = filter;
  return (
    (!outcomes || outcomes.includes(summary.outcome)) &&
    states.includes(summary.state) &&
    (!desk || desk.includes(summary.desk?.status ?? 'open')) &&
    (person === undefined || summary.person === person)
  );
}
