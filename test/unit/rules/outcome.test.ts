import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tieOf, toCampaigns } from '../../../src/rules/campaigns.ts';
import type { Match } from '../../../src/rules/correlate.ts';
import { EPISODE_GAP_MS, type GradingRules, grade, gradePerson } from '../../../src/rules/outcome.ts';
import type { Hit } from '../../../src/rules/schema.ts';
import { totals } from '../../../src/rules/totals.ts';
import { HOUR, START } from './correlation/rules.ts';

const RULES: GradingRules = {
  chain: (name) =>
    ({
      probed: { outcome: 'identified', level: 'medium', techniques: ['T1589'] } as const,
      reset: { outcome: 'compromised', level: 'high', techniques: ['T1556', 'T1078.004'] } as const,
      burst: { outcome: 'identified', level: 'low', techniques: [] } as const,
    })[name],
  signal: (name) =>
    ({
      shown: { title: 'Options shown', level: 'low', story: 'the recovery options were shown' } as const,
      gate: { title: 'Gate tried', level: 'medium', story: 'the {gate} gate was tried' } as const,
      done: { title: 'Reset', level: 'high', story: 'the password was reset', change: 'password, by {gate}' } as const,
    })[name],
};

/** A hit of `rule` on an account of `person`, `hours` after the start. */
function hit(rule: string, person: string, hours: number, more: Partial<Hit> = {}): Hit {
  const recordId = more.recordId ?? `${person}-${hours}`;
  return {
    rule,
    recordId,
    action: recordId,
    source: 'directory-audits',
    at: START + hours * HOUR,
    when: 7,
    place: { ip: '192.0.2.7', network: '192.0.2.0/24' },
    fields: {
      'postern.person': person,
      'postern.account': `${person}@example.org`,
      'postern.recovery.flow': `flow-${recordId}`,
      'postern.recovery.gate': 'mobile_sms',
    },
    ...more,
  };
}

function match(rule: string, group: Record<string, string>, evidence: readonly Hit[], cut = false): Match {
  const times = evidence.map(({ at }) => at);
  return { rule, group, from: Math.min(...times), to: Math.max(...times), evidence, cut };
}

const network = { 'postern.network': '192.0.2.0/24' };

describe('one person', () => {
  it('one finding per episode: evidence in order, each action once, the strongest outcome and level', () => {
    const first = hit('shown', 'ada', 0);
    const again = hit('gate', 'ada', 0);
    const done = hit('done', 'ada', 1);
    const matches = [match('reset', { p: 'ada' }, [again, done]), match('probed', { p: 'ada' }, [first], true)];
    const [finding, ...others] = gradePerson('ada', matches, RULES);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      person: 'ada',
      accounts: ['ada@example.org'],
      outcome: 'compromised',
      level: 'high',
      chains: ['probed', 'reset'],
      attempts: 2,
      changes: ['password, by mobile sms'],
      techniques: ['T1078.004', 'T1556', 'T1589'],
      cut: true,
      ties: [],
    });
    expect(finding?.evidence.map(({ rule, story }) => [rule, story])).toEqual([
      ['gate', 'the mobile sms gate was tried'],
      ['done', 'the password was reset'],
    ]);
  });

  it.each([
    ['as long as the gap', EPISODE_GAP_MS / HOUR, 1],
    ['longer than the gap', EPISODE_GAP_MS / HOUR + 0.1, 2],
  ])('a pause %s: %s hours make %s', (_, hours, count) => {
    const matches = [0, hours].map((at) => match('probed', { p: 'ada' }, [hit('shown', 'ada', at)]));
    expect(gradePerson('ada', matches, RULES)).toHaveLength(count);
  });

  it('leaves out evidence of others, and names the matches that others take part in', () => {
    const shared = match('burst', network, [hit('shown', 'ada', 0), hit('shown', 'bob', 1)]);
    const own = match('burst', { 'postern.network': '198.51.100.0/24' }, [hit('shown', 'ada', 2)]);
    const foreign = match('probed', { p: 'bob' }, [hit('shown', 'bob', 1)]);
    const [finding, ...others] = gradePerson('ada', [shared, own, foreign], RULES);
    expect(others).toEqual([]);
    expect(finding?.evidence.map(({ recordId }) => recordId)).toEqual(['ada-0', 'ada-2']);
    expect(finding?.ties).toEqual(['["burst","postern.network","192.0.2.0/24"]']);
    expect(gradePerson('cyd', [shared, own, foreign], RULES)).toEqual([]);
  });

  it.each([
    ['mobile_sms', 'the mobile sms gate was tried'],
    ['ada_l@example.org', 'the ada_l@example.org gate was tried'],
    [['app_push', 'x_1'], 'the app push, x_1 gate was tried'],
  ])('only the words of ours lose their underscores: %s', (gate, story) => {
    const fields = { ...hit('gate', 'ada', 0).fields, 'postern.recovery.gate': gate };
    const [finding] = gradePerson('ada', [match('probed', {}, [hit('gate', 'ada', 0, { fields })])], RULES);
    expect(finding?.evidence[0]?.story).toBe(story);
  });

  it('a match of a rule that is no chain, and a hit without a person, change nothing', () => {
    const { 'postern.person': _, ...nobody } = hit('shown', 'ada', 0).fields;
    const matches = [
      match('unknown', { p: 'ada' }, [hit('shown', 'ada', 0)]),
      match('probed', {}, [hit('shown', 'ada', 1, { fields: nobody })]),
    ];
    expect(gradePerson('ada', matches, RULES)).toEqual([]);
    expect(grade(matches, RULES)).toEqual({ findings: [], campaigns: [] });
  });
});

