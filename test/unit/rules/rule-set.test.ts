import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { POSTERN_PATHS } from '../../../src/rules/postern-paths.ts';
import { createRuleSet } from '../../../src/rules/rule-set.ts';
import type { RuleMode } from '../../../src/rules/schema.ts';
import { eventOf, messages, ruleSetOf, rulesOf, ruleText, SOURCES, selectionText } from './samples.ts';

const chain = (name: string, rules: string, more = 'timespan: 1h\n  group-by: [x]\n  condition: {gte: 1}') =>
  `title: Chain ${name}\nname: ${name}\ncorrelation:\n  type: event_count\n  rules: ${rules}\n  ${more}\n`;
const simple = (name: string) => selectionText('x: 1', { name });
const hitsOf = (texts: string[], fields: Readonly<Record<string, unknown>>, modes: Record<string, RuleMode> = {}) =>
  ruleSetOf(texts, { modes })
    .detect(eventOf(fields))
    .hits.map(({ rule }) => rule);

describe('hits', () => {
  it('carry what the event is', () => {
    const event = eventOf({ x: 1 }, 'directory-audits', { place: { ip: '192.0.2.1' }, action: 'reset:1' });
    expect(ruleSetOf([simple('a')]).detect(event)).toEqual({
      hits: [
        {
          rule: 'a',
          recordId: event.id,
          action: 'reset:1',
          source: 'directory-audits',
          at: Date.UTC(2026, 10, 20, 10),
          when: 7,
          place: { ip: '192.0.2.1' },
          fields: {},
        },
      ],
      faults: [],
    });
  });

  it('carry what correlations and stories need, and no more', () => {
    const more = 'postern:\n  story: the code was sent by {gate} to {type} of {nobody}\n';
    const texts = [
      ruleText('s:\n  x: 1\n  postern.method.type|exists: true\ncondition: s', { name: 'a', more }),
      simple('b'),
      chain(
        'counted',
        '[a]',
        'timespan: 1h\n  group-by: [who, OperationName]\n  aliases: {who: {a: Initiatedby}}\n  condition: {gte: 1}',
      ),
      chain('above', '[counted]', 'timespan: 1h\n  group-by: [y.z]\n  condition: {gte: 1}'),
      'title: V\nname: v\ncorrelation:\n  type: value_sum\n  rules: [b]\n  timespan: 1h\n  group-by: [x]\n  condition: {field: count, gte: 1}\n',
    ];
    const postern = {
      person: 'p1',
      account: 'ann@example.org',
      sensitive: true,
      network: '192.0.2.0/24',
      recovery: { flow: 'f1', step: 'gate_started', gate: 'sms' },
      risk: { type: 'leaked' },
      method: { type: 'phone' },
    };
    const fields = {
      x: 1,
      activityDisplayName: ' Reset ',
      initiatedBy: { user: { userPrincipalName: 'ann@example.org' }, app: { displayName: 'App' } },
      y: [{ z: 1 }, { z: 2 }, { z: 1 }],
      count: 5,
      other: 'o',
      postern,
    };
    const { hits } = ruleSetOf(texts).detect(eventOf(fields));
    const always = {
      'postern.person': 'p1',
      'postern.account': 'ann@example.org',
      'postern.network': '192.0.2.0/24',
      'postern.recovery.flow': 'f1',
      'postern.recovery.gate': 'sms',
    };
    expect(hits.map((hit) => hit.fields)).toEqual([
      {
        'postern.method.type': 'phone',
        ...always,
        Initiatedby: ['ann@example.org', 'App'],
        OperationName: 'Reset',
        'y.z': [1, 2],
      },
      { ...always, x: 1, count: 5 },
    ]);
    expect(Object.keys(hits[0]?.fields ?? {}).slice(0, 2)).toEqual(['postern.recovery.gate', 'postern.method.type']);
    expect(messages(ruleSetOf(texts).problems, 'warning')).toContain(
      '1 no "postern" field ends in ".nobody", so "{nobody}" stays empty',
    );
  });

  it('carry what an absent rule is grouped by', () => {
    const absent = `${chain('c', '[a]')}postern:\n  absence: {rules: [b], within: 1h}\n`;
    expect(
      ruleSetOf([simple('a'), simple('b'), absent])
        .detect(eventOf({ x: 1 }))
        .hits.map(({ fields }) => fields),
    ).toEqual([{ x: 1 }, { x: 1 }]);
  });
});

