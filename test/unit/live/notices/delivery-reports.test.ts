import { describe, expect, it } from 'vitest';
import { readTextAnswer } from '../../../../src/live/text-answers.ts';
import { breakIn, channel, NOW, PHONE, PRIVATE, person } from '../../notify/plan-situation.ts';
import { createWorld, type World } from './world.ts';

const SECOND = channel('c_second', 'jane@second.example');
const three = person({ channels: [PHONE, PRIVATE, SECOND] });

const atSecond = (seconds: number) => new Date(NOW.getTime() + seconds * 1000).toISOString();
const email = (data: Record<string, unknown>, eventTime = atSecond(60)) => ({
  id: '1',
  topic: '/subscriptions/…',
  subject: 'sender/x',
  eventType: 'Microsoft.Communication.EmailDeliveryReportReceived',
  data: { sender: 'alerts@notices.example', recipient: PRIVATE.address, status: 'Delivered', ...data },
  dataVersion: '1.0',
  eventTime,
});
const sms = (data: Record<string, unknown>) => ({
  id: '2',
  eventType: 'Microsoft.Communication.SMSDeliveryReportReceived',
  data: { from: '+18335550100', to: PHONE.address, deliveryStatus: 'Delivered', deliveryAttempts: [], ...data },
  eventTime: atSecond(60),
});
const inbound = (message: string, from: string = PHONE.address) => ({
  eventType: 'Microsoft.Communication.SMSReceived',
  data: { messageId: 'x', from, to: '+18335550100', message, segmentCount: 1 },
  eventTime: atSecond(60),
});

async function told(): Promise<World> {
  const world = await createWorld({ people: [three] });
  await world.found(breakIn());
  await world.settle();
  return world;
}

async function of(world: World, id: string) {
  const delivery = (await world.deliveries()).find(({ notice }) => notice.channel === id);
  if (!delivery) throw new Error(`nothing sent to ${id}`);
  return delivery;
}

const states = async (world: World) =>
  Object.fromEntries((await world.deliveries()).map(({ notice, status, why }) => [notice.channel, why ?? status]));

describe('Event Grid', () => {
  it('answers the handshake', async () => {
    const world = await createWorld({ people: [] });
    const event = {
      id: 'x',
      topic: '/subscriptions/…',
      data: {
        validationCode: '512d38b6-c7b8-40c8-89fe-f46f9e9622b6',
        validationUrl: 'https://rp-eastus2.eventgrid.azure.net/',
      },
      eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
      eventTime: atSecond(0),
    };
    expect(await world.report([event], { 'aeg-event-type': 'SubscriptionValidation' })).toEqual({
      status: 200,
      jsonBody: { validationResponse: '512d38b6-c7b8-40c8-89fe-f46f9e9622b6' },
    });
  });

  it.each([
    ['no JSON', 'hello'],
    ['no list', '{"eventType":"x"}'],
    ['too long', `[${'1,'.repeat(600_000)}1]`],
    ['too many', JSON.stringify(Array(1001).fill({}))],
  ])('refuses %s', async (_, body) => {
    const world = await createWorld({ people: [] });
    expect((await world.report(body)).status).toBe(400);
  });

  it('takes what it does not know without a word of its content', async () => {
    const world = await told();
    const before = await world.deliveries();
    const strange = [
      7,
      null,
      {},
      { eventType: 'Microsoft.Storage.BlobCreated', data: { url: 'https://secret.example' }, eventTime: atSecond(0) },
      email({ messageId: 5 }),
      email({ messageId: 'nobody knows', recipient: 'jane@private.example' }),
      sms({ messageId: 'nobody knows' }),
      sms({ messageId: 'nobody knows', tag: 'p_jane~n_nothing' }),
      sms({ messageId: 'nobody knows', tag: '~~~' }),
    ];
    expect(await world.report(strange)).toEqual({ status: 200 });
    expect(await world.deliveries()).toEqual(before);
    expect(JSON.stringify(world.log.lines)).not.toMatch(/secret|private\.example/);
    expect(world.log.lines.at(-1)).toEqual({
      level: 'info',
      message: 'reports that change nothing',
      fields: { count: 9 },
    });
  });
});

