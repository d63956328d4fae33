import { describe, expect, it } from 'vitest';
import { bucketOf } from '../../../src/live/buckets.ts';
import { createFindings } from '../../../src/live/findings.ts';
import { findingMessage, findingRow, type StoredFinding } from '../../../src/live/stored-finding.ts';
import { createMemoryRows } from '../../../src/memory.ts';
import type { Outcome, Signal } from '../../../src/model/finding.ts';
import type { Rows } from '../../../src/ports.ts';

const day = (n: number) => new Date(Date.UTC(2026, 8, n));

function stored(id: string, person: string, last: number, more: Partial<StoredFinding['finding']> = {}): StoredFinding {
  const finding = {
    id,
    revision: `${id}-1`,
    person,
    accounts: [`${person}@example.org`],
    outcome: 'attacked' as Outcome,
    level: 'medium' as const,
    chains: ['sspr-gate-tried'],
    first: day(last),
    last: day(last),
    evidence: [],
    attempts: 1,
    changes: [],
    techniques: [],
    cut: false,
    ties: [],
    ...more,
  };
  const { outcome: tell } = finding;
  return { finding, formerIds: [], state: 'open', tell, version: 1, createdAt: day(last), changedAt: day(last) };
}

async function store(rows: Rows, value: StoredFinding): Promise<void> {
  const { person, id } = value.finding;
  await rows.transact('evidence', bucketOf(person), [{ op: 'put', row: findingRow(person, id), value }]);
  await createFindings(rows).index(person, id);
}

async function setup() {
  const rows = createMemoryRows();
  const findings = createFindings(rows);
  const names = async (...args: Parameters<typeof findings.list>) => {
    const page = await findings.list(...args);
    return page.findings.map(({ id }) => id);
  };
  await store(rows, stored('a', 'p_1', 1, { ties: ['["probe-burst","postern.ip","192.0.2.1"]'], attempts: 3 }));
  await store(
    rows,
    stored('b', 'p_2', 5, { ties: ['["probe-burst","postern.ip","192.0.2.1"]'], outcome: 'identified' }),
  );
  await store(rows, stored('c', 'p_1', 9, { outcome: 'compromised' }));
  return { rows, findings, names };
}

describe('stored findings', () => {
  it('are found by person and present or former id', async () => {
    const { rows, findings } = await setup();
    await store(rows, { ...stored('d', 'p_3', 2), formerIds: ['d0', 'd1'] });
    expect((await findings.get('p_3', 'd'))?.finding.id).toBe('d');
    expect((await findings.get('p_3', 'd1'))?.finding.id).toBe('d');
    expect(await findings.get('p_1', 'd')).toBeUndefined();
    expect((await findings.ofPerson('p_1')).map(({ finding }) => finding.id)).toEqual(['a', 'c']);
    expect((await findings.get('p_1', 'a'))?.finding).toEqual(
      stored('a', 'p_1', 1, { ties: ['["probe-burst","postern.ip","192.0.2.1"]'], attempts: 3 }).finding,
    );
  });

  it.each([
    ['newest evidence first', {}, ['c', 'b', 'a']],
    ['by outcome', { outcomes: ['identified', 'compromised'] }, ['c', 'b']],
    ['by person', { person: 'p_1' }, ['c', 'a']],
    ['from an instant on', { since: day(5) }, ['c', 'b']],
    ['up to an instant', { until: day(5) }, ['b', 'a']],
    ['between', { since: day(2), until: day(8) }, ['b']],
    ['by state', { states: ['withdrawn'] }, []],
  ] as const)('are listed %s', async (_, filter, expected) => {
    const { names } = await setup();
    expect(await names(filter, 10)).toEqual(expected);
  });

  it('are listed in pages', async () => {
    const { findings } = await setup();
    const first = await findings.list({}, 2);
    expect(first.findings.map(({ id }) => id)).toEqual(['c', 'b']);
    const second = await findings.list({}, 2, first.next);
    expect([second.findings.map(({ id }) => id), second.next]).toEqual([['a'], undefined]);
    expect((await findings.list({ person: 'p_1' }, 1)).next).toBeDefined();
    expect((await findings.list({}, 3)).next).toBeUndefined();
  });

  it('have one row in the list, whatever happens to them and however often it is indexed', async () => {
    const { rows, findings, names } = await setup();
    const later = { ...stored('a', 'p_1', 12, { first: day(1) }), version: 2 };
    await store(rows, later);
    await findings.index('p_1', 'a');
    expect(await names({}, 10)).toEqual(['a', 'c', 'b']);
    await store(rows, { ...later, state: 'withdrawn', version: 3 });
    expect(await names({}, 10)).toEqual(['c', 'b']);
    expect(await names({ states: ['open', 'withdrawn'] }, 10)).toEqual(['a', 'c', 'b']);
    await rows.transact('evidence', bucketOf('p_1'), [{ op: 'delete', row: findingRow('p_1', 'a') }]);
    await findings.index('p_1', 'a');
    await findings.index('p_1', 'a');
    expect(await names({ states: ['open', 'withdrawn'] }, 10)).toEqual(['c', 'b']);
  });

  it('make campaigns and totals as a scan does', async () => {
    const { findings } = await setup();
    expect(await findings.totals()).toEqual({ attempts: 5, identified: 2, attacked: 1, compromised: 1 });
    expect(await findings.totals({ since: day(2) })).toEqual({
      attempts: 2,
      identified: 2,
      attacked: 1,
      compromised: 1,
    });
    const [campaign, ...others] = await findings.campaigns();
    expect(others).toEqual([]);
    expect(campaign).toMatchObject({
      origins: ['ip 192.0.2.1'],
      findings: ['a', 'b'],
      attempts: 4,
      identified: 2,
      attacked: 1,
    });
  });
});

describe('the message of a finding', () => {
  it('has the same id for the same change, the short facts, and the OCSF form', () => {
    const value = { ...stored('a', 'p_1', 1), version: 3, createdAt: day(1), changedAt: day(2), formerIds: ['a0'] };
    const message = findingMessage(value, 'revised', '1.0.0');
    expect(message).toMatchObject({
      queue: 'findings',
      id: 'f_a_3',
      body: {
        finding: 'a',
        person: 'p_1',
        revision: 'a-1',
        change: 'revised',
        outcome: 'attacked',
        tell: 'attacked',
        formerIds: ['a0'],
        ocsf: {
          class_uid: 2004,
          activity_id: 2,
          type_uid: 200402,
          time: day(2).getTime(),
          finding_info: { uid: 'a', created_time: day(1).getTime() },
        },
      },
    });
  });

  it('fits into a queue message whatever the finding holds', () => {
    const signal = (n: number): Signal => ({
      rule: 'sspr-gate-tried-new-place',
      title: 'A recovery check was tried from a new place',
      recordId: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
      source: 'directory-audits',
      at: day(1),
      person: 'p_1',
      account: 'ada@example.org',
      story: 'x'.repeat(300),
      ip: '192.0.2.1',
    });
    const evidence = Array.from({ length: 3000 }, (_, n) => signal(n));
    const { body } = findingMessage(stored('a', 'p_1', 1, { evidence }), 'new', '1.0.0');
    expect(JSON.stringify(body).length).toBeLessThan(200_000);
    expect((body as { ocsf: { evidences: unknown[] } }).ocsf.evidences).toHaveLength(120);
  });
});
