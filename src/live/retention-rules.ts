/** What is too old to be kept, row by row. Pure. Rows that nothing here knows are kept. */
import { z } from 'zod';
import type { Row, TableName } from '../ports.ts';
import { withoutPeople } from './desk/false-alarms.ts';
import type { RowEdit } from './row-edits.ts';
import { StoredFinding } from './stored-finding.ts';
import { readGroup, readPerson, writeGroup, writePerson } from './unit-rows.ts';
import { type Hits, idIn } from './unit-state.ts';

/** What lies before these instants goes. */
export interface Cutoffs {
  /** Hits. */
  readonly evidence: Date;
  /** Findings, by their last evidence. */
  readonly findings: Date;
  /** Deliveries, answers, what was told, closed tasks, the audit trail. */
  readonly ledger: Date;
}

const Times = z.object({ times: z.record(z.string(), z.coerce.date()) });
const Told = z.looseObject({ tellings: z.array(z.looseObject({ at: z.coerce.date() })) });
const Answers = z.object({ given: z.array(z.object({ at: z.coerce.date() })) });
const Task = z.object({ status: z.string(), since: z.coerce.date(), changedAt: z.coerce.date().optional() });
const Proof = z.object({ until: z.coerce.date() });

/** What age makes of a row. `findings`: those that a person's row still knows go with their own rows. */
export function ageEdit(table: TableName, row: Row, cutoffs: Cutoffs, now: Date): RowEdit {
  if (table === 'evidence') return evidenceEdit(row, cutoffs);
  if (table === 'ledger') return ledgerEdit(row, cutoffs.ledger);
  if (table === 'inbox' && row.partition === 'tasks') return taskEdit(row, cutoffs.ledger);
  if (table === 'inbox' && row.partition === 'cases') {
    const value = withoutPeople(row.value, cutoffs.findings);
    return value === undefined ? undefined : { op: 'replace', value };
  }
  if (table === 'trail') return row.row < cutoffs.ledger.toISOString() ? { op: 'delete' } : undefined;
  if (table === 'people' && row.partition.startsWith('proof:')) {
    const { data } = Proof.safeParse(row.value);
    return data && data.until < now ? { op: 'delete' } : undefined;
  }
  return undefined;
}

function evidenceEdit({ row, value, tag }: Row, { evidence, findings }: Cutoffs): RowEdit {
  const horizon = evidence.getTime();
  if (row.startsWith('finding:'))
    return StoredFinding.parse(value).finding.last < findings ? { op: 'delete' } : undefined;
  if (row.startsWith('person:')) {
    const state = readPerson(idIn(row), value, tag);
    const hits = since(state.hits, horizon);
    const notes = state.findings.filter(({ last }) => last >= findings.getTime());
    const links = new Map(
      [...state.links].filter(([, { matches }]) =>
        matches.some(({ evidence }) => evidence.some(({ at }) => at >= horizon)),
      ),
    );
    const isSame =
      hits.size === state.hits.size && notes.length === state.findings.length && links.size === state.links.size;
    return isSame ? undefined : { op: 'replace', value: writePerson({ ...state, hits, links, findings: notes }) };
  }
  if (row.startsWith('window:')) {
    const state = readGroup(value, tag);
    const hits = since(state.hits, horizon);
    if (hits.size === 0 && state.from.length === 0) return { op: 'delete' };
    return hits.size === state.hits.size ? undefined : { op: 'replace', value: writeGroup({ ...state, hits }) };
  }
  return undefined;
}

function since(hits: Hits, horizon: number): Hits {
  return new Map([...hits].filter(([, { at }]) => at >= horizon));
}

function ledgerEdit({ row, value }: Row, cutoff: Date): RowEdit {
  if (row.startsWith('notice:')) return isOver(Object.values(Times.safeParse(value).data?.times ?? {}), cutoff);
  if (row.startsWith('answer:')) {
    return isOver(
      (Answers.safeParse(value).data?.given ?? []).map(({ at }) => at),
      cutoff,
    );
  }
  const told = row === 'told' ? Told.safeParse(value).data : undefined;
  if (!told) return undefined;
  const tellings = told.tellings.filter(({ at }) => at >= cutoff);
  return tellings.length === told.tellings.length ? undefined : { op: 'replace', value: { ...told, tellings } };
}

function isOver(times: readonly Date[], cutoff: Date): RowEdit {
  return times.length > 0 && times.every((at) => at < cutoff) ? { op: 'delete' } : undefined;
}

function taskEdit({ row, value }: Row, cutoff: Date): RowEdit {
  const { data } = Task.safeParse(value);
  if (row.startsWith('of:') || data?.status !== 'closed') return undefined;
  return (data.changedAt ?? data.since) < cutoff ? { op: 'delete' } : undefined;
}
