import { describe, expect, it } from 'vitest';
import {
  draftOf,
  keepCase,
  listCases,
  momentOf,
  readCase,
  withoutPeople,
} from '../../../../src/live/desk/false-alarms.ts';
import { createMemoryRows } from '../../../../src/memory.ts';
import { ago, breakIn, DAY_MS, signal } from '../../notify/plan-situation.ts';

describe('a case', () => {
  it('loses its people when findings of its time are pruned, and keeps its draft', async () => {
    const rows = createMemoryRows();
    const stored = {
      finding: { ...breakIn(), accounts: [...breakIn().accounts], ties: [] },
      formerIds: [],
      state: 'open',
      version: 1,
      createdAt: ago(0),
      changedAt: ago(0),
    } as unknown as Parameters<typeof keepCase>[1];
    await keepCase(rows, stored, { by: 'o_ada', at: ago(0), note: 'Jane was in Oslo' });
    const [one] = await listCases(rows);
    const row = await rows.get('inbox', 'cases', one?.id ?? '');
    expect(withoutPeople(row?.value, ago(DAY_MS))).toBeUndefined();
    const value = withoutPeople(row?.value, ago(-DAY_MS));
    expect(JSON.stringify(value)).not.toMatch(/jane/i);
    await rows.transact('inbox', 'cases', [{ op: 'put', row: one?.id ?? '', value }]);
    expect((await listCases(rows))[0]).toMatchObject({
      finding: 'f_1',
      chains: ['sspr-probed', 'reset-from-new-place'],
    });
    expect(await readCase(rows, one?.id ?? '', true)).toEqual(draftOf(breakIn(), 'x'));
    // What was changed once is left alone by the next run.
    expect(withoutPeople(value, ago(-DAY_MS))).toBeUndefined();
  });

  it('holds nothing of the log in its draft but rules, logs, countries and checks', () => {
    const hostile = signal({
      account: 'secret@example.org',
      recordId: 'secret-record',
      story: 'secret story',
      ip: '203.0.113.77',
      client: '<img src=x onerror=alert(1)>secret',
      flow: 'secret-flow',
      country: 'NL',
      gate: 'sms',
    });
    const text = JSON.stringify(
      draftOf(breakIn({ person: 'p_secret', evidence: [hostile], changes: ['secret'] }), 'secret'),
    );
    expect(text).not.toMatch(/secret|203\.0|<img/);
    expect(text).toContain('"country":"NL"');
  });

  it.each([
    [0, '0m'],
    [30_000, '30s'],
    [90 * 60_000, '1h30m'],
    [2 * 86_400_000 + 1000, '2d1s'],
  ])('writes %d ms as %s', (ms, moment) => {
    expect(momentOf(ms)).toBe(moment);
  });
});
