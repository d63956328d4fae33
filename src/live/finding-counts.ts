/**
 * Counts over the stored findings, kept up to date with every finding, so that nobody has to read all of them.
 *
 * A person's findings are in one row (`who:<person>`), short. What they contribute to the counts is a function of that
 * row, so that a change is the difference between two contributions. Contributions are added up in sixteen shards, which
 * are rows of the same partition: the list, the person's row and the counts change in one transaction or not at all.
 *
 *   who:<person>            PersonCounts
 *   sum:<shard>             Counts of the persons of a shard, without days
 *   sum:<shard>:<month>     their days
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { DESK_STATUSES } from '../model/desk-status.ts';
import { OUTCOMES, type Outcome } from '../model/finding.ts';
import type { Row, Rows, RowWrite } from '../ports.ts';
import { dayOf, type FindingSummary } from './finding-summary.ts';

const Counted = z.object({
  outcome: z.enum(OUTCOMES),
  /** Day (UTC) of the first evidence. */
  day: z.string(),
  days: z.record(z.string(), z.number()),
  desk: z.enum(DESK_STATUSES),
  /** True for a false alarm: it is listed, and counts as nothing. */
  false: z.boolean().exactOptional(),
});
/** What counting needs of one finding. */
export type Counted = z.infer<typeof Counted>;
const PersonCounts = z.record(z.string(), Counted);
/** A person's findings by id, those that are open in the sense of `StoredFinding.state`. */
export type PersonCounts = z.infer<typeof PersonCounts>;

/** Attempts that began, and people on whom an attack began, on one day; a person counts once a day. */
export type DayCounts = readonly [attempts: number, attacked: number, compromised: number];

/** What is counted. Keys of `byStatus`: `open attacked` and so on, in findings. */
export interface Counts {
  readonly attempts: number;
  /** Persons, by worst outcome; each number includes the worse. */
  readonly identified: number;
  readonly attacked: number;
  readonly compromised: number;
  readonly byStatus: Readonly<Record<string, number>>;
  readonly days: ReadonlyMap<string, DayCounts>;
}

const SHARDS = 16;
const WHO = 'who:';
const SUM = 'sum:';
const PARTITION = 'findings';

const Sum = z.object({
  attempts: z.number(),
  identified: z.number(),
  attacked: z.number(),
  compromised: z.number(),
  byStatus: z.record(z.string(), z.number()),
});
type Sum = z.infer<typeof Sum>;
const Month = z.record(z.string(), z.tuple([z.number(), z.number(), z.number()]));
const NOTHING: Sum = { attempts: 0, identified: 0, attacked: 0, compromised: 0, byStatus: {} };

/** What one person's findings count for. */
export function contributionOf(person: PersonCounts): Counts {
  const all = Object.values(person);
  const counted = all.filter((one) => !one.false);
  const days = new Map<string, [number, number, number]>();
  const on = (day: string) => days.get(day) ?? days.set(day, [0, 0, 0]).get(day) ?? [0, 0, 0];
  const byStatus: Record<string, number> = {};
  for (const { desk, outcome } of all) {
    const key = `${desk} ${outcome}`;
    byStatus[key] = (byStatus[key] ?? 0) + 1;
  }
  for (const one of counted) {
    for (const [day, attempts] of Object.entries(one.days)) on(day)[0] += attempts;
    if (one.outcome !== 'identified') on(one.day)[1] = 1;
    if (one.outcome === 'compromised') on(one.day)[2] = 1;
  }
  const worst = Math.max(-1, ...counted.map(({ outcome }) => OUTCOMES.indexOf(outcome)));
  const atLeast = (outcome: Outcome) => (worst >= OUTCOMES.indexOf(outcome) ? 1 : 0);
  return {
    attempts: [...days.values()].reduce((sum, [attempts]) => sum + attempts, 0),
    identified: atLeast('identified'),
    attacked: atLeast('attacked'),
    compromised: atLeast('compromised'),
    byStatus,
    days,
  };
}

/** What counting needs of a finding in the list; nothing of one that was withdrawn. */
export function toCounted(summary: FindingSummary): Counted | undefined {
  if (summary.state === 'withdrawn') return undefined;
  const { outcome, first, days, desk } = summary;
  const isFalse = desk?.reason === 'false-alarm';
  return { outcome, day: dayOf(first), days, desk: desk?.status ?? 'open', ...(isFalse && { false: true }) };
}

/**
 * The writes that put one finding of a person into the counts, or with `undefined` out of them, over what is stored now.
 * They belong into one transaction with those of the list. @throws UpstreamError
 */
