/** People as CSV and JSON: what spreadsheets and other systems hand over, and what export gives back. */
import { parse } from 'csv-parse/sync';
import { ConfigError, formatProblem, type Problem } from '../../errors.ts';
import type { EnrolledPerson } from '../../model/enrolled-person.ts';
import { PersonInput } from './person-input.ts';

/** Columns of the CSV, in order. Those of `LISTS` hold several values, separated by `;`. */
export const COLUMNS = [
  'id',
  'name',
  'accounts',
  'linked',
  'mailOptIn',
  'recoveryEmails',
  'recoveryPhones',
  'emails',
  'phones',
  'language',
  'timeZone',
  'sensitive',
  'drill',
  'safetyPlan',
] as const satisfies readonly (keyof PersonInput)[];
const LISTS: readonly string[] = [
  'accounts',
  'linked',
  'mailOptIn',
  'recoveryEmails',
  'recoveryPhones',
  'emails',
  'phones',
];
const FLAGS: readonly string[] = ['sensitive', 'drill'];
const REQUIRED = ['name', 'accounts'];
const MAX_PEOPLE = 100_000;

/**
 * Reads CSV (first line = column names) or JSON (an array, or `{"people": […]}`), whichever it is.
 * @throws ConfigError with every problem of every line at once, as `name:line: column: what is wrong`
 */
