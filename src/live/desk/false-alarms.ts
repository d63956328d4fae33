/**
 * False alarms, kept as labeled cases: rows of the table `inbox`, partition `cases`, newest first. A case holds the
 * finding as it was, and a draft for `cases.json` (docs/rules.md): who, where and when by the names that cases use, so
 * that the draft holds nothing of the person. Raw records are not stored by Postern; the draft names for each hit the
 * rule and the log, and whoever completes it takes that rule's own sample.
 */
import { z } from 'zod';
import type { Finding, Signal } from '../../model/finding.ts';
import type { Rows } from '../../ports.ts';
import type { StoredFinding } from '../stored-finding.ts';
import type { CaseRow } from './shape.ts';

const PARTITION = 'cases';
const LATEST = 9_999_999_999_999;
const MOST = 500;

const StoredCase = z.object({
  id: z.string(),
  at: z.coerce.date(),
  by: z.string(),
  note: z.string(),
  /** As stored; instants as ISO text. */
  finding: z.looseObject({ id: z.string(), chains: z.array(z.string()) }),
  draft: z.unknown(),
});

/** Keeps a finding as a case. The same finding again replaces its case. @throws UpstreamError */
export async function keepCase(
  rows: Rows,
  stored: StoredFinding,
  { by, at, note }: { readonly by: string; readonly at: Date; readonly note: string },
): Promise<void> {
  const { finding } = stored;
  const value = { id: finding.id, at, by, note, finding, draft: draftOf(finding, note) };
  await rows.transact('inbox', PARTITION, [{ op: 'put', row: rowOf(finding), value }]);
}

/** Takes the case of a finding back. */
export async function dropCase(rows: Rows, { finding }: StoredFinding): Promise<void> {
  await rows.transact('inbox', PARTITION, [{ op: 'delete', row: rowOf(finding) }]);
}

/** All cases, the latest evidence first. @throws UpstreamError */
export async function listCases(rows: Rows): Promise<z.infer<typeof CaseRow>[]> {
  const all: z.infer<typeof CaseRow>[] = [];
  for await (const { row, value } of rows.list('inbox', PARTITION)) {
    const { at, by, note, finding } = StoredCase.parse(value);
    all.push({ id: row, finding: finding.id, at: at.toISOString(), by, note, chains: finding.chains });
    if (all.length >= MOST) break;
  }
  return all;
}

/** One case as a file: the draft, and if wanted the finding with its people. @throws UpstreamError */
export async function readCase(rows: Rows, id: string, isRedacted: boolean): Promise<unknown> {
  const row = await rows.get('inbox', PARTITION, id);
  if (!row) return undefined;
  const { draft, finding } = StoredCase.parse(row.value);
  return isRedacted ? draft : { draft, finding };
}

/**
 * What is left of a case when findings of its time are pruned: the draft, which names nobody. Undefined: it stays as it is.
 */
export function withoutPeople(value: unknown, cutoff: Date): unknown {
  const { data } = StoredCase.safeParse(value);
  const last = z.coerce.date().safeParse(data?.finding.last).data;
  if (!data || !last || last >= cutoff) return undefined;
  const { id, chains } = data.finding;
  return { ...data, note: '', finding: { id, chains } };
}

function rowOf({ id, last }: Finding): string {
  return `${String(LATEST - last.getTime()).padStart(13, '0')}:${id}`;
}

/** Short names of people, places and attempts, in order of appearance, as cases use them. */
const USERS = ['dana', 'eli', 'fay', 'gus'];
const PLACES = ['away', 'elsewhere', 'hotel', 'office'];

/** A draft for `cases.json`. `expect` is empty: nothing should have fired. */
export function draftOf(finding: Finding, note: string): object {
  const users = names(USERS);
  const places = names(PLACES);
  const flows = names([]);
  const [first] = finding.evidence;
  const start = first?.at ?? finding.first;
  const record = (signal: Signal) => ({
    sample: `of ${signal.rule}`,
    rule: signal.rule,
    source: signal.source,
    at: momentOf(signal.at.getTime() - start.getTime()),
    user: users(signal.account),
    from: signal.ip || signal.network ? places(signal.ip ?? signal.network ?? '') : 'none',
    ...(signal.country && { country: signal.country }),
    ...(signal.gate && { gate: signal.gate }),
    ...(signal.flow && { flow: flows(signal.flow) }),
  });
  return {
    name: `False alarm: ${finding.chains.join(', ')}`,
    quiet: 'ordinary',
    // The note is the officer's own words and may name somebody; its length says that there is one.
    about: note === '' ? 'no note' : 'a note is kept with the finding',
    fired: finding.chains,
    outcome: finding.outcome,
    records: finding.evidence.map(record),
    expect: [],
  };
}

function names(known: readonly string[]): (value: string) => string {
  const given = new Map<string, string>();
  return (value) => {
    const name = given.get(value) ?? known[given.size] ?? `n${given.size + 1}`;
    given.set(value, name);
    return name;
  };
}

/** `0m`, `1h30m`, `2d`: as cases write moments. */
export function momentOf(ms: number): string {
  const parts: string[] = [];
  let rest = Math.round(ms / 1000);
  for (const [unit, seconds] of [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ] as const) {
    const count = Math.floor(rest / seconds);
    rest -= count * seconds;
    if (count > 0) parts.push(`${count}${unit}`);
  }
  return parts.length > 0 ? parts.join('') : '0m';
}