export async function countWrites(
  rows: Rows,
  person: string,
  id: string,
  counted: Counted | undefined,
): Promise<RowWrite[]> {
  const shard = SUM + shardOf(person);
  const [stored, sums] = await Promise.all([
    rows.get('inbox', PARTITION, WHO + person),
    collect(rows.list('inbox', PARTITION, shard, `${shard};`)),
  ]);
  const before = PersonCounts.parse(stored?.value ?? {});
  const { [id]: old, ...others } = before;
  if (JSON.stringify(old) === JSON.stringify(counted)) return [];
  const after = counted ? { ...others, [id]: counted } : others;
  const [was, is] = [contributionOf(before), contributionOf(after)];
  return [
    writeOver(WHO + person, stored, Object.keys(after).length > 0 ? after : undefined),
    ...sumWrites(shard, sums, was, is),
    ...monthWrites(shard, sums, was, is),
  ];
}

function sumWrites(shard: string, sums: ReadonlyMap<string, Row>, was: Counts, is: Counts): RowWrite[] {
  const stored = sums.get(shard);
  const sum = stored ? Sum.parse(stored.value) : NOTHING;
  const byStatus = { ...sum.byStatus };
  for (const key of new Set([...Object.keys(was.byStatus), ...Object.keys(is.byStatus)]))
    byStatus[key] = (byStatus[key] ?? 0) + (is.byStatus[key] ?? 0) - (was.byStatus[key] ?? 0);
  const value = {
    attempts: sum.attempts + is.attempts - was.attempts,
    identified: sum.identified + is.identified - was.identified,
    attacked: sum.attacked + is.attacked - was.attacked,
    compromised: sum.compromised + is.compromised - was.compromised,
    byStatus: Object.fromEntries(Object.entries(byStatus).filter(([, count]) => count !== 0)),
  };
  return [writeOver(shard, stored, value)];
}

function monthWrites(shard: string, sums: ReadonlyMap<string, Row>, was: Counts, is: Counts): RowWrite[] {
  const changed = [...new Set([...was.days.keys(), ...is.days.keys()])].filter(
    (day) => String(was.days.get(day)) !== String(is.days.get(day)),
  );
  return [...Map.groupBy(changed, (day) => day.slice(0, 7))].map(([month, days]) => {
    const row = `${shard}:${month}`;
    const stored = sums.get(row);
    const value = Month.parse(stored?.value ?? {});
    for (const day of days) {
      const [a, b, c] = value[day] ?? [0, 0, 0];
      const [minus, plus] = [was.days.get(day) ?? [0, 0, 0], is.days.get(day) ?? [0, 0, 0]];
      value[day] = [a + plus[0] - minus[0], b + plus[1] - minus[1], c + plus[2] - minus[2]];
      if (value[day].every((count) => count === 0)) delete value[day];
    }
    return writeOver(row, stored, Object.keys(value).length > 0 ? value : undefined);
  });
}

/** Over the version that was read; without a value it goes. */
function writeOver(row: string, stored: Row | undefined, value: unknown): RowWrite {
  if (value === undefined) return { op: 'delete', row, ...(stored && { tag: stored.tag }) };
  return stored ? { op: 'replace', row, value, tag: stored.tag } : { op: 'insert', row, value };
}

/** All counts, as of now: one query. @throws UpstreamError */
export async function readCounts(rows: Rows): Promise<Counts> {
  const total = { ...NOTHING, byStatus: {} as Record<string, number> };
  const days = new Map<string, DayCounts>();
  for await (const { row, value } of rows.list('inbox', PARTITION, SUM, `${SUM.slice(0, -1)};`)) {
    if (row.length > SUM.length + 2) addDays(days, Month.parse(value));
    else {
      const sum = Sum.parse(value);
      for (const name of ['attempts', 'identified', 'attacked', 'compromised'] as const) total[name] += sum[name];
      for (const [key, count] of Object.entries(sum.byStatus)) total.byStatus[key] = (total.byStatus[key] ?? 0) + count;
    }
  }
  return { ...total, days };
}

function addDays(days: Map<string, DayCounts>, month: z.infer<typeof Month>): void {
  for (const [day, [a, b, c]] of Object.entries(month)) {
    const [x, y, z] = days.get(day) ?? [0, 0, 0];
    days.set(day, [a + x, b + y, c + z]);
  }
}

function shardOf(person: string): string {
  const [first = 0] = createHash('sha256').update(person).digest();
  return String(first % SHARDS).padStart(2, '0');
}

async function collect(list: AsyncIterable<Row>): Promise<Map<string, Row>> {
  const all = new Map<string, Row>();
  for await (const row of list) all.set(row.row, row);
  return all;
}
