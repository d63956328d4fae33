import type { Intake } from './intake.ts';
import { BROKEN, endOfContainer, INCOMPLETE, skipSpace, TOO_DEEP } from './json-scan.ts';
import type { ReadLimits } from './reading.ts';
import { fill, type Window } from './window.ts';

const NEWLINE = 10;
const COMMA = 0x2c;
const CUT_OFF = 'the file ends in the middle of this record: it was cut off; export or copy it again to have the rest';

/**
 * Reads one JSON value per line (NDJSON). A line that is not JSON is one problem and the next line is read; several
 * values on one line are read as such. Yields whenever the intake is full.
 */
export async function* readLines(window: Window, intake: Intake, limits: ReadLimits): AsyncGenerator<void> {
  intake.unit = 'line';
  let line = 0;
  let searched = window.start;
  for (;;) {
    const { buffer, end } = window;
    let newline = buffer.indexOf(NEWLINE, searched);
    while (newline >= 0 && newline < end) {
      line += 1;
      takeLine(buffer, window.start, newline, line, intake, limits);
      window.start = newline + 1;
      intake.lines = line;
      if (intake.full()) yield;
      newline = buffer.indexOf(NEWLINE, window.start);
    }
    if (end - window.start > limits.recordBytes) {
      line += 1;
      intake.lines = line;
      const goesOn = await dropLine(window);
      // What has no end is hardly one record.
      intake.problem(tooLarge(limits), line, goesOn ? undefined : 'rest');
      if (!goesOn) return;
      searched = window.start;
      continue;
    }
    const kept = end - window.start;
    if (!(await fill(window))) break;
    searched = kept;
  }
  if (window.end === window.start) return;
  intake.lines = line + 1;
  takeLine(window.buffer, window.start, window.end, line + 1, intake, limits, true);
}

/** Words for a record above the limit. */
export function tooLarge(limits: ReadLimits): string {
  return `record is larger than ${Math.round(limits.recordBytes / 1048576)} MB, which no log record is: left out`;
}

async function dropLine(window: Window): Promise<boolean> {
  window.start = window.end;
  while (await fill(window)) {
    const newline = window.buffer.indexOf(NEWLINE, window.start);
    if (newline >= 0 && newline < window.end) {
      window.start = newline + 1;
      return true;
    }
    window.start = window.end;
  }
  return false;
}

function takeLine(
  buffer: Buffer,
  from: number,
  to: number,
  line: number,
  intake: Intake,
  limits: ReadLimits,
  last = false,
): void {
  let start = from;
  let end = to;
  while (end > start && ((buffer[end - 1] as number) <= 0x20 || buffer[end - 1] === COMMA)) end -= 1;
  start = skipSpace(buffer, start, end);
  if (start === end) return;
  if (end - start > limits.recordBytes) intake.problem(tooLarge(limits), line);
  else if (intake.json(buffer, start, end, line)) return;
  else if (!takeSeveral(buffer, start, end, line, intake, limits)) {
    const words = wordsForBadLine(buffer, start, end, limits, last);
    intake.problem(words, line, words === CUT_OFF ? 'rest' : undefined);
  }
}

/** `{…}{…}` or `{…} {…}` on one line. Records before a broken one are kept. */
function takeSeveral(
  buffer: Buffer,
  from: number,
  end: number,
  line: number,
  intake: Intake,
  limits: ReadLimits,
): boolean {
  let at = from;
  while (at < end) {
    if (((buffer[at] as number) | 0x20) !== 0x7b) return false;
    const stop = endOfContainer(buffer, at, end, limits.depth);
    if (stop < 0 || (at === from && stop === end) || !intake.json(buffer, at, stop, line)) return false;
    at = skipSpace(buffer, stop, end);
    if (buffer[at] === COMMA) at = skipSpace(buffer, at + 1, end);
  }
  return true;
}

function wordsForBadLine(buffer: Buffer, start: number, end: number, limits: ReadLimits, last: boolean): string {
  if (((buffer[start] as number) | 0x20) !== 0x7b) return 'line is not JSON: left out';
  const stop = endOfContainer(buffer, start, end, limits.depth);
  if (stop === TOO_DEEP) return `record nests deeper than ${limits.depth} levels, which no log does: left out`;
  if (stop === INCOMPLETE || stop === BROKEN) {
    return last ? CUT_OFF : 'record is cut off before its end: left out';
  }
  return 'record is not valid JSON: left out';
}
