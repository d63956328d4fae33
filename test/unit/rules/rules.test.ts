import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadCaseBench, whatIsMissing } from '../../../cli/test-rules.ts';
import { checkCase } from '../../../src/rules/cases.ts';

// The content: every rule × every case of its folder, all rules running on each case.

const root = fileURLToPath(new URL('../../../rules/', import.meta.url));
const { runner, folders, ruleProblems } = await loadCaseBench();

describe('rule content', () => {
  it('loads without a single problem', () => {
    expect(ruleProblems).toEqual([]);
  });

  it('has one folder per rule, with cases, named as the rule', () => {
    const names = ['signals', 'chains', 'campaigns'].flatMap((folder) => readdirSync(join(root, folder)));
    expect(folders.map(({ rule }) => rule).sort()).toEqual(names.sort());
    const loaded = [...runner.ruleSet.detections, ...runner.ruleSet.correlations];
    expect(loaded.map(({ name }) => name).sort()).toEqual(names.sort());
    expect(loaded.filter(({ name, file }) => basename(dirname(file)) !== name)).toEqual([]);
  });

  const { detections, correlations } = runner.ruleSet;

  it.each([...detections, ...correlations].map((rule) => [rule.name, rule] as const))(
    '%s says all that a rule must say',
    (_, rule) => {
      expect(rule.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(rule.references.length).toBeGreaterThan(0);
      expect(rule.falsepositives.length).toBeGreaterThan(0);
      expect(rule.techniques.length).toBeGreaterThan(0);
      expect(rule.postern.needs.length).toBeGreaterThan(0);
      expect(rule.postern.story).toBeTruthy();
      if (rule.kind === 'correlation') expect(rule.postern.outcome).toBeDefined();
      else expect(rule.postern.outcome).toBeUndefined();
    },
  );

  it.each([...detections, ...correlations].map((rule) => [rule.name, rule] as const))(
    '%s names the permission or license for every log that it needs',
    (_, rule) => {
      // A detection says it in the rule itself; for all rules it is told with the logs they need, where a rule is blind.
      const { logsource } = parse(readFileSync(rule.file, 'utf8')) as { logsource?: { definition?: string } };
      if (rule.kind === 'detection') expect(logsource?.definition).toMatch(/permission/);
      for (const need of rule.postern.needs) {
        const source = runner.sources.find(({ name }) => name === need);
        expect(source?.needs.join(' ')).toMatch(/permission/);
      }
    },
  );

  it('has no id twice', () => {
    const ids = [...detections, ...correlations].map(({ id }) => id);
    expect(ids.length).toBe(new Set(ids).size);
  });

  it('tells people no address and no number', () => {
    const stories = [...detections, ...correlations].map(({ postern }) => `${postern.story} ${postern.change ?? ''}`);
    expect(stories.filter((story) => /@|\d{3}|\{(?:ip|network|account|person|new|old)\}/.test(story))).toEqual([]);
  });

  it('knows the place of the person only where the person acted: never the place of an administrator', () => {
    const suspects = detections.filter(({ file }) => {
      const text = readFileSync(file, 'utf8');
      const rule = parse(text) as { logsource: { service: string } };
      const actsAlone = /postern\.(?:recovery|by|password\.action: reset_self)|reset_self/.test(text);
      return rule.logsource.service === 'auditlogs' && text.includes('postern.place') && !actsAlone;
    });
    expect(suspects.map(({ name }) => name)).toEqual([]);
  });
});

describe('samples and cases are synthetic', () => {
  const files = ['samples', 'signals', 'chains', 'campaigns', 'indicators'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => join(root, folder, name))
      .filter((path) => /\.(?:json|txt)$/.test(path) && statSync(path).isFile()),
  );

  it.each(files)('%s', (path) => {
    const text = readFileSync(path, 'utf8');
    const addresses = text.match(/\b\d{1,3}(?:\.\d{1,3}){3}\b/g) ?? [];
    expect(addresses.filter((ip) => !/^(?:192\.0\.2|198\.51\.100|203\.0\.113)\.|^\d+\.\d{4}/.test(ip))).toEqual([]);
    const mail = text.match(/[\w.$-]+@[\w.-]+\.[a-z]{2,}/gi) ?? [];
    const known = /@(?:[\w.-]*\.)?(?:example\.(?:org|net|com)|[\w-]+\.example|microsoft\.com|onmicrosoft\.com)$/i;
    expect(mail.filter((address) => !known.test(address))).toEqual([]);
    const numbers = text.match(/\+1 ?\d{10}/g) ?? [];
    expect(numbers.filter((number) => !/55501\d\d$/.test(number))).toEqual([]);
  });
});

describe('ordinary life', () => {
  const quiet = folders.flatMap(({ rule, cases }) => cases.map((testCase) => ({ rule, ...testCase })));
  const named = (pattern: RegExp) => quiet.filter(({ name, quiet: kind }) => kind === 'ordinary' && pattern.test(name));

  // All rules run on each case, and a case of ordinary life fails when anything fires: one of each would do.
  it.each([
    ['a forgotten password at the usual address', /^Forgotten password at the usual address/],
    ['onboarding', /^Onboarding: /],
    ['a new phone', /^A new phone: /],
    ['a passkey rollout', /^Passkey rollout: /],
    ['the help desk and somebody who is locked out', /^Help desk: a locked-out owner/],
    ['travel', /^A forgotten password on a journey|^Travel: /],
    ['the heartbeat of Authenticator', /heartbeat/],
    ['an office, a household, two people behind one address', /behind one address|household|the office they work in/],
    ['recovery is not enabled, and the owner tries again', /^Recovery is not enabled, and the owner tries again/],
    ['a password that is written back', /^Writeback: /],
  ])('%s has its case', (_, pattern) => {
    expect(named(pattern).length).toBeGreaterThan(0);
    for (const { expect: fires } of named(pattern)) expect(fires).toEqual([]);
  });
});

describe.each(folders.map((folder) => [folder.rule, folder] as const))('%s', (rule, folder) => {
  it('has readable cases: firing ones, every kind of near miss that it could get wrong, and ordinary life', () => {
    expect([...folder.problems, ...whatIsMissing(folder, runner.ruleSet)]).toEqual([]);
  });

  it.each(folder.cases.map((testCase) => [testCase.name, testCase] as const))('%s', (_, testCase) => {
    expect(checkCase(rule, testCase, runner)).toEqual([]);
  });
});
