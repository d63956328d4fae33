import { describe, expect, it } from 'vitest';
import { loadCaseBench } from '../../../cli/test-rules.ts';
import { EnrolledPerson } from '../../../src/model/enrolled-person.ts';
import { accountOfUser, CASE_START, momentMs, type RawCaseRecord } from '../../../src/rules/case-records.ts';
import { type RuleCase, runCase } from '../../../src/rules/cases.ts';
import { createCorrelator } from '../../../src/rules/correlate.ts';
import { createWorld, essence, settle, storedIn, takeAll } from './live-run.ts';

// The content, once more: what a scan concludes from the cases of every rule, the live watch concludes too.

const { runner, folders } = await loadCaseBench();
const watch = { ...runner, correlator: createCorrelator(runner.ruleSet), problems: [], report: () => [] };

/** Everybody in a case: those it names as people, and everybody else as a person of their own. */
function peopleOf({ people, records }: RuleCase): EnrolledPerson[] {
  const named = people.flatMap(({ accounts }) => accounts);
  const others = [...new Set(records.map(({ user }) => user))].filter((user) => !named.includes(user));
  const persons = [
    ...people,
    ...others.map((user) => ({ id: accountOfUser(user).upn, accounts: [user], sensitive: false })),
  ];
  return persons.map(({ id, accounts, sensitive }) =>
    EnrolledPerson.parse({
      id,
      name: id,
      sensitive,
      accounts: accounts.map((user) => ({ kind: 'work', ...accountOfUser(user) })),
      enrolledAt: CASE_START,
    }),
  );
}

describe.each(folders)('$rule', ({ cases }) => {
  it.each(cases.map((testCase) => [testCase.name, testCase] as const))('%s', async (_, testCase) => {
    let records: readonly RawCaseRecord[] = [];
    const scanned = runCase(testCase, runner, (all) => {
      records = all;
      return all;
    });
    const times = records.flatMap((record) => {
      const reading = runner.sources.find((source) => source.recognizes(record))?.toLogEvent(record);
      return reading?.kind === 'event' ? [reading.event.at.getTime()] : [];
    });
    const end = new Date(Math.max(CASE_START.getTime(), ...times) + momentMs(testCase.wait));
    const world = await createWorld(watch, peopleOf(testCase), { evidenceMs: 400 * 24 * 3600_000 });
    const all = records.toReversed();
    const batches = Array.from({ length: Math.ceil(all.length / 5) }, (_, index) =>
      all.slice(index * 5, index * 5 + 7),
    );
    await takeAll(
      world,
      batches.map((batch) => ({ records: batch, now: end })),
      [],
    );
    await settle(world, end);
    const open = (await storedIn(world)).filter(({ state }) => state === 'open');
    expect(essence(open.map(({ finding }) => finding))).toEqual(essence(scanned.findings));
  });
});
