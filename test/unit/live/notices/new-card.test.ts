/** What a new card changes for notices that were told, that wait, and that come. */
import { describe, expect, it } from 'vitest';
import { reportDrill, startDrill } from '../../../../src/live/drill.ts';
import { createLedger } from '../../../../src/live/ledger.ts';
import { handleNotices, noticeRole } from '../../../../src/live/notice-api.ts';
import { issueCard } from '../../../../src/live/people/new-card.ts';
import { sendCode } from '../../../../src/live/people/send-code.ts';
import { cardPair, personCardKey } from '../../../../src/notify/card.ts';
import {
  breakIn,
  contactChange,
  finding,
  KEY,
  NOW,
  PHONE,
  PRIVATE,
  person,
  signal,
  WORK,
} from '../../notify/plan-situation.ts';
import { createWorld, MINUTE_MS, SENDERS, type World } from './world.ts';

const DELIVERING = SENDERS.map((sender) => ({ ...sender, result: { status: 'delivered' as const } }));
const pair = (number: number, generation = 0) => cardPair(personCardKey(KEY, 'p_jane', generation), number);
const issue = (world: World) => issueCard({ rows: world.rows, people: world.people, actor: 'admin' }, 'p_jane', NOW);
const textsTo = (world: World, address: string) =>
  world.sent.flatMap(({ message }) => ('text' in message && message.to === address ? [message.text] : []));

async function told(settings = {}): Promise<World & { reference: string }> {
  const world = await createWorld({ people: [person({ channels: [PHONE, PRIVATE] })], senders: DELIVERING, settings });
  await world.found(breakIn());
  await world.settle();
  return { ...world, reference: (await world.told()).tellings[0]?.reference ?? '' };
}

