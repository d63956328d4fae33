import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchPatterns } from '../../../src/rules/matchers.ts';
import { createGlob, type Pattern, parsePattern, place } from '../../../src/rules/pattern.ts';

/** A pattern with `*` as ⁂ and `?` as ⁇, so that literal stars can be told apart. */
function show(pattern: Pattern): string {
  return pattern.map((part) => ('text' in part ? part.text : part.wildcard === '*' ? '⁂' : '⁇')).join('');
}

describe('wildcards and escapes', () => {
  it.each([
    ['plain', 'plain'],
    ['', ''],
    ['a*b', 'a⁂b'],
    ['a?b', 'a⁇b'],
    ['a**b', 'a⁂b'],
    ['a??b', 'a⁇⁇b'],
    ['a\\*b', 'a*b'],
    ['a\\?b', 'a?b'],
    ['C:\\Windows\\x', 'C:\\Windows\\x'],
    ['C:\\\\Windows', 'C:\\Windows'],
    ['a\\\\*', 'a\\⁂'],
    ['a\\\\\\*', 'a\\*'],
    ['\\\\\\\\srv', '\\\\srv'],
    ['\\\\\\srv', '\\\\srv'],
    ['end\\', 'end\\'],
    ['end\\\\', 'end\\'],
    ['\\%x', '\\%x'],
  ])('%j is %j', (text, expected) => {
    expect(show(parsePattern(text))).toBe(expected);
  });

  it.each([
    ['contains', 'x', '⁂x⁂'],
    ['contains', '*x', '⁂x⁂'],
    ['startswith', 'x', 'x⁂'],
    ['endswith', 'x', '⁂x'],
    ['whole', 'x', 'x'],
    ['contains', '', '⁂'],
  ] as const)('%s %j is %j', (placement, text, expected) => {
    expect(show(place(parsePattern(text), placement))).toBe(expected);
  });
});

describe('matching a pattern', () => {
  it.each([
    ['abc', 'ABC', true],
    ['abc', 'abcd', false],
    ['a*c', 'abbbc', true],
    ['a*c', 'ac', true],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['?', '😀', true],
    ['??', '😀', false],
    ['*?', '😀', true],
    ['*??', '😀', false],
    ['*', '', true],
    ['?*', '', false],
    ['*ab*ab*', 'xabyab', true],
    ['*ab*ab*', 'xab', false],
    ['*aab', 'aaaaab', true],
    ['ÄÖÜ', 'äöü', true],
    ['straße', 'STRASSE', false],
    ['ΟΔΟΣ', 'οδος', true],
    ['*οδοσ*', 'ΟΔΟΣ 5', true],
    ['trailing ', 'trailing', true],
    [' leading', 'leading', true],
    ['inner  blank', 'inner blank', false],
    ['x *', 'x y', true],
    ['x *', 'xy', false],
  ])('%j on %j: %s', (pattern, text, expected) => {
    expect(matchPatterns([parsePattern(pattern)], false)(text)).toBe(expected);
  });

  it('keeps case when told to', () => {
    const matches = matchPatterns([parsePattern('Abc*')], true);
    expect([matches('Abcd'), matches('abcd')]).toEqual([true, false]);
  });

  it('agrees with the obvious definition', () => {
    const character = fc.constantFrom('a', 'b', '😀', '\\');
    const parts = fc.array(fc.constantFrom('a', 'b', '😀', '*', '?', '\\*', '\\?', '\\\\'), { maxLength: 8 });
    fc.assert(
      fc.property(parts, fc.array(character, { maxLength: 10 }), (pieces, text) => {
        const pattern = parsePattern(pieces.join(''));
        const value = text.join('');
        expect(createGlob(pattern)(value)).toBe(naive(units(pattern), Array.from(value)));
      }),
      { numRuns: 2000 },
    );
  });

  it('takes no more than the product of the lengths', () => {
    const glob = createGlob(parsePattern(`${'*a'.repeat(100)}*b`));
    const start = performance.now();
    expect(glob('a'.repeat(20_000))).toBe(false);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

function units(pattern: Pattern): string[] {
  return pattern.flatMap((part) => ('text' in part ? Array.from(part.text, (text) => `=${text}`) : [part.wildcard]));
}

function naive(pattern: readonly string[], text: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return text.length === 0;
  if (first === '*') return naive(rest, text) || (text.length > 0 && naive(pattern, text.slice(1)));
  if (text.length === 0) return false;
  return (first === '?' || first.slice(1) === text[0]) && naive(rest, text.slice(1));
}
