import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAll } from '../../fixtures/formats/read-all.ts';
import { auditRecord, FAILED_LOGIN, RESET, signInRecord } from '../../fixtures/formats/records.ts';

const records = [
  auditRecord('a'),
  signInRecord('b'),
  RESET,
  { time: 't', category: 'AuditLogs', properties: auditRecord('c') },
];
const columns = [{ name: 'TimeGenerated' }, { name: 'ActivityDisplayName' }];
const quoted = `"${JSON.stringify(FAILED_LOGIN).replaceAll('"', '""')}"`;

const FORMS: Readonly<Record<string, Buffer>> = {
  lines: Buffer.from(records.map((record) => JSON.stringify(record)).join('\n')),
  array: Buffer.from(JSON.stringify(records)),
  indented: Buffer.from(JSON.stringify({ value: records }, null, 2)),
  table: Buffer.from(
    JSON.stringify({
      tables: [
        {
          columns,
          rows: [
            ['t', 'x'],
            ['t', 'y'],
          ],
        },
      ],
    }),
  ),
  csv: Buffer.from(`RecordId,AuditData\nr,${quoted}\nr,${quoted}\n`),
  gz: gzipSync(JSON.stringify(records)),
};

/** One change to the bytes of a file. */
const damage = fc.oneof(
  fc.record({ kind: fc.constant('cut' as const), at: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({
    kind: fc.constant('put' as const),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    bytes: fc.oneof(
      fc
        .constantFrom('"', '\\', '{', '}', '[', ']', '\n', ',', '\n{', '[[[', '}]', '\u0000')
        .map((text) => Buffer.from(text)),
      fc.uint8Array({ minLength: 1, maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
    ),
  }),
);

describe('damaged files', () => {
  it.each(Object.keys(FORMS))('are read to their end without an exception, and say so: %s', async (form) => {
    const whole = FORMS[form] ?? Buffer.alloc(0);
    await fc.assert(
      fc.asyncProperty(
        fc.array(damage, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 8, max: 400 }),
        async (changes, chunkBytes) => {
          let bytes = whole;
          for (const change of changes) {
            const at = Math.floor(change.at * bytes.length);
            const tail = change.kind === 'cut' ? [] : [change.bytes, bytes.subarray(at)];
            bytes = Buffer.concat([bytes.subarray(0, at), ...tail]);
          }
          const all = await readAll(bytes, { limits: { chunkBytes, recordBytes: 4000 } });
          expect(all.records.length).toBeLessThan(60);
          for (const { message } of all.problems)
            expect(message).not.toMatch(/dana|example\.org|203\.0\.113|undefined|\[object/);
          for (const { record } of all.records) expect(typeof record).toBe('object');
        },
      ),
      { numRuns: 150 },
    );
  });

  it('cut anywhere, an array loses at most the record at the cut', async () => {
    const whole = Buffer.from(JSON.stringify([auditRecord('a'), auditRecord('b'), auditRecord('c')]));
    for (let length = 1; length < whole.length; length += 7) {
      const all = await readAll(whole.subarray(0, length), { limits: { chunkBytes: 64 } });
      expect(all.problems.length, `cut at ${length}`).toBeGreaterThan(0);
      expect(all.records.length).toBe(Math.floor(length / ((whole.length - 1) / 3)));
    }
  });
});
