/**
 * The admin API: enrollment over HTTP. One handler; the function that calls it has asked `authorize` first.
 *
 * GET    people                     everybody, as JSON; `?format=csv` as CSV
 * POST   people                     one person, or many as CSV or JSON; `?check=1` only says what would happen
 * GET    people/{id}                one person
 * PUT    people/{id}                the whole of one person
 * DELETE people/{id}                removes, and erases what is known of them within 24 hours
 * POST   people/{id}/code           sends a code:    {"channel":"c_…"} or {"recovery":{"kind":"phone","address":"+1…"}}
 * POST   people/{id}/proof          takes a code:    the same with "code"
 * GET    people/{id}/card           the safety card, a page to print
 * POST   people/{id}/card           issues a new one and gives its page; pairs of the old one never match again
 */
import { z } from 'zod';
import { ConfigError } from '../../errors.ts';
import type { EnrolledPerson } from '../../model/enrolled-person.ts';
import type { PeopleStore } from '../people-store.ts';
import type { WebReply, WebRequest } from '../web.ts';
import { issueCard } from './new-card.ts';
import { readPeopleText, toCsv, toInput } from './people-csv.ts';
import { type EnrollContext, type PersonInput, toEnrolled, weaknesses } from './person-input.ts';
import { endProof, type ProofPorts, type ProofTarget, startProof } from './proof.ts';

/** What the API needs from the outside. */
export interface PeopleAdminPorts extends Omit<ProofPorts, 'people'> {
  readonly people: Pick<PeopleStore, 'get' | 'all' | 'putAll' | 'update' | 'remove'>;
  readonly random: EnrollContext['random'];
  readonly cardPage: (person: EnrolledPerson) => string;
  /** Opaque id of who asks. */
  readonly actor: string;
  /** Appends to the audit trail. */
  readonly note: (...entries: readonly { action: string; person?: string; detail?: string }[]) => Promise<void>;
}

const MAX_BYTES = 20 * 2 ** 20;
const SHOWN_ONLY: readonly string[] = ['channels', 'recovery', 'origin', 'enrolledAt'];
const Target = z.union([
  z.strictObject({ channel: z.string(), code: z.string().max(32).optional() }),
  z.strictObject({
    recovery: z.strictObject({ kind: z.enum(['email', 'phone']), address: z.string().max(320) }),
    code: z.string().max(32).optional(),
  }),
]);

/** Answers one request of somebody who may. Bad input is 400 with all problems; it never throws for it. */
export async function handlePeople(request: WebRequest, ports: PeopleAdminPorts, now: Date): Promise<WebReply> {
  const { id, verb } = request.params;
  try {
    if (id === undefined) {
      if (request.method === 'GET') return await listAll(request, ports);
      return request.method === 'POST' ? await importAll(request, ports, now) : notAllowed('GET, POST');
    }
    const person = await ports.people.get(id);
    if (!person)
      return { status: 404, jsonBody: { error: 'Nobody with this id is enrolled. `people` lists everybody.' } };
    if (verb === 'code' || verb === 'proof') return await prove(request, ports, person, verb, now);
    if (verb === 'card') return await card(request, ports, person, now);
    if (verb !== undefined) return { status: 404, jsonBody: { error: 'There is code, proof and card.' } };
    return await one(request, ports, person, now);
  } catch (error) {
    if (error instanceof ConfigError) return { status: 400, jsonBody: { problems: error.problems } };
    throw error;
  }
}

async function listAll(request: WebRequest, ports: PeopleAdminPorts): Promise<WebReply> {
  const people = await ports.people.all();
  await ports.note({ action: 'people listed' });
  if (request.query.get('format') !== 'csv') return { status: 200, jsonBody: { people: people.map(shown) } };
  const headers = { 'content-type': 'text/csv; charset=utf-8' };
  return { status: 200, headers, body: toCsv(people) };
}

