import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createReceiver, MOST_BYTES, MOST_TOKEN } from '../../../src/live/receive.ts';
import { putSubscription, type SubscriptionRow } from '../../../src/live/subscription-rows.ts';
import type { WebRequest } from '../../../src/live/web.ts';
import { createManualClock, createMemoryLog, createMemoryQueues, createMemoryRows } from '../../../src/memory.ts';
import type { QueueMessage, Rows } from '../../../src/ports.ts';

const NOW = new Date('2026-03-02T12:00:00Z');
const TENANT = '84bd8158-6d4d-4958-8b9f-9d6445542f95';
const USERS = '7f105c7d-2dc5-4530-97cd-4e7ae6534c07';
const MAIL = 'c6126aa3-0ed8-412f-a988-71e6cee627c4';
const STATES: Record<string, string> = {
  [USERS]: 'state-of-the-users-subscription-x',
  [MAIL]: 'state-of-a-mailbox-subscription-',
};

const row = (kind: 'users' | 'mail', clientState: string, more: Partial<SubscriptionRow> = {}): SubscriptionRow => ({
  kind,
  resource: kind === 'users' ? 'users' : 'users/1/messages',
  clientState,
  notificationUrl: 'https://postern.example.org/api/graph-notifications',
  createdAt: NOW,
  expiresAt: NOW,
  renewAt: NOW,
  ...more,
});

async function setUp(more: Partial<SubscriptionRow> = {}) {
  const memory = createMemoryRows();
  await putSubscription(memory, USERS, row('users', STATES[USERS] ?? '', more));
  await putSubscription(memory, MAIL, row('mail', STATES[MAIL] ?? ''));
  let reads = 0;
  const count =
    <Args extends readonly unknown[], T>(call: (...args: Args) => T) =>
    (...args: Args) => {
      reads++;
      return call(...args);
    };
  const rows: Rows = {
    get: count(memory.get),
    list: count(memory.list),
    scan: count(memory.scan),
    transact: count(memory.transact),
  };
  const clock = createManualClock(NOW);
  const log = createMemoryLog();
  const queues = createMemoryQueues();
  let sends = 0;
  const counted = {
    send: (messages: Parameters<typeof queues.send>[0]) => {
      sends++;
      return queues.send(messages);
    },
  };
  const receive = createReceiver({ rows, queues: counted, clock, log, tenantId: TENANT });
  return { receive, clock, log, queues, reads: () => reads, sends: () => sends };
}

function request(text: string, { query = '', headers = {} as Record<string, string> } = {}): WebRequest {
  const url = `https://postern.example.org/api/graph-notifications${query}`;
  return {
    method: 'POST',
    url,
    headers: { get: (name) => headers[name.toLowerCase()] ?? null },
    query: new URL(url).searchParams,
    params: {},
    text: async () => text,
  };
}

function item(subscription = USERS, more: Record<string, unknown> = {}) {
  return {
    changeType: 'updated',
    clientState: STATES[subscription],
    resource: 'Users/26be570a-ae82-4189-b4e2-a37c6808512d',
    resourceData: { '@odata.type': '#Microsoft.Graph.User', id: '26be570a-ae82-4189-b4e2-a37c6808512d' },
    subscriptionExpirationDateTime: '2022-05-24T23:21:19.3554403+00:00',
    subscriptionId: subscription,
    tenantId: TENANT,
    ...more,
  };
}

const itemsOf = (message: QueueMessage | undefined) => (message?.body as { items: unknown[] } | undefined)?.items;

const post = (...value: unknown[]) => request(JSON.stringify({ value }));

