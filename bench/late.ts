/**
 * node bench/late.ts
 *
 * 2,000 planted chains of three steps from two logs, 1 to 10 minutes apart, in three arrival orders: in order, with
 * realistic lateness (sign-ins 0-5 minutes, audits 0-15, 2 % of all up to 60), and shuffled. Matches are asked for
 * after every 50 arrivals, as live code does. The findings must be the same, all 2,000 of them.
 * Exits with 1 when they are not.
 */
import { createHash } from 'node:crypto';
import { createCorrelator } from '../src/rules/correlate.ts';
import type { CorrelationRule, Hit } from '../src/rules/schema.ts';
import { machine } from './machine.ts';

const PLANTED = 2000;
const MINUTE = 60_000;
const START = Date.UTC(2026, 2, 2);
const STEPS = ['options-shown', 'gate-tried', 'signed-in'] as const;

const chain: CorrelationRule = {
  kind: 'correlation',
  type: 'temporal_ordered',
  name: 'planted',
  title: 'planted',
  level: 'high',
  references: [],
  tags: [],
  techniques: [],
  falsepositives: [],
  postern: { needs: [] },
  custom: {},
  file: 'planted.yml',
  line: 1,
  rules: STEPS,
  groupBy: ['postern.person'],
  timespanMs: 60 * MINUTE,
  aliases: {},
  generate: false,
  condition: { kind: 'bounds', bounds: [{ op: 'gte', value: STEPS.length }], fields: [] },
};

let seed = 5;
function random(): number {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

interface Arrival {
  readonly hit: Hit;
  readonly late: number;
  readonly shuffled: number;
}

function plant(): Arrival[] {
  const arrivals: Arrival[] = [];
  for (let person = 0; person < PLANTED; person++) {
    let at = START + person * 30_000;
    for (const rule of STEPS) {
      at += Math.round((1 + random() * 9) * MINUTE);
      const isAudit = rule !== 'signed-in';
      const delay = random() < 0.02 ? random() * 60 : random() * (isAudit ? 15 : 5);
      const recordId = `${rule}-${person}`;
      const source = isAudit ? 'directory-audits' : 'sign-ins';
      const fields = { 'postern.person': `person-${person}` };
      const hit: Hit = { rule, recordId, action: recordId, source, at, when: 7, place: {}, fields };
      arrivals.push({ hit, late: at + delay * MINUTE, shuffled: random() });
    }
  }
  return arrivals;
}

function run(order: string, arrivals: readonly Arrival[]) {
  const correlator = createCorrelator({ correlations: [chain] });
  const query = { now: START + 30 * 24 * 60 * MINUTE, history: () => undefined };
  const began = process.hrtime.bigint();
  let live = 0;
  for (const [index, { hit }] of arrivals.entries()) {
    correlator.add(hit);
    if (index % 50 === 49) live += correlator.matches({ ...query, onlyDirty: true }).length;
  }
  const matches = correlator.matches(query);
  const ms = Math.round(Number(process.hrtime.bigint() - began) / 1e6);
  const hash = createHash('sha256').update(JSON.stringify(matches)).digest('hex').slice(0, 16);
  const found = matches.filter((match) => match.evidence.length === STEPS.length).length;
  return { order, found, of: PLANTED, seenLive: live, hash, ms };
}

const planted = plant();
const by = (key: (arrival: Arrival) => number) => planted.toSorted((a, b) => key(a) - key(b));
const results = [
  run(
    'in order',
    by(({ hit }) => hit.at),
  ),
  run(
    'late',
    by(({ late }) => late),
  ),
  run(
    'shuffled',
    by(({ shuffled }) => shuffled),
  ),
];
console.log(machine());
for (const { order, found, of, seenLive, ms } of results)
  console.log(`${order.padEnd(34)} ${found} of ${of} found, ${seenLive} on the way, ${ms} ms`);
const isSame = new Set(results.map(({ hash }) => hash)).size === 1 && results.every(({ found }) => found === PLANTED);
console.log(
  isSame ? `${PLANTED} of ${PLANTED} in every order, the same findings` : 'NOT the same findings in every order',
);
if (!isSame) process.exitCode = 1;
