import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitsPattern, holds, parseCondition, parseConditions } from '../../../src/rules/condition.ts';
import type { Condition } from '../../../src/rules/schema.ts';

const KNOWN = ['a', 'b', 'c', 'sel_1', 'sel_2', 'sel_x_end', '_hidden', 'filter-main', 'keywords'];
const names = { known: KNOWN, noun: 'search identifier', quantifiers: true };

/** A condition as text with every bracket. */
function show(condition: Condition): string {
  switch (condition.kind) {
    case 'name':
      return condition.name;
    case 'not':
      return `!${show(condition.of)}`;
    default:
      return `(${condition.of.map(show).join(condition.kind === 'and' ? ' & ' : ' | ')})`;
  }
}

describe('conditions', () => {
  it.each([
    ['a', 'a'],
    ['a and b', '(a & b)'],
    ['a or b', '(a | b)'],
    ['not a', '!a'],
    ['a or b and c', '(a | (b & c))'],
    ['a and b or c', '((a & b) | c)'],
    ['(a or b) and c', '((a | b) & c)'],
    ['not a and b', '(!a & b)'],
    ['not (a and b)', '!(a & b)'],
    ['not not a', 'a'],
    ['not not not a', '!a'],
    ['not a or not b and not c', '(!a | (!b & !c))'],
    ['1 of sel_*', '(sel_1 | sel_2 | sel_x_end)'],
    ['any of sel_*', '(sel_1 | sel_2 | sel_x_end)'],
    ['all of sel_*', '(sel_1 & sel_2 & sel_x_end)'],
    ['all of sel_*_end', 'sel_x_end'],
    ['1 of *_1', 'sel_1'],
    ['1 of sel_1', 'sel_1'],
    ['1 of them', '(a | b | c | sel_1 | sel_2 | sel_x_end | filter-main | keywords)'],
    ['all of them', '(a & b & c & sel_1 & sel_2 & sel_x_end & filter-main & keywords)'],
    ['a and not 1 of sel_*', '(a & !(sel_1 | sel_2 | sel_x_end))'],
    ['a or 1 of sel_* and b', '(a | ((sel_1 | sel_2 | sel_x_end) & b))'],
    ['_hidden and a', '(_hidden & a)'],
    ['1 of _*', '_hidden'],
    ['filter-main', 'filter-main'],
    ['A AND B', undefined],
    ['a AND b', '(a & b)'],
    ['NOT a OR b', '(!a | b)'],
    ['((a))', 'a'],
    ['(a)or(b)', '(a | b)'],
    ['a\n  and\tb', '(a & b)'],
  ])('%s', (text, expected) => {
    const reading = parseCondition(text, names);
    expect(reading.ok ? show(reading.condition) : undefined).toBe(expected);
  });

  it.each([
    ['', 'the condition is empty'],
    ['   ', 'the condition is empty'],
    ['a and', 'the condition ends too early'],
    ['and a', '"and" is not expected here'],
    ['a b', '"b" is not expected here; join parts with "and" or "or"'],
    ['(a', '"(" without ")"'],
    ['a)', '")" is not expected here; join parts with "and" or "or"'],
    [') a', '")" without "("'],
    ['()', '")" without "("'],
    ['not', 'the condition ends too early'],
    ['2 of sel_*', '"2 of" is not possible; Sigma has "1 of", "any of" and "all of"'],
    ['1 of', '"1 of" needs a pattern or "them"'],
    ['1 of (a)', '"1 of" needs a pattern or "them"'],
    ['sel_*', '"sel_*" is a pattern; write "1 of sel_*" or "all of sel_*"'],
    ['selection', 'there is no search identifier "selection"'],
    ['keyword', 'there is no search identifier "keyword"; did you mean "keywords"?'],
    ['1 of sle_*', 'there is no search identifier "sle_*"'],
    [
      'a | count() > 5',
      'the old "| count() by" and "| near" forms are not part of Sigma any more; write a correlation instead',
    ],
  ])('rejects %j', (text, expected) => {
    const reading = parseCondition(text, names);
    expect(reading.ok ? 'accepted' : reading.message).toBe(expected);
  });

  it('joins a list by OR', () => {
    const reading = parseConditions(['a and b', 'c'], names);
    expect(reading.ok && show(reading.condition)).toBe('((a & b) | c)');
    expect(reading.ok && [...reading.used]).toEqual(['a', 'b', 'c']);
  });

  it('takes rule names without quantifiers', () => {
    const rules = { known: ['probe-seen', 'reset_done', 'x.y'], noun: 'rule', quantifiers: false };
    const reading = parseCondition('probe-seen and (reset_done or not x.y)', rules);
    expect(reading.ok && show(reading.condition)).toBe('(probe-seen & (reset_done | !x.y))');
    const refused = parseCondition('1 of probe*', rules);
    expect(refused.ok ? '' : refused.message).toBe('"1 of" is not possible here; name each rule');
  });

  it('bounds brackets and length', () => {
    expect(parseCondition(`${'('.repeat(5000)}a`, names).ok).toBe(false);
    expect(parseCondition(`${'not '.repeat(1500)}a`, names).ok).toBe(true);
    expect(parseCondition(`a${' or a'.repeat(5000)}`, names).ok).toBe(false);
  });

  it('never throws, whatever the text', () => {
    const word = fc.constantFrom(
      'a',
      'b',
      'and',
      'or',
      'not',
      '(',
      ')',
      '1',
      'all',
      'any',
      'of',
      'them',
      'sel_*',
      '|',
      'x',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(word).map((words) => words.join(' ')),
          fc.string(),
        ),
        (text) => {
          const reading = parseCondition(text, names);
          expect(typeof reading.ok).toBe('boolean');
        },
      ),
    );
  });

  it('means what its brackets say', () => {
    const { tree } = fc.letrec<{ tree: Condition }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom('a', 'b', 'c').map((name): Condition => ({ kind: 'name', name })),
        tie('tree').map((of): Condition => ({ kind: 'not', of })),
        fc
          .tuple(fc.constantFrom('and' as const, 'or' as const), fc.array(tie('tree'), { minLength: 2, maxLength: 3 }))
          .map(([kind, of]): Condition => ({ kind, of })),
      ),
    }));
    const write = (condition: Condition): string =>
      condition.kind === 'name'
        ? condition.name
        : condition.kind === 'not'
          ? `not (${write(condition.of)})`
          : condition.of.map((part) => `(${write(part)})`).join(` ${condition.kind} `);
    fc.assert(
      fc.property(tree, fc.subarray(['a', 'b', 'c']), (condition, truths) => {
        const isTrue = (name: string) => truths.includes(name);
        const reading = parseCondition(write(condition), names);
        if (!reading.ok) throw new Error(reading.message);
        expect(holds(reading.condition, isTrue)).toBe(holds(condition, isTrue));
      }),
    );
  });
});

describe('identifier patterns', () => {
  it.each([
    ['sel*', 'selection', true],
    ['*', 'anything', true],
    ['s*n', 'selection', true],
    ['s*x', 'selection', false],
    ['sel', 'selection', false],
    ['a*a', 'a', false],
    ['*a*a*', 'banana', true],
    ['Sel*', 'selection', false],
  ])('%s on %s: %s', (pattern, name, expected) => {
    expect(fitsPattern(pattern, name)).toBe(expected);
  });
});
