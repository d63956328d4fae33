/** The answer page as HTTP sees it: two steps, nothing by GET, the same answer to every guess, a defined end for bad input. */
import { describe, expect, it } from 'vitest';
import { UpstreamError } from '../../../../src/errors.ts';
import { createAnswerPage } from '../../../../src/live/answer-page.ts';
import { startDrill } from '../../../../src/live/drill.ts';
import type { NoticePorts } from '../../../../src/live/notice-ports.ts';
import { cardPair, personCardKey } from '../../../../src/notify/card.ts';
import { catalog } from '../../../../src/notify/catalogs.ts';
import type { Rows } from '../../../../src/ports.ts';
import { breakIn, KEY, PHONE, person, WORK } from '../../notify/plan-situation.ts';
import { createWorld, MINUTE_MS, SENDERS, type World } from './world.ts';

const DELIVERING = SENDERS.map((sender) => ({ ...sender, result: { status: 'delivered' as const } }));
const pair = (number: number) => cardPair(personCardKey(KEY, 'p_jane'), number);
const { page } = catalog('en');

interface Asked {
  readonly method?: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Readonly<Record<string, string>>;
}

async function told(channels = [PHONE, WORK], settings = {}) {
  const world = await createWorld({ people: [person({ channels, drill: true })], senders: DELIVERING, settings });
  await world.found(breakIn());
  await world.settle();
  const reference = (await world.told()).tellings[0]?.reference ?? '';
  return { ...world, reference, right: { reference, words: pair(1) } };
}

async function ask(ports: NoticePorts, { method = 'POST', query = '', headers = {}, body = '' }: Asked) {
  const url = new URL(`https://app.example/api/answers?${query}`);
  const reply = await createAnswerPage(ports)({
    method,
    url: url.href,
    headers: { get: (name) => headers[name.toLowerCase()] ?? null },
    query: url.searchParams,
    params: {},
    text: async () => (typeof body === 'string' ? body : new URLSearchParams(body).toString()),
  });
  return { ...reply, body: reply.body ?? '' };
}

const tasks = async (world: World) =>
  (await world.tasks()).map(({ kind, priority, status }) => `${kind} ${priority} ${status}`).sort();

/** Everything in the tables but the counters of tries. */
async function stored({ rows }: World): Promise<string> {
  const all: unknown[] = [];
  for (const table of ['people', 'evidence', 'ledger', 'inbox', 'trail'] as const)
    for await (const row of rows.scan(table)) all.push(row);
  return JSON.stringify(all);
}

describe('an answer', () => {
  it('takes two posts, and is at the desk at once', async () => {
    const world = await told();
    const before = await stored(world);
    const first = await ask(world.ports, { body: { ...world.right, step: 'open' } });
    expect([first.status, await stored(world)]).toEqual([200, before]);
    expect(first.body).toContain(page.confirm.question);
    expect(first.body).toContain(`value="${pair(1)}"`);
    const second = await ask(world.ports, { body: { ...world.right, step: 'give', answer: 'not-me' } });
    expect(second.body).toContain(page.done.notMe.title);
    expect(second.body.indexOf('+15550190')).toBeLessThan(second.body.indexOf('<footer>'));
    await world.settle();
    expect(await tasks(world)).toEqual(['not-me 0 open', 'reach-by-voice 0 open']);
    expect(world.toDesk().at(-1)).toContain('the person says that it was not them');
  });

  it('"me" is asked for one more pair, which closes', async () => {
    const world = await told();
    const given = await ask(world.ports, { body: { ...world.right, step: 'give', answer: 'me' } });
    expect(given.body).toContain(page.challenge.title);
    expect(given.body).toContain('<bdi dir="ltr">2</bdi>');
    expect(given.body).not.toContain(pair(2).split(' ')[0]);
    const closed = await ask(world.ports, { body: { ...world.right, step: 'prove', pair: pair(2).toUpperCase() } });
    expect([closed.status, closed.body.includes(page.challenge.closed)]).toEqual([200, true]);
    expect(await tasks(world)).toEqual(['reach-by-voice 2 closed']);
  });

  it('a wrong pair says thank you, closes nothing, and is not asked for again', async () => {
    const world = await told();
    await ask(world.ports, { body: { ...world.right, step: 'give', answer: 'me' } });
    for (const words of ['wrong words', pair(2)]) {
      const reply = await ask(world.ports, { body: { ...world.right, step: 'prove', pair: words } });
      expect([reply.status, reply.body.includes(page.done.me.title)]).toEqual([200, true]);
      expect(reply.body).not.toContain(page.challenge.closed);
      expect(reply.body).not.toContain(page.challenge.title);
    }
    expect(await tasks(world)).toEqual(['reach-by-voice 2 open']);
  });
});

