import { describe, expect, it } from 'vitest';
import { compareFindings } from '../../../src/live/finding-changes.ts';
import type { StoredFinding } from '../../../src/live/stored-finding.ts';
import type { FindingNote } from '../../../src/live/unit-state.ts';
import type { Outcome } from '../../../src/model/finding.ts';
import type { GradedFinding } from '../../../src/rules/outcome.ts';

const HOUR = 3600_000;
const START = Date.UTC(2026, 5, 1);
const NOW = new Date(START + 1000 * HOUR);

/** A finding with evidence at these hours; its id is made of the first. */
function fresh(hours: readonly number[], more: Partial<GradedFinding> = {}): GradedFinding {
  const evidence = hours.map((hour) => ({
    rule: 'r',
    title: 'R',
    recordId: `r${hour}`,
    source: 'sign-ins' as const,
    at: new Date(START + hour * HOUR),
    person: 'p',
    account: 'p@example.org',
    story: 's',
    flow: `flow${hour}`,
  }));
  return {
    id: `f${hours[0]}`,
    revision: `rev${hours.join('-')}`,
    person: 'p',
    accounts: ['p@example.org'],
    outcome: 'attacked' as Outcome,
    level: 'medium',
    chains: ['c'],
    first: evidence[0]?.at ?? NOW,
    last: evidence.at(-1)?.at ?? NOW,
    evidence,
    attempts: hours.length,
    changes: [],
    techniques: [],
    cut: false,
    ties: [],
    ...more,
  };
}

/** Compares one set of findings after the other, as stored rows would be; tells what each step changed. */
async function play(steps: readonly { findings: readonly GradedFinding[]; horizon?: number }[]) {
  let notes: readonly FindingNote[] = [];
  const rows = new Map<string, StoredFinding>();
  const told: string[][] = [];
  const versions: string[] = [];
  for (const { findings, horizon = -1000 } of steps) {
    const changes = await compareFindings(notes, findings, {
      now: NOW,
      horizon: START + horizon * HOUR,
      tellOf: (chains) => (chains.includes('staged') ? undefined : 'attacked'),
      read: async (id) => rows.get(id),
    });
    for (const id of changes.joined) rows.delete(id);
    for (const { stored } of changes.changes) rows.set(stored.finding.id, structuredClone(stored));
    for (const { stored } of changes.changes) versions.push(`${stored.finding.id}.${stored.version}`);
    told.push(changes.changes.map(({ stored, change }) => [change, stored.finding.id, ...stored.formerIds].join(' ')));
    notes = changes.notes;
  }
  return { told, rows, notes, versions };
}

describe('findings that were concluded against those that are stored', () => {
  it.each<[string, readonly (readonly GradedFinding[])[], string[][]]>([
    ['new, then the same', [[fresh([1])], [fresh([1])]], [['new f1'], []]],
    ['grown', [[fresh([1])], [fresh([1, 5])]], [['new f1'], ['revised f1']]],
    ['an earlier record', [[fresh([5])], [fresh([1, 5])], [fresh([1, 5])]], [['new f5'], ['revised f1 f5'], []]],
    ['two in one episode apart', [[fresh([1]), fresh([200])]], [['new f1', 'new f200']]],
    [
      'joined by a record between',
      [[fresh([1]), fresh([100])], [fresh([1, 50, 100])]],
      [['new f1', 'new f100'], ['revised f1 f100']],
    ],
    [
      'an earlier record twice',
      [[fresh([9])], [fresh([5, 9])], [fresh([1, 5, 9])]],
      [['new f9'], ['revised f5 f9'], ['revised f1 f5 f9']],
    ],
    ['gone', [[fresh([1])], []], [['new f1'], ['withdrawn f1']]],
    ['gone and back', [[fresh([1])], [], [], [fresh([1])]], [['new f1'], ['withdrawn f1'], [], ['revised f1']]],
    ['the first record turns out to be the owner’s', [[fresh([1, 5])], [fresh([5])]], [['new f1'], ['revised f5 f1']]],
    ['fallen apart', [[fresh([1, 50, 100])], [fresh([1]), fresh([100])]], [['new f1'], ['revised f1', 'new f100']]],
    ['only one of two gone', [[fresh([1]), fresh([200])], [fresh([200])]], [['new f1', 'new f200'], ['withdrawn f1']]],
    ['staged from now on', [[fresh([1])], [fresh([1], { chains: ['staged'] })]], [['new f1'], ['revised f1']]],
    ['tied to another person', [[fresh([1])], [fresh([1], { ties: ['t'] })]], [['new f1'], ['revised f1']]],
  ])('%s', async (_, steps, expected) => {
    expect((await play(steps.map((findings) => ({ findings })))).told).toEqual(expected);
  });

  it('no two changes of one id have the same number, whatever it becomes part of meanwhile', async () => {
    const [apart, whole] = [[fresh([1]), fresh([100])], [fresh([1, 50, 100])]];
    const { versions } = await play(
      [apart, whole, apart, whole, [fresh([100])], apart].map((findings) => ({ findings })),
    );
    expect(new Set(versions).size).toBe(versions.length);
  });

  it('what rests on evidence that is forgotten is not taken back', async () => {
    const { told, notes } = await play([{ findings: [fresh([1])] }, { findings: [], horizon: 2 }]);
    expect([told[1], notes.map(({ id, state }) => `${id} ${state}`)]).toEqual([[], ['f1 open']]);
  });

  it('an episode that outlives its first evidence goes on under its id, and loses nothing', async () => {
    const strong = fresh([1, 60], {
      outcome: 'compromised',
      level: 'critical',
      chains: ['strong'],
      changes: ['password'],
      ties: ['t'],
    });
    const { told, rows } = await play([
      { findings: [strong] },
      { findings: [fresh([60, 110])], horizon: 30 },
      { findings: [fresh([60, 110])], horizon: 31 },
    ]);
    expect(told).toEqual([['new f1'], ['revised f1'], []]);
    expect(rows.get('f1')?.finding).toMatchObject({
      outcome: 'compromised',
      level: 'critical',
      chains: ['strong', 'c'],
      changes: ['password'],
      ties: ['t'],
      attempts: 3,
      first: strong.first,
    });
    expect(rows.get('f1')?.finding.evidence.map(({ recordId }) => recordId)).toEqual(['r1', 'r60', 'r110']);
  });
});
