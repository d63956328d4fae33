import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../../local/graph-simulator/database.ts';
import { createLogStore, keptSince, type LogQuery, type LogStore } from '../../../local/graph-simulator/log-store.ts';

const open: Database[] = [];
afterEach(() => {
  for (const database of open.splice(0)) database.close();
});

function store(): LogStore {
  const database = openDatabase(undefined);
  open.push(database);
  return createLogStore(database);
}

const at = (minute: number) => new Date(Date.UTC(2026, 8, 1, 0, minute)).toISOString();
const ALL: LogQuery = {
  source: 'sign-ins',
  window: {},
  arrivedBy: Number.MAX_SAFE_INTEGER,
  descending: false,
  most: 100,
};

interface Added {
  readonly id: string;
  readonly minute: number;
  readonly risk: string;
  readonly arrives: number;
}

function add(logs: LogStore, { id, minute, risk, arrives }: Added): void {
  logs.add('sign-ins', { id, createdDateTime: at(minute), risk }, arrives);
}

function seen(logs: LogStore, query: Partial<LogQuery> = {}): string[] {
  return logs.read({ ...ALL, ...query }).map(({ body }) => {
    const { id, risk } = JSON.parse(Buffer.from(body).toString()) as { id: string; risk: string };
    return `${id}:${risk}`;
  });
}

describe('what a reader sees', () => {
  it('only what has arrived', () => {
    const logs = store();
    add(logs, { id: 'a', minute: 1, risk: 'none', arrives: 100 });
    add(logs, { id: 'b', minute: 0, risk: 'none', arrives: 50 });
    expect(seen(logs, { arrivedBy: 49 })).toEqual([]);
    expect(seen(logs, { arrivedBy: 50 })).toEqual(['b:none']);
    expect(seen(logs, { arrivedBy: 100 })).toEqual(['b:none', 'a:none']);
    expect(seen(logs, { descending: true })).toEqual(['a:none', 'b:none']);
  });

  it('the same record added twice is seen twice', () => {
    const logs = store();
    add(logs, { id: 'a', minute: 1, risk: 'none', arrives: 1 });
    add(logs, { id: 'a', minute: 1, risk: 'none', arrives: 2 });
    expect(seen(logs, { arrivedBy: 1 })).toEqual(['a:none']);
    expect(seen(logs, { arrivedBy: 2 })).toEqual(['a:none', 'a:none']);
  });

  it('another version takes the place of the first, and no late copy of the first comes back', () => {
    const logs = store();
    add(logs, { id: 'a', minute: 1, risk: 'none', arrives: 1 });
    add(logs, { id: 'a', minute: 1, risk: 'high', arrives: 10 });
    add(logs, { id: 'a', minute: 1, risk: 'none', arrives: 20 });
    expect([1, 9, 10, 20].map((arrivedBy) => seen(logs, { arrivedBy }))).toEqual([
      ['a:none'],
      ['a:none'],
      ['a:high'],
      ['a:high'],
    ]);
    expect(Buffer.from(logs.byId('sign-ins', 'a', 9) ?? []).toString()).toContain('none');
    expect(Buffer.from(logs.byId('sign-ins', 'a', 10) ?? []).toString()).toContain('high');
    expect(logs.byId('directory-audits', 'a', 10)).toBeUndefined();
  });

  it('windows include their bounds, tags choose, positions continue', () => {
    const logs = store();
    for (let minute = 0; minute < 5; minute++) {
      const signInEventTypes = [minute % 2 ? 'nonInteractiveUser' : 'interactiveUser'];
      logs.add('sign-ins', { id: `s${minute}`, createdDateTime: at(minute), risk: '', signInEventTypes }, 0);
    }
    const window = { from: '2026-09-01T00:01:00.0000000Z', to: '2026-09-01T00:03:00.0000000Z' };
    expect(seen(logs, { window })).toEqual(['s1:', 's2:', 's3:']);
    expect(seen(logs, { tags: ['nonInteractiveUser'] })).toEqual(['s1:', 's3:']);
    expect(seen(logs, { exceptTag: 'nonInteractiveUser' })).toEqual(['s0:', 's2:', 's4:']);
    const [, second] = logs.read({ ...ALL, descending: true, most: 2 });
    expect(seen(logs, { descending: true, after: second })).toEqual(['s2:', 's1:', 's0:']);
    expect(logs.counts()['sign-ins']).toBe(5);
  });

  it('a record without id or time is refused by name of the log', () => {
    const logs = store();
    expect(() => logs.add('sign-ins', { createdDateTime: at(0) }, 0)).toThrow('a record of sign-ins needs an id');
    expect(() => logs.add('directory-audits', { id: 'a', activityDateTime: 'soon' }, 0)).toThrow('activityDateTime');
  });

  it('nothing older than it is kept', () => {
    expect(keptSince({}, Date.UTC(2026, 8, 8), 7 * 86_400_000)).toEqual({ from: '2026-09-01T00:00:00.0000000Z' });
    const window = { from: '2026-09-05T00:00:00.0000000Z', to: 'x' };
    expect(keptSince(window, Date.UTC(2026, 8, 8), 7 * 86_400_000)).toEqual(window);
  });
});

describe('any order of adding', () => {
  const added = fc.record({
    id: fc.constantFrom('a', 'b', 'c'),
    minute: fc.integer({ min: 0, max: 3 }),
    risk: fc.constantFrom('none', 'low', 'high'),
    arrives: fc.integer({ min: 0, max: 19 }),
  });

  it('ends in the same view as a plain model', () => {
    // Of two versions that arrive in the same millisecond, the one added last counts.
    const list = fc.uniqueArray(added, { maxLength: 12, selector: ({ arrives }) => arrives });
    fc.assert(
      fc.property(list, fc.integer({ min: 0, max: 19 }), fc.integer(), (entries, arrivedBy, salt) => {
        const logs = store();
        for (const entry of shuffled(entries, salt)) add(logs, entry);
        expect(seen(logs, { arrivedBy }).sort()).toEqual(model(entries, arrivedBy).sort());
      }),
      { numRuns: 60 },
    );
  });
});

/** Copies of the version that first arrived last. */
function model(entries: readonly Added[], arrivedBy: number): string[] {
  const version = ({ id, minute, risk }: Added) => `${id} ${minute} ${risk}`;
  const first = (entry: Added) =>
    Math.min(...entries.filter((other) => version(other) === version(entry)).map(({ arrives }) => arrives));
  return entries
    .filter((entry) => entry.arrives <= arrivedBy)
    .filter((entry) =>
      entries.every(
        (other) =>
          other.id !== entry.id ||
          first(other) > arrivedBy ||
          first(other) <= first(entry) ||
          version(other) === version(entry),
      ),
    )
    .map(({ id, risk }) => `${id}:${risk}`);
}

function shuffled<T>(items: readonly T[], salt: number): T[] {
  return items
    .map((item, index) => ({ item, key: Math.sin(salt + index * 97) }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
