/** What must hold of every plan, whatever the person, the finding and what was told before. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ContactChannel, EnrolledPerson, SafetyPlan } from '../../../src/model/enrolled-person.ts';
import { OUTCOMES } from '../../../src/model/finding.ts';
import { type Delivery, Notice } from '../../../src/model/notice.ts';
import { Told } from '../../../src/model/told.ts';
import { isOutside } from '../../../src/notify/choose-channels.ts';
import { type PlanInput, planNotices } from '../../../src/notify/plan.ts';
import { judgeChannel } from '../../../src/notify/taint.ts';
import { ago, DAY_MS, delivery, finding, input, NOW, person, signal } from './plan-situation.ts';

const days = fc.integer({ min: 0, max: 400 }).map((count) => ago(count * DAY_MS));
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const address = fc.constantFrom(
  '+15550100',
  '+15550101',
  'jane@example.org',
  'jane.d@staff.example.org',
  'jane.doe@mail.example',
  'jane@private.example',
  'jane@second.example',
);
const hashContact = (kind: string, value: string) => `${kind}:${value.toLowerCase()}`;

const channels: fc.Arbitrary<ContactChannel[]> = fc
  .array(
    fc.record({
      address,
      addedAt: days,
      provenAt: maybe(days),
      retiredAt: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: days }),
      lost: fc.oneof(
        { weight: 5, arbitrary: fc.constant(undefined) },
        { weight: 1, arbitrary: fc.constant({ at: NOW, why: 'stopped' as const }) },
      ),
    }),
    { maxLength: 6 },
  )
  .map((all) =>
    all.map(
      (one, index) => ({ id: `c_${index}`, kind: one.address.startsWith('+') ? 'sms' : 'email', ...one }) as const,
    ),
  );

const safetyPlan: fc.Arbitrary<SafetyPlan> = fc.record({
  wording: fc.constantFrom('normal', 'normal', 'neutral', 'desk-only'),
  hours: maybe(fc.constantFrom({ from: '08:00', to: '22:00' }, { from: '22:00', to: '06:00' })),
  channels: maybe(fc.subarray(['c_0', 'c_1', 'c_2'])),
  helper: maybe(fc.constant({ name: 'Ann', kind: 'sms' as const, address: '+15550199' })),
});

const people: fc.Arbitrary<EnrolledPerson> = fc
  .record({
    channels,
    safetyPlan,
    enrolledAt: days,
    recovery: fc.array(
      fc.record({ value: address, addedAt: days }).map(({ value, addedAt }) => {
        const kind = value.startsWith('+') ? ('phone' as const) : ('email' as const);
        return { kind, hash: hashContact(kind, value), addedAt };
      }),
      { maxLength: 3 },
    ),
  })
  .map(person);

const findings = fc
  .record({
    id: fc.constantFrom('f_1', 'f_2'),
    revision: fc.constantFrom('v1', 'v2', 'v3'),
    outcome: fc.constantFrom(...OUTCOMES),
    changes: fc.subarray(['a recovery contact (phone) was changed']),
    gates: fc.subarray(['email', 'sms', 'app_push']),
    accounts: fc.subarray(['jane@example.org', 'jane.doe@mail.example', 'jane@private.example'], { minLength: 1 }),
    rule: fc.constantFrom('sspr-opened-new-place', 'recovery-contact-added', 'reset-completed-new-place'),
    first: fc.integer({ min: 0, max: 50 }),
  })
  .map(({ gates, accounts, rule, first, ...more }) => {
    const evidence = [
      ...accounts.map((account, index) => signal({ rule, account, recordId: `r${index}`, at: ago(first * DAY_MS) })),
      ...gates.map((gate) => signal({ recordId: `g-${gate}`, gate, at: NOW })),
    ];
    return finding({ ...more, evidence });
  });

const situations: fc.Arbitrary<PlanInput> = fc
  .record({
    finding: findings,
    person: people,
    dailyCap: fc.integer({ min: 1, max: 3 }),
    batchMinutes: fc.constantFrom(0, 60),
    sendable: fc.constantFrom<('email' | 'sms')[]>(['email', 'sms'], ['email'], []).map((kinds) => new Set(kinds)),
    cards: fc.constantFrom(0, 39, 40),
    dryRun: fc.boolean(),
    hasKey: fc.boolean(),
  })
  .map(({ cards, hasKey, ...more }) =>
    input({ ...more, told: { tellings: [], cards }, outcome: more.finding.outcome, ...(hasKey && { hashContact }) }),
  );

/** Carries a plan out in memory: what the ledger would hold. */
function carryOut(before: PlanInput, status: Delivery['status'] = 'accepted'): PlanInput {
  const { told, notices, superseded } = planNotices(before);
  const gone = new Set([...superseded, ...notices.map(({ id }) => id)]);
  const kept = before.deliveries.filter(({ notice }) => !gone.has(notice.id));
  const planned = notices.map((notice) => delivery(notice, { status, attempts: status === 'planned' ? 0 : 1 }));
  return { ...before, told, deliveries: [...kept, ...planned] };
}

