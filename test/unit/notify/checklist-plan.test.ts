/**
 * The checklist of docs/notices.md, points 11 to 19 and 25 to 30: channels, answers, safety and privacy. What is in the
 * words is in checklist.test.ts.
 */
import { describe, expect, it } from 'vitest';
import { readSettings } from '../../../src/config.ts';
import { DeliveryError } from '../../../src/errors.ts';
import { reportDrill, startDrill } from '../../../src/live/drill.ts';
import { PersonInput, toEnrolled } from '../../../src/live/people/person-input.ts';
import { CODE_MS } from '../../../src/live/people/proof.ts';
import { createRetention } from '../../../src/live/retention.ts';
import { appendTrail, readTrail } from '../../../src/live/trail.ts';
import { createMemoryRows } from '../../../src/memory.ts';
import type { EnrolledPerson } from '../../../src/model/enrolled-person.ts';
import { cardPair, personCardKey } from '../../../src/notify/card.ts';
import { TABLES } from '../../../src/ports.ts';
import { repositoryFile } from '../infra/template.ts';
import { createWorld, MINUTE_MS, SENDERS, type World } from '../live/notices/world.ts';
import {
  ago,
  asked,
  breakIn,
  channel,
  contactChange,
  DAY_MS,
  finding,
  KEY,
  NOW,
  PHONE,
  PRIVATE,
  person,
  plan,
  signal,
  told,
  WORK,
} from './plan-situation.ts';

const pair = (number: number) => cardPair(personCardKey(KEY, 'p_jane'), number);
const DELIVERING = SENDERS.map((sender) => ({ ...sender, result: { status: 'delivered' as const } }));
const tasks = async (world: World) =>
  (await world.tasks()).map(({ kind, why, priority }) => `${kind} ${why} ${priority}`).sort();

async function afterBreakIn(people = [person({ channels: [PHONE, WORK] })]): Promise<World & { reference: string }> {
  const world = await createWorld({ people, senders: DELIVERING });
  await world.found(breakIn());
  await world.settle();
  return { ...world, reference: (await world.told()).tellings[0]?.reference ?? '' };
}

describe('channels', () => {
  it('11: two independent channels, else a task to reach the person by voice or in person', () => {
    const both = plan({ finding: breakIn() });
    expect([told(both), asked(both)]).toEqual([['c_phone: normal', 'c_private: normal'], []]);
    const one = plan({ finding: breakIn(), person: person({ channels: [PHONE] }) });
    expect([told(one), asked(one)]).toEqual([['c_phone: normal'], ['reach-by-voice one-channel 0']]);
  });

  it('12: tainted: affected mailbox, receiver of the code, added lately, replaced, last delivery failed', () => {
    const hashContact = (kind: string, value: string) => `${kind}:${value}`;
    const gate = signal({ recordId: 'g', gate: 'sms' });
    const lately = channel('c_new', '+15550177', { addedAt: ago(3 * DAY_MS), provenAt: ago(3 * DAY_MS) });
    const old = channel('c_old', '+15550178', { retiredAt: ago(3 * DAY_MS) });
    const recovery = [{ kind: 'phone' as const, hash: 'phone:+15550100', addedAt: ago(100 * DAY_MS) }];
    const [notice] = plan({ finding: breakIn() }).notices;
    if (!notice) throw new Error('nothing planned');
    const bounced = {
      notice: { ...notice, channel: 'c_private' },
      status: 'failed' as const,
      why: 'BOUNCED',
      times: { failed: ago(DAY_MS) },
      attempts: 1,
    };
    const planned = plan({
      finding: breakIn({ evidence: [signal(), gate] }),
      person: person({ channels: [PHONE, PRIVATE, WORK, lately, old], recovery }),
      deliveries: [bounced],
      hashContact,
    });
    expect(told(planned).sort()).toEqual([
      'c_new: desk-line',
      'c_old: desk-line',
      'c_phone: desk-line',
      'c_private: desk-line',
      'c_work: desk-line',
    ]);
    expect(
      planned.notices.every(({ account, card, from, changes }) => !account && !card && !from && changes.length === 0),
    ).toBe(true);
    expect(asked(planned)).toEqual(['reach-by-voice no-channel 0']);
  });

  it('13: after a contact change the previous and all enrolled addresses, never only the new one', () => {
    const old = channel('c_old', '+15550111', { retiredAt: ago(7 * DAY_MS) });
    const fresh = channel('c_new', '+15550112', { addedAt: ago(7 * DAY_MS), provenAt: ago(7 * DAY_MS) });
    const planned = plan({ finding: contactChange(), person: person({ channels: [fresh, old, PRIVATE, WORK] }) });
    expect(told(planned)).toEqual(['c_private: normal', 'c_new: desk-line', 'c_old: desk-line', 'c_work: desk-line']);
  });

  it('14: proven by a code of ten minutes or a day, and again after 180 days', () => {
    expect(CODE_MS).toEqual({ sms: 10 * MINUTE_MS, email: DAY_MS });
    expect(readSettings({}).settings.POSTERN_REPROVE_DAYS).toBe(180);
    const channels = [
      { ...PHONE, provenAt: ago(181 * DAY_MS) },
      { ...PRIVATE, provenAt: undefined },
      channel('c_good', 'jane@second.example'),
    ];
    expect(told(plan({ finding: breakIn(), person: person({ channels }) }))).toEqual([
      'c_good: normal',
      'c_phone: desk-line',
    ]);
  });

  it('15: the ledger knows queued, accepted, delivered, failed; nothing in 30 minutes: next channel, then the desk', async () => {
    const second = channel('c_second', 'jane@second.example');
    const world = await createWorld({ people: [person({ channels: [PHONE, PRIVATE, second] })] });
    await world.found(breakIn());
    await world.settle();
    const [first] = await world.deliveries();
    expect(Object.keys(first?.times ?? {})).toEqual(['planned', 'queued', 'accepted']);
    await world.pass(35 * MINUTE_MS);
    expect(world.toPeople()).toHaveLength(3);
    await world.pass(35 * MINUTE_MS);
    expect(await tasks(world)).toEqual(['reach-by-voice undelivered 0']);
  });

  it('16: one notice per episode and person unless it gets worse; daily cap; repeats folded', async () => {
    const world = await createWorld({ people: [person()], senders: DELIVERING, settings: { POSTERN_DAILY_CAP: '1' } });
    for (let n = 1; n <= 5; n++)
      await world.found(finding({ revision: `v${n}`, outcome: n > 2 ? 'attacked' : 'identified' }));
    await world.settle();
    expect(await world.told()).toMatchObject({ tellings: [{ state: 'tried', revision: 'v5' }] });
    expect(world.toPeople()).toHaveLength(2);
    // A change on the same day waits for the cap, and the desk knows at once; a break-in does not wait.
    await world.found(contactChange({ id: 'f_2' }));
    await world.settle();
    expect([world.toPeople().length, await tasks(world)]).toEqual([2, ['reach-by-voice daily-cap 1']]);
    await world.found(breakIn({ id: 'f_3' }));
    await world.settle();
    expect(world.toPeople().length).toBe(4);
  });
});

