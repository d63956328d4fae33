/** A finding in a list, and what the desk decided on it. Rows of the table `inbox`, partition `findings`. */
import { z } from 'zod';
import { type Finding, OUTCOMES } from '../model/finding.ts';
import type { StoredFinding } from './stored-finding.ts';

/** What the desk can say of a finding. */
export const DESK_STATUSES = ['open', 'acknowledged', 'closed'] as const;
/** Why a finding was closed. `false-alarm`: it counts nowhere any more, and is kept as a labeled case. */
export const CLOSE_REASONS = ['handled', 'with-others', 'test', 'no-action', 'false-alarm'] as const;

/** What somebody at the desk decided on a finding. Absent: nobody has looked at it yet. */
export const DeskStatus = z.object({
  status: z.enum(DESK_STATUSES),
  /** Object id of the officer; `postern` when what was closed became worse and was opened again. */
  by: z.string(),
  at: z.coerce.date(),
  reason: z.enum(CLOSE_REASONS).exactOptional(),
  note: z.string().exactOptional(),
  /** What it was decided on. */
  revision: z.string(),
  outcome: z.enum(OUTCOMES),
});
/** What somebody at the desk decided on a finding. */
export type DeskStatus = z.infer<typeof DeskStatus>;

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
  createdAt: z.coerce.date(),
  changedAt: z.coerce.date(),
  techniques: z.array(z.string()),
  /** Attempts by the day (UTC) on which each began; they add up to `attempts`. */
  days: z.record(z.string(), z.number()),
  desk: DeskStatus.exactOptional(),
});
/** A finding in a list. */
export type FindingSummary = z.infer<typeof FindingSummary>;

/** What the list keeps of a finding. `desk`: what was decided on it, or on what it was before. */
export function toSummary(stored: StoredFinding, desk: DeskStatus | undefined): FindingSummary {
  const { finding, state, tell, createdAt, changedAt } = stored;
  const { id, person, revision, outcome, level, chains, first, last, attempts, ties, techniques } = finding;
  const days = attemptDays(finding);
  return {
    ...{ id, person, revision, state, outcome, level, chains, first, last, attempts, ties, techniques, days },
    ...{ createdAt, changedAt },
    ...(tell && { tell }),
    ...(desk && { desk: stillTrue(desk, stored) }),
  };
}

/** A decision holds until the finding gets worse than what was decided on: then it is open again, and says so. */
function stillTrue(desk: DeskStatus, { finding, changedAt }: StoredFinding): DeskStatus {
  const isWorse = OUTCOMES.indexOf(finding.outcome) > OUTCOMES.indexOf(desk.outcome);
  if (!isWorse || desk.status === 'open') return desk;
  const { revision, outcome } = finding;
  return { status: 'open', by: 'postern', at: changedAt, revision, outcome };
}

/** Attempts (recovery flows) by the day of their first piece of evidence. What is not in the evidence counts on the first day. */
export function attemptDays({ evidence, first, attempts }: Pick<Finding, 'evidence' | 'first' | 'attempts'>) {
  const begins = new Map<string, Date>();
  for (const { flow, at } of evidence) if (flow !== undefined && !begins.has(flow)) begins.set(flow, at);
  const days: Record<string, number> = {};
  const add = (day: string, count: number) => {
    days[day] = (days[day] ?? 0) + count;
  };
  for (const at of begins.values()) add(dayOf(at), 1);
  // Evidence beyond a cap is dropped; its attempts are still counted.
  if (attempts > begins.size) add(dayOf(first), attempts - begins.size);
  return days;
}

/** `2026-11-26` (UTC). */
export function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}
