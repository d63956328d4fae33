/** A person, a finding and everything else that planning looks at, with one thing changed at a time. */
import type { ContactChannel, EnrolledPerson } from '../../../src/model/enrolled-person.ts';
import type { Finding, Signal } from '../../../src/model/finding.ts';
import type { Delivery, Notice } from '../../../src/model/notice.ts';
import { type Plan, type PlanInput, planNotices } from '../../../src/notify/plan.ts';

/** Noon on a Monday, New York 07:00. */
export const NOW = new Date('2026-11-23T12:00:00Z');
export const KEY = Buffer.alloc(32, 7).toString('base64');
export const DAY_MS = 24 * 3600_000;

export function ago(ms: number): Date {
  return new Date(NOW.getTime() - ms);
}

const LONG_AGO = ago(100 * DAY_MS);

/** Proven 100 days ago, at enrollment. */
export function channel(id: string, address: string, more: Partial<ContactChannel> = {}): ContactChannel {
  const kind = address.startsWith('+') ? 'sms' : 'email';
  return { id, kind, address, addedAt: LONG_AGO, provenAt: LONG_AGO, ...more };
}

export const PHONE = channel('c_phone', '+15550100');
export const PRIVATE = channel('c_private', 'jane@private.example');
export const WORK = channel('c_work', 'jane@example.org');

/** Jane: a work account, a linked mailbox, and three channels. */
export function person(more: Partial<EnrolledPerson> = {}): EnrolledPerson {
  return {
    id: 'p_jane',
    name: 'Jane Doe',
    accounts: [
      { kind: 'work', id: '0a0a0a0a-0000-4000-8000-000000000001', upn: 'jane@example.org' },
      { kind: 'linked', upn: 'jane.doe@mail.example' },
    ],
    recovery: [],
    channels: [PHONE, PRIVATE, WORK],
    language: 'en',
    timeZone: 'America/New_York',
    sensitive: false,
    safetyPlan: { wording: 'normal' },
    origin: 'manual',
    drill: false,
    enrolledAt: LONG_AGO,
    ...more,
  };
}

export function signal(more: Partial<Signal> = {}): Signal {
  return {
    rule: 'sspr-options-shown-new-place',
    title: 'Options shown',
    recordId: 'r1',
    source: 'directory-audits',
    at: ago(2 * 3600_000),
    person: 'p_jane',
    account: 'jane@example.org',
    story: 'the recovery options of the account were shown',
    flow: 'f1',
    ...more,
  };
}

/** Somebody looked at Jane's recovery options two hours ago. */
export function finding(more: Partial<Finding> = {}): Finding {
  const evidence = more.evidence ?? [signal()];
  return {
    id: 'f_1',
    revision: 'v1',
    person: 'p_jane',
    accounts: [...new Set(evidence.map(({ account }) => account))],
    outcome: 'identified',
    level: 'low',
    chains: ['sspr-probed'],
    first: evidence[0]?.at ?? NOW,
    last: evidence.at(-1)?.at ?? NOW,
    evidence,
    attempts: 1,
    changes: [],
    techniques: [],
    cut: false,
    ...more,
  };
}

/** Somebody got in: reset from a new place. */
export function breakIn(more: Partial<Finding> = {}): Finding {
  return finding({
    outcome: 'compromised',
    level: 'high',
    chains: ['sspr-probed', 'reset-from-new-place'],
    evidence: [signal(), signal({ rule: 'reset-completed-new-place', recordId: 'r2', at: ago(3600_000) })],
    changes: ['the password was reset through recovery'],
    ...more,
  });
}

/** A recovery contact was changed; nobody got in yet. */
export function contactChange(more: Partial<Finding> = {}): Finding {
  return finding({
    outcome: 'attacked',
    chains: ['shared-recovery-contact'],
    evidence: [signal({ rule: 'recovery-contact-added' })],
    changes: ['a recovery contact (phone) was changed'],
    ...more,
  });
}

export function input(more: Partial<PlanInput> = {}): PlanInput {
  return {
    finding: finding(),
    outcome: more.outcome ?? more.finding?.outcome ?? 'identified',
    formerIds: [],
    person: person(),
    told: { tellings: [], cards: 0 },
    deliveries: [],
    sendable: new Set(['email', 'sms']),
    reproveDays: 180,
    batchMinutes: 60,
    dailyCap: 3,
    cardKey: KEY,
    dryRun: false,
    now: NOW,
    ...more,
  };
}

/** Plans with one thing changed. */
export function plan(more: Partial<PlanInput> = {}): Plan {
  return planNotices(input(more));
}

/** `c_phone: normal`, one line per notice, in the order planned. */
export function told({ notices }: Pick<Plan, 'notices'>): string[] {
  return notices.map(({ channel: id, variant }) => `${id}: ${variant}`);
}

/** `reach-by-voice no-channel 0`, one line per task. */
export function asked({ telling }: Pick<Plan, 'telling'>): string[] {
  return telling.tasks.map(({ kind, why, priority }) => `${kind} ${why} ${priority}`);
}

/** A delivery as the ledger has it. */
export function delivery(notice: Notice, more: Partial<Delivery> = {}): Delivery {
  const status = more.status ?? 'planned';
  return { notice, status, times: { planned: NOW, [status]: NOW }, attempts: 0, ...more };
}

/** Deliveries of all notices of a plan. */
export function delivered({ notices }: Plan, status: Delivery['status'] = 'delivered'): Delivery[] {
  return notices.map((notice) => delivery(notice, { status, attempts: 1 }));
}