describe('answers', () => {
  it('17: "not me" escalates from anywhere; "me" calms, closes only with a pair no notice has quoted, and is worth nothing from a tainted channel; silence goes to the desk', async () => {
    const notMe = await afterBreakIn();
    const event = (message: string, from: string) => [
      { eventType: 'Microsoft.Communication.SMSReceived', data: { from, message }, eventTime: NOW.toISOString() },
    ];
    await notMe.report(event(`NO ${notMe.reference}`, '+15550166'));
    expect(await tasks(notMe)).toEqual(['not-me answer 0', 'reach-by-voice one-channel 0']);

    const tainted = await afterBreakIn();
    await tainted.report(event(`YES ${tainted.reference}`, '+15550166'));
    expect(await tasks(tainted)).toEqual(['reach-by-voice one-channel 0']);
    await tainted.pass(125 * MINUTE_MS);
    expect(await tasks(tainted)).toEqual(['no-answer silence 0', 'reach-by-voice one-channel 0']);

    const me = await afterBreakIn();
    const typed = { reference: me.reference, words: pair(1) };
    const given = await me.answers.give(typed, 'me');
    expect(await me.tasks()).toMatchObject([{ priority: 2, status: 'open' }]);
    expect(given).toMatchObject({ kind: 'taken', challenge: 2 });
    await me.answers.prove(typed, pair(2));
    expect(await me.tasks()).toMatchObject([{ status: 'closed', by: 'person' }]);
  });

  it('18: by calling, by SMS, or on the page in two steps; nobody learns by guessing', async () => {
    const world = await afterBreakIn();
    expect(await world.answers.byDesk(world.reference, 'not-me')).toBe('taken');
    const wrong = [
      await world.answers.open({ reference: 'BBBBBBBB', words: pair(1) }),
      await world.answers.open({ reference: world.reference, words: pair(3) }),
    ];
    expect(wrong).toEqual([{ kind: 'no-match' }, { kind: 'no-match' }]);
    const before = world.plug.steps.filter((step) => step.includes('answer:')).length;
    expect((await world.answers.open({ reference: world.reference, words: pair(1) })).kind).toBe('match');
    // The first step changes nothing.
    expect(world.plug.steps.filter((step) => step.includes('answer:')).length).toBe(before);
  });

  it('19: STOP cannot be overridden: the channel is lost, the desk is told, protection goes on', async () => {
    const world = await createWorld({ people: [person()], senders: DELIVERING });
    const event = {
      eventType: 'Microsoft.Communication.SMSReceived',
      data: { from: PHONE.address, message: 'STOP' },
      eventTime: NOW.toISOString(),
    };
    await world.report([event]);
    await world.found(breakIn());
    await world.settle();
    expect(world.toPeople()).not.toContain('sms +15550100');
    expect(world.toPeople()).toContain('email jane@private.example');
    expect(await tasks(world)).toEqual(['channel-lost stopped 1', 'reach-by-voice one-channel 0']);
  });
});

