/**
 * node --expose-gc bench/state.ts [persons=100000] [hits per person=2] [--check]
 *
 * Memory of open chains: persons with hits in the windows of fourteen person chains and two campaign rules, none of
 * which has matched. Every string is made anew, as JSON.parse makes them, so that nothing is shared by accident.
 * A chain is open when a group of its window holds a hit; the windows of all chains with the same group-by are one.
 */
import { createCorrelator } from '../src/rules/correlate.ts';
import type { CorrelationRule, Hit } from '../src/rules/schema.ts';
import { machine, told } from './machine.ts';

const [persons = 100_000, perPerson = 2] = process.argv
  .slice(2)
  .filter((one) => /^\d+$/.test(one))
  .map(Number);
const START = Date.UTC(2026, 2, 2);
const STEPS = Array.from({ length: 12 }, (_, step) => `step-${step}`);

function rule(name: string, rules: readonly string[], more: Partial<CorrelationRule> = {}): CorrelationRule {
  return {
    kind: 'correlation',
    type: 'temporal_ordered',
    name,
    title: name,
    level: 'high',
    references: [],
    tags: [],
    techniques: [],
    falsepositives: [],
    postern: { needs: [] },
    custom: {},
    file: `${name}.yml`,
    line: 1,
    rules,
    groupBy: ['postern.person'],
    timespanMs: 24 * 3600_000,
    aliases: {},
    generate: false,
    condition: { kind: 'bounds', bounds: [{ op: 'gte', value: rules.length }], fields: [] },
    ...more,
  };
}

const chains = Array.from({ length: 14 }, (_, n) => {
  const steps = [0, 5, 3].map((offset) => STEPS[(n + offset) % 10] ?? '');
  return rule(`chain-${n}`, [...steps, 'never']);
});
const campaign = {
  condition: { kind: 'bounds', bounds: [{ op: 'gte', value: 1e9 }], fields: ['postern.person'] },
} as const;
const campaigns = [
  rule('campaign-network', ['step-10'], { ...campaign, type: 'value_count', groupBy: ['postern.network'] }),
  rule('campaign-client', ['step-11'], { ...campaign, type: 'value_count', groupBy: ['postern.client'] }),
];

let seed = 11;
function random(): number {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}
const hex = (length: number) => Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
const guid = () => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;

/** A hit as the rule set makes it from one parsed record. */
function makeHit(person: number, home: string, flow: string, step: string): Hit {
  const id = guid();
  const network = `${home.slice(0, home.lastIndexOf('.'))}.0/24`;
  const upn = `person-${String(person).padStart(6, '0')}@example.org`;
  const made: Hit = {
    rule: step,
    recordId: id,
    action: random() < 0.5 ? id : guid(),
    source: random() < 0.5 ? 'sign-ins' : 'directory-audits',
    at: START + Math.floor(random() * 24 * 3600_000),
    // Half of the signals are about places, so that each round asks the histories about them again.
    when: random() < 0.5 ? 7 : 1,
    place: { ip: home, network, asn: '64500', country: 'DE', client: 'windows/edge' },
    fields: { 'postern.person': upn, 'postern.account': upn, 'postern.recovery.flow': flow },
  };
  return JSON.parse(JSON.stringify(made)) as Hit;
}

async function settledBytes(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    globalThis.gc?.();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

if (!globalThis.gc) {
  console.error('run with: node --expose-gc bench/state.ts');
  process.exit(2);
}
const correlator = createCorrelator({ correlations: [...chains, ...campaigns] });
const before = await settledBytes();
let adding = 0n;
for (let person = 0; person < persons; person++) {
  const home = `${10 + Math.floor(random() * 100)}.${person >> 16}.${(person >> 8) & 255}.${person & 255}`;
  const flow = guid();
  const hits = Array.from({ length: perPerson }, () =>
    makeHit(person, home, flow, STEPS[Math.floor(random() * 10)] ?? ''),
  );
  const began = process.hrtime.bigint();
  for (const hit of hits) correlator.add(hit);
  adding += process.hrtime.bigint() - began;
}
const began = process.hrtime.bigint();
const matches = correlator.matches({ now: START + 24 * 3600_000, history: () => undefined });
const evaluatingMs = Number(process.hrtime.bigint() - began) / 1e6;
const again = process.hrtime.bigint();
correlator.matches({ now: START + 24 * 3600_000, history: () => undefined });
const unchangedMs = Number(process.hrtime.bigint() - again) / 1e6;
const bytes = (await settledBytes()) - before;
const { groups, hits } = correlator.size();
console.log(`${machine()}\n${chains.length + campaigns.length} chains, ${hits} hits held, ${matches.length} matches`);
const isMet = told('bytes per open chain', Math.round(bytes / groups), ' B', 650);
told('open chains', groups, '', undefined);
told('held by them', Number((bytes / 2 ** 20).toFixed(1)), ' MB', undefined);
told('bytes per hit', Math.round(bytes / hits), ' B', undefined);
told('adding a hit', Number((Number(adding) / 1e3 / hits).toFixed(2)), ' µs', undefined);
told('evaluating everything', Math.round(evaluatingMs), ' ms', undefined);
told('asking again, unchanged', Math.round(unchangedMs), ' ms', undefined);
if (process.argv.includes('--check') && !isMet) process.exitCode = 1;
