import { describe, expect, it } from 'vitest';
import { readSettings } from '../../../src/config.ts';
import { listSubscriptions, putSubscription } from '../../../src/live/subscription-rows.ts';
import { createSubscriptions } from '../../../src/live/subscriptions.ts';
import { createManualClock, createMemoryLog, createMemoryRows } from '../../../src/memory.ts';
import { EnrolledPerson } from '../../../src/model/enrolled-person.ts';
import type { RawRecord } from '../../../src/ports.ts';
import { createFakeGraph, type FakeAnswer } from '../../fixtures/graph/fake-graph.ts';

const NOW = new Date('2026-03-02T12:00:00Z');
const HOUR = 3600_000;
const DAY = 24 * HOUR;
const URL_ = 'https://postern.example.org/api/graph-notifications';

const person = (id: string, upn: string, mailOptIn?: Date) =>
  EnrolledPerson.parse({
    id,
    name: 'Dana',
    accounts: [{ kind: 'linked', upn, ...(mailOptIn && { mailOptIn }) }],
    enrolledAt: NOW,
  });

function setUp(
  env: Record<string, string> = {},
  people: EnrolledPerson[] = [],
  answers: Record<string, FakeAnswer> = {},
) {
  const atGraph = new Map<string, RawRecord>();
  let made = 0;
  const graph = createFakeGraph({
    'GET /subscriptions': () => ({ pages: [[...atGraph.values()]] }),
    'POST /subscriptions': (_, body) => {
      const id = `00000000-0000-4000-8000-00000000000${++made}`;
      atGraph.set(id, { ...body, id: id.toUpperCase() });
      return { id: id.toUpperCase() };
    },
    'PATCH /subscriptions/*': (_, body, path) => {
      const id = decodeURIComponent(path.split('/').at(-1) ?? '');
      const known = atGraph.get(id);
      if (!known) return 'NOT_FOUND';
      atGraph.set(id, { ...known, ...body });
      return {};
    },
    'DELETE /subscriptions/*': (_query, _body, path) => {
      atGraph.delete(decodeURIComponent(path.split('/').at(-1) ?? ''));
      return {};
    },
    ...answers,
  });
  const clock = createManualClock(NOW);
  const rows = createMemoryRows();
  const log = createMemoryLog();
  const { settings } = readSettings(env);
  const subscriptions = createSubscriptions({
    graph,
    rows,
    clock,
    log,
    settings,
    people: async () => people,
    notificationUrl: env.NO_URL ? undefined : URL_,
  });
  return { subscriptions, graph, atGraph, clock, rows, log };
}

