import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ids, readAll, words } from '../../fixtures/formats/read-all.ts';
import { auditRecord, signInRecord } from '../../fixtures/formats/records.ts';

const A = auditRecord('a');
const B = signInRecord('b');
const C = auditRecord('c');
const json = JSON.stringify;
const page = (...records: unknown[]) => ({ '@odata.context': 'https://graph', value: records, '@odata.nextLink': 'n' });

describe('Graph JSON in every form', () => {
  const forms: readonly (readonly [name: string, text: string, lines: readonly number[]])[] = [
    ['one record', json(A), [1]],
    ['one indented record', json(A, null, 2), [1]],
    ['NDJSON', `${json(A)}\n${json(B)}\n${json(C)}\n`, [1, 2, 3]],
    [
      'NDJSON without final newline, with CRLF and blank lines',
      `${json(A)}\r\n\r\n${json(B)}\r\n  \r\n${json(C)}`,
      [1, 3, 5],
    ],
    ['NDJSON with commas at line ends', `${json(A)},\n${json(B)},\n`, [1, 2]],
    ['array', json([A, B, C]), [1, 2, 3]],
    ['array, one record a line', `[\n${[A, B, C].map((r) => json(r)).join(',\n')}\n]`, [1, 2, 3]],
    ['indented array', json([A, B, C], null, 2), [1, 2, 3]],
    ['array of JSON strings', json([json(A), json(B)]), [1, 2]],
    ['page', json(page(A, B)), [1, 2]],
    ['indented page', json(page(A, B, C), null, 4), [1, 2, 3]],
    ['pages end to end', json(page(A)) + json(page(B, C)), [1, 2, 3]],
    ['pages one a line', `${json(page(A))}\n${json(page(B, C))}\n`, [1, 2, 3]],
    ['indented pages end to end', `${json(page(A), null, 2)}\n${json(page(B, C), null, 2)}`, [1, 2, 3]],
    ['array of pages', json([page(A), page(B, C)]), [1, 2, 2]],
    ['records end to end on one line', json(A) + json(B) + json(C), [1, 2, 3]],
    ['indented records end to end', [A, B, C].map((r) => json(r, null, 2)).join('\n'), [1, 2, 3]],
    ['pages after records, one a line', `${json(A)}\n${json(page(B, C))}\n`, [1, 2, 2]],
    ['empty page, then a full one', `${json(page())}\n${json(page(A))}`, [1]],
  ];
  it.each(forms)('%s', async (_, text, lines) => {
    const all = await readAll(text);
    expect(all.problems).toEqual([]);
    expect(ids(all)).toEqual(['a', 'b', 'c'].slice(0, lines.length));
    expect(all.records.map(({ line }) => line)).toEqual(lines);
    expect(all.records[0]?.record).toEqual(A);
    expect(new Set(all.records.map(({ shape }) => shape))).toEqual(new Set(['graph json']));
    for (const chunkBytes of [16, 64, 1000]) {
      expect(ids(await readAll(text, { limits: { chunkBytes } })), `${chunkBytes} bytes at once`).toEqual(ids(all));
    }
  });

  it('says whether lines or elements are counted', async () => {
    expect((await readAll(`${json(A)}\n${json(B)}`)).records.map(({ unit }) => unit)).toEqual(['line', 'line']);
    expect((await readAll(json([A]))).records.map(({ unit }) => unit)).toEqual(['element']);
  });

  it('reads any records in any form with any chunk size alike', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 12 });
    const record = fc
      .dictionary(text, fc.oneof(text, fc.double({ noNaN: true }), fc.constant(null), fc.array(text, { maxLength: 3 })))
      .map((extra) => ({ ...extra, activityDisplayName: 'x', activityDateTime: 'y', deep: [{ a: [[{}]] }] }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { minLength: 1, maxLength: 6 }),
        fc.constantFrom<(records: unknown[]) => string>(
          (records) => records.map((r) => json(r)).join('\n'),
          (records) => json(records),
          (records) => json(records, null, 2),
          (records) => json({ '@odata.count': 1, value: records }),
          (records) => records.map((r) => json(r, null, 1)).join('\n'),
        ),
        fc.integer({ min: 5, max: 300 }),
        async (records, write, chunkBytes) => {
          const all = await readAll(write(records), { limits: { chunkBytes } });
          expect(all.problems).toEqual([]);
          expect(all.records.map((item) => item.record)).toEqual(JSON.parse(json(records)));
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('accept', () => {
  const reject = () => false;
  it.each([
    ['lines', `${json(A)}\n${json(B)}\n${json(C)}\n`],
    ['array', json([A, B, C])],
    ['page', json(page(A, B, C))],
  ])('turns raw records down before they are parsed: %s', async (_, text) => {
    const all = await readAll(text, { accept: reject });
    expect(ids(all)).toEqual(['a']);
    expect(all.skipped).toBe(2);
  });

  it('sees exactly the bytes of one record', async () => {
    const seen: string[] = [];
    await readAll(`  ${json(A)}\r\n ${json(B)} \r\n${json(C)},\n`, {
      accept: (buffer, start, end) => seen.push(buffer.toString('utf8', start, end)) > 0,
    });
    expect(seen).toEqual([json(B), json(C)]);
  });

  it('is not asked in a file that holds anything but Graph records', async () => {
    const azure = { time: '2026-03-01T09:00:00Z', category: 'AuditLogs', properties: A };
    expect((await readAll(`${json(azure)}\n${json(azure)}\n`, { accept: reject })).skipped).toBe(0);
    const mixed = await readAll(`${json(A)}\n${json(azure)}\n${json(B)}\n`, {
      accept: (buffer, start, end) => buffer.toString('utf8', start, end).includes('AuditLogs'),
    });
    expect(mixed.records).toHaveLength(3);
  });
});

describe('broken JSON costs the broken record only', () => {
  const cut = json(B).slice(0, 60);
  const cases: readonly (readonly [name: string, text: string, ids: readonly string[], words: readonly RegExp[]])[] = [
    ['line cut off', `${json(A)}\n${cut}\n${json(C)}\n`, ['a', 'c'], [/^2: record is cut off/]],
    ['first line cut off', `${cut}\n${json(C)}\n${json(A)}`, ['c', 'a'], [/^1: record is cut off/]],
    ['last line cut off', `${json(A)}\n${cut}`, ['a'], [/^2: the file ends in the middle of this record/]],
    ['no JSON', `${json(A)}\nhello\n${json(C)}`, ['a', 'c'], [/^2: line is not JSON/]],
    ['not valid', `${json(A)}\n{"id": nope}\n${json(C)}`, ['a', 'c'], [/^2: record is not valid JSON/]],
    ['scalar', `${json(A)}\n17\n${json(C)}`, ['a', 'c'], [/^2: line is not JSON/]],
    ['array cut off', json([A, B, C]).slice(0, -40), ['a', 'b'], [/^3: the file ends before its JSON does/]],
    ['array not closed', json([A, B]).slice(0, -1), ['a', 'b'], [/^3: the file ends before its JSON does/]],
    [
      'page cut off, next page on a new line',
      `${json(page(A, B)).slice(0, -90)}\n${json(page(C))}`,
      ['a', 'c'],
      [/^2: record is broken/],
    ],
    ['element not valid', `[${json(A)},{"id":nope},${json(C)}]`, ['a', 'c'], [/^2: record is not valid JSON/]],
    [
      'element with a raw line break',
      `[\n${json(A)},\n{"id":"b\n"},\n${json(C)}\n]`,
      ['a', 'c'],
      [/^2: record is broken/],
    ],
    ['number in an array', `[${json(A)},17,${json(C)}]`, ['a', 'c'], [/^2: record is not valid JSON/]],
    [
      'depth bomb',
      `${json(A)}\n{"a":${'['.repeat(5000)}${']'.repeat(5000)}}\n${json(C)}`,
      ['a', 'c'],
      [/^2: record nests deeper than 128/],
    ],
    [
      'depth bomb in an array on one line',
      `[${json(A)},{"a":${'['.repeat(5000)}${']'.repeat(5000)}},${json(C)}]`,
      ['a', 'c'],
      [/^2: record nests deeper than 128/],
    ],
    [
      'element broken in an array on one line',
      `[${json(A)},{"id":["b"}},${json(C)}]`,
      ['a'],
      [/^2: record is broken/, /^-: no further record could be found/],
    ],
    [
      'depth bomb in an array',
      `[\n${json(A)},\n{"a":${'['.repeat(5000)}${']'.repeat(5000)}},\n${json(C)}]`,
      ['a', 'c'],
      [/^2: record nests deeper than 128/],
    ],
  ];
  it.each(cases)('%s', async (_, text, expected, messages) => {
    const all = await readAll(text);
    expect(ids(all)).toEqual(expected);
    expect(words(all)).toHaveLength(messages.length);
    for (const [index, message] of messages.entries()) expect(words(all)[index]).toMatch(message);
  });

  it.each([
    ['line', (large: string) => `${json(A)}\n${large}\n${json(C)}\n`],
    ['element', (large: string) => `[${json(A)},${large},${json(C)}]`],
  ])('passes over a record above the limit: %s, read bit by bit or all at once', async (_, write) => {
    const large = json({ ...B, padding: `${'\\" ]}'.repeat(400)}` });
    const whole = await readAll(write(large), { limits: { recordBytes: 1200, chunkBytes: 65_536 } });
    expect(ids(whole)).toEqual(['a', 'c']);
    const all = await readAll(write(large), { limits: { recordBytes: 1200, chunkBytes: 128 } });
    expect(ids(all)).toEqual(['a', 'c']);
    expect(words(all)).toEqual([expect.stringMatching(/^2: record is larger than/)]);
  });

  it('replaces invalid UTF-8 and keeps lone surrogates, record by record', async () => {
    const bytes = Buffer.concat([
      Buffer.from('{"id":"a","activityDisplayName":"'),
      Buffer.from([0xff, 0xc3, 0x28]),
      Buffer.from('","activityDateTime":"t"}\n{"id":"\\ud800","activityDisplayName":"x","activityDateTime":"t"}\n'),
    ]);
    const all = await readAll(bytes);
    expect(all.problems).toEqual([]);
    expect(all.records[0]?.record.activityDisplayName).toBe('\ufffd\ufffd(');
    expect(all.records[1]?.record.id).toBe('\ud800');
  });

  it('lists the first problems and counts the rest', async () => {
    const all = await readAll(`${json(A)}\n${'nonsense\n'.repeat(250)}`);
    expect(all.problems).toHaveLength(101);
    expect(all.problems.at(-1)?.message).toBe('150 further problems are not listed');
  });

  it('never repeats what a record says', async () => {
    const all = await readAll(`${json(A)}\nsecret@example.org {\n{"upn":"secret@example.org\n["secret@example.org"]\n`);
    expect(JSON.stringify(all.problems)).not.toContain('secret');
    expect(all.problems).toHaveLength(3);
  });
});
