import type { AccountRef, LogEvent, Place, Reading, SourceName } from './log-event.ts';

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
  /** For the prefilter. Records of sources without it are all parsed. */
  readonly lines?: LineSchema;
}

/** A raw record, or what is known of one. */
type Raw = Readonly<Record<string, unknown>>;

/** Yields a field, or a part of one; `undefined` = nothing. */
type Derivation = (record: Raw) => unknown;

/**
 * What the prefilter must know to judge a record of a source by a few members of its JSON text, without parsing it.
 *
 * The functions are those that `toLogEvent` is made of. They are given records of which only some members are known, and
 * must read no member that their answer does not depend on: reading an unknown one throws, and the record is parsed.
 */
export interface LineSchema {
  /**
   * Members that may be read off the text, in the order in which Graph writes them: `result`, `status.errorCode`,
   * `initiatedBy.user.ipAddress`. Texts, numbers, true and false only.
   */
  readonly members: readonly string[];
  /** The one of them that says when it happened, and how its text is read (epoch ms, `undefined` = not an instant). */
  readonly time: string;
  readonly instant: (text: string) => number | undefined;
  /**
   * Fields of the event by the path that rules use; those not named here are as they are in the record. Of several
   * functions for one field, each yields a part of its values.
   */
  readonly fields: Readonly<Record<string, Derivation | readonly Derivation[]>>;
  /** True when the record must be read whatever the rules ask: it is unreadable, or names are learned from it. */
  readonly matters: (record: Raw) => boolean;
  /** A member that says nothing to `fields` and `matters` unless this occurs in the text of the record (as Latin-1). */
  readonly mentions?: { readonly member: string; readonly pattern: RegExp };
  /**
   * Sources that names and places are learned from: who arrived where, and the members that this follows from. `of` is
   * given a record with these members only; without those of the place where no rule asks for places.
   */
  readonly arrival?: {
    readonly account: readonly string[];
    readonly place: readonly string[];
    readonly of: (record: Raw) => { readonly account: AccountRef | undefined; readonly place: Place };
  };
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
