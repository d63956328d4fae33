import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE, refusal, SECOND, startTenant, type TestTenant } from './tenant-for-tests.ts';

const DANA = 'aaaaaaaa-0000-4000-a000-000000000001';

/** An endpoint that takes what it gets. */
interface Listener {
  readonly url: string;
  readonly posts: Record<string, unknown>[][];
  /** Handshakes seen, by path. */
  readonly validated: string[];
  /** How it answers notifications, and handshakes if they differ. */
  answer: (request: IncomingMessage, response: ServerResponse, token: string | null) => void | Promise<void>;
  readonly close: () => Promise<void>;
}

const polite: Listener['answer'] = (_, response, token) => {
  if (token === null) response.writeHead(202).end();
  else response.writeHead(200, { 'content-type': 'text/plain' }).end(token);
};

async function listen(): Promise<Listener> {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const token = url.searchParams.get('validationToken');
    let text = '';
    for await (const chunk of request) text += String(chunk);
    if (token === null) listener.posts.push((JSON.parse(text) as { value: Record<string, unknown>[] }).value);
    else listener.validated.push(url.pathname);
    await listener.answer(request, response, token);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const listener: Listener = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    posts: [],
    validated: [],
    answer: polite,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return listener;
}

let tenant: TestTenant;
let listener: Listener;
beforeEach(async () => {
  tenant = await startTenant();
  listener = await listen();
  tenant.control.putUsers([
    { id: DANA, userPrincipalName: 'dana@example.org', mail: 'dana@example.org' },
    { id: 'ben', userPrincipalName: 'ben@example.org', mail: 'ben@example.org' },
  ]);
});
afterEach(async () => {
  await tenant.close();
  await listener.close();
});

const request = (change: object = {}) => ({
  changeType: 'updated,deleted',
  notificationUrl: `${listener.url}/changes`,
  lifecycleNotificationUrl: `${listener.url}/lifecycle`,
  resource: 'users',
  expirationDateTime: new Date(tenant.now() + 20 * DAY).toISOString(),
  clientState: 'secret',
  ...change,
});
const mail = (change: object = {}) =>
  request({
    resource: `users/${DANA}/mailFolders('inbox')/messages`,
    changeType: 'created',
    expirationDateTime: new Date(tenant.now() + 6 * DAY).toISOString(),
    ...change,
  });
const create = (body: object) => tenant.api('/subscriptions').post(body);
const message = (id: string) => ({
  id,
  receivedDateTime: new Date(tenant.now()).toISOString(),
  subject: 'x',
  bodyPreview: '',
  from: { emailAddress: { name: '', address: 'a@example.com' } },
  toRecipients: [],
  internetMessageId: `<${id}>`,
  internetMessageHeaders: [],
  parentFolderId: 'inbox',
  isRead: false,
  hasAttachments: false,
});
/** Lets the clock run and everything due be sent. */
async function pass(ms: number): Promise<void> {
  tenant.pass(ms);
  await tenant.control.settle();
}

