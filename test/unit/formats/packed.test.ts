import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { openInput } from '../../../src/sources/formats/open-input.ts';
import { DEFAULT_LIMITS } from '../../../src/sources/formats/reading.ts';
import { expandZip } from '../../../src/sources/formats/zip.ts';
import { ids, readAll, words } from '../../fixtures/formats/read-all.ts';
import { auditRecord, signInRecord } from '../../fixtures/formats/records.ts';
import { writeZip } from '../../fixtures/formats/zip-writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'postern-formats-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const A = JSON.stringify(auditRecord('a'));
const B = JSON.stringify(signInRecord('b'));
const C = JSON.stringify(auditRecord('c'));

/** `name: ids / problems` of every source behind a path. */
async function readInput(path: string): Promise<string[]> {
  const sources = await openInput(path);
  const lines = sources.map(async (source) => {
    const all = await readAll(source);
    return `${source.name.slice(folder.length + 1)}: ${[...ids(all), ...words(all)].join(' / ')}`;
  });
  return Promise.all(lines);
}

let count = 0;
function file(bytes: Buffer | string, name = `f${count++}`): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe('text encodings, told by content', () => {
  const text = `[${A},\n${B}]`;
  const utf16le = Buffer.from(text, 'utf16le');
  const csv = Buffer.from(
    'CreationDate;AuditData\n"x";"{""CreationTime"":""2026-03-01T09:00:00"",""Operation"":""A"",""Id"":""ü""}"\n',
    'utf16le',
  );
  it.each<readonly [string, Buffer, readonly string[]]>([
    ['UTF-8 with mark', Buffer.from(`\ufeff${text}`), ['a', 'b']],
    ['UTF-16 LE with mark', Buffer.concat([Buffer.from([0xff, 0xfe]), utf16le]), ['a', 'b']],
    ['UTF-16 BE with mark', Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(utf16le).swap16()]), ['a', 'b']],
    ['UTF-16 LE without mark', utf16le, ['a', 'b']],
    ['UTF-16 BE without mark', Buffer.from(utf16le).swap16(), ['a', 'b']],
    ['UTF-16 CSV', csv, ['ü']],
    ['gz of UTF-16', gzipSync(utf16le), ['a', 'b']],
  ])('%s', async (_, bytes, expected) => {
    const all = await readAll(bytes);
    expect(words(all)).toEqual([]);
    expect(ids(all)).toEqual(expected);
  });
});

describe('gz', () => {
  it('reads members one after another', async () => {
    const all = await readAll(Buffer.concat([gzipSync(`${A}\n`), gzipSync(`${B}\n`), gzipSync(C)]));
    expect(ids(all)).toEqual(['a', 'b', 'c']);
    expect(words(all)).toEqual([]);
  });
  it('reads a gz inside a gz', async () => {
    expect(ids(await readAll(gzipSync(gzipSync(A))))).toEqual(['a']);
  });
  it('keeps what came before a cut', async () => {
    const lines = Array.from({ length: 3000 }, (_, index) => JSON.stringify(auditRecord(`r${index * 7919}`))).join(
      '\n',
    );
    const packed = gzipSync(lines);
    const all = await readAll(packed.subarray(0, packed.length * 0.8));
    expect(all.records.length).toBeGreaterThan(1500);
    expect(words(all).at(-1)).toBe(
      '-: gz file is cut off: what was read before the cut counts; copy or download it again for the rest',
    );
  });
  it('keeps what came before damage', async () => {
    const packed = Buffer.concat([gzipSync(`${A}\n${B}\n`), gzipSync(C)]);
    packed.fill(0xff, packed.length - 12);
    const all = await readAll(packed);
    expect(ids(all).slice(0, 2)).toEqual(['a', 'b']);
    expect(words(all).at(-1)).toMatch(/^-: gz file is (damaged|cut off)/);
  });
  it('stops at a bomb', async () => {
    const bomb = gzipSync(Buffer.alloc(4_000_000, 0x20));
    const all = await readAll(bomb, { limits: { ratio: 100, ratioFrom: 1_000_000 } });
    expect(words(all).at(-1)).toBe('-: unpacks to more than 100 times its size, which no log does: not read on');
  });
});

