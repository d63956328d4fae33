import { fromJson } from './columns.ts';
import type { Intake } from './intake.ts';
import { tooLarge } from './json-lines.ts';
import { BROKEN, endOfString, endOfValue, INCOMPLETE, skipSpace, TOO_DEEP } from './json-scan.ts';
import type { ReadLimits } from './reading.ts';
import { fill, type Window } from './window.ts';

/** Keys whose array holds the records: Graph pages, Azure Monitor exports, Log Analytics query results. */
const LIST_KEYS: readonly string[] = ['value', 'records', 'Records', 'tables', 'Tables', 'rows', 'Rows'];
const CUT_OFF = 'the file ends before its JSON does: it was cut off; export or copy it again to have the rest';
const OPEN_OBJECT = 0x7b;
const OPEN_LIST = 0x5b;

/** Where the reader is: inside a list of records, a page around one, or the rows of a query result's table. */
interface Frame {
  readonly kind: 'list' | 'page' | 'tables' | 'table' | 'rows';
  columns?: readonly string[];
}

interface State {
  readonly window: Window;
  readonly intake: Intake;
  readonly limits: ReadLimits;
  readonly frames: Frame[];
  element: number;
}

/**
 * Reads JSON that is not one record per line: arrays, pages, query results, indented or concatenated records. The
 * elements are cut out as byte ranges, so memory stays flat whatever the size. Yields whenever the intake is full.
 */
export async function* readDocument(window: Window, intake: Intake, limits: ReadLimits): AsyncGenerator<void> {
  intake.unit = 'element';
  const state: State = { window, intake, limits, frames: [], element: 0 };
  for (;;) {
    const at = skipSpace(window.buffer, window.start, window.end);
    window.start = at;
    if (at < window.end) {
      const outcome = step(state, at);
      if (intake.full()) yield;
      if (outcome === 'more') {
        if (window.end - at > limits.recordBytes) await dropLarge(state);
        else if (!(await fill(window))) return atEnd(state);
      } else if (outcome === 'broken') await resume(state, at);
    } else if (!(await fill(window))) return atEnd(state);
  }
}

function atEnd(state: State): void {
  if (state.window.end > state.window.start || state.frames.length > 0)
    state.intake.problem(CUT_OFF, state.element + 1);
}

type Outcome = 'ok' | 'more' | 'broken';

function step(state: State, at: number): Outcome {
  const { window, frames } = state;
  const byte = window.buffer[at] as number;
  const frame = frames.at(-1);
  if (byte === 0x2c) return advance(window, at + 1);
  if (byte === 0x5d || byte === 0x7d) {
    frames.pop();
    return advance(window, at + 1);
  }
  if (!frame) return stepTop(state, at, byte);
  if (frame.kind === 'page' || frame.kind === 'table') return stepMember(state, frame, at, byte);
  if (frame.kind === 'tables' && byte === OPEN_OBJECT) {
    frames.push({ kind: 'table' });
    return advance(window, at + 1);
  }
  return stepElement(state, frame, at);
}

function advance(window: Window, to: number): Outcome {
  window.start = to;
  return 'ok';
}

function stepTop(state: State, at: number, byte: number): Outcome {
  const { window, frames } = state;
  if (byte === OPEN_LIST) {
    frames.push({ kind: 'list' });
    return advance(window, at + 1);
  }
  if (byte !== OPEN_OBJECT) {
    state.intake.problem('text that is not JSON: left out', state.element + 1);
    return 'broken';
  }
  const page = opensPage(window.buffer, at + 1, window.end, state.limits.depth);
  if (page === 'more') return 'more';
  if (page === 'record') return stepElement(state, undefined, at);
  frames.push({ kind: 'page' });
  return advance(window, at + 1);
}

/** Whether the object whose members start at `from` holds a list of records under one of its own keys. */
export function opensPage(buffer: Buffer, from: number, end: number, depth: number): 'page' | 'record' | 'more' {
  let at = from;
  for (;;) {
    at = skipSpace(buffer, at, end);
    if (at >= end) return 'more';
    if (buffer[at] === 0x2c) {
      at += 1;
      continue;
    }
    if (buffer[at] !== 0x22) return 'record';
    const member = readKey(buffer, at, end);
    if (!member) return 'more';
    if (member === 'broken') return 'record';
    if (buffer[member.value] === OPEN_LIST && LIST_KEYS.includes(member.key)) return 'page';
    at = endOfValue(buffer, member.value, end, depth);
    if (at === INCOMPLETE) return 'more';
    if (at < 0) return 'record';
  }
}

/** Key of the member at `from` and where its value starts; undefined = not all there yet. */
function readKey(
  buffer: Buffer,
  from: number,
  end: number,
): { readonly key: string; readonly value: number } | 'broken' | undefined {
  const stop = endOfString(buffer, from, end);
  if (stop === BROKEN) return 'broken';
  if (stop < 0) return undefined;
  const colon = skipSpace(buffer, stop, end);
  if (colon >= end) return undefined;
  if (buffer[colon] !== 0x3a) return 'broken';
  const value = skipSpace(buffer, colon + 1, end);
  return value < end ? { key: buffer.toString('utf8', from + 1, stop - 1), value } : undefined;
}

