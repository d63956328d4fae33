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

  it('finds a person by a recovery address that nobody else has', () => {
    const text = `people:
  - {id: ada, accounts: [ada@example.org], recovery: [Ada.Home@example.net, both@example.net, bo@example.org]}
  - {id: bo, accounts: [bo@example.org], recovery: [both@example.net, "+1 555-0100"]}
`;
    const find = createEnrollment(parsePeople(text, 'people.yml'));
    const found = ['ada.home@example.net', 'both@example.net', 'bo@example.org', '+1 555-0100'];
    expect(found.map((upn) => find({ upn })?.id)).toEqual(['ada', undefined, 'bo', undefined]);
  });

  it.each([
    ['an empty file', '', ['people.yml: should begin with "people:" and a list of people, see docs/scan.md']],
    [
      'a list of names',
      '- ada@example.org\n',
      ['people.yml:1:1: should begin with "people:" and a list of people, see docs/scan.md'],
    ],
    [
      'no people',
      'people: []\n',
      ['people.yml:1:9: people should be a list of people, at least one: "- accounts: [ada@example.org]"'],
    ],
    [
      'a name instead of a person',
      'people:\n  - ada@example.org\n',
      ['people.yml:2:5: a person should be a map of id, accounts, mailboxes, recovery, sensitive'],
    ],
    [
      'no accounts',
      'people:\n  - id: ada\n',
      ['people.yml:2:5: accounts should be a list of user principal names, mail addresses or object ids, at least one'],
    ],
    [
      'what is no account',
      'people:\n  - accounts:\n      - ada@example.org\n      - Ada Lovelace\n',
      ['people.yml:4:9: accounts: entry 2 should be a user principal name, a mail address or an object id'],
    ],
    [
      'an unknown key',
      'people:\n  - accounts: [ada@example.org]\n    mailbox: [x@example.org]\n',
      ['people.yml:3:14: there is no mailbox here; known are: id, accounts, mailboxes, recovery, sensitive'],
    ],
    [
      'one account of two people',
      'people:\n  - accounts: [ada@example.org]\n  - accounts: [bo@example.org, ADA@example.org]\n',
      ['people.yml:3:5: account 2 of this person belongs to another person as well: one account, one person'],
    ],
    [
      'one id of two people',
      'people:\n  - {id: ada, accounts: [a@example.org]}\n  - {id: ada, accounts: [b@example.org]}\n',
      ['people.yml:3:10: id is that of an earlier person: give each their own'],
    ],
    [
      'two people who only have the same id by their accounts',
      'people:\n  - {id: b@example.org, accounts: [a@example.org]}\n  - accounts: [B@example.org]\n',
      ['people.yml:3:5: id is that of an earlier person: give each their own'],
    ],
    [
      'several problems at once',
      `people:
  - accounts: []
    recvery: [x]
  - sensitive: perhaps
    accounts: [bo@example.org]
    recovery: [15550100, ok@example.org]
  - id: 7
    accounts: dana@example.org
persons: []
`,
      [
        'people.yml:2:15: accounts should be a list of user principal names, mail addresses or object ids, at least one',
        'people.yml:3:14: there is no recvery here; known are: id, accounts, mailboxes, recovery, sensitive',
        'people.yml:6:16: recovery: entry 1 should be a mail address or a phone number; put numbers in quotes',
        'people.yml:4:16: sensitive should be true or false',
        'people.yml:7:9: id should be a text; put numbers in quotes',
        'people.yml:8:15: accounts should be a list of user principal names, mail addresses or object ids, at least one',
        'people.yml:9:10: there is no persons here; known are: people',
      ],
    ],
    [
      'brackets without end',
      `people: ${'['.repeat(20_000)}${']'.repeat(20_000)}\n`,
      ['people.yml: not valid YAML: nested too deep. Write it flat.'],
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
