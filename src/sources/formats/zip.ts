import { open } from 'node:fs/promises';
import yauzl from 'yauzl';
import { type ByteReader, type ByteSource, bufferSource, fileSource, noExport, unreadable } from './byte-source.ts';
import { DEFAULT_LIMITS, type ReadLimits } from './reading.ts';
import { peek } from './text.ts';
import { unpack } from './unpack.ts';

/** Entries of one archive. */
const MAX_ENTRIES = 10_000;
/** A zip inside a zip is held in memory while its entries are read. */
const MAX_NESTED_BYTES = 256 * 1024 * 1024;

const DEFLATE = 8;
const STORED = 0;

/** Bytes of an archive at any position. */
interface Archive {
  readonly name: string;
  readonly size: number;
  readonly list: () => Promise<yauzl.ZipFile>;
  /** A reader over `[from, from + length)`. */
  readonly slice: (from: number, length: number) => Promise<ByteReader>;
}

/** The entries of a zip file on disk, each a source; entries that are zip files themselves are opened one level deep. */
export function expandZip(path: string, size: number, limits: ReadLimits = DEFAULT_LIMITS): Promise<ByteSource[]> {
  return expand(
    {
      name: path,
      size,
      list: () => yauzl.openPromise(path, { autoClose: false }),
      slice: async (from, length) => sliceOf(path, from, length),
    },
    limits,
    0,
  );
}

async function sliceOf(path: string, from: number, length: number): Promise<ByteReader> {
  const handle = await open(path, 'r');
  let taken = 0;
  return {
    async read(into, at, room) {
      const want = Math.min(room, length - taken);
      if (want === 0) return 0;
      const { bytesRead } = await handle.read(into, at, want, from + taken);
      taken += bytesRead;
      return bytesRead;
    },
    bytesRead: () => taken,
    close: () => handle.close(),
  };
}

async function expand(archive: Archive, limits: ReadLimits, level: number): Promise<ByteSource[]> {
  let entries: yauzl.Entry[];
  try {
    entries = await listEntries(archive);
  } catch (error) {
    const many = error instanceof RangeError;
    return [
      unreadable(archive.name, many ? error.message : 'zip file is cut off or damaged: copy or download it again'),
    ];
  }
  if (entries.some((entry) => entry.fileName === '[Content_Types].xml')) {
    const isWorkbook = entries.some((entry) => entry.fileName.startsWith('xl/'));
    const words = 'Excel workbook: save it as CSV, or use the export as downloaded';
    return [unreadable(archive.name, isWorkbook ? words : noExport('Office document, not a log: left out'))];
  }
  const unpacked = entries.reduce((sum, entry) => sum + entry.uncompressedSize, 0);
  if (unpacked > limits.ratioFrom && unpacked > limits.ratio * archive.size) {
    return [
      unreadable(
        archive.name,
        `zip file unpacks to more than ${limits.ratio} times its size, which no log does: not read`,
      ),
    ];
  }
  const sources: ByteSource[] = [];
  const named = createNames();
  for (const entry of entries) {
    if (!isLog(entry.fileName)) continue;
    const name = `${archive.name}/${named(entry.fileName)}`;
    sources.push(...(await sourcesOf(archive, entry, name, limits, level)));
  }
  return sources.length > 0 ? sources : [unreadable(archive.name, noExport('zip file holds no files'))];
}

/** Folders and what archivers add of their own are no logs. */
function isLog(name: string): boolean {
  const last = name.split('/').at(-1) ?? '';
  return last !== '' && !last.startsWith('.') && !name.startsWith('__MACOSX/');
}

async function listEntries(archive: Archive): Promise<yauzl.Entry[]> {
  const zip = await archive.list();
  try {
    const entries: yauzl.Entry[] = [];
    if (zip.entryCount > MAX_ENTRIES)
      throw new RangeError(`zip file has more than ${MAX_ENTRIES} entries: unpack it first`);
    for await (const entry of zip.eachEntry()) entries.push(entry);
    return entries;
  } finally {
    zip.close();
  }
}