function check(property: (situation: PlanInput) => void): void {
  fc.assert(fc.property(situations, property), { numRuns: 400 });
}

describe('every plan', () => {
  it('is well-formed', () => {
    check((situation) => {
      const { notices, told } = planNotices(situation);
      for (const notice of notices) expect(Notice.parse(notice)).toEqual(notice);
      expect(Told.parse(told)).toEqual(told);
      expect(new Set(notices.map(({ id }) => id)).size).toBe(notices.length);
    });
  });

  it('writes nothing but the desk line to a channel that the attack may hold, and nothing to one that is not the person’s', () => {
    check((situation) => {
      for (const notice of planNotices(situation).notices) {
        const channel = situation.person.channels.find(({ id }) => id === notice.channel);
        if (!channel) {
          expect([notice.channel, notice.variant]).toEqual(['helper', 'helper']);
          continue;
        }
        const { use } = judgeChannel(channel, situation);
        expect(use).not.toBe('none');
        if (use === 'desk-line') expect(notice.variant).toBe('desk-line');
      }
    });
  });

  it('puts no detail and no card pair into what is neutral', () => {
    check((situation) => {
      for (const notice of planNotices(situation).notices.filter(({ variant }) => variant !== 'normal')) {
        expect([notice.account, notice.from, notice.to, notice.changes]).toEqual([undefined, undefined, undefined, []]);
        if (notice.variant !== 'neutral') expect(notice.card).toBeUndefined();
      }
    });
  });

  it('ends in a notice or a task: nobody at risk is silently not told', () => {
    check((situation) => {
      const { notices, telling } = planNotices(situation);
      const isTold = notices.some(({ variant }) => variant === 'normal' || variant === 'neutral');
      expect(isTold || telling.tasks.some(({ kind }) => kind === 'reach-by-voice')).toBe(true);
    });
  });

  it('tells of changes and break-ins over two channels, one outside the tenant’s mail, or calls the desk', () => {
    check((situation) => {
      const { notices, telling } = planNotices(situation);
      if (telling.state === 'tried' || telling.tasks.some(({ kind }) => kind === 'reach-by-voice')) return;
      const full = situation.person.channels.filter(({ id }) => telling.channels.includes(id));
      expect(new Set(full.map((one) => one.address)).size).toBeGreaterThanOrEqual(2);
      expect(full.some((channel) => isOutside(channel, situation.person))).toBe(true);
      expect(notices.every(({ at }) => at <= NOW)).toBe(true);
    });
  });

  it('gives nothing new once it is carried out, also while it waits', () => {
    check((situation) => {
      const sent = carryOut(situation);
      const again = planNotices(sent);
      expect(again.notices.filter(({ at }) => at <= NOW)).toEqual([]);
      expect(again.told.tellings.length).toBe(sent.told.tellings.length);
      const waiting = carryOut(situation, 'planned');
      expect(planNotices(waiting).notices.map(({ id }) => id)).toEqual(
        planNotices(situation).telling.due > NOW ? planNotices(situation).notices.map(({ id }) => id) : [],
      );
    });
  });

  it('never tells one episode twice in a state, nor after a worse one', () => {
    fc.assert(
      fc.property(situations, fc.array(findings, { minLength: 1, maxLength: 6 }), (start, revisions) => {
        let situation = start;
        for (const revision of revisions) {
          situation = carryOut({ ...situation, finding: revision, outcome: revision.outcome }, 'delivered');
        }
        for (const id of ['f_1', 'f_2']) {
          const states = situation.told.tellings.filter((one) => one.finding === id).map(({ state }) => state);
          const worse = ['tried', 'changed', 'got-in'].filter((state) => states.includes(state as 'tried'));
          expect(states).toEqual(worse);
        }
        const cards = situation.told.tellings.flatMap(({ card }) => card ?? []);
        if (!situation.dryRun) expect(new Set(cards).size).toBe(cards.length);
      }),
      { numRuns: 300 },
    );
  });
});
