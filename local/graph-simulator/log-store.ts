/**
 * The logs. A record can be seen from the time at which it arrives. The same record added again is seen twice, as Entra's
 * logs repeat records; another version of it takes its place when it arrives, as a sign-in does whose risk changed.
 */
import type { Database } from './database.ts';
import { LOG_SOURCES, type LogName } from './log-sources.ts';
import type { TimeWindow } from './odata/compile-filter.ts';
import { type Ticks, ticksOf, toTicks } from './ticks.ts';

/** Which records, in which order. */
export interface LogQuery {
  readonly source: LogName;
  readonly window: TimeWindow;
  /** Only what has arrived by then, epoch ms. */
  readonly arrivedBy: number;
  readonly descending: boolean;
  /** Continue behind this record. */
  readonly after?: Position | undefined;
  readonly most: number;
  /** Only records with one of these tags. */
  readonly tags?: readonly string[] | undefined;
  readonly exceptTag?: string | undefined;
}

/** Where a record is in the order. */
export interface Position {
  readonly at: Ticks;
  readonly seq: number;
}

/** A record as it is served. */
export interface LogRow extends Position {
  readonly body: Uint8Array;
}

/** The logs. */
export interface LogStore {
  /**
   * @param record in Graph's shape; not changed
   * @param arrivesAt epoch ms
   * @throws TypeError when it lacks an id or the time that the log is sorted by
   */
  readonly add: (source: LogName, record: Readonly<Record<string, unknown>>, arrivesAt: number) => void;
  readonly read: (query: LogQuery) => LogRow[];
  /** The newest version of one record that has arrived. */
  readonly byId: (source: LogName, id: string, arrivedBy: number) => Uint8Array | undefined;
  /** Records kept, arrived or not, per log. */
  readonly counts: () => Readonly<Record<LogName, number>>;
}

/** Logs in the given file. */
export function createLogStore(database: Database): LogStore {
  const { sql } = database;
  const insert = sql.prepare('INSERT INTO log(source, id, at, arrives, tag, body) VALUES(?,?,?,?,?,?)');
  const sameId = sql.prepare('SELECT seq FROM log WHERE id=? AND source=? LIMIT 2');
  const byId = sql.prepare(
    'SELECT body FROM log WHERE id=? AND source=? AND arrives<=? AND (superseded IS NULL OR superseded>?) ORDER BY arrives DESC LIMIT 1',
  );
  const counts = Object.fromEntries(Object.keys(LOG_SOURCES).map((name) => [name, countOf(database, name)]));
  return {
    add: (source, record, arrivesAt) => {
      const { timeProperty, tagOf } = LOG_SOURCES[source];
      const at = toTicks(String(record[timeProperty]));
      if (typeof record.id !== 'string' || at === undefined) {
        throw new TypeError(`a record of ${source} needs an id and a time in ${timeProperty}`);
      }
      const body = Buffer.from(JSON.stringify(record));
      database.transaction(() => {
        insert.run(source, String(record.id), at, arrivesAt, tagOf(record), body);
        if (sameId.all(String(record.id), source).length > 1) orderVersions(database, source, String(record.id));
      });
      counts[source] = (counts[source] ?? 0) + 1;
    },
    read: (query) => read(database, query),
    byId: (source, id, arrivedBy) => byId.get(id, source, arrivedBy, arrivedBy)?.body as Uint8Array | undefined,
    counts: () => ({ ...counts }) as Readonly<Record<LogName, number>>,
  };
}

function countOf(database: Database, source: string): number {
  return Number(database.sql.prepare('SELECT count(*) AS n FROM log WHERE source=?').get(source)?.n ?? 0);
}

/**
 * When each version of one record disappears: at the first arrival of a version that first arrived later. A late copy of
 * an old version is never seen.
 */
function orderVersions(database: Database, source: LogName, id: string): void {
  const rows = database.sql.prepare('SELECT seq, arrives, body FROM log WHERE id=? AND source=?').all(id, source);
  const versions = new Map<string, { first: number; seqs: number[] }>();
  for (const { seq, arrives, body } of rows) {
    const text = Buffer.from(body as Uint8Array).toString('latin1');
    const version = versions.get(text) ?? { first: Number.POSITIVE_INFINITY, seqs: [] };
    versions.set(text, { first: Math.min(version.first, Number(arrives)), seqs: [...version.seqs, Number(seq)] });
  }
  const update = database.sql.prepare('UPDATE log SET superseded=? WHERE seq=?');
  const inOrder = [...versions.values()].sort((a, b) => a.first - b.first);
  inOrder.forEach(({ seqs }, index) => {
    const until = inOrder[index + 1]?.first ?? null;
    for (const seq of seqs) update.run(until, seq);
  });
}

function read(database: Database, query: LogQuery): LogRow[] {
  const { source, window, arrivedBy, descending, after, most, tags, exceptTag } = query;
  const sign = descending ? '<' : '>';
  const direction = descending ? 'DESC' : 'ASC';
  const conditions: string[] = ['source=?', 'arrives<=?', '(superseded IS NULL OR superseded>?)'];
  const values: (string | number)[] = [source, arrivedBy, arrivedBy];
  const also = (condition: string, ...more: (string | number)[]) => {
    conditions.push(condition);
    values.push(...more);
  };
  if (window.from !== undefined) also('at>=?', window.from);
  if (window.to !== undefined) also('at<=?', window.to);
  if (after) also(`(at, seq) ${sign} (?, ?)`, after.at, after.seq);
  if (tags) also(`tag IN (${tags.map(() => '?').join(',')})`, ...tags);
  if (exceptTag !== undefined) also('tag<>?', exceptTag);
  const order = `ORDER BY at ${direction}, seq ${direction} LIMIT ?`;
  const sql = `SELECT seq, at, body FROM log WHERE ${conditions.join(' AND ')} ${order}`;
  const rows = database.sql.prepare(sql).all(...values, most);
  return rows.map(({ seq, at, body }) => ({ seq: Number(seq), at: String(at), body: body as Uint8Array }));
}

/** The later of a bound and the start of what is still kept. */
export function keptSince(window: TimeWindow, now: number, keptMs: number): TimeWindow {
  const oldest = ticksOf(now - keptMs);
  return { ...window, from: window.from !== undefined && window.from > oldest ? window.from : oldest };
}
