import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CorrelationRule } from '../../../src/rules/schema.ts';
import { errorsOf, messages, parse, rulesOf, ruleText, selectionText } from './samples.ts';

const BASE = ['a', 'b', 'c'].map((name) => selectionText('x: 1', { name }));

function correlationText(body: string, { name = 'chain', more = '' } = {}): string {
  return `title: Chain\nname: ${name}\ncorrelation:\n  ${body.trim().replaceAll('\n', '\n  ')}\n${more}`;
}

function correlationOf(body: string, more = ''): CorrelationRule {
  const rule = rulesOf(...BASE, correlationText(body, { more })).find(({ name }) => name === 'chain');
  if (rule?.kind !== 'correlation') throw new Error('no correlation');
  return rule;
}

describe('detection rules', () => {
  it('reads everything that a document says', () => {
    const [rule] = rulesOf(`
title: Recovery options shown
id: 929A690E-bef0-4204-a928-ef5e620d6fcc
name: options-shown
related:
  - id: 08fbc97d-0a2f-491c-ae21-8ffcfd3174e9
    type: derived
status: test
description: Somebody looked.
license: MIT
references: [https://example.org/a]
author: Somebody
date: 2026-11-20
modified: 2026-11-21
tags: [attack.credential-access, attack.t1078.004, attack.T1110, cve.2026-1]
logsource:
  product: azure
  service: auditlogs
  definition: needs a licence
detection:
  selection:
    OperationName: Reset
    x|contains|all: [a, b]
  keywords: [one, 2]
  condition: selection or keywords
fields: [x]
falsepositives: People
level: high
scope: server
house_key: {a: [1]}
postern:
  needs: [directory-audits]
  story: the options were shown
`);
    expect(rule).toEqual({
      kind: 'detection',
      name: 'options-shown',
      id: '929a690e-bef0-4204-a928-ef5e620d6fcc',
      title: 'Recovery options shown',
      status: 'test',
      description: 'Somebody looked.',
      author: 'Somebody',
      references: ['https://example.org/a'],
      date: '2026-11-20',
      modified: '2026-11-21',
      level: 'high',
      tags: ['attack.credential-access', 'attack.t1078.004', 'attack.T1110', 'cve.2026-1'],
      techniques: ['T1078.004', 'T1110'],
      falsepositives: ['People'],
      postern: { needs: ['directory-audits'], story: 'the options were shown' },
      custom: { house_key: { a: [1] } },
      fields: ['x'],
      file: 'rule-1.yml',
      line: 2,
      logsource: { product: 'azure', service: 'auditlogs' },
      detection: {
        selections: new Map<string, unknown>([
          [
            'selection',
            {
              kind: 'all',
              of: [
                { kind: 'item', field: 'OperationName', modifiers: [], values: ['Reset'], line: 22, column: 5 },
                { kind: 'item', field: 'x', modifiers: ['contains', 'all'], values: ['a', 'b'], line: 23, column: 5 },
              ],
            },
          ],
          ['keywords', { kind: 'item', field: '', modifiers: [], values: ['one', 2], line: 24, column: 3 }],
        ]),
        condition: {
          kind: 'or',
          of: [
            { kind: 'name', name: 'selection' },
            { kind: 'name', name: 'keywords' },
          ],
        },
      },
    });
  });

  it('names a rule after its id, else its title', () => {
    const rest = 'logsource: {product: azure}\ndetection: {s: {x: 1}, condition: s}\n';
    const rules = rulesOf(
      `title: An odd  Title!\n${rest}`,
      `title: B\nid: 929a690e-bef0-4204-a928-ef5e620d6fcc\n${rest}`,
    );
    expect(rules.map(({ name, level }) => [name, level])).toEqual([
      ['an-odd-title', 'informational'],
      ['929a690e-bef0-4204-a928-ef5e620d6fcc', 'informational'],
    ]);
  });

  it('reads several documents of a file, with CRLF, a mark, comments and empty documents', () => {
    const text = `\ufeff# file\n---\n${BASE[0]}\n---\n---\n# nothing\n---\n${BASE[1]}`.replaceAll('\n', '\r\n');
    expect(rulesOf(text).map(({ name, line }) => [name, line])).toEqual([
      ['a', 3],
      ['b', 17],
    ]);
  });
});

