import { describe, expect, it } from 'vitest';
import { readSettings } from '../../../src/config.ts';
import { createCoverage, type Evidence, findGaps } from '../../../src/live/coverage.ts';
import { explainGap, GAP_WHYS, type Gap } from '../../../src/live/gaps.ts';
import { readPollState, writePollState } from '../../../src/live/poll-state.ts';
import { createManualClock, createMemoryLog, createMemoryRows } from '../../../src/memory.ts';
import type { SourceName } from '../../../src/model/log-event.ts';
import { createFakeGraph, type FakeAnswer } from '../../fixtures/graph/fake-graph.ts';

const NOW = new Date('2026-03-02T12:00:00Z');
const HOUR = 3600_000;
const ago = (hours: number) => new Date(NOW.getTime() - hours * HOUR);
const { state: EMPTY } = await readPollState(createMemoryRows());
const source = (more: object = {}) => ({ records: 0, unreadable: 0, okAt: NOW, newestAt: ago(1), ...more });
const HEALTHY = {
  ...EMPTY,
  at: NOW,
  firstAt: ago(1000),
  sources: {
    'directory-audits': source(),
    'sign-ins': source(),
    'risk-detections': source(),
    'provider-mail': source(),
  },
  mailbox: source(),
  signs: { genericRisks: 0, detailedRisks: 0, ssprAt: ago(3) },
};
const failed = (code: string) => source({ failure: { code, since: ago(5), retryAt: NOW } });

function evidence(more: Partial<Omit<Evidence, 'settings'>> & { env?: Record<string, string> } = {}): Evidence {
  return {
    settings: readSettings(more.env ?? {}).settings,
    state: HEALTHY,
    trouble: {},
    before: [],
    asked: {},
    ...more,
  };
}

const show = ({ source: name, why, since, fields, activities }: Gap) =>
  [name, why, since.toISOString().slice(5, 13), ...(fields ?? []), ...(activities ?? [])].join(' ');

