import { type ByteReader, chunkReader, noExport } from './byte-source.ts';

/** What files begin with that are no exports, and what to do about each. */
const NO_EXPORTS: readonly (readonly [magic: string, words: string])[] = [
  ['ElfFile', 'Windows event log: Postern reads Entra and Microsoft 365 logs only'],
  ['%PDF', 'PDF: export as JSON or CSV'],
  ['SQLite', 'database file: export as JSON or CSV'],
];

/** What files begin with that may hold logs in a form that is not read. */
const PACKED: readonly (readonly [magic: string, words: string])[] = [
  ['PK', 'zip archive inside a stream: unpack it first'],
  ['PAR1', 'Parquet file: export as JSON or CSV'],
  ['\xff\xfe\0\0', 'UTF-32 text: save it as UTF-8'],
  ['7z\xbc\xaf', '7z archive: unpack it first'],
  ['Rar!', 'RAR archive: unpack it first'],
  ['BZh', 'bzip2 archive: unpack it first'],
  ['\x28\xb5\x2f\xfd', 'zstd archive: unpack it first'],
  ['\xfd7zXZ', 'xz archive: unpack it first'],
  ['Obj\x01', 'Avro file (Event Hubs capture): export as JSON'],
];

/** Bytes that tell what a file is. */
const HEAD_BYTES = 512;

/** The first bytes of a reader, and a reader that still gives them. */
export async function peek(reader: ByteReader): Promise<{ readonly head: Buffer; readonly reader: ByteReader }> {
  const buffer = Buffer.alloc(HEAD_BYTES);
  let length = 0;
  while (length < HEAD_BYTES) {
    const count = await reader.read(buffer, length, HEAD_BYTES - length);
    if (count === 0) break;
    length += count;
  }
  const head = buffer.subarray(0, length);
  let given = 0;
  return {
    head,
    reader: {
      async read(into, at, room) {
        if (given === head.length) return reader.read(into, at, room);
        const count = Math.min(room, head.length - given);
        head.copy(into, at, given, given + count);
        given += count;
        return count;
      },
      bytesRead: reader.bytesRead,
      close: reader.close,
    },
  };
}

/**
 * The same text in UTF-8 without byte order mark. UTF-16 is told by its mark or its zero bytes. Rejects with words for
 * a file that is no text.
 */
export async function toUtf8(packed: ByteReader): Promise<ByteReader> {
  const { head, reader } = await peek(packed);
  const magic = head.toString('latin1', 0, 8);
  const packedAs = PACKED.find(([start]) => magic.startsWith(start));
  if (packedAs) throw new Error(packedAs[1]);
  const foreign = NO_EXPORTS.find(([start]) => magic.startsWith(start));
  if (foreign) throw noExport(foreign[1]);
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) {
    await reader.read(Buffer.alloc(3), 0, 3);
    return reader;
  }
  const utf16 = utf16Of(head);
  if (utf16) return chunkReader(decode(reader, utf16), reader.bytesRead, () => void reader.close());
  if (head.includes(0)) throw noExport('binary file, not a log in JSON or CSV: left out');
  return reader;
}

function utf16Of(head: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  if (head.length < 4) return undefined;
  // Every export begins with ASCII: a bracket or the headers.
  if (head[0] !== 0 && head[1] === 0 && head[2] !== 0 && head[3] === 0) return 'utf-16le';
  if (head[0] === 0 && head[1] !== 0 && head[2] === 0 && head[3] !== 0) return 'utf-16be';
  return undefined;
}

async function* decode(reader: ByteReader, encoding: string): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding);
  const chunk = Buffer.allocUnsafeSlow(256 * 1024);
  for (;;) {
    const count = await reader.read(chunk, 0, chunk.length);
    const text = decoder.decode(chunk.subarray(0, count), { stream: count > 0 });
    if (text !== '') yield Buffer.from(text, 'utf8');
    if (count === 0) return;
  }
}
