import { describe, expect, it } from 'vitest';
import { planNotices, planWithdrawal } from '../../../src/notify/plan.ts';
import {
  ago,
  asked,
  breakIn,
  channel,
  contactChange,
  DAY_MS,
  delivered,
  finding,
  input,
  NOW,
  PHONE,
  PRIVATE,
  person,
  plan,
  signal,
  told,
  WORK,
} from './plan-situation.ts';

describe('what a notice says', () => {
  it.each([
    ['looked up', finding(), 'tried', 2, []],
    ['a gate was tried', finding({ outcome: 'attacked' }), 'tried', 2, []],
    ['attacked, and a contact was changed', contactChange(), 'changed', 1, ['contact-changed']],
    [
      'only looked up, but a rule of somebody else tells of a change',
      finding({ changes: ['the shoe size was changed'] }),
      'changed',
      1,
      ['other'],
    ],
    ['got in', breakIn(), 'got-in', 0, ['password-reset']],
    ['got in and changed nothing', finding({ outcome: 'compromised' }), 'got-in', 0, []],
  ] as const)('%s', (_, found, state, priority, changes) => {
    const { notices, telling } = plan({ finding: found });
    expect(telling.state).toBe(state);
    expect(notices[0]).toMatchObject({ state, priority, changes, variant: 'normal' });
  });

  it('says what the told chains say, when a staged one says more', () => {
    expect(plan({ finding: breakIn({ changes: [] }), outcome: 'identified' }).telling.state).toBe('tried');
  });

  it('names the account that was attacked, not the mailbox that got a code', () => {
    const evidence = [
      signal(),
      signal({ rule: 'recovery-code-mail', recordId: 'm1', source: 'provider-mail', account: 'jane.doe@mail.example' }),
      signal({ rule: 'recovery-code-mail', recordId: 'm2', source: 'provider-mail', account: 'jane.doe@mail.example' }),
    ];
    expect(plan({ finding: finding({ evidence }) }).notices[0]).toMatchObject({
      account: 'j…e@…',
      from: ago(2 * 3600_000),
      to: ago(2 * 3600_000),
    });
  });

  it('finds the name of an account that logs know by id only', () => {
    const evidence = [signal({ account: '0a0a0a0a-0000-4000-8000-000000000001' })];
    expect(plan({ finding: finding({ evidence }) }).notices[0]?.account).toBe('j…e@…');
  });
});

describe('reference and card', () => {
  it('are the same on all channels, and deciding again gives the same ids', () => {
    const [one, two] = [plan({ finding: breakIn() }), plan({ finding: breakIn() })];
    expect(one).toEqual(two);
    expect(new Set(one.notices.map(({ reference }) => reference)).size).toBe(1);
    expect(one.notices.map(({ card }) => card)).toEqual([1, 1]);
    expect(one.notices.map(({ id }) => id)).toEqual(['n_XNly_8kz6BdoZgxrtse_44', 'n_nXzTplf9vp1Ze1ABH5bXvy']);
  });

  it('another telling, another pair; the 41st has none, and a new card is asked for', () => {
    expect(plan({ told: { tellings: [], cards: 11 } }).notices[0]?.card).toBe(12);
    const used = plan({ told: { tellings: [], cards: 40 } });
    expect(used.notices[0]).not.toHaveProperty('card');
    expect(asked(used)).toEqual(['new-card card-used-up 2']);
  });

  it('a reference that is taken is another one with salt', () => {
    expect(plan({ salt: 1 }).telling.reference).not.toBe(plan().telling.reference);
  });

  it('without a card key notices quote no pair, and nobody is asked for cards', () => {
    const { cardKey: _, ...rest } = input();
    const planned = planNotices(rest);
    expect(planned.notices[0]).not.toHaveProperty('card');
    expect(asked(planned)).toEqual([]);
    expect(planned.telling.reference).toMatch(/^[B-DF-HJ-NP-TV-Z][2-9B-DF-HJ-NP-TV-Z]{7}$/);
  });
});