describe('the users subscription', () => {
  it('is created with a random clientState of its own', async () => {
    const { subscriptions, atGraph, rows } = setUp();
    expect(await subscriptions.renew()).toMatchObject({ wanted: 1, created: 1 });
    const [made] = atGraph.values();
    expect(made).toMatchObject({
      resource: 'users',
      changeType: 'updated,deleted',
      notificationUrl: URL_,
      lifecycleNotificationUrl: URL_,
      latestSupportedTlsVersion: 'v1_2',
    });
    expect(Buffer.from(String(made?.clientState), 'base64url').length).toBe(32);
    const lifeMs = Date.parse(String(made?.expirationDateTime)) - NOW.getTime();
    expect(lifeMs).toBeLessThan(41_760 * 60_000);
    const [[id, row] = []] = await listSubscriptions(rows);
    expect(id).toBe('00000000-0000-4000-8000-000000000001');
    expect(row?.clientState).toBe(made?.clientState);
  });

  it('is left alone for half of its life, then renewed, over and over', async () => {
    const { subscriptions, clock, atGraph, graph } = setUp();
    await subscriptions.renew();
    let renewed = 0;
    for (let at = 0; at < 100 * DAY; at += 6 * HOUR) {
      clock.set(new Date(NOW.getTime() + at));
      renewed += (await subscriptions.renew()).renewed;
      const [made] = atGraph.values();
      expect(Date.parse(String(made?.expirationDateTime)) - clock.now().getTime()).toBeGreaterThan(13 * DAY);
    }
    expect(atGraph.size).toBe(1);
    expect(renewed).toBeGreaterThanOrEqual(6);
    expect(renewed).toBeLessThanOrEqual(9);
    expect(graph.paths().filter((path) => path.startsWith('POST'))).toHaveLength(1);
  });

  it('that is lost without a word is found missing and made again', async () => {
    const { subscriptions, atGraph, clock, rows, log } = setUp();
    await subscriptions.renew();
    atGraph.clear();
    clock.set(new Date(NOW.getTime() + 15 * 60_000));
    expect(await subscriptions.renew()).toMatchObject({ created: 1 });
    expect(atGraph.size).toBe(1);
    expect(log.lines.map(({ fields }) => (fields as { state: string }).state)).toEqual([
      'created',
      'missing',
      'created',
    ]);
    // What was under way for the lost one is still accepted for five hours.
    expect((await listSubscriptions(rows)).size).toBe(2);
    clock.set(new Date(NOW.getTime() + 6 * HOUR));
    await subscriptions.renew();
    expect((await listSubscriptions(rows)).size).toBe(1);
  });

  it('is not made without an address that Graph can reach', async () => {
    const { subscriptions, graph } = setUp({ NO_URL: 'yes' });
    expect(await subscriptions.renew()).toMatchObject({ wanted: 0, created: 0 });
    expect(graph.paths()).toEqual(['GET /subscriptions']);
  });

  it('moves with the address', async () => {
    const { subscriptions, rows, atGraph, clock } = setUp();
    await putSubscription(rows, '00000000-0000-4000-8000-00000000000f', {
      kind: 'users',
      resource: 'users',
      clientState: 'old',
      notificationUrl: 'https://old.example.org/',
      createdAt: NOW,
      expiresAt: new Date(NOW.getTime() + DAY),
      renewAt: new Date(NOW.getTime() + DAY),
    });
    expect(await subscriptions.renew()).toMatchObject({ created: 1, removed: 1 });
    expect([...atGraph.values()].map(({ notificationUrl }) => notificationUrl)).toEqual([URL_]);
    clock.set(new Date(NOW.getTime() + 60_000));
    expect(await subscriptions.renew()).toMatchObject({ created: 0, kept: 1, removed: 0 });
  });

  it('when there are two, one is removed', async () => {
    const { subscriptions, rows, clock } = setUp();
    await subscriptions.renew();
    const [[, row] = []] = await listSubscriptions(rows);
    if (row) await putSubscription(rows, '00000000-0000-4000-8000-00000000000f', { ...row, createdAt: new Date(0) });
    clock.set(new Date(NOW.getTime() + 60_000));
    expect(await subscriptions.renew()).toMatchObject({ kept: 1, removed: 1 });
  });

  it('of which nobody knows the secret is removed, and of others left', async () => {
    const { subscriptions, atGraph } = setUp();
    atGraph.set('00000000-0000-4000-8000-0000000000aa', {
      id: '00000000-0000-4000-8000-0000000000AA',
      notificationUrl: URL_,
    });
    atGraph.set('b', { id: 'b', notificationUrl: 'https://other.example.org/' });
    expect(await subscriptions.renew()).toMatchObject({ created: 1, removed: 1 });
    expect([...atGraph.keys()].sort()).toEqual(['00000000-0000-4000-8000-000000000001', 'b']);
  });
});