async function importAll(request: WebRequest, ports: PeopleAdminPorts, now: Date): Promise<WebReply> {
  const inputs = readPeopleText(asList(await bodyOf(request)), 'input');
  const known = await ports.people.all();
  const plan = inputs.map((input) => ({ input, before: findKnown(input, known) }));
  const problems = conflicts(plan, known);
  if (problems.length > 0) throw new ConfigError(problems);
  const result = { added: 0, changed: 0, unchanged: 0 };
  const context = { now, hash: ports.hash, random: ports.random };
  const changes = plan.map(({ input, before }) => ({ before, after: toEnrolled(input, before, context) }));
  for (const { before, after } of changes)
    result[before ? (isSame(before, after) ? 'unchanged' : 'changed') : 'added'] += 1;
  const isCheck = request.query.get('check') === '1';
  if (!isCheck) await save(ports, changes);
  const warnings = changes.flatMap(({ before, after }, index) =>
    weaknesses(after).map((message) => ({ person: before?.id ?? `input: person ${index + 1}`, message })),
  );
  return { status: 200, jsonBody: { ...result, check: isCheck, warnings } };
}

interface Change {
  readonly before: EnrolledPerson | undefined;
  readonly after: EnrolledPerson;
}

async function save(ports: PeopleAdminPorts, changes: readonly Change[]): Promise<void> {
  const real = changes.filter(({ before, after }) => !before || !isSame(before, after));
  const put = await ports.people.putAll(real.map(({ after }) => after));
  if (put.kind !== 'done') throw new ConfigError(['input: somebody else changed these people just now. Try again.']);
  await ports.note(
    ...real.map(({ before, after }) => ({
      action: before ? 'person changed' : 'person added',
      person: after.id,
      ...(before && { detail: changedFields(before, after).join(' ') }),
    })),
  );
}

function isSame(before: EnrolledPerson, after: EnrolledPerson): boolean {
  return changedFields(before, after).length === 0;
}

async function one(request: WebRequest, ports: PeopleAdminPorts, person: EnrolledPerson, now: Date): Promise<WebReply> {
  if (request.method === 'GET') {
    await ports.note({ action: 'person opened', person: person.id });
    return { status: 200, jsonBody: shown(person) };
  }
  if (request.method === 'DELETE') {
    await ports.people.remove(person.id);
    await ports.note({ action: 'person removed', person: person.id });
    return { status: 200, jsonBody: { removed: true, erased: 'within 24 hours' } };
  }
  if (request.method !== 'PUT') return notAllowed('GET, PUT, DELETE');
  const [input] = readPeopleText(asList(withoutShown(await bodyOf(request))), 'input');
  if (!input) throw new ConfigError(['input: holds nobody']);
  const known = await ports.people.all();
  const problems = conflicts([{ input, before: person }], known);
  if (problems.length > 0) throw new ConfigError(problems);
  const changed = toEnrolled(input, person, { now, hash: ports.hash, random: ports.random });
  await save(ports, [{ before: person, after: changed }]);
  return { status: 200, jsonBody: { ...shown(changed), warnings: weaknesses(changed) } };
}

async function prove(
  request: WebRequest,
  ports: PeopleAdminPorts,
  person: EnrolledPerson,
  verb: 'code' | 'proof',
  now: Date,
): Promise<WebReply> {
  if (request.method !== 'POST') return notAllowed('POST');
  const parsed = Target.safeParse(parseJson(await bodyOf(request)));
  if (!parsed.success) throw new ConfigError(['input: should be {"channel": …} or {"recovery": {"kind", "address"}}']);
  const { code, ...target } = parsed.data;
  if (verb === 'code') {
    const started = await startProof(ports, person.id, target as ProofTarget, now);
    await ports.note({ action: 'code asked for', person: person.id, detail: started.kind });
    return { status: { sent: 200, unknown: 404, 'too-soon': 429 }[started.kind], jsonBody: started };
  }
  if (code === undefined) throw new ConfigError(['input: "code" is missing']);
  const ended = await endProof(ports, person.id, target as ProofTarget, code, now);
  await ports.note({ action: 'code typed in', person: person.id, detail: ended.kind });
  return { status: { proven: 200, wrong: 422, expired: 410, unknown: 404 }[ended.kind], jsonBody: ended };
}

