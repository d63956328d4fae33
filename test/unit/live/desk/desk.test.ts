import { describe, expect, it } from 'vitest';
import { UpstreamError } from '../../../../src/errors.ts';
import { freshOverview } from '../../../../src/live/desk/overview.ts';
import {
  CaseRow,
  Cases,
  Detail,
  Done,
  FindingsPage,
  OverviewReply,
  Refusal,
  State,
  TrailPage,
} from '../../../../src/live/desk/shape.ts';
import type { Finding } from '../../../../src/model/finding.ts';
import { ago, breakIn, finding, person, signal } from '../../notify/plan-situation.ts';
import { MINUTE_MS } from '../notices/world.ts';
import { createDeskWorld, type DeskWorld, json, OWN_PAGE, SEEING } from './desk-world.ts';

const HOUR_MS = 60 * MINUTE_MS;

/** Somebody got into Jane's account; she was told. */
async function broken(options: Parameters<typeof createDeskWorld>[0] = {}) {
  const world = await createDeskWorld(options);
  await world.found(breakIn());
  await world.settle();
  return world;
}

/** An action on Jane's finding as an officer sees it now. */
async function seen(world: DeskWorld, id = 'f_1') {
  const { finding: listed } = await world.detail('o_ada', id);
  return { person: 'p_jane', finding: id, tag: listed.tag };
}

describe('the state', () => {
  it('says who was broken into, who was reached and what is to be done, in the shape that the page reads', async () => {
    const world = await broken();
    const state = State.parse(await world.state());
    expect(state).toMatchObject({
      organization: 'Herald',
      mode: 'live',
      me: 'o_ada',
      actions: false,
      totals: { attempts: 1, identified: 1, attacked: 1, compromised: 1 },
      byStatus: { 'open compromised': 1 },
      days: [['2026-11-23', 1, 1, 1]],
      blind: { known: true, gaps: [] },
      brokenInto: [
        {
          id: 'f_1',
          person: { id: 'p_jane', name: 'Jane Doe', account: 'jane@example.org' },
          outcome: 'compromised',
          desk: { status: 'open', revised: false },
          reach: { kind: 'sent', delivered: 0 },
        },
      ],
      stale: true,
    });
    expect(state.findings.findings.map(({ id }) => id)).toEqual(['f_1']);
  });

  it.each([
    ['nothing was told', {}, 'identified', 'dry-run'],
    ['sent', { POSTERN_MODE: 'live' }, 'compromised', 'sent'],
  ] as const)('tells how far word has got: %s', async (_, more, outcome, kind) => {
    const world = await createDeskWorld({ settings: { POSTERN_MODE: 'dry-run', ...more } });
    await world.found(outcome === 'identified' ? finding() : breakIn());
    await world.settle();
    const { findings } = json<State>(await world.ask('o_ada', 'state?outcome=identified,compromised&status=open'));
    expect(findings.findings[0]?.reach.kind).toBe(kind);
  });

  it('tells that a notice arrived, and what the person answered', async () => {
    const world = await broken();
    const [notice] = await world.deliveries();
    const reference = notice?.notice.reference ?? '';
    await world.answers.byDesk(reference, 'not-me');
    const { brokenInto, tasks } = await world.state();
    expect(brokenInto[0]?.reach).toMatchObject({ kind: 'answered', answer: 'not-me' });
    expect(tasks.open.map(({ kind, priority }) => [kind, priority])).toContainEqual(['not-me', 0]);
  });

  it('says what is blind and since when, and that silence means nothing when the watch cannot be asked', async () => {
    const world = await broken();
    const since = ago(5 * 24 * HOUR_MS);
    world.setWatch({
      ...SEEING,
      gaps: [{ source: 'sign-ins', why: 'permission', since }],
      rules: [
        { name: 'seen', title: 'Seen', state: 'on', hits: 0 },
        {
          name: 'new-place',
          title: 'New place',
          state: 'blind',
          why: 'Graph refuses sign ins. Grant AuditLog.Read.All.',
          hits: 0,
        },
      ],
      timers: [{ name: 'poll-logs', state: 'late', at: since.toISOString() }],
    });
    expect((await world.state()).blind).toEqual({
      known: true,
      gaps: [
        {
          what: 'Sign-in',
          since: since.toISOString(),
          why: 'Graph refuses sign ins. Grant AuditLog.Read.All.',
          rules: ['New place (new-place)'],
        },
        { what: 'Timer poll-logs', since: since.toISOString(), why: 'It has not run when it should.', rules: [] },
      ],
    });
    world.setWatch(new UpstreamError('tables', 'UNAVAILABLE'));
    expect((await world.state()).blind).toEqual({ known: false, gaps: [] });
  });

  it('is not sent again while nothing has changed', async () => {
    const world = await broken();
    const first = await world.ask('o_ada', 'state');
    const sent = { 'if-none-match': first.headers?.etag ?? '' };
    world.clock.set(new Date(world.clock.now().getTime() + 1000));
    expect((await world.ask('o_ada', 'state', { sent })).status).toBe(304);
    await world.act('o_ben', { action: 'acknowledge', ...(await seen(world)) });
    expect((await world.ask('o_ada', 'state', { sent })).status).toBe(200);
  });

  it.each(['state?outcome=broken', 'findings?status=open,shut', 'report?quarter=2026', 'trail?before=yesterday'])(
    'refuses %s in words',
    async (path) => {
      const world = await createDeskWorld();
      const reply = await world.ask('o_ada', path);
      expect(reply.status).toBe(400);
      expect(Refusal.parse(json(reply)).error).toMatch(/\.$/);
    },
  );

  it('pages through findings by outcome and status', async () => {
    const world = await createDeskWorld();
    for (let n = 0; n < 30; n++) await world.found(finding({ id: `f_${n}`, last: ago(n * HOUR_MS) }));
    await world.settle();
    const first = FindingsPage.parse(json(await world.ask('o_ada', 'findings?outcome=identified&status=open')));
    expect(first.findings.length).toBe(20);
    const path = `findings?outcome=identified&status=open&after=${encodeURIComponent(first.next ?? '')}`;
    const second = FindingsPage.parse(json(await world.ask('o_ada', path)));
    expect([second.findings.length, second.next]).toEqual([10, undefined]);
    expect(new Set([...first.findings, ...second.findings].map(({ id }) => id)).size).toBe(30);
  });
});