describe('when', () => {
  it('break-ins and changes at once, attempts after half to one and a half of the batch time', () => {
    expect(plan({ finding: breakIn() }).telling.due).toEqual(NOW);
    expect(plan({ finding: contactChange() }).telling.due).toEqual(NOW);
    const waits = ['f_1', 'f_2', 'f_3', 'f_4'].map((id) => {
      return (plan({ finding: finding({ id }) }).telling.due.getTime() - NOW.getTime()) / 60_000;
    });
    expect(waits.every((minutes) => minutes >= 30 && minutes < 90)).toBe(true);
    expect(new Set(waits).size).toBe(4);
    expect(plan({ batchMinutes: 0 }).telling.due).toEqual(NOW);
  });

  it('outside the hours of the safety plan the notice waits; a break-in is the desk’s meanwhile', () => {
    const night = person({ safetyPlan: { wording: 'normal', hours: { from: '08:00', to: '22:00' } } });
    const opening = new Date('2026-11-23T13:00:00Z');
    const got = plan({ finding: breakIn(), person: night });
    expect(got.notices.map(({ at }) => at)).toEqual([opening, opening]);
    expect(asked(got)).toEqual(['reach-by-voice quiet-hours 0']);
    const tried = plan({ person: night, batchMinutes: 0 });
    expect(tried.telling.due).toEqual(opening);
    expect(asked(tried)).toEqual([]);
  });

  it('over the daily cap a change waits and is the desk’s at once, an attempt waits, a break-in does not', () => {
    const busy = { tellings: [1, 2, 3].map((hours) => earlier(`f_old${hours}`, ago(hours * 3600_000))), cards: 3 };
    const free = new Date(ago(3 * 3600_000).getTime() + DAY_MS);
    const changed = plan({ finding: contactChange(), told: busy });
    expect(changed.telling.due).toEqual(free);
    expect(asked(changed)).toEqual(['reach-by-voice daily-cap 1']);
    const tried = plan({ told: busy });
    expect(tried.telling.due).toEqual(free);
    expect(asked(tried)).toEqual([]);
    expect(plan({ finding: breakIn(), told: busy }).telling.due).toEqual(NOW);
    expect(plan({ finding: contactChange(), told: busy, dailyCap: 4 }).telling.due).toEqual(NOW);
    const breakIns = { ...busy, tellings: busy.tellings.map((one) => ({ ...one, state: 'got-in' as const })) };
    expect(plan({ finding: contactChange(), told: breakIns }).telling.due).toEqual(NOW);
  });

  function earlier(id: string, due: Date) {
    const { telling } = plan({ finding: finding({ id }), batchMinutes: 0 });
    return { ...telling, at: due, due };
  }
});

