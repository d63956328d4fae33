/**
 * Retention and erasure, once a day: what is older than the settings say goes, and everything about people who are not
 * enrolled any more. Each run goes through all tables, so that a run that was cut off, or something that was written while
 * it ran, is made good by the next.
 */
import { z } from 'zod';
import type { Settings } from '../config.ts';
import { type Clock, type Log, type Row, type Rows, type RowWrite, TABLES, type TableName } from '../ports.ts';
import { eraseEdit, personsMentioned } from './erasure.ts';
import { createFindings } from './findings.ts';
import type { PeopleStore } from './people-store.ts';
import { ageEdit, type Cutoffs } from './retention-rules.ts';
import { editTable, type RowEdit } from './row-edits.ts';

/** What retention needs. */
export interface RetentionPorts {
  readonly rows: Rows;
  readonly clock: Clock;
  readonly log: Log;
  readonly people: PeopleStore;
  readonly settings: Pick<
    Settings,
    'POSTERN_RETENTION_EVIDENCE_DAYS' | 'POSTERN_RETENTION_FINDINGS_DAYS' | 'POSTERN_RETENTION_LEDGER_DAYS'
  >;
}

/** What a run did. */
export interface PruneReport {
  /** Rows deleted. */
  readonly rows: number;
  /** People erased. */
  readonly erased: number;
}

/** See the head of this file. Every call @throws UpstreamError: again later does the rest */
export interface Retention {
  readonly prune: (now: Date) => Promise<PruneReport>;
  /** Erases people who are not enrolled any more; those who are, are left alone. Returns how many rows were deleted. */
  readonly erase: (ids: Iterable<string>) => Promise<number>;
}

const DAY_MS = 24 * 3600_000;
const ORPHANS = { partition: 'prune', row: 'orphans' } as const;
/** So many are remembered from one run to the next; more wait for their turn. */
const MOST_ORPHANS = 5000;

const Orphans = z.array(z.string());
const Reference = z.object({ reference: z.string() });

/** Over the tables. */
export function createRetention(ports: RetentionPorts): Retention {
  const { rows, people, log } = ports;

  async function prune(now: Date): Promise<PruneReport> {
    const cutoffs = cutoffsOf(ports.settings, now);
    const current = await people.current();
    const strangers = new Set<string>();
    const links = createLinks();
    let deleted = 0;
    for (const table of TABLES) {
      const removed: Row[] = [];
      const edited = await editTable(rows, table, (row) => {
        const edit = ageEdit(table, row, cutoffs, now);
        if (edit?.op === 'delete') removed.push(row);
        else {
          for (const id of personsMentioned(row)) if (!current.byId(id)) strangers.add(id);
          if (table === 'ledger') links.note(row);
        }
        return edit;
      });
      deleted += edited.deleted;
      await alongWith(table, removed);
    }
    deleted += await dropOrphans(links.orphans());
    const erased = await gone(strangers);
    if (erased.size > 0) deleted += await eraseAll(erased);
    log.tell('pruned', { rows: deleted });
    return { rows: deleted, erased: erased.size };
  }

  /** Rows that go with others: places in lists. */
  async function alongWith(table: TableName, removed: readonly Row[]): Promise<void> {
    if (table === 'evidence') {
      const findings = createFindings(rows);
      for (const { row } of removed) {
        const [kind, person = '', id = ''] = row.split(':');
        if (kind === 'finding') await findings.index(person, id);
      }
    }
    if (table !== 'inbox') return;
    for (const { partition, row } of removed) {
      const id = row.slice(row.indexOf(':') + 1);
      if (!row.startsWith('of:')) await rows.transact('inbox', partition, [{ op: 'delete', row: `of:${id}` }]);
    }
  }

  /** Deletes what nothing has referred to at the last run either: a reference is taken before what it is for is written. */
  async function dropOrphans(found: readonly string[]): Promise<number> {
    const stored = await rows.get('state', ORPHANS.partition, ORPHANS.row);
    const before = new Set(Orphans.safeParse(stored?.value).data ?? []);
    const over = found.filter((key) => before.has(key));
    for (const [partition, keys] of Map.groupBy(over, (key) => key.slice(0, key.indexOf(':')))) {
      const deletes = keys.map((key): RowWrite => ({ op: 'delete', row: key.slice(partition.length + 1) }));
      for (let at = 0; at < deletes.length; at += 100)
        await rows.transact('ledger', partition, deletes.slice(at, at + 100));
    }
    const left = found.filter((key) => !before.has(key)).slice(0, MOST_ORPHANS);
    await rows.transact('state', ORPHANS.partition, [{ op: 'put', row: ORPHANS.row, value: left }]);
    return over.length;
  }

  /** Those of whom there is really no row: somebody may have been enrolled while the tables were read. */
  async function gone(ids: Iterable<string>): Promise<ReadonlySet<string>> {
    const missing = new Set<string>();
    for (const id of ids) if (!(await people.get(id))) missing.add(id);
    return missing;
  }

  async function eraseAll(ids: ReadonlySet<string>): Promise<number> {
    let deleted = 0;
    for (const table of TABLES) {
      const removed: Row[] = [];
      const edited = await editTable(rows, table, (row): RowEdit => {
        const edit = eraseEdit(table, row, ids);
        if (edit?.op === 'delete') removed.push(row);
        return edit;
      });
      deleted += edited.deleted;
      // Lists and counts first hear of findings that are gone; what they do not know of goes by itself.
      await alongWith(table, removed);
    }
    return deleted;
  }

  return {
    prune,
    async erase(ids) {
      const erased = await gone(ids);
      return erased.size === 0 ? 0 : eraseAll(erased);
    },
  };
}

function cutoffsOf(settings: RetentionPorts['settings'], now: Date): Cutoffs {
  const before = (days: number) => new Date(now.getTime() - days * DAY_MS);
  return {
    evidence: before(settings.POSTERN_RETENTION_EVIDENCE_DAYS),
    findings: before(settings.POSTERN_RETENTION_FINDINGS_DAYS),
    ledger: before(settings.POSTERN_RETENTION_LEDGER_DAYS),
  };
}

/** References and provider ids of the ledger, and what still refers to them. */
function createLinks() {
  const targets = new Map<string, string>();
  const used = new Set<string>();
  return {
    note({ partition, row, value }: Row): void {
      if (partition === 'ref') targets.set(`ref:${row}`, `ref:${row}`);
      else if (partition === 'provider') targets.set(`provider:${row}`, `notice:${noticeOf(value)}`);
      else {
        used.add(row.startsWith('answer:') ? `ref:${row.slice('answer:'.length)}` : row);
        for (const reference of referencesIn(value)) used.add(`ref:${reference}`);
      }
    },
    orphans: (): string[] => [...targets].flatMap(([key, target]) => (used.has(target) ? [] : [key])),
  };
}

function noticeOf(value: unknown): string {
  return z.object({ notice: z.string() }).safeParse(value).data?.notice ?? '';
}

/** References that a delivery or a told record is about. */
function referencesIn(value: unknown): string[] {
  const { notice, tellings = [] } = value as { notice?: unknown; tellings?: readonly unknown[] };
  return [notice, ...tellings].flatMap((one) => Reference.safeParse(one).data?.reference ?? []);
}
