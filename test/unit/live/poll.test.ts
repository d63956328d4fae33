import { describe, expect, it } from 'vitest';
import { readSettings } from '../../../src/config.ts';
import { UpstreamError } from '../../../src/errors.ts';
import { createPoll, type PollDeps, type PollReport } from '../../../src/live/poll.ts';
import { readPollState } from '../../../src/live/poll-state.ts';
import { NOTHING } from '../../../src/live/reading.ts';
import { createManualClock, createMemoryLog, createMemoryRows } from '../../../src/memory.ts';
import { EnrolledPerson } from '../../../src/model/enrolled-person.ts';
import type { RawRecord, Rows } from '../../../src/ports.ts';
import { createFakeGraph, type FakeAnswer, logOf } from '../../fixtures/graph/fake-graph.ts';

const START = new Date('2026-03-02T12:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const PERSON = EnrolledPerson.parse({
  id: 'p_0123456789abcdef',
  name: 'Dana',
  accounts: [{ kind: 'work', id: '26be570a-ae82-4189-b4e2-a37c6808512d', upn: 'dana@example.org' }],
  enrolledAt: START,
});

interface Log {
  readonly audits: RawRecord[];
  readonly signIns: RawRecord[];
}

function audit(id: string, at: Date | number, more: RawRecord = {}): RawRecord {
  return { id, activityDateTime: new Date(at).toISOString(), activityDisplayName: 'Update user', ...more };
}

function signIn(id: string, at: Date | number): RawRecord {
  return { id, createdDateTime: new Date(at).toISOString(), status: { errorCode: 0 } };
}

function setUp(
  change: Partial<Omit<PollDeps, 'rows'>> & { rows?: Rows; env?: Record<string, string> } = {},
  answers: Record<string, FakeAnswer> = {},
) {
  const log: Log = { audits: [], signIns: [] };
  const clock = createManualClock(START);
  const rows = change.rows ?? createMemoryRows();
  const writes: number[] = [];
  const counted: Rows = {
    ...rows,
    transact: (table, partition, batch) => {
      writes.push(batch.length);
      return rows.transact(table, partition, batch);
    },
  };
  const graph = createFakeGraph({
    'GET /auditLogs/directoryAudits': logOf(() => log.audits, 'activityDateTime'),
    'GET /auditLogs/signIns': logOf(() => log.signIns, 'createdDateTime'),
    'GET /identityProtection/riskDetections': logOf(() => [], 'lastUpdatedDateTime'),
    'GET /admin/exchange/tracing/messageTraces': logOf(() => [], 'receivedDateTime'),
    'POST /security/auditLog/queries': () => ({ id: 'query-1' }),
    'GET /security/auditLog/queries/query-1': () => ({ status: 'running' }),
    ...answers,
  });
  const ingested: string[] = [];
  const lines = createMemoryLog();
  const deps: PollDeps = {
    graph,
    clock,
    log: lines,
    ingest: async (records) => {
      ingested.push(...records.map(({ id }) => String(id)));
      return { hits: 0, unreadable: 0 };
    },
    settings: readSettings({ POSTERN_MODE: 'live', ...change.env }).settings,
    people: async () => [PERSON],
    owner: 'one',
    ...change,
    rows: counted,
  };
  const poll = createPoll(deps);
  return { log, clock, rows, writes, graph, ingested, lines, poll, deps };
}

const runs = async (report: Promise<PollReport>) => {
  const done = await report;
  return done.kind === 'done' ? done.sources : done.kind;
};