describe('faults', () => {
  it('are counted for the rule, and stop no other', () => {
    const record = {
      x: 1,
      get y(): unknown {
        throw new RangeError('secret content');
      },
    };
    const texts = [selectionText('y: 1', { name: 'bad' }), simple('good')];
    const { hits, faults } = ruleSetOf(texts).detect({
      ...eventOf({}),
      fields: Object.assign(Object.create(record), { postern: {} }),
    });
    expect(faults).toEqual([{ rule: 'bad', message: 'could not be evaluated (RangeError)' }]);
    expect(hits.map(({ rule }) => rule)).toEqual(['good']);
  });
});

describe('modes', () => {
  it('on, staged and off', () => {
    const modes = { b: 'staged', c: 'off', typo: 'off' } as const;
    const ruleSet = ruleSetOf([simple('a'), simple('b'), simple('c'), chain('d', '[a, c]')], { modes });
    expect(ruleSet.detect(eventOf({ x: 1 })).hits.map(({ rule }) => rule)).toEqual(['a', 'b']);
    expect(['a', 'b', 'c', 'd', 'typo'].map(ruleSet.mode)).toEqual(['on', 'staged', 'off', 'on', 'off']);
    expect(ruleSet.rule('c')).toBeUndefined();
    expect(messages(ruleSet.problems, 'warning')).toEqual([
      ' there is no rule "typo" to set a mode for',
      '1 "c", which it refers to, is switched off and never matches',
    ]);
  });
});

describe('rules that cannot do what they say', () => {
  it('are blind without a source for their log', () => {
    const ruleSet = ruleSetOf([selectionText('x: 1', { service: 'activitylogs' }), simple('a')]);
    expect(ruleSet.blind).toEqual(['sample']);
    expect(ruleSet.detections.map(({ name }) => name)).toEqual(['sample', 'a']);
    expect(messages(ruleSet.problems, 'warning')).toEqual([
      '1 can never match: no log that is read answers its log source',
    ]);
  });

  it('are warned of for unknown fields', () => {
    const ruleSet = ruleSetOf([selectionText('ActivityDetails: Sign-ins\nOperationName: x')]);
    expect(messages(ruleSet.problems, 'warning')).toEqual([
      '8:5 "ActivityDetails" is no field that directory-audits is known to have',
    ]);
  });

  it('are fine when one of several sources knows the field', () => {
    const text = selectionText('ResultType: 0').replace('  service: auditlogs\n', '');
    const ruleSet = ruleSetOf([text]);
    expect(ruleSet.problems).toEqual([]);
    expect(ruleSet.detect(eventOf({ status: { errorCode: 0 } }, 'sign-ins')).hits).toHaveLength(1);
    expect(ruleSet.detect(eventOf({ ResultType: 0 })).hits).toHaveLength(1);
  });

  it('are rejected for comparing the place', () => {
    const ruleSet = ruleSetOf([selectionText('postern.place|fieldref: x')]);
    expect(messages(ruleSet.problems, 'error')).toEqual(['8:5 "postern.place" cannot be compared with another field']);
    expect(ruleSet.detections).toEqual([]);
  });

  it('take the correlations with them that refer to them', () => {
    const texts = [selectionText("x|expand: '%p%'", { name: 'a' }), chain('b', '[a]'), chain('c', '[b]'), simple('d')];
    const ruleSet = ruleSetOf(texts);
    expect(messages(ruleSet.problems, 'error')).toEqual([
      '8:5 x: the placeholder %p% has no values here; give it a list, or switch the rule off',
      '1 refers to "a", which was rejected; see its problem',
      '1 refers to "b", which was rejected; see its problem',
    ]);
    expect([ruleSet.detections.length, ruleSet.correlations.length]).toEqual([1, 0]);
  });
});

