import { describe, expect, it } from 'vitest';
import { loadAnswer } from '../../../../src/live/answer-rows.ts';
import { createTasks } from '../../../../src/live/inbox.ts';
import { cardPair, personCardKey } from '../../../../src/notify/card.ts';
import { breakIn, channel, KEY, NOW, PHONE, PRIVATE, person, signal, WORK } from '../../notify/plan-situation.ts';
import { createWorld, MINUTE_MS, SENDERS, type World } from './world.ts';

const DELIVERING = SENDERS.map((sender) => ({ ...sender, result: { status: 'delivered' as const } }));
const two = person({ channels: [PHONE, PRIVATE] });
const pair = (number: number, id = 'p_jane') => cardPair(personCardKey(KEY, id), number);

async function told(people = [two]): Promise<World & { reference: string }> {
  const world = await createWorld({ people, senders: DELIVERING });
  await world.found(breakIn());
  await world.settle();
  const { tellings } = await world.told();
  return { ...world, reference: tellings[0]?.reference ?? '' };
}

const tasks = async (world: World) =>
  (await world.tasks()).map(({ kind, why, priority, status }) => `${kind} ${why} ${priority} ${status}`).sort();
const given = async (world: World, reference: string) =>
  (await loadAnswer(world.rows, 'p_jane', reference)).answer.given.map(
    ({ answer, via, trust }) => `${answer} ${via} ${trust}`,
  );