/** Names, each once: an archive may hold two entries of one name. */
function createNames(): (name: string) => string {
  const times = new Map<string, number>();
  return (name) => {
    const number = (times.get(name) ?? 0) + 1;
    times.set(name, number);
    return number === 1 ? name : `${name} (${number})`;
  };
}

async function sourcesOf(
  archive: Archive,
  entry: yauzl.Entry,
  name: string,
  limits: ReadLimits,
  level: number,
): Promise<ByteSource[]> {
  if (entry.isEncrypted()) return [unreadable(name, 'zip entry is encrypted: unpack it first')];
  if (entry.compressionMethod !== DEFLATE && entry.compressionMethod !== STORED) {
    return [unreadable(name, 'zip entry is packed in a way other than deflate: unpack it first')];
  }
  const source: ByteSource = {
    name,
    bytesTotal: entry.compressedSize,
    open: () => openEntry(archive, entry, limits),
  };
  if (!(await isZip(source))) return [source];
  if (level > 0) return [unreadable(name, 'zip inside a zip inside a zip: unpack it first')];
  if (entry.uncompressedSize > MAX_NESTED_BYTES)
    return [unreadable(name, 'zip inside a zip is too large: unpack it first')];
  return expandNested(name, source, entry.uncompressedSize, limits, level);
}

async function expandNested(
  name: string,
  source: ByteSource,
  size: number,
  limits: ReadLimits,
  level: number,
): Promise<ByteSource[]> {
  const bytes = () => bytesOf(source, size);
  try {
    await bytes();
  } catch {
    return [unreadable(name, 'zip inside the zip is damaged: copy or download it again')];
  }
  const nested: Archive = {
    name,
    size,
    list: async () => yauzl.fromBufferPromise(await bytes()),
    slice: async (from, length) => bufferSource(name, (await bytes()).subarray(from, from + length)).open(),
  };
  return expand(nested, limits, level + 1);
}

/** The zip inside a zip that was asked for last: sources are read one after another, so one at a time is enough. */
let held: { readonly source: ByteSource; readonly bytes: Buffer } | undefined;

/** All bytes of a zip inside a zip. Rejects when they are damaged. */
async function bytesOf(source: ByteSource, size: number): Promise<Buffer> {
  if (held?.source === source) return held.bytes;
  held = undefined;
  const bytes = Buffer.alloc(size);
  const reader = await source.open();
  try {
    for (let at = 0; at < size; ) {
      const count = await reader.read(bytes, at, size - at);
      if (count === 0) break;
      at += count;
    }
  } finally {
    await reader.close();
  }
  held = { source, bytes };
  return bytes;
}

async function isZip(source: ByteSource): Promise<boolean> {
  let reader: ByteReader | undefined;
  try {
    reader = await source.open();
    const { head } = await peek(reader);
    return head.length >= 4 && head.readUInt32LE(0) === 0x04034b50;
  } catch {
    return false;
  } finally {
    await reader?.close();
  }
}

const LOCAL_HEADER = 30;

/** The entry's bytes, unpacked. Its data starts after a local header whose length only the header itself tells. */
async function openEntry(archive: Archive, entry: yauzl.Entry, limits: ReadLimits): Promise<ByteReader> {
  const header = Buffer.alloc(LOCAL_HEADER);
  const headerReader = await archive.slice(entry.relativeOffsetOfLocalHeader, LOCAL_HEADER);
  const count = await headerReader.read(header, 0, LOCAL_HEADER).finally(() => headerReader.close());
  if (count < LOCAL_HEADER || header.readUInt32LE(0) !== 0x04034b50) {
    throw new Error('zip entry is damaged: copy or download the zip file again');
  }
  const start = entry.relativeOffsetOfLocalHeader + LOCAL_HEADER + header.readUInt16LE(26) + header.readUInt16LE(28);
  const packed = await archive.slice(start, entry.compressedSize);
  return entry.compressionMethod === STORED ? packed : unpack(packed, 'deflate', limits);
}

/** The sources of a file: the entries of a zip file, else the file itself. Told by its first bytes. */
export async function expandFile(
  path: string,
  size: number,
  limits: ReadLimits = DEFAULT_LIMITS,
): Promise<ByteSource[]> {
  const source = fileSource(path, size);
  return (await isZip(source)) ? expandZip(path, size, limits) : [source];
}
