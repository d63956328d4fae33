/** What the readers of exported logs give and take. No record content ever appears in a message. */

/** How far a file has been read, in bytes of the file as it lies on disk (packed bytes of a packed one). */
export interface FileProgress {
  readonly bytesRead: number;
  /** 0 where the size is not known (standard input). */
  readonly bytesTotal: number;
}

/** What `line` counts: lines of a text file (1-based), or elements of a JSON array or document (1-based). */
export type Unit = 'line' | 'element';

/** One record in Microsoft Graph's field names, whatever the export was. */
export interface RawRecord {
  readonly record: Record<string, unknown>;
  /** The export it came from, for people: `graph json`, `azure monitor`, `log analytics csv`, … */
  readonly shape: string;
  readonly line: number;
  readonly unit: Unit;
}

/**
 * What a problem cost beyond the one record that it names: `rest` = the file, or all that came after a place in it, was
 * not read; `nothing` = the file is no export, so there was nothing to read.
 */
export type Lost = 'rest' | 'nothing';

/** Something that could not be read, in plain words that say what to do. */
export interface ReadProblem {
  readonly line?: number;
  readonly unit?: Unit;
  readonly message: string;
  readonly lost?: Lost;
}

/** A handful of records. Small on purpose: records that die young cost the garbage collector nothing. */
export interface ReadBatch {
  readonly records: readonly RawRecord[];
  readonly problems: readonly ReadProblem[];
  /** Raw records that `accept` turned down since the last batch: never parsed. */
  readonly skipped: number;
  /** Lines read so far; 0 where lines do not count. */
  readonly lines: number;
  readonly progress: FileProgress;
}

/** Settings of `readRecords`. */
export interface ReadOptions {
  /**
   * Decides on the raw bytes `[start, end)` of one JSON record whether it is worth parsing. Called only while every
   * record of the file so far was in plain Graph shape, and never for the first one. Must return true for anything
   * it does not know for certain: a record turned down is counted as skipped and gone.
   */
  readonly accept?: (buffer: Buffer, start: number, end: number) => boolean;
  /** True: one JSON record per line, whatever it looks like. For a part of a file of which that is known. */
  readonly isLines?: boolean;
  readonly limits?: Partial<ReadLimits>;
}

/** What one file may cost. Beyond it there is a problem, never an exhausted machine. */
export interface ReadLimits {
  /** Bytes of one record. */
  readonly recordBytes: number;
  /** Levels of nesting in one record. */
  readonly depth: number;
  /** Unpacked bytes per packed byte, judged once `ratioFrom` bytes are unpacked. */
  readonly ratio: number;
  readonly ratioFrom: number;
  /** Bytes read at once. */
  readonly chunkBytes: number;
  /** Problems told one by one per file; further ones are only counted. */
  readonly problems: number;
}

/** The limits used where none are given. Log exports pack 10 to 60 times; deflate cannot exceed 1,032. */
export const DEFAULT_LIMITS: ReadLimits = {
  recordBytes: 16 * 1024 * 1024,
  depth: 128,
  ratio: 500,
  ratioFrom: 256 * 1024 * 1024,
  chunkBytes: 1024 * 1024,
  problems: 100,
};
