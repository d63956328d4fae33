/** What a scan and the live watch have in common: from a raw record to an event, its owner, and hits that can count. */
import type { LogEvent, Reading } from './model/log-event.ts';
import type { LogSource } from './model/log-source.ts';
import { familiarity, type PlaceHistory } from './model/place.ts';
import type { Hit } from './rules/schema.ts';
import { foreignKind } from './sources/foreign-records.ts';

/** Reads a record in Graph's shape with the log source that it belongs to. */
export function readRecord(sources: readonly LogSource[], record: Readonly<Record<string, unknown>>): Reading {
  const source = sources.find((candidate) => candidate.recognizes(record));
  if (source) return source.toLogEvent(record);
  const why = foreignKind(record);
  if (why !== undefined) return { kind: 'ignored', why };
  return { kind: 'unreadable', problems: [whyNotKnown(record)] };
}

/** Logs are told by their times, so a record without one is of no log; what gives it away is worth saying. */
function whyNotKnown(record: Readonly<Record<string, unknown>>): string {
  const { status } = record;
  if (record.activityDisplayName !== undefined) return 'activityDateTime: is missing';
  if (typeof status === 'object' && status !== null && 'errorCode' in status) return 'createdDateTime: is missing';
  return 'not a record of any log that Postern reads';
}

/** The event with the fields that say whose it is: what rules group by. */
export function ownedEvent(event: LogEvent, person: string, account: string, sensitive: boolean): LogEvent {
  return { ...event, fields: { ...event.fields, postern: { ...event.fields.postern, person, account, sensitive } } };
}

/** A place that is already familiar stays so: hits that count only elsewhere need not be kept. */
export function canCount(hit: Hit, history: PlaceHistory | undefined): boolean {
  const FAMILIAR = 0b010;
  return (hit.when & FAMILIAR) !== 0 || familiarity(history, hit.place, hit.at) !== 'familiar';
}