describe('making subscriptions', () => {
  it('both endpoints are asked first; then it is shown as Graph shows it', async () => {
    const made = await create(request());
    expect(listener.validated).toEqual(['/changes', '/lifecycle']);
    expect(made).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      resource: 'users',
      changeType: 'updated,deleted',
      clientState: 'secret',
      applicationId: '24d3b144-21ae-4080-943f-7067b395b913',
      latestSupportedTlsVersion: 'v1_2',
      includeResourceData: null,
      expirationDateTime: '2026-09-30T12:00:00.000Z',
    });
    expect(await tenant.api(`/subscriptions/${made.id}`).get()).toMatchObject({ id: made.id });
    expect((await tenant.api('/subscriptions').get()).value).toHaveLength(1);
    await tenant.api(`/subscriptions/${made.id}`).delete();
    expect(await refusal(tenant.api(`/subscriptions/${made.id}`).get())).toMatchObject({ status: 404 });
    expect(await refusal(tenant.api(`/subscriptions/${made.id}`).delete())).toMatchObject({ status: 404 });
  });

  it('a URL with its own query keeps it', async () => {
    const paths: (string | undefined)[] = [];
    listener.answer = (from, response, token) => {
      paths.push(from.url?.replace(/validationToken=.*/, 'validationToken='));
      return polite(from, response, token);
    };
    await create(request({ notificationUrl: `${listener.url}/changes?code=a%20b`, lifecycleNotificationUrl: null }));
    tenant.control.patchUser('ben', { mobilePhone: '1' });
    await pass(MINUTE);
    expect(paths).toEqual(['/changes?code=a%20b&validationToken=', '/changes?code=a%20b']);
  });

  it.each([
    ['404', (response: ServerResponse) => response.writeHead(404).end()],
    [
      '202',
      (response: ServerResponse, token: string) => response.writeHead(202, { 'content-type': 'text/plain' }).end(token),
    ],
    [
      'another text',
      (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/plain' }).end('hello'),
    ],
    [
      'the token still encoded',
      (response: ServerResponse, token: string) =>
        response.writeHead(200, { 'content-type': 'text/plain' }).end(encodeURIComponent(token)),
    ],
    [
      'the token in JSON',
      (response: ServerResponse, token: string) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(token)),
    ],
    [
      'the token as HTML',
      (response: ServerResponse, token: string) => response.writeHead(200, { 'content-type': 'text/html' }).end(token),
    ],
    ['a redirect', (response: ServerResponse) => response.writeHead(302, { location: '/elsewhere' }).end()],
    ['a broken connection', (response: ServerResponse) => response.destroy()],
  ])('an endpoint that answers %s gets none', async (_, answer) => {
    listener.answer = (_request, response, token) => void answer(response, String(token));
    expect(await refusal(create(request()))).toMatchObject({
      status: 400,
      code: 'ValidationError',
      message: expect.stringContaining('Subscription validation request failed'),
    });
    expect((await tenant.api('/subscriptions').get()).value).toEqual([]);
  });

  it('the lifecycle endpoint must want it, too', async () => {
    listener.answer = (from, response, token) =>
      from.url?.startsWith('/lifecycle') ? void response.writeHead(500).end() : polite(from, response, token);
    expect(await refusal(create(request()))).toMatchObject({ status: 400, code: 'ValidationError' });
  });

  it('an endpoint that takes ten seconds is too slow', { timeout: 30_000 }, async () => {
    listener.answer = async (from, response, token) => {
      await delay(10_500);
      await polite(from, response, token);
    };
    expect(await refusal(create(request()))).toMatchObject({
      status: 400,
      message: 'Subscription validation request timed out.',
    });
  });

  it.each([
    ['no changeType', { changeType: undefined }, 'changeType'],
    ['no notificationUrl', { notificationUrl: undefined }, 'notificationUrl'],
    ['no resource', { resource: undefined }, 'resource'],
    ['no end', { expirationDateTime: undefined }, 'expirationDateTime'],
    ['a changeType that users have not', { changeType: 'created' }, 'changeType'],
    ['too long a clientState', { clientState: 'x'.repeat(129) }, 'clientState'],
    [
      'plain http to another machine',
      { notificationUrl: 'http://example.org/x' },
      'notificationUrl: must start with https',
    ],
    ['another machine', { notificationUrl: 'https://example.org/x' }, 'this machine only'],
    ['resource data', { includeResourceData: true }, 'includeResourceData'],
    ['a property that is none', { notificationUri: 'x' }, 'notificationUri'],
    ['a resource that Graph does not push', { resource: 'auditLogs/signIns' }, 'not supported for this resource'],
    ['query options', { resource: 'users?$select=mail' }, 'Query options'],
    ['too long a life', { expirationDateTime: '2026-10-09T13:00:00Z' }, 'can only be 41760 minutes'],
    ['a life that is over', { expirationDateTime: '2026-09-10T11:59:59Z' }, 'must be in the future'],
  ])('400: %s', async (_, change, text) => {
    expect(await refusal(create(request(change)))).toMatchObject({
      status: 400,
      message: expect.stringContaining(text),
    });
    expect(listener.validated).toEqual([]);
  });

  it('an unknown mailbox: 404; mail for more than a week: 400', async () => {
    expect(await refusal(create(mail({ resource: 'users/nobody/messages' })))).toMatchObject({ status: 404 });
    const long = mail({ expirationDateTime: new Date(tenant.now() + 7 * DAY).toISOString() });
    expect(await refusal(create(long))).toMatchObject({ status: 400, code: 'ExtensionError' });
    tenant.control.change({ mailSubscriptionMinutes: 10_080 });
    await create(long);
  });

  it('permissions are those of the resource, and only read permissions', async () => {
    tenant.control.change({ permissions: ['User.ReadWrite.All', 'Mail.ReadBasic'] });
    expect(await refusal(create(request()))).toMatchObject({ status: 403, code: 'ExtensionError' });
    await create(mail());
    tenant.control.change({ permissions: ['User.Read.All'] });
    expect(await refusal(create(mail()))).toMatchObject({ status: 403 });
    await create(request());
  });

  it('a hundred for users and groups, and no more', async () => {
    for (let n = 0; n < 100; n++)
      await create(request({ resource: n % 2 ? 'users' : `users/${DANA}`, lifecycleNotificationUrl: undefined }));
    expect(await refusal(create(request()))).toMatchObject({
      status: 403,
      code: 'Forbidden',
      message: expect.stringContaining('100'),
    });
    await create(mail());
  });
});

