/** `Rows` over Azure Table Storage. Tables are called `postern` and the name, as `posternevidence`. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { RestError, TableClient, type TableServiceClientOptions, type TransactionAction } from '@azure/data-tables';
import type { TokenCredential } from '@azure/identity';
import { UpstreamError } from '../errors.ts';
import type { Row, Rows, RowWrite, TableName } from '../ports.ts';
import { escapeKey, packValue, unescapeKey, unpackValue } from './table-entity.ts';
import { serviceCode, toUpstreamError } from './tables-errors.ts';

/** Where the tables are. */
export type TablesAccess =
  /** In Azure: with the managed identity. Tables come from the deployment. */
  | { readonly endpoint: string; readonly credential: TokenCredential }
  /** On a laptop. Tables are created on first use. */
  | { readonly connectionString: string };

/** How the service says that a table is not there yet. */
const NO_TABLE = new Set(['TableNotFound', 'TableNotExist']);

/** Errors are told by `code`: THROTTLED and UNAVAILABLE pass; REFUSED and TOO_LARGE are defects of the caller. */
export function createTableRows(access: TablesAccess): Rows {
  const clients = new Map<TableName, TableClient>();
  const clientOf = (table: TableName) => {
    const client = clients.get(table) ?? connect(access, `postern${table}`);
    clients.set(table, client);
    return client;
  };
  /** Runs `work`; creates the table and runs it again when that is what was missing. */
  async function run<T>(table: TableName, work: (client: TableClient) => Promise<T>): Promise<T> {
    const client = clientOf(table);
    try {
      return await work(client);
    } catch (error) {
      if (!isMissingTable(error) || !('connectionString' in access)) throw toUpstreamError(error);
    }
    try {
      await client.createTable();
      return await work(client);
    } catch (error) {
      throw toUpstreamError(error);
    }
  }

  async function* query(table: TableName, filter?: string, limit = Number.POSITIVE_INFINITY): AsyncGenerator<Row> {
    if (limit < 1) return;
    const maxPageSize = Math.min(1000, limit);
    const pages = await run(table, async (client) => {
      const iterator = client.listEntities(filter ? { queryOptions: { filter } } : {}).byPage({ maxPageSize });
      return { first: await iterator.next(), iterator };
    });
    let left = limit;
    for (let page = pages.first; !page.done; ) {
      for (const entity of page.value) {
        yield toRow(entity);
        if (--left < 1) return;
      }
      page = await run(table, () => pages.iterator.next());
    }
  }

  return {
    async get(table, partition, row) {
      return run(table, async (client) => {
        try {
          return toRow(await client.getEntity(escapeKey(partition), escapeKey(row)));
        } catch (error) {
          if (error instanceof RestError && error.statusCode === 404 && !isMissingTable(error)) return undefined;
          throw error;
        }
      });
    },
    list: (table, partition, from, to, limit) => query(table, filterOf(partition, from, to), limit),
    scan: (table) => query(table),
    async transact(table, partition, writes, written) {
      if (writes.length > 100 || new Set(writes.map(({ row }) => row)).size < writes.length)
        throw new RangeError('a transaction has at most 100 writes, one per row');
      if (writes.length === 0) return 'done';
      const key = escapeKey(partition);
      const packed = writes.map((write) => pack(key, write));
      return run(table, (client) => submit(client, packed, written));
    },
  };
}

/** One write, ready to be sent. */
interface PackedWrite {
  readonly write: RowWrite;
  readonly entity: { readonly partitionKey: string; readonly rowKey: string };
}

function pack(partitionKey: string, write: RowWrite): PackedWrite {
  const value = write.op === 'delete' ? {} : packValue(write.value);
  return { write, entity: { partitionKey, rowKey: escapeKey(write.row), ...value } };
}

async function submit(
  client: TableClient,
  writes: readonly PackedWrite[],
  written: Map<string, string> | undefined,
): Promise<'done' | 'conflict'> {
  const [only] = writes;
  try {
    if (writes.length === 1 && only) note(written, only, await submitOne(client, only));
    else {
      const { subResponses } = await deleteTags.run(writes.map(tagOfDelete), () =>
        client.submitTransaction(writes.map(toAction)),
      );
      for (const [index, { etag }] of subResponses.entries()) note(written, writes[index], etag?.trim());
    }
    return 'done';
  } catch (error) {
    if (!(error instanceof RestError) || isMissingTable(error)) throw error;
    if (error.statusCode === 412 || error.statusCode === 409) return 'conflict';
    if (error.statusCode !== 404) throw error;
    return withoutGone(client, writes, written);
  }
}

function note(
  written: Map<string, string> | undefined,
  packed: PackedWrite | undefined,
  tag: string | undefined,
): void {
  if (packed && tag && packed.write.op !== 'delete') written?.set(packed.write.row, tag);
}

