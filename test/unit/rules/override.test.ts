import { describe, expect, it } from 'vitest';
import { overrideRules } from '../../../src/rules/override.ts';
import { parseRules } from '../../../src/rules/parse.ts';
import type { CorrelationRule } from '../../../src/rules/schema.ts';

const { rules } = parseRules([
  {
    path: 'rules.yml',
    text: `title: One
name: one
logsource: { product: azure, service: signinlogs }
detection: { sel: { userId: x }, condition: sel }
---
title: Many
name: many
correlation: { type: event_count, rules: [one], group-by: [userId], timespan: 1h, condition: { gte: 3 } }
---
title: Range
name: range
correlation: { type: event_count, rules: [one], group-by: [userId], timespan: 1h, condition: { gte: 3, lt: 9 } }
---
title: Order
name: order
correlation: { type: temporal, rules: [one, many], group-by: [userId], timespan: 1h, condition: one and not many }
`,
  },
]);
const named = (name: string, values: Parameters<typeof overrideRules>[1]) => {
  const result = overrideRules(rules, values);
  return { ...result, rule: result.rules.find((rule) => rule.name === name) as CorrelationRule };
};

describe("an admin's own numbers", () => {
  it('leaves rules alone that nothing is said of', () => {
    expect(rules.map(({ name }) => name)).toEqual(['one', 'many', 'range', 'order']);
    expect(overrideRules(rules, {})).toEqual({ rules, problems: [] });
  });

  it('changes timespan and threshold', () => {
    const { rule, problems } = named('many', { many: { timespan: '2d', threshold: 5 } });
    expect(problems).toEqual([]);
    expect(rule.timespanMs).toBe(2 * 86_400_000);
    expect(rule.condition).toMatchObject({ bounds: [{ op: 'gte', value: 5 }] });
  });

  it.each([
    ['one', { timespan: '2d' }, 'only correlations'],
    ['range', { threshold: 5 }, 'no single number'],
    ['order', { threshold: 5 }, 'no single number'],
    ['many', { timespan: '0h' }, 'over zero'],
    ['many', { timespan: '99y' }, 'over zero'],
  ])('%s with %j keeps its own, and says why', (name, values, text) => {
    const { rule, problems } = named(name, { [name]: values });
    expect(problems).toMatchObject([{ rule: name, message: expect.stringContaining(text) }]);
    expect(rule).toEqual(rules.find((one) => one.name === name));
  });
});
