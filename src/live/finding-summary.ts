/** A finding in a list, and what the desk decided on it. Rows of the table `inbox`, partition `findings`. */
import { z } from 'zod';
import { DeskStatus } from '../model/desk-status.ts';
import { type Finding, OUTCOMES } from '../model/finding.ts';
import type { StoredFinding } from './stored-finding.ts';

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
  /** Ids that it had before: what was told under one of them was told of it. */
  formerIds: z.array(z.string()),
  desk: DeskStatus.exactOptional(),
});
/** A finding in a list. */
export type FindingSummary = z.infer<typeof FindingSummary>;

/** What the list keeps of a finding. `desk`: what was decided on it, or on what it was before. */
export function toSummary(stored: StoredFinding, desk: DeskStatus | undefined): FindingSummary {
  const { finding, formerIds, state, tell, createdAt, changedAt } = stored;
  const { id, person, revision, outcome, level, chains, first, last, attempts, ties, techniques } = finding;
  const days = attemptDays(finding);
  return {
    ...{ id, person, revision, state, outcome, level, chains, first, last, attempts, ties, techniques, days },
    ...{ formerIds, createdAt, changedAt },
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