describe('a life', () => {
  it('short ones are raised to 45 minutes; after the end it is gone', async () => {
    const { id, expirationDateTime } = await create(
      request({ expirationDateTime: new Date(tenant.now() + MINUTE).toISOString() }),
    );
    expect(expirationDateTime).toBe('2026-09-10T12:45:00.000Z');
    tenant.pass(45 * MINUTE - 1);
    expect(await tenant.api(`/subscriptions/${id}`).get()).toMatchObject({ id });
    tenant.pass(1);
    for (const call of [
      tenant.api(`/subscriptions/${id}`).get(),
      tenant.api(`/subscriptions/${id}`).patch({ expirationDateTime: new Date(tenant.now() + DAY).toISOString() }),
    ])
      expect(await refusal(call)).toMatchObject({ status: 404, code: 'ResourceNotFound' });
    tenant.control.patchUser('ben', { mobilePhone: '1' });
    await pass(MINUTE);
    expect(listener.posts).toEqual([]);
  });

  it('can be extended; other properties cannot be changed', async () => {
    const { id } = await create(request());
    const expirationDateTime = new Date(tenant.now() + 28 * DAY).toISOString();
    expect(await tenant.api(`/subscriptions/${id}`).patch({ expirationDateTime })).toMatchObject({
      id,
      expirationDateTime,
    });
    for (const body of [
      {},
      { lifecycleNotificationUrl: `${listener.url}/x` },
      { clientState: 'x' },
      { expirationDateTime: '2027-01-01T00:00:00Z' },
    ])
      expect(await refusal(tenant.api(`/subscriptions/${id}`).patch(body))).toMatchObject({ status: 400 });
    listener.validated.length = 0;
    await tenant.api(`/subscriptions/${id}`).patch({ notificationUrl: `${listener.url}/moved` });
    expect(listener.validated).toEqual(['/moved']);
  });

  it('the owner is asked to authorize it again before the end, and more often as it nears', async () => {
    const { id, expirationDateTime } = await create(
      request({ expirationDateTime: new Date(tenant.now() + 10 * HOUR).toISOString() }),
    );
    const minutesLeft: number[] = [];
    listener.answer = (from, response, token) => {
      minutesLeft.push((Date.parse(expirationDateTime) - tenant.now()) / MINUTE);
      return polite(from, response, token);
    };
    for (let minute = 0; minute < 10 * 60; minute += 5) await pass(5 * MINUTE);
    const items = listener.posts.flat();
    expect(items[0]).toEqual({
      subscriptionId: id,
      subscriptionExpirationDateTime: expirationDateTime,
      tenantId: '84bd8158-6d4d-4958-8b9f-9d6445542f95',
      clientState: 'secret',
      lifecycleEvent: 'reauthorizationRequired',
    });
    expect(minutesLeft).toEqual([150, 90, 30, 15]);
  });
});

