/**
 * The transparency report: how often an organization is attacked, for everybody to read. Pure.
 *
 * What could single somebody out is left out. A count of people from one to four is not printed, and neither is one from
 * which such a count follows: the counts are nested (attacked within identified, and so on), so the step between two
 * printed ones must be none or five, too. Both reasons look the same, or the reason would give the number away.
 */
import { z } from 'zod';
import type { Outcome } from '../model/finding.ts';

/** A quarter of a year (UTC). */
export interface Quarter {
  /** `2026Q4` */
  readonly name: string;
  readonly from: Date;
  /** Not included. */
  readonly to: Date;
}

/** What became of one finding: all that the report looks at. */
export interface ReportedFinding {
  readonly person: string;
  readonly outcome: Outcome;
  readonly attempts: number;
  readonly techniques: readonly string[];
  /** First evidence. */
  readonly first: Date;
  /** When a provider took the first notice; absent: nobody was told. */
  readonly notifiedAt?: Date;
  /** Word is known to have arrived: delivered, or answered. */
  readonly reached: boolean;
}

const Cell = z.number().nullable();
/** A printed count; null: not shown. */
export type Cell = z.infer<typeof Cell>;

/** The report. */
export const TransparencyReport = z.object({
  schema: z.literal('postern.transparency/1'),
  organization: z.string(),
  quarter: z.string(),
  from: z.string(),
  to: z.string(),
  /** The quarter has not ended: numbers will grow. */
  partial: z.boolean(),
  attempts: Cell,
  /** People, each once. */
  people: z.object({ identified: Cell, attacked: Cell, compromised: Cell, notified: Cell, reached: Cell }),
  /** Median of minutes from the first sign of an attack to the first notice. */
  medianMinutesToNotice: Cell,
  techniques: z.array(z.object({ technique: z.string(), people: z.number() })),
  method: z.array(z.string()),
});
/** The report. */
export type TransparencyReport = z.infer<typeof TransparencyReport>;

/** Counts from one below this are not shown. */
export const LEAST = 5;

const METHOD = [
  'Counted are findings of Postern whose first evidence lies in the quarter (UTC), without those that were withdrawn or marked as false alarms, and those of rules that are only on trial.',
  'An attempt is one pass through the recovery of an account, seen in the logs of Microsoft Entra ID. One person can see many.',
  'A person counts once, by the worst that happened: identified (somebody looked up the recovery options), attacked (a check was tried, or the password was known), compromised (somebody got in). Each number includes the worse.',
  'Notified are attacked people of whom a mail or SMS provider took at least one notice. Reached are those of them to whom a notice is known to have arrived, or who answered.',
  'Minutes to notice run from the first sign of an attack in the logs to the moment when a provider took the first notice: the median over people, rounded to five minutes.',
  'Techniques are those of MITRE ATT&CK, in people, rounded down to multiples of five; one person can count under several. Those that concern fewer than five people, or all but fewer than five, are not listed.',
  'Numbers of people from 1 to 4 are not shown, nor those from which such a number could be worked out. Publish one report per quarter: the difference of two versions can be one person.',
];

/** `2026Q4`, in either case; undefined for anything else. */
export function parseQuarter(text: string): Quarter | undefined {
  const match = /^(20\d\d)-?Q([1-4])$/i.exec(text.trim());
  if (!match) return undefined;
  const [year, number] = [Number(match[1]), Number(match[2])];
  const start = (quarter: number) => new Date(Date.UTC(year, (quarter - 1) * 3));
  return { name: `${year}Q${number}`, from: start(number), to: start(number + 1) };
}