describe('the handshake', () => {
  it.each([
    ['Validation%3a+Testing+client+application+reachability', 'Validation: Testing client application reachability'],
    ['a%2Bb', 'a+b'],
    // Decoded once only: this is not `<`.
    ['%253Cscript%253E', '%3Cscript%3E'],
  ])('gives the token %s back as plain text', async (sent, body) => {
    const { receive, reads, sends } = await setUp();
    expect(await receive(request('', { query: `?validationToken=${sent}` }))).toEqual({
      status: 200,
      headers: { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' },
      body,
    });
    expect([reads(), sends()]).toEqual([0, 0]);
  });

  it.each([
    ['', 400],
    ['x'.repeat(MOST_TOKEN + 1), 400],
    ['x'.repeat(MOST_TOKEN), 200],
  ])('of an empty or huge token is refused', async (token, status) => {
    const { receive } = await setUp();
    expect((await receive(request('', { query: `?validationToken=${token}` }))).status).toBe(status);
  });
});

describe('a POST of notifications', () => {
  it.each([1, 7, 100])('of %d is one message and no table read once subscriptions are known', async (count) => {
    const { receive, reads, sends, queues } = await setUp();
    await receive(post(item()));
    const [readsBefore, sendsBefore] = [reads(), sends()];
    const items = Array.from({ length: count }, (_, index) => item(USERS, { resourceData: { id: `user-${index}` } }));
    expect(await receive(post(...items))).toEqual({ status: 202 });
    expect(reads() - readsBefore).toBe(0);
    expect(sends() - sendsBefore).toBe(1);
    expect(itemsOf(queues.sent.at(-1))).toHaveLength(count);
  });

  it('costs one read when the subscription is met for the first time', async () => {
    const { receive, reads } = await setUp();
    await receive(post(item(), item()));
    expect(reads()).toBe(1);
  });

  it('becomes pointers, nothing else', async () => {
    const { receive, queues } = await setUp();
    const lifecycle = { subscriptionId: MAIL, tenantId: TENANT, clientState: STATES[MAIL], lifecycleEvent: 'missed' };
    await receive(post(item(), item(MAIL, { changeType: 'created', resourceData: { id: 'AAMk=' } }), lifecycle));
    expect(queues.sent).toEqual([
      {
        queue: 'notifications',
        id: expect.stringMatching(/^g_[0-9a-f]{32}$/),
        body: {
          kind: 'graph',
          items: [
            { subscription: USERS, kind: 'users', change: 'updated', id: '26be570a-ae82-4189-b4e2-a37c6808512d' },
            { subscription: MAIL, kind: 'mail', change: 'created', id: 'AAMk=' },
            { subscription: MAIL, kind: 'mail', lifecycle: 'missed' },
          ],
        },
      },
    ]);
  });

  it('that comes again has the same message id', async () => {
    const { receive, queues, sends } = await setUp();
    await receive(post(item()));
    await receive(post(item()));
    expect(sends()).toBe(2);
    expect(queues.sent).toHaveLength(1);
  });

  it('is not acknowledged when it could not be queued', async () => {
    const memory = createMemoryRows();
    await putSubscription(memory, USERS, row('users', STATES[USERS] ?? ''));
    const log = createMemoryLog();
    const send = async () => {
      throw Object.assign(new Error('secret dana@example.org'), { code: 'UNAVAILABLE' });
    };
    const receive = createReceiver({ rows: memory, queues: { send }, clock: createManualClock(NOW), log });
    expect(await receive(post(item()))).toEqual({ status: 503 });
    expect(JSON.stringify(log.lines)).not.toContain('example.org');
  });
});

describe('what is wrong is refused, counted, and leaves no trace', () => {
  const SECRET = 'dana@example.org';
  it.each<[string, WebRequest, number, unknown[]]>([
    ['no JSON', request(`{"value":[{"${SECRET}`), 400, [{ why: 'malformed', count: 1 }]],
    ['no collection', request(JSON.stringify({ value: SECRET })), 400, [{ why: 'malformed', count: 1 }]],
    ['an empty one', post(), 400, [{ why: 'malformed', count: 1 }]],
    ['an empty body', request(''), 400, [{ why: 'malformed', count: 1 }]],
    [
      'a huge body that says so',
      request('{}', { headers: { 'content-length': '262145' } }),
      413,
      [{ why: 'size', count: 1 }],
    ],
    ['a huge body that does not', request('x'.repeat(MOST_BYTES + 1)), 413, [{ why: 'size', count: 1 }]],
    ['a body of many bytes', request('\u20ac'.repeat(MOST_BYTES / 2)), 413, [{ why: 'size', count: 1 }]],
    ['items that are none', post(null, 7, SECRET, []), 401, [{ why: 'malformed', count: 4 }]],
    ['a wrong clientState', post(item(USERS, { clientState: SECRET })), 401, [{ why: 'clientState', count: 1 }]],
    ['no clientState', post(item(USERS, { clientState: null })), 401, [{ why: 'clientState', count: 1 }]],
    [
      "another subscription's",
      post(item(USERS, { clientState: STATES[MAIL] })),
      401,
      [{ why: 'clientState', count: 1 }],
    ],
    [
      'an unknown subscription',
      post(item(USERS, { subscriptionId: TENANT })),
      401,
      [{ why: 'subscription', count: 1 }],
    ],
    [
      'a subscription that is no id',
      post(item(USERS, { subscriptionId: SECRET })),
      401,
      [{ why: 'malformed', count: 1 }],
    ],
    ['another tenant', post(item(USERS, { tenantId: MAIL })), 401, [{ why: 'subscription', count: 1 }]],
    ['an unknown change', post(item(USERS, { changeType: SECRET })), 401, [{ why: 'malformed', count: 1 }]],
    [
      'an unknown lifecycle event',
      post(item(USERS, { lifecycleEvent: SECRET })),
      401,
      [{ why: 'malformed', count: 1 }],
    ],
    ['a change of nothing', post(item(USERS, { resourceData: null })), 401, [{ why: 'malformed', count: 1 }]],
    [
      'a validation message of Event Hubs',
      post({ subscriptionId: 'NA', clientState: 'NA', changeType: 'Validation: Testing', resource: 'NA' }),
      401,
      [{ why: 'malformed', count: 1 }],
    ],
  ])('%s', async (_, sent, status, told) => {
    const { receive, log, sends } = await setUp();
    expect(await receive(sent)).toEqual({ status });
    expect(sends()).toBe(0);
    expect(log.lines.map(({ message, fields }) => [message, fields])).toEqual(
      told.map((fields) => ['notifications refused', fields]),
    );
    expect(JSON.stringify(log.lines)).not.toContain(SECRET);
  });

  it('and does not take what is right with it', async () => {
    const { receive, queues, log } = await setUp();
    expect(await receive(post(item(), item(USERS, { clientState: 'wrong' }), 7))).toEqual({ status: 202 });
    expect(itemsOf(queues.sent[0])).toHaveLength(1);
    expect(log.lines.map(({ fields }) => fields)).toEqual([
      { why: 'clientState', count: 1 },
      { why: 'malformed', count: 1 },
    ]);
  });
});

describe('subscriptions', () => {
  it.each([
    [4, 202],
    [6, 401],
  ])('%d hours after another took its place: %d', async (hours, status) => {
    const { receive } = await setUp({ retiredAt: new Date(NOW.getTime() - hours * 3600_000) });
    expect((await receive(post(item()))).status).toBe(status);
  });

  it('are found in upper case, too', async () => {
    const { receive } = await setUp();
    const upper = USERS.toUpperCase();
    expect((await receive(post(item(USERS, { subscriptionId: upper })))).status).toBe(202);
  });

  it('that nobody has are not looked up again and again', async () => {
    const { receive, reads, clock } = await setUp();
    const forged = post(item(USERS, { subscriptionId: TENANT }));
    for (let count = 0; count < 50; count++) await receive(forged);
    expect(reads()).toBe(1);
    clock.set(new Date(NOW.getTime() + 31_000));
    await receive(forged);
    expect(reads()).toBe(2);
  });

  it('a flood of forged ids costs a bounded number of reads, and Graph is told to come again', async () => {
    const { receive, reads, clock } = await setUp();
    const forged = (index: number) =>
      post(item(USERS, { subscriptionId: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}` }));
    const statuses = new Set<number>();
    for (let index = 0; index < 500; index++) statuses.add((await receive(forged(index))).status);
    expect(reads()).toBe(120);
    expect(statuses).toEqual(new Set([401, 503]));
    clock.set(new Date(NOW.getTime() + 60_000));
    expect((await receive(post(item()))).status).toBe(202);
  });
});

it('the webhook loads neither an SDK nor YAML: of packages only zod', () => {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [statement, target = ''] of readFileSync(file, 'utf8').matchAll(/^import\s[^;]*?from\s+'([^']+)';/gms)) {
      if (/^import type\s/.test(statement)) continue;
      if (target.startsWith('.')) visit(join(dirname(file), target));
      else packages.add(target);
    }
  };
  visit(fileURLToPath(new URL('../../../src/live/receive.ts', import.meta.url)));
  expect([...packages].sort()).toEqual(['node:crypto', 'zod']);
});
