import { Readable } from 'node:stream';
import { type CsvError, type Info, parse } from 'csv-parse';
import { type CsvExport, headerKey, recognizeCsv } from './csv-exports.ts';
import type { Intake } from './intake.ts';
import { tooLarge } from './json-lines.ts';
import type { ReadLimits } from './reading.ts';
import { fill, type Window } from './window.ts';

interface Row {
  readonly record: readonly string[];
  readonly info: Pick<Info, 'lines'>;
}

/** Reads a CSV export, told by its headers. Yields whenever the intake is full. */
export async function* readCsv(window: Window, intake: Intake, limits: ReadLimits): AsyncGenerator<void> {
  intake.unit = 'line';
  const first = firstLine(window);
  const parser = parse({
    bom: true,
    info: true,
    delimiter: delimiterOf(first),
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: limits.recordBytes,
    from_line: /^"?sep=.$/i.test(first.trim()) ? 2 : 1,
  });
  const source = Readable.from(chunks(window), { objectMode: false });
  source.on('error', (error) => parser.destroy(error));
  source.pipe(parser);
  const table = createTable(intake);
  try {
    for await (const row of parser as AsyncIterable<Row>) {
      if (!table.take(row)) return;
      if (intake.full()) yield;
    }
  } catch (error) {
    intake.problem(wordsFor(error as CsvError, limits), table.line() + 1);
  } finally {
    source.destroy();
    parser.destroy();
  }
  table.end();
}

async function* chunks(window: Window): AsyncGenerator<Buffer> {
  do {
    // A copy: the parser holds on to what it is given while the window is filled anew.
    yield Buffer.from(window.buffer.subarray(window.start, window.end));
    window.start = window.end;
  } while (await fill(window));
}

interface Table {
  /** False when the headers are of no export we know. */
  take(row: Row): boolean;
  line(): number;
  end(): void;
}

function createTable(intake: Intake): Table {
  let keys: readonly string[] | undefined;
  let kind: CsvExport | undefined;
  let line = 0;
  let held: { readonly cells: readonly string[]; readonly line: number } | undefined;
  const give = (last: boolean) => {
    if (!held || !keys || !kind) return;
    const { cells, line: at } = held;
    held = undefined;
    if (cells.length > keys.length) {
      intake.problem('row has more cells than there are headers (a quote or comma is out of place): left out', at);
    } else if (last && cells.length < keys.length) {
      intake.problem('the file ends in the middle of this row: it was cut off; export or copy it again', at);
    } else intake.row(toRow(keys, cells), at, kind.take);
  };
  return {
    take({ record, info }) {
      const start = line + 1;
      line = info.lines;
      if (kind) {
        give(false);
        held = { cells: record, line: start };
        return true;
      }
      const lowered = record.map(headerKey);
      const found = recognizeCsv(lowered);
      if (typeof found === 'string') {
        intake.problem(found, start);
        return false;
      }
      kind = found;
      keys = found.lower ? lowered : record.map((header) => header.replace(/^\ufeff/, '').trim());
      return true;
    },
    line: () => line,
    end: () => give(true),
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
