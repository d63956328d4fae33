/**
 * Everything the simulator knows, in one SQLite file: it survives a SIGKILL at any point, as the real Graph survives
 * ours. Records are kept as the bytes that are served, so that memory does not grow with the log.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ConfigError } from '../../src/errors.ts';

/** The open file. */
export interface Database {
  readonly sql: DatabaseSync;
  /** All or nothing; inside another transaction it is part of that one. */
  readonly transaction: <T>(work: () => T) => T;
  /** A small value under a name; undefined when there is none. */
  readonly get: (name: string) => string | undefined;
  readonly put: (name: string, value: string) => void;
  readonly close: () => void;
}

// log_time holds what decides whether a reader sees a record, so that records still to come cost no look at their bodies.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS meta(name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS log(seq INTEGER PRIMARY KEY, source TEXT, id TEXT, at TEXT, arrives INTEGER,
    superseded INTEGER, tag TEXT, body BLOB);
  CREATE INDEX IF NOT EXISTS log_time ON log(source, at, seq, arrives, superseded, tag);
  CREATE INDEX IF NOT EXISTS log_id ON log(id);
  CREATE TABLE IF NOT EXISTS user(seq INTEGER PRIMARY KEY, id TEXT UNIQUE, name TEXT UNIQUE, body TEXT,
    removed INTEGER, changed INTEGER, changes TEXT);
  CREATE INDEX IF NOT EXISTS user_changed ON user(changed);
  CREATE TABLE IF NOT EXISTS member(team TEXT, user TEXT, PRIMARY KEY(team, user)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS message(id TEXT PRIMARY KEY, user TEXT, at TEXT, body TEXT) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS message_time ON message(user, at, id);
  CREATE TABLE IF NOT EXISTS item(kind TEXT, id TEXT, body TEXT, PRIMARY KEY(kind, id)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS change(seq INTEGER PRIMARY KEY, at INTEGER, body TEXT);
  CREATE INDEX IF NOT EXISTS change_time ON change(at, seq);`;

/**
 * @param dir folder of the file, made when missing; undefined keeps everything in memory
 * @throws ConfigError when it is no such file or another process has it
 */
export function openDatabase(dir: string | undefined): Database {
  const sql = open(dir);
  const get = sql.prepare('SELECT value FROM meta WHERE name=?');
  const put = sql.prepare('INSERT OR REPLACE INTO meta VALUES(?,?)');
  let isOpen = false;
  return {
    sql,
    transaction: (work) => {
      if (isOpen) return work();
      sql.exec('BEGIN');
      isOpen = true;
      try {
        const result = work();
        sql.exec('COMMIT');
        return result;
      } catch (error) {
        sql.exec('ROLLBACK');
        throw error;
      } finally {
        isOpen = false;
      }
    },
    get: (name) => {
      const row = get.get(name);
      return row ? String(row.value) : undefined;
    },
    put: (name, value) => void put.run(name, value),
    close: () => sql.close(),
  };
}

function open(dir: string | undefined): DatabaseSync {
  if (dir !== undefined) mkdirSync(dir, { recursive: true, mode: 0o700 });
  try {
    const sql = new DatabaseSync(dir === undefined ? ':memory:' : join(dir, 'graph.db'), { timeout: 2000 });
    // Large pages: a record is about 2 KB, and small pages would waste half of the file. Power cuts may lose something.
    sql.exec(`PRAGMA page_size=16384; PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;
      PRAGMA wal_autocheckpoint=1000; ${SCHEMA} BEGIN IMMEDIATE; DELETE FROM meta WHERE name=''; COMMIT;`);
    return sql;
  } catch (error) {
    const busy = error instanceof Error && /locked|busy/i.test(error.message);
    throw new ConfigError([
      busy
        ? 'the data of the Graph simulator are in use by another process: stop that one, or choose another folder'
        : 'the data of the Graph simulator cannot be opened: move the folder away to start empty',
    ]);
  }
}