describe('zip', () => {
  it('reads every entry, gz and zip inside included, and leaves out what archivers add', async () => {
    const inner = writeZip([{ name: 'deep.csv', data: Buffer.from(C) }]);
    const path = file(
      writeZip([
        { name: 'logs/', data: Buffer.alloc(0), stored: true },
        { name: 'logs/a.txt', data: Buffer.from(A) },
        { name: 'logs/b.json', data: gzipSync(B), stored: true },
        { name: 'inner.bin', data: inner },
        { name: '__MACOSX/._a.txt', data: Buffer.from('x') },
        { name: 'logs/.DS_Store', data: Buffer.from('x') },
      ]),
      'all.zip',
    );
    expect(await readInput(path)).toEqual([
      'all.zip/logs/a.txt: a',
      'all.zip/logs/b.json: b',
      'all.zip/inner.bin/deep.csv: c',
    ]);
  });

  it('reads two entries of one name, and each of several zips inside', async () => {
    const inner = (record: string) => writeZip([{ name: 'x', data: Buffer.from(record) }]);
    const path = file(
      writeZip([
        { name: 'x.json', data: Buffer.from(A) },
        { name: 'x.json', data: Buffer.from(B) },
        { name: '1.zip', data: inner(A) },
        { name: '2.zip', data: inner(C) },
      ]),
      'twice.zip',
    );
    expect(await readInput(path)).toEqual([
      'twice.zip/x.json: a',
      'twice.zip/x.json (2): b',
      'twice.zip/1.zip/x: a',
      'twice.zip/2.zip/x: c',
    ]);
  });

  it('believes the bytes, not the size that the archive states', async () => {
    const bytes = writeZip([{ name: 'bomb', data: Buffer.alloc(4_000_000, 0x20) }]);
    bytes.writeUInt32LE(1000, bytes.indexOf(Buffer.from('PK\x01\x02', 'latin1')) + 24);
    const [source] = await expandZip(file(bytes), bytes.length, {
      ...DEFAULT_LIMITS,
      ratio: 100,
      ratioFrom: 1_000_000,
    });
    expect(words(await readAll(source ?? ''))).toEqual([
      '-: unpacks to more than 100 times its size, which no log does: not read on',
    ]);
  });

  it('says what to do with what it does not unpack, and reads the rest', async () => {
    const twice = writeZip([
      { name: 'inner.zip', data: writeZip([{ name: 'x', data: Buffer.from(A) }]), stored: true },
    ]);
    const path = file(
      writeZip([
        { name: 'secret', data: Buffer.from(A), encrypted: true },
        { name: 'twice.zip', data: twice },
        { name: 'a', data: Buffer.from(A) },
      ]),
      'odd.zip',
    );
    expect(await readInput(path)).toEqual([
      'odd.zip/secret: -: zip entry is encrypted: unpack it first',
      'odd.zip/twice.zip/inner.zip: -: zip inside a zip inside a zip: unpack it first',
      'odd.zip/a: a',
    ]);
  });

  it.each<readonly [string, Buffer, RegExp]>([
    [
      'cut off',
      writeZip([{ name: 'a', data: Buffer.from(A.repeat(50)) }]).subarray(0, 90),
      /zip file is cut off or damaged/,
    ],
    ['no entries', writeZip([{ name: 'x/', data: Buffer.alloc(0), stored: true }]), /zip file holds no files/],
    [
      'Excel workbook',
      writeZip([
        { name: '[Content_Types].xml', data: Buffer.from('x') },
        { name: 'xl/workbook.xml', data: Buffer.from('x') },
      ]),
      /Excel workbook: save it as CSV/,
    ],
    [
      'Office document',
      writeZip([{ name: '[Content_Types].xml', data: Buffer.from('x') }]),
      /Office document, not a log: left out/,
    ],
  ])('%s', async (_, bytes, message) => {
    const all = await readInput(file(bytes));
    expect(all).toHaveLength(1);
    expect(all[0]).toMatch(message);
  });

  it('refuses a bomb', async () => {
    const path = file(writeZip([{ name: 'bomb', data: Buffer.alloc(4_000_000, 0x20) }]));
    const sources = await expandZip(path, 5000, { ...DEFAULT_LIMITS, ratio: 100, ratioFrom: 1_000_000 });
    expect(words(await readAll(sources[0] ?? ''))).toEqual([
      '-: zip file unpacks to more than 100 times its size, which no log does: not read',
    ]);
  });
});