describe('mail subscriptions', () => {
  const people = [person('p_1', 'dana@example.org', NOW), person('p_2', 'kim@example.org')];

  it.each([
    ['off', 1],
    ['on', 2],
  ])('with the setting %s there are %d subscriptions', async (POSTERN_MAIL_SUBSCRIPTIONS, wanted) => {
    const { subscriptions, atGraph } = setUp({ POSTERN_MAIL_SUBSCRIPTIONS }, people);
    expect(await subscriptions.renew()).toMatchObject({ wanted, created: wanted });
    expect([...atGraph.values()].map(({ resource, changeType }) => [resource, changeType]).slice(1)).toEqual(
      wanted === 2 ? [['users/dana@example.org/messages', 'created']] : [],
    );
  });

  it('end when the owner takes the consent back', async () => {
    const list = [person('p_1', 'dana@example.org', NOW)];
    const { subscriptions, atGraph } = setUp({ POSTERN_MAIL_SUBSCRIPTIONS: 'on' }, list);
    await subscriptions.renew();
    list.splice(0);
    expect(await subscriptions.renew()).toMatchObject({ wanted: 1, removed: 1 });
    expect([...atGraph.values()].map(({ resource }) => resource)).toEqual(['users']);
  });

  it('to a mailbox that refuses is not tried again at once, and the others are made', async () => {
    let made = 0;
    const { subscriptions, clock, graph } = setUp({ POSTERN_MAIL_SUBSCRIPTIONS: 'on' }, people, {
      'POST /subscriptions': (_, body) =>
        body?.resource === 'users' ? { id: `00000000-0000-4000-8000-00000000000${++made}` } : 'FORBIDDEN',
      'GET /subscriptions': () => ({
        pages: [[{ id: '00000000-0000-4000-8000-000000000001', notificationUrl: URL_ }]],
      }),
    });
    expect(await subscriptions.renew()).toMatchObject({ created: 1, failed: 1 });
    clock.set(new Date(NOW.getTime() + 15 * 60_000));
    graph.calls.length = 0;
    expect(await subscriptions.renew()).toMatchObject({ kept: 1, failed: 0 });
    clock.set(new Date(NOW.getTime() + 7 * HOUR));
    expect(await subscriptions.renew()).toMatchObject({ kept: 1, failed: 1 });
  });

  it('with a shorter maximum than documented are renewed with less than half of the life', async () => {
    const lives: number[] = [];
    const { subscriptions, clock } = setUp({}, [], {
      'POST /subscriptions': () => ({ id: '00000000-0000-4000-8000-000000000001' }),
      'GET /subscriptions': () => ({
        pages: [[{ id: '00000000-0000-4000-8000-000000000001', notificationUrl: URL_ }]],
      }),
      'PATCH /subscriptions/*': (_, body) => {
        const lifeMs = Date.parse(String(body?.expirationDateTime)) - clock.now().getTime();
        lives.push(Math.round(lifeMs / DAY));
        return lifeMs > 20 * DAY ? 'REFUSED' : {};
      },
    });
    await subscriptions.renew();
    clock.set(new Date(NOW.getTime() + 15 * DAY));
    expect(await subscriptions.renew()).toMatchObject({ renewed: 1 });
    expect(lives).toEqual([28, 11]);
  });

  it('with a shorter maximum than documented are made with less than half of the life', async () => {
    const lives: number[] = [];
    const { subscriptions } = setUp({}, [], {
      'POST /subscriptions': (_, body) => {
        const lifeMs = Date.parse(String(body?.expirationDateTime)) - NOW.getTime();
        lives.push(Math.round(lifeMs / DAY));
        return lifeMs > 20 * DAY ? 'REFUSED' : { id: '00000000-0000-4000-8000-000000000001' };
      },
    });
    expect(await subscriptions.renew()).toMatchObject({ created: 1 });
    expect(lives).toEqual([28, 11]);
  });

  it('of many are renewed at different times', async () => {
    const many = Array.from({ length: 60 }, (_, index) => person(`p_${index}`, `user${index}@example.org`, NOW));
    const { subscriptions, rows } = setUp({ POSTERN_MAIL_SUBSCRIPTIONS: 'on' }, many, {
      'POST /subscriptions': (_, body) => ({ id: `${body?.resource}`.replace(/\W/g, '-') }),
    });
    await subscriptions.renew();
    const hours = [...(await listSubscriptions(rows)).values()]
      .filter(({ kind }) => kind === 'mail')
      .map(({ renewAt }) => Math.floor((renewAt.getTime() - NOW.getTime()) / HOUR));
    expect(hours).toHaveLength(60);
    expect(Math.min(...hours)).toBeGreaterThanOrEqual(66);
    expect(Math.max(...hours)).toBeLessThanOrEqual(84);
    expect(new Set(hours).size).toBeGreaterThan(8);
  });
});