export function readPeopleText(text: string, name: string): PersonInput[] {
  const content = text.replace(/^\uFEFF/, '').trimStart();
  const entries = /^[[{]/.test(content) ? fromJson(content, name) : fromCsv(content, name);
  if (entries.length > MAX_PEOPLE) throw new ConfigError([`${name}: more than ${MAX_PEOPLE} people. Split the file.`]);
  const problems: Problem[] = [];
  const people = entries.flatMap(({ line, value }) => {
    const parsed = PersonInput.safeParse(value);
    if (parsed.success) return [{ line, person: parsed.data }];
    for (const issue of parsed.error.issues) {
      const where = issue.path.length > 0 ? `${issue.path.join('.')}: ` : '';
      problems.push({ file: name, line, message: `${where}${issue.message}` });
    }
    return [];
  });
  problems.push(...duplicates(people, name));
  if (problems.length > 0) throw new ConfigError(problems.map(formatProblem));
  return people.map(({ person }) => person);
}

/** Everybody as CSV. Recovery addresses are kept as hashes only, so their columns are empty; an import leaves them out. */
export function toCsv(people: readonly EnrolledPerson[]): string {
  const rows = people.map((person) => {
    const input = toInput(person);
    return COLUMNS.map((column) => cell(column, input[column])).join(',');
  });
  return [COLUMNS.join(','), ...rows, ''].join('\r\n');
}

/** A person as they would be written for an import. Retired and lost channels are left out. */
export function toInput(person: EnrolledPerson): PersonInput {
  const upns = (kind: 'work' | 'linked') => person.accounts.filter((one) => one.kind === kind).map(({ upn }) => upn);
  const addresses = (kind: 'email' | 'sms') =>
    person.channels.filter((one) => one.kind === kind && !one.retiredAt && !one.lost).map(({ address }) => address);
  const { id, name, language, timeZone, sensitive, drill, safetyPlan } = person;
  return {
    id,
    name,
    accounts: upns('work'),
    linked: upns('linked'),
    mailOptIn: person.accounts.filter(({ mailOptIn }) => mailOptIn).map(({ upn }) => upn),
    emails: addresses('email'),
    phones: addresses('sms'),
    language,
    timeZone,
    sensitive,
    drill,
    safetyPlan,
  };
}

interface Entry {
  /** 1-based line of the file (CSV) or number of the entry (JSON). */
  readonly line: number;
  readonly value: unknown;
}

function fromJson(text: string, name: string): Entry[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // V8 quotes the text around the error, which may be an address.
    const at = /position (\d+)/.exec(String(error))?.[1];
    const line = at === undefined ? undefined : text.slice(0, Number(at)).split('\n').length;
    throw new ConfigError([formatProblem({ file: name, ...(line && { line }), message: 'is not JSON from here on' })]);
  }
  const list = Array.isArray(value) ? value : (value as { people?: unknown }).people;
  if (!Array.isArray(list)) throw new ConfigError([`${name}: should be an array of people, or {"people": […]}`]);
  return list.map((one: unknown, index) => ({ line: index + 1, value: one }));
}

function fromCsv(text: string, name: string): Entry[] {
  let rows: { record: string[]; info: { lines: number } }[];
  try {
    const options = { info: true, skip_empty_lines: true, trim: true, relax_column_count: true } as const;
    const delimiter = /^[^\n,]*;/.test(text) ? ';' : ',';
    rows = parse(text, { ...options, delimiter }) as unknown as typeof rows;
  } catch (error) {
    const { code, lines } = error as { code?: string; lines?: number };
    throw new ConfigError([
      formatProblem({
        file: name,
        ...(lines && { line: lines }),
        message: `is not CSV from here on (${code ?? 'unknown'})`,
      }),
    ]);
  }
  const [header, ...body] = rows;
  const columns = header?.record.map((title) => title.trim()) ?? [];
  const known = new Map(COLUMNS.map((column) => [column.toLowerCase(), column]));
  const wrong = columns.filter((title) => title !== '' && !known.has(title.toLowerCase()));
  const missing = REQUIRED.filter((column) => !columns.some((title) => title.toLowerCase() === column.toLowerCase()));
  if (wrong.length > 0 || missing.length > 0) {
    throw new ConfigError([
      ...wrong.map((title) => `${name}:1: no column is called "${title.slice(0, 40)}". Columns: ${COLUMNS.join(', ')}`),
      ...missing.map((column) => `${name}:1: the column "${column}" is missing`),
    ]);
  }
  return body.map(({ record, info }) => {
    const cells = record.flatMap((text, index) => {
      const column = known.get((columns[index] ?? '').toLowerCase());
      return column === undefined || text === '' ? [] : [[column, valueIn(column, text)] as const];
    });
    return { line: info.lines, value: Object.fromEntries(cells) };
  });
}

function valueIn(column: string, text: string): unknown {
  if (LISTS.includes(column)) return text.split(/[;|]/).flatMap((part) => part.trim() || []);
  if (FLAGS.includes(column))
    return /^(?:true|yes|1|x)$/i.test(text) || (/^(?:false|no|0)$/i.test(text) ? false : text);
  if (column !== 'safetyPlan') return text;
  return text.startsWith('{') ? parseOr(text) : { wording: text };
}

/** What is not JSON stays text, and the schema says what is wrong with it. */
function parseOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function cell(column: string, value: unknown): string {
  if (Array.isArray(value)) return quote(value.join(';'));
  if (column === 'safetyPlan') {
    const plan = value as PersonInput['safetyPlan'];
    return quote(Object.keys(plan).length === 1 ? plan.wording : JSON.stringify(plan));
  }
  return quote(String(value ?? ''));
}

/** Quoted where needed; a leading = + - @ is defused, because spreadsheets would run it. Phones start with + and are text. */
function quote(text: string): string {
  const safe = /^[=@\t\r]/.test(text) || (/^[+-]/.test(text) && !/^\+[\d;+]+$/.test(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function duplicates(people: readonly { line: number; person: PersonInput }[], name: string): Problem[] {
  const owner = new Map<string, number>();
  return people.flatMap(({ line, person }) =>
    [...new Set([...person.accounts, ...person.linked])].flatMap((upn): Problem[] => {
      const first = owner.get(upn);
      if (first === undefined) owner.set(upn, line);
      return first === undefined ? [] : [{ file: name, line, message: `an account belongs to line ${first} as well` }];
    }),
  );
}