describe('an idle poll', () => {
  it('is four requests and one write', async () => {
    const { poll, clock, graph, writes } = setUp();
    await poll.run();
    clock.set(new Date(START.getTime() + MINUTE));
    graph.calls.length = 0;
    writes.length = 0;
    await poll.run();
    expect(graph.paths().sort()).toEqual([
      'GET /admin/exchange/tracing/messageTraces',
      'GET /auditLogs/directoryAudits',
      'GET /auditLogs/signIns',
      'GET /identityProtection/riskDetections',
    ]);
    expect(writes).toEqual([1]);
  });

  it('is no more in any minute of a day, but for the mailbox query each quarter of an hour', async () => {
    const { poll, clock, graph, writes } = setUp();
    await poll.run();
    const perMinute: number[] = [];
    for (let minute = 1; minute <= 1440; minute++) {
      clock.set(new Date(START.getTime() + minute * MINUTE));
      graph.calls.length = 0;
      writes.length = 0;
      await poll.run();
      perMinute.push(graph.calls.length);
      expect(writes).toEqual([1]);
    }
    expect(perMinute.filter((calls) => calls > 4)).toHaveLength(96);
    // Its status, and every six hours a new one instead of one that does not end.
    expect(perMinute.filter((calls) => calls > 5)).toEqual([6, 6, 6]);
  });

  it('asks for what is documented and nothing else', async () => {
    const { poll, clock, graph } = setUp();
    await poll.run();
    clock.set(new Date(START.getTime() + MINUTE));
    graph.calls.length = 0;
    await poll.run();
    const asked = graph.calls.map(({ call, options }) => `${options?.version} ${decodeURIComponent(call)}`).sort();
    expect(asked).toEqual([
      "beta GET /auditLogs/signIns?$filter=createdDateTime ge 2026-03-02T11:58:00Z and createdDateTime le 2026-03-02T12:01:00Z and signInEventTypes/any(t: t eq 'interactiveUser' or t eq 'nonInteractiveUser')&$top=1000",
      'v1.0 GET /admin/exchange/tracing/messageTraces?$filter=receivedDateTime ge 2026-03-02T11:58:00Z and receivedDateTime le 2026-03-02T12:01:00Z&$top=5000',
      'v1.0 GET /auditLogs/directoryAudits?$filter=activityDateTime ge 2026-03-02T11:58:00Z and activityDateTime le 2026-03-02T12:01:00Z&$orderby=activityDateTime&$top=1000',
      'v1.0 GET /identityProtection/riskDetections?$filter=lastUpdatedDateTime ge 2026-03-02T11:58:00Z and lastUpdatedDateTime le 2026-03-02T12:01:00Z&$top=500',
    ]);
  });
});

describe('cursors', () => {
  it('move on after everything before is ingested, oldest first', async () => {
    const { poll, log, clock, ingested } = setUp();
    await poll.run();
    const at = START.getTime() + MINUTE;
    log.signIns.push(signIn('b', at - 20_000), signIn('a', at - 40_000), signIn('c', at - 5000));
    clock.set(new Date(at));
    await poll.run();
    expect(ingested).toEqual(['a', 'b', 'c']);
  });

  it('stay when ingest fails, and the poll fails', async () => {
    const rows = createMemoryRows();
    const good = setUp({ rows });
    await good.poll.run();
    const broken = setUp({
      rows,
      ingest: async () => {
        throw new UpstreamError('tables', 'UNAVAILABLE');
      },
    });
    broken.log.audits.push(audit('a', START.getTime() + 30_000));
    broken.clock.set(new Date(START.getTime() + MINUTE));
    await expect(broken.poll.run()).rejects.toMatchObject({ service: 'tables', code: 'UNAVAILABLE' });
    const { state } = await readPollState(rows);
    expect(state.sources['directory-audits']?.cursor).toEqual(START);
    expect(state.sources['sign-ins']?.cursor).toEqual(new Date(START.getTime() + MINUTE));
  });

  it('stay for the source that failed, and for it alone', async () => {
    let code: string | undefined = 'UNAVAILABLE';
    const { poll, rows, clock, lines } = setUp({}, { 'GET /auditLogs/signIns': () => code ?? { pages: [] } });
    expect(await runs(poll.run())).toMatchObject({
      'sign-ins': { failed: 'UNAVAILABLE' },
      'directory-audits': { pages: 2 },
    });
    expect((await readPollState(rows)).state.sources['sign-ins']?.cursor).toBeUndefined();
    expect(lines.lines.filter(({ message }) => message === 'poll failed').map(({ fields }) => fields)).toEqual([
      { source: 'sign-ins', code: 'UNAVAILABLE' },
    ]);
    code = undefined;
    clock.set(new Date(START.getTime() + MINUTE));
    expect(await runs(poll.run())).toMatchObject({ 'sign-ins': { records: 0 } });
    expect((await readPollState(rows)).state.sources['sign-ins']).not.toHaveProperty('failure');
  });

  it('a source that needs an administrator is asked each quarter of an hour only', async () => {
    const { poll, clock, graph } = setUp({}, { 'GET /identityProtection/riskDetections': () => 'FORBIDDEN' });
    for (let minute = 0; minute < 60; minute++) {
      clock.set(new Date(START.getTime() + minute * MINUTE));
      await poll.run();
    }
    expect(graph.paths().filter((path) => path.includes('risk'))).toHaveLength(4);
  });

  it('a source that is off, or not in this cloud, is not asked', async () => {
    const { poll, graph } = setUp({ env: { POSTERN_SOURCE_SIGN_INS: 'off', POSTERN_CLOUD: 'china' } });
    await poll.run();
    expect(new Set(graph.paths())).toEqual(new Set(['GET /auditLogs/directoryAudits']));
  });
});