describe('a report', () => {
  it('delivered: by message id for mail, by tag for SMS (Microsoft’s sample writes Tag)', async () => {
    const world = await told();
    const { providerId } = await of(world, 'c_private');
    const { notice } = await of(world, 'c_phone');
    await world.report([email({ messageId: providerId, deliveryAttemptTimeStamp: atSecond(20) })]);
    await world.report([sms({ messageId: 'other', Tag: `p_jane~${notice.id}` })]);
    expect(await states(world)).toEqual({ c_phone: 'delivered', c_private: 'delivered' });
    expect((await of(world, 'c_private')).times.delivered).toEqual(new Date(atSecond(20)));
  });

  it.each([
    ['Bounced', 'BOUNCED', 'bounced'],
    ['Suppressed', 'SUPPRESSED', 'suppressed'],
    ['Quarantined', 'FAILED', undefined],
    ['FilteredSpam', 'FAILED', undefined],
    ['Failed', 'FAILED', undefined],
    ['SomethingNew', 'FAILED', undefined],
  ])('%s: the next channel; lost: %s %s', async (status, why, lost) => {
    const world = await told();
    const { providerId: messageId } = await of(world, 'c_private');
    await world.report([email({ messageId, status })]);
    await world.settle();
    expect(await states(world)).toEqual({ c_phone: 'accepted', c_private: why, c_second: 'accepted' });
    expect((await world.people.get('p_jane'))?.channels[1]?.lost?.why).toBe(lost);
    expect((await world.tasks()).map((task) => `${task.kind} ${task.why}`)).toEqual(
      lost ? [`channel-lost ${lost}`] : [],
    );
    // Repeated, it changes nothing, and nobody is told again.
    const before = await world.deliveries();
    await world.report([email({ messageId, status }), email({ messageId, status })]);
    await world.settle();
    expect(await world.deliveries()).toEqual(before);
  });

  it('repeated, also by the queue, tries one other channel and not two', async () => {
    const third = channel('c_third', 'jane@third.example');
    const world = await createWorld({ people: [person({ channels: [PHONE, PRIVATE, SECOND, third] })] });
    await world.found(breakIn());
    await world.settle();
    const { providerId: messageId, notice } = await of(world, 'c_private');
    for (let n = 0; n < 3; n++) {
      await world.report([email({ messageId, status: 'Bounced' })]);
      await world.broker.put([{ queue: 'notices', id: `again-${n}`, body: { person: 'p_jane', notice: notice.id } }]);
      await world.settle();
    }
    expect(await states(world)).toEqual({ c_phone: 'accepted', c_private: 'BOUNCED', c_second: 'accepted' });
  });

  it('of a group address says nothing yet', async () => {
    const world = await told();
    await world.report([email({ messageId: (await of(world, 'c_private')).providerId, status: 'Expanded' })]);
    expect((await of(world, 'c_private')).status).toBe('accepted');
  });

  it('that names another address is forged: nothing changes', async () => {
    const world = await told();
    const { providerId: messageId } = await of(world, 'c_private');
    await world.report([email({ messageId, recipient: 'eve@evil.example', status: 'Bounced' })]);
    await world.report([sms({ messageId, to: PHONE.address, deliveryStatus: 'Failed' })]);
    expect(await states(world)).toEqual({ c_phone: 'accepted', c_private: 'accepted' });
    expect((await world.people.get('p_jane'))?.channels.some(({ lost }) => lost)).toBe(false);
  });

  it('the later one wins, in whatever order they come', async () => {
    for (const order of [
      [20, 40],
      [40, 20],
    ]) {
      const world = await told();
      const { providerId: messageId } = await of(world, 'c_private');
      for (const second of order) {
        const status = second === 40 ? 'Bounced' : 'Delivered';
        await world.report([email({ messageId, status, deliveryAttemptTimeStamp: atSecond(second) })]);
      }
      expect((await of(world, 'c_private')).why).toBe('BOUNCED');
    }
  });

  it('that comes before the sender has written what it did', async () => {
    const world = await createWorld({ people: [three] });
    await world.found(breakIn());
    let early: unknown;
    const original = world.ports.transports.find(({ name }) => name === 'acs-email');
    if (!original) throw new Error('no mail');
    const send = original.send.bind(original);
    Object.assign(original, {
      send: async (...args: Parameters<typeof send>) => {
        const [message, { operationId }] = args;
        const isJane = 'to' in message && message.to === PRIVATE.address;
        if (isJane) early = await world.report([email({ messageId: operationId })]);
        return send(...args);
      },
    });
    await world.settle();
    expect(early).toEqual({ status: 200 });
    expect(await of(world, 'c_private')).toMatchObject({ status: 'delivered', transport: 'acs-email' });
  });

  it('works without a hash key, too', async () => {
    const world = await createWorld({ people: [three], hasHashKey: false });
    await world.found(breakIn());
    await world.settle();
    await world.report([
      email({ messageId: (await of(world, 'c_private')).providerId, recipient: 'Jane@Private.example' }),
    ]);
    expect((await of(world, 'c_private')).status).toBe('delivered');
  });
});

