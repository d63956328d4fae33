/** The ports in memory, for tests. They behave as the tables do: tags, conflicts, all writes of a transaction or none. */
import type { Clock, Log, QueueMessage, Queues, Row, Rows, RowWrite, TableName } from './ports.ts';
import { TELEMETRY } from './telemetry.ts';

/** Rows that live as long as the process. Values are copied in and out, as a service would. */
export function createMemoryRows(): Rows {
  const partitions = new Map<string, Map<string, { text: string; version: number }>>();
  let version = 0;
  const partitionOf = (table: TableName, partition: string) => {
    const key = `${table}\u0000${partition}`;
    const known = partitions.get(key) ?? new Map<string, { text: string; version: number }>();
    partitions.set(key, known);
    return known;
  };
  const toRow = (partition: string, row: string, stored: { text: string; version: number }): Row => ({
    partition,
    row,
    value: JSON.parse(stored.text) as unknown,
    tag: String(stored.version),
  });
  return {
    async get(table, partition, row) {
      const stored = partitionOf(table, partition).get(row);
      return stored && toRow(partition, row, stored);
    },
    async *list(table, partition, from = '', to, limit = Number.POSITIVE_INFINITY) {
      const rows = partitionOf(table, partition);
      const wanted = [...rows.keys()].filter((row) => row >= from && (to === undefined || row < to)).sort();
      for (const row of wanted.slice(0, limit)) {
        const stored = rows.get(row);
        if (stored) yield toRow(partition, row, stored);
      }
    },
    async *scan(table) {
      for (const [key, rows] of [...partitions]) {
        const [name, partition = ''] = key.split('\u0000');
        if (name !== table) continue;
        for (const [row, stored] of [...rows]) yield toRow(partition, row, stored);
      }
    },
    async transact(table, partition, writes, written) {
      const rows = partitionOf(table, partition);
      const isStale = (write: RowWrite) => {
        const stored = rows.get(write.row);
        if (write.op === 'insert') return stored !== undefined;
        if (write.op === 'replace') return stored === undefined || String(stored.version) !== write.tag;
        return write.op === 'delete' && write.tag !== undefined && String(stored?.version) !== write.tag;
      };
      if (writes.length > 100 || new Set(writes.map(({ row }) => row)).size < writes.length)
        throw new RangeError('a transaction has at most 100 writes, one per row');
      if (writes.some(isStale)) return 'conflict';
      for (const write of writes) {
        if (write.op === 'delete') rows.delete(write.row);
        else {
          rows.set(write.row, { text: JSON.stringify(write.value), version: ++version });
          written?.set(write.row, String(version));
        }
      }
      return 'done';
    },
  };
}

/** Queues that keep what was sent; a message with an id that was sent before is dropped, as duplicate detection does. */
export function createMemoryQueues(): Queues & { readonly sent: QueueMessage[] } {
  const sent: QueueMessage[] = [];
  return {
    sent,
    async send(messages) {
      for (const message of messages) {
        if (!sent.some(({ queue, id }) => queue === message.queue && id === message.id))
          sent.push(structuredClone(message));
      }
    },
  };
}

/** A clock that stands still until it is set or somebody sleeps. */
export function createManualClock(start: Date): Clock & { readonly set: (at: Date) => void } {
  let now = start.getTime();
  return {
    now: () => new Date(now),
    async sleep(ms) {
      now += ms;
    },
    set(at) {
      now = at.getTime();
    },
  };
}

/** Log lines as an array. */
export function createMemoryLog(): Log & { readonly lines: { level: string; message: string; fields: unknown }[] } {
  const lines: { level: string; message: string; fields: unknown }[] = [];
  const at = (level: string) => (message: string, fields?: unknown) => void lines.push({ level, message, fields });
  return {
    lines,
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    tell: (message, fields) => at(TELEMETRY[message].level)(message, fields),
  };
}