describe('the overview', () => {
  it('tells campaigns and how many of the attacked were reached, and is kept', async () => {
    const world = await broken();
    const { overview } = OverviewReply.parse(json(await world.ask('o_ada', 'overview')));
    expect(overview).toMatchObject({ campaigns: [], reach: { people: 1, told: 1, reached: 0, answered: 0 } });
    const state = await world.state();
    expect([state.overview, state.stale]).toEqual([overview, false]);
    await world.found(finding({ id: 'f_2' }));
    await world.settle();
    expect((await world.state()).stale).toBe(true);
  });

  it('is made by one at a time, once a minute at most, and again when whoever made it has died', async () => {
    const world = await broken();
    const scans = { count: 0 };
    const ask = async () => {
      const ports = world.portsOf('o_ada');
      const rows = {
        ...ports.rows,
        scan: (...args: Parameters<typeof ports.rows.scan>) => {
          scans.count += 1;
          return ports.rows.scan(...args);
        },
      };
      return freshOverview({ ...ports, rows });
    };
    const later = (ms: number) => world.clock.set(new Date(world.clock.now().getTime() + ms));
    const all = await Promise.all([ask(), ask(), ask()]);
    expect([scans.count, all.filter((one) => one !== undefined).length]).toEqual([1, 1]);
    await world.found(finding({ id: 'f_2' }));
    await world.settle();
    later(30_000);
    await ask();
    expect(scans.count).toBe(1);
    later(31_000);
    await ask();
    expect(scans.count).toBe(2);
    // Somebody took the lease and never came back.
    const until = new Date(world.clock.now().getTime() + 5 * MINUTE_MS);
    await world.rows.transact('inbox', 'desk', [{ op: 'put', row: 'overview-lease', value: { until } }]);
    await world.found(finding({ id: 'f_3' }));
    await world.settle();
    later(4 * MINUTE_MS);
    await ask();
    expect(scans.count).toBe(2);
    later(2 * MINUTE_MS);
    await ask();
    expect(scans.count).toBe(3);
  });
});

