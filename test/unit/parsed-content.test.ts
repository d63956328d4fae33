import { expect, it } from 'vitest';
import { loadCaseBench } from '../../cli/test-rules.ts';
import { assembleWatch } from '../../src/assemble-watch.ts';
import { loadContent } from '../../src/content.ts';
import { ConfigError, RuleError } from '../../src/errors.ts';
import { parseContent } from '../../src/parse-content.ts';
import { decodeContent, encodeContent } from '../../src/parsed-content.ts';
import { runCase } from '../../src/rules/cases.ts';

const content = await loadContent();
const rule = (text: string) => ({ ...content, rules: [{ path: 'rules/odd.yml', text }] });

const ODD = `
title: Odd values
name: odd
logsource: { product: azure, service: signinlogs }
detection:
  zulu: { a|re: '^\\d+(x|y)$', b: null, c: 0, d: [true, 'ü\\u2028', 1.5e-7, ''] }
  alpha: ['keyword', 'other']
  10: { e|cidr: 192.0.2.0/24 }
  condition: zulu and not (alpha or 10)
extra: { list: [1, two, false] }
`;

it('the rules that come with Postern are the same after shipping', () => {
  const parsed = parseContent(content);
  expect(parsed.rules.length).toBeGreaterThan(30);
  expect(decodeContent(encodeContent(parsed))).toEqual(parsed);
});

it('shipped rules come to the same findings in every case of every rule', async () => {
  const { runner, folders } = await loadCaseBench();
  const shipped = decodeContent(encodeContent(parseContent(content)));
  const { sources, ruleSet, grading } = assembleWatch({ content: shipped, hashKey: Buffer.alloc(32, 1) });
  let findings = 0;
  for (const testCase of folders.flatMap(({ cases }) => cases)) {
    const expected = runCase(testCase, runner);
    expect(runCase(testCase, { sources, ruleSet, grading, samples: runner.samples })).toEqual(expected);
    findings += expected.findings.length;
  }
  expect(findings).toBeGreaterThan(100);
});

it('odd values and the order of selections are kept', () => {
  const parsed = parseContent(rule(ODD));
  const [odd] = parsed.rules;
  expect(odd).toMatchObject({ name: 'odd' });
  const shipped = decodeContent(encodeContent(parsed));
  expect(shipped).toEqual(parsed);
  const names = shipped.rules.flatMap((one) =>
    one.kind === 'correlation' ? [] : [...one.detection.selections.keys()],
  );
  expect(names).toEqual(['10', 'zulu', 'alpha']);
  expect(Object.keys(shipped.rules[0]?.custom ?? {})).toEqual(Object.keys(odd?.custom ?? {}));
});

it('problems of rules that were left out are shipped, too', () => {
  const parsed = parseContent(rule('title: No detection'));
  expect(parsed.rules).toEqual([]);
  expect(decodeContent(encodeContent(parsed)).problems).toMatchObject([
    { severity: 'error', file: 'rules/odd.yml', line: 1 },
  ]);
});

it.each([
  ['nothing', ''],
  ['not JSON', '{'],
  ['another version', '{"schema":"postern.content/2","rules":[],"problems":[],"indicators":[],"providers":{}}'],
  ['no rules', '{"schema":"postern.content/1"}'],
])('%s is refused in words', (_, text) => {
  expect(() => decodeContent(text)).toThrow(ConfigError);
  expect(() => decodeContent(text)).toThrow('Build and deploy again');
});

it('a providers file that cannot be read is an error of its author', () => {
  expect(() => parseContent({ ...content, providers: { path: 'rules/providers.yml', text: 'a: [' } })).toThrow(
    RuleError,
  );
});
