/** Small things kept by kind and id, as JSON. */
import type { Database } from './database.ts';

/** Things of one kind. */
export interface Items<T> {
  readonly get: (id: string) => T | undefined;
  readonly put: (id: string, item: T) => void;
  readonly remove: (id: string) => boolean;
  readonly all: () => T[];
}

/** @param kind their name in the file; whoever names it knows the type */
export function createItems<T>({ sql }: Database, kind: string): Items<T> {
  const get = sql.prepare('SELECT body FROM item WHERE kind=? AND id=?');
  const put = sql.prepare('INSERT OR REPLACE INTO item VALUES(?,?,?)');
  const remove = sql.prepare('DELETE FROM item WHERE kind=? AND id=?');
  const all = sql.prepare('SELECT body FROM item WHERE kind=? ORDER BY id');
  const parse = (body: unknown) => JSON.parse(String(body)) as T;
  return {
    get: (id) => {
      const row = get.get(kind, id);
      return row ? parse(row.body) : undefined;
    },
    put: (id, item) => void put.run(kind, id, JSON.stringify(item)),
    remove: (id) => Number(remove.run(kind, id).changes) > 0,
    all: () => all.all(kind).map(({ body }) => parse(body)),
  };
}
