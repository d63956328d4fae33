import { describe, expect, it } from 'vitest';
import { createFollowUp } from '../../../../src/live/follow-up.ts';
import { sweep } from '../../../../src/live/sweep.ts';
import { breakIn, channel, finding, PHONE, PRIVATE, person } from '../../notify/plan-situation.ts';
import { createWorld, MINUTE_MS, SENDERS, type SenderOptions, type World } from './world.ts';

const SECOND = channel('c_second', 'jane@second.example');
const two = person({ channels: [PHONE, PRIVATE] });
const three = person({ channels: [PHONE, PRIVATE, SECOND] });
const [mail, sms, webhook] = SENDERS as readonly [SenderOptions, SenderOptions, SenderOptions];
const tried = finding({ outcome: 'attacked' });

const tasks = async (world: World) =>
  (await world.tasks()).map(({ kind, why, priority, status }) => `${kind} ${why} ${priority} ${status}`).sort();

async function report(world: World, channelId: string, status = 'Delivered'): Promise<void> {
  const delivery = (await world.deliveries()).find(({ notice }) => notice.channel === channelId);
  const address = two.channels.concat(SECOND).find(({ id }) => id === channelId)?.address;
  const at = world.clock.now().toISOString();
  const data =
    delivery?.notice.kind === 'sms'
      ? { messageId: delivery.providerId, to: address, deliveryStatus: status, receivedTimestamp: at }
      : { messageId: delivery?.providerId, recipient: address, status, deliveryAttemptTimeStamp: at };
  const eventType = `Microsoft.Communication.${delivery?.notice.kind === 'sms' ? 'SMS' : 'Email'}DeliveryReportReceived`;
  expect(await world.report([{ eventType, data, eventTime: at }])).toEqual({ status: 200 });
}

describe('a provider that accepts and never delivers', () => {
  it('after 30 minutes the next channel, after another 30 the desk', async () => {
    const world = await createWorld({ people: [three] });
    await world.found(breakIn());
    await world.pass(29 * MINUTE_MS);
    expect(world.toPeople()).toHaveLength(2);
    expect(await tasks(world)).toEqual([]);
    await world.pass(6 * MINUTE_MS);
    expect(world.toPeople()).toEqual(['sms +15550100', 'email jane@private.example', 'email jane@second.example']);
    expect(await tasks(world)).toEqual([]);
    await world.pass(35 * MINUTE_MS);
    expect(await tasks(world)).toEqual(['reach-by-voice undelivered 0 open']);
    expect((await world.deliveries()).map(({ status, why }) => `${status} ${why}`)).toEqual(
      Array(3).fill('failed NO_REPORT'),
    );
  });

  it('one that arrives is enough', async () => {
    const world = await createWorld({ people: [three] });
    await world.found(breakIn());
    await world.settle();
    await report(world, 'c_phone');
    await world.pass(100 * MINUTE_MS);
    expect(world.toPeople()).toHaveLength(2);
    expect(await tasks(world)).toEqual([]);
  });

  it('a report that comes late ends it', async () => {
    const world = await createWorld({ people: [three] });
    await world.found(breakIn());
    await world.pass(40 * MINUTE_MS);
    await report(world, 'c_phone');
    expect((await world.deliveries()).find(({ notice }) => notice.channel === 'c_phone')?.status).toBe('delivered');
    await world.pass(60 * MINUTE_MS);
    expect(await tasks(world)).toEqual([]);
  });

  it('a transport that never reports is as good as its word; silence goes to the desk all the same', async () => {
    const senders = [{ name: 'smtp', kind: 'email' }, { name: 'twilio', kind: 'sms' }, webhook] as const;
    const world = await createWorld({ people: [three], senders });
    await world.found(breakIn());
    await world.pass(100 * MINUTE_MS);
    expect(world.toPeople()).toHaveLength(2);
    expect(await tasks(world)).toEqual([]);
    await world.pass(40 * MINUTE_MS);
    expect(await tasks(world)).toEqual(['no-answer silence 0 open']);
  });

  it('an answer is better than any report', async () => {
    const world = await createWorld({ people: [two] });
    await world.found(breakIn());
    await world.settle();
    const { tellings } = await world.told();
    await world.answers.byDesk(tellings[0]?.reference ?? '', 'me');
    await world.pass(300 * MINUTE_MS);
    expect(await tasks(world)).toEqual([]);
  });
});