describe('the page', () => {
  it('fits reference and words together, however they are typed', async () => {
    const world = await told();
    const [first = '', second = ''] = pair(1).split(' ');
    const typed = `${world.reference.slice(0, 4).toLowerCase()} ${world.reference.slice(4)}`;
    expect(await world.answers.open({ reference: typed, words: ` ${first.toUpperCase()}-${second} ` })).toEqual({
      kind: 'match',
      reference: world.reference,
    });
    expect(await given(world, world.reference)).toEqual([]);
  });

  it('gives one and the same answer to everything that does not fit', async () => {
    const world = await told();
    const wrong = [
      { reference: 'BBBBBBBB', words: pair(1) },
      { reference: world.reference, words: pair(2) },
      { reference: world.reference, words: '' },
      { reference: 'not a reference', words: pair(1) },
      { reference: '', words: '' },
      { reference: world.reference, words: pair(1, 'p_other') },
    ];
    for (const typed of wrong) {
      expect(await world.answers.open(typed)).toEqual({ kind: 'no-match' });
      expect(await world.answers.give(typed, 'me')).toEqual({ kind: 'no-match' });
      expect(await world.answers.prove(typed, pair(2))).toEqual({ kind: 'no-match' });
      await world.pass(61 * MINUTE_MS);
    }
  });

  it('does the same reads and writes for a reference that exists and one that does not', async () => {
    const world = await told();
    const steps = async (reference: string) => {
      const before = world.plug.steps.length;
      await world.answers.open({ reference, words: 'wrong words' });
      return world.plug.steps.slice(before).map((step) => step.split(' ').slice(0, 2).join(' '));
    };
    await steps('CCCCCCCC');
    const unknown = await steps('BBBBBBBB');
    expect(unknown).toHaveLength(2);
    expect((await steps(world.reference)).length).toBe(unknown.length);
  });

  it('limits tries per reference and in all', async () => {
    const world = await told();
    const typed = { reference: world.reference, words: 'wrong words' };
    const kinds: string[] = [];
    for (let n = 0; n < 12; n++) {
      kinds.push((await world.answers.open(typed)).kind);
      await world.pass(10_000);
    }
    expect(kinds).toEqual([...Array(10).fill('no-match'), 'too-many', 'too-many']);
    // Even the right words, for the rest of the hour; the phone and SMS always work.
    expect(await world.answers.open({ reference: world.reference, words: pair(1) })).toEqual({ kind: 'too-many' });
    await world.pass(60 * MINUTE_MS);
    expect((await world.answers.open({ reference: world.reference, words: pair(1) })).kind).toBe('match');
    const guesses = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        world.answers.open({ reference: `BBBBBB${'23456789'[n % 8]}${'BCDFG'[n % 5]}`, words: 'x' }),
      ),
    );
    expect(guesses.filter(({ kind }) => kind === 'too-many').length).toBeGreaterThanOrEqual(10);
  });

  it('"not me": the desk has a task and a notice at once', async () => {
    const world = await told();
    const desk = world.toDesk().length;
    expect(await world.answers.give({ reference: world.reference, words: pair(1) }, 'not-me')).toEqual({
      kind: 'taken',
      reference: world.reference,
    });
    await world.settle();
    expect(await tasks(world)).toEqual(['not-me answer 0 open']);
    expect(
      world
        .toDesk()
        .slice(desk)
        .every((subject) => subject.includes('the person says that it was not them')),
    ).toBe(true);
    expect(world.toDesk().length - desk).toBe(2);
    // Said again: nothing more. After the desk has closed the case: a new one.
    await world.answers.give({ reference: world.reference, words: pair(1) }, 'not-me');
    await world.settle();
    expect([await tasks(world), world.toDesk().length - desk]).toEqual([['not-me answer 0 open'], 2]);
    const [task] = await world.tasks();
    await createTasks(world.rows).change(task?.id ?? '', { status: 'closed', by: 'officer' }, world.clock.now());
    await world.answers.give({ reference: world.reference, words: pair(1) }, 'not-me');
    expect(await tasks(world)).toEqual(['not-me answer 0 closed', 'not-me answer 0 open']);
  });

  it('"me": what the desk has to do is less urgent, and stays', async () => {
    const world = await told([person({ channels: [PHONE, WORK] })]);
    expect(await tasks(world)).toEqual(['reach-by-voice one-channel 0 open']);
    expect(await world.answers.give({ reference: world.reference, words: pair(1) }, 'me')).toEqual({
      kind: 'taken',
      reference: world.reference,
      challenge: 2,
    });
    expect(await tasks(world)).toEqual(['reach-by-voice one-channel 2 open']);
    await world.pass(300 * MINUTE_MS);
    expect(await tasks(world)).toEqual(['reach-by-voice one-channel 2 open']);
  });

  it('"me" with a pair that no notice has quoted: closed', async () => {
    const world = await told([person({ channels: [PHONE, WORK] })]);
    const typed = { reference: world.reference, words: pair(1) };
    await world.answers.give(typed, 'me');
    expect(await world.answers.prove(typed, pair(2))).toEqual({ kind: 'closed' });
    expect(await tasks(world)).toEqual(['reach-by-voice one-channel 2 closed']);
    expect((await loadAnswer(world.rows, 'p_jane', world.reference)).answer.closed).toBe(true);
    // The next notice quotes neither of the two.
    await world.found(breakIn({ id: 'f_2', evidence: [signal({ recordId: 'other', at: NOW })] }));
    await world.settle();
    expect((await world.told()).tellings.at(-1)?.card).toBe(3);
  });

  it('the question is asked once: a wrong answer uses it up', async () => {
    const world = await told();
    const typed = { reference: world.reference, words: pair(1) };
    expect(await world.answers.prove(typed, pair(2))).toEqual({ kind: 'not-closed' });
    await world.answers.give(typed, 'me');
    expect(await world.answers.prove(typed, pair(1))).toEqual({ kind: 'not-closed' });
    expect(await world.answers.prove(typed, pair(2))).toEqual({ kind: 'not-closed' });
    expect(await world.answers.give(typed, 'me')).toEqual({ kind: 'taken', reference: world.reference });
  });

  it('"me" after "not me" changes nothing', async () => {
    const world = await told([person({ channels: [PHONE, WORK] })]);
    const typed = { reference: world.reference, words: pair(1) };
    await world.answers.give(typed, 'not-me');
    await world.answers.give(typed, 'me');
    await world.answers.prove(typed, pair(2));
    expect(await tasks(world)).toEqual(['not-me answer 0 open', 'reach-by-voice one-channel 0 open']);
    expect((await loadAnswer(world.rows, 'p_jane', world.reference)).answer.closed).toBe(false);
  });

  it('"me" changes nothing once a channel that the pair went over is the attacker’s', async () => {
    const world = await told();
    const mail = signal({ recordId: 'm1', source: 'provider-mail', account: 'jane@private.example', at: NOW });
    await world.found(breakIn({ revision: 'v2', evidence: [...breakIn().evidence, mail] }));
    await world.settle();
    expect(await world.answers.give({ reference: world.reference, words: pair(1) }, 'me')).toEqual({
      kind: 'taken',
      reference: world.reference,
    });
    expect(await given(world, world.reference)).toEqual(['me page tainted']);
    await world.pass(125 * MINUTE_MS);
    expect(await tasks(world)).toEqual(['no-answer silence 0 open']);
  });

  it('whoever reads only a tainted channel has no pair to type', async () => {
    const world = await told([person({ channels: [PHONE, WORK] })]);
    const toWork = world.sent.find(({ message }) => 'to' in message && message.to === 'jane@example.org')?.message;
    const text = toWork && 'text' in toWork ? toWork.text : '';
    expect(text).toContain(world.reference.slice(4));
    expect(
      pair(1)
        .split(' ')
        .some((word) => text.includes(word)),
    ).toBe(false);
  });

  it('a notice that has not left yet is nobody’s to answer', async () => {
    const world = await createWorld({ people: [two], settings: { POSTERN_PROBE_BATCH_MINUTES: '60' } });
    await world.found(breakIn({ outcome: 'attacked', changes: [] }));
    await world.settle();
    const reference = (await world.told()).tellings[0]?.reference ?? '';
    expect(await world.answers.open({ reference, words: pair(1) })).toEqual({ kind: 'no-match' });
  });
});

