import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { loadContent } from '../../../src/content.ts';
import { parseRules } from '../../../src/rules/parse.ts';

// rules/README.md holds the pack against the published checklist: signals 1 to 27, chains A to N, campaign rules a to f.

const readme = readFileSync(new URL('../../../rules/README.md', import.meta.url), 'utf8');
const [, below = ''] = readme.split('## What is watched\n');
const rows = [...(below.split('\n## ')[0] ?? '').matchAll(/^\| (\S+) \| ([^|]+) \| (.+) \|$/gm)].map(
  ([, mark = '', , names = '']) => ({ mark, names: [...names.matchAll(/`([a-z-]+)`/g)].map(([, name = '']) => name) }),
);
const { rules } = parseRules((await loadContent()).rules);

it('every entry of the checklist is there, in order', () => {
  const letters = (first: string, count: number) =>
    Array.from({ length: count }, (_, index) => String.fromCharCode(first.charCodeAt(0) + index));
  const numbers = Array.from({ length: 27 }, (_, index) => String(index + 1));
  const marks = rows.map(({ mark }) => mark).filter((mark) => mark !== '–' && mark !== '---');
  expect(marks).toEqual([...numbers, ...letters('A', 14), ...letters('a', 6)]);
  expect(rows.filter(({ mark, names }) => names.length === 0 && !['d', '---'].includes(mark))).toEqual([]);
});

it('every rule is named once, and no other', () => {
  const named = rows.flatMap(({ names }) => names);
  expect(named.toSorted()).toEqual(rules.map(({ name }) => name).toSorted());
});

it('numbers are signals, letters are chains and campaigns', () => {
  const kindOf = new Map(rules.map(({ name, kind }) => [name, kind]));
  const kinds = (pattern: RegExp) =>
    new Set(
      rows.filter(({ mark }) => pattern.test(mark)).flatMap(({ names }) => names.map((name) => kindOf.get(name))),
    );
  expect([...kinds(/^\d+$/)]).toEqual(['detection']);
  expect([...kinds(/^[A-Na-f]$/)]).toEqual(['correlation']);
});
