import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createByteMemo } from '../../../../src/rules/prefilter/byte-memo.ts';
import { createLineCursor } from '../../../../src/rules/prefilter/line-cursor.ts';
import { createLineTime } from '../../../../src/rules/prefilter/line-time.ts';
import { parseInstant } from '../../../../src/sources/times.ts';
import { anySpelling, spell } from './spelling.ts';

const MEMBERS = ['a', 'result', 'userType', 'status.code', 'status.note', 'by.user.ip', 'by.user.name'];

/** Finds all that is asked for, in order; stops at the first that is not found. */
function findAll(line: string, wanted: readonly string[], around = ''): Map<string, unknown> {
  const buffer = Buffer.from(around + line + around);
  const start = Buffer.byteLength(around);
  const end = buffer.length - start;
  const cursor = createLineCursor(MEMBERS);
  const found = new Map<string, unknown>();
  if (!cursor.begin(buffer, start, end)) return found;
  for (const [index, member] of MEMBERS.entries()) {
    if (!wanted.includes(member)) continue;
    if (!cursor.find(index)) break;
    const text = buffer.toString('utf8', cursor.valueStart(), cursor.valueEnd());
    found.set(member, text === '' ? undefined : JSON.parse(text));
  }
  return found;
}

function valueAt(record: unknown, path: string): unknown {
  return path.split('.').reduce((value, name) => (value as Record<string, unknown> | null | undefined)?.[name], record);
}

describe('the line cursor', () => {
  const record = {
    id: '1',
    a: 'é',
    other: [1, 'x'],
    result: 7,
    userType: null,
    extra: { deep: 'userType' },
    status: { code: true, note: '' },
    by: { app: null, user: { ip: '192.0.2.1', name: 'x' } },
  };

  it.each([
    ['all in order', record, MEMBERS, MEMBERS],
    ['some of them', record, ['userType', 'by.user.name'], ['userType', 'by.user.name']],
    ['an object of a list between', { ...record, other: [{ a: 1 }] }, ['a', 'result'], ['a']],
    ['a text with braces between', { ...record, userType: '{"a":1}' }, ['result', 'status.code'], ['result']],
    ['an object with an object between', { ...record, extra: { x: {} } }, ['status.code'], []],
    ['a name inside of a text', { ...record, a: ',"result":5,' }, ['result'], ['result']],
    ['an escaped quote', { ...record, a: 'x"' }, ['a'], []],
    ['an object where a scalar should be', { ...record, result: {} }, ['result'], []],
    ['no id', { ...record, id: '' }, MEMBERS, []],
    ['an id that means none', { ...record, id: '<null>' }, MEMBERS, []],
  ])('%s', (_, value, wanted, expected) => {
    const found = findAll(JSON.stringify(value), wanted);
    expect([...found.keys()]).toEqual(expected);
    for (const [path, each] of found) expect(each).toEqual(valueAt(value, path));
  });

  it.each([
    ['{"id":"1","by":{"user":null,"app":{}}}', ['by.user.ip']],
    ['{"id":"1","by":{"app":{},"user":null}}', []],
    ['{"id":"1","by":{"x":{"user":{"ip":"1"}}}}', []],
    ['{"id":"1","by":{"x":"{","user":{"ip":"1"}}}', []],
    ['{"id":"1","x":{"status":{"code":1}}}', []],
    ['{"id":"1","x":{"y":1,"status":{"code":1}}}', []],
    ['{"id":"1", "a":1}', []],
    ['{"id":"1","a" :1}', []],
    ['{"id":"1","a":1 }', []],
    ['{"id":"1","a":1', []],
    ['{"b":"","id":"1","a":1}', []],
  ])('%s', (line, expected) => {
    const found = ['a', 'status.code', 'by.user.ip'].filter((member) => findAll(line, [member]).size > 0);
    expect(found).toEqual(expected);
  });

  it('whatever it finds is what parsing finds, however the record is written', () => {
    const scalar = fc.oneof(
      fc.string({ maxLength: 6 }),
      fc.constantFrom('{', '}', '"', '\\', ':{', '},"status":{"code":1', '","a":"x', '"user":{"ip":"1"'),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
    );
    const name = fc.constantFrom('a', 'result', 'userType', 'status', 'code', 'note', 'by', 'user', 'ip', 'name', 'x');
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        { weight: 12, arbitrary: scalar },
        { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 3 }) },
        { weight: 1, arbitrary: tie('object') },
      ),
      object: fc.dictionary(name, tie('value'), { maxKeys: 5 }),
    }));
    const real = fc.record({
      a: value,
      result: value,
      x: value,
      userType: value,
      status: fc.record({ code: value, note: value }),
      by: fc.record({ app: fc.constant(null), user: fc.option(fc.record({ ip: value, name: value }), { nil: null }) }),
    });
    const wanted = fc.subarray(MEMBERS, { minLength: 1 });
    let count = 0;
    fc.assert(
      fc.property(fc.oneof(real, fc.dictionary(name, value)), wanted, anySpelling, (fields, members, spelling) => {
        const record = { id: '1', ...(fields as Record<string, unknown>) };
        const found = findAll(spell(record, spelling), members, '{"id":"2","a":3,"status":{"code":4}}\n');
        count += found.size;
        for (const [path, each] of found)
          expect(each).toEqual(valueAt(record, path) ?? (each === null ? null : undefined));
      }),
      { numRuns: 2000 },
    );
    expect(count).toBeGreaterThan(300);
  });
});