describe('by SMS', () => {
  const say = (world: World, message: string, from: string) =>
    world.report([
      { eventType: 'Microsoft.Communication.SMSReceived', data: { from, message }, eventTime: NOW.toISOString() },
    ]);

  it.each([
    [
      '"no" from the number that was told',
      PHONE.address,
      'NO',
      'not-me sms untainted',
      ['not-me answer 0 open', 'reach-by-voice one-channel 0 open'],
    ],
    [
      '"no" from anywhere',
      '+15550166',
      'NO',
      'not-me sms tainted',
      ['not-me answer 0 open', 'reach-by-voice one-channel 0 open'],
    ],
    [
      '"yes" from the number that was told',
      PHONE.address,
      'YES',
      'me sms untainted',
      ['reach-by-voice one-channel 2 open'],
    ],
    ['"yes" from anywhere', '+15550166', 'YES', 'me sms tainted', ['reach-by-voice one-channel 0 open']],
  ])('%s', async (_, from, word, kept, expected) => {
    const world = await told([person({ channels: [PHONE, WORK] })]);
    expect(await say(world, `${word} ${world.reference}`, from)).toEqual({ status: 200 });
    expect(await given(world, world.reference)).toEqual([kept]);
    expect(await tasks(world)).toEqual(expected);
  });

  it('"no" alone means what was told last, for a week, and only from a known number', async () => {
    const world = await told();
    await say(world, 'No!', '+15550166');
    expect(await tasks(world)).toEqual([]);
    await say(world, 'No!', PHONE.address);
    expect(await tasks(world)).toEqual(['not-me answer 0 open']);
    const late = await told();
    await late.pass(8 * 24 * 60 * MINUTE_MS);
    await say(late, 'No!', PHONE.address);
    expect(await tasks(late)).toEqual(['no-answer silence 0 open']);
  });

  it('an unknown reference changes nothing, and nothing is ever sent back', async () => {
    const world = await told();
    const sent = world.sent.length;
    await say(world, 'NO BBBBBBBB', PHONE.address);
    await say(world, 'what is this?', PHONE.address);
    await world.settle();
    expect([await tasks(world), world.sent.length]).toEqual([[], sent]);
  });

  it('a number that was replaced has no say any more', async () => {
    const world = await told([person({ channels: [PHONE, WORK] })]);
    await world.people.update('p_jane', (now) => ({
      ...now,
      channels: [{ ...PHONE, retiredAt: NOW }, WORK, channel('c_new', '+15550144')],
    }));
    await say(world, `YES ${world.reference}`, PHONE.address);
    expect(await given(world, world.reference)).toEqual(['me sms tainted']);
  });
});

describe('by calling the desk', () => {
  it('is taken; with the pair that the desk asks for it closes', async () => {
    const world = await told([person({ channels: [PHONE, WORK] })]);
    expect(await world.answers.byDesk('BBBBBBBB', 'me')).toBe('unknown');
    const number = (await world.answers.askForPair(world.reference)) ?? 0;
    expect(number).toBe(2);
    expect(await world.answers.askForPair(world.reference)).toBe(2);
    expect(await world.answers.byDesk(world.reference, 'me', pair(number))).toBe('taken');
    expect(await given(world, world.reference)).toEqual(['me desk factor']);
    expect(await tasks(world)).toEqual(['reach-by-voice one-channel 0 closed']);
  });
});