async function card(
  request: WebRequest,
  ports: PeopleAdminPorts,
  person: EnrolledPerson,
  now: Date,
): Promise<WebReply> {
  if (request.method !== 'GET' && request.method !== 'POST') return notAllowed('GET, POST');
  // Before anything changes: without a key there is no card to give.
  let page = ports.cardPage(person);
  if (request.method === 'GET') await ports.note({ action: 'card printed', person: person.id });
  else {
    const issued = await issueCard(ports, person.id, now);
    if (!issued) return { status: 404, jsonBody: { error: 'The person was removed just now.' } };
    await ports.note({ action: 'new card issued', person: person.id, detail: `card ${(issued.card ?? 0) + 1}` });
    page = ports.cardPage(issued);
  }
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
  };
  return { status: 200, headers, body: page };
}

/** A person as the API shows them: as written, plus what is proven. Hashes stay inside. */
function shown(person: EnrolledPerson) {
  const recovery = person.recovery.map(({ kind, addedAt, provenAt }) => ({ kind, addedAt, provenAt }));
  return {
    ...toInput(person),
    channels: person.channels,
    recovery,
    origin: person.origin,
    enrolledAt: person.enrolledAt,
  };
}

function findKnown(input: PersonInput, known: readonly EnrolledPerson[]): EnrolledPerson | undefined {
  if (input.id !== undefined) return known.find(({ id }) => id === input.id);
  return known.find(({ accounts }) => accounts.some(({ upn }) => input.accounts.includes(upn)));
}

/** An account belongs to one person; an id that nobody has is a mistake, not a new person. */
function conflicts(
  plan: readonly { readonly input: PersonInput; readonly before: EnrolledPerson | undefined }[],
  known: readonly EnrolledPerson[],
): string[] {
  const owner = new Map(known.flatMap(({ id, accounts }) => accounts.map(({ upn }) => [upn, id] as const)));
  return plan.flatMap(({ input, before }, index) => {
    const where = `input: person ${index + 1}`;
    if (input.id !== undefined && !before) return [`${where}: nobody has this id. Leave it out to add a person.`];
    const taken = [...input.accounts, ...input.linked].filter((upn) => (owner.get(upn) ?? before?.id) !== before?.id);
    return taken.length > 0
      ? [`${where}: ${taken.length} of the accounts belong to somebody else who is enrolled`]
      : [];
  });
}

function changedFields(before: EnrolledPerson, after: EnrolledPerson): string[] {
  const names = Object.keys(after) as (keyof EnrolledPerson)[];
  return names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
}

async function bodyOf(request: WebRequest): Promise<string> {
  const length = Number(request.headers.get('content-length') ?? 0);
  if (length > MAX_BYTES) throw new ConfigError(['input: is larger than 20 MiB. Split it.']);
  const text = await request.text();
  if (text.length > MAX_BYTES) throw new ConfigError(['input: is larger than 20 MiB. Split it.']);
  if (text.trim() === '') throw new ConfigError(['input: is empty']);
  return text;
}

/** What `shown` adds is told, not written: a person as shown can be changed and put back. */
function withoutShown(text: string): string {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null) return text;
  const rest = Object.entries(value).filter(([name]) => !SHOWN_ONLY.includes(name));
  return Array.isArray(value) ? text : JSON.stringify(Object.fromEntries(rest));
}

/** One person as JSON is a list of one. */
function asList(text: string): string {
  const value = text.trimStart().startsWith('{') ? (parseJson(text) as { people?: unknown } | undefined) : undefined;
  return value !== undefined && value.people === undefined ? JSON.stringify([value]) : text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function notAllowed(allow: string): WebReply {
  return { status: 405, headers: { allow }, jsonBody: { error: `Use ${allow}.` } };
}