describe('one finding', () => {
  it('comes with its story, its notices, how the person can be reached and what to do', async () => {
    const world = await broken();
    const detail = Detail.parse(await world.detail('o_ada', 'f_1'));
    expect(detail).toMatchObject({
      headline: 'Somebody got in',
      accounts: ['jane@example.org'],
      changes: ['the password was reset through recovery'],
      withdrawn: false,
      about: { language: 'en', timeZone: 'America/New_York' },
    });
    expect(detail.story.map(({ text, count }) => [text, count])).toEqual([
      ['the recovery options of the account were shown', 2],
    ]);
    expect(detail.channels.map(({ address, use }) => [address, use])).toEqual([
      ['+15550100', 'full'],
      ['jane@private.example', 'full'],
      ['jane@example.org', 'desk-line'],
    ]);
    expect(detail.notices.length).toBeGreaterThan(1);
    expect(detail.references.length).toBe(1);
  });

  it('is found under an id that it had before', async () => {
    const world = await createDeskWorld();
    await world.found(breakIn({ id: 'f_new' }), { formerIds: ['f_old'] });
    await world.settle();
    expect((await world.detail('o_ada', 'f_old')).finding.id).toBe('f_new');
  });

  it('that is gone is 404', async () => {
    const world = await createDeskWorld();
    expect((await world.ask('o_ada', 'finding?person=p_jane&id=f_9')).status).toBe(404);
  });
});