describe('a GET', () => {
  it.each([
    '',
    'lang=en',
    'reference=REF&words=WORDS&step=open',
    'reference=REF&words=WORDS&step=give&answer=not-me',
    'reference=REF&words=WORDS&step=prove&pair=WORDS',
  ])('?%s changes nothing, and reads nothing', async (query) => {
    const world = await told();
    const { ports, calls } = counting(world);
    const full = query.replaceAll('REF', world.reference).replaceAll('WORDS', encodeURIComponent(pair(1)));
    const reply = await ask(ports, { method: 'GET', query: full });
    expect([reply.status, calls()]).toEqual([200, []]);
    // What stands in the address is not put into the form either.
    expect(reply.body).not.toContain(world.reference);
    expect(reply.body).toContain('name="reference" value=""');
  });

  it('says nothing to caches, frames, other pages and scripts', async () => {
    const { headers = {} } = await ask((await told()).ports, { method: 'GET' });
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-language': 'en',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/=]{44}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/,
    );
  });
});

describe('guessing', () => {
  const guesses = async (world: Awaited<ReturnType<typeof told>>) => {
    await startDrill(world.ports, 'one');
    await world.settle();
    const drill = (await world.deliveries()).find(({ notice }) => notice.variant === 'drill')?.notice;
    return [
      ['a reference that is nobody’s', 'BBBBBBBB', pair(1)],
      ['somebody’s, with other words', world.reference, 'wrong words'],
      ['somebody’s, with another of their pairs', world.reference, pair(3)],
      ['a drill’s, with its pair', drill?.reference ?? '', pair(drill?.card ?? 1)],
    ] as const;
  };

  it('gets the same answer, after the same time and the same work', async () => {
    const world = await told();
    // The counters exist already: making one is another write than adding to it.
    for (const [, reference] of await guesses(world))
      await ask(world.ports, { body: { reference, words: 'x', step: 'open' } });
    const { ports, calls } = counting(world);
    const seen: unknown[] = [];
    for (const [, reference, words] of await guesses(world)) {
      for (const rest of [{ step: 'open' }, { step: 'give', answer: 'me' }, { step: 'prove', pair: pair(2) }]) {
        const from = calls().length;
        const began = world.clock.now().getTime();
        const { status, headers, body } = await ask(ports, {
          body: { reference, words, ...rest } as Record<string, string>,
        });
        seen.push({
          status,
          headers,
          body: body.replaceAll(reference, 'REF').replaceAll(words, 'WORDS'),
          ms: world.clock.now().getTime() - began,
          calls: calls().slice(from),
        });
        await world.pass(7 * MINUTE_MS);
      }
    }
    expect(seen).toHaveLength(12);
    for (const one of seen) expect(one).toEqual(seen[0]);
    expect(seen[0]).toMatchObject({ status: 422, ms: 700 });
    expect(await tasks(world)).toEqual(['reach-by-voice 0 open']);
  });

  it('ends in "too many", which says whom to call, for the right words as well', async () => {
    const world = await told();
    const statuses: number[] = [];
    for (let n = 0; n < 12; n++) {
      const words = n === 11 ? pair(1) : 'wrong words';
      const reply = await ask(world.ports, { body: { reference: world.reference, words, step: 'open' } });
      statuses.push(reply.status);
      if (reply.status === 429) expect(reply.body).toContain(page.errors.tooMany);
      expect(reply.body).toContain('+15550190');
      await world.pass(10_000);
    }
    expect(statuses).toEqual([...Array(10).fill(422), 429, 429]);
  });
});

