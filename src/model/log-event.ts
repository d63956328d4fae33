/**
 * The one shape that rules see. Readers (`src/sources/formats`) yield raw records, a log source turns each into a
 * `LogEvent` in Microsoft Graph's field names, whatever export the record came from.
 */

/** Every log source that Postern reads. One file per name in `src/sources/`. */
export type SourceName =
  | 'directory-audits'
  | 'sign-ins'
  | 'risk-detections'
  | 'provider-mail'
  | 'authentication-methods'
  | 'mailbox-activity';

/** An account as a record names it. Both keys are lower case; at least one is present. */
export interface AccountRef {
  /** Entra object id. */
  readonly id?: string;
  /** User principal name or mailbox address. */
  readonly upn?: string;
}

/** Where a record came from, normalized so that equal places compare equal. Absent = the record does not say. */
export interface Place {
  /** Canonical address without port. */
  readonly ip?: string;
  /** The address's /24 (IPv4) or /48 (IPv6), as `192.0.2.0/24`. */
  readonly network?: string;
  /** Autonomous system number as text. */
  readonly asn?: string;
  /** ISO country code, upper case. */
  readonly country?: string;
  /** Entra device id. */
  readonly device?: string;
  /** Operating system and browser family, as `windows/edge`. */
  readonly client?: string;
}

/** Derived fields, under `postern.*` in rules. docs/fields.md lists every one; nested plain data only. */
export type PosternFields = Record<string, unknown>;

/** One normalized log record. Immutable. */
export interface LogEvent {
  readonly source: SourceName;
  /** Record id, unique within its source; the same record read twice has the same id. */
  readonly id: string;
  /**
   * Key of the real action behind the record. Records that Entra writes several times for one action share it,
   * so that each rule counts the action once. Equals `id` where one record is one action.
   */
  readonly action: string;
  /** When it happened (event time, never arrival time). */
  readonly at: Date;
  /** Whose account it concerns: for a reset the account being reset, for a mail the mailbox that received it. */
  readonly subject?: AccountRef;
  /** Who did it, when the record names somebody other than the subject. */
  readonly actor?: AccountRef;
  readonly place: Place;
  /** True for a successful sign-in that nothing speaks against: its place counts as one the account is used from. */
  readonly arrived: boolean;
  /**
   * True for a record of a kind that nobody recovers or takes an account with, as joining a group. Its accounts' names
   * are not learned from it, so that such records can be passed over unread.
   */
  readonly aside?: true;
  /** The record in Graph's shape, plus `postern`. Rules address it by dotted paths; arrays match if any element does. */
  readonly fields: Readonly<Record<string, unknown>> & { readonly postern: PosternFields };
}

/** What a log source makes of one raw record. Alternatives are values: one bad record never stops the rest. */
export type Reading =
  | { readonly kind: 'event'; readonly event: LogEvent }
  /** Understood, and of no interest (for example a service principal's sign-in). `why` is a short constant text. */
  | { readonly kind: 'ignored'; readonly why: string }
  /** Not understood. `problems` name fields and what is wrong with them, never the record's content. */
  | { readonly kind: 'unreadable'; readonly problems: readonly string[] };
