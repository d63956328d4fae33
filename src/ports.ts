/**
 * What the live watch needs from the outside, as interfaces. `src/azure/` implements them on Azure, `src/memory.ts` in
 * memory for tests. The core imports these and no SDK.
 */
import type { Finding } from './model/finding.ts';
import type { SourceName } from './model/log-event.ts';
import type { Person } from './model/person.ts';
import type { PlaceHistory } from './model/place.ts';
import type { Match } from './rules/correlate.ts';
import type { Hit } from './rules/schema.ts';

/**
 * Everything remembered about one group of hits: a person (`person:<id>`), or the value that a cross-person rule groups
 * by (`group:<rule>:<hash>`). One table partition, so one transaction changes it.
 */
export interface Window {
  readonly key: string;
  readonly hits: readonly Hit[];
  /** Persons only. */
  readonly history: PlaceHistory;
  /** Persons only: matches of cross-person rules that concern this person. */
  readonly links: readonly Match[];
  /** Persons only: findings as last concluded. */
  readonly findings: readonly Finding[];
  /** Concurrency token; absent while nothing is stored. */
  readonly tag?: string;
}

/** What one evaluation changes. Written in one transaction or not at all. */
export interface WindowChange {
  /** New hits; keyed by (rule, action), so writing one again changes nothing. */
  readonly hits: readonly Hit[];
  /** Set when places were learned. */
  readonly history?: PlaceHistory;
  readonly links?: readonly Match[];
  /** New findings and new revisions. */
  readonly findings: readonly Finding[];
  /** Messages to send once this is written: the transactional outbox. */
  readonly outbox: readonly OutboxMessage[];
}

/** A queue message that has been decided on. Sending it twice is harmless: the id is deterministic. */
export interface OutboxMessage {
  readonly queue: QueueName;
  /** Non-numeric: the Functions host would turn `123` into a number. */
  readonly id: string;
  readonly body: unknown;
  /** Not before this time. */
  readonly at?: Date;
}

/** The three queues. */
export type QueueName = 'notifications' | 'findings' | 'notices';

/** Windows of hits with optimistic concurrency. */
export interface WindowStore {
  readonly load: (key: string) => Promise<Window>;
  /** `conflict` = somebody else wrote meanwhile: load again and repeat. */
  readonly save: (key: string, change: WindowChange, tag: string | undefined) => Promise<'saved' | 'conflict'>;
  /** Outbox rows older than `before` that were never confirmed, of all windows. */
  readonly unsent: (before: Date) => AsyncIterable<{ readonly key: string; readonly message: OutboxMessage }>;
  /** Removes outbox rows whose messages are in the queue. */
  readonly confirm: (key: string, ids: readonly string[]) => Promise<void>;
  /** All findings, newest first by last evidence. */
  readonly findings: () => AsyncIterable<Finding>;
  /** Deletes hits older than `before` and findings older than `findingsBefore`; returns how many rows went. */
  readonly prune: (before: Date, findingsBefore: Date) => Promise<number>;
  /** Deletes everything about a person; returns how many rows went. */
  readonly erase: (person: string) => Promise<number>;
}

/** Sends to Service Bus. */
export interface Queues {
  readonly send: (messages: readonly OutboxMessage[]) => Promise<void>;
}

/** How far a source has been read. */
export interface Cursor {
  readonly source: SourceName;
  /** Everything up to here is safe. */
  readonly readTo: Date;
  /** When the wider re-reads last ran (facts: 60 min each 15 min, 24 h each 6 h). */
  readonly lastHour?: Date;
  readonly lastDay?: Date;
}

/** Cursors and heartbeats. */
export interface CursorStore {
  readonly get: (source: SourceName) => Promise<Cursor | undefined>;
  readonly put: (cursor: Cursor) => Promise<void>;
  /** Notes that a timer or source did its work, with counts for `health`. */
  readonly beat: (name: string, at: Date, counts: Readonly<Record<string, number>>) => Promise<void>;
  readonly beats: () => Promise<readonly { name: string; at: Date; counts: Readonly<Record<string, number>> }[]>;
}

/** Enrolled people. */
export interface PeopleStore {
  readonly all: () => Promise<readonly Person[]>;
}

/** Graph's logs, page by page, oldest first within what Graph allows. */
export interface LogReader {
  readonly pages: (
    source: SourceName,
    since: Date,
    until: Date,
  ) => AsyncIterable<readonly Readonly<Record<string, unknown>>[]>;
}
