/**
 * What telling people needs, and what it offers: the signatures of the handlers in plan-notices, deliver,
 * delivery-reports, follow-up, answers, desk-notices and drill. `src/app.ts` puts them together.
 */
import type { Settings } from '../config.ts';
import type { EnrolledPerson } from '../model/enrolled-person.ts';
import type { Transport } from '../notify/channels/channel.ts';
import type { Clock, Log, Queues, Rows } from '../ports.ts';
import type { DueRows } from './due.ts';
import type { Findings } from './findings.ts';

/** The people store, as far as telling needs it. */
export interface PeopleAccess {
  readonly get: (id: string) => Promise<EnrolledPerson | undefined>;
  readonly all: () => Promise<readonly EnrolledPerson[]>;
  /** Changes one person as they are stored now; `undefined` from `change` leaves them. Repeats on conflicts. */
  readonly update: (id: string, change: (person: EnrolledPerson) => EnrolledPerson | undefined) => Promise<void>;
}

/** Findings as ingest keeps them. */
export type FindingAccess = Pick<Findings, 'get' | 'index'>;

/** Kinds of due rows that telling writes. `ref`: `<person>~<notice id>` for `send`, else `<person>~<reference>`. */
export type DueKind = 'send' | 'undelivered' | 'silence';

/** Everything that telling needs from the outside. */
export interface NoticePorts {
  readonly rows: Rows;
  readonly queues: Queues;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: Settings;
  readonly people: PeopleAccess;
  readonly findings: FindingAccess;
  readonly due: Pick<DueRows, 'putAll'>;
  /** In order of preference. */
  readonly transports: readonly Transport[];
  /** The keyed hash that stands for recovery addresses; absent without POSTERN_HASH_KEY. */
  readonly hashContact?: (kind: 'email' | 'phone', value: string) => string;
  /** Names this instance in leases; random per process. */
  readonly owner: string;
}

/** Handler of a queue. Throws only UpstreamError: the message comes again. A body that is not ours is logged and dropped. */
export type QueueHandler = (body: unknown) => Promise<void>;