describe('bad records', () => {
  it('what is no record is counted, and the rest is ingested', async () => {
    const page = [null, 'text', [1], audit('a', START)];
    const { poll, ingested } = setUp({}, { 'GET /auditLogs/directoryAudits': () => ({ pages: [page] }) });
    const sources = await runs(poll.run());
    expect(sources).toMatchObject({ 'directory-audits': { unreadable: 6, records: 8 } });
    expect(ingested).toEqual(['a', 'a']);
  });

  it('a second whose page is no JSON is skipped, and the cursor moves on', async () => {
    const bad = START.getTime() - 90_000;
    const audits = [audit('before', bad - 10_000), audit('after', bad + 10_000)];
    const answer = logOf(() => audits, 'activityDateTime');
    const { poll, rows, ingested } = setUp(
      {},
      {
        'GET /auditLogs/directoryAudits': (query, body, path) => {
          const filter = query.get('$filter') ?? '';
          const [from = '', to = ''] = [...filter.matchAll(/(?:ge|le) (\S+)/g)].map((match) => match[1] ?? '');
          return Date.parse(from) <= bad && Date.parse(to) > bad ? 'UNREADABLE' : answer(query, body, path);
        },
      },
    );
    await poll.run();
    const known = (await readPollState(rows)).state.sources['directory-audits'];
    expect(known?.cursor).toEqual(START);
    expect(known?.unreadable).toBeGreaterThan(0);
    expect(new Set(ingested)).toEqual(new Set(['before', 'after']));
  });

  it('when nothing can be read the cursor stays', async () => {
    const { poll, rows, graph } = setUp({}, { 'GET /auditLogs/directoryAudits': () => 'UNREADABLE' });
    expect(await runs(poll.run())).toMatchObject({ 'directory-audits': { failed: 'UNREADABLE' } });
    expect((await readPollState(rows)).state.sources['directory-audits']?.cursor).toBeUndefined();
    expect(graph.paths().filter((path) => path.includes('directoryAudits')).length).toBeLessThan(20);
  });
});

