/**
 * Raw records for rule cases: full samples in Graph's shape, filled with who, where and when, and changed in a few fields.
 *
 * Samples are synthetic and hold holes: `${upn}`, `${id}`, `${actor}`, `${actorId}` (who), `${ip}`, `${device}` (where), `${at}`
 * (when), `${record}` (a new id for each record), `${flow}` (correlation id). A sample may extend another one:
 * `{ "sample": "sspr-submitted", "with": { "resultReason": "…" } }`.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';

/** A moment relative to the case's start: `-3d`, `0m`, `1h30m`, `+20s`. */
const MOMENT = /^[+-]?(?:\d+[dhms])+$/;
const UNIT_MS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 };

/** When every case starts. */
export const CASE_START = new Date('2026-03-02T09:00:00Z');

/** Addresses by the names that cases use. Documentation ranges only; no two share a network. */
export const CASE_ADDRESSES: Readonly<Record<string, string>> = {
  home: '198.51.100.20',
  office: '192.0.2.40',
  hotel: '2001:db8:7::10',
  /** The stranger. */
  away: '203.0.113.66',
  /** The same stranger, another network. */
  elsewhere: '2001:db8:e::66',
  listed: '2001:db8:bad::66',
  none: '',
};

const Moment = z.string().regex(MOMENT, 'must be a moment as "-3d", "0m" or "1h30m"');
const Changes = z.record(z.string(), z.unknown());

/** One record of a case, or several of a kind. */
export const CaseRecord = z.strictObject({
  /** Name of a file in the samples folder, without ending. */
  sample: z.string(),
  at: Moment,
  /** Whose account: `dana` is dana@example.org. */
  user: z.string().default('dana'),
  /** Who did it, in records of administrators. */
  actor: z.string().default('admin'),
  /** A name of `CASE_ADDRESSES`, or an address. */
  from: z.string().default('home'),
  /** A device of the user, by any name; none when left out. */
  device: z.string().optional(),
  /** Records with the same flow share a correlation id; without, each has its own. */
  flow: z.string().optional(),
  /** How many, and how far apart. */
  times: z.int().min(1).max(500).default(1),
  every: Moment.default('1m'),
  /** Dotted path → value. Numbers step into lists; null removes. */
  with: Changes.default({}),
});
/** One record of a case, or several of a kind. */
export type CaseRecord = z.infer<typeof CaseRecord>;

/** A raw record in Graph's shape. */
export type RawCaseRecord = Readonly<Record<string, unknown>>;

/** Samples by name. */
export type Samples = ReadonlyMap<string, RawCaseRecord>;

/** A record that cannot be made. The message says which and why. */
export class CaseError extends Error {
  override readonly name = 'CaseError';
}

/** Milliseconds of `1h30m`, negative for `-3d`. */
export function momentMs(moment: string): number {
  const sum = [...moment.matchAll(/(\d+)([dhms])/g)].reduce(
    (ms, [, count, unit]) => ms + Number(count) * (UNIT_MS[unit ?? ''] ?? 0),
    0,
  );
  return moment.startsWith('-') ? -sum : sum;
}

/** The account that a case calls by a short name. */
export function accountOfUser(user: string): { readonly id: string; readonly upn: string } {
  const upn = user.includes('@') ? user.toLowerCase() : `${user}@example.org`;
  return { id: guid(`user ${upn}`), upn };
}

/** The records of one entry. `number` is its place in the case: it makes ids unique. Throws `CaseError`. */
export function recordsOf(entry: CaseRecord, number: number, samples: Samples): RawCaseRecord[] {
  return Array.from({ length: entry.times }, (_, index) => {
    const key = `${number}.${index}`;
    const at = CASE_START.getTime() + momentMs(entry.at) + index * momentMs(entry.every);
    const account = accountOfUser(entry.user);
    const actor = accountOfUser(entry.actor);
    const holes: Readonly<Record<string, string>> = {
      upn: account.upn,
      id: account.id,
      actor: actor.upn,
      actorId: actor.id,
      ip: CASE_ADDRESSES[entry.from] ?? entry.from,
      device: entry.device === undefined ? '' : guid(`device ${account.upn} ${entry.device}`),
      at: new Date(at).toISOString(),
      record: guid(`record ${key}`),
      flow: guid(`flow ${entry.flow ?? key}`),
    };
    return change(fill(sampleOf(entry.sample, samples), holes, entry.sample), entry.with, entry.sample);
  });
}

/** Follows `sample` + `with` of samples that extend another one. */
function sampleOf(name: string, samples: Samples, depth = 0): RawCaseRecord {
  const sample = samples.get(name);
  if (!sample) throw new CaseError(`there is no sample "${name}"; there are: ${[...samples.keys()].sort().join(', ')}`);
  if (typeof sample.sample !== 'string') return sample;
  if (depth > 5) throw new CaseError(`sample "${name}" extends itself`);
  const changes = Changes.safeParse(sample.with ?? {});
  if (!changes.success) throw new CaseError(`sample "${name}": "with" must map paths to values`);
  return change(sampleOf(sample.sample, samples, depth + 1), changes.data, name);
}

function fill(sample: RawCaseRecord, holes: Readonly<Record<string, string>>, name: string): RawCaseRecord {
  const text = JSON.stringify(sample).replace(/\$\{(\w+)\}/g, (_, hole: string) => {
    const value = holes[hole];
    if (value === undefined) throw new CaseError(`sample "${name}" has an unknown hole "${hole}"`);
    return value;
  });
  return JSON.parse(text) as RawCaseRecord;
}

function change(record: RawCaseRecord, changes: Readonly<Record<string, unknown>>, name: string): RawCaseRecord {
  const copy = structuredClone(record);
  for (const [path, value] of Object.entries(changes)) setAt(copy, path.split('.'), value, `${name}: ${path}`);
  return copy;
}

function setAt(target: unknown, path: readonly string[], value: unknown, where: string): void {
  const [key = '', ...rest] = path;
  if (typeof target !== 'object' || target === null) throw new CaseError(`${where}: there is nothing to change`);
  const holder = target as Record<string, unknown>;
  if (rest.length > 0) {
    holder[key] ??= {};
    setAt(holder[key], rest, value, where);
  } else if (value === null) delete holder[key];
  else holder[key] = value;
}

/** A GUID that is always the same for the same text. */
function guid(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
