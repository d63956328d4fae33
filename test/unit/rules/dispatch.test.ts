import { describe, expect, it } from 'vitest';
import { loadCaseBench } from '../../../cli/test-rules.ts';
import type { LogEvent } from '../../../src/model/log-event.ts';
import { recordsOf } from '../../../src/rules/case-records.ts';
import { toPredicate } from '../../../src/rules/expression.ts';
import { WHEN, WHEN_ANY } from '../../../src/rules/program.ts';

// Dispatch leaves rules out that cannot match: it must leave out no other.

const { runner, folders } = await loadCaseBench();
const { sources, ruleSet, samples } = runner;

/** Every record of every rule case, as an event. */
const events = folders.flatMap(({ cases }) =>
  cases.flatMap(({ records }) =>
    records.slice(0, 20).flatMap((entry, index) =>
      recordsOf({ ...entry, times: 1 }, index, samples).flatMap((record): LogEvent[] => {
        const reading = sources.find((source) => source.recognizes(record))?.toLogEvent(record);
        return reading?.kind === 'event' ? [reading.event] : [];
      }),
    ),
  ),
);

/** Rule and bits of each hit, by asking every rule everything. */
function askAll(event: LogEvent): string[] {
  return (ruleSet.programs.get(event.source) ?? []).flatMap(({ rule, runs }) => {
    const when = runs.reduce((bits, run) => (toPredicate(run.expression)(event.fields) ? bits | run.when : bits), 0);
    return when === 0 ? [] : [`${rule.name} ${when}`];
  });
}

const detected = (event: LogEvent, isFamiliar = false) =>
  ruleSet.detect(event, { isFamiliar }).hits.map(({ rule, when }) => `${rule} ${when}`);

describe('dispatch', () => {
  it('finds what asking every rule finds', () => {
    expect(events.length).toBeGreaterThan(1000);
    for (const event of events) expect(detected(event)).toEqual(askAll(event));
    expect(events.filter((event) => detected(event).length > 0).length).toBeGreaterThan(500);
  });

  it('counts alone what no correlation builds on and no place decides, if asked to', () => {
    const used = new Set(
      ruleSet.correlations.flatMap((rule) => [...rule.rules, ...(rule.postern.absence?.rules ?? [])]),
    );
    const seen = new Set<string>();
    for (const event of events) {
      const alone: string[] = [];
      const { hits } = ruleSet.detect(event, { onAlone: (rule) => alone.push(rule) });
      expect(hits.every(({ rule, when }) => used.has(rule) || when !== WHEN_ANY)).toBe(true);
      expect([...hits.map(({ rule }) => rule), ...alone].sort()).toEqual(
        askAll(event)
          .map((hit) => hit.split(' ')[0])
          .sort(),
      );
      for (const rule of alone) seen.add(rule);
    }
    expect([...seen].every((rule) => !used.has(rule))).toBe(true);
  });

  it('at a familiar place, only what counts there', () => {
    const counts = (hit: string) => (Number(hit.split(' ')[1]) & WHEN.familiar) !== 0;
    for (const event of events) expect(detected(event, true)).toEqual(askAll(event).filter(counts));
  });
});