describe('notifications', () => {
  it('of users say who and nothing else, some time later', async () => {
    const { id, expirationDateTime } = await create(request());
    tenant.control.patchUser('dana@example.org', { mobilePhone: '+1 5555550199' });
    await pass(29 * SECOND);
    expect(listener.posts).toEqual([]);
    await pass(SECOND);
    expect(listener.posts).toEqual([
      [
        {
          subscriptionId: id,
          subscriptionExpirationDateTime: expirationDateTime,
          tenantId: '84bd8158-6d4d-4958-8b9f-9d6445542f95',
          clientState: 'secret',
          changeType: 'updated',
          resource: `Users/${DANA}`,
          resourceData: {
            '@odata.type': '#Microsoft.Graph.User',
            '@odata.id': `Users/${DANA}`,
            id: DANA,
            organizationId: '84bd8158-6d4d-4958-8b9f-9d6445542f95',
            eventTime: '2026-09-10T12:00:00.0000000Z',
            sequenceNumber: expect.stringMatching(/^\d+$/),
          },
        },
      ],
    ]);
    tenant.control.patchUser('dana@example.org', { mobilePhone: '+1 5555550199' });
    await pass(HOUR);
    expect(listener.posts).toHaveLength(1);
    tenant.control.removeUser('ben');
    await pass(HOUR);
    expect(listener.posts[1]).toMatchObject([{ changeType: 'deleted', resource: 'Users/ben' }]);
  });

  it('of mail name the mail, to the mailbox that was subscribed to', async () => {
    const { id } = await create(mail({ resource: 'users/dana@example.org/messages' }));
    tenant.control.addMail('ben', message('m1'));
    tenant.control.addMail('dana@example.org', message('m2'));
    await pass(MINUTE);
    expect(listener.posts.flat()).toMatchObject([
      {
        subscriptionId: id,
        changeType: 'created',
        resource: `Users/${DANA}/Messages/m2`,
        resourceData: { '@odata.type': '#Microsoft.Graph.Message', id: 'm2', '@odata.etag': expect.any(String) },
      },
    ]);
  });

  it('several come in one POST; on demand twice and in another order', async () => {
    await create(request());
    for (let n = 0; n < 5; n++) tenant.control.patchUser('ben', { mobilePhone: `${n}` });
    await pass(MINUTE);
    expect(listener.posts.map((post) => post.length)).toEqual([5]);
    tenant.control.change({ notificationsPerPost: 2, duplicateEvery: 3, reorder: true });
    for (let n = 0; n < 5; n++) tenant.control.patchUser('ben', { mobilePhone: `${n + 10}` });
    await pass(MINUTE);
    expect(listener.posts.slice(1).map((post) => post.length)).toEqual([3, 3, 1]);
    const numbers = listener.posts
      .slice(1)
      .map((post) => post.map(({ resourceData }) => (resourceData as { sequenceNumber: string }).sequenceNumber));
    expect(new Set(numbers.flat()).size).toBe(5);
    expect(numbers[0]).toEqual(numbers[0]?.toSorted().reverse());
  });

  it('that are not taken come again, later and later, for four hours', async () => {
    await create(request());
    const times: number[] = [];
    listener.answer = (_, response) => {
      times.push(tenant.now());
      response.writeHead(503).end();
    };
    tenant.control.patchUser('ben', { mobilePhone: '1' });
    for (let step = 0; step < 5 * 360; step++) await pass(10 * SECOND);
    const pauses = times.slice(1).map((at, n) => (at - (times[n] ?? 0)) / SECOND);
    expect(pauses.slice(0, 6)).toEqual([10, 20, 40, 80, 160, 320]);
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeLessThan(5 * HOUR);
    const [record] = Object.values(tenant.control.stats().notifications);
    expect(record).toMatchObject({ delivered: 0, dropped: 1, failedPosts: times.length });
    expect(tenant.control.stats().notificationsWaiting).toBe(0);
  });

  it('that are answered after three seconds count as not taken, once', { timeout: 30_000 }, async () => {
    await create(request());
    listener.answer = async (from, response, token) => {
      if (listener.posts.length === 1) await delay(3_300);
      await polite(from, response, token);
    };
    tenant.control.patchUser('ben', { mobilePhone: '1' });
    await pass(MINUTE);
    await pass(MINUTE);
    expect(listener.posts).toHaveLength(2);
    expect(Object.values(tenant.control.stats().notifications)).toMatchObject([
      { posts: 2, delivered: 1, failedPosts: 1, over3s: 1, over10s: 0 },
    ]);
  });

  it('wait while the permission is withdrawn, for four hours', async () => {
    await create(request());
    tenant.control.patchUser('ben', { mobilePhone: '1' });
    tenant.control.change({ permissions: [] });
    await pass(MINUTE);
    expect(listener.posts).toEqual([]);
    tenant.control.change({ permissions: ['User.Read.All'] });
    await pass(MINUTE);
    expect(listener.posts).toHaveLength(1);
    tenant.control.patchUser('ben', { mobilePhone: '2' });
    tenant.control.change({ permissions: [] });
    await pass(5 * HOUR);
    tenant.control.change({ permissions: ['User.Read.All'] });
    await pass(HOUR);
    expect(listener.posts).toHaveLength(1);
    expect(Object.values(tenant.control.stats().notifications)).toMatchObject([{ delivered: 1, dropped: 1 }]);
  });
});

