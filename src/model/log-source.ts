import type { LogEvent, Reading, SourceName } from './log-event.ts';

/** A Sigma `logsource`. Absent members match anything. */
export interface SigmaLogSource {
  readonly category?: string;
  readonly product?: string;
  readonly service?: string;
}

/**
 * Field names as rule sets and exports write them (any case) onto dotted paths of `LogEvent.fields`.
 * Several paths = the union of their values. docs/fields.md is checked against these maps.
 */
export type FieldMap = Readonly<Record<string, readonly string[]>>;

/** What the rule engine must know of a log source. */
export interface SourceSchema {
  readonly name: SourceName;
  /** The Sigma log sources that this one answers. */
  readonly logSources: readonly SigmaLogSource[];
  readonly fields: FieldMap;
  /** Dotted path of the low-cardinality field that dispatch is keyed by. */
  readonly dispatchField: string;
}

/** One log source: what Graph calls it, what it needs, and how a raw record becomes an event. */
export interface LogSource extends SourceSchema {
  /** Shown to admins: "Directory audits". */
  readonly title: string;
  /** What must be in place to have it: a Graph permission, a licence, an opt-in. Shown for blind rules. */
  readonly needs: readonly string[];
  /** True when a raw record in Graph's shape (after `formats` has re-shaped the export) belongs to this source. */
  readonly recognizes: (record: Readonly<Record<string, unknown>>) => boolean;
  readonly toLogEvent: (record: Readonly<Record<string, unknown>>) => Reading;
}

/** Narrow helper type for code that only consumes events. */
export type EventSink = (event: LogEvent) => void;
