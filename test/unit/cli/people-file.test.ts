import { describe, expect, it } from 'vitest';
import { parsePeople } from '../../../cli/people-file.ts';
import { ConfigError } from '../../../src/errors.ts';
import { createEnrollment } from '../../../src/model/person.ts';

const GUID = '0a0a0a0a-0000-4000-8000-000000000001';

function problemsOf(text: string): readonly string[] {
  try {
    parsePeople(text, 'people.yml');
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('people.yml', () => {
  it('reads people with all their accounts, without regard to case', () => {
    const text = `people:
  - id: ada
    accounts: [Ada@Example.org, ${GUID.toUpperCase()}]
    mailboxes: [ada.private@example.net]
    recovery: [+1 555-0100]
    sensitive: true
  - accounts: [Bo@example.org]
`;
    expect(parsePeople(text, 'people.yml')).toEqual([
      {
        id: 'ada',
        accounts: [{ upn: 'ada@example.org' }, { id: GUID }, { upn: 'ada.private@example.net' }],
        recoveryAddresses: ['+1 555-0100'],
        sensitive: true,
      },
      { id: 'bo@example.org', accounts: [{ upn: 'bo@example.org' }], recoveryAddresses: [], sensitive: false },
    ]);
  });

  it('finds a person by name or by id', () => {
    const find = createEnrollment(
      parsePeople(`people: [{id: ada, accounts: [ada@example.org, ${GUID}]}]`, 'people.yml'),
    );
    expect(find({ upn: 'ada@example.org' })?.id).toBe('ada');
    expect(find({ id: GUID })?.id).toBe('ada');
    expect(find({ id: GUID, upn: 'renamed@example.org' })?.id).toBe('ada');
    expect(find({ upn: 'bo@example.org' })).toBeUndefined();
    expect(find({})).toBeUndefined();
  });

  it.each([
    ['an empty file', '', ['people.yml: file: Invalid input: expected object, received null']],
    [
      'no accounts',
      'people:\n  - id: ada\n',
      ['people.yml:2:5: people.accounts: Invalid input: expected array, received undefined'],
    ],
    [
      'what is no account',
      'people:\n  - accounts:\n      - ada@example.org\n      - Ada Lovelace\n',
      ['people.yml:4:9: people.accounts: should be a user principal name, a mail address or an object id'],
    ],
    [
      'an unknown key',
      'people:\n  - accounts: [ada@example.org]\n    mailbox: [x@example.org]\n',
      ['people.yml:2:5: unknown key mailbox: known are id, accounts, mailboxes, recovery, sensitive'],
    ],
    [
      'one account of two people',
      'people:\n  - accounts: [ada@example.org]\n  - accounts: [bo@example.org, ADA@example.org]\n',
      ['people.yml:3:5: account 2 of this person belongs to another person as well: one account, one person'],
    ],
    [
      'several problems at once',
      'people:\n  - accounts: []\n  - sensitive: perhaps\n    accounts: [bo@example.org]\n',
      [
        'people.yml:2:15: people.accounts: Too small: expected array to have >=1 items',
        'people.yml:3:16: people.sensitive: Invalid input: expected boolean, received string',
      ],
    ],
  ])('says what is wrong with %s, and where', (_, text, problems) => expect(problemsOf(text)).toEqual(problems));

  it('says where the YAML itself is broken', () => {
    expect(problemsOf('people:\n  - accounts: [a@example.org\n')[0]).toMatch(/^people\.yml:\d+:\d+: /);
  });

  it('does not unfold a YAML bomb', () => {
    const level = (name: string, of: string) => `${name}: &${name} [${Array(9).fill(`*${of}`).join(',')}]\n`;
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${level('b', 'a')}${level('c', 'b')}${level('d', 'c')}${level('e', 'd')}people: *e\n`;
    expect(problemsOf(bomb)).toEqual(['people.yml: uses too many aliases (*name). Write the values out.']);
  });
});
