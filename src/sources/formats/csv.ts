import { type CsvError, parse } from 'csv-parse';
import { type CsvExport, headerKey, recognizeCsv } from './csv-exports.ts';
import type { Intake } from './intake.ts';
import { tooLarge } from './json-lines.ts';
import type { ReadLimits } from './reading.ts';
import { fill, type Window } from './window.ts';

/** Bytes given to the parser at once: the rows in them are all alive together. */
const PIECE = 64 * 1024;

interface Row {
  readonly cells: readonly string[];
  /** Line that the row ends on. */
  readonly line: number;
}

/** Reads a CSV export, told by its headers. Yields whenever the intake is full. */
export async function* readCsv(window: Window, intake: Intake, limits: ReadLimits): AsyncGenerator<void> {
  intake.unit = 'line';
  const table = createTable(intake);
  const parser = createParser(firstLine(window), limits);
  for (let last = false; !last; ) {
    const end = Math.min(window.end, window.start + PIECE);
    // A copy: the parser holds on to what it is given while the window is filled anew.
    const piece = Buffer.from(window.buffer.subarray(window.start, end));
    window.start = end;
    last = end === window.end && !(await fill(window));
    const failure = await parser.give(piece, last);
    for (const row of parser.taken()) {
      if (!table.take(row)) return;
      if (intake.full()) yield;
    }
    if (failure) {
      table.end(false);
      intake.problem(wordsFor(failure, limits), table.line() + 1, 'rest');
      return;
    }
  }
  table.end(true);
}

interface Parser {
  /** Resolves to the error that ended parsing, if any. */
  give(chunk: Buffer, last: boolean): Promise<CsvError | undefined>;
  /** The rows since the last call. */
  taken(): readonly Row[];
}

function createParser(header: string, limits: ReadLimits): Parser {
  let rows: Row[] = [];
  let failure: CsvError | undefined;
  const parser = parse({
    bom: true,
    delimiter: delimiterOf(header),
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: limits.recordBytes,
    from_line: /^"?sep=./i.test(header.trim()) ? 2 : 1,
    // Rows are taken here and not from the stream, because an error discards what a stream has not handed out yet.
    on_record(cells: string[], info) {
      rows.push({ cells, line: info.lines });
      return null;
    },
  });
  parser.resume();
  parser.on('error', (error) => {
    failure = error as CsvError;
  });
  return {
    give: (chunk, last) =>
      new Promise((resolve) => {
        const done = () => {
          parser.off('close', done);
          resolve(failure);
        };
        parser.once('close', done);
        if (last) parser.end(chunk);
        else parser.write(chunk, done);
      }),
    taken() {
      const now = rows;
      rows = [];
      return now;
    },
  };
}

interface Table {
  /** False when the headers are of no export we know. */
  take(row: Row): boolean;
  line(): number;
  /** `whole` = the file was read to its end, so a short last row was cut off. */
  end(whole: boolean): void;
}

function createTable(intake: Intake): Table {
  let keys: readonly string[] | undefined;
  let kind: CsvExport | undefined;
  let line = 0;
  let needed = 0;
  let held: { readonly cells: readonly string[]; readonly line: number } | undefined;
  const give = (last: boolean) => {
    if (!held || !keys || !kind) return;
    const { cells, line: at } = held;
    held = undefined;
    if (cells.length > keys.length) {
      intake.problem('row has more cells than there are headers (a quote or comma is out of place): left out', at);
    } else if (last && cells.length < keys.length) {
      intake.problem('the file ends in the middle of this row: it was cut off; export or copy it again', at, 'rest');
    } else if (cells.length < needed) {
      intake.problem('row has fewer cells than there are headers: left out', at);
    } else intake.row(toRow(keys, cells), at, kind.take);
  };
  return {
    take(row) {
      const start = line + 1;
      line = row.line;
      if (kind) {
        give(false);
        held = { cells: row.cells, line: start };
        return true;
      }
      const lowered = row.cells.map(headerKey);
      const found = recognizeCsv(lowered);
      if ('message' in found) {
        intake.problem(found.message, start, found.lost);
        return false;
      }
      kind = found;
      needed = 1 + Math.max(...found.needs.map((name) => lowered.indexOf(name)));
      keys = found.lower ? lowered : row.cells.map((header) => header.replace(/^\ufeff/, '').trim());
      return true;
    },
    line: () => line,
    end: give,
  };
}

function toRow(keys: readonly string[], cells: readonly string[]): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (let index = 0; index < cells.length; index += 1) {
    const key = keys[index] as string;
    // The portal writes one header twice: the first that says something wins.
    if (!row[key]) row[key] = cells[index];
  }
  return row;
}

function firstLine(window: Window): string {
  const newline = window.buffer.indexOf(10, window.start);
  const end = newline < 0 || newline > window.end ? window.end : newline;
  return window.buffer.toString('utf8', window.start, Math.min(end, window.start + 65536));
}

/** Excel saves with the list separator of its country. */
function delimiterOf(header: string): string {
  const candidates = [',', ';', '\t'].map((mark) => ({ mark, count: header.split(mark).length }));
  candidates.sort((a, b) => b.count - a.count);
  return candidates[0]?.mark ?? ',';
}

function wordsFor(error: CsvError, limits: ReadLimits): string {
  if (error.code === 'CSV_QUOTE_NOT_CLOSED') {
    return 'a quote opened in this row is never closed: this row and all after it could not be read; export again';
  }
  if (error.code === 'CSV_MAX_RECORD_SIZE') {
    return `${tooLarge(limits)}, with all after it; a quote is probably not closed`;
  }
  return typeof error.code === 'string' && error.code.startsWith('CSV_')
    ? 'row is not valid CSV: it and all after it could not be read; export again'
    : error.message;
}
