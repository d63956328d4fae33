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
    const mail = text.match(/[\w.$-]+@[\w.-]+\.[a-z]{2,}/g) ?? [];
    const known = /@(?:[\w.-]*\.)?(?:example\.(?:org|net|com)|[\w-]+\.example|microsoft\.com|onmicrosoft\.com)$/;
    expect(mail.filter((address) => !known.test(address))).toEqual([]);
    const numbers = text.match(/\+1 ?\d{10}/g) ?? [];
    expect(numbers.filter((number) => !/55501\d\d$/.test(number))).toEqual([]);
  });
});

describe.each(folders.map((folder) => [folder.rule, folder] as const))('%s', (rule, folder) => {
  it('has readable cases, one that fires and one that does not', () => {
    expect([...folder.problems, ...whatIsMissing(folder)]).toEqual([]);
  });

  it.each(folder.cases.map((testCase) => [testCase.name, testCase] as const))('%s', (_, testCase) => {
    expect(checkCase(rule, testCase, runner)).toEqual([]);
  });
});
