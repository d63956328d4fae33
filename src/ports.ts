/**
 * What the live watch needs from the outside, as interfaces. `src/azure/` implements them on Azure, `src/memory.ts` in
 * memory for tests. The core imports these and no SDK.
 */

import type { TelemetryFields, TelemetryMessage } from './telemetry.ts';

/** The only source of time. `sleep` lets time pass, which in a replay costs none. */
export interface Clock {
  readonly now: () => Date;
  readonly sleep: (ms: number) => Promise<void>;
}

/** Fields of a log line: counts, codes and opaque ids. Never an address, a number or record content. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Writes log lines: a static message, data as fields. */
export interface Log {
  readonly info: (message: string, fields?: LogFields) => void;
  readonly warn: (message: string, fields?: LogFields) => void;
  readonly error: (message: string, fields?: LogFields) => void;
  /** A fact of src/telemetry.ts, which workbook and alerts read: at the level and with the fields that stand there. */
  readonly tell: <M extends TelemetryMessage>(message: M, fields: TelemetryFields<M>) => void;
}

/** The tables, docs/architecture.md says what is in each. */
export const TABLES = ['people', 'evidence', 'ledger', 'inbox', 'state', 'trail'] as const;
/** A table's name without prefix. */
export type TableName = (typeof TABLES)[number];

/** One stored row. `value` is plain JSON; instants in it are ISO text. */
export interface Row {
  readonly partition: string;
  readonly row: string;
  readonly value: unknown;
  /** Concurrency token of this version. */
  readonly tag: string;
}

/** One write of a transaction. */
export type RowWrite =
  /** Fails with `conflict` when the row exists. */
  | { readonly op: 'insert'; readonly row: string; readonly value: unknown }
  /** Fails with `conflict` unless the stored row still has this tag. */
  | { readonly op: 'replace'; readonly row: string; readonly value: unknown; readonly tag: string }
  /** Whatever is there. */
  | { readonly op: 'put'; readonly row: string; readonly value: unknown }
  /** With a tag: `conflict` unless the row still has it. Without: gone is fine. */
  | { readonly op: 'delete'; readonly row: string; readonly tag?: string };

/**
 * Rows in tables, as Azure Tables have them: partition and row key, optimistic concurrency, transactions within one
 * partition. Keys are any text without control characters; implementations escape what the service forbids.
 */
export interface Rows {
  readonly get: (table: TableName, partition: string, row: string) => Promise<Row | undefined>;
  /** Rows of one partition with `from <= row < to`, in order of row key (code points); at most `limit`, where that is given. */
  readonly list: (
    table: TableName,
    partition: string,
    from?: string,
    to?: string,
    limit?: number,
  ) => AsyncIterable<Row>;
  /** All rows of a table, in any order. */
  readonly scan: (table: TableName) => AsyncIterable<Row>;
  /**
   * All writes or none; at most 100, at most one per row. `conflict`: somebody else wrote meanwhile, load again and
   * repeat. `written` gets the new tags by row, for who keeps copies. A failure can hide a success: what repeats after one
   * must expect its own writes. @throws UpstreamError THROTTLED | UNAVAILABLE | REFUSED | TOO_LARGE
   */
  readonly transact: (
    table: TableName,
    partition: string,
    writes: readonly RowWrite[],
    written?: Map<string, string>,
  ) => Promise<'done' | 'conflict'>;
}

/** The three queues. */
export type QueueName = 'notifications' | 'findings' | 'notices';

/** A queue message. Sending it twice is harmless: the id is deterministic, and handlers repeat safely. */
export interface QueueMessage {
  readonly queue: QueueName;
  /** Non-numeric: the Functions host would turn `123` into a number. */
  readonly id: string;
  /** Plain JSON. */
  readonly body: unknown;
  /** Real seconds from now before it is handed out: for technical retries only; what the product waits for is a due row. */
  readonly delayMs?: number;
}

/** Sends to Service Bus. @throws UpstreamError */
export interface Queues {
  readonly send: (messages: readonly QueueMessage[]) => Promise<void>;
}

/** A message that was given up after its last try, or that nobody took in time. */
export interface DeadLetter {
  readonly queue: QueueName;
  readonly id: string;
  /** As Service Bus words it: `MaxDeliveryCountExceeded`, `TTLExpiredException`, or the reason of our own code. */
  readonly reason: string;
  readonly body: unknown;
  readonly enqueuedAt: Date | undefined;
}

/** How much waits in a queue. Counting stops at 200. */
export interface QueueDepth {
  readonly queue: QueueName;
  readonly waiting: number;
  readonly dead: number;
}

/** Looks into the queues. */
export interface QueueInspector {
  readonly depths: () => Promise<readonly QueueDepth[]>;
  /** Hands each dead letter to `take` and removes it when that resolved. Returns how many went. */
  readonly drainDeadLetters: (take: (letter: DeadLetter) => Promise<void>) => Promise<number>;
}

/** A record in Graph's shape, as read. */
export type RawRecord = Readonly<Record<string, unknown>>;

/** How Microsoft Graph rations: requests of one bucket share a documented limit (`src/azure/limits.ts`). */
export type GraphBucket = 'reports' | 'risk' | 'trace' | 'identity' | 'outlook' | 'purview' | 'subscriptions';

/** Who goes first when requests of a bucket wait: what is new, what somebody hinted at, then what only completes the picture. */
export type GraphPriority = 'poll' | 'hint' | 'snapshot';

/** How a request to Graph is made. */
export interface GraphOptions {
  /** Default `v1.0`. */
  readonly version?: 'v1.0' | 'beta';
  /** Default `hint`. */
  readonly priority?: GraphPriority;
}

/** One page of a collection. `value` is what Graph sent: usually records, but nothing is sure about an element. */
export interface GraphPage {
  readonly value: readonly unknown[];
  /** True on the last page. */
  readonly last: boolean;
}

/**
 * Microsoft Graph, rationed: no request goes out that would exceed a documented limit, and what Graph asks us to wait for
 * is waited for. Paths start with `/`, without host and version; values in them are already encoded.
 * Every call @throws UpstreamError, service `graph`.
 */
export interface Graph {
  /** The pages of a collection, as Graph orders them; each is requested only when the one before was taken. */
  readonly pages: (path: string, options?: GraphOptions) => AsyncIterable<GraphPage>;
  readonly get: (path: string, options?: GraphOptions) => Promise<RawRecord>;
  readonly post: (path: string, body: RawRecord, options?: GraphOptions) => Promise<RawRecord>;
  readonly patch: (path: string, body: RawRecord, options?: GraphOptions) => Promise<RawRecord>;
  /** Gone is fine. */
  readonly delete: (path: string, options?: GraphOptions) => Promise<void>;
  /** Share of a documented limit that this process has used in the last ten minutes: what can wait waits above a half. */
  readonly load: (bucket: GraphBucket) => number;
}
