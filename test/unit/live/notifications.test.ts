import { describe, expect, it } from 'vitest';
import { createNotificationHandler, type NotificationDeps } from '../../../src/live/notifications.ts';
import { putSubscription } from '../../../src/live/subscription-rows.ts';
import { createManualClock, createMemoryLog, createMemoryRows } from '../../../src/memory.ts';
import { EnrolledPerson } from '../../../src/model/enrolled-person.ts';
import type { RawRecord } from '../../../src/ports.ts';
import { createFakeGraph, type FakeAnswer } from '../../fixtures/graph/fake-graph.ts';

const NOW = new Date('2026-03-02T12:00:00Z');
const USERS = '7f105c7d-2dc5-4530-97cd-4e7ae6534c07';
const MAIL = 'c6126aa3-0ed8-412f-a988-71e6cee627c4';
const ID = '26be570a-ae82-4189-b4e2-a37c6808512d';
const PERSON = EnrolledPerson.parse({
  id: 'p_1',
  name: 'Dana',
  accounts: [
    { kind: 'work', id: ID, upn: 'dana@example.org' },
    { kind: 'linked', upn: 'dana@example.net', mailOptIn: NOW },
  ],
  enrolledAt: NOW,
});
const MESSAGE = { id: 'AAMk=', receivedDateTime: NOW.toISOString(), subject: 'code', toRecipients: [] };

async function setUp(answers: Record<string, FakeAnswer> = {}, polledAt: Date | null = NOW) {
  const rows = createMemoryRows();
  const row = { clientState: 'x', notificationUrl: 'u', createdAt: NOW, expiresAt: NOW, renewAt: NOW };
  await putSubscription(rows, USERS, { ...row, kind: 'users', resource: 'users' });
  const mailbox = { person: 'p_1', mailbox: 'dana@example.net', resource: 'users/dana@example.net/messages' };
  await putSubscription(rows, MAIL, { ...row, kind: 'mail', ...mailbox });
  if (polledAt)
    await rows.transact('state', 'poll', [{ op: 'put', row: 'logs', value: { at: polledAt.toISOString() } }]);
  const graph = createFakeGraph(answers);
  const did: string[] = [];
  const ingested: RawRecord[] = [];
  const log = createMemoryLog();
  const deps: NotificationDeps = {
    graph,
    rows,
    clock: createManualClock(NOW),
    log,
    ingest: async (records) => {
      ingested.push(...records);
      return { hits: 0, unreadable: 0 };
    },
    people: async () => [PERSON],
    subscriptions: {
      onLifecycle: async (id, event) => {
        did.push(`${event} ${id}`);
        return event === 'reauthorizationRequired' ? undefined : { ...row, kind: 'mail', ...mailbox };
      },
    },
    snapshots: { checkFields: async ({ id }, { upn }) => void did.push(`fields ${id} ${upn}`) },
    poll: {
      run: async () => {
        did.push('poll');
        return { kind: 'done', sources: {} };
      },
    },
  };
  return { handle: createNotificationHandler(deps), graph, did, ingested, log };
}

const message = (...items: unknown[]) => ({ kind: 'graph', items });
const user = (id = ID, change = 'updated') => ({ subscription: USERS, kind: 'users', change, id });

describe('changed users', () => {
  it.each<[string, unknown[], string[]]>([
    ['of somebody enrolled: fields are read', [user()], ['fields p_1 dana@example.org']],
    ['in upper case', [user(ID.toUpperCase())], ['fields p_1 dana@example.org']],
    ['twice, and out of order: once', [user(), user()], ['fields p_1 dana@example.org']],
    ['of somebody else: nothing', [user('00000000-0000-4000-8000-000000000001')], []],
    ['deleted: nothing', [user(ID, 'deleted')], []],
  ])('%s', async (_, items, expected) => {
    const { handle, did } = await setUp();
    await handle(message(...items));
    expect(did).toEqual(expected);
  });
});

describe('new mail', () => {
  const mail = { subscription: MAIL, kind: 'mail', change: 'created', id: 'AAMk=/x' };
  const path = `GET /users/${encodeURIComponent('dana@example.net')}/messages/${encodeURIComponent('AAMk=/x')}`;

  it('is read without body, and says whose mailbox it is', async () => {
    const { handle, graph, ingested } = await setUp({ [path]: () => MESSAGE });
    await handle(message(mail));
    expect(decodeURIComponent(graph.calls[0]?.call ?? '')).toBe(
      'GET /users/dana@example.net/messages/AAMk=/x?$select=id,receivedDateTime,subject,from,toRecipients,internetMessageId,internetMessageHeaders',
    );
    expect(ingested).toEqual([{ ...MESSAGE, mailbox: { userPrincipalName: 'dana@example.net' } }]);
  });

  it('that is gone already is no error', async () => {
    const { handle, ingested, log } = await setUp();
    await handle(message(mail));
    expect(ingested).toEqual([]);
    expect(log.lines.map(({ level }) => level)).toEqual(['info']);
  });

  it('that cannot be read now comes again', async () => {
    const { handle } = await setUp({ [path]: () => 'THROTTLED' });
    await expect(handle(message(mail))).rejects.toMatchObject({ code: 'THROTTLED' });
  });

  it('of a subscription that is gone is left', async () => {
    const { handle, graph } = await setUp();
    await handle(message({ ...mail, subscription: '00000000-0000-4000-8000-000000000001' }));
    expect(graph.calls).toEqual([]);
  });
});

describe('lifecycle events', () => {
  const list = `GET /users/${encodeURIComponent('dana@example.net')}/messages`;
  it.each([
    ['reauthorizationRequired', 0],
    ['subscriptionRemoved', 1],
    ['missed', 1],
  ])('%s: %d times the last day of mail is read again', async (lifecycle, times) => {
    const { handle, did, graph, ingested } = await setUp({ [list]: () => ({ pages: [[MESSAGE]] }) });
    await handle(message({ subscription: MAIL, kind: 'mail', lifecycle }));
    expect(did).toEqual([`${lifecycle} ${MAIL}`]);
    expect(ingested).toHaveLength(times);
    expect(graph.calls.map(({ call }) => decodeURIComponent(call))).toEqual(
      Array(times).fill(
        'GET /users/dana@example.net/messages?$filter=receivedDateTime ge 2026-03-01T12:00:00Z&$select=id,receivedDateTime,subject,from,toRecipients,internetMessageId&$top=100',
      ),
    );
  });
});

describe('the poll', () => {
  it.each([
    ['a minute ago: nothing', new Date(NOW.getTime() - 60_000), []],
    ['six minutes ago: started', new Date(NOW.getTime() - 6 * 60_000), ['poll']],
    ['never: started', null, ['poll']],
  ])('%s', async (_, polledAt, expected) => {
    const { handle, did } = await setUp({}, polledAt);
    await handle(message());
    expect(did).toEqual(expected);
  });
});

it.each([
  null,
  'text',
  {},
  { kind: 'graph' },
  { kind: 'graph', items: [{ subscription: 7 }] },
  message({ ...user(), more: 1 }),
])('a message that is not ours (%j) is dropped', async (body) => {
  const { handle, did, log } = await setUp();
  await handle(body);
  expect(did).toEqual([]);
  expect(log.lines.map(({ level }) => level)).toEqual(['error']);
});