describe('a long poll', () => {
  /** A tenant with many sign-ins: each request takes time, as the limits make it. */
  function busy(perMinute: number, requestMs: number) {
    const clock = createManualClock(START);
    const gapMs = MINUTE / perMinute;
    const answer: FakeAnswer = (query) => {
      const filter = query.get('$filter') ?? '';
      const [from = '', to = ''] = [...filter.matchAll(/createdDateTime (?:ge|le) (\S+)/g)].map(
        (match) => match[1] ?? '',
      );
      const records: RawRecord[] = [];
      const first = Math.ceil(Date.parse(from) / gapMs);
      const last = Math.min(Math.floor(Date.parse(to) / gapMs), Math.floor(clock.now().getTime() / gapMs));
      for (let index = last; index >= first; index--) records.push(signIn(String(index), index * gapMs));
      const pages: RawRecord[][] = [];
      for (let at = 0; at < records.length; at += 1000) pages.push(records.slice(at, at + 1000));
      return { pages };
    };
    const set = setUp({ clock }, { 'GET /auditLogs/signIns': answer });
    const pages = set.graph.pages;
    const slow = {
      ...set.graph,
      async *pages(...args: Parameters<typeof pages>) {
        for await (const page of pages(...args)) {
          await clock.sleep(requestMs);
          yield page;
        }
      },
    };
    return { ...set, clock, poll: createPoll({ ...set.deps, graph: slow }) };
  }

  it('catches up within bounds, and the next polls do the rest', async () => {
    const { poll, clock, rows, ingested } = busy(1000, 2500);
    await poll.run();
    const down = START.getTime() + 10 * HOUR;
    clock.set(new Date(down));
    const durations: number[] = [];
    for (let polls = 0; polls < 100; polls++) {
      const before = clock.now().getTime();
      await poll.run();
      durations.push(clock.now().getTime() - before);
      const { state } = await readPollState(rows);
      const behindMs = clock.now().getTime() - (state.sources['sign-ins']?.cursor?.getTime() ?? 0);
      if (behindMs < 2 * MINUTE) break;
    }
    expect(Math.max(...durations)).toBeLessThan(6 * MINUTE);
    expect(durations.length).toBeLessThan(12);
    const seen = new Set(ingested.map(Number));
    const gapMs = MINUTE / 1000;
    const missing = [];
    for (let index = Math.ceil((START.getTime() - MINUTE) / gapMs); index * gapMs < down; index++)
      if (!seen.has(index)) missing.push(index);
    expect(missing).toEqual([]);
  });

  it('leaves non-interactive sign-ins out when they are too many', async () => {
    const { poll, clock, rows, graph } = busy(12_000, 2500);
    for (let polls = 0; polls < 4; polls++) {
      await poll.run();
      clock.set(new Date(clock.now().getTime() + MINUTE));
    }
    const { state } = await readPollState(rows);
    expect(state.sources['sign-ins']?.interactiveOnlyUntil).toBeInstanceOf(Date);
    expect(decodeURIComponent(graph.calls.at(-1)?.call ?? '')).toContain(
      "signInEventTypes/any(t: t eq 'interactiveUser')",
    );
  });

  it('holds a lease while it is long: another instance does not poll', async () => {
    const first = busy(1000, 2500);
    await first.poll.run();
    const rows = first.rows;
    first.clock.set(new Date(START.getTime() + 10 * HOUR));
    const other = createPoll({ ...first.deps, rows, owner: 'two' });
    const answers: string[] = [];
    const sleep = first.clock.sleep;
    let requests = 0;
    const watching = {
      ...first.clock,
      sleep: async (ms: number) => {
        await sleep(ms);
        if (++requests === 40) answers.push((await other.run()).kind);
      },
    };
    const graph = {
      ...first.graph,
      async *pages(...args: Parameters<typeof first.graph.pages>) {
        for await (const page of first.graph.pages(...args)) {
          await watching.sleep(2500);
          yield page;
        }
      },
    };
    await createPoll({ ...first.deps, rows, clock: watching, graph }).run();
    expect(answers).toEqual(['busy']);
  });
});

describe('one instance', () => {
  it('polls once when it is asked twice at a time: by the timer, and by a notification that finds no poll lately', async () => {
    const { poll, writes, graph, clock } = setUp();
    await Promise.all([poll.run(), poll.run(), poll.run()]);
    expect(writes).toEqual([1]);
    clock.set(new Date(START.getTime() + MINUTE));
    graph.calls.length = 0;
    await poll.run();
    expect(graph.calls).toHaveLength(4);
  });

  it('polls again after one that failed', async () => {
    let isDown = true;
    const down = new UpstreamError('tables', 'UNAVAILABLE');
    const { poll, log } = setUp({ ingest: async () => (isDown ? Promise.reject(down) : NOTHING) });
    log.audits.push(audit('a', START.getTime() - 30_000));
    await Promise.all([expect(poll.run()).rejects.toBe(down), expect(poll.run()).rejects.toBe(down)]);
    isDown = false;
    expect((await poll.run()).kind).toBe('done');
  });
});