/** A row was not there. Fine where it was to be deleted in any case: all that is left is written. Else a conflict. */
async function withoutGone(
  client: TableClient,
  writes: readonly PackedWrite[],
  written: Map<string, string> | undefined,
): Promise<'done' | 'conflict'> {
  const left: PackedWrite[] = [];
  for (const packed of writes) {
    const mayBeGone = packed.write.op === 'delete' && packed.write.tag === undefined;
    if (!mayBeGone || (await exists(client, packed))) left.push(packed);
  }
  if (left.length === 0) return 'done';
  return left.length < writes.length ? submit(client, left, written) : 'conflict';
}

async function exists(client: TableClient, { entity }: PackedWrite): Promise<boolean> {
  try {
    await client.getEntity(entity.partitionKey, entity.rowKey, { queryOptions: { select: ['RowKey'] } });
    return true;
  } catch (error) {
    if (error instanceof RestError && error.statusCode === 404) return false;
    throw error;
  }
}

async function submitOne(client: TableClient, { write, entity }: PackedWrite): Promise<string | undefined> {
  switch (write.op) {
    case 'insert':
      return (await client.createEntity(entity)).etag;
    case 'replace':
      return (await client.updateEntity(entity, 'Replace', { etag: write.tag })).etag;
    case 'put':
      return (await client.upsertEntity(entity, 'Replace')).etag;
    case 'delete':
      await client.deleteEntity(entity.partitionKey, entity.rowKey, { etag: write.tag ?? '*' });
      return undefined;
  }
}

function toAction({ write, entity }: PackedWrite): TransactionAction {
  switch (write.op) {
    case 'insert':
      return ['create', entity];
    case 'replace':
      return ['update', entity, 'Replace', { etag: write.tag }];
    case 'put':
      return ['upsert', entity, 'Replace'];
    case 'delete':
      return ['delete', entity];
  }
}

function tagOfDelete({ write }: PackedWrite): string | undefined {
  return write.op === 'delete' ? write.tag : undefined;
}

/** By index of the write. The SDK sends every delete of a transaction with `If-Match: *`, so the tag is put in below it. */
const deleteTags = new AsyncLocalStorage<readonly (string | undefined)[]>();

const DELETE_TAGS_POLICY: NonNullable<TableServiceClientOptions['additionalPolicies']>[number] = {
  position: 'perCall',
  policy: {
    name: 'posternDeleteTags',
    sendRequest(request, next) {
      const tags = deleteTags.getStore();
      if (
        tags?.some((tag) => tag !== undefined) &&
        request.url.includes('$batch') &&
        typeof request.body === 'string'
      ) {
        const [head = '', ...parts] = request.body.split('--changeset_');
        const tagged = parts.map((part, index) => {
          const tag = tags[index];
          return tag === undefined ? part : part.replace(/^if-match: \*\r?$/im, `if-match: ${tag}\r`);
        });
        request.body = [head, ...tagged].join('--changeset_');
      }
      return next(request);
    },
  },
};

function connect(access: TablesAccess, name: string): TableClient {
  // Whoever called repeats as a whole; a client that also repeats would turn one bad minute into a storm.
  const options: TableServiceClientOptions = {
    retryOptions: { maxRetries: 1, retryDelayInMs: 300, maxRetryDelayInMs: 1000 },
    additionalPolicies: [DELETE_TAGS_POLICY],
  };
  if (!('connectionString' in access)) return new TableClient(access.endpoint, name, access.credential, options);
  const isPlain = /TableEndpoint=http:|DefaultEndpointsProtocol=http(?!s)|UseDevelopmentStorage=true/i.test(
    access.connectionString,
  );
  return TableClient.fromConnectionString(access.connectionString, name, {
    ...options,
    allowInsecureConnection: isPlain,
  });
}

function filterOf(partition: string, from?: string, to?: string): string {
  // Escaped keys hold no quote, so they need no quoting of quotes.
  const parts = [`PartitionKey eq '${escapeKey(partition)}'`];
  if (from) parts.push(`RowKey ge '${escapeKey(from)}'`);
  if (to !== undefined) parts.push(`RowKey lt '${escapeKey(to)}'`);
  return parts.join(' and ');
}

function toRow(entity: Readonly<Record<string, unknown>>): Row {
  const { partitionKey, rowKey, etag } = entity;
  if (typeof partitionKey !== 'string' || typeof rowKey !== 'string' || typeof etag !== 'string')
    throw new UpstreamError('tables', 'UNREADABLE');
  return { partition: unescapeKey(partitionKey), row: unescapeKey(rowKey), value: unpackValue(entity), tag: etag };
}

function isMissingTable(error: unknown): boolean {
  return error instanceof RestError && NO_TABLE.has(serviceCode(error));
}
