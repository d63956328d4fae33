/** A small Entra in memory behind the Graph port: applications, service principals, role assignments. */
import { UpstreamError } from '../../../src/errors.ts';
import type { Graph, RawRecord } from '../../../src/ports.ts';

/** The directory, and every change that was made to it. */
export interface FakeEntra {
  readonly graph: Graph;
  /** Objects by collection path, as `/servicePrincipals`. */
  readonly collections: Map<string, Map<string, RawRecord>>;
  readonly writes: { readonly method: string; readonly path: string; readonly body?: RawRecord }[];
  /** The next write is refused with this code. */
  refuse: UpstreamError['code'] | undefined;
}

/** An Entra with the given objects. Ids of new ones count up. */
export function fakeEntra(objects: Readonly<Record<string, readonly (RawRecord & { id: string })[]>>): FakeEntra {
  const collections = new Map(
    Object.entries(objects).map(([path, list]) => [path, new Map(list.map((one) => [one.id, one as RawRecord]))]),
  );
  const collection = (path: string) => collections.get(path) ?? collections.set(path, new Map()).get(path) ?? new Map();
  const entra: FakeEntra = { graph: {} as Graph, collections, writes: [], refuse: undefined };
  let count = 0;

  function write(method: string, path: string, body?: RawRecord): void {
    if (entra.refuse) throw new UpstreamError('graph', entra.refuse);
    entra.writes.push({ method, path, ...(body && { body }) });
  }

  function find(path: string): RawRecord {
    const { parent, id } = split(path);
    const found = collection(parent).get(id);
    if (!found) throw new UpstreamError('graph', 'NOT_FOUND');
    return found;
  }

  const graph: Graph = {
    load: () => 0,
    async *pages(path) {
      const url = new URL(path, 'http://graph');
      const [, field = '', value] = /^(\w+) eq '([^']*)'$/.exec(url.searchParams.get('$filter') ?? '') ?? [];
      const all = [...collection(url.pathname).values()].filter((one) => value === undefined || one[field] === value);
      // One object a page: readers that stop after the first page would be seen.
      for (const [index, one] of all.entries()) yield { value: [one], last: index === all.length - 1 };
      if (all.length === 0) yield { value: [], last: true };
    },
    get: async (path) => find(new URL(path, 'http://graph').pathname),
    async post(path, body) {
      write('post', path, body);
      const id = `new-${++count}`;
      const object = { id, ...(path === '/applications' && { appId: `client-${count}` }), ...body };
      collection(path).set(id, object);
      return object;
    },
    async patch(path, body) {
      write('patch', path, body);
      const { parent, id } = split(path);
      collection(parent).set(id, { ...find(path), ...body });
      return {};
    },
    async delete(path) {
      write('delete', path);
      const { parent, id } = split(path);
      collection(parent).delete(id);
    },
  };
  return Object.assign(entra, { graph });
}

function split(path: string): { parent: string; id: string } {
  const at = path.lastIndexOf('/');
  return { parent: path.slice(0, at), id: decodeURIComponent(path.slice(at + 1)) };
}