describe('losing subscriptions', () => {
  it('users: without a word', async () => {
    const { id } = await create(request());
    tenant.control.loseSubscription(id);
    tenant.control.patchUser('ben', { mobilePhone: '1' });
    await pass(HOUR);
    expect(listener.posts).toEqual([]);
    expect((await tenant.api('/subscriptions').get()).value).toEqual([]);
  });

  it('mail: with subscriptionRemoved', async () => {
    const { id } = await create(mail());
    tenant.control.loseSubscription(id);
    await pass(0);
    expect(listener.posts.flat()).toMatchObject([
      { subscriptionId: id, clientState: 'secret', lifecycleEvent: 'subscriptionRemoved' },
    ]);
    expect(await refusal(tenant.api(`/subscriptions/${id}`).get())).toMatchObject({ status: 404 });
  });

  it('missed exists for mail only', async () => {
    const { id } = await create(mail());
    tenant.control.lifecycle(id, 'missed');
    await pass(0);
    expect(listener.posts.flat()).toMatchObject([{ lifecycleEvent: 'missed' }]);
    const users = await create(request());
    expect(() => tenant.control.lifecycle(users.id, 'missed')).toThrow('Outlook');
  });

  it.each([
    ['reauthorize', (id: string) => tenant.api(`/subscriptions/${id}/reauthorize`).post({})],
    [
      'renewal',
      (id: string) =>
        tenant.api(`/subscriptions/${id}`).patch({ expirationDateTime: new Date(tenant.now() + DAY).toISOString() }),
    ],
  ])('reauthorizationRequired holds notifications back until %s', async (_, answer) => {
    const { id } = await create(request());
    tenant.control.lifecycle(id, 'reauthorizationRequired');
    tenant.control.patchUser('ben', { mobilePhone: '1' });
    await pass(MINUTE);
    expect(listener.posts.flat()).toMatchObject([{ lifecycleEvent: 'reauthorizationRequired' }]);
    await answer(id);
    await pass(MINUTE);
    expect(listener.posts.flat()[1]).toMatchObject({ resource: 'Users/ben' });
  });
});