describe('messages that get lost', () => {
  it('a notice whose queue message is gone is sent again when it is looked at', async () => {
    const world = await createWorld({ people: [person({ channels: [PHONE] })] });
    await world.found(breakIn());
    // The finding is planned, and then the queue loses everything.
    let message = world.broker.next();
    while (message) {
      if (message.queue === 'notices') world.broker.done(message);
      else await world.settleOne();
      message = world.broker.next();
    }
    expect(world.sent).toEqual([]);
    await world.pass(36 * MINUTE_MS);
    expect(world.toPeople()).toEqual(['sms +15550100']);
    expect(await tasks(world)).toContain('reach-by-voice one-channel 0 open');
  });
});

describe('nobody looked for a while', () => {
  it('a notice that is queued late has its time from then: it is not queued twice in one sweep', async () => {
    const world = await createWorld({ people: [two], settings: { POSTERN_PROBE_BATCH_MINUTES: '60' } });
    await world.found(finding({ outcome: 'identified' }));
    await world.settle();
    expect((await world.deliveries()).map(({ status }) => status)).toEqual(['planned', 'planned']);
    world.clock.set(new Date(world.clock.now().getTime() + 240 * MINUTE_MS));
    await sweep(world.ports, world.clock.now(), createFollowUp(world.ports));
    expect(world.broker.length()).toBe(2);
    await world.settle();
    expect(world.toPeople()).toHaveLength(2);
    await world.pass(35 * MINUTE_MS);
    expect((await world.deliveries()).map(({ why }) => why)).toEqual(['NO_REPORT', 'NO_REPORT']);
  });
});

describe('quota', () => {
  it('an attempt that waits for quota goes by the next channel; without one it waits up to four hours', async () => {
    const settings = { POSTERN_EMAIL_PER_HOUR: '1', POSTERN_EMAIL_PER_MINUTE: '1' };
    const one = person({ id: 'p_a', channels: [PRIVATE] });
    const other = person({ id: 'p_b', channels: [SECOND], accounts: [{ kind: 'work', upn: 'b@example.org' }] });
    const world = await createWorld({
      people: [one, other],
      senders: [mail, webhook],
      settings: { ...settings, POSTERN_DESK_EMAIL: '' },
    });
    await world.found({ ...finding(), person: 'p_a', id: 'f_a' });
    await world.found({ ...finding(), person: 'p_b', id: 'f_b' });
    await world.pass(50 * MINUTE_MS);
    expect(world.toPeople()).toHaveLength(1);
    expect((await tasks(world)).filter((task) => task.startsWith('reach-by-voice'))).toHaveLength(1);
    await world.pass(60 * MINUTE_MS);
    expect(world.toPeople()).toHaveLength(2);
  });
});

describe('silence', () => {
  it.each([
    ['a break-in', breakIn(), 'no-answer silence 0 open', 1],
    ['an attempt: in the inbox only', tried, 'no-answer silence 2 open', 0],
  ])('%s', async (_, found, task, mails) => {
    const world = await createWorld({
      people: [two],
      senders: [{ ...mail, result: { status: 'delivered' } }, { ...sms, result: { status: 'delivered' } }, webhook],
    });
    await world.found(found);
    await world.pass(119 * MINUTE_MS);
    expect(await tasks(world)).toEqual([]);
    await world.pass(6 * MINUTE_MS);
    expect(await tasks(world)).toEqual([task]);
    await world.settle();
    expect(world.toDesk().filter((subject) => subject.includes('not answered'))).toHaveLength(mails);
    await world.pass(24 * 60 * MINUTE_MS);
    expect(await tasks(world)).toEqual([task]);
  });

  it('of something that got worse since is not counted', async () => {
    const world = await createWorld({
      people: [two],
      senders: [{ ...mail, result: { status: 'delivered' } }, { ...sms, result: { status: 'delivered' } }, webhook],
    });
    await world.found(tried);
    await world.pass(60 * MINUTE_MS);
    await world.found(breakIn({ revision: 'v2' }));
    await world.pass(70 * MINUTE_MS);
    expect(await tasks(world)).toEqual([]);
    await world.pass(60 * MINUTE_MS);
    expect(await tasks(world)).toEqual(['no-answer silence 0 open']);
  });
});