/** One member of a page or table: its list is entered, everything else is passed over. */
function stepMember(state: State, frame: Frame, at: number, byte: number): Outcome {
  const { window, frames, limits, intake } = state;
  const member = byte === 0x22 ? readKey(window.buffer, at, window.end) : 'broken';
  if (!member) return 'more';
  if (member === 'broken') {
    intake.problem('the JSON around the records is not valid: reading on at the next line that starts a record');
    return 'broken';
  }
  const name = member.key.toLowerCase();
  if (window.buffer[member.value] === OPEN_LIST && LIST_KEYS.includes(member.key)) {
    if (name === 'rows' && frame.columns) frames.push({ kind: 'rows', columns: frame.columns });
    else frames.push({ kind: name === 'tables' ? 'tables' : 'list' });
    return advance(window, member.value + 1);
  }
  const stop = endOfValue(window.buffer, member.value, window.end, limits.depth);
  if (stop === INCOMPLETE) return 'more';
  if (stop < 0) return 'broken';
  if (name === 'columns') frame.columns = columnNames(window.buffer.toString('utf8', member.value, stop));
  return advance(window, stop);
}

function columnNames(text: string): readonly string[] {
  const columns = fromJson(text);
  if (!Array.isArray(columns)) return [];
  return columns.map((column: unknown) => {
    if (typeof column !== 'object' || column === null) return String(column);
    const { name, ColumnName } = column as { name?: unknown; ColumnName?: unknown };
    return String(name ?? ColumnName ?? '');
  });
}

function stepElement(state: State, frame: Frame | undefined, at: number): Outcome {
  const { window, intake, limits } = state;
  const stop = endOfValue(window.buffer, at, window.end, limits.depth);
  if (stop === INCOMPLETE) return 'more';
  state.element += 1;
  if (stop === BROKEN) {
    intake.problem('record is broken (cut off, or a line break inside a text): left out', state.element);
    return 'broken';
  }
  if (stop === TOO_DEEP) {
    intake.problem(`record nests deeper than ${limits.depth} levels, which no log does: left out`, state.element);
    return 'broken';
  }
  window.start = stop;
  if (frame?.kind === 'rows') takeRow(state, frame.columns ?? [], at, stop);
  else if (!intake.json(window.buffer, at, stop, state.element)) {
    intake.problem('record is not valid JSON: left out', state.element);
  }
  return 'ok';
}

function takeRow(state: State, columns: readonly string[], at: number, stop: number): void {
  try {
    const cells: unknown = JSON.parse(state.window.buffer.toString('utf8', at, stop));
    if (!Array.isArray(cells)) throw new TypeError('not a row');
    state.intake.value(Object.fromEntries(columns.map((name, index) => [name, cells[index]])), state.element);
  } catch {
    state.intake.problem('table row is not valid JSON: left out', state.element);
  }
}

/** Passes over a value that is larger than a record may be, without keeping it. */
async function dropLarge(state: State): Promise<void> {
  const { window, intake, limits } = state;
  state.element += 1;
  intake.problem(tooLarge(limits), state.element);
  let level = 0;
  let inString = false;
  let escaped = false;
  do {
    for (let at = window.start; at < window.end; at += 1) {
      const byte = window.buffer[at] as number;
      if (escaped) escaped = false;
      else if (inString) {
        if (byte === 0x5c) escaped = true;
        else if (byte === 0x22) inString = false;
      } else if (byte === 0x22) inString = true;
      else if ((byte | 0x20) === 0x7b) level += 1;
      else if ((byte | 0x20) === 0x7d) level -= 1;
      if (level <= 0 && !inString) {
        window.start = at + 1;
        return;
      }
    }
    window.start = window.end;
  } while (await fill(window));
}

/** After broken JSON: goes on at the next line that starts an object with the same indentation. */
async function resume(state: State, broken: number): Promise<void> {
  const { window, frames } = state;
  const indent = indentation(window.buffer, broken);
  window.start = broken + 1;
  for (;;) {
    let newline = window.buffer.indexOf(10, window.start);
    while (newline >= 0 && newline + indent + 1 < window.end) {
      const at = newline + 1 + indent;
      const blank = skipSpace(window.buffer, newline + 1, at) === at;
      if (blank && ((window.buffer[at] as number) | 0x20) === 0x7b) {
        if (indent === 0) frames.length = 0;
        window.start = at;
        return;
      }
      window.start = newline + 1;
      newline = window.buffer.indexOf(10, window.start);
    }
    const rest = newline >= 0 && newline < window.end ? newline : window.end;
    window.start = rest;
    if (!(await fill(window))) {
      window.start = window.end;
      frames.length = 0;
      return;
    }
  }
}

function indentation(buffer: Buffer, at: number): number {
  let from = at;
  while (from > 0 && (buffer[from - 1] === 0x20 || buffer[from - 1] === 9)) from -= 1;
  return from > 0 && buffer[from - 1] === 10 ? at - from : 0;
}
