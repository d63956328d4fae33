import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConfigError } from '../../../../src/errors.ts';
import { readPeopleText, toCsv, toInput } from '../../../../src/live/people/people-csv.ts';
import { type PersonInput, toEnrolled, weaknesses } from '../../../../src/live/people/person-input.ts';

const NOW = new Date('2026-09-01T08:00:00Z');
const LATER = new Date('2026-10-01T08:00:00Z');
let counter = 0;
const context = (now = NOW) => ({
  now,
  hash: (value: string) => `h(${value.length})${[...value].reverse().join('')}`,
  random: (length: number) => String(++counter).padStart(length, '0'),
});
const ann: PersonInput = {
  name: 'Ann Example',
  accounts: ['ann@example.org'],
  linked: [],
  mailOptIn: [],
  emails: ['ann@example.net'],
  phones: ['+15550101'],
  language: 'en',
  timeZone: 'UTC',
  sensitive: false,
  drill: false,
  safetyPlan: { wording: 'normal' },
};
const problemsOf = (text: string) => {
  try {
    readPeopleText(text, 'people.csv');
    return [];
  } catch (error) {
    return (error as ConfigError).problems;
  }
};

describe('people as CSV', () => {
  it('reads columns in any order and case, lists by semicolon, numbers as people write them', () => {
    const text =
      '\uFEFFName,Accounts,phones,emails,language,timezone,sensitive\r\n"Ann, Example",Ann@Example.org;ann.alias@example.org,+1 (555) 01-01,ann@example.net,fa,Asia/Tehran,yes\r\n';
    expect(readPeopleText(text, 'people.csv')).toEqual([
      {
        ...ann,
        name: 'Ann, Example',
        accounts: ['ann@example.org', 'ann.alias@example.org'],
        phones: ['+15550101'],
        language: 'fa',
        timeZone: 'Asia/Tehran',
        sensitive: true,
      },
    ]);
  });

  it('reads semicolons as separators where a spreadsheet wrote them', () => {
    expect(readPeopleText('name;accounts\nAnn;ann@example.org\n', 'people.csv')).toMatchObject([{ name: 'Ann' }]);
  });

  it.each([
    [
      'name,mail\nAnn,x',
      ['people.csv:1: no column is called "mail". Columns: ', 'people.csv:1: the column "accounts" is missing'],
    ],
    ['name,accounts\nAnn,nobody', ['people.csv:2: accounts.0: should be a user principal name or a mail address']],
    [
      'name,accounts,phones\nAnn,a@example.org,555-0101',
      ['people.csv:2: phones.0: should be a number in international form'],
    ],
    ['name,accounts,timeZone\nAnn,a@example.org,Mars/North', ['people.csv:2: timeZone: should be an IANA time zone']],
    ['name,accounts,language\nAnn,a@example.org,tlh', ['people.csv:2: language: ']],
    ['name,accounts,sensitive\nAnn,a@example.org,perhaps', ['people.csv:2: sensitive: ']],
    ['name,accounts\nAnn,a@example.org\nBo,A@example.org', ['people.csv:3: an account belongs to line 2 as well']],
    ['name,accounts\n,a@example.org\nBo,b', ['people.csv:2: name: ', 'people.csv:3: accounts.0: ']],
    ['name,accounts\n"Ann,a@example.org', ['people.csv:2: is not CSV from here on (CSV_QUOTE_NOT_CLOSED)']],
    ['[{"name":"Ann",', ['people.csv:1: is not JSON from here on']],
    ['{"persons":[]}', ['people.csv: should be an array of people']],
    ['[{"name":"Ann","accounts":["a@example.org"],"phone":"x"}]', ['people.csv:1: Unrecognized key: "phone"']],
  ])('says what is wrong where: %j', (text, expected) => {
    const problems = problemsOf(text);
    expect(problems.length).toBe(expected.length);
    expected.forEach((start, index) => void expect(problems[index]).toContain(start));
  });

  it('no message repeats an address or a number', () => {
    const text = 'name,accounts,phones,emails\nAnn,ann example.org,555-0199,ann@\n';
    expect(problemsOf(text).join('\n')).not.toMatch(/ann example|555-0199|ann@/);
  });

  it('what is exported reads back as the same', () => {
    const one = fc.record({
      name: fc
        .string({ minLength: 1, maxLength: 40 })
        .filter((name) => name.trim() === name && !/^['\uFEFF=+@-]/.test(name) && !/[\p{C}\u2028\u2029]/u.test(name)),
      phones: fc.uniqueArray(
        fc.integer({ min: 0, max: 99 }).map((n) => `+15550${100 + n}`),
        { maxLength: 3 },
      ),
      emails: fc.uniqueArray(fc.constantFrom('a@example.net', 'b@example.com'), { maxLength: 2 }),
      sensitive: fc.boolean(),
      language: fc.constantFrom('en', 'fa', 'he'),
    });
    fc.assert(
      fc.property(one, (change) => {
        const person = toEnrolled({ ...ann, ...change } as PersonInput, undefined, context());
        const id = 'p_abcdefghijklmnop';
        expect(readPeopleText(toCsv([{ ...person, id }]), 'x')).toEqual([{ ...toInput(person), id }]);
      }),
    );
  });

  it('defuses what a spreadsheet would run', () => {
    const person = toEnrolled({ ...ann, name: '=HYPERLINK("x")' }, undefined, context());
    expect(toCsv([person])).toContain(`"'=HYPERLINK(""x"")"`);
  });
});

describe('enrolling', () => {
  it('makes a new person with channels that are not proven yet', () => {
    const person = toEnrolled({ ...ann, recoveryPhones: ['+15550109'] }, undefined, context());
    expect(person).toMatchObject({
      id: expect.stringMatching(/^p_\d{16}$/),
      accounts: [{ kind: 'work', upn: 'ann@example.org' }],
      recovery: [{ kind: 'phone', hash: 'h(9)90105551+', addedAt: NOW }],
      channels: [
        { kind: 'email', address: 'ann@example.net', addedAt: NOW },
        { kind: 'sms', address: '+15550101', addedAt: NOW },
      ],
      enrolledAt: NOW,
    });
    expect(JSON.stringify(person)).not.toContain('5550109');
  });

  it('keeps proofs and ids of what stays, retires what was replaced, and starts anew what comes back', () => {
    const first = toEnrolled(ann, undefined, context());
    const proven = { ...first, channels: first.channels.map((channel) => ({ ...channel, provenAt: NOW })) };
    const replaced = toEnrolled({ ...ann, phones: ['+15550155'] }, proven, context(LATER));
    expect(replaced.id).toBe(first.id);
    expect(replaced.channels).toMatchObject([
      { address: 'ann@example.net', provenAt: NOW },
      { address: '+15550155', addedAt: LATER },
      { address: '+15550101', retiredAt: LATER },
    ]);
    const back = toEnrolled(ann, replaced, context(LATER));
    expect(back.channels.find(({ address }) => address === '+15550101')).toMatchObject({
      addedAt: LATER,
      provenAt: undefined,
    });
    expect(back.channels.find(({ address }) => address === '+15550155')).toMatchObject({ retiredAt: LATER });
  });

  it('keeps recovery addresses that an import leaves out, and drops those that it leaves empty', () => {
    const first = toEnrolled({ ...ann, recoveryEmails: ['r@example.com'] }, undefined, context());
    expect(toEnrolled(ann, first, context()).recovery).toEqual(first.recovery);
    expect(toEnrolled({ ...ann, recoveryEmails: [] }, first, context()).recovery).toEqual([]);
  });

  it.each([
    [{ emails: [], phones: [] }, 'no channel: only the desk can reach them'],
    [{}, 'no channel is proven by a code yet'],
    [{ emails: ['other@example.org'], phones: [] }, "every channel is in the mail of the person's own tenant"],
  ])('says what leaves somebody worse protected: %j', (change, text) => {
    const person = toEnrolled({ ...ann, ...change }, undefined, context());
    expect(weaknesses(person).join('\n')).toContain(text);
  });
});