describe('after a new card', () => {
  it('pairs of the old one never match again, on the page or on the phone', async () => {
    const world = await told();
    const typed = { reference: world.reference, words: pair(1) };
    expect((await world.answers.open(typed)).kind).toBe('match');
    const asked = await world.answers.askForPair(world.reference);
    expect(asked).toBe(2);
    await issue(world);
    expect(await world.answers.open(typed)).toEqual({ kind: 'no-match' });
    expect(await world.answers.give(typed, 'not-me')).toEqual({ kind: 'no-match' });
    expect(await world.answers.open({ ...typed, words: pair(1, 1) })).toEqual({ kind: 'no-match' });
    // The pair that was asked for on the old card: neither its words nor those of the new one at this number.
    for (const words of [pair(2), pair(2, 1)]) {
      await world.answers.byDesk(world.reference, 'me', words);
      expect((await world.tasks()).filter(({ status }) => status === 'closed')).toEqual([]);
    }
  });

  it('the desk can ask for a pair of the new one, which closes', async () => {
    const world = await createWorld({ people: [person({ channels: [PHONE, WORK] })], senders: DELIVERING });
    await world.found(breakIn());
    await world.settle();
    const reference = (await world.told()).tellings[0]?.reference ?? '';
    await world.answers.askForPair(reference);
    await world.answers.byDesk(reference, 'me', 'wrong words');
    expect(await world.answers.askForPair(reference)).toBeUndefined();
    await issue(world);
    expect(await world.answers.askForPair(reference)).toBe(1);
    await world.answers.byDesk(reference, 'me', pair(1, 1));
    expect(await world.tasks()).toMatchObject([{ kind: 'reach-by-voice', status: 'closed' }]);
    expect(await world.told()).toMatchObject({ cards: 1, cardGeneration: 1 });
  });

  it('the next notice quotes number 1 of the new one, and is answered with it', async () => {
    const world = await told();
    await issue(world);
    await world.found(breakIn({ id: 'f_2', evidence: [signal({ recordId: 'other', at: NOW })] }));
    await world.settle();
    const telling = (await world.told()).tellings.at(-1);
    expect(telling).toMatchObject({ card: 1, cardGeneration: 1 });
    expect(textsTo(world, PHONE.address).at(-1)).toContain(`Card 1: ${pair(1, 1)}`);
    const typed = { reference: telling?.reference ?? '', words: pair(1, 1) };
    expect(await world.answers.give(typed, 'me')).toMatchObject({ kind: 'taken', challenge: 2 });
    expect(await world.answers.prove(typed, pair(2, 1))).toEqual({ kind: 'closed' });
  });

  it('a notice that was planned before and leaves afterwards quotes no pair', async () => {
    const world = await createWorld({
      people: [person({ channels: [PHONE, PRIVATE] })],
      senders: DELIVERING,
      settings: { POSTERN_PROBE_BATCH_MINUTES: '60' },
    });
    await world.found(finding({ outcome: 'attacked' }));
    await world.settle();
    expect(world.toPeople()).toEqual([]);
    await issue(world);
    await world.pass(100 * MINUTE_MS);
    const texts = [...textsTo(world, PHONE.address), ...textsTo(world, PRIVATE.address)];
    expect(texts).toHaveLength(2);
    for (const text of texts) {
      expect(text).not.toContain(pair(1).split(' ')[0]);
      expect(text).not.toContain(pair(1, 1).split(' ')[0]);
      expect(text).not.toMatch(/card,? (number )?1/i);
    }
  });

  it('a finding that grows while it waits takes a pair of the new one', async () => {
    const world = await createWorld({
      people: [person({ channels: [PHONE, PRIVATE] })],
      senders: DELIVERING,
      settings: { POSTERN_PROBE_BATCH_MINUTES: '60' },
    });
    await world.found(finding({ outcome: 'attacked' }));
    await world.settle();
    await issue(world);
    await world.found(finding({ outcome: 'attacked', revision: 'v2' }));
    await world.pass(100 * MINUTE_MS);
    expect(textsTo(world, PHONE.address)).toEqual([expect.stringContaining(`Card 1: ${pair(1, 1)}`)]);
  });

  it('a used-up card is one task; the next card used up is another', async () => {
    const world = await told({ POSTERN_DAILY_CAP: '100' });
    const wear = async (id: string) => {
      const ledger = createLedger(world.rows);
      const { told: now, toldTag = '' } = await ledger.load('p_jane');
      await ledger.transact('p_jane', [{ op: 'replace', row: 'told', value: { ...now, cards: 40 }, tag: toldTag }]);
      await world.found(contactChange({ id, evidence: [signal({ recordId: id, at: NOW })] }));
      await world.settle();
    };
    const cardTasks = async () =>
      (await world.tasks()).filter(({ kind }) => kind === 'new-card').map(({ status }) => status);
    await wear('f_2');
    await wear('f_3');
    expect(await cardTasks()).toEqual(['open']);
    expect(textsTo(world, PHONE.address).at(-1)).not.toMatch(/card \d+:/i);
    await issue(world);
    expect(await cardTasks()).toEqual(['closed']);
    await world.found(contactChange({ id: 'f_4', evidence: [signal({ recordId: 'f_4', at: NOW })] }));
    await world.settle();
    expect(textsTo(world, PHONE.address).at(-1)).toContain(`Card 1: ${pair(1, 1)}`);
    await wear('f_5');
    expect((await cardTasks()).sort()).toEqual(['closed', 'open']);
  });

  it('a drill uses a pair of the new one', async () => {
    const world = await createWorld({ people: [person({ drill: true, channels: [PHONE] })], senders: DELIVERING });
    await startDrill(world.ports, 'one');
    await issue(world);
    await startDrill(world.ports, 'two');
    await world.settle();
    expect((await world.deliveries()).map(({ notice: { card, cardGeneration } }) => [card, cardGeneration])).toEqual(
      expect.arrayContaining([
        [1, undefined],
        [1, 1],
      ]),
    );
  });

  it('somebody who was removed gets none', async () => {
    const world = await told();
    await world.people.remove('p_jane');
    expect(await issue(world)).toBeUndefined();
  });
});