describe('actions', () => {
  it.each([
    [{ action: 'acknowledge' }, { status: 'acknowledged' }, 'finding acknowledged', undefined],
    [
      { action: 'close', reason: 'handled', note: 'called at noon' },
      { status: 'closed', reason: 'handled', note: 'called at noon' },
      'finding closed',
      'handled',
    ],
    [
      { action: 'false-alarm', note: 'new phone' },
      { status: 'closed', reason: 'false-alarm', note: 'new phone' },
      'finding marked as false alarm',
      'false-alarm',
    ],
  ])('%j', async (action, desk, entry, detail) => {
    const world = await broken();
    const reply = await world.act('o_ada', { ...action, ...(await seen(world)) });
    const done = Done.parse(json(reply));
    expect([reply.status, done.said]).toEqual([200, expect.stringMatching(/\.$/)]);
    const after = await world.detail('o_ben', 'f_1');
    expect({ ...done.detail, trail: [] }).toEqual({ ...after, trail: [] });
    expect(after.finding.desk).toEqual({ ...desk, by: 'o_ada', at: world.clock.now().toISOString(), revised: false });
    expect(await world.trail()).toContainEqual({
      at: world.clock.now(),
      actor: 'o_ada',
      action: entry,
      person: 'p_jane',
      ref: 'f_1',
      ...(detail && { detail }),
    });
  });

  it('a closed break-in is no longer on the first screen, and counts', async () => {
    const world = await broken();
    await world.act('o_ada', { action: 'close', reason: 'handled', note: '', ...(await seen(world)) });
    const { brokenInto, totals, byStatus } = await world.state();
    expect([brokenInto, totals.compromised, byStatus]).toEqual([[], 1, { 'closed compromised': 1 }]);
  });

  it('a false alarm counts nowhere, is kept as a case, and counts again when it is opened again', async () => {
    const world = await broken();
    await world.act('o_ada', { action: 'false-alarm', note: 'Jane with a new phone', ...(await seen(world)) });
    expect((await world.state()).totals).toEqual({ attempts: 0, identified: 0, attacked: 0, compromised: 0 });
    const { cases } = Cases.parse(json(await world.ask('o_ada', 'cases')));
    expect(cases.map((one) => [one.finding, one.by, one.note])).toEqual([['f_1', 'o_ada', 'Jane with a new phone']]);
    await world.act('o_ada', { action: 'reopen', ...(await seen(world)) });
    expect((await world.state()).totals.compromised).toBe(1);
    expect(Cases.parse(json(await world.ask('o_ada', 'cases')))).toEqual({ cases: [] });
  });

  it('a case is a draft for cases.json that names nobody; with people it holds the finding', async () => {
    const world = await createDeskWorld();
    const place = { ip: '203.0.113.9', network: '203.0.113.0/24', country: 'NL' };
    await world.found(
      breakIn({ evidence: [signal(place), signal({ ...place, recordId: 'r2', at: ago(HOUR_MS), flow: 'f2' })] }),
    );
    await world.settle();
    await world.act('o_ada', { action: 'false-alarm', note: 'Jane', ...(await seen(world)) });
    const { cases } = Cases.parse(json(await world.ask('o_ada', 'cases')));
    const id = CaseRow.parse(cases[0]).id;
    const draft = await world.ask('o_ada', `case?id=${id}`);
    expect(json(draft)).toEqual({
      name: 'False alarm: sspr-probed, reset-from-new-place',
      quiet: 'ordinary',
      about: 'a note is kept with the finding',
      fired: ['sspr-probed', 'reset-from-new-place'],
      outcome: 'compromised',
      records: [
        {
          sample: 'of sspr-options-shown-new-place',
          rule: 'sspr-options-shown-new-place',
          source: 'directory-audits',
          at: '0m',
          user: 'dana',
          from: 'away',
          country: 'NL',
          flow: 'n1',
        },
        {
          sample: 'of sspr-options-shown-new-place',
          rule: 'sspr-options-shown-new-place',
          source: 'directory-audits',
          at: '1h',
          user: 'dana',
          from: 'away',
          country: 'NL',
          flow: 'n2',
        },
      ],
      expect: [],
    });
    expect(draft.body).not.toMatch(/jane|203\.0\.113/i);
    expect((await world.ask('o_ada', `case?id=${id}&people=1`)).body).toContain('jane@example.org');
  });

  it('tasks are taken and closed', async () => {
    const world = await broken({ people: [person({ channels: [] })] });
    const [task] = (await world.state()).tasks.open;
    if (!task) throw new Error('no task');
    expect(task).toMatchObject({ kind: 'reach-by-voice', person: { name: 'Jane Doe' }, status: 'open' });
    await world.act('o_ada', { action: 'task', task: task.id, tag: task.tag, status: 'acknowledged' });
    const [taken] = (await world.state()).tasks.open;
    expect(taken).toMatchObject({ status: 'acknowledged', by: 'o_ada' });
    await world.act('o_ada', { action: 'task', task: task.id, tag: taken?.tag, status: 'closed' });
    expect((await world.state()).tasks.open).toEqual([]);
    expect((await world.trail()).map(({ action }) => action)).toEqual(
      expect.arrayContaining(['task acknowledged', 'task closed']),
    );
  });

  it('an answer is taken by phone, with the pair of the card that was asked for', async () => {
    const world = await broken();
    const [reference = ''] = (await world.detail('o_ada', 'f_1')).references;
    const ask = await world.act('o_ada', { action: 'ask-pair', reference, ...(await seen(world)) });
    expect(json(ask)).toMatchObject({ pair: 2 });
    const reply = await world.act('o_ada', { action: 'answer', reference, answer: 'not-me', ...(await seen(world)) });
    expect(reply.status).toBe(200);
    const { answers, finding: listed } = await world.detail('o_ada', 'f_1');
    expect(answers).toMatchObject([{ reference, answer: 'not-me', via: 'desk' }]);
    expect(listed.reach).toMatchObject({ kind: 'answered', answer: 'not-me' });
  });

  it('an answer for another finding is refused', async () => {
    const world = await broken();
    const reply = await world.act('o_ada', {
      action: 'answer',
      reference: 'K7Q49M2X',
      answer: 'me',
      ...(await seen(world)),
    });
    expect(reply.status).toBe(422);
  });
});