describe('two instances at the same time', () => {
  it('one moves the cursors, nothing is lost', async () => {
    const rows = createMemoryRows();
    const [one, two] = [setUp({ rows, owner: 'one' }), setUp({ rows, owner: 'two' })];
    for (const { log } of [one, two]) log.audits.push(audit('a', START.getTime() - 30_000));
    const kinds = (await Promise.all([one.poll.run(), two.poll.run()])).map(({ kind }) => kind);
    expect(kinds.sort()).toEqual(['done', 'overtaken']);
    expect(one.ingested).toContain('a');
    expect(two.ingested).toContain('a');
    one.clock.set(new Date(START.getTime() + MINUTE));
    expect((await one.poll.run()).kind).toBe('done');
  });
});

describe('the mailbox query', () => {
  it('is created, waited for, read, and followed by the next, a step each quarter of an hour', async () => {
    let status = 'running';
    const record = { id: 'm1', createdDateTime: START.toISOString(), operation: 'New-InboxRule' };
    const { poll, clock, graph, ingested, rows } = setUp(
      {},
      {
        'GET /security/auditLog/queries/query-1': () => ({ status }),
        'GET /security/auditLog/queries/query-1/records': () => ({ pages: [[record]] }),
      },
    );
    const steps: string[][] = [];
    for (let quarter = 0; quarter < 4; quarter++) {
      graph.calls.length = 0;
      clock.set(new Date(START.getTime() + quarter * 15 * MINUTE));
      if (quarter === 2) status = 'succeeded';
      await poll.run();
      steps.push(graph.paths().filter((path) => path.includes('/security/')));
    }
    expect(steps).toEqual([
      ['POST /security/auditLog/queries'],
      ['GET /security/auditLog/queries/query-1'],
      [
        'GET /security/auditLog/queries/query-1',
        'GET /security/auditLog/queries/query-1/records',
        'POST /security/auditLog/queries',
      ],
      [
        'GET /security/auditLog/queries/query-1',
        'GET /security/auditLog/queries/query-1/records',
        'POST /security/auditLog/queries',
      ],
    ]);
    expect(ingested).toEqual(['m1', 'm1']);
    expect((await readPollState(rows)).state.mailbox.cursor).toEqual(new Date(START.getTime() + 30 * MINUTE));
  });

  it('names the mailboxes of those enrolled', async () => {
    const { poll, graph } = setUp();
    await poll.run();
    const { body } = graph.calls.find(({ call }) => call.startsWith('POST')) ?? {};
    expect(body).toMatchObject({
      filterStartDateTime: '2026-02-23T12:00:00Z',
      filterEndDateTime: '2026-03-02T12:00:00Z',
      userPrincipalNameFilters: ['dana@example.org'],
    });
  });

  it.each(['failed', 'cancelled', 'unheard-of'])(
    'that ended as "%s" is asked again from the same beginning',
    async (status) => {
      const { poll, clock, graph } = setUp({}, { 'GET /security/auditLog/queries/query-1': () => ({ status }) });
      await poll.run();
      clock.set(new Date(START.getTime() + 15 * MINUTE));
      await poll.run();
      const begins = graph.calls
        .filter(({ call }) => call.startsWith('POST'))
        .map(({ body }) => body?.filterStartDateTime);
      expect(begins).toEqual(['2026-02-23T12:00:00Z', '2026-02-23T12:15:00Z']);
    },
  );

  it('that never ends is given up after six hours', async () => {
    const { poll, clock, graph } = setUp();
    for (let quarter = 0; quarter <= 26; quarter++) {
      clock.set(new Date(START.getTime() + quarter * 15 * MINUTE));
      await poll.run();
    }
    expect(graph.paths().filter((path) => path.startsWith('POST'))).toHaveLength(2);
  });

  it.each([
    ['without anybody enrolled', []],
    [
      'whose people have only mailboxes elsewhere',
      [{ ...PERSON, accounts: [{ kind: 'linked' as const, upn: 'a@example.net' }] }],
    ],
  ])('of an organization %s is not made', async (_, people) => {
    const { poll, graph } = setUp({ people: async () => people });
    await poll.run();
    expect(graph.paths().some((path) => path.includes('/security/'))).toBe(false);
  });
});