describe('inbound SMS', () => {
  it('STOP: the channel is lost for everybody who has it, the desk is told, protection goes on', async () => {
    const twin = person({
      id: 'p_john',
      accounts: [{ kind: 'work', upn: 'john@example.org' }],
      channels: [PHONE, SECOND],
    });
    const world = await createWorld({ people: [three, twin] });
    await world.report([inbound(' Stop ')]);
    await world.settle();
    expect((await world.people.all()).map(({ channels }) => channels[0]?.lost?.why)).toEqual(['stopped', 'stopped']);
    expect((await world.tasks()).map(({ kind, why, person: id }) => `${kind} ${why} ${id}`).sort()).toEqual([
      'channel-lost stopped p_jane',
      'channel-lost stopped p_john',
    ]);
    await world.found(breakIn());
    await world.settle();
    expect(world.toPeople().sort()).toEqual(['email jane@private.example', 'email jane@second.example']);
    // Again, nothing more happens.
    const desk = world.toDesk().length;
    await world.report([inbound('STOP')]);
    await world.settle();
    expect([(await world.tasks()).length, world.toDesk().length]).toEqual([2, desk]);
  });

  it('a stopped number in a report is lost as well', async () => {
    const world = await told();
    const { providerId: messageId } = await of(world, 'c_phone');
    await world.report([
      sms({ messageId, deliveryStatus: 'Failed', deliveryStatusDetails: 'Sender blocked for given recipient.' }),
    ]);
    await world.settle();
    expect((await world.people.get('p_jane'))?.channels[0]?.lost?.why).toBe('stopped');
    expect(await states(world)).toMatchObject({ c_phone: 'STOPPED', c_second: 'accepted' });
  });
});

describe('what a text says', () => {
  it.each([
    ['NO K7Q49M2X', { kind: 'answer', answer: 'not-me', reference: 'K7Q49M2X' }],
    ['no k7q4-9m2x', { kind: 'answer', answer: 'not-me', reference: 'K7Q49M2X' }],
    ['No, ref K7Q4 9M2X!', { kind: 'answer', answer: 'not-me', reference: 'K7Q49M2X' }],
    ['Нет К7Q49М2Х', { kind: 'answer', answer: 'not-me', reference: 'K7Q49M2X' }],
    ['نه K7Q49M2X', { kind: 'answer', answer: 'not-me', reference: 'K7Q49M2X' }],
    ['NO', { kind: 'answer', answer: 'not-me' }],
    ['no!!', { kind: 'answer', answer: 'not-me' }],
    ['YES K7Q49M2X', { kind: 'answer', answer: 'me', reference: 'K7Q49M2X' }],
    ['Sí K7Q49M2X', { kind: 'answer', answer: 'me', reference: 'K7Q49M2X' }],
    ['stop', { kind: 'stop' }],
    ['STOPALL', { kind: 'stop' }],
    ['stop it, who is this', undefined],
    ['K7Q49M2X', undefined],
    ['nobody', undefined],
    ['', undefined],
    ['🙂', undefined],
  ])('%s', (text, expected) => {
    expect(readTextAnswer(text)).toEqual(expected);
  });
});