describe('the byte memo', () => {
  it('answers as a map of texts does', () => {
    const step = fc.tuple(fc.array(fc.string({ unit: 'grapheme', maxLength: 40 }), { minLength: 1, maxLength: 3 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const memo = createByteMemo<number>(1000);
        const map = new Map<string, number>();
        for (const [index, [pieces]] of steps.entries()) {
          const texts = pieces.map((piece) => JSON.stringify(piece));
          const bytes = Buffer.from(`xx${texts.join('yy')}`);
          const at: number[] = [];
          let from = 2;
          for (const text of texts) {
            at.push(from, from + Buffer.byteLength(text));
            from += Buffer.byteLength(text) + 2;
          }
          const spans = { at: Int32Array.from(at), count: at.length };
          expect(memo.get(bytes, spans)).toBe(map.get(texts.join('')));
          if (map.has(texts.join(''))) continue;
          expect(memo.set(bytes, spans, index)).toBe(true);
          map.set(texts.join(''), index);
        }
      }),
    );
  });

  it('keeps to its limit, and never confuses what looks alike to its hash', () => {
    const memo = createByteMemo<number>(600);
    const spansOf = (bytes: Buffer) => ({ at: Int32Array.of(0, bytes.length), count: 2 });
    // Differ only in bytes that the hash does not look at.
    const texts = Array.from({ length: 700 }, (_, index) => Buffer.from(`${'a'.repeat(5)}${index}`.padEnd(80, 'a')));
    const kept = texts.filter((text, index) => memo.set(text, spansOf(text), index));
    expect(kept).toHaveLength(600);
    for (const [index, text] of texts.entries()) expect([undefined, index]).toContain(memo.get(text, spansOf(text)));
  });
});

describe('the line time', () => {
  const time = createLineTime(parseInstant);
  const read = (text: string) => {
    const bytes = Buffer.from(`,${JSON.stringify(text)},`);
    return time(bytes, 1, bytes.length - 1);
  };

  it.each([
    ['2026-03-01T09:14:27Z', Date.UTC(2026, 2, 1, 9, 14, 27)],
    ['2026-03-01T09:14:27.5Z', Date.UTC(2026, 2, 1, 9, 14, 27, 500)],
    ['2026-03-01T09:14:27.1234567Z', Date.UTC(2026, 2, 1, 9, 14, 27, 123)],
    ['2026-03-01T09:14:60Z', Number.NaN],
    ['2026-02-30T09:14:00Z', Number.NaN],
    ['9999-12-31T23:59:59Z', Number.NaN],
    ['2026-03-01T09:14:27', Number.NaN],
    ['2026-03-01T09:14:27.Z', Number.NaN],
    ['2026-03-01 09:14:27Z', Date.UTC(2026, 2, 1, 9, 14, 27)],
    ['3/1/2026 9:14:27 AM', Number.NaN],
  ])('%s', (text, expected) => expect(read(text)).toBe(expected));

  it('reads what the sources read', () => {
    const two = fc.integer({ min: 0, max: 99 }).map((number) => String(number).padStart(2, '0'));
    const text = fc
      .tuple(
        fc.constantFrom('2026', '2024', '1999', '20x6'),
        two,
        two,
        two,
        two,
        two,
        fc.constantFrom('', '.5', '.123456789', '.'),
      )
      .map(
        ([year, month, day, hour, minute, second, rest]) =>
          `${year}-${month}-${day}T${hour}:${minute}:${second}${rest}Z`,
      );
    const near = fc
      .tuple(fc.integer({ min: 1, max: 13 }), fc.integer({ min: 0, max: 61 }))
      .map(
        ([month, second]) => `2026-${String(month).padStart(2, '0')}-30T09:59:${String(second).padStart(2, '0')}.25Z`,
      );
    fc.assert(
      fc.property(fc.oneof(text, near), (written) => {
        expect(read(written)).toBe(parseInstant(written) ?? Number.NaN);
      }),
    );
  });
});