describe('correlations', () => {
  it('come after those that they refer to', () => {
    const ruleSet = ruleSetOf([chain('c', '[b]'), chain('b', '[a, s]'), chain('a', '[s]'), simple('s')]);
    expect(ruleSet.correlations.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });

  it('are found by name and id', () => {
    const id = '929a690e-bef0-4204-a928-ef5e620d6fcc';
    const ruleSet = ruleSetOf([simple('s'), `${chain('c', '[s]')}id: ${id}\n`]);
    expect(['c', id, id.toUpperCase(), 's', 'x'].map((name) => ruleSet.rule(name)?.name)).toEqual([
      'c',
      'c',
      'c',
      's',
      undefined,
    ]);
  });
});

describe('filters', () => {
  const filter = (rules: string, { service = '', condition = 'not selection', entry = 'y: 1' } = {}) =>
    `title: Filter\nname: filter\nlogsource:\n  product: azure\n${service && `  service: ${service}\n`}filter:\n  rules: ${rules}\n  selection:\n    ${entry}\n  condition: ${condition}\n`;
  it.each([
    [filter('[a]'), { x: 1 }, ['a', 'b']],
    [filter('[a]'), { x: 1, y: 1 }, ['b']],
    [filter('any'), { x: 1, y: 1 }, []],
    [filter('any', { condition: 'selection' }), { x: 1, y: 1 }, ['a', 'b']],
    [filter('any', { condition: 'selection' }), { x: 1 }, []],
    [filter('any', { service: 'signinlogs' }), { x: 1, y: 1 }, ['a', 'b']],
    [filter('[a]', { entry: 'OperationName: Reset' }), { x: 1, activityDisplayName: 'Reset' }, ['b']],
  ])('%#', (text, fields, expected) => {
    expect(hitsOf([simple('a'), simple('b'), text], fields)).toEqual(expected);
  });

  it('can be switched off, and are left out when they cannot be filled', () => {
    expect(hitsOf([simple('a'), filter('any')], { x: 1, y: 1 }, { filter: 'off' })).toEqual(['a']);
    const unfilled = ruleSetOf([simple('a'), filter('any', { entry: "y|expand: '%p%'" })]);
    expect(messages(unfilled.problems, 'error')).toHaveLength(1);
    expect(unfilled.detect(eventOf({ x: 1, y: 1 })).hits).toHaveLength(1);
  });

  it('say so when they are written for another log source', () => {
    const ruleSet = ruleSetOf([simple('a'), filter('[a]', { service: 'signinlogs' })]);
    expect(messages(ruleSet.problems, 'warning')).toEqual([
      '1 "a" reads another log source than this filter, which leaves it as it is',
    ]);
  });
});

describe('rules in the style of published ones', () => {
  const published = [
    selectionText('properties.message|contains: Reset', { name: 'message' }),
    ruleText(
      "sel:\n  OperationName|startswith: Update\n  OperationName|endswith: management\nfilter:\n  Initiatedby|contains: 'Microsoft'\ncondition: sel and not filter",
      { name: 'update' },
    ),
    ruleText(
      "selection:\n  ResultType: 0\n  Username: 'UPN'\nfilter_main_1:\n  IPAddress|expand: '%Known%'\ncondition: selection and not 1 of filter_main_*",
      { name: 'outside', service: 'signinlogs' },
    ),
    ruleText('keywords:\n  - Microsoft.Example/write\n  - Microsoft.Example/delete\ncondition: keywords', {
      name: 'words',
    }),
  ];
  it('load and match', () => {
    const ruleSet = createRuleSet(rulesOf(...published), { sources: SOURCES, placeholders: { Known: ['192.0.2.*'] } });
    expect(messages(ruleSet.problems, 'error')).toEqual([]);
    const audit = {
      activityDisplayName: 'Update application – Certificates and secrets management ',
      operation: 'microsoft.example/WRITE',
    };
    expect(ruleSet.detect(eventOf(audit)).hits.map(({ rule }) => rule)).toEqual(['update', 'words']);
    const signIn = (ipAddress: string) => ({ status: { errorCode: 0 }, userPrincipalName: 'upn', ipAddress });
    expect(ruleSet.detect(eventOf(signIn('203.0.113.5'), 'sign-ins')).hits).toHaveLength(1);
    expect(ruleSet.detect(eventOf(signIn('192.0.2.5'), 'sign-ins')).hits).toHaveLength(0);
  });
});

it('knows every derived field that docs/fields.md lists', () => {
  const text = readFileSync(new URL('../../../docs/fields.md', import.meta.url), 'utf8');
  const listed = [...text.matchAll(/^\| `(postern\.[a-z_.]+)` \|/gm)].map((match) => match[1]);
  expect([...POSTERN_PATHS].sort()).toEqual([...new Set(listed)].sort());
});