describe('familiar places of many people', () => {
  const many = Array.from({ length: 201 }, (_, index) => ({ ...PERSON, id: `p_${index}` }));

  it('are learned from the last thirty days of the whole tenant, over several polls', async () => {
    const { poll, log, clock, rows, ingested } = setUp({ people: async () => many });
    const days = Array.from({ length: 29 }, (_, day) =>
      signIn(`day-${day}`, START.getTime() - (day + 0.5) * 24 * HOUR),
    );
    log.signIns.push(...days);
    await poll.run();
    for (let minute = 1; minute < 200; minute++) {
      const { baseline } = (await readPollState(rows)).state.sources['sign-ins'] ?? {};
      if (!baseline) break;
      clock.set(new Date(START.getTime() + minute * MINUTE));
      await poll.run();
    }
    expect((await readPollState(rows)).state.sources['sign-ins']).not.toHaveProperty('baseline');
    expect(new Set(ingested)).toEqual(new Set(days.map(({ id }) => id)));
  });

  it('of few are not: they are read person by person', async () => {
    const { poll, rows } = setUp();
    await poll.run();
    expect((await readPollState(rows)).state.sources['sign-ins']).not.toHaveProperty('baseline');
  });

  it('wait while the limit is used by half', async () => {
    const set = setUp({ people: async () => many });
    const poll = createPoll({ ...set.deps, graph: { ...set.graph, load: () => 0.5 } });
    await poll.run();
    const { baseline, cursor } = (await readPollState(set.rows)).state.sources['sign-ins'] ?? {};
    expect(cursor).toEqual(START);
    expect(baseline?.next).toEqual(new Date(START.getTime() - 30 * 24 * HOUR));
  });
});

describe('what a poll leaves behind', () => {
  it('signs for coverage: password resets seen, risk with and without details', async () => {
    const sspr = { loggedByService: 'Self-service Password Management' };
    const risks = [
      { id: 'r1', riskEventType: 'generic', riskLevel: 'hidden', lastUpdatedDateTime: START.toISOString() },
      { id: 'r2', riskEventType: 'passwordSpray', riskLevel: 'high', lastUpdatedDateTime: START.toISOString() },
    ];
    const { poll, rows, log } = setUp(
      {},
      { 'GET /identityProtection/riskDetections': logOf(() => risks, 'lastUpdatedDateTime') },
    );
    log.audits.push(audit('a', START.getTime() - 5000, sspr), audit('b', START.getTime() - 9000, sspr));
    await poll.run();
    const { signs } = (await readPollState(rows)).state;
    expect(signs).toEqual({ ssprAt: new Date(START.getTime() - 5000), genericRisks: 1, detailedRisks: 1 });
  });

  it('a line per source, with how late the newest record was', async () => {
    const { poll, log, lines } = setUp();
    log.audits.push(audit('a', START.getTime() - 45_000));
    await poll.run();
    const told = lines.lines.filter(({ message }) => message === 'poll finished');
    expect(told.find(({ fields }) => (fields as { source: string }).source === 'directory-audits')?.fields).toEqual({
      source: 'directory-audits',
      records: 1,
      hits: 0,
      lateMs: 45_000,
      ms: 0,
    });
  });

  it('work afterwards is done when cursors are safe, and its failures are its own', async () => {
    const order: string[] = [];
    const { poll, rows } = setUp({
      afterwards: [
        async () => {
          order.push(String((await readPollState(rows)).state.at?.toISOString()));
          throw new UpstreamError('graph', 'THROTTLED');
        },
        async (until) => void order.push(until.toISOString()),
      ],
    });
    expect((await poll.run()).kind).toBe('done');
    expect(order).toEqual(['2026-03-02T12:00:00.000Z', '2026-03-02T12:00:15.000Z']);
  });

  it('a row that nobody can read is begun anew', async () => {
    const rows = createMemoryRows();
    await rows.transact('state', 'poll', [{ op: 'put', row: 'logs', value: { sources: 'nonsense' } }]);
    const { poll } = setUp({ rows });
    expect((await poll.run()).kind).toBe('done');
    expect((await readPollState(rows)).state.at).toEqual(START);
  });
});
