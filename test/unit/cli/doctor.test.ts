import { describe, expect, it } from 'vitest';
import { configText } from '../../../cli/config.ts';
import { diagnose } from '../../../cli/doctor.ts';
import { Health, statusOf, timerState } from '../../../src/live/health.ts';

const NOW = '2026-09-01T08:00:00.000Z';
const FINE: Health = {
  at: NOW,
  version: '0.1.0',
  mode: 'live',
  status: 'ok',
  settings: [],
  rules: { on: 40, staged: 0, off: 0, blind: [], problems: [] },
  sources: [{ name: 'sign-ins', state: 'fresh', readTo: NOW }],
  timers: [{ name: 'poll-logs', state: 'awake', at: NOW }],
  subscriptions: [{ kind: 'users', state: 'kept', hoursLeft: 300 }],
  queues: [{ queue: 'findings', waiting: 0, dead: 0 }],
  quota: [{ channel: 'acs-email', left: 30, of: 30 }],
  people: { enrolled: 12, reachable: 12, unproven: 0 },
  notices: { delivered: 3 },
  openTasks: 0,
  unknown: [],
};

describe('postern doctor', () => {
  it('says that all is well, and what that means', () => {
    expect(diagnose(FINE).text).toBe(
      [
        'Postern 0.1.0, live: people are told',
        '  ok    settings',
        '  ok    log sign-ins, read up to 2026-09-01T08:00:00.000Z',
        '  ok    rules: 40 on, 0 staged, 0 off',
        '  ok    timer poll-logs, last at 2026-09-01T08:00:00.000Z',
        '  ok    1 subscriptions',
        '  ok    queue findings: 0 waiting',
        '  ok    12 people, 12 reachable over two independent channels',
        '  ok    notices of 30 days: 3 delivered',
        'All is well.',
        '',
      ].join('\n'),
    );
  });

  it.each([
    [{ settings: [{ key: 'POSTERN_MODE', message: 'is odd' }] }, 'setting POSTERN_MODE: is odd'],
    [
      { sources: [{ name: 'sign-ins', state: 'blind', why: 'licence', since: NOW }] },
      'no licence for it (Entra ID P1 or P2)',
    ],
    [{ sources: [{ name: 'sign-ins', state: 'blind', why: 'permission' }] }, 'runs infra/grant-graph-permissions.ts'],
    [{ sources: [{ name: 'directory-audits', state: 'blind', why: 'optIn' }] }, 'SSPR reporting opt-in'],
    [{ sources: [{ name: 'sign-ins', state: 'late', readTo: NOW }] }, 'not read since 2026-09-01'],
    [{ sources: [{ name: 'sign-ins', state: 'never' }] }, 'Is poll-logs running?'],
    [
      { rules: { ...FINE.rules, blind: [{ rule: 'sspr-probed', why: 'No record of it.' }] } },
      '  sspr-probed: No record of it.',
    ],
    [{ timers: [{ name: 'watch', state: 'late', at: NOW }] }, 'timer watch sleeps since'],
    [{ timers: [{ name: 'watch', state: 'never' }] }, 'timer watch has never run'],
    [{ subscriptions: [{ kind: 'users', state: 'missing', hoursLeft: 0 }] }, 'subscription users: missing'],
    [{ queues: [{ queue: 'notices', waiting: 0, dead: 2 }] }, 'queue notices: 2 messages were given up'],
    [{ people: { enrolled: 0, reachable: 0, unproven: 0 } }, 'nobody is enrolled'],
    [{ people: { enrolled: 3, reachable: 1, unproven: 2 } }, '2 people have no proven channel'],
    [{ openTasks: 2 }, '2 tasks wait at the desk'],
    [{ quota: [{ channel: 'smtp', left: 0, of: 30 }] }, 'quota of 30 is used up'],
    [{ unknown: ['queues'] }, 'queues: could not be asked'],
  ] as const)('%j needs somebody', (change, text) => {
    const health = Health.parse({ ...FINE, ...change });
    const result = diagnose(health);
    expect(result.needs).toBeGreaterThan(0);
    expect(result.text).toContain(text);
    expect(result.text.match(/NEEDS/g)?.length).toBe(result.needs);
  });

  it.each([
    [{}, 'ok'],
    [{ queues: [{ queue: 'notices', waiting: 9, dead: 1 }] }, 'attention'],
    [{ subscriptions: [{ kind: 'users', state: 'kept', hoursLeft: 20 }] }, 'attention'],
    [{ sources: [{ name: 'sign-ins', state: 'off' }] }, 'ok'],
    [{ unknown: ['quota'] }, 'attention'],
  ])('status of %j is %s', (change, status) => {
    expect(statusOf({ ...FINE, ...change } as Health)).toBe(status);
  });

  it.each([
    ['poll-logs', undefined, 'never'],
    ['poll-logs', 9, 'awake'],
    ['poll-logs', 11, 'late'],
    ['prune', 47 * 60, 'awake'],
    ['prune', 50 * 60, 'late'],
  ] as const)('timer %s, %s minutes ago, is %s', (name, minutes, state) => {
    const now = new Date(NOW);
    const last = minutes === undefined ? undefined : new Date(now.getTime() - minutes * 60_000);
    expect(timerState(name, last, now).state).toBe(state);
  });
});

describe('postern config', () => {
  it('shows what is set, with secrets masked, and what is wrong', () => {
    const env = {
      POSTERN_MODE: 'live',
      POSTERN_DESK_WEBHOOK_SECRET: 'a very secret secret',
      POSTERN_RULE_A_RULE: 'off',
      POSTERN_MOED: 'x',
    };
    const { text, isFine } = configText(env, ['a-rule'], false);
    expect(isFine).toBe(false);
    expect(text).toContain('POSTERN_MODE=live\n');
    expect(text).toContain('POSTERN_DESK_WEBHOOK_SECRET=(set, not shown)\n');
    expect(text).toContain('rule a-rule: off\n');
    expect(text).toContain('PROBLEM POSTERN_MOED: no setting has this name; did you mean "POSTERN_MODE"?');
    expect(text).not.toContain('a very secret');
    expect(text).not.toContain('POSTERN_CLOUD');
  });

  it('shows defaults when asked', () => {
    expect(configText({}, [], true).text).toContain('POSTERN_CLOUD=global\n');
    expect(configText({}, [], true).isFine).toBe(true);
  });
});