describe('lifecycle events', () => {
  const people = [person('p_1', 'dana@example.org', NOW)];
  async function withMail() {
    const set = setUp({ POSTERN_MAIL_SUBSCRIPTIONS: 'on' }, people);
    await set.subscriptions.renew();
    const [id = ''] = [...(await listSubscriptions(set.rows))].find(([, { kind }]) => kind === 'mail') ?? [];
    set.graph.calls.length = 0;
    set.clock.set(new Date(NOW.getTime() + DAY));
    return { ...set, id };
  }

  it('reauthorizationRequired: extended, which renews the token, too', async () => {
    const { subscriptions, id, graph, atGraph } = await withMail();
    expect(await subscriptions.onLifecycle(id, 'reauthorizationRequired')).toBeUndefined();
    expect(graph.paths()).toEqual([`PATCH /subscriptions/${id}`]);
    expect(Date.parse(String(atGraph.get(id)?.expirationDateTime))).toBe(NOW.getTime() + DAY + 10_000 * 60_000);
  });

  it('reauthorizationRequired of one that is gone: made again, and its mail read again', async () => {
    const { subscriptions, id, graph, atGraph } = await withMail();
    atGraph.delete(id);
    expect(await subscriptions.onLifecycle(id, 'reauthorizationRequired')).toMatchObject({
      mailbox: 'dana@example.org',
    });
    expect(graph.paths()).toEqual([`PATCH /subscriptions/${id}`, 'POST /subscriptions']);
  });

  it('subscriptionRemoved: made again with another secret, and its mail read again; the second time nothing', async () => {
    const { subscriptions, id, rows, graph } = await withMail();
    expect(await subscriptions.onLifecycle(id, 'subscriptionRemoved')).toMatchObject({ kind: 'mail' });
    const all = await listSubscriptions(rows);
    const live = [...all.values()].filter(({ kind, retiredAt }) => kind === 'mail' && !retiredAt);
    expect(live).toHaveLength(1);
    expect(live[0]?.clientState).not.toBe(all.get(id)?.clientState);
    graph.calls.length = 0;
    expect(await subscriptions.onLifecycle(id, 'subscriptionRemoved')).toBeUndefined();
    expect(graph.calls).toEqual([]);
  });

  it('missed: nothing but reading again', async () => {
    const { subscriptions, id, graph } = await withMail();
    expect(await subscriptions.onLifecycle(id, 'missed')).toMatchObject({ mailbox: 'dana@example.org' });
    expect(graph.calls).toEqual([]);
  });

  it('of an unknown subscription: nothing', async () => {
    const { subscriptions, graph } = await withMail();
    expect(await subscriptions.onLifecycle('unknown', 'missed')).toBeUndefined();
    expect(graph.calls).toEqual([]);
  });
});

it('all can be removed', async () => {
  const { subscriptions, atGraph, rows } = setUp({ POSTERN_MAIL_SUBSCRIPTIONS: 'on' }, [
    person('p_1', 'a@example.org', NOW),
  ]);
  await subscriptions.renew();
  expect(await subscriptions.removeAll()).toBe(2);
  expect([atGraph.size, (await listSubscriptions(rows)).size]).toEqual([0, 0]);
});
