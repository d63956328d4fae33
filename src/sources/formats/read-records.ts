import type { ByteReader, ByteSource } from './byte-source.ts';
import { createIntake, type Intake } from './intake.ts';
import { readDocument } from './json-document.ts';
import { readLines } from './json-lines.ts';
import { endOfContainer, skipSpace } from './json-scan.ts';
import { DEFAULT_LIMITS, type ReadBatch, type ReadLimits, type ReadOptions } from './reading.ts';
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
    const window = createWindow(reader, limits.chunkBytes);
    for await (const _ of readText(window, intake, limits)) yield intake.flush(progress());
  } catch (error) {
    intake.problem(error instanceof Error ? error.message : 'cannot be read');
  } finally {
    await reader?.close().catch(() => undefined);
  }
  yield intake.flush(progress());
}

async function* readText(window: Window, intake: Intake, limits: ReadLimits): AsyncGenerator<void> {
  await fill(window);
  const start = skipSpace(window.buffer, window.start, window.end);
  if (start === window.end) return intake.problem('file is empty');
  if (isLines(window.buffer, start, window.end)) yield* readLines(window, intake, limits);
  else yield* readDocument(window, intake, limits);
}

/** True when the first line (or, should that be broken, the second) is one whole record that is no page of records. */
function isLines(buffer: Buffer, start: number, end: number): boolean {
  let at = start;
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const newline = buffer.indexOf(10, at);
    if (newline < 0 || newline >= end || buffer[at] !== 0x7b) return false;
    const stop = endOfContainer(buffer, at, newline, 1000);
    if (stop > 0) {
      const rest = skipSpace(buffer, stop, newline);
      return (
        !PAGE.test(buffer.toString('utf8', at, Math.min(stop, at + 4096))) &&
        (rest === newline || buffer[rest] !== 0x2c)
      );
    }
    if (newline - at < 8) return false;
    at = skipSpace(buffer, newline + 1, end);
  }
  return false;
}

/** A list of records under its key, with nothing but plain members before it. */
const PAGE = /^\{(?:\s*"[^"]*"\s*:\s*(?:"[^"]*"|[^"{}[\]]*)\s*,)*\s*"(?:value|[Rr]ecords|[Tt]ables)"\s*:\s*\[/;