describe('folders', () => {
  it('reads every file of a folder of junk; each unreadable one is one problem', async () => {
    const junk = join(folder, 'junk');
    mkdirSync(join(junk, 'sub'), { recursive: true });
    mkdirSync(join(junk, '.git'));
    symlinkSync(junk, join(junk, 'loop'));
    symlinkSync(join(junk, 'nowhere'), join(junk, 'dangling'));
    writeFileSync(join(junk, '.git', 'hidden'), A);
    writeFileSync(join(junk, 'empty'), '');
    writeFileSync(join(junk, 'blank.json'), ' \n \n');
    writeFileSync(join(junk, 'picture.json'), Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13]));
    writeFileSync(join(junk, 'report.csv'), Buffer.from('%PDF-1.7 ...'));
    writeFileSync(join(junk, 'package.json'), '{"name":"x","version":"1"}');
    writeFileSync(join(junk, 'readme.txt'), 'Hello,\nworld\n');
    writeFileSync(join(junk, 'sub', 'real'), A);
    expect(await readInput(junk)).toEqual([
      expect.stringMatching(/^junk\/blank.json: -: file is empty$/),
      expect.stringMatching(/^junk\/dangling: -: file or folder cannot be opened/),
      expect.stringMatching(/^junk\/empty: -: file is empty$/),
      expect.stringMatching(/^junk\/package.json: {2}\/ -: JSON, but no record of a kind Postern knows/),
      expect.stringMatching(/^junk\/picture.json: -: binary file, not a log/),
      expect.stringMatching(/^junk\/readme.txt: 1: neither JSON nor a CSV export/),
      expect.stringMatching(/^junk\/report.csv: -: PDF: export as JSON or CSV$/),
      'junk/sub/real: a',
    ]);
  });

  it.skipIf(process.platform === 'win32')('waits for no pipe, and follows no link out of the folder', async () => {
    const odd = join(folder, 'odd');
    const elsewhere = join(folder, 'elsewhere');
    for (const path of [join(odd, 'sub'), elsewhere]) mkdirSync(path, { recursive: true });
    writeFileSync(join(odd, 'a'), A);
    writeFileSync(join(elsewhere, 'b'), B);
    execFileSync('mkfifo', [join(odd, 'pipe')]);
    symlinkSync('a', join(odd, 'link to a file'));
    symlinkSync('..', join(odd, 'sub', 'up'));
    symlinkSync(elsewhere, join(odd, 'link to a folder'));
    symlinkSync('/dev/zero', join(odd, 'zeros'));
    expect(await readInput(odd)).toEqual([
      'odd/a: a',
      'odd/link to a file: a',
      'odd/link to a folder: -: link to a folder elsewhere: not followed; to read that folder, name it',
      'odd/pipe: -: a pipe, socket or device, not a file: left out; to read a pipe, name it',
      'odd/zeros: -: a pipe, socket or device, not a file: left out; to read a pipe, name it',
    ]);
  });

  it('makes a missing path one problem', async () => {
    const sources = await openInput(join(folder, 'no-such-file'));
    expect(words(await readAll(sources[0] ?? ''))).toEqual([
      '-: file or folder cannot be opened: check the path and that you may read it',
    ]);
  });
});
