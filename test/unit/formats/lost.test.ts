import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type ByteSource, unreadable } from '../../../src/sources/formats/byte-source.ts';
import { losses, readAll, words } from '../../fixtures/formats/read-all.ts';
import { auditRecord, FAILED_LOGIN, signInRecord } from '../../fixtures/formats/records.ts';

const A = JSON.stringify(auditRecord('a'));
const B = JSON.stringify(signInRecord('b'));
const row = `r,"${JSON.stringify(FAILED_LOGIN).replaceAll('"', '""')}"`;
/** Too much to fit one block of deflate, so that a cut leaves records before it. */
const packed = gzipSync(
  Array.from({ length: 3000 }, (_, index) => JSON.stringify(auditRecord(`r${index * 7919}`))).join('\n'),
);

/** What a file cost beyond single records: it decides the exit code (docs/scan.md). */
describe('what is lost', () => {
  it.each<readonly [string, Buffer | string | ByteSource, readonly string[]]>([
    ['nothing of a whole file', `${A}\n${B}\n`, []],
    ['one record each: lines', `${A}\nhello\n{"id": nope}\n${B.slice(0, 50)}\n${B}`, []],
    ['one record each: elements', `[${A},{"id":nope},17,${B}]`, []],
    ['more problems than are told', `${A}\n${'nonsense\n'.repeat(250)}`, []],
    ['rows', `RecordId,AuditData\n${row}\nr,{"cut\nr\n${row}\n`, []],
    ['the rest of lines', `${A}\n${B.slice(0, 50)}`, ['rest']],
    ['the rest of an array', `[${A},${B.slice(0, 50)}`, ['rest']],
    ['an array that is not closed', `[${A},${B}`, ['rest']],
    ['a page that is cut', `{"value":[${A},${B.slice(0, 50)}`, ['rest']],
    ['what follows a broken element on one line', `[${A},{"id":["b"}},${B}]`, ['rest']],
    ['the last row', `RecordId,AuditData\n${row}\n${row}\nr`, ['rest']],
    ['what follows an open quote', `RecordId,AuditData\n${row}\nr,"{\nr,x\nr,y\n`, ['rest']],
    ['an export in another language', '"Date (UTC)","Request ID","Status"\n1,2,3\n', ['rest']],
    [
      'the rest of a gz, told twice: the record and the file',
      packed.subarray(0, packed.length * 0.8),
      ['rest', 'rest'],
    ],
    ['a line without end', `${A}\n{"id":"b","x":"${'x'.repeat(17 * 1024 * 1024)}`, ['rest']],
    ['one record: a line that is too long', `${A}\n{"id":"b","x":"${'x'.repeat(17 * 1024 * 1024)}"}\n${B}`, []],
    ['a damaged gz', Buffer.concat([gzipSync(`${A}\n`), Buffer.from([0x1f, 0x8b, 8, 0, 0])]), ['rest']],
    ['a Parquet file', 'PAR1....', ['rest']],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x7b, 0, 0, 0]), ['rest']],
    ['a file that cannot be opened', unreadable('x', 'cannot'), ['rest']],
    ['no export: nothing', '', ['nothing']],
    ['no export: blanks', ' \n\n', ['nothing']],
    ['no export: text', 'Hello,\nworld\n', ['nothing']],
    ['no export: headers of nothing known', 'Datum;Anfrage\n1;2\n', ['nothing']],
    ['no export: JSON of something else', '{"name":"x","version":"1"}', ['nothing']],
    ['no export: a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13]), ['nothing']],
    ['no export: a PDF', '%PDF-1.7', ['nothing']],
    ['no export: a Windows event log', 'ElfFile\0', ['nothing']],
  ])('%s', async (_, input, expected) => expect(losses(await readAll(input))).toEqual(expected));

  it('is told however many records were broken before', async () => {
    const all = await readAll(`${A}\n${'nonsense\n'.repeat(250)}${B.slice(0, 50)}`);
    expect(all.problems).toHaveLength(102);
    expect(words(all).slice(-2)).toEqual([
      '252: the file ends in the middle of this record: it was cut off; export or copy it again to have the rest',
      '-: 150 further problems are not listed',
    ]);
  });
});