describe('what is wrong with a document', () => {
  const fine = 'logsource:\n  product: azure\ndetection:\n  s:\n    x: 1\n  condition: s\n';
  it.each([
    ['- a', ['1:1 a rule must be a map with a title']],
    ['just text', ['1:1 a rule must be a map with a title']],
    ['title: A', ['1:1 a rule needs exactly one of "detection", "correlation" and "filter"']],
    [`${fine}correlation: {}\n`, ['1:1 a rule needs exactly one of "detection", "correlation" and "filter"']],
    [fine, ['1:1 "title" is missing']],
    [`title: ''\n${fine}`, ['1:1 "title" is empty']],
    [`title: ${'x'.repeat(257)}\n${fine}`, ['1:1 "title" is longer than 256 characters']],
    [`title: 5\n${fine}`, ['1:1 "title" must be string']],
    [`title: A\nid: 5\n${fine}`, ['2:1 "id" must be a UUID in quotes']],
    [`title: A\nid: abc\n${fine}`, ['2:1 "id" is not a UUID such as 929a690e-bef0-4204-a928-ef5e620d6fcc']],
    [
      `title: A\nstatus: done\n${fine}`,
      ['2:1 "status" must be one of stable, test, experimental, deprecated, unsupported'],
    ],
    [`title: A\nlevel: urgent\n${fine}`, ['2:1 "level" must be one of informational, low, medium, high, critical']],
    [`title: A\ndate: 2026/01/31\n${fine}`, ['2:1 "date" is not a date such as 2026-01-31']],
    [`title: A\ndate: 2026-02-30\n${fine}`, ['2:1 "date" is not a date such as 2026-01-31']],
    [`title: A\nmodified: 2026\n${fine}`, ['2:1 "modified" must be a date such as 2026-01-31']],
    [`title: A\ntags: a\n${fine}`, ['2:1 "tags" must be a list of texts']],
    [
      `title: A\nrelated:\n  - type: other\n    id: 929a690e-bef0-4204-a928-ef5e620d6fcc\n${fine}`,
      ['3:5 "type" must be one of derived, obsolete, merged, renamed, similar'],
    ],
    ['title: A\ndetection:\n  s:\n    x: 1\n  condition: s\n', ['1:1 "logsource" is missing']],
    [
      'title: A\nlogsource: {}\ndetection:\n  s:\n    x: 1\n  condition: s\n',
      ['2:1 "logsource" needs a category, a product or a service'],
    ],
    [
      `title: A\nlogsource:\n  product: azure\n  servce: auditlogs\n  vendor: x\ndetection:\n  s:\n    x: 1\n  condition: s\n`,
      ['4:3 "logsource" has no "servce"; did you mean "service"?'],
    ],
    ['title: A\nlogsource: {product: azure}\ndetection: []\n', ['3:1 "detection" must be a map']],
    ['title: A\nlogsource: {product: azure}\ndetection:\n  s: {x: 1}\n', ['3:1 "condition" is missing']],
    [
      'title: A\nlogsource: {product: azure}\ndetection:\n  s: {x: 1}\n  condition: 5\n',
      ['5:3 "condition" must be text or a list of texts'],
    ],
    [
      'title: A\nlogsource: {product: azure}\ndetection:\n  s:\n  condition: s\n',
      ['4:3 "s" is empty; give it fields or keywords'],
    ],
    ['title: A\nlogsource: {product: azure}\ndetection:\n  s: {}\n  condition: s\n', ['4:3 "s" is an empty map']],
    ['title: A\nlogsource: {product: azure}\ndetection:\n  s: []\n  condition: s\n', ['4:3 "s" is an empty list']],
    [
      'title: A\nlogsource: {product: azure}\ndetection:\n  s:\n    x: {y: 1}\n  condition: s\n',
      ['5:5 the value of "x" must be a text, a number, true, false, null or a list of them'],
    ],
    ['title: A\naction: global\n', ['2:1 "action" documents are not part of Sigma any more; write each rule out']],
    [`title: A\npostern: {storey: x}\n${fine}`, ['2:11 there is no "storey" here; did you mean "story"?']],
    [
      `title: A\npostern:\n  outcome: hacked\n${fine}`,
      ['3:3 "outcome" must be one of identified, attacked, compromised'],
    ],
    [
      `title: A\npostern:\n  needs: [sign-in]\n${fine}`,
      [
        '3:11 "needs" must be one of directory-audits, sign-ins, risk-detections, provider-mail, authentication-methods, mailbox-activity',
      ],
    ],
    [
      `title: A\npostern:\n  absence: {rules: [b], within: 4h}\n${fine}`,
      ['3:3 only a correlation can tell that something did not follow'],
    ],
  ])('%j', (text, expected) => {
    expect(errorsOf(text)).toEqual(expected);
  });

  it('reports every problem of every document, and keeps the rules that are fine', () => {
    const bad = 'title: Bad\nlevel: x\nlogsource: {}\ndetection:\n  s:\n    x|foo: 1\n    y|bar: 2\n  condition: t\n';
    const { rules, problems } = parse(`${bad}---\n${BASE[0]}`, 'a: [', BASE[1] ?? '');
    expect(rules.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(problems.map(({ file, line, column, rule }) => [file, line, column, rule])).toEqual([
      ['rule-1.yml', 2, 1, 'bad'],
      ['rule-1.yml', 3, 1, 'bad'],
      ['rule-1.yml', 6, 5, 'bad'],
      ['rule-1.yml', 7, 5, 'bad'],
      ['rule-1.yml', 8, 3, 'bad'],
      ['rule-2.yml', 1, 5, undefined],
    ]);
  });

  it('tells unused search identifiers from misspelled ones', () => {
    const unused = parse(ruleText('selection:\n  x: 1\nother:\n  x: 2\ncondition: selection'));
    expect(messages(unused.problems, 'warning')).toEqual(['9:3 "other" is not used in the condition']);
    const text = ruleText('selection_a:\n  x: 1\nselction_b:\n  x: 2\ncondition: 1 of selection_*');
    expect(errorsOf(text)).toEqual([
      '9:3 "selction_b" is not used; does it lack the spelling of "selection_*" in the condition?',
    ]);
    expect(errorsOf(ruleText('selection:\n  x: 1\ncondition: selction'))).toEqual([
      '9:3 condition: there is no search identifier "selction"; did you mean "selection"?',
    ]);
  });

  it('leaves out the second of two rules with one name or id', () => {
    const id = '929a690e-bef0-4204-a928-ef5e620d6fcc';
    const withId = (name: string) => `${selectionText('x: 1', { name })}\nid: ${id}\n`;
    const { rules, problems } = parse(BASE[0] ?? '', BASE[0] ?? '', withId('d'), withId('e'));
    expect(rules.map(({ name }) => name)).toEqual(['a', 'd']);
    expect(messages(problems, 'error')).toEqual([
      '1 the name "a" is taken by rule-1.yml:1; rename one of them',
      '1 the id is taken by rule-3.yml:1; give one of them a new id',
    ]);
  });
});

describe('correlations', () => {
  it.each([
    [
      'type: event_count\nrules: a\ngroup-by: x\ntimespan: 90m\ncondition: {gte: 5}',
      { type: 'event_count', rules: ['a'], groupBy: ['x'], timespanMs: 5_400_000, generate: false },
      { kind: 'bounds', bounds: [{ op: 'gte', value: 5 }], fields: [] },
    ],
    [
      'type: event_count\nrules: [a]\ngroup-by: [x, y]\ntimespan: 1d\ncondition: {gt: 100, lte: 200}',
      { groupBy: ['x', 'y'], timespanMs: 86_400_000 },
      {
        kind: 'bounds',
        bounds: [
          { op: 'gt', value: 100 },
          { op: 'lte', value: 200 },
        ],
        fields: [],
      },
    ],
    [
      'type: value_count\nrules: [a, b]\ngroup-by: [x]\ntimespan: 30s\ncondition: {field: y, eq: 3}',
      { timespanMs: 30_000 },
      { kind: 'bounds', bounds: [{ op: 'eq', value: 3 }], fields: ['y'] },
    ],
    [
      'type: value_count\nrules: [a]\ngroup-by: [x]\ntimespan: 2w\ncondition: {field: [y, z], neq: 3}',
      { timespanMs: 1_209_600_000 },
      { kind: 'bounds', bounds: [{ op: 'neq', value: 3 }], fields: ['y', 'z'] },
    ],
    [
      'type: value_sum\nrules: [a]\ngroup-by: [x]\ntimespan: 1M\ncondition: {field: y, gt: 1.5}',
      { type: 'value_sum', timespanMs: 2_629_746_000 },
      { kind: 'bounds', bounds: [{ op: 'gt', value: 1.5 }], fields: ['y'] },
    ],
    [
      'type: value_avg\nrules: [a]\ngroup-by: [x]\ntimespan: 1y\ncondition: {field: y, lt: -2}',
      { type: 'value_avg', timespanMs: 31_556_952_000 },
      { kind: 'bounds', bounds: [{ op: 'lt', value: -2 }], fields: ['y'] },
    ],
    [
      'type: value_percentile\nrules: [a]\ngroup-by: [x]\ntimespan: 1h\ncondition: {field: y, gte: 9, percentile: 95}',
      { type: 'value_percentile', percentile: 95 },
      { kind: 'bounds', bounds: [{ op: 'gte', value: 9 }], fields: ['y'] },
    ],
    [
      'type: value_percentile\nrules: [a]\ngroup-by: [x]\ntimespan: 1h\ncondition: {field: y, lte: 1}',
      { percentile: 50 },
      { kind: 'bounds', bounds: [{ op: 'lte', value: 1 }], fields: ['y'] },
    ],
    [
      'type: value_median\nrules: [a]\ngroup-by: [x]\ntimespan: 1h\ncondition: {field: y, gte: 9}',
      { type: 'value_median' },
      { kind: 'bounds', bounds: [{ op: 'gte', value: 9 }], fields: ['y'] },
    ],
    [
      'type: temporal\nrules: [a, b, c]\ngroup-by: [x]\ntimespan: 4h',
      { type: 'temporal', rules: ['a', 'b', 'c'] },
      { kind: 'bounds', bounds: [{ op: 'gte', value: 3 }], fields: [] },
    ],
    [
      'type: temporal_ordered\nrules: [a, b, c]\ngroup-by: [x]\ntimespan: 4h\ncondition: {gte: 2}\ngenerate: true',
      { type: 'temporal_ordered', generate: true },
      { kind: 'bounds', bounds: [{ op: 'gte', value: 2 }], fields: [] },
    ],
  ])('%j', (body, parts, condition) => {
    expect(correlationOf(body)).toMatchObject({ ...parts, condition });
  });

  it('reads a text as condition of temporal types', () => {
    const name = (of: string) => ({ kind: 'name', name: of });
    const rule = correlationOf(
      'type: temporal\nrules: [a, b, c]\ngroup-by: [x]\ntimespan: 4h\ncondition: a and (b or not c)',
    );
    const expression = {
      kind: 'and',
      of: [name('a'), { kind: 'or', of: [name('b'), { kind: 'not', of: name('c') }] }],
    };
    expect(rule.condition).toEqual({ kind: 'expression', expression });
    const unlisted = correlationOf('type: temporal\ngroup-by: [x]\ntimespan: 4h\ncondition: b and a');
    expect(unlisted.rules).toEqual(['b', 'a']);
  });

  it('reads aliases and absence, and resolves ids to names everywhere', () => {
    const id = '929a690e-bef0-4204-a928-ef5e620d6fcc';
    const body = `type: temporal\nrules: [${id.toUpperCase()}, a]\ngroup-by: [who]\ntimespan: 1h\ncondition: ${id} and a\naliases:\n  who:\n    ${id}: User\n    a: Username`;
    const chain = correlationText(body, {
      more: `postern:\n  outcome: attacked\n  absence: {rules: [${id}], within: 4h}\n`,
    });
    const { rules, problems } = parse(
      ...BASE,
      `${selectionText('x: 1', { name: 'with-id' })}\nid: ${id}\n`,
      chain.replace(id.toUpperCase(), id),
    );
    expect(messages(problems, 'error')).toEqual([]);
    expect(rules.find(({ name }) => name === 'chain')).toMatchObject({
      rules: ['with-id', 'a'],
      aliases: { who: { 'with-id': 'User', a: 'Username' } },
      condition: { kind: 'expression', expression: { kind: 'and', of: [{ name: 'with-id' }, { name: 'a' }] } },
      postern: { outcome: 'attacked', absence: { rules: ['with-id'], withinMs: 14_400_000 } },
    });
  });

  const rest = 'rules: [a]\ngroup-by: [x]\ntimespan: 1h\n';
  it.each([
    [
      `type: count\n${rest}`,
      [
        '4:3 "type" must be one of event_count, value_count, temporal, temporal_ordered, value_sum, value_avg, value_percentile, value_median',
      ],
    ],
    [`${rest}`, ['3:1 "type" is missing']],
    [`type: event_count\n${rest}groupby: x`, ['8:3 there is no "groupby" here; did you mean "group-by"?']],
    [`type: event_count\n${rest}`, ['3:1 "condition" is missing']],
    [`type: event_count\n${rest}condition: {}`, ['8:3 an operator is missing: one of gt, gte, lt, lte, eq, neq']],
    [`type: event_count\n${rest}condition: {gte: five}`, ['8:15 "gte" must be a number without quotes']],
    [`type: event_count\n${rest}condition: {gte: 1.5}`, ['8:3 a count is compared with a whole number']],
    [`type: event_count\n${rest}condition: {more: 5}`, ['8:15 there is no "more" here']],
    [
      `type: event_count\n${rest}condition: {gt: 1, gte: 2}`,
      ['8:3 two operators make a range: one of gt and gte, and one of lt and lte'],
    ],
    [
      `type: event_count\n${rest}condition: {eq: 1, lte: 2}`,
      ['8:3 two operators make a range: one of gt and gte, and one of lt and lte'],
    ],
    [`type: event_count\n${rest}condition: {gt: 5, lt: 5}`, ['8:3 no number lies in this range']],
    [`type: event_count\n${rest}condition: {gt: 1, lt: 5, neq: 3}`, ['8:3 at most two operators make a range']],
    [
      `type: event_count\n${rest}condition: {gte: 5, field: y}`,
      ['8:3 "field" is for value types, not for event_count'],
    ],
    [
      `type: value_count\n${rest}condition: {gte: 5}`,
      ['8:3 value_count needs "field": the field whose values are looked at'],
    ],
    [`type: value_sum\n${rest}condition: {gte: 5, field: [y, z]}`, ['8:3 value_sum looks at one field only']],
    [
      `type: value_sum\n${rest}condition: {gte: 5, field: y, percentile: 5}`,
      ['8:33 "percentile" is for value_percentile only'],
    ],
    [
      `type: value_percentile\n${rest}condition: {gte: 5, field: y, percentile: 101}`,
      ['8:33 "percentile" must be from 0 to 100'],
    ],
    [
      `type: event_count\n${rest}condition: a`,
      [
        '8:3 a text as condition is for temporal and temporal_ordered; "event_count" needs an operator such as "gte: 5"',
      ],
    ],
    [`type: temporal\n${rest}condition: a and d`, ['8:3 condition: there is no rule "d"']],
    [
      `type: temporal\n${rest}condition: not a`,
      ['8:3 the condition holds when nothing happens; name at least one rule that must match'],
    ],
    [
      'type: temporal\nrules: [a, b]\ngroup-by: [x]\ntimespan: 1h\ncondition: a',
      ['8:3 the condition does not use b; use every rule listed, or take it off the list'],
    ],
    ['type: temporal\nrules: []\ngroup-by: [x]\ntimespan: 1h', ['3:1 "rules" must name at least one rule']],
    [
      'type: temporal\nrules: [a]\ngroup-by: [x]\ntimespan: 1H',
      ['7:3 "timespan" needs a number and a unit (s, m, h, d, w, M, y), such as 90m'],
    ],
    [
      'type: temporal\nrules: [a]\ngroup-by: [x]\ntimespan: 0h',
      ['7:3 "timespan" needs a number and a unit (s, m, h, d, w, M, y), such as 90m'],
    ],
    [
      'type: temporal\nrules: [a]\ngroup-by: [x]\ntimespan: 60',
      ['7:3 "timespan" needs a number and a unit (s, m, h, d, w, M, y), such as 90m'],
    ],
    ['type: temporal\nrules: [a, no-such]\ngroup-by: [x]\ntimespan: 1h', ['1 there is no rule "no-such"']],
    ['type: temporal\nrules: [chain]\ngroup-by: [x]\ntimespan: 1h', ['1 refers to itself in a circle: chain → chain']],
    ['type: temporal\nrules: [a]\ngroup-by: [who]\ntimespan: 1h\naliases: {who: {aa: x}}', ['1 there is no rule "aa"']],
    ['type: temporal\nrules: [a]\ngroup-by: [who]\ntimespan: 1h\naliases: {who: x}', ['8:13 "who" must be record']],
  ])('rejects %j', (body, expected) => {
    expect(errorsOf(...BASE, correlationText(body))).toEqual(expected);
  });

  it('rejects what refers to something rejected, and every member of a circle', () => {
    const chain = (name: string, rule: string) =>
      correlationText(`type: event_count\nrules: [${rule}]\ngroup-by: [x]\ntimespan: 1h\ncondition: {gte: 1}`, {
        name,
      });
    const { rules, problems } = parse(
      BASE[0] ?? '',
      chain('one', 'two'),
      chain('two', 'three'),
      chain('three', 'one'),
      chain('onto-circle', 'one'),
      chain('lost', 'nowhere'),
      chain('onto-lost', 'lost'),
      chain('fine', 'nested'),
      chain('nested', 'a'),
    );
    expect(rules.map(({ name }) => name)).toEqual(['a', 'fine', 'nested']);
    expect(problems.filter(({ severity }) => severity === 'error').map(({ rule, message }) => [rule, message])).toEqual(
      [
        ['lost', 'there is no rule "nowhere"'],
        ['onto-lost', 'refers to "lost", which was rejected; see its problem'],
        ['one', 'refers to itself in a circle: one → two → three → one'],
        ['two', 'refers to itself in a circle: two → three → one → two'],
        ['three', 'refers to itself in a circle: three → one → two → three'],
        ['onto-circle', 'refers to itself in a circle: onto-circle → one → two → three → one'],
      ],
    );
  });

  it('warns of odd correlations', () => {
    const body = 'type: temporal\nrules: [a]\ntimespan: 1h\naliases: {who: {a: x}}';
    expect(messages(parse(...BASE, correlationText(body)).problems, 'warning')).toEqual([
      '3:1 without "group-by" the hits of all people are counted together',
      '7:13 the alias "who" is not used in "group-by"',
    ]);
  });
});

describe('filters', () => {
  const filter = (rules: string) =>
    `title: Filter\nlogsource: {product: azure}\nfilter:\n  rules: ${rules}\n  selection:\n    x: 1\n  condition: not selection\n`;
  it('reads lists and any', () => {
    expect(rulesOf(...BASE, filter('[a, b]')).at(-1)).toMatchObject({ kind: 'filter', rules: ['a', 'b'] });
    expect(rulesOf(filter('any')).at(-1)).toMatchObject({ kind: 'filter', rules: 'any' });
    expect(rulesOf(...BASE, filter('a')).at(-1)).toMatchObject({ kind: 'filter', rules: ['a'] });
  });
  it.each([
    ['[]', ['3:1 "rules" must be "any" or a list of names or ids of rules']],
    ['[5]', ['3:1 "rules" must be "any" or a list of names or ids of rules']],
    ['[aa]', ['1 there is no rule "aa"']],
  ])('rejects rules: %s', (rules, expected) => {
    expect(errorsOf(...BASE, filter(rules))).toEqual(expected);
  });
  it('does not filter correlations', () => {
    const chain = correlationText('type: temporal\nrules: [a]\ngroup-by: [x]\ntimespan: 1h');
    expect(errorsOf(...BASE, chain, filter('[chain]'))).toEqual([
      '1 "chain" is a correlation, which cannot be referred to here',
    ]);
  });
});

describe('hostile files', () => {
  it.each([
    ['nested lists', '['.repeat(20_000)],
    ['nested keys', '? '.repeat(20_000)],
    ['nested flow keys', '{?'.repeat(10_000)],
    ['quotes', '"'.repeat(20_000)],
    ['deep maps', Array.from({ length: 60 }, (_, index) => `${' '.repeat(index)}a:`).join('\n')],
    [
      'a billion laughs',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefghi'].map((to, index) => `${to}: &${to} [${Array(9).fill(`*${'abcdefgh'[index]}`)}]`).join('\n')}`,
    ],
    ['an alias to itself', 'a: &a [*a]'],
    ['an unknown alias', 'a: *b'],
    ['a twofold key', 'title: A\ntitle: B'],
    ['a prototype', 'title: A\n__proto__: {x: 1}'],
    ['binary', 'title: !!binary aGVsbG8='],
    ['too large a number', 'title: A\nx: 12345678901234567890'],
    ['no number', 'title: A\nx: .nan'],
    ['too large a file', ' '.repeat(600_000)],
    ['many documents', '---\nx\n'.repeat(2000)],
  ])('rejects %s in bounded time', (_, text) => {
    const start = performance.now();
    const { rules, problems } = parse(text);
    expect(rules).toEqual([]);
    expect(problems.length).toBeGreaterThan(0);
    expect(performance.now() - start).toBeLessThan(5000);
  });

  it('never throws', () => {
    const [text = ''] = BASE;
    const damage = fc.tuple(
      fc.nat(text.length),
      fc.nat(12),
      fc.string({ unit: fc.constantFrom(...'[]{}:|-*&!%\'"\\ \n\t?,#a1') }),
    );
    fc.assert(
      fc.property(fc.array(damage, { maxLength: 4 }), (damages) => {
        const damaged = damages.reduce(
          (old, [at, length, put]) => old.slice(0, at) + put + old.slice(at + length),
          text,
        );
        expect(Array.isArray(parse(damaged).rules)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('never throws on any values', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (detection, correlation) => {
        const document = JSON.stringify({ title: 'A', logsource: { product: 'azure' }, detection });
        const chain = JSON.stringify({ title: 'B', correlation });
        expect(Array.isArray(parse(document, chain).problems)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});
