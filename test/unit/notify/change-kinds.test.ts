import { describe, expect, it } from 'vitest';
import { loadContent } from '../../../src/content.ts';
import { changeKinds, RULES_WITH_KIND } from '../../../src/notify/change-kinds.ts';
import { parseRules } from '../../../src/rules/parse.ts';
import { finding, signal } from './plan-situation.ts';

describe('kinds of change', () => {
  it('every rule that tells of a change has a kind, and no other', async () => {
    const { rules } = parseRules((await loadContent()).rules);
    const withChange = rules.flatMap((rule) => (rule.kind === 'detection' && rule.postern.change ? rule.name : []));
    expect([...RULES_WITH_KIND].sort()).toEqual(withChange.sort());
  });

  it('each once, in the order in which catalogs have them', () => {
    const evidence = ['mail-diverted', 'method-added-new-place', 'reset-completed', 'reset-by-admin', 'sspr-blocked'];
    const signals = evidence.map((rule, index) => signal({ rule, recordId: `r${index}` }));
    expect(changeKinds(finding({ evidence: signals, changes: ['x'] }))).toEqual([
      'password-reset',
      'method-added',
      'mail-diverted',
    ]);
  });
});