describe('gaps', () => {
  const state = (more: object) => ({ state: { ...HEALTHY, ...more } });
  const sources = (more: object) => state({ sources: { ...HEALTHY.sources, ...more } });
  it.each<[string, Partial<Evidence> & { env?: Record<string, string> }, string[]]>([
    ['none', {}, []],
    ['a source is off', { env: { POSTERN_SOURCE_SIGN_INS: 'off' } }, ['sign-ins off 03-02T12']],
    [
      'another cloud',
      { env: { POSTERN_CLOUD: 'china' } },
      ['risk-detections cloud 03-02T12', 'provider-mail cloud 03-02T12', 'mailbox-activity cloud 03-02T12'],
    ],
    ['no licence', sources({ 'sign-ins': failed('NOT_LICENSED') }), ['sign-ins licence 03-02T07']],
    ['no permission', sources({ 'provider-mail': failed('FORBIDDEN') }), ['provider-mail permission 03-02T07']],
    [
      'consent revoked',
      sources({ 'directory-audits': failed('UNAUTHORIZED') }),
      ['directory-audits permission 03-02T07'],
    ],
    ['down: that passes', sources({ 'sign-ins': failed('UNAVAILABLE') }), []],
    ['mailboxes refused', state({ mailbox: failed('FORBIDDEN') }), ['mailbox-activity permission 03-02T07']],
    [
      'sign-ins silent for two days',
      sources({ 'sign-ins': source({ newestAt: ago(49) }) }),
      ['sign-ins silent 02-28T11'],
    ],
    [
      'no audit ever',
      {
        state: {
          ...HEALTHY,
          firstAt: ago(80),
          sources: { 'directory-audits': { records: 0, unreadable: 0, okAt: NOW } },
        },
      },
      ['directory-audits silent 02-27T04'],
    ],
    [
      'no audit yet',
      {
        state: {
          ...HEALTHY,
          firstAt: ago(10),
          sources: { 'directory-audits': { records: 0, unreadable: 0, okAt: NOW } },
        },
      },
      [],
    ],
    [
      'risk without details',
      state({ signs: { genericRisks: 5, detailedRisks: 0 } }),
      ['risk-detections licence 03-02T12 postern.risk.type postern.risk.level'],
    ],
    ['some generic risk', state({ signs: { genericRisks: 5, detailedRisks: 1 } }), []],
    ['too many sign-ins', sources({ 'sign-ins': source({ interactiveOnlyUntil: NOW }) }), ['sign-ins volume 03-02T12']],
    [
      'resets that are not logged',
      { asked: { resetsWithoutRecords: true } },
      ['directory-audits optIn 03-02T12 postern.recovery'],
    ],
    [
      'a renamed activity',
      { asked: { missing: { fields: ['postern.device'], activities: ['old name'] } } },
      ['directory-audits renamed 03-02T12 postern.device old name'],
    ],
    ['nothing is renamed', { asked: { missing: { fields: [], activities: [] } } }, []],
    ['methods refused', { trouble: { methods: 'FORBIDDEN' } }, ['authentication-methods permission 03-02T12']],
    [
      'methods were refused, not tried since',
      { before: [{ source: 'authentication-methods', why: 'permission', since: ago(9) }] },
      ['authentication-methods permission 03-02T03'],
    ],
    [
      'methods were refused, work again',
      { before: [{ source: 'authentication-methods', why: 'permission', since: ago(9) }], trouble: { methods: 'ok' } },
      [],
    ],
    ['inbox rules refused', { trouble: { rules: 'FORBIDDEN' } }, ['mailbox-activity permission 03-02T12']],
  ])('%s', (_, more, expected) => {
    expect(findGaps(evidence(more), NOW).map(show)).toEqual(expected);
  });

  it.each(GAP_WHYS)('"%s" is explained with what to do, for every source', (why) => {
    for (const name of [
      'directory-audits',
      'sign-ins',
      'risk-detections',
      'provider-mail',
      'mailbox-activity',
      'authentication-methods',
    ] as SourceName[]) {
      const sentence = explainGap({ source: name, why, since: NOW });
      expect(sentence).toMatch(/^[A-Z].*\.$/);
      expect(sentence).not.toMatch(/undefined|\[object/);
    }
  });
});

async function setUp(answers: Record<string, FakeAnswer>, state = HEALTHY) {
  const rows = createMemoryRows();
  await writePollState(rows, state, undefined);
  const graph = createFakeGraph(answers);
  const clock = createManualClock(NOW);
  const log = createMemoryLog();
  const coverage = createCoverage({
    graph,
    rows,
    clock,
    log,
    settings: readSettings({}).settings,
    watch: async () => ({ ruleSet: { detections: [] } as never, sources: [] }),
    trouble: () => ({}),
  });
  const refresh = async (hours: number, more: object = {}) => {
    clock.set(new Date(NOW.getTime() + hours * HOUR));
    const { tag } = await readPollState(rows);
    await writePollState(rows, { ...state, ...more, at: clock.now() }, tag);
    await coverage.refresh(NOW);
    return (await coverage.gaps()).map(show);
  };
  return { coverage, graph, rows, log, refresh };
}

const ALL = [
  'Self-service password reset flow activity progress',
  'User registered security info',
  'Change user password',
  'Consent to application',
  'Register device',
  'Add member to role',
  'Update user',
];
const types = (names: readonly string[]) => () => ({ pages: [names.map((activity) => ({ activity }))] });
const TYPES = 'GET /auditLogs/auditActivityTypes';
const SUMMARY = 'GET /reports/authenticationMethods/userEventsSummary';

describe('what Graph is asked', () => {
  it('once a day, and remembers', async () => {
    const { graph, refresh } = await setUp({ [TYPES]: types(ALL.slice(1)) });
    expect(await refresh(0)).toEqual(['directory-audits renamed 03-02T12 postern.recovery']);
    expect(await refresh(23)).toEqual(['directory-audits renamed 03-02T12 postern.recovery']);
    expect(graph.calls).toHaveLength(1);
    await refresh(24);
    expect(graph.calls).toHaveLength(2);
  });

  it.each<[string, Record<string, FakeAnswer>, string[]]>([
    ['a tenant without the list', {}, []],
    ['an empty list', { [TYPES]: types([]) }, []],
    ['names in other spelling', { [TYPES]: types(ALL.map((name) => ` ${name.toUpperCase()}`)) }, []],
    ['names that became longer', { [TYPES]: types(ALL.map((name) => `${name} (new)`)) }, []],
    ['nonsense', { [TYPES]: () => ({ pages: [[null, 7, { activity: null }]] }) }, []],
  ])('%s is no gap', async (_, answers, expected) => {
    const { refresh } = await setUp(answers);
    expect(await refresh(0)).toEqual(expected);
  });

  const reset = (at: Date) => () => ({ pages: [[{ feature: 'reset', eventDateTime: at.toISOString() }]] });
  it.each([
    [
      'resets in the report, none in the log',
      undefined,
      ago(1000),
      ago(20),
      ['directory-audits optIn 03-02T12 postern.recovery'],
    ],
    ['resets in both', ago(20), ago(1000), ago(20), []],
    ['resets before the log begins', undefined, ago(1000), ago(24 * 40), []],
    ['a watch that has just begun', undefined, ago(2), ago(20), []],
  ])('%s', async (_, ssprAt, firstAt, resetAt, expected) => {
    const signs = { genericRisks: 0, detailedRisks: 0, ...(ssprAt && { ssprAt }) };
    const { refresh } = await setUp({ [TYPES]: types(ALL), [SUMMARY]: reset(resetAt) });
    expect(await refresh(0, { signs, firstAt })).toEqual(expected);
  });
});

describe('telling', () => {
  it('once an hour, by source, what somebody must act on', async () => {
    const { log, refresh } = await setUp({});
    const broken = { sources: { ...HEALTHY.sources, 'sign-ins': failed('NOT_LICENSED') } };
    for (const hours of [0, 0.5, 0.99, 1, 1.5]) await refresh(hours, broken);
    const told = log.lines.filter(({ message }) => message === 'source blind').map(({ fields }) => fields);
    expect(told).toEqual(Array(2).fill({ source: 'sign-ins', why: 'licence' }));
  });

  it('a gap keeps the day it was found, and goes when it is closed', async () => {
    const { refresh } = await setUp({});
    const many = { sources: { ...HEALTHY.sources, 'sign-ins': source({ interactiveOnlyUntil: NOW }) } };
    expect(await refresh(0, many)).toEqual(['sign-ins volume 03-02T12']);
    expect(await refresh(9, many)).toEqual(['sign-ins volume 03-02T12']);
    expect(await refresh(10)).toEqual([]);
  });

  it('an unchanged coverage is not written again', async () => {
    const { refresh, rows } = await setUp({});
    await refresh(0);
    const before = (await rows.get('state', 'blind', 'gaps'))?.tag;
    await refresh(0.5);
    expect((await rows.get('state', 'blind', 'gaps'))?.tag).toBe(before);
  });
});