describe('again', () => {
  it('a finding that grows is folded into what was told', () => {
    const first = plan({ finding: contactChange() });
    const grown = contactChange({ revision: 'v2', last: NOW });
    const second = plan({ finding: grown, told: first.told, deliveries: delivered(first) });
    expect(second.notices).toEqual([]);
    expect(second.telling).toMatchObject({ folded: 1, revision: 'v2', reference: first.telling.reference });
    const again = plan({ finding: grown, told: second.told, deliveries: delivered(first) });
    expect(again.told).toEqual(second.told);
  });

  it('under a new id it is still the same finding', () => {
    const first = plan({ finding: contactChange() });
    const renamed = contactChange({ id: 'f_0', revision: 'v2' });
    const second = plan({ finding: renamed, formerIds: ['f_1'], told: first.told, deliveries: delivered(first) });
    expect(second.notices).toEqual([]);
    const other = plan({ finding: renamed, told: first.told, deliveries: delivered(first) });
    expect(told(other)).toEqual(['c_phone: normal', 'c_private: normal', 'c_work: desk-line']);
  });

  it('worse is told again, with a reference and a pair of its own', () => {
    const first = plan({ finding: contactChange() });
    const second = plan({ finding: breakIn({ revision: 'v2' }), told: first.told, deliveries: delivered(first) });
    expect(told(second)).toEqual(['c_phone: normal', 'c_private: normal']);
    expect(second.telling).toMatchObject({ state: 'got-in', card: 2 });
    expect(second.superseded).toEqual([]);
    expect(second.told.tellings.map(({ state, sent }) => [state, sent])).toEqual([
      ['changed', true],
      ['got-in', true],
    ]);
  });

  it('a batch that still waits when it gets worse is not sent any more', () => {
    const first = plan();
    const waiting = delivered(first, 'planned').map((one) => ({ ...one, attempts: 0 }));
    const second = plan({ finding: breakIn({ revision: 'v2' }), told: first.told, deliveries: waiting });
    expect(second.superseded).toEqual(first.notices.map(({ id }) => id));
    expect(second.told.tellings[0]).toMatchObject({ state: 'tried', sent: false });
  });

  it('a batch that still waits says what is known when it goes, over what is safe then', () => {
    const first = plan();
    const waiting = delivered(first, 'planned').map((one) => ({ ...one, attempts: 0 }));
    const later = signal({ recordId: 'm1', source: 'provider-mail', account: 'jane@private.example', at: NOW });
    const grown = finding({ revision: 'v2', evidence: [signal(), later] });
    const second = plan({ finding: grown, told: first.told, deliveries: waiting });
    expect(told(first)).toEqual(['c_phone: normal', 'c_private: normal']);
    expect(told(second)).toEqual(['c_phone: normal']);
    expect(second.superseded).toEqual([first.notices[1]?.id]);
    expect(second.notices[0]).toMatchObject({ id: first.notices[0]?.id, to: NOW, at: first.notices[0]?.at });
  });

  it('a channel that the attack holds by now has no say in answers any more', () => {
    const first = plan({ finding: contactChange(), person: person({ channels: [PHONE, PRIVATE] }) });
    const evidence = [
      signal({ rule: 'recovery-contact-added' }),
      signal({ recordId: 'm1', source: 'provider-mail', account: 'jane@private.example', at: NOW }),
    ];
    const second = plan({
      finding: contactChange({ revision: 'v2', evidence }),
      person: person({ channels: [PHONE, PRIVATE] }),
      told: first.told,
      deliveries: delivered(first),
    });
    expect([first.telling.channels, second.telling.channels]).toEqual([['c_phone', 'c_private'], ['c_phone']]);
  });

  it('what was only told in dry-run is told when it is meant, with the pair that dry-run did not use up', () => {
    const first = plan({ finding: breakIn(), dryRun: true });
    const dry = delivered(first, 'dry-run');
    expect(first.told.cards).toBe(0);
    expect(plan({ finding: breakIn(), dryRun: true, told: first.told, deliveries: dry }).notices).toEqual([]);
    const live = plan({ finding: breakIn(), told: first.told, deliveries: dry });
    expect(live.notices.map(({ id }) => id)).toEqual(first.notices.map(({ id }) => id));
    expect(live.told).toMatchObject({ cards: 1, tellings: [{ dryRun: false }] });
  });

  it('a withdrawn finding takes back what waits, and is told when it comes back', () => {
    const first = plan();
    const waiting = delivered(first, 'planned').map((one) => ({ ...one, attempts: 0 }));
    expect(planWithdrawal(first.told, waiting, ['f_1'])).toEqual({
      told: { tellings: [], cards: 1 },
      superseded: first.notices.map(({ id }) => id),
    });
    expect(planWithdrawal(first.told, delivered(first), ['f_1'])).toEqual({ told: first.told, superseded: [] });
    expect(planWithdrawal(first.told, waiting, ['f_9'])).toEqual({ told: first.told, superseded: [] });
  });
});

