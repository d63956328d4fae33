/**
 * Makes Azurite read ranges by its indexes. It evaluates the filter of a query on every entity of the table, which takes a
 * tenth of a second with 400,000 of them, where Azure reads only the range. Here the entities that the filter is evaluated
 * on are first narrowed down by partition or by range of row keys, whichever leaves fewer; what the filter then lets
 * through is the same. (Azurite 3.37.0, dist/src/table/persistence/LokiTableMetadataStore.js, and LokiJS 1.5.)
 */

interface LokiChain {
  find(query: Record<string, unknown>): LokiChain;
}

/** What is used of a collection of LokiJS. */
interface IndexedCollection {
  readonly data: readonly { readonly PartitionKey: string; readonly RowKey: string }[];
  /** Places in `data`, in order of the indexed property. */
  readonly binaryIndices: { readonly RowKey: { readonly values: readonly number[] } };
  chain(): LokiChain;
  findOne(query: Readonly<Record<string, unknown>>): unknown;
  /** First and last place in an index; the last is before the first when nothing fits. */
  calculateRange(op: '$eq' | '$between' | '$lt', property: string, value: unknown): readonly [number, number];
}

/** What is used of Azurite's store of tables. */
export interface QueriedStore {
  getEntityCollection(account: string, table: string, context: unknown): IndexedCollection;
  queryTableEntities(
    context: unknown,
    account: string,
    table: string,
    options: { readonly filter?: string; readonly top?: number },
    ...next: unknown[]
  ): Promise<unknown>;
}

/** As src/azure/tables.ts writes filters. Keys hold no quote. */
const FILTER = /^PartitionKey eq '([^']*)'(?: and RowKey ge '([^']*)')?(?: and RowKey lt '([^']*)')?$/;

/** LokiJS compares what looks like a number as a number, and takes it for smaller than any text: the upper bound must be none. */
const LETTER = /^[a-z]/;

/** Entities in an answer, where the query does not say. */
const MOST = 1000;

/**
 * Has single entities found by their row key first: many rows share a partition, few a key. LokiJS uses the index of the
 * first property alone.
 */
function findByRowKey(store: QueriedStore): void {
  const collectionOf = store.getEntityCollection;
  const patched = new WeakSet<IndexedCollection>();
  store.getEntityCollection = (...args) => {
    const collection = collectionOf.apply(store, args);
    if (patched.has(collection)) return collection;
    patched.add(collection);
    const { findOne } = collection;
    collection.findOne = ({ RowKey, ...rest }) =>
      findOne.call(collection, RowKey === undefined ? rest : { RowKey, ...rest });
    return collection;
  };
}

/** Puts the indexes before the filters of a store. */
export function useRanges(store: QueriedStore): void {
  findByRowKey(store);
  const query = store.queryTableEntities;
  store.queryTableEntities = (context, account, table, options, ...next) => {
    const [, partition, from, to] = FILTER.exec(options.filter ?? '') ?? [];
    if (partition === undefined) return query.call(store, context, account, table, options, ...next);
    const collection = store.getEntityCollection(account, table, context);
    const isFirst = next.every((key) => key === undefined);
    const most = isFirst ? (options.top ?? MOST) : undefined;
    const narrowed = { chain: () => collection.chain().find(narrowest(collection, { partition, from, to, most })) };
    // The query asks for its collection once, before it waits for anything.
    const own = Object.create(store, { getEntityCollection: { value: () => narrowed } }) as QueriedStore;
    return query.call(own, context, account, table, options, ...next);
  };
}

interface Wanted {
  readonly partition: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** Entities that the answer holds at most; unknown when it goes on from an earlier one. */
  readonly most: number | undefined;
}

function narrowest(collection: IndexedCollection, wanted: Wanted): Record<string, unknown> {
  const { partition, from, to } = wanted;
  const whole = { PartitionKey: { $eq: partition } };
  if (to === undefined || !LETTER.test(to)) return whole;
  const count = ([first, last]: readonly [number, number]) => Math.max(0, last - first + 1);
  const inPartition = count(collection.calculateRange('$eq', 'PartitionKey', partition));
  if (from === undefined || !LETTER.test(from)) {
    // Everything that looks like a number comes before a letter in both orders.
    const before = count(collection.calculateRange('$lt', 'RowKey', to));
    return before < inPartition ? { RowKey: { $lt: to } } : whole;
  }
  const range = collection.calculateRange('$between', 'RowKey', [from, to]);
  return count(range) < inPartition
    ? { RowKey: { $between: [from, lastKey(collection, range, wanted) ?? to] } }
    : whole;
}

/** The row key of the entity that is one too many for the answer: what lies behind it is neither filtered nor sorted. */
function lastKey(
  { data, binaryIndices }: IndexedCollection,
  [first, last]: readonly [number, number],
  { partition, from = '', most }: Wanted,
): string | undefined {
  if (most === undefined) return undefined;
  let left = most + 1;
  for (let place = first; place <= last; place++) {
    const entity = data[binaryIndices.RowKey.values[place] ?? -1];
    if (entity?.PartitionKey === partition && entity.RowKey >= from && --left === 0) return entity.RowKey;
  }
  return undefined;
}
