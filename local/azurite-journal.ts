/**
 * Makes Azurite's tables durable: it keeps them in LokiJS and saves all of it every five seconds, so that a process that is
 * killed has lost what it acknowledged since. Here every change is in a journal before it is acknowledged, and at the
 * start the last whole save and the journal since are read. (Azurite 3.37.0, dist/src/table/persistence.)
 */
import {
  appendFileSync,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** A stored document of LokiJS. */
type Doc = Record<string, unknown>;

/** What is used of a collection of LokiJS. */
export interface LokiCollection {
  readonly name: string;
  insert(doc: Doc): unknown;
  remove(doc: Doc): unknown;
  findOne(query: Doc): Doc | null;
  on(event: 'insert' | 'delete', listener: (doc: Doc) => void): unknown;
}

/** What is used of Azurite's store of tables. */
export interface TableStore {
  readonly db: {
    readonly collections: readonly LokiCollection[];
    getCollection(name: string): LokiCollection | null;
    serialize(): string;
    loadJSON(text: string): void;
  };
  init(): Promise<void>;
  createTable(context: unknown, table: unknown): Promise<void>;
  createCollectionForTable(table: unknown): void;
  beginBatchTransaction(id: string): Promise<void>;
  endBatchTransaction(...args: unknown[]): Promise<void>;
}

/** Collection, what happened, and the document. */
type Change = readonly [collection: string, op: 'insert' | 'delete', doc: Doc];

/** Name of the collection that lists the tables. */
const TABLES = '$TABLES_COLLECTION$';
/** When the journal has grown to so many bytes, everything is saved and it starts anew. */
const JOURNAL_BYTES = 64 * 1024 * 1024;

/** Puts a journal in `dir` under a store that keeps its data in memory. To be called before the store starts. */
export function keepJournal(store: TableStore, dir: string): void {
  const saved = join(dir, 'tables.json');
  const path = join(dir, 'tables.journal');
  const journal = openSync(path, 'a', 0o600);
  const attached = new WeakSet<LokiCollection>();
  let pending: Change[] = [];
  let isBatch = false;

  function flush(): void {
    if (isBatch || pending.length === 0) return;
    // One write of one line: a process that dies in it leaves a line that does not end, which is then not read.
    appendFileSync(journal, `${JSON.stringify(pending)}\n`);
    pending = [];
    if (statSync(path).size > JOURNAL_BYTES) save();
  }

  function save(): void {
    writeFileSync(`${saved}.new`, store.db.serialize(), { mode: 0o600 });
    renameSync(`${saved}.new`, saved);
    // A process that dies here replays changes that are saved already, and ends in the same.
    ftruncateSync(journal);
  }

  function attach(): void {
    for (const collection of store.db.collections) {
      if (attached.has(collection)) continue;
      attached.add(collection);
      const note = (op: Change[1]) => (doc: Doc) => {
        pending.push([collection.name, op, plain(doc)]);
        // Before any answer: an update is a deletion and an insertion in one go.
        queueMicrotask(flush);
      };
      collection.on('insert', note('insert'));
      collection.on('delete', note('delete'));
    }
  }

  const { init, createTable, beginBatchTransaction, endBatchTransaction } = store;
  store.init = async () => {
    await init.call(store);
    if (existsSync(saved)) store.db.loadJSON(readFileSync(saved, 'utf8'));
    for (const change of readJournal(path)) replay(store, change);
    save();
    attach();
  };
  store.createTable = async (...args) => {
    await createTable.apply(store, args);
    attach();
  };
  store.beginBatchTransaction = async (id) => {
    await beginBatchTransaction.call(store, id);
    isBatch = true;
  };
  store.endBatchTransaction = async (...args) => {
    // What fails is rolled back, so that its changes and the way back come to nothing together.
    await endBatchTransaction.apply(store, args);
    isBatch = false;
    flush();
  };
}

function readJournal(path: string): Change[] {
  const text = readFileSync(path, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  return whole.split('\n').flatMap((line) => (line === '' ? [] : (JSON.parse(line) as Change[])));
}

function replay(store: TableStore, [name, op, doc]: Change): void {
  if (name === TABLES && op === 'insert' && !store.db.getCollection(`${doc.account}$${doc.table}`))
    store.createCollectionForTable(doc);
  const collection = store.db.getCollection(name);
  const { PartitionKey, RowKey, account, table } = doc;
  const known = collection?.findOne(name === TABLES ? { account, table } : { PartitionKey, RowKey });
  if (known) collection?.remove(known);
  if (op === 'insert') collection?.insert(doc);
}

/** Without what LokiJS adds. */
function plain(doc: Doc): Doc {
  const { $loki: _, meta: __, ...rest } = doc;
  return rest;
}
