import { fromJson } from './columns.ts';
import type { Intake } from './intake.ts';
import { tooLarge } from './json-lines.ts';
import { dropValue, resume } from './json-resume.ts';
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
      if (outcome === 'more' && window.end - at > limits.recordBytes) {
        state.element += 1;
        intake.problem(tooLarge(limits), state.element);
        await dropValue(window);
      } else if (outcome === 'more' && !(await fill(window))) return atEnd(state);
      else if (outcome === 'deep') await dropValue(window);
      else if (outcome === 'broken') await resumeAfter(state, at);
    } else if (!(await fill(window))) return atEnd(state);
  }
}

function atEnd(state: State): void {
  if (state.window.end > state.window.start || state.frames.length > 0)
    state.intake.problem(CUT_OFF, state.element + 1, 'rest');
}

async function resumeAfter(state: State, broken: number): Promise<void> {
  const place = await resume(state.window, broken);
  if (place !== 'inside') state.frames.length = 0;
  if (place === 'end') state.intake.final('no further record could be found in the file after the broken one', 'rest');
}

type Outcome = 'ok' | 'more' | 'broken' | 'deep';

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
    return 'deep';
  }
  window.start = stop;
  if (stop - at > limits.recordBytes) intake.problem(tooLarge(limits), state.element);
  else if (frame?.kind === 'rows') takeRow(state, frame.columns ?? [], at, stop);
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
