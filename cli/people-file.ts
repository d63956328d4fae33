/** Reads people.yml: who is protected, with every account that counts as theirs (docs/scan.md, "People"). */
import { readFile } from 'node:fs/promises';
import { isMap, isSeq, LineCounter, type ParsedNode, parseDocument } from 'yaml';
import { z } from 'zod';
import { ConfigError, formatProblem, type Problem } from '../src/errors.ts';
import type { AccountRef } from '../src/model/log-event.ts';
import type { Person } from '../src/model/person.ts';

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const Account = z
  .string()
  .trim()
  .min(3)
  .refine((text) => GUID.test(text) || /^[^\s@]+@[^\s@]+$/.test(text), {
    error: 'should be a user principal name, a mail address or an object id',
  });

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

/** Reads a people file. Throws `ConfigError` with every problem at once, each with its line. */
export async function readPeople(path: string): Promise<readonly Person[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError([`${path}: cannot be read (${code}). Name a people file that exists, see docs/scan.md.`]);
  }
  return parsePeople(text, path);
}

/** The same from text. */
export function parsePeople(text: string, path: string): readonly Person[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problems: Problem[] = document.errors.map((error) => {
    const { line, col } = lines.linePos(error.pos[0]);
    return { file: path, line, column: col, message: error.message };
  });
  if (problems.length > 0) throw asConfigError(problems);
  const content = PeopleFile.safeParse(toPlain(document, path));
  if (!content.success) {
    throw asConfigError(
      content.error.issues.map((issue) => ({
        ...locate(document.contents, issue.path, lines),
        file: path,
        message: issueText(issue),
      })),
    );
  }
  const duplicates = findDuplicates(content.data).map(({ index, account }) => ({
    ...locate(document.contents, ['people', index], lines),
    file: path,
    message: `account ${account} of this person belongs to another person as well: one account, one person`,
  }));
  if (duplicates.length > 0) throw asConfigError(duplicates);
  return content.data.people.map(toPerson);
}

function toPlain(document: ReturnType<typeof parseDocument>, path: string): unknown {
  try {
    // The default limit of aliases keeps a file that unfolds for ever from doing so.
    return document.toJS();
  } catch {
    throw new ConfigError([`${path}: uses too many aliases (*name). Write the values out.`]);
  }
}

function toPerson(entry: PeopleFile['people'][number]): Person {
  const keys = [...entry.accounts, ...entry.mailboxes].map((account) => account.toLowerCase());
  return {
    id: entry.id ?? keys[0] ?? '',
    accounts: keys.map((key): AccountRef => (GUID.test(key) ? { id: key } : { upn: key })),
    recoveryAddresses: entry.recovery,
    sensitive: entry.sensitive,
  };
}

/** Positions of accounts that an earlier person has already; the account by its place, never by its name. */
function findDuplicates({ people }: PeopleFile): { index: number; account: number }[] {
  const owner = new Map<string, number>();
  return people.flatMap((entry, index) =>
    [...entry.accounts, ...entry.mailboxes].flatMap((account, place) => {
      const key = account.toLowerCase();
      const first = owner.get(key) ?? index;
      owner.set(key, first);
      return first === index ? [] : [{ index, account: place + 1 }];
    }),
  );
}

function issueText(issue: z.core.$ZodIssue): string {
  const where = issue.path.filter((part) => typeof part === 'string').join('.');
  if (issue.code === 'unrecognized_keys') {
    return `unknown key ${issue.keys.join(', ')}: known are id, accounts, mailboxes, recovery, sensitive`;
  }
  return `${where || 'file'}: ${issue.message}`;
}

function asConfigError(problems: readonly Problem[]): ConfigError {
  return new ConfigError(problems.map(formatProblem));
}

/** Line and column of the node at `path`, or of the nearest node above it. */
function locate(
  root: ParsedNode | null,
  path: readonly PropertyKey[],
  lines: LineCounter,
): { line?: number; column?: number } {
  let node: unknown = root;
  let best = root;
  for (const part of path) {
    node = isMap(node) || isSeq(node) ? node.get(typeof part === 'number' ? part : String(part), true) : undefined;
    if (!isParsed(node)) break;
    best = node;
  }
  if (!best?.range) return {};
  const { line, col } = lines.linePos(best.range[0]);
  return { line, column: col };
}

function isParsed(node: unknown): node is ParsedNode {
  return typeof node === 'object' && node !== null && 'range' in node;
}