describe('mail', () => {
  it('24: one recipient per message, replies go to the desk; what the sender’s domain needs is in docs/deploy.md', async () => {
    const world = await afterBreakIn([person({ channels: [PHONE, PRIVATE, WORK] })]);
    const mails = world.sent.flatMap(({ message }) => (message.kind === 'email' ? [message] : []));
    expect(mails.length).toBeGreaterThan(1);
    for (const mail of mails) {
      expect(mail.to).toMatch(/^[^\s@,;]+@[^\s@,;]+$/);
      expect(Object.keys(mail)).not.toEqual(expect.arrayContaining(['cc']));
      if (mail.to !== 'desk@desk.example') expect(mail.replyTo).toBe('desk@desk.example');
    }
    const deploy = repositoryFile('docs/deploy.md');
    for (const record of ['**SPF**', '**DKIM**', '**DMARC**', 'p=reject', 'rua=mailto:'])
      expect(deploy).toContain(record);
  });
});

describe('safety and privacy', () => {
  it('25: the safety plan: channels, hours, neutral wording, desk only, helper', () => {
    const by = (safetyPlan: Partial<ReturnType<typeof person>['safetyPlan']>) =>
      plan({ finding: breakIn(), person: person({ safetyPlan: { wording: 'normal', ...safetyPlan } }) });
    expect(told(by({ channels: ['c_private'] }))).toEqual(['c_private: normal']);
    expect(by({ hours: { from: '08:00', to: '22:00' } }).telling.due).toEqual(new Date('2026-11-23T13:00:00Z'));
    expect(told(by({ wording: 'neutral' }))).toEqual(['c_phone: neutral', 'c_private: neutral']);
    expect(told(by({ wording: 'desk-only' }))).toEqual([]);
    const helper = { name: 'Ann', kind: 'sms', address: '+15550199' } as const;
    expect(told(by({ helper, channels: ['c_work'] }))).toEqual(['c_work: desk-line', 'helper: helper']);
  });

  it('26: consent is given per account, is dated, and ends at once', () => {
    const written = (mailOptIn: string[]) =>
      PersonInput.parse({
        name: 'Jane',
        accounts: ['jane@example.org'],
        linked: ['a@mail.example', 'b@mail.example'],
        mailOptIn,
      });
    const enroll = (optIn: string[], known: EnrolledPerson | undefined, now: Date) =>
      toEnrolled(written(optIn), known, { now, hash: (value) => value, random: (length) => 'x'.repeat(length) });
    const dates = ({ accounts }: EnrolledPerson) => accounts.map(({ mailOptIn }) => mailOptIn);
    const first = enroll(['a@mail.example'], undefined, ago(DAY_MS));
    expect(dates(first)).toEqual([undefined, ago(DAY_MS), undefined]);
    const both = enroll(['a@mail.example', 'b@mail.example'], first, NOW);
    expect(dates(both)).toEqual([undefined, ago(DAY_MS), NOW]);
    expect(dates(enroll([], both, NOW))).toEqual([undefined, undefined, undefined]);
  });

  it('26: what a notice and the desk are told of a linked mailbox is metadata: never a body, a subject or a code', async () => {
    const world = await createWorld({ people: [person()], senders: DELIVERING });
    const mail = signal({
      rule: 'recovery-code-mail',
      recordId: 'm1',
      source: 'provider-mail',
      account: 'jane.doe@mail.example',
      story: 'a code (microsoft) arrived by mail',
    });
    await world.found(breakIn({ evidence: [signal(), mail] }));
    await world.settle();
    // A signal has no member that could hold one; what is written of it is its story and where it happened.
    expect(Object.keys(mail).sort()).toEqual([
      'account',
      'at',
      'flow',
      'person',
      'recordId',
      'rule',
      'source',
      'story',
      'title',
    ]);
    for (const { message } of world.sent) {
      if (!('to' in message) || message.to === 'desk@desk.example') continue;
      expect(JSON.stringify(message)).not.toMatch(/mail\.example|microsoft|a code/);
    }
  });

  it('27: logs, queues and the ledger carry ids, states and kinds: no address, number, name or text', async () => {
    const world = await createWorld({
      people: [person({ channels: [PHONE, PRIVATE, WORK, channel('c_bad', 'x@y@z')], drill: true })],
      senders: SENDERS.map((sender) => ({
        ...sender,
        refuse: (_: unknown, tries: number) =>
          tries === 1 ? new DeliveryError(sender.name, 'UNAVAILABLE', { cause: new Error(PHONE.address) }) : undefined,
      })),
    });
    await world.found(breakIn());
    await startDrill(world.ports, 'x');
    await world.pass(4 * 60 * MINUTE_MS);
    const secret = /@|\+?1555|jane|doe|example|card \d+:/i;
    const ours = (text: string) => text.replaceAll('p_jane', '').replace(/\w…\w?@…/g, '');
    expect(world.log.lines.length).toBeGreaterThan(10);
    expect(ours(JSON.stringify(world.log.lines))).not.toMatch(secret);
    expect(ours(world.plug.steps.join('\n'))).not.toMatch(secret);
    for (const table of TABLES.filter((name) => name !== 'people' && name !== 'evidence')) {
      for await (const { partition, row, value } of world.rows.scan(table))
        expect(ours(`${partition} ${row} ${JSON.stringify(value)}`)).not.toMatch(secret);
    }
  });

  it('28: how long what is kept: evidence 92 days (the rules look back 90), findings 180, ledger 365', () => {
    const { settings } = readSettings({});
    expect([
      settings.POSTERN_RETENTION_EVIDENCE_DAYS,
      settings.POSTERN_RETENTION_FINDINGS_DAYS,
      settings.POSTERN_RETENTION_LEDGER_DAYS,
    ]).toEqual([92, 180, 365]);
  });

  it('28: who leaves is erased by the daily run: nothing that names them is left', async () => {
    const id = 'p_jane000000000000';
    const world = await createWorld({ people: [person({ id })], senders: DELIVERING });
    const evidence = breakIn().evidence.map((one) => ({ ...one, person: id }));
    await world.found(breakIn({ person: id, evidence }));
    await world.settle();
    const reference = (await world.told(id)).tellings[0]?.reference ?? '';
    expect(await world.answers.byDesk(reference, 'not-me')).toBe('taken');
    await world.settle();
    await world.people.remove(id);
    const { rows, clock, log, people } = world;
    const retention = createRetention({ rows, clock, log, people, settings: world.ports.settings });
    expect((await retention.prune(clock.now())).erased).toBe(1);
    // References and provider ids name nobody; they go with the next run.
    await retention.prune(clock.now());
    for (const table of TABLES.filter((name) => name !== 'state' && name !== 'trail')) {
      for await (const { partition, row, value } of rows.scan(table))
        expect(`${table} ${partition} ${row} ${JSON.stringify(value)}`).not.toMatch(/p_jane|jane|15550100/);
    }
  });

  it('29: a message of its own, not over what was broken into, with whom to call; who opened a finding is written down', async () => {
    const world = await afterBreakIn();
    const full = world.sent.flatMap(({ message }) =>
      'text' in message && message.to === PHONE.address ? [message.text] : [],
    );
    const line = world.sent.flatMap(({ message }) =>
      'text' in message && message.to === WORK.address ? [message.text] : [],
    );
    expect(full).toHaveLength(1);
    // Into the mailbox that was broken into goes one line, which says to call and nothing else.
    expect(line.join('')).not.toMatch(/got in|signed in|reset|changed/i);
    const rows = createMemoryRows();
    await appendTrail(
      rows,
      [{ at: NOW, actor: 'officer', action: 'finding opened', person: 'p_jane', ref: 'f_1' }],
      'n',
    );
    const read: unknown[] = [];
    for await (const entry of readTrail(rows, ago(DAY_MS), NOW)) read.push(entry);
    expect(repositoryFile('docs/privacy.md')).toContain('\n## DPIA template\n');
    expect(read).toEqual([{ at: NOW, actor: 'officer', action: 'finding opened', person: 'p_jane', ref: 'f_1' }]);
  });

  it('30: the drill sends a marked test over the real path to volunteers and says who was reached', async () => {
    const other = person({ id: 'p_other', accounts: [{ kind: 'work', upn: 'o@example.org' }] });
    const world = await createWorld({ people: [person({ drill: true }), other], senders: DELIVERING });
    await startDrill(world.ports, '2026-12');
    await world.settle();
    expect((await world.deliveries()).map(({ notice }) => notice.variant)).toEqual(['drill', 'drill', 'drill']);
    expect(await world.deliveries('p_other')).toEqual([]);
    expect(await reportDrill(world.ports, '2026-12')).toMatchObject({ volunteers: 1, reached: 1 });
  });
});