describe('revoking sessions', () => {
  const ON = { POSTERN_DESK_ACTIONS: 'on' };
  const CALLS = [
    { call: 'POST /users/0a0a0a0a-0000-4000-8000-000000000001/revokeSignInSessions', body: {} },
    {
      call: 'PATCH /users/0a0a0a0a-0000-4000-8000-000000000001',
      body: { passwordProfile: { forceChangePasswordNextSignIn: true } },
    },
  ];

  it('ends them and requires a new password, for work accounts, with a trail', async () => {
    const world = await broken({ settings: ON });
    const reply = await world.act('o_ada', { action: 'revoke', confirm: 'p_jane', ...(await seen(world)) });
    expect(json(reply)).toMatchObject({
      steps: [
        { account: 'jane@example.org', step: 'sessions', ok: true },
        { account: 'jane@example.org', step: 'password', ok: true },
      ],
    });
    expect(world.calls).toEqual(CALLS);
    expect((await world.trail()).map(({ action }) => action).slice(-3)).toEqual([
      'sessions and password: asked to revoke',
      'sessions revoked',
      'new password required',
    ]);
  });

  it.each([
    ['it is switched off', {}, { confirm: 'p_jane' }, 422],
    ['nobody confirmed it', ON, { confirm: 'p_other' }, 422],
    ['there is no confirm at all', ON, {}, 400],
  ])('does nothing when %s', async (_, settings, confirm, status) => {
    const world = await broken({ settings });
    const reply = await world.act('o_ada', { action: 'revoke', ...confirm, ...(await seen(world)) });
    expect([reply.status, world.calls]).toEqual([status, []]);
  });

  it('says which permission is missing, and does the other step', async () => {
    const graph = (call: string) => {
      if (call.startsWith('PATCH')) throw new UpstreamError('graph', 'FORBIDDEN');
    };
    const world = await broken({ settings: ON, graph });
    const reply = await world.act('o_ada', { action: 'revoke', confirm: 'p_jane', ...(await seen(world)) });
    expect(json(reply)).toMatchObject({
      said: '1 of 2 steps did not work; see below what to do.',
      steps: [{ ok: true }, { ok: false, why: expect.stringContaining('User-PasswordProfile.ReadWrite.All') }],
    });
    expect((await world.trail()).at(-1)?.action).toBe('failed: new password required');
  });
});

