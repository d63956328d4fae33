/**
 * Queue `findings`: a finding was made or got a new revision. Lists it for the desk, decides who is told what, and carries
 * that out. The message only names the finding; what is decided on is what is stored now, so messages may come late, twice
 * or in any order.
 */
import { z } from 'zod';
import { UpstreamError } from '../errors.ts';
import type { EnrolledPerson } from '../model/enrolled-person.ts';
import type { Finding, Outcome } from '../model/finding.ts';
import type { Delivery } from '../model/notice.ts';
import type { Telling } from '../model/told.ts';
import { type Plan, planNotices, planWithdrawal } from '../notify/plan.ts';
import { taintContext } from './channel-states.ts';
import { putTask } from './desk-notices.ts';
import { createLedger, type PersonLedger } from './ledger.ts';
import type { NoticePorts, QueueHandler } from './notice-ports.ts';
import { carryOut, changeTold, deleteWrites, dueRowsOf, planWrites, withTelling } from './telling.ts';

/** Body of a message in `findings`. More members are fine. */
const Message = z.object({ person: z.string(), finding: z.string(), formerIds: z.array(z.string()).default([]) });

const TRIES = 8;

/** See the head of this file. */
export function createPlanNotices(ports: NoticePorts): QueueHandler {
  return async (body) => {
    const message = Message.safeParse(body);
    if (!message.success) {
      ports.log.error('a message in findings is none of ours; it is dropped');
      return;
    }
    const { person: id, finding, formerIds } = message.data;
    for (const former of new Set(formerIds)) if (former !== finding) await ports.findings.index(id, former);
    const [person, indexed] = await Promise.all([ports.people.get(id), ports.findings.index(id, finding)]);
    // Not under this id: it is part of another by now.
    const found = indexed ?? (await ports.findings.get(id, finding));
    // Somebody whose enrollment ended meanwhile, or a finding that was pruned.
    if (!person || !found) return;
    const { state, tell } = found;
    if (state === 'withdrawn') return withdraw(ports, person, [found.finding.id, ...found.formerIds]);
    // Only staged chains conclude: recorded, and nobody is told.
    if (!tell) return;
    const telling = await decide(ports, person, { ...found, outcome: tell });
    if (telling.pending) await carryOut(ports, id, telling);
  };
}

/** What has not been sent yet is not sent any more. What was told stays told. */
async function withdraw(ports: NoticePorts, person: EnrolledPerson, ids: readonly string[]): Promise<void> {
  const plans = (ledger: PersonLedger) => planWithdrawal(ledger.told, deliveriesOf(ledger), ids);
  await changeTold(
    ports,
    person.id,
    (_, ledger) => (plans(ledger).superseded.length > 0 ? plans(ledger).told : undefined),
    (ledger) => deleteWrites(ledger, plans(ledger).superseded),
  );
}

interface Found {
  readonly finding: Finding;
  readonly formerIds: readonly string[];
  readonly outcome: Outcome;
}

/** Plans and writes the plan over what was read; again when somebody else wrote meanwhile. */
async function decide(ports: NoticePorts, person: EnrolledPerson, found: Found): Promise<Telling> {
  const ledger = createLedger(ports.rows);
  let salt = 0;
  for (let tries = 0; tries < TRIES; tries++) {
    const stored = await ledger.load(person.id);
    const plan = planFor(ports, person, found, stored, salt);
    const { telling } = plan;
    if (isNothingNew(plan, stored)) return telling;
    const entry = { person: person.id, finding: telling.finding, kind: 'telling' as const };
    if ((await ledger.claimReference(telling.reference, entry)) === 'taken') {
      salt += 1;
      continue;
    }
    await ports.due.putAll(dueRowsOf(ports, person.id, telling));
    const made = await doneAhead(ports, plan);
    if ((await ledger.transact(person.id, planWrites(stored, made, ports.clock.now()))) === 'done') return made.telling;
  }
  throw new UpstreamError('tables', 'UNAVAILABLE');
}

/** A plan that only makes tasks needs no mark that says what is left to do: tasks that are put first are put. */
async function doneAhead(ports: NoticePorts, plan: Plan): Promise<Plan> {
  if (plan.telling.sent || plan.telling.state === 'got-in') return plan;
  for (const task of plan.telling.tasks) await putTask(ports, task);
  const telling = { ...plan.telling, pending: false };
  return { ...plan, telling, told: withTelling(plan.told, telling) };
}

function planFor(
  ports: NoticePorts,
  person: EnrolledPerson,
  { finding, formerIds, outcome }: Found,
  stored: PersonLedger,
  salt: number,
): Plan {
  const { settings } = ports;
  return planNotices({
    ...taintContext(ports, person, finding, stored),
    formerIds,
    outcome,
    told: stored.told,
    batchMinutes: settings.POSTERN_PROBE_BATCH_MINUTES,
    dailyCap: settings.POSTERN_DAILY_CAP,
    dryRun: settings.POSTERN_MODE === 'dry-run',
    salt,
    ...(settings.POSTERN_CARD_KEY && { cardKey: settings.POSTERN_CARD_KEY }),
  });
}

function deliveriesOf({ deliveries }: PersonLedger): Delivery[] {
  return [...deliveries.values()].map(({ delivery }) => delivery);
}

function isNothingNew({ told, notices, superseded }: Plan, stored: PersonLedger): boolean {
  return notices.length === 0 && superseded.length === 0 && JSON.stringify(told) === JSON.stringify(stored.told);
}
