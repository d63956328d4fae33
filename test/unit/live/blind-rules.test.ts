import { describe, expect, it } from 'vitest';
import { assembleWatch } from '../../../src/assemble-watch.ts';
import { loadContent } from '../../../src/content.ts';
import { blindRules } from '../../../src/live/blind-rules.ts';
import { missingActivities } from '../../../src/live/coverage-activities.ts';
import type { Gap } from '../../../src/live/gaps.ts';
import { parseContent } from '../../../src/parse-content.ts';
import { createFakeGraph } from '../../fixtures/graph/fake-graph.ts';

const content = parseContent(await loadContent());
const watch = assembleWatch({ content, hashKey: Buffer.alloc(32, 1) });
const since = new Date('2026-03-02T12:00:00Z');
const names = (gaps: readonly Gap[]) => blindRules(watch, gaps).map(({ rule }) => rule);

describe('blind rules', () => {
  it('without gaps there are none', () => {
    expect(names([])).toEqual([]);
  });

  it('without sign-ins: every rule that needs them, and no other', () => {
    const blind = new Set(names([{ source: 'sign-ins', why: 'licence', since }]));
    for (const rule of watch.ruleSet.detections)
      expect([rule.name, blind.has(rule.name)]).toEqual([rule.name, rule.postern.needs.includes('sign-ins')]);
    expect(blind.has('reset-completed')).toBe(false);
    expect(blind.has('password-known-new-place')).toBe(true);
  });

  it('says what to do', () => {
    const found = blindRules(watch, [{ source: 'sign-ins', why: 'licence', since }]);
    expect(found.find(({ rule }) => rule === 'password-known-new-place')?.why).toBe(
      'The tenant has no licence for sign ins. They need Microsoft Entra ID P1 or P2.',
    );
  });

  it('without logged password resets: the recovery flow, and chains that need it', () => {
    const blind = new Set(names([{ source: 'directory-audits', why: 'optIn', since, fields: ['postern.recovery'] }]));
    expect(blind.has('sspr-opened-new-place')).toBe(true);
    expect(blind.has('sspr-gate-started')).toBe(true);
    expect(blind.has('mfa-turned-off')).toBe(false);
    expect(blind.has('password-known-new-place')).toBe(false);
    const chains = watch.ruleSet.correlations.filter(({ name }) => blind.has(name));
    expect(chains.length).toBeGreaterThan(0);
    expect(chains.length).toBeLessThan(watch.ruleSet.correlations.length);
  });

  it.each([
    ['one of three activities that it names: it sees the others', ['suspicious activity reported'], false],
    [
      'all three',
      ['suspicious activity reported', 'fraud reported - user is blocked for mfa', 'fraud reported - no action taken'],
      true,
    ],
  ])('a rule without %s', (_, activities, expected) => {
    const gap: Gap = { source: 'directory-audits', why: 'renamed', since, fields: [], activities };
    expect(names([gap]).includes('suspicious-activity-reported')).toBe(expected);
  });

  it('a rule that is switched off is not blind', () => {
    const off = assembleWatch({ content, hashKey: Buffer.alloc(32, 1), modes: { 'password-known-new-place': 'off' } });
    const blind = blindRules(off, [{ source: 'sign-ins', why: 'off', since }]).map(({ rule }) => rule);
    expect(blind).not.toContain('password-known-new-place');
    expect(blind).toContain('mfa-refused-new-place');
  });
});

describe('activities that Entra does not list', () => {
  const ask = (activities: readonly string[]) => {
    const graph = createFakeGraph({
      'GET /auditLogs/auditActivityTypes': () => ({ pages: [activities.map((activity) => ({ activity }))] }),
    });
    return missingActivities(graph, watch);
  };

  it('all fields and named activities, when it lists others only', async () => {
    const missing = await ask(['Add application']);
    expect(missing?.fields).toContain('postern.recovery');
    expect(missing?.activities).toContain('suspicious activity reported');
  });

  it('nothing is known of an empty list', async () => {
    expect(await ask([])).toBeUndefined();
  });
});