describe('campaigns', () => {
  const probe = (person: string, at: number, ties: readonly string[]) => {
    const [finding] = gradePerson(person, [match('probed', { p: person }, [hit('shown', person, at)])], RULES);
    if (!finding) throw new Error('no finding');
    return { ...finding, ties };
  };
  const tie = (value: string) => tieOf({ rule: 'burst', group: { 'postern.network': value } });

  it('are joined transitively, however far apart, and count their members', () => {
    const findings = [
      probe('cyd', 1000, [tie('198.51.100.0/24')]),
      probe('ada', 0, [tie('192.0.2.0/24')]),
      probe('bob', 5, [tie('192.0.2.0/24'), tie('198.51.100.0/24')]),
      probe('dan', 6, [tie('203.0.113.0/24')]),
      probe('eve', 7, []),
    ];
    const campaigns = toCampaigns(findings);
    expect(campaigns).toHaveLength(1);
    expect(campaigns[0]).toMatchObject({
      origins: ['network 192.0.2.0/24', 'network 198.51.100.0/24'],
      findings: [findings[1]?.id, findings[2]?.id, findings[0]?.id],
      first: new Date(START),
      last: new Date(START + 1000 * HOUR),
      attempts: 3,
      identified: 3,
      attacked: 0,
      compromised: 0,
    });
    expect(toCampaigns(findings.toReversed())).toEqual(campaigns);
  });

  it('two findings of one person are no campaign', () => {
    expect(toCampaigns([probe('ada', 0, [tie('x')]), probe('ada', 500, [tie('x')])])).toEqual([]);
  });

  it('a hash of a phone number is not printed; odd text in a group does no harm', () => {
    const contact = tieOf({ rule: 'reuse', group: { 'postern.contact.new': 'aGFzaA' } });
    const odd = tieOf({ rule: 'burst', group: { userAgent: '\ud800 "]' } });
    const [campaign] = toCampaigns([probe('ada', 0, [contact, odd]), probe('bob', 1, [contact, odd])]);
    expect(campaign?.origins).toEqual(['the same recovery phone or address', 'userAgent \ud800 "]']);
  });
});

describe('everybody at once', () => {
  const person = fc.constantFrom('ada', 'bob', 'cyd', 'dan');
  const hits = fc.array(fc.tuple(fc.constantFrom('shown', 'gate', 'done'), person, fc.integer({ min: 0, max: 200 })), {
    minLength: 1,
    maxLength: 4,
  });
  const anyMatch = fc
    .tuple(fc.constantFrom('probed', 'reset', 'burst', 'unknown'), fc.constantFrom('a', 'b', 'c', 'd', 'e'), hits)
    .map(([rule, value, of]) =>
      match(
        rule,
        { g: value },
        of.map(([name, who, at]) => hit(name, who, at)),
      ),
    );

  it('ends in what each person alone ends in, in any order of matches', () => {
    fc.assert(
      fc.property(fc.array(anyMatch, { maxLength: 8 }), (matches) => {
        const { findings, campaigns } = grade(matches, RULES);
        const graded = ['ada', 'bob', 'cyd', 'dan'].flatMap((name) => gradePerson(name, matches, RULES));
        const alone = new Map(graded.map(({ ties, ...finding }) => [finding.id, finding]));
        expect(findings).toHaveLength(alone.size);
        for (const { campaign, ...finding } of findings) {
          expect(finding).toEqual(alone.get(finding.id));
          expect(campaigns.find(({ id }) => id === campaign)?.findings.includes(finding.id) ?? true).toBe(true);
        }
        expect(campaigns).toEqual(toCampaigns(graded));
        expect(grade(matches.toReversed(), RULES)).toEqual({ findings, campaigns });
      }),
    );
  });

  it('a chain that groups by person concludes about that person, whoever else has evidence in it', () => {
    const own = { 'postern.person': 'ada' };
    const evidence = [hit('shown', 'bob', 0), hit('shown', 'ada', 1), hit('done', 'ada', 2)];
    const { findings } = grade([match('reset', own, evidence), match('burst', network, evidence.slice(0, 2))], RULES);
    expect(findings.map(({ person, outcome, chains }) => [person, outcome, chains])).toEqual([
      ['bob', 'identified', ['burst']],
      ['ada', 'compromised', ['burst', 'reset']],
    ]);
  });

  it('totals: a person counts once, by the worst outcome; attempts are recovery flows', () => {
    const matches = [
      match('probed', { p: 'ada' }, [hit('shown', 'ada', 0)]),
      match('reset', { p: 'ada' }, [hit('done', 'ada', 500)]),
      match('probed', { p: 'bob' }, [hit('shown', 'bob', 0), hit('shown', 'bob', 1)]),
    ];
    expect(totals(grade(matches, RULES).findings)).toEqual({ attempts: 4, identified: 2, attacked: 1, compromised: 1 });
  });
});
