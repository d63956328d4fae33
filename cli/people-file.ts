/** Reads people.yml: who is protected, with every account that counts as theirs (docs/scan.md, "People"). */
import { z } from 'zod';
import type { AccountRef } from '../src/model/log-event.ts';
import type { Person } from '../src/model/person.ts';
import { parseYaml, readYamlText, type YamlFile } from './yaml-file.ts';

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const Account = z
  .string()
  .trim()
  .refine((text) => GUID.test(text) || /^[^\s@]+@[^\s@]+$/.test(text));

const PersonEntry = z.strictObject({
  id: z.string().trim().min(1).optional(),
  accounts: z.array(Account).min(1),
  mailboxes: z.array(Account).default([]),
  recovery: z.array(z.string().trim().min(3)).default([]),
  sensitive: z.boolean().default(false),
});

/** Content of people.yml. */
export const PeopleFile = z.strictObject({ people: z.array(PersonEntry).min(1) });
/** Parsed content of people.yml. */
export type PeopleFile = z.infer<typeof PeopleFile>;

/** Reads a people file. Throws `ConfigError` with every problem at once, each with its place. */
export async function readPeople(path: string): Promise<readonly Person[]> {
  return parsePeople(await readYamlText(path, 'Name a people file that exists, see docs/scan.md.'), path);
}

/** The same from text. */
export function parsePeople(text: string, path: string): readonly Person[] {
  return parseYaml(text, path, FILE).people.map(toPerson);
}

const FILE: YamlFile<PeopleFile> = {
  schema: PeopleFile as z.ZodType<PeopleFile>,
  words,
  check: (content) => [...sharedAccounts(content), ...sharedIds(content)],
};

const KNOWN = Object.keys(PersonEntry.shape).join(', ');

/** What each key holds, for messages. */
const SHOULD_BE: Readonly<Record<string, string>> = {
  people: 'should be a list of people, at least one: "- accounts: [ada@example.org]"',
  id: 'should be a text; put numbers in quotes',
  accounts: 'should be a list of user principal names, mail addresses or object ids, at least one',
  mailboxes: 'should be a list of mail addresses',
  recovery: 'should be a list of mail addresses and phone numbers; put numbers in quotes',
  sensitive: 'should be true or false',
};

/** The same for one entry of a list. */
const ENTRY_SHOULD_BE: Readonly<Record<string, string>> = {
  accounts: 'should be a user principal name, a mail address or an object id',
  mailboxes: 'should be a mail address',
  recovery: 'should be a mail address or a phone number; put numbers in quotes',
};

function words(issue: z.core.$ZodIssue): string {
  const key = String(issue.path.findLast((part) => typeof part === 'string') ?? '');
  if (issue.code === 'unrecognized_keys') {
    const known = issue.path.length === 0 ? 'people' : KNOWN;
    return `there is no ${issue.keys.join(', ')} here; known are: ${known}`;
  }
  if (key === '') return 'should begin with "people:" and a list of people, see docs/scan.md';
  // An entry of the list of people that is none.
  if (key === 'people' && issue.path.length > 1) return `a person should be a map of ${KNOWN}`;
  const entry = issue.path.at(-1);
  return typeof entry === 'number' ? `${key}: entry ${entry + 1} ${ENTRY_SHOULD_BE[key]}` : `${key} ${SHOULD_BE[key]}`;
}

function toPerson(entry: PeopleFile['people'][number]): Person {
  const keys = [...entry.accounts, ...entry.mailboxes].map((account) => account.toLowerCase());
  return {
    id: idOf(entry),
    accounts: keys.map((key): AccountRef => (GUID.test(key) ? { id: key } : { upn: key })),
    recoveryAddresses: entry.recovery,
    sensitive: entry.sensitive,
  };
}

function idOf({ id, accounts }: PeopleFile['people'][number]): string {
  return id ?? accounts[0]?.toLowerCase() ?? '';
}

/** Accounts that an earlier person has already; told by their place, never by name. */
function sharedAccounts({ people }: PeopleFile) {
  const owner = new Map<string, number>();
  return people.flatMap((entry, index) =>
    [...entry.accounts, ...entry.mailboxes].flatMap((account, place) => {
      const key = account.toLowerCase();
      const first = owner.get(key) ?? index;
      owner.set(key, first);
      const message = `account ${place + 1} of this person belongs to another person as well: one account, one person`;
      return first === index ? [] : [{ path: ['people', index], message }];
    }),
  );
}

/** Two people of one id would be one. */
function sharedIds({ people }: PeopleFile) {
  const seen = new Set<string>();
  return people.flatMap((entry, index) => {
    const id = idOf(entry);
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    return [{ path: ['people', index, 'id'], message: 'id is that of an earlier person: give each their own' }];
  });
}