describe('two at the same moment', () => {
  const expectConflict = (reply: { status: number; body?: string }) => {
    expect(reply.status).toBe(409);
    return Refusal.parse(json({ ...reply })).changed ?? [];
  };

  it('a second officer is told who decided what', async () => {
    const world = await broken();
    const version = await seen(world);
    await world.act('o_ben', { action: 'acknowledge', ...version });
    const reply = await world.act('o_ada', { action: 'close', reason: 'handled', note: '', ...version });
    expect(expectConflict(reply)).toContain('It is acknowledged, by officer o_ben at 2026-11-23 12:00 UTC.');
    expect((await world.detail('o_ada', 'f_1')).finding.desk).toMatchObject({ status: 'acknowledged', by: 'o_ben' });
  });

  it('of many at once, one decides', async () => {
    const world = await broken();
    const version = await seen(world);
    const officers = ['o_1', 'o_2', 'o_3', 'o_4'];
    const replies = await Promise.all(
      officers.map((officer) => world.act(officer, { action: 'acknowledge', ...version })),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
  });

  it.each<[string, Partial<Finding>, { state?: 'withdrawn' }, string]>([
    ['revised', { revision: 'v2', last: ago(30 * MINUTE_MS) }, {}, 'the last evidence is of 2026-11-23 11:30 UTC'],
    ['worse', { revision: 'v2', outcome: 'compromised' }, {}, 'Its outcome is compromised'],
    ['withdrawn', { revision: 'v2' }, { state: 'withdrawn' }, 'It was withdrawn'],
  ])('a finding that was %s meanwhile is not decided on', async (_, more, options, said) => {
    const world = await createDeskWorld();
    await world.found(finding());
    await world.settle();
    const version = await seen(world);
    await world.found(finding(more), options);
    // Also before the list knows of it.
    for (const settle of [async () => {}, world.settle]) {
      await settle();
      const reply = await world.act('o_ada', { action: 'close', reason: 'no-action', note: '', ...version });
      expect(expectConflict(reply).join(' ')).toContain(said);
    }
  });

  it('a finding that has become part of another one is not decided on', async () => {
    const world = await broken();
    const version = await seen(world);
    await world.found(breakIn({ id: 'f_whole', revision: 'v9' }), { formerIds: ['f_1'] });
    const { bucketOf } = await import('../../../../src/live/buckets.ts');
    await world.rows.transact('evidence', bucketOf('p_jane'), [{ op: 'delete', row: 'finding:p_jane:f_1' }]);
    await world.settle();
    expect(expectConflict(await world.act('o_ada', { action: 'acknowledge', ...version }))).toContain(
      'It has become part of a larger finding.',
    );
  });

  it('a task that somebody else closed is not closed again', async () => {
    const world = await broken({ people: [person({ channels: [] })] });
    const [task] = (await world.state()).tasks.open;
    const action = { action: 'task', task: task?.id, tag: task?.tag, status: 'closed' };
    expect((await world.act('o_ben', action)).status).toBe(200);
    expect(expectConflict(await world.act('o_ada', action))).toEqual(['The task is closed, by officer o_ben.']);
  });
});

describe('what is not taken', () => {
  it.each([
    ['without the header', { 'x-postern-desk': undefined }],
    ['as a form would send it', { 'content-type': 'text/plain' }],
    ['from another site', { 'sec-fetch-site': 'cross-site' }],
    ['from another origin of the same site', { 'sec-fetch-site': 'same-site' }],
    ['from an origin that is not ours', { origin: 'https://evil.example' }],
    ['from nowhere', { origin: 'null' }],
  ])('an action %s', async (_, headers) => {
    const world = await broken();
    const sent = Object.fromEntries(
      Object.entries({ ...OWN_PAGE, ...headers }).filter(([, value]) => value !== undefined),
    );
    const reply = await world.act(
      'o_ada',
      { action: 'acknowledge', ...(await seen(world)) },
      sent as Record<string, string>,
    );
    expect(reply.status).toBe(403);
    expect((await world.detail('o_ada', 'f_1')).finding.desk.status).toBe('open');
  });

  it.each([
    ['{'],
    ['[]'],
    ['{"action":"acknowledge"}'],
    ['{"action":"burn","person":"p_jane","finding":"f_1","tag":"x"}'],
    [`{"action":"acknowledge","person":"p_jane","finding":"f_1","tag":"x","more":"${'x'.repeat(20_000)}"}`],
  ])('a body that is no action', async (body) => {
    const world = await broken();
    const reply = await world.ask('o_ada', 'actions', { method: 'POST', body, sent: OWN_PAGE });
    expect(reply.status).toBe(400);
  });
});

describe('the trail', () => {
  it('says who opened what, newest first, and pages', async () => {
    const world = await broken();
    for (let n = 0; n < 150; n++) {
      world.clock.set(new Date(world.clock.now().getTime() + 1000));
      await world.detail(n % 2 === 0 ? 'o_ada' : 'o_ben', 'f_1');
    }
    const first = TrailPage.parse(json(await world.ask('o_ada', 'trail')));
    expect(first.entries.length).toBe(100);
    expect(first.entries[0]).toMatchObject({ actor: 'o_ben', action: 'finding opened', person: 'p_jane', ref: 'f_1' });
    const second = TrailPage.parse(json(await world.ask('o_ada', `trail?before=${first.before}`)));
    expect(second.entries.length).toBe(50);
    expect(second.before).toBeUndefined();
    expect(new Set([...first.entries, ...second.entries].map(({ at }) => at)).size).toBe(150);
  });

  it('notes that the desk was opened once, not with every look', async () => {
    const world = await broken();
    const first = await world.ask('o_ada', 'state');
    for (let n = 0; n < 5; n++)
      await world.ask('o_ada', 'state', { sent: { 'if-none-match': first.headers?.etag ?? '' } });
    expect((await world.trail()).filter(({ action }) => action === 'desk opened').length).toBe(1);
  });
});

describe('the transparency report', () => {
  it('is made of findings and the ledger, as JSON and as a page', async () => {
    const people = Array.from({ length: 6 }, (_, n) =>
      person({ id: `p_${n}`, accounts: [{ kind: 'work', upn: `p${n}@example.org` }] }),
    );
    const world = await createDeskWorld({ people });
    for (const { id } of people) await world.found(breakIn({ id: `f${id}`, person: id, techniques: ['T1110'] }));
    await world.found(breakIn({ id: 'f_on_trial', person: 'p_0' }), { tell: 'nobody' });
    await world.settle();
    const report = json(await world.ask('o_ada', 'report?quarter=2026Q4&format=json'));
    expect(report).toMatchObject({
      quarter: '2026Q4',
      attempts: 6,
      people: { identified: 6, attacked: 6, compromised: 6, notified: 6, reached: 0 },
      medianMinutesToNotice: 120,
      techniques: [{ technique: 'T1110', people: 5 }],
      partial: true,
    });
    const page = await world.ask('o_ada', 'report?quarter=2026Q4&format=html');
    expect(page.headers?.['content-type']).toBe('text/html; charset=utf-8');
    expect(page.body).toContain('<td>6</td>');
    expect(page.body).not.toMatch(/p_0|p0@/);
  });
});
