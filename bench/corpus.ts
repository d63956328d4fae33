/**
 * A month of a tenant's log as NDJSON in Graph's shape, made from a seed: 78 % sign-ins, 21 % directory audits, 1 % risk
 * detections, in order of time. The same settings give the same bytes on every machine. The shares are those of the
 * corpus that the goals were set with; nobody is attacked in it, so what rules match is ordinary life.
 * `node bench/corpus.ts [records=1000] [people]` prints it.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Random, randomFrom } from '../local/campaign/random.ts';
import { auditRecord, riskRecord, signInRecord } from './corpus-records.ts';

/** Size and seed of a corpus. */
export interface CorpusSettings {
  readonly records: number;
  /** Accounts; default one per 500 records: 12 sign-ins per person and day, half of them interactive. */
  readonly people?: number;
  readonly seed?: number;
  /** Graph's version: v1.0 leaves out half of the members of a sign-in. Default beta, as exports have it. */
  readonly version?: 'beta' | 'v1.0';
}

/** One account and where it is used from. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly upn: string;
  readonly country: Country;
  /** Home first. */
  readonly addresses: readonly string[];
  /** Entra device ids, '' for a device that is not registered. */
  readonly devices: readonly string[];
}

/** Countries that sign-ins come from. */
export type Country = 'US' | 'DE' | 'FR' | 'GB' | 'ES' | 'JP';

const FIRST = 'Amina José Søren Łukasz Mei Fatima Ivan Chloé Noah Olivia Yuki Omar Zoë Peter Ana Nils'.split(' ');
const LAST =
  'Okafor García Jensen Nowak Chen Haddad Petrov Dubois Smith Brown Tanaka Aziz Müller Novak Silva Berg'.split(' ');
const START = Date.UTC(2026, 0, 1);
const SPAN_MS = 30 * 24 * 3600_000;
/** Bytes collected before each write. */
const WRITE_BYTES = 4 * 1024 * 1024;

/** Writes the corpus and returns its size in bytes. */
export function writeCorpus(path: string, settings: CorpusSettings): number {
  const file = openSync(path, 'w');
  let bytes = 0;
  let lines: string[] = [];
  let length = 0;
  const flush = () => {
    bytes += writeSync(file, lines.join(''));
    lines = [];
    length = 0;
  };
  for (const record of corpus(settings)) {
    const line = `${JSON.stringify(record)}\n`;
    lines.push(line);
    length += line.length;
    if (length > WRITE_BYTES) flush();
  }
  flush();
  closeSync(file);
  return bytes;
}

/** The records in order of time. */
export function* corpus({
  records,
  people,
  seed = 7,
  version = 'beta',
}: CorpusSettings): Generator<Record<string, unknown>> {
  const random = randomFrom(seed, 'records');
  const staff = createPeople(people ?? Math.ceil(records / 500), randomFrom(seed, 'people'));
  for (let index = 0; index < records; index++) {
    const at = new Date(START + Math.floor((SPAN_MS * index) / records)).toISOString();
    const person = somebody(staff, random);
    const kind = random.next();
    if (kind < 0.78) yield signInRecord(person, at, random, version);
    else if (kind < 0.99) yield auditRecord(person, random.chance(0.3) ? person : somebody(staff, random), at, random);
    else yield riskRecord(person, at, random);
  }
}

/** Some people work a lot more with the computer than others. */
function somebody(staff: readonly Person[], random: Random): Person {
  return staff[Math.floor(staff.length * random.next() * random.next())] as Person;
}

function createPeople(count: number, random: Random): Person[] {
  return Array.from({ length: count }, (_, index) => {
    const first = FIRST[index % FIRST.length] ?? '';
    const last = LAST[Math.floor(index / FIRST.length) % LAST.length] ?? '';
    const home = `203.0.113.${random.int(1, 254)}`;
    const mobile = `2001:db8:${random.int(0, 0xffff).toString(16)}:${random.int(0, 0xffff).toString(16)}::1`;
    return {
      id: random.uuid(),
      name: `${first} ${last}`,
      upn: `user${String(index).padStart(6, '0')}@example.org`,
      country: random.pick(['US', 'US', 'US', 'DE', 'FR', 'GB'] as const),
      addresses: [home, '192.0.2.10', mobile],
      devices: random.chance(0.7) ? [random.uuid(), random.uuid()] : [''],
    };
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [records = 1000, people] = process.argv.slice(2).map(Number);
  writeCorpus('/dev/stdout', people === undefined ? { records } : { records, people });
}