/** The report over findings; those outside the quarter are left out. */
export function transparencyReport(
  findings: readonly ReportedFinding[],
  { quarter, organization, now }: { readonly quarter: Quarter; readonly organization: string; readonly now: Date },
): TransparencyReport {
  const own = findings.filter(({ first }) => first >= quarter.from && first < quarter.to);
  const counts = countPeople(own);
  const people = peopleCells(counts);
  return {
    schema: 'postern.transparency/1',
    organization,
    quarter: quarter.name,
    from: quarter.from.toISOString().slice(0, 10),
    to: new Date(quarter.to.getTime() - 1).toISOString().slice(0, 10),
    partial: now < quarter.to,
    attempts: attemptsCell(own, counts.identified),
    people,
    medianMinutesToNotice: medianMinutes(own, people.notified),
    techniques: techniqueRows(own, counts.identified),
    method: [...METHOD],
  };
}

interface PeopleCounts {
  readonly identified: number;
  readonly attacked: number;
  readonly compromised: number;
  readonly notified: number;
  readonly reached: number;
}

function countPeople(findings: readonly ReportedFinding[]): PeopleCounts {
  const people = (wanted: (finding: ReportedFinding) => boolean) =>
    new Set(findings.filter(wanted).map(({ person }) => person)).size;
  const isAttack = ({ outcome }: ReportedFinding) => outcome !== 'identified';
  return {
    identified: people(() => true),
    attacked: people(isAttack),
    compromised: people(({ outcome }) => outcome === 'compromised'),
    notified: people((one) => isAttack(one) && one.notifiedAt !== undefined),
    reached: people((one) => isAttack(one) && one.notifiedAt !== undefined && one.reached),
  };
}

/** What may be printed of nested counts: each against the nearest printed one that it is part of. */
export function peopleCells(counts: PeopleCounts): TransparencyReport['people'] {
  const identified = isSafe(counts.identified) ? counts.identified : null;
  const attacked = within(counts.attacked, identified);
  const around = attacked ?? identified;
  const notified = within(counts.notified, around);
  return {
    identified,
    attacked,
    compromised: within(counts.compromised, around),
    notified,
    reached: within(counts.reached, notified ?? around),
  };
}

function within(count: number, around: Cell): Cell {
  if (!isSafe(count)) return null;
  return around === null || isSafe(around - count) ? count : null;
}

function isSafe(count: number): boolean {
  return count === 0 || count >= LEAST;
}

/** Many attempts at very few people say something about these. */
function attemptsCell(findings: readonly ReportedFinding[], people: number): Cell {
  const attempts = findings.reduce((sum, one) => sum + one.attempts, 0);
  return isSafe(people) && isSafe(attempts) ? attempts : null;
}

function medianMinutes(findings: readonly ReportedFinding[], notified: Cell): number | null {
  // Its being there would say that at least five were notified.
  if (!notified) return null;
  const byPerson = Map.groupBy(
    findings.filter(({ outcome, notifiedAt }) => outcome !== 'identified' && notifiedAt),
    ({ person }) => person,
  );
  const minutes = [...byPerson.values()].map((own) =>
    Math.min(
      ...own.map(({ first, notifiedAt = first }) => Math.max(0, notifiedAt.getTime() - first.getTime()) / 60_000),
    ),
  );
  minutes.sort((a, b) => a - b);
  const middle = minutes.length >> 1;
  const median =
    minutes.length % 2 === 1 ? (minutes[middle] ?? 0) : ((minutes[middle - 1] ?? 0) + (minutes[middle] ?? 0)) / 2;
  return Math.round(median / 5) * 5;
}

function techniqueRows(findings: readonly ReportedFinding[], identified: number): TransparencyReport['techniques'] {
  const people = new Map<string, Set<string>>();
  for (const { person, techniques } of findings) {
    for (const technique of techniques) people.set(technique, (people.get(technique) ?? new Set()).add(person));
  }
  return [...people]
    .filter(([, persons]) => persons.size >= LEAST && isSafe(identified - persons.size))
    .map(([technique, persons]) => ({ technique, people: Math.floor(persons.size / LEAST) * LEAST }))
    .sort((a, b) => b.people - a.people || (a.technique < b.technique ? -1 : 1));
}
