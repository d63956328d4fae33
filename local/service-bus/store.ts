/**
 * The queues on disk, in one SQLite file. A commit makes everything unsaved durable in one transaction; callers tell a
 * client only afterwards, so what was acknowledged survives a SIGKILL at any point.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { ConfigError } from '../../src/errors.ts';
import type { Message, QueueSnapshot, QueueState } from './queue-state.ts';

/** Where queues are kept. */
export interface Store {
  /** What is kept of a queue; duplicate windows that ended by `now` are left out. */
  load(queue: QueueState, now: number): QueueSnapshot;
  /** Makes all that is unsaved durable, or throws and leaves the file as it was. */
  commit(queues: Iterable<QueueState>): void;
  /** Deletes duplicate windows that ended by `now`. */
  forget(now: number): void;
  close(): void;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS message(
    queue TEXT, sequence INTEGER, enqueued INTEGER, deliveries INTEGER, state TEXT, due INTEGER, expires INTEGER,
    token TEXT, locked_until INTEGER,
    message_id TEXT, durable INTEGER, priority INTEGER, ttl INTEGER, annotations BLOB, bare BLOB,
    PRIMARY KEY(queue, sequence)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS seen(queue TEXT, id TEXT, until INTEGER, PRIMARY KEY(queue, id)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS sequence(queue TEXT PRIMARY KEY, last INTEGER) WITHOUT ROWID;`;

interface Statements {
  readonly put: StatementSync;
  readonly change: StatementSync;
  readonly remove: StatementSync;
  readonly seen: StatementSync;
  readonly sequence: StatementSync;
}

/**
 * Opens the file, or a database in memory for `:memory:`. `synchronous=NORMAL` in WAL mode survives the end of the
 * process, not a power cut: enough for a laptop.
 * @throws ConfigError when another process has the file open, or it is not such a database
 */
export function openStore(file: string): Store {
  const database = openDatabase(file);
  const prepare = (sql: string) => database.prepare(sql);
  const statements: Statements = {
    put: prepare(`INSERT OR REPLACE INTO message VALUES(${Array(15).fill('?').join(',')})`),
    change: prepare('UPDATE message SET deliveries=?, state=?, token=?, locked_until=? WHERE queue=? AND sequence=?'),
    remove: prepare('DELETE FROM message WHERE queue=? AND sequence=?'),
    seen: prepare('INSERT OR REPLACE INTO seen VALUES(?,?,?)'),
    sequence: prepare('INSERT OR REPLACE INTO sequence VALUES(?,?)'),
  };
  return {
    load: (queue, now) => load(database, queue, now),
    commit: (queues) => {
      const changed = [...queues].filter(({ unsaved }) => unsaved.messages.size > 0 || unsaved.seenIds.size > 0);
      if (changed.length === 0) return;
      transaction(database, () => {
        for (const queue of changed) save(statements, queue);
      });
      for (const { unsaved } of changed) {
        unsaved.messages.clear();
        unsaved.seenIds.clear();
      }
    },
    forget: (now) => void prepare('DELETE FROM seen WHERE until <= ?').run(now),
    close: () => database.close(),
  };
}

function openDatabase(file: string): DatabaseSync {
  try {
    const database = new DatabaseSync(file, { timeout: 3000 });
    // EXCLUSIVE: a second broker on the same file must not start. The write takes the lock at once.
    database.exec(`PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; ${SCHEMA}
      BEGIN IMMEDIATE; DELETE FROM seen WHERE until < 0; COMMIT;`);
    return database;
  } catch (error) {
    const busy = error instanceof Error && /locked|busy/i.test(error.message);
    throw new ConfigError([
      busy
        ? `${file} is in use by another process: stop that one, or choose another folder`
        : `${file} cannot be opened as the database of the local service bus: move it away to start empty`,
    ]);
  }
}

function transaction(database: DatabaseSync, work: () => void): void {
  database.exec('BEGIN');
  try {
    work();
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

function save(statements: Statements, queue: QueueState): void {
  for (const [sequence, what] of queue.unsaved.messages) {
    const message = queue.messages.get(sequence);
    if (!message || what === 'gone') statements.remove.run(queue.name, sequence);
    else if (what === 'whole') statements.put.run(...toRow(queue.name, message));
    else {
      const { deliveryCount, state, lock } = message;
      statements.change.run(deliveryCount, state, lock?.token ?? null, lock?.until ?? null, queue.name, sequence);
    }
  }
  for (const [id, until] of queue.unsaved.seenIds) statements.seen.run(queue.name, id, until);
  statements.sequence.run(queue.name, queue.lastSequence);
}

function toRow(queue: string, message: Message): SQLInputValue[] {
  const { envelope, lock } = message;
  return [
    queue,
    message.sequence,
    message.enqueuedAt,
    message.deliveryCount,
    message.state,
    message.dueAt ?? null,
    message.expiresAt ?? null,
    lock?.token ?? null,
    lock?.until ?? null,
    envelope.messageId,
    envelope.durable ? 1 : 0,
    envelope.priority,
    envelope.ttlMs ?? null,
    envelope.annotations,
    envelope.bare,
  ];
}

type Row = Record<string, SQLInputValue | undefined>;

function load(database: DatabaseSync, queue: QueueState, now: number): QueueSnapshot {
  const last = database.prepare('SELECT last FROM sequence WHERE queue=?').get(queue.name) as Row | undefined;
  const seen = database.prepare('SELECT id, until FROM seen WHERE queue=? AND until>?').all(queue.name, now) as Row[];
  return {
    lastSequence: Number(last?.last ?? 0),
    seenIds: seen.map((row) => [String(row.id), Number(row.until)] as const),
    messages: messagesOf(database, queue.name),
  };
}

/** Row by row: all rows at once would double the memory after a restart with a long queue. */
function* messagesOf(database: DatabaseSync, queue: string): Generator<Message> {
  for (const row of database.prepare('SELECT * FROM message WHERE queue=? ORDER BY sequence').iterate(queue)) {
    yield fromRow(row as Row);
  }
}

function fromRow(row: Row): Message {
  const number = (name: string) => (row[name] === null ? undefined : Number(row[name]));
  const bytes = (name: string) => Buffer.from((row[name] as Uint8Array | null) ?? []);
  const until = number('locked_until');
  return {
    sequence: Number(row.sequence),
    enqueuedAt: Number(row.enqueued),
    deliveryCount: Number(row.deliveries),
    state: row.state === 'deferred' || row.state === 'scheduled' ? row.state : 'active',
    dueAt: number('due'),
    expiresAt: number('expires'),
    lock: until === undefined ? undefined : { token: String(row.token), until },
    envelope: {
      messageId: String(row.message_id),
      durable: row.durable === 1,
      priority: Number(row.priority),
      ttlMs: number('ttl'),
      annotations: bytes('annotations'),
      bare: bytes('bare'),
    },
  };
}
