import { beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../../../src/errors.ts';
import { createTasks } from '../../../../src/live/inbox.ts';
import { handlePeople, type PeopleAdminPorts } from '../../../../src/live/people/admin.ts';
import { createPeopleStore } from '../../../../src/live/people-store.ts';
import { createMemoryRows } from '../../../../src/memory.ts';
import { cardTaskId } from '../../../../src/notify/plan-tasks.ts';

const NOW = new Date('2026-09-01T08:00:00Z');
const ANN = 'name,accounts,emails,phones\nAnn,ann@example.org,ann@example.net,+15550101\n';

describe('the admin API', () => {
  let ports: PeopleAdminPorts;
  let notes: { action: string; person?: string; detail?: string }[];
  let codes: string[];
  let count: number;
  beforeEach(() => {
    notes = [];
    codes = [];
    count = 0;
    const rows = createMemoryRows();
    ports = {
      rows,
      actor: 'admin',
      people: createPeopleStore(rows),
      hash: (value) => `#${value.length}`,
      random: (length) => String(++count).padStart(length, '0'),
      randomCode: () => '12345678',
      send: async (_person, to, code) => void codes.push(`${to.kind} ${to.address} ${code}`),
      cardPage: (person) => `<h1>${person.id}`,
      note: async (...entries) => void notes.push(...entries),
    };
  });
  const ask = (method: string, path: string, body = '') => {
    const url = new URL(path, 'http://127.0.0.1');
    const [, , id, verb] = url.pathname.split('/');
    return handlePeople(
      {
        method,
        url: url.href,
        headers: { get: () => null },
        query: url.searchParams,
        params: { ...(id && { id }), ...(verb && { verb }) },
        text: async () => body,
      },
      ports,
      NOW,
    );
  };
  const only = async () => (await ports.people.all())[0];

  it('imports, says what leaves people worse protected, and changes nothing the second time', async () => {
    expect(await ask('POST', '/people?check=1', ANN)).toMatchObject({
      status: 200,
      jsonBody: { added: 1, check: true },
    });
    expect(await ports.people.all()).toEqual([]);
    const first = await ask('POST', '/people', ANN);
    expect(first.jsonBody).toEqual({
      added: 1,
      changed: 0,
      unchanged: 0,
      check: false,
      warnings: [
        { person: 'input: person 1', message: 'no channel is proven by a code yet: only the desk can reach them' },
      ],
    });
    expect((await ask('POST', '/people', ANN)).jsonBody).toMatchObject({ added: 0, changed: 0, unchanged: 1 });
    expect(await ports.people.all()).toHaveLength(1);
    expect(notes).toMatchObject([{ action: 'person added' }]);
  });

  it('exports what it can read again', async () => {
    await ask('POST', '/people', ANN);
    const { body = '' } = await ask('GET', '/people?format=csv');
    expect(body).toContain('ann@example.net');
    expect((await ask('POST', '/people', body)).jsonBody).toMatchObject({ unchanged: 1 });
  });

  it('opens, changes and removes one person, and notes who did', async () => {
    await ask('POST', '/people', ANN);
    const id = (await only())?.id ?? '';
    const { jsonBody } = await ask('GET', `/people/${id}`);
    expect(jsonBody).toMatchObject({ id, name: 'Ann', channels: [{ kind: 'email' }, { kind: 'sms' }] });
    const input = { name: 'Ann B', accounts: ['ann@example.org'], phones: ['+15550102'] };
    expect((await ask('PUT', `/people/${id}`, JSON.stringify(input))).status).toBe(200);
    expect((await only())?.channels).toMatchObject([
      { address: '+15550102' },
      { address: 'ann@example.net', retiredAt: NOW },
      { address: '+15550101', retiredAt: NOW },
    ]);
    expect((await ask('DELETE', `/people/${id}`)).status).toBe(200);
    expect((await ask('GET', `/people/${id}`)).status).toBe(404);
    expect(notes.map(({ action, detail }) => [action, detail])).toEqual([
      ['person added', undefined],
      ['person opened', undefined],
      ['person changed', 'name channels'],
      ['person removed', undefined],
    ]);
  });

  it('takes a person back as it shows them', async () => {
    await ask('POST', '/people', ANN);
    const id = (await only())?.id ?? '';
    const before = await only();
    const shown = JSON.stringify((await ask('GET', `/people/${id}`)).jsonBody);
    expect((await ask('PUT', `/people/${id}`, shown)).status).toBe(200);
    expect(await only()).toEqual(before);
    expect((await ask('PUT', `/people/${id}`, shown.replace('"name":"Ann"', '"name":"Ann B"'))).status).toBe(200);
    expect(await only()).toEqual({ ...before, name: 'Ann B' });
  });

  it('proves a channel by a code', async () => {
    await ask('POST', '/people', ANN);
    const { id = '', channels = [] } = (await only()) ?? {};
    const channel = channels[1]?.id;
    expect((await ask('POST', `/people/${id}/code`, JSON.stringify({ channel }))).status).toBe(200);
    expect(codes).toEqual(['sms +15550101 12345678']);
    expect((await ask('POST', `/people/${id}/code`, JSON.stringify({ channel }))).status).toBe(429);
    expect((await ask('POST', `/people/${id}/proof`, JSON.stringify({ channel, code: '1' }))).status).toBe(422);
    expect((await ask('POST', `/people/${id}/proof`, JSON.stringify({ channel, code: '12345678' }))).status).toBe(200);
    expect((await only())?.channels[1]?.provenAt).toEqual(NOW);
    expect(JSON.stringify(notes)).not.toContain('5550101');
  });

  it.each([
    ['POST', '/people', '', 400, 'input: is empty'],
    ['POST', '/people', 'name\nAnn', 400, 'input:1: the column "accounts" is missing'],
    [
      'POST',
      '/people',
      '{"name":"X","accounts":["x@example.org"],"id":"p_0000000000000009"}',
      400,
      'nobody has this id',
    ],
    [
      'POST',
      '/people',
      '{"name":"X","accounts":["x@example.org"],"linked":["ann@example.org"]}',
      400,
      'belong to somebody else',
    ],
    ['PUT', '/people/ID', '{"name":"","accounts":[]}', 400, 'name: '],
    ['POST', '/people/ID/code', '{"channel":1}', 400, 'should be {"channel"'],
    ['POST', '/people/ID/proof', '{"channel":"c_1"}', 400, '"code" is missing'],
    ['POST', '/people/ID/code', '{"channel":"c_none"}', 404, 'unknown'],
    ['PATCH', '/people', '', 405, 'GET, POST'],
    ['DELETE', '/people/ID/card', '', 405, 'GET, POST'],
    ['PATCH', '/people/ID', '', 405, 'GET, PUT, DELETE'],
    ['GET', '/people/ID/other', '', 404, 'code, proof and card'],
    ['GET', '/people/p_none', '', 404, 'Nobody with this id'],
  ])('%s %s %j is answered with %i', async (method, path, body, status, text) => {
    await ask('POST', '/people', ANN);
    const reply = await ask(method, path.replace('ID', (await only())?.id ?? ''), body);
    expect(reply.status).toBe(status);
    expect(JSON.stringify(reply.jsonBody).replaceAll('\\"', '"')).toContain(text);
    expect(await ports.people.all()).toHaveLength(1);
  });

  it('issues a new card, closes the task to do so, and keeps the generation through changes', async () => {
    await ask('POST', '/people', ANN);
    const id = (await only())?.id ?? '';
    const task = {
      id: cardTaskId(id),
      kind: 'new-card',
      why: 'card-used-up',
      person: id,
      priority: 2,
      since: NOW,
      status: 'open',
    } as const;
    await createTasks(ports.rows).put(task);
    ports = { ...ports, cardPage: ({ card }) => `card ${card ?? 0}` };
    const reply = await ask('POST', `/people/${id}/card`);
    expect([reply.status, reply.body, reply.headers?.['cache-control']]).toEqual([200, 'card 1', 'no-store']);
    expect((await createTasks(ports.rows).get(task.id))?.task).toMatchObject({
      status: 'closed',
      by: 'admin',
      note: 'a new card was issued',
    });
    const input = { name: 'Ann B', accounts: ['ann@example.org'] };
    expect((await ask('PUT', `/people/${id}`, JSON.stringify(input))).status).toBe(200);
    expect((await ask('GET', `/people/${id}/card`)).body).toBe('card 1');
    expect((await ask('POST', `/people/${id}/card`)).body).toBe('card 2');
    expect((await only())?.card).toBe(2);
    expect(notes.map(({ action, detail }) => `${action} ${detail}`)).toEqual([
      'person added undefined',
      'new card issued card 2',
      'person changed name channels',
      'card printed undefined',
      'new card issued card 3',
    ]);
  });

  it('issues no card that cannot be printed', async () => {
    await ask('POST', '/people', ANN);
    const cardPage = () => {
      throw new ConfigError(['POSTERN_CARD_KEY is not set.']);
    };
    ports = { ...ports, cardPage };
    expect(await ask('POST', `/people/${(await only())?.id}/card`)).toEqual({
      status: 400,
      jsonBody: { problems: ['POSTERN_CARD_KEY is not set.'] },
    });
    expect((await only())?.card).toBeUndefined();
  });

  it('the card is a page that runs nothing and is not kept', async () => {
    await ask('POST', '/people', ANN);
    const reply = await ask('GET', `/people/${(await only())?.id}/card`);
    expect(reply.headers).toMatchObject({ 'cache-control': 'no-store' });
    expect(reply.headers?.['content-security-policy']).toContain("default-src 'none'");
  });
});