describe('bad input', () => {
  it.each<[string, Asked, number, string]>([
    ['nothing at all', {}, 422, page.errors.referenceMissing],
    ['blanks', { body: { reference: '  ', words: '\t' } }, 422, page.errors.wordsMissing],
    ['no reference', { body: { reference: 'K7Q4', words: 'x' } }, 422, page.errors.referenceForm],
    ['a very long reference', { body: { reference: 'B'.repeat(3000), words: 'x' } }, 422, page.errors.referenceForm],
    ['JSON', { body: '{"reference":"BBBBBBBB"}' }, 422, page.errors.referenceMissing],
    ['broken escapes', { body: 'reference=%E0%A4%A&words=%' }, 422, page.errors.referenceForm],
    ['NUL and line breaks', { body: { reference: 'BBBB\0BBB', words: 'a\r\nb' } }, 422, page.errors.referenceForm],
    ['more than 4 KB', { body: { reference: 'BBBBBBBB', words: 'x'.repeat(5000) } }, 413, page.errors.failed],
    ['an announced giant', { headers: { 'content-length': '1000000000' } }, 413, page.errors.failed],
    ['a length that is none', { headers: { 'content-length': 'x' } }, 422, page.errors.referenceMissing],
  ])('%s', async (_, asked, status, text) => {
    const world = await told();
    const before = await stored(world);
    const reply = await ask(world.ports, asked);
    expect([reply.status, reply.body.includes(text)]).toEqual([status, true]);
    expect(await stored(world)).toBe(before);
  });

  it.each<[string, Record<string, string>, number, string]>([
    ['no step is the first', {}, 200, page.confirm.question],
    ['an unknown step is the first', { step: 'close', answer: 'me' }, 200, page.confirm.question],
    ['no answer', { step: 'give' }, 422, page.errors.choiceMissing],
    ['an unknown answer', { step: 'give', answer: 'maybe' }, 422, page.errors.choiceMissing],
    ['a proof that nobody asked for', { step: 'prove', pair: pair(2) }, 200, page.done.me.title],
    ['a proof without words', { step: 'prove' }, 200, page.done.me.title],
  ])('with the right words: %s', async (_, rest, status, text) => {
    const world = await told();
    const before = await tasks(world);
    const reply = await ask(world.ports, { body: { ...world.right, ...rest } });
    expect([reply.status, reply.body.includes(text)]).toEqual([status, true]);
    expect(await tasks(world)).toEqual(before);
  });

  it('said twice in one form, the first counts', async () => {
    const world = await told();
    const body = `${new URLSearchParams({ ...world.right, step: 'give' })}&answer=me&answer=not-me&reference=BBBBBBBB`;
    expect((await ask(world.ports, { body })).body).toContain(page.done.me.title);
  });

  it.each([
    ['en%0d%0aset-cookie:%20x=1', 'en'],
    ['../../etc', 'en'],
    ['EN', 'en'],
    ['fa', 'fa'],
    // A draft that is not switched on.
    ['ru', 'en'],
    ['', 'en'],
  ])('?lang=%s shows %s, and gets into no header', async (lang, expected) => {
    const { ports } = await told(undefined, { POSTERN_DRAFT_LANGUAGES: 'fa' });
    const { headers = {}, body } = await ask(ports, { method: 'GET', query: `lang=${lang}` });
    expect(headers['content-language']).toBe(expected);
    expect(body).toContain(`<html lang="${expected}" dir="${expected === 'fa' ? 'rtl' : 'ltr'}">`);
    expect(JSON.stringify([headers, body])).not.toMatch(/set-cookie|etc/);
  });

  it.each([
    ['fa-IR,fa;q=0.9,en;q=0.5', 'fa'],
    ['ru,fa;q=0.1', 'fa'],
    ['xx', 'en'],
    [`${'xx,'.repeat(100_000)}fa`, 'en'],
    ['fa\r\nset-cookie: x', 'en'],
  ])('accept-language %.30j shows %s', async (accepted, expected) => {
    const { ports } = await told(undefined, { POSTERN_DRAFT_LANGUAGES: 'fa' });
    const { headers = {} } = await ask(ports, { method: 'GET', headers: { 'accept-language': accepted } });
    expect(headers['content-language']).toBe(expected);
  });

  it('what was typed comes back only into its own fields, and runs nothing', async () => {
    const typed = `"><script>alert(1)</script><x y='`;
    const { body } = await ask((await told()).ports, { body: { reference: typed, words: typed } });
    expect(body).not.toMatch(/<script|<x/);
    expect(body).toContain('value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;x y=&#39;" dir="ltr"');
  });

  it('when the tables cannot be reached the person hears so, and whom to call; the log has nothing of it', async () => {
    const world = await told();
    const failing = { ...world.ports.rows, get: () => Promise.reject(new UpstreamError('tables', 'UNAVAILABLE')) };
    const reply = await ask(
      { ...world.ports, rows: failing },
      { body: { ...world.right, step: 'give', answer: 'not-me' } },
    );
    expect(reply.status).toBe(503);
    expect(reply.body).toContain(page.errors.failed);
    expect(reply.body).toContain('+15550190');
    // Typed once is enough.
    expect(reply.body).toContain(`value="${pair(1)}"`);
    expect(JSON.stringify(world.log.lines)).not.toMatch(new RegExp(`${pair(1)}`));
    expect(JSON.stringify(world.log.lines.at(-1))).toContain('an answer could not be taken');
  });
});

/** The same ports, with what is asked of the tables written down, as `get ledger`. */
function counting(world: World) {
  const calls: string[] = [];
  const { rows, people } = world.ports;
  const noting: Rows = {
    ...rows,
    get: (table, ...rest) => {
      calls.push(`get ${table}`);
      return rows.get(table, ...rest);
    },
    list: (table, ...rest) => {
      calls.push(`list ${table}`);
      return rows.list(table, ...rest);
    },
    transact: (table, partition, writes) => {
      calls.push(`${writes.map(({ op }) => op).join('+')} ${table}`);
      return rows.transact(table, partition, writes);
    },
  };
  const get = (id: string) => {
    calls.push('get people');
    return people.get(id);
  };
  return { ports: { ...world.ports, rows: noting, people: { ...people, get } }, calls: () => [...calls] };
}
