/**
 * The process dies at every write, queue message and send, once before and once after it happens, and then goes on. What
 * must hold: nobody at risk is silently not told, and nobody is told twice by the same channel, except where a process
 * died between the provider's yes and writing it down: then the lease ends, and twice beats never.
 */
import { describe, expect, it } from 'vitest';
import { DeliveryError } from '../../../../src/errors.ts';
import { breakIn, channel, finding, PHONE, PRIVATE, person, WORK } from '../../notify/plan-situation.ts';
import { createWorld, MINUTE_MS, SENDERS, type SenderOptions, type World } from './world.ts';

const [mail, sms, webhook] = SENDERS as readonly [SenderOptions, SenderOptions, SenderOptions];
const arrives = (sender: SenderOptions): SenderOptions => ({ ...sender, result: { status: 'delivered' } });
const SECOND = channel('c_second', 'jane@second.example');

interface Scenario {
  readonly name: string;
  readonly start: () => Promise<World>;
  readonly play: (world: World) => Promise<void>;
  /** Channels that must have got the full notice at the end. */
  readonly told: readonly string[];
  readonly tasks: readonly string[];
  readonly desk: RegExp;
}

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'a break-in with one good channel',
    start: () =>
      createWorld({
        people: [person({ channels: [PHONE, WORK] })],
        senders: [arrives(mail), arrives(sms), arrives(webhook)],
      }),
    play: async (world) => {
      await world.found(breakIn());
      await world.pass(180 * MINUTE_MS);
    },
    told: ['sms +15550100', 'email jane@example.org'],
    tasks: ['no-answer silence', 'reach-by-voice one-channel'],
    desk: /somebody got in/,
  },
  {
    name: 'a batch that gets worse while it waits',
    start: () =>
      createWorld({
        people: [person({ channels: [PHONE, PRIVATE] })],
        senders: [arrives(mail), arrives(sms), arrives(webhook)],
        settings: { POSTERN_PROBE_BATCH_MINUTES: '60' },
      }),
    play: async (world) => {
      await world.found(finding());
      await world.pass(10 * MINUTE_MS);
      await world.found(breakIn({ revision: 'v2' }));
      await world.pass(200 * MINUTE_MS);
    },
    told: ['sms +15550100', 'email jane@private.example'],
    tasks: ['no-answer silence'],
    desk: /somebody got in/,
  },
  {
    name: 'a channel that fails',
    start: () => {
      const bounces = (message: { readonly to?: string }) =>
        message.to === PRIVATE.address ? new DeliveryError('acs-email', 'BAD_ADDRESS') : undefined;
      return createWorld({
        people: [person({ channels: [PHONE, PRIVATE, SECOND] })],
        senders: [
          { ...arrives(mail), refuse: (message) => bounces(message as { to?: string }) },
          { ...sms, refuse: () => new DeliveryError('acs-sms', 'REFUSED') },
          arrives(webhook),
        ],
      });
    },
    play: async (world) => {
      await world.found(breakIn());
      await world.pass(180 * MINUTE_MS);
    },
    told: ['email jane@second.example'],
    tasks: ['channel-lost failed', 'no-answer silence'],
    desk: /somebody got in/,
  },
];

async function steps({ start, play }: Scenario): Promise<readonly string[]> {
  const world = await start();
  const before = world.plug.steps.length;
  await play(world);
  return world.plug.steps.slice(before);
}

function counted(world: World): Map<string, number> {
  const counts = new Map<string, number>();
  for (const one of world.toPeople()) counts.set(one, (counts.get(one) ?? 0) + 1);
  return counts;
}

describe('the process dies, and the queue loses its message as well', () => {
  it('from the moment on at which it is written what to tell, the sweeper does the rest', async () => {
    const [scenario] = SCENARIOS as readonly [Scenario];
    const all = await steps(scenario);
    const written = all.indexOf('ledger insert told');
    const planned = all.findIndex((step) => step.startsWith('sent'));
    expect([written > 0, planned > written]).toEqual([true, true]);
    for (let step = written; step < planned; step++) {
      const world = await scenario.start();
      world.plug.pullAt(step + 1, 'after');
      await world.found(breakIn());
      const message = world.broker.next();
      await world.settleOne();
      // It was put back because the process died: now it is gone.
      const again = world.broker.next();
      if (message && again && again.id === message.id) world.broker.done(again);
      await world.pass(180 * MINUTE_MS);
      const where = `step ${step + 1}: ${all[step]}`;
      expect([...counted(world).keys()].sort(), where).toEqual([...scenario.told].sort());
      expect(
        world.toDesk().some((subject) => scenario.desk.test(subject)),
        where,
      ).toBe(true);
      expect(
        (await world.told()).tellings.every(({ pending }) => !pending),
        where,
      ).toBe(true);
    }
  });
});

describe.each(SCENARIOS)('$name', (scenario) => {
  it('goes well when nobody pulls the plug', async () => {
    const world = await scenario.start();
    await scenario.play(world);
    expect(counted(world)).toEqual(new Map(scenario.told.map((one) => [one, 1])));
    expect((await world.tasks()).map(({ kind, why }) => `${kind} ${why}`).sort()).toEqual(scenario.tasks);
    expect(world.toDesk().filter((subject) => scenario.desk.test(subject))).toHaveLength(1);
  });

  it.each(['before', 'after'] as const)('is told all the same when the process dies %s any step', async (when) => {
    const all = await steps(scenario);
    expect(all.length).toBeGreaterThan(20);
    for (const [index, step] of all.entries()) {
      const world = await scenario.start();
      world.plug.pullAt(index + 1, when);
      await scenario.play(world);
      await world.pass(150 * MINUTE_MS);
      const where = `${when} step ${index + 1}: ${step}`;
      expect(world.plug.wasPulled(), where).toBe(true);
      const counts = counted(world);
      for (const one of scenario.told) expect(counts.get(one), `${one} ${where}`).toBeGreaterThanOrEqual(1);
      // Between the provider's yes and the row that says so.
      const sent = when === 'after' ? step : (all[index - 1] ?? '');
      const mayRepeat = sent.startsWith('sent acs-');
      const repeated = [...counts.values()].filter((count) => count > 1).length;
      expect(repeated, where).toBeLessThanOrEqual(mayRepeat ? 1 : 0);
      expect(Math.max(...counts.values()), where).toBeLessThanOrEqual(2);
      const kinds = (await world.tasks()).map(({ kind, why }) => `${kind} ${why}`).sort();
      expect(kinds, where).toEqual(expect.arrayContaining([...scenario.tasks]));
      expect(
        world.toDesk().some((subject) => scenario.desk.test(subject)),
        where,
      ).toBe(true);
      expect(
        (await world.told()).tellings.every(({ pending }) => !pending),
        where,
      ).toBe(true);
      expect(world.broker.length(), where).toBe(0);
    }
  });
});