describe('over which channels', () => {
  const second = channel('c_second', 'jane@second.example');
  const other = channel('c_other', 'jane.d@staff.example.org');
  it.each([
    ['phone and private mail before work mail', [PHONE, PRIVATE, WORK], ['c_phone: normal', 'c_private: normal']],
    ['a phone and another mailbox of the tenant', [PHONE, other], ['c_phone: normal', 'c_other: normal']],
    ['two private mailboxes', [PRIVATE, second, other], ['c_private: normal', 'c_second: normal']],
    [
      'the same address twice is one channel',
      [PRIVATE, channel('c_twin', 'JANE@private.example'), other],
      ['c_private: normal', 'c_other: normal'],
    ],
    [
      'of two, that proven later',
      [PHONE, PRIVATE, channel('c_new', 'jane@second.example', { provenAt: ago(DAY_MS) })],
      ['c_new: normal', 'c_phone: normal'],
    ],
  ])('%s', (_, channels, expected) => {
    const planned = plan({ finding: breakIn(), person: person({ channels }) });
    expect(told(planned)).toEqual(expected);
    expect(asked(planned)).toEqual([]);
  });

  it.each([
    [
      'two mailboxes of the tenant are one channel',
      breakIn(),
      [other, channel('c_o2', 'jane.d@example.org')],
      ['c_o2: normal'],
      ['reach-by-voice one-channel 0'],
    ],
    [
      'the attacked mailbox gets the line that says nothing',
      breakIn(),
      [PHONE, WORK],
      ['c_phone: normal', 'c_work: desk-line'],
      ['reach-by-voice one-channel 0'],
    ],
    ['nothing but the attacked mailbox', breakIn(), [WORK], ['c_work: desk-line'], ['reach-by-voice no-channel 0']],
    ['no channel at all', breakIn(), [], [], ['reach-by-voice no-channel 0']],
    ['never proven', breakIn(), [{ ...PHONE, provenAt: undefined }], [], ['reach-by-voice no-channel 0']],
    ['a look-up needs one channel only', finding(), [PHONE], ['c_phone: normal'], []],
    [
      'an attempt needs two',
      finding({ outcome: 'attacked' }),
      [PHONE],
      ['c_phone: normal'],
      ['reach-by-voice one-channel 2'],
    ],
    ['no channel, only looked up', finding(), [], [], ['reach-by-voice no-channel 2']],
  ])('too few: %s', (_, found, channels, expected, tasks) => {
    const planned = plan({ finding: found, person: person({ channels }) });
    expect(told(planned)).toEqual(expected);
    expect(asked(planned)).toEqual(tasks);
  });

  it('kinds that nothing sends do not count', () => {
    const planned = plan({ finding: breakIn(), sendable: new Set(['email']) });
    expect(told(planned)).toEqual(['c_private: normal', 'c_work: desk-line']);
    expect(asked(planned)).toEqual(['reach-by-voice one-channel 0']);
  });

  it('after a contact change everybody whom we know is told, the replaced and the tainted by the neutral line', () => {
    const old = channel('c_old', '+15550111', { retiredAt: ago(40 * DAY_MS) });
    const ancient = channel('c_ancient', '+15550112', { retiredAt: ago(91 * DAY_MS) });
    const channels = [PHONE, PRIVATE, second, WORK, old, ancient];
    expect(told(plan({ finding: contactChange(), person: person({ channels }) }))).toEqual([
      'c_phone: normal',
      'c_private: normal',
      'c_second: normal',
      'c_work: desk-line',
      'c_old: desk-line',
    ]);
    // Nothing was changed: the two best are enough, and a number replaced long ago is left alone.
    expect(told(plan({ person: person({ channels }) }))).toEqual(['c_phone: normal', 'c_private: normal']);
  });

  it('our own channel was replaced a week ago: the number before is told, too', () => {
    const channels = [
      channel('c_old', '+15550111', { retiredAt: ago(7 * DAY_MS) }),
      channel('c_new', '+15550112', { addedAt: ago(7 * DAY_MS), provenAt: ago(7 * DAY_MS) }),
      PRIVATE,
    ];
    const planned = plan({ finding: breakIn(), person: person({ channels }) });
    expect(told(planned)).toEqual(['c_private: normal', 'c_old: desk-line', 'c_new: desk-line']);
    expect(asked(planned)).toEqual(['reach-by-voice one-channel 0']);
  });
});

describe('the safety plan', () => {
  it('neutral: the same way, without any detail', () => {
    const [notice] = plan({ finding: breakIn(), person: person({ safetyPlan: { wording: 'neutral' } }) }).notices;
    expect(notice).toMatchObject({ variant: 'neutral', card: 1, changes: [] });
    expect(notice).not.toHaveProperty('account');
    expect(notice).not.toHaveProperty('from');
  });

  it('desk-only: nothing is sent, the desk has a task', () => {
    const planned = plan({ finding: breakIn(), person: person({ safetyPlan: { wording: 'desk-only' } }) });
    expect(planned.notices).toEqual([]);
    expect(planned.telling.sent).toBe(false);
    expect(asked(planned)).toEqual(['reach-by-voice desk-only 0']);
  });

  it('only the channels agreed on', () => {
    const planned = plan({
      finding: breakIn(),
      person: person({ safetyPlan: { wording: 'normal', channels: ['c_private'] } }),
    });
    expect(told(planned)).toEqual(['c_private: normal']);
    expect(asked(planned)).toEqual(['reach-by-voice one-channel 0']);
  });

  it('the helper is told neutrally when no channel is left, and not of attempts', () => {
    const helper = { name: 'Ann', kind: 'sms', address: '+15550199' } as const;
    const alone = person({ channels: [WORK], safetyPlan: { wording: 'normal', helper } });
    const planned = plan({ finding: breakIn(), person: alone });
    expect(told(planned)).toEqual(['c_work: desk-line', 'helper: helper']);
    expect(planned.notices[1]).not.toHaveProperty('card');
    expect(told(plan({ person: alone }))).toEqual(['c_work: desk-line']);
  });
});
