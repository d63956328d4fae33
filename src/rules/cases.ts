/**
 * Rule cases: raw records in, the chains that must fire out. rules/README.md is the author's view.
 *
 * A case runs the whole way (normalization, all rules, correlation, grading), so that a field path that no real record
 * has cannot pass, and a rule that fires on somebody else's case is seen.
 */
import { z } from 'zod';
import { createIngest } from '../ingest.ts';
import { type Finding, OUTCOMES } from '../model/finding.ts';
import type { LogSource } from '../model/log-source.ts';
import type { Enrollment, Person } from '../model/person.ts';
import { familiarity, type PlaceHistory } from '../model/place.ts';
import { QUIET_KINDS, whyNotOfKind } from './case-kinds.ts';
import type { Samples } from './case-records.ts';
import {
  accountOfUser,
  CASE_START,
  CaseError,
  CaseRecord,
  momentMs,
  type RawCaseRecord,
  recordsOf,
} from './case-records.ts';
import { type Correlator, createCorrelator } from './correlate.ts';
import type { GradingRules } from './outcome.ts';
import type { Hit, RuleSet } from './schema.ts';

const CasePerson = z.strictObject({
  id: z.string(),
  /** Short names or addresses; every one is an account of this person. */
  accounts: z.array(z.string()).min(1),
  sensitive: z.boolean().default(false),
});

/** One case of `cases.json`. */
export const RuleCase = z.strictObject({
  /** What happens, in a few words. */
  name: z.string().min(3),
  records: z.array(CaseRecord).min(1),
  /** Linked accounts and sensitive people; every other account is its own person. */
  people: z.array(CasePerson).default([]),
  /** Users without earlier sign-ins. All others have signed in at home, with a laptop, for weeks. */
  newcomers: z.array(z.string()).default([]),
  /** Exactly the correlations that fire, in any order. Empty = quiet. */
  expect: z.array(z.string()),
  /** Whether the folder's own rule fires; a must for signals. */
  fires: z.boolean().optional(),
  /** Why the folder's own rule stays quiet, where it does. */
  quiet: z.enum(QUIET_KINDS).optional(),
  /** Person → outcome, where the case is about it. */
  outcomes: z.record(z.string(), z.enum(OUTCOMES)).default({}),
  /** How long after the last record the question is asked: decides absences. */
  wait: z
    .string()
    .regex(/^(?:\d+[dhms])+$/)
    .default('2d'),
});
/** One case of `cases.json`. */
export type RuleCase = z.infer<typeof RuleCase>;
/** The content of `cases.json`. */
export const RuleCases = z.array(RuleCase).min(1);

/** What cases run on. */
export interface CaseRunner {
  readonly sources: readonly LogSource[];
  readonly ruleSet: RuleSet;
  readonly grading: GradingRules;
  readonly samples: Samples;
}

/** What a case came to. */
export interface CaseResult {
  /** Correlations that fired, sorted. */
  readonly chains: readonly string[];
  /** Detection rules that fired, sorted. */
  readonly signals: readonly string[];
  readonly findings: readonly Finding[];
  /** Records that no source could read, and rules that threw. */
  readonly problems: readonly string[];
}

/** The record that everybody who is no newcomer has: weeks of ordinary sign-ins. */
const HISTORY = { sample: 'sign-in', from: 'home', device: 'laptop', every: '1d' } as const;

/** Runs one case. `arrange` may reorder or repeat the records: the result must be the same. Throws `CaseError`. */
export function runCase(
  testCase: RuleCase,
  runner: CaseRunner,
  arrange: (records: readonly RawCaseRecord[]) => readonly RawCaseRecord[] = (records) => records,
): CaseResult {
  const { correlator, firedSignals } = createWitness(createCorrelator(runner.ruleSet, { signalsConclude: false }));
  const ingest = createIngest({ ...runner, correlator, enrollment: enrollmentOf(testCase) });
  const entries = [...historyOf(testCase), ...testCase.records];
  const records = entries.flatMap((entry, number) => recordsOf(entry, number, runner.samples));
  const problems: string[] = [];
  let last = CASE_START.getTime();
  for (const record of arrange(records)) {
    const taken = ingest.take(record);
    if (taken.kind === 'event') last = Math.max(last, taken.at.getTime());
    else problems.push(taken.kind === 'ignored' ? `ignored: ${taken.why}` : taken.problems.join('; '));
  }
  const { findings, faults, hitsOf } = ingest.conclude(new Date(last + momentMs(testCase.wait)));
  problems.push(...faults.map(({ rule, message }) => `${rule}: ${message}`));
  const chains = [...new Set(findings.flatMap((finding) => finding.chains))].sort();
  return { chains, signals: firedSignals(hitsOf.keys()), findings, problems };
}