describe('the routes', () => {
  const ask = async (world: World, method: string, id: string, verb = '') => {
    const notes: object[] = [];
    const url = `http://127.0.0.1/api/people/${id}/${verb}`;
    const request = {
      method,
      url,
      headers: { get: () => null },
      query: { get: () => null },
      params: { id, verb },
      text: async () => '',
    };
    const reply = await handleNotices(request, {
      notices: world.ports,
      note: async (entry) => void notes.push(entry),
    });
    return { ...reply, notes };
  };

  it.each([
    ['notices', 'Postern.Desk'],
    ['drill', 'Postern.Admin'],
    ['p_1234567890abcdef', undefined],
    [undefined, undefined],
  ])('%s needs the role %s', (id, role) => {
    expect(noticeRole(id === undefined ? {} : { id })).toBe(role);
  });

  it('verifies what a person was told: whose, over what, with which words; and writes down who asked', async () => {
    const world = await told();
    const { status, jsonBody, notes, headers } = await ask(world, 'GET', 'notices', world.reference.toLowerCase());
    expect([status, headers]).toEqual([200, { 'cache-control': 'no-store' }]);
    expect(jsonBody).toMatchObject({
      result: 'genuine',
      person: 'p_jane',
      name: 'Jane Doe',
      state: 'got-in',
      finding: 'f_1',
      card: { number: 1, words: pair(1) },
      notices: [
        { kind: 'sms', variant: 'normal', channel: 'c_phone', status: 'delivered' },
        { kind: 'email', variant: 'normal', channel: 'c_private', status: 'delivered' },
      ],
    });
    expect(JSON.stringify(jsonBody)).not.toMatch(/@|\+1555/);
    const { reference } = world;
    expect(notes).toEqual([{ action: 'notice verified', person: 'p_jane', ref: reference, detail: 'genuine' }]);
    await issue(world);
    expect((await ask(world, 'GET', 'notices', reference)).jsonBody).toMatchObject({
      card: { words: pair(1), isReplaced: true },
    });
  });

  it.each([
    ['K7Q4', { result: 'unreadable' }, { action: 'notice verified', detail: 'unreadable' }],
    ['', { result: 'unreadable' }, { action: 'notice verified', detail: 'unreadable' }],
    ['x'.repeat(5000), { result: 'unreadable' }, { action: 'notice verified', detail: 'unreadable' }],
    [
      'K7Q4-9M2Z',
      { result: 'unknown', reference: 'K7Q49M2Z' },
      { action: 'notice verified', ref: 'K7Q49M2Z', detail: 'unknown' },
    ],
  ])('%.12s is not ours', async (typed, expected, note) => {
    const { jsonBody, notes } = await ask(await told(), 'GET', 'notices', typed);
    expect([jsonBody, notes]).toEqual([expected, [note]]);
  });

  it('knows the code that the desk has sent', async () => {
    const world = await told();
    const ports = {
      settings: world.ports.settings,
      transports: world.ports.transports,
      claim: (reference: string, id: string) =>
        createLedger(world.rows).claimReference(reference, { person: id, finding: '', kind: 'code' }),
    };
    await sendCode(ports, person(), { kind: 'sms', address: '+15550122' }, '12345678', NOW);
    const reference = /Ref (\S{4}-\S{4})/.exec(textsTo(world, '+15550122')[0] ?? '')?.[1] ?? '';
    const { jsonBody } = await ask(world, 'GET', 'notices', reference);
    expect(jsonBody).toEqual({
      result: 'code',
      reference: reference.replace('-', ''),
      person: 'p_jane',
      name: 'Jane Doe',
    });
    // Nobody can answer it.
    expect(await world.answers.byDesk(reference, 'me')).toBe('unknown');
    expect(await world.answers.open({ reference, words: pair(1) })).toEqual({ kind: 'no-match' });
  });

  it('starts a drill, says what came of it, and verifies its notices', async () => {
    const people = [person({ drill: true, channels: [PHONE] })];
    const world = await createWorld({ people, senders: DELIVERING });
    const started = await ask(world, 'POST', 'drill', '2026-12');
    expect(started.jsonBody).toEqual({ messages: 1, dryRun: false });
    expect(started.notes).toEqual([{ action: 'drill started', ref: '2026-12', detail: '1 messages' }]);
    await world.settle();
    const report = await ask(world, 'GET', 'drill', '2026-12');
    expect(report.jsonBody).toEqual(await reportDrill(world.ports, '2026-12'));
    expect(report.jsonBody).toMatchObject({ volunteers: 1, reached: 1 });
    const [delivery] = await world.deliveries();
    expect((await ask(world, 'GET', 'notices', delivery?.notice.reference)).jsonBody).toMatchObject({
      result: 'genuine',
      card: { number: 1, words: pair(1) },
      notices: [{ variant: 'drill' }],
    });
  });

  it.each([
    ['POST', 'notices', 'K7Q49M2X', 405],
    ['DELETE', 'drill', 'one', 405],
    ['POST', 'drill', '', 400],
    ['POST', 'drill', '-x', 400],
    ['POST', 'drill', 'a b', 400],
    ['GET', 'drill', 'x'.repeat(41), 400],
  ])('%s %s/%.12s: %i', async (method, id, verb, status) => {
    const world = await told();
    expect(await ask(world, method, id, verb)).toMatchObject({ status, notes: [] });
  });
});
