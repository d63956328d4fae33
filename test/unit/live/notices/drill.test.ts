import { describe, expect, it } from 'vitest';
import { DeliveryError } from '../../../../src/errors.ts';
import { reportDrill, startDrill } from '../../../../src/live/drill.ts';
import { breakIn, PHONE, PRIVATE, person, WORK } from '../../notify/plan-situation.ts';
import { createWorld, MINUTE_MS, SENDERS, type SenderOptions } from './world.ts';

const john = person({
  id: 'p_john',
  name: 'John',
  drill: true,
  accounts: [{ kind: 'work', upn: 'john@example.org' }],
  channels: [{ ...PHONE, address: '+15550111' }],
});

describe('the drill', () => {
  it('goes to volunteers over every channel in use, is marked, and says who was reached', async () => {
    const [mail, sms, webhook] = SENDERS as readonly [SenderOptions, SenderOptions, SenderOptions];
    const senders = [
      { ...mail, result: { status: 'delivered' as const } },
      {
        ...sms,
        refuse: (message: { to?: string }) =>
          message.to === '+15550111' ? new DeliveryError('acs-sms', 'BAD_ADDRESS') : undefined,
      },
      webhook,
    ] as SenderOptions[];
    const world = await createWorld({
      people: [
        person({
          drill: true,
          channels: [PHONE, PRIVATE, WORK, { ...PHONE, id: 'c_new', address: '+15550122', provenAt: undefined }],
        }),
        john,
        person({ id: 'p_not', accounts: [{ kind: 'work', upn: 'n@example.org' }] }),
        person({
          id: 'p_quiet',
          drill: true,
          accounts: [{ kind: 'work', upn: 'q@example.org' }],
          safetyPlan: { wording: 'desk-only' },
        }),
      ],
      senders,
    });
    expect(await startDrill(world.ports, '2026-12')).toEqual({ messages: 4 });
    await world.settle();
    expect(world.toPeople().sort()).toEqual(['email jane@example.org', 'email jane@private.example', 'sms +15550100']);
    for (const { message } of world.sent) {
      if ('text' in message && message.to.includes('jane')) expect(message.text).toMatch(/test|drill|practice/i);
    }
    const report = await reportDrill(world.ports, '2026-12');
    expect(report).toMatchObject({ name: '2026-12', volunteers: 2, reached: 1 });
    const byId = new Map(report.people.map((one) => [one.person, one]));
    expect(
      byId
        .get('p_jane')
        ?.channels.map(({ channel, status }) => `${channel} ${status}`)
        .sort(),
    ).toEqual(['c_phone accepted', 'c_private delivered', 'c_work delivered']);
    expect(byId.get('p_john')).toEqual({
      person: 'p_john',
      reached: false,
      channels: [{ channel: 'c_phone', kind: 'sms', status: 'failed', why: 'BAD_ADDRESS' }],
    });
  });

  it('the same drill again sends nothing twice; another one does, with another pair', async () => {
    const world = await createWorld({ people: [john] });
    await startDrill(world.ports, 'one');
    await world.settle();
    expect(await startDrill(world.ports, 'one')).toEqual({ messages: 0 });
    await startDrill(world.ports, 'two');
    await world.pass(10 * MINUTE_MS);
    expect(world.toPeople()).toEqual(['sms +15550111', 'sms +15550111']);
    expect((await world.deliveries('p_john')).map(({ notice }) => notice.card).sort()).toEqual([1, 2]);
    await world.found(breakIn({ person: 'p_john' }));
    await world.settle();
    expect((await world.told('p_john')).tellings[0]?.card).toBe(3);
  });

  it('silence after a drill is nobody’s task', async () => {
    const world = await createWorld({ people: [john] });
    await startDrill(world.ports, 'one');
    await world.pass(10 * 60 * MINUTE_MS);
    expect(await world.tasks()).toEqual([]);
  });
});