/** What is wrong with a case of the rule `own`, in words; empty = it passes. */
export function checkCase(own: string, testCase: RuleCase, runner: CaseRunner): string[] {
  try {
    const result = runCase(testCase, runner);
    const again = runCase(testCase, runner, (records) => [...records.toReversed(), ...records]);
    const isSame = JSON.stringify(result.findings) === JSON.stringify(again.findings);
    return [
      ...result.problems,
      ...compareChains(testCase, result),
      ...compareOwn(own, testCase, result),
      ...compareKind(own, testCase, result, runner),
      ...compareOutcomes(testCase, result),
      ...(isSame ? [] : ['the findings depend on the order of the records']),
    ];
  } catch (error) {
    if (error instanceof CaseError) return [error.message];
    throw error;
  }
}

/** True when the case has the rule fire. */
export function isFiringCase(own: string, testCase: RuleCase): boolean {
  return testCase.fires ?? testCase.expect.includes(own);
}

function compareChains({ expect }: RuleCase, { chains }: CaseResult): string[] {
  const missing = expect.filter((name) => !chains.includes(name));
  const extra = chains.filter((name) => !expect.includes(name));
  return [
    ...(missing.length > 0 ? [`should have fired: ${missing.join(', ')}`] : []),
    ...(extra.length > 0 ? [`fired without being expected: ${extra.join(', ')}`] : []),
  ];
}

function compareOwn(own: string, testCase: RuleCase, { chains, signals }: CaseResult): string[] {
  if (testCase.fires === undefined) return [];
  const fired = chains.includes(own) || signals.includes(own);
  if (fired === testCase.fires) return [];
  return [fired ? `${own} fired and should not` : `${own} did not fire; fired: ${signals.join(', ') || 'nothing'}`];
}

function compareKind(own: string, testCase: RuleCase, result: CaseResult, { ruleSet }: CaseRunner): string[] {
  const rule = ruleSet.rule(own);
  if (testCase.quiet === undefined || !rule) return [];
  if (isFiringCase(own, testCase)) return [`says why ${own} is quiet ("${testCase.quiet}"), and has it fire`];
  const why = whyNotOfKind(testCase.quiet, rule, ruleSet, result);
  return why === undefined ? [] : [`says "quiet": "${testCase.quiet}", but ${why}`];
}

function compareOutcomes({ outcomes }: RuleCase, { findings }: CaseResult): string[] {
  return Object.entries(outcomes).flatMap(([who, outcome]) => {
    const of = findings.filter((finding) => finding.person === who || finding.person === accountOfUser(who).upn);
    const found = of.map((finding) => finding.outcome).join(', ');
    return found === outcome ? [] : [`outcome of ${who}: ${found || 'no finding'} instead of ${outcome}`];
  });
}

function historyOf({ records, newcomers }: RuleCase): CaseRecord[] {
  const users = [...new Set(records.map(({ user }) => user))].filter((user) => !newcomers.includes(user));
  return users.flatMap((user) => ['-40d', '-20d', '-2d'].map((at) => CaseRecord.parse({ ...HISTORY, user, at })));
}

function enrollmentOf({ people }: RuleCase): Enrollment {
  const persons = people.map(
    ({ id, accounts, sensitive }): Person => ({
      id,
      accounts: accounts.map(accountOfUser),
      recoveryAddresses: [],
      sensitive,
    }),
  );
  return (account) =>
    persons.find((person) =>
      person.accounts.some(({ id, upn }) => (account.upn ? account.upn === upn : account.id === id)),
    );
}

const WHEN = { new: 0b001, familiar: 0b010, unknown: 0b100 } as const;

/** A correlator that also remembers which detection rules fired. */
function createWitness(inner: Correlator): {
  readonly correlator: Correlator;
  /** `matched`: rules that matched, also those that no correlation builds on, whose hits are not made. */
  readonly firedSignals: (matched: Iterable<string>) => string[];
} {
  const hits: Hit[] = [];
  let historyOfPerson: (person: string) => PlaceHistory | undefined = () => undefined;
  const counts = (hit: Hit) => {
    const person = String(hit.fields['postern.person'] ?? hit.fields['postern.account'] ?? '');
    return (hit.when & WHEN[familiarity(historyOfPerson(person), hit.place, hit.at)]) !== 0;
  };
  const correlator: Correlator = {
    ...inner,
    add(hit) {
      hits.push(hit);
      return inner.add(hit);
    },
    matches(query) {
      historyOfPerson = query.history;
      return inner.matches(query);
    },
  };
  return {
    correlator,
    firedSignals(matched) {
      const witnessed = new Set(hits.map((hit) => hit.rule));
      const alone = [...matched].filter((rule) => !witnessed.has(rule));
      return [...new Set([...hits.filter(counts).map((hit) => hit.rule), ...alone])].sort();
    },
  };
}
