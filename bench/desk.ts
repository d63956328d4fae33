/**
 * node bench/desk.ts [findings=100000]
 *
 * How long the desk takes to answer when so many findings are stored: on Azurite, an emulator on this machine, and over
 * the same handler that is deployed. Findings of people, three of ten attacked and one of a thousand compromised, over
 * half a year; what is listed, counted and indexed is made by the product's own code, person by person in memory, and
 * written to the tables afterwards.
 */
import { startAzurite } from '../local/azurite.ts';
import { createTableRows } from '../src/azure/tables.ts';
import { readSettings } from '../src/config.ts';
import { bucketOf } from '../src/live/buckets.ts';
import { handleDesk } from '../src/live/desk/api.ts';
import type { DeskPorts } from '../src/live/desk/desk-ports.ts';
import { createFindings } from '../src/live/findings.ts';
import { createTasks } from '../src/live/inbox.ts';
import { createPeopleStore } from '../src/live/people-store.ts';
import { findingRow, type StoredFinding } from '../src/live/stored-finding.ts';
import { createMemoryRows } from '../src/memory.ts';
import type { Outcome, Signal } from '../src/model/finding.ts';
import type { Rows, RowWrite } from '../src/ports.ts';

const count = Number(process.argv[2] ?? 100_000);
const NOW = new Date('2026-11-26T12:00:00Z');
/** Findings per person, and persons whose rows are made at a time. */
const EACH = 4;
const AT_A_TIME = 25;
const ROUNDS = 40;

function outcomeOf(n: number): Outcome {
  if (n % 1000 === 0) return 'compromised';
  return n % 10 < 3 ? 'attacked' : 'identified';
}

function storedFinding(n: number): StoredFinding {
  const person = `p_${String(Math.floor(n / EACH)).padStart(16, '0')}`;
  const at = new Date(NOW.getTime() - ((n * 7919) % (180 * 24)) * 3600_000);
  const signal = (index: number): Signal => ({
    rule: 'sspr-options-shown',
    title: 'Recovery options shown',
    recordId: `r${n}-${index}`,
    source: 'directory-audits',
    at: new Date(at.getTime() + index * 60_000),
    person,
    account: `user${n}@example.org`,
    story: 'the recovery options of the account were shown',
    ip: '203.0.113.9',
    flow: `f${n}-${index}`,
  });
  const evidence = [signal(0), signal(1)];
  const outcome = outcomeOf(n);
  return {
    finding: {
      ...{ person, outcome, evidence },
      id: `f${n.toString(16).padStart(15, '0')}`,
      revision: `v${n}`,
      accounts: [`user${n}@example.org`],
      level: 'high',
      chains: ['sspr-probed'],
      first: at,
      last: evidence[1]?.at ?? at,
      attempts: 2,
      changes: [],
      techniques: ['T1589'],
      cut: false,
      ties: [JSON.stringify(['probe-burst', 'postern.network', `net-${n % 300}`])],
    },
    formerIds: [],
    state: 'open',
    tell: outcome,
    version: 1,
    createdAt: at,
    changedAt: at,
  };
}

/** Writes of a partition, put together from many small stores: counts are added up, everything else is its own. */
async function fill(rows: Rows): Promise<void> {
  const sums = new Map<string, unknown>();
  for (let from = 0; from < count; from += EACH * AT_A_TIME) {
    const memory = createMemoryRows();
    const findings = createFindings(memory);
    for (let n = from; n < Math.min(count, from + EACH * AT_A_TIME); n++) {
      const value = storedFinding(n);
      const { person, id } = value.finding;
      await memory.transact('evidence', bucketOf(person), [{ op: 'put', row: findingRow(person, id), value }]);
      await findings.index(person, id);
    }
    const writes: RowWrite[] = [];
    for await (const { row, value } of memory.list('inbox', 'findings')) {
      if (row.startsWith('sum:')) sums.set(row, added(sums.get(row), value));
      else writes.push({ op: 'put', row, value });
    }
    await putAll(rows, writes);
    if (from % 10_000 === 0) process.stderr.write(`\r${from} findings`);
  }
  await putAll(
    rows,
    [...sums].map(([row, value]) => ({ op: 'put', row, value })),
  );
  process.stderr.write('\r');
}

async function putAll(rows: Rows, writes: readonly RowWrite[]): Promise<void> {
  for (let at = 0; at < writes.length; at += 100) await rows.transact('inbox', 'findings', writes.slice(at, at + 100));
}

/** Numbers added up, member by member. */
function added(a: unknown, b: unknown): unknown {
  if (a === undefined) return b;
  if (typeof a === 'number') return a + Number(b);
  const [left, right] = [a, b] as [Record<string, unknown>, Record<string, unknown>];
  const all = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  const pairs = all.map((key) => [key, key in right ? added(left[key], right[key]) : left[key]] as const);
  return Array.isArray(a) ? pairs.map(([, value]) => value) : Object.fromEntries(pairs);
}

function portsOver(rows: Rows): DeskPorts {
  const people = createPeopleStore(rows);
  return {
    rows,
    clock: { now: () => NOW, sleep: async () => {} },
    settings: readSettings({}).settings,
    findings: createFindings(rows),
    tasks: createTasks(rows),
    people: people.current,
    answers: () => Promise.reject(new TypeError('not in this bench')),
    graph: () => Promise.reject(new TypeError('not in this bench')),
    watchState: async () => ({ gaps: [], rules: [], sources: [], timers: [], settings: [] }),
    sendable: async () => new Set(['email', 'sms'] as const),
    note: async () => {},
    actor: 'o_bench',
  };
}

async function measure(name: string, rounds: number, work: () => Promise<unknown>): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    await work();
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => (times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0).toFixed(0);
  console.log(`${name.padEnd(34)} median ${at(0.5).padStart(6)} ms   95 of 100 within ${at(0.95).padStart(6)} ms`);
}

const azurite = await startAzurite();
try {
  const rows = createTableRows({ connectionString: azurite.connectionString });
  await fill(rows);
  const ports = portsOver(rows);
  const get = (path: string) => async () => {
    const url = new URL(`https://postern.example/api/desk/api/${path}`);
    const headers = { get: () => null };
    const request = {
      method: 'GET',
      url: url.href,
      headers,
      query: url.searchParams,
      params: {},
      text: async () => '',
    };
    const reply = await handleDesk(request, url.pathname.replace('/api/desk/api/', ''), ports);
    if (reply.status !== 200) throw new Error(`${path}: ${reply.status}`);
    return JSON.parse(reply.body ?? '') as { findings: { next?: string } } & { next?: string };
  };
  const first = await get('findings?outcome=identified&status=open')();
  const one = storedFinding(0).finding;
  await rows.transact('evidence', bucketOf(one.person), [
    { op: 'put', row: findingRow(one.person, one.id), value: storedFinding(0) },
  ]);
  console.log(`${count} findings stored`);
  await measure('first screen', ROUNDS, get('state'));
  await measure(
    'first screen, everything listed',
    ROUNDS,
    get('state?outcome=identified,attacked,compromised&status=open,closed'),
  );
  await measure(
    'next page',
    ROUNDS,
    get(`findings?outcome=identified&status=open&after=${encodeURIComponent(first.next ?? '')}`),
  );
  await measure('one finding', ROUNDS, get(`finding?person=${one.person}&id=${one.id}`));
  await measure('overview made anew (background)', 1, get('overview'));
  await measure('report of a quarter', 1, get('report?quarter=2026Q4'));
} finally {
  await azurite.close('SIGKILL');
}
