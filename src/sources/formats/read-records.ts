import { type ByteReader, type ByteSource, isNoExport } from './byte-source.ts';
import { readCsv } from './csv.ts';
import { createIntake, type Intake } from './intake.ts';
import { opensPage, readDocument } from './json-document.ts';
import { readLines } from './json-lines.ts';
import { endOfContainer, skipSpace } from './json-scan.ts';
import { DEFAULT_LIMITS, type ReadBatch, type ReadLimits, type ReadOptions } from './reading.ts';
import { peek, toUtf8 } from './text.ts';
import { unpack } from './unpack.ts';
import { createWindow, fill, type Window } from './window.ts';

/**
 * Reads every record of one source, whatever export it is; the form is told by content, never by name. Memory stays
 * flat at any size. Never throws: whatever cannot be read becomes a problem in a batch, and the rest is still read.
 */
export async function* readRecords(source: ByteSource, options: ReadOptions = {}): AsyncGenerator<ReadBatch> {
  const limits: ReadLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const intake = createIntake(options, limits);
  let reader: ByteReader | undefined;
  const progress = () => ({ bytesRead: reader?.bytesRead() ?? 0, bytesTotal: source.bytesTotal });
  try {
    reader = await source.open();
    reader = await toUtf8(await unpacked(reader, limits));
    const window = createWindow(reader, limits.chunkBytes);
    for await (const _ of readText(window, intake, limits, options.isLines ?? false)) yield intake.flush(progress());
    if (window.failure !== undefined) intake.final(window.failure, 'rest');
    sayWhatIsUnknown(intake, limits);
  } catch (error) {
    intake.final(error instanceof Error ? error.message : 'cannot be read', isNoExport(error) ? 'nothing' : 'rest');
  } finally {
    await reader?.close().catch(() => undefined);
  }
  yield intake.flush(progress());
}

/** gzip is told by its first two bytes; a gz inside a gz happens where a download was packed on the way. */
async function unpacked(packed: ByteReader, limits: ReadLimits): Promise<ByteReader> {
  let reader = packed;
  for (let level = 0; level < 2; level += 1) {
    const peeked = await peek(reader);
    reader = peeked.reader;
    if (peeked.head[0] !== 0x1f || peeked.head[1] !== 0x8b) return reader;
    reader = unpack(reader, 'gzip', limits);
  }
  return reader;
}

function sayWhatIsUnknown(intake: Intake, limits: ReadLimits): void {
  const { records, unknown, problems } = intake.totals();
  if (problems > limits.problems) intake.final(`${problems - limits.problems} further problems are not listed`);
  if (records > 0 && unknown === records) {
    intake.final(
      'JSON, but no record of a kind Postern knows (directory audits, sign-ins, risk detections, Microsoft 365 audit)',
      'nothing',
    );
  }
}

const NEWLINE = 10;
const OPEN_OBJECT = 0x7b;
const OPEN_LIST = 0x5b;

async function* readText(window: Window, intake: Intake, limits: ReadLimits, areLines: boolean): AsyncGenerator<void> {
  let start = 0;
  while (await fill(window)) {
    start = skipSpace(window.buffer, window.start, window.end);
    if (start < window.end) break;
    window.start = window.end;
  }
  if (start === window.end) {
    if (window.failure === undefined) intake.final('file is empty', 'nothing');
    return;
  }
  const first = window.buffer[start];
  if (areLines) yield* readLines(window, intake, limits);
  else if (first !== OPEN_OBJECT && first !== OPEN_LIST) yield* readCsv(window, intake, limits);
  else if (isLines(window.buffer, start, window.end)) yield* readLines(window, intake, limits);
  else yield* readDocument(window, intake, limits);
}

/** True when a file that starts with these bytes is read as one JSON record per line. */
export function isRecordLines(head: Buffer): boolean {
  return head[0] === OPEN_OBJECT && isLines(head, 0, head.length);
}

/** True when the first line (or, should that be broken, the second) is one whole record that is no page of records. */
function isLines(buffer: Buffer, start: number, end: number): boolean {
  let at = start;
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const newline = buffer.indexOf(NEWLINE, at);
    if (newline < 0 || newline >= end || buffer[at] !== OPEN_OBJECT) return false;
    const stop = endOfContainer(buffer, at, newline, 1000);
    if (stop > 0) return opensPage(buffer, at + 1, stop, 1000) === 'record';
    if (newline - at < 8) return false;
    at = skipSpace(buffer, newline + 1, end);
  }
  return false;
}
