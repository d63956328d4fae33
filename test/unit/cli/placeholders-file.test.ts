import { describe, expect, it } from 'vitest';
import { parsePlaceholders } from '../../../cli/placeholders-file.ts';
import { ConfigError } from '../../../src/errors.ts';

function problemsOf(text: string): readonly string[] {
  try {
    parsePlaceholders(text, 'values.yml');
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('values of placeholders', () => {
  it('are lists, or one value', () => {
    expect(parsePlaceholders('Admins: [ada@example.org, 7]\nHome: NL\nLimit: 5\nOn: true\n', 'values.yml')).toEqual({
      Admins: ['ada@example.org', 7],
      Home: ['NL'],
      Limit: [5],
      On: [true],
    });
  });

  it.each([
    ['an empty file', '', ['values.yml: should be lines of "name: [value, value]"']],
    ['a list', '- a\n', ['values.yml:1:1: should be lines of "name: [value, value]"']],
    [
      'several problems at once',
      'A: {b: c}\nOk: [1]\nB:\n  - [x]\nC:\n',
      [
        'values.yml:1:4: A should be a text, a number, true or false, or a list of these',
        'values.yml:4:3: B should be a text, a number, true or false, or a list of these',
        'values.yml:5:3: C should be a text, a number, true or false, or a list of these',
      ],
    ],
    ['broken YAML', 'A: [1\n', [expect.stringMatching(/^values\.yml:\d+:\d+: not valid YAML: /)]],
  ])('says what is wrong with %s, and where', (_, text, problems) => expect(problemsOf(text)).toEqual(problems));
});
