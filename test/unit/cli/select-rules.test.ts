import { describe, expect, it } from 'vitest';
import { selectModes } from '../../../cli/select-rules.ts';
import { parseRules } from '../../../src/rules/parse.ts';

const detection = (name: string) => `title: ${name}
name: ${name}
logsource: { product: azure, service: signinlogs }
detection: { selection: { a: b }, condition: selection }
level: low
`;
const correlation = (name: string, rules: string, absent = '') => `title: ${name}
name: ${name}
correlation: { type: temporal, rules: [${rules}], group-by: [user], timespan: 1h, condition: { gte: 1 } }
level: high
${absent && `postern: { absence: { rules: [${absent}], within: 4h } }\n`}`;
const text = [
  detection('probe'),
  detection('gate-tried'),
  detection('reset'),
  correlation('inner', 'probe, gate-tried'),
  correlation('outer', 'inner, reset'),
  correlation('missed', 'reset', 'probe'),
].join('---\n');
const { rules } = parseRules([{ path: 'rules.yml', text }]);
const off = (modes: Record<string, string>) => Object.keys(modes).sort();

describe('which rules are evaluated', () => {
  it('all of them, unless told otherwise', () => {
    expect(rules.length).toBe(6);
    expect(selectModes(rules, {})).toEqual({});
  });

  it.each([
    [['outer'], ['missed']],
    [['inner'], ['missed', 'outer', 'reset']],
    [['INNER'], ['missed', 'outer', 'reset']],
    [['missed'], ['gate-tried', 'inner', 'outer']],
    [['*er'], ['missed']],
    [['gate-?ried'], ['inner', 'missed', 'outer', 'probe', 'reset']],
  ])('--only %j turns off %j', (only, expected) => expect(off(selectModes(rules, { only }))).toEqual(expected));

  it('--exclude turns off what it names', () => {
    expect(selectModes(rules, { exclude: ['outer', 'miss*'] })).toEqual({ outer: 'off', missed: 'off' });
  });

  it('a name that is no rule is an error, not an empty watch', () => {
    expect(() => selectModes(rules, { only: ['otuer'], exclude: ['probe', 'x*'] })).toThrow(
      'no rule is named "otuer"; did you mean "outer"?\nno rule is named "x*"',
    );
  });
});
