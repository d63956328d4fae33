/**
 * Leaving a tenant: what is there, the ledger as a file, and an end to the Graph subscriptions. Only the app itself can
 * delete these, because they belong to its identity; so this is an HTTP route, and `postern uninstall` calls it.
 *
 *   GET uninstall            counts (Postern.Admin)
 *   GET uninstall?export=1   ledger and audit trail, one row a line (Postern.Desk: it says who was told)
 *   POST uninstall           deletes the subscriptions; none is made again (Postern.Admin)
 *   DELETE uninstall         takes that back: the next run of the timer makes them again (Postern.Admin)
 */
import type { Rows, TableName } from '../ports.ts';
import { TABLES } from '../ports.ts';
import { listSubscriptions } from './subscription-rows.ts';
import type { Subscriptions } from './subscriptions.ts';
import type { TrailEntry } from './trail.ts';
import type { WebReply, WebRequest } from './web.ts';

/** What leaving needs. */
export interface UninstallPorts {
  readonly rows: Rows;
  /** Graph is asked only when subscriptions are to go. */
  readonly subscriptions: () => Promise<Pick<Subscriptions, 'removeAll'>>;
  readonly note: (entry: Pick<TrailEntry, 'action' | 'detail'>) => Promise<void>;
}

/** What there is: numbers only. */
export interface Inventory {
  readonly subscriptions: number;
  /** Rows by table. */
  readonly rows: Readonly<Record<TableName, number>>;
  /** True after a POST, until a DELETE: subscriptions are not made again. */
  readonly leaving: boolean;
}

const PARTITION = 'uninstall';
const ROW = 'leaving';
/** What the exported file holds. People are exported by `postern people export`. */
const EXPORTED: readonly TableName[] = ['ledger', 'trail'];

/** True while subscriptions are to stay away: the renewal timer asks. @throws UpstreamError */
export async function isLeaving(rows: Rows): Promise<boolean> {
  return (await rows.get('state', PARTITION, ROW)) !== undefined;
}

/** The role that a request needs. */
export function roleFor({ method, query }: Pick<WebRequest, 'method' | 'query'>): 'Postern.Admin' | 'Postern.Desk' {
  return method === 'GET' && query.get('export') !== null ? 'Postern.Desk' : 'Postern.Admin';
}

/** Answers the route; who asks has the role of `roleFor`. @throws UpstreamError */
export async function handleUninstall(
  request: Pick<WebRequest, 'method' | 'query'>,
  ports: UninstallPorts,
): Promise<WebReply> {
  const { rows, note } = ports;
  if (request.method === 'POST') {
    // The mark first: a timer that runs meanwhile must not make anew what is being deleted.
    await rows.transact('state', PARTITION, [{ op: 'put', row: ROW, value: {} }]);
    const removed = await (await ports.subscriptions()).removeAll();
    await note({ action: 'uninstall started', detail: `${removed} subscriptions deleted` });
    return { status: 200, jsonBody: { removed } };
  }
  if (request.method === 'DELETE') {
    await rows.transact('state', PARTITION, [{ op: 'delete', row: ROW }]);
    await note({ action: 'uninstall taken back' });
    return { status: 200, jsonBody: await takeInventory(rows) };
  }
  if (roleFor(request) === 'Postern.Admin') return { status: 200, jsonBody: await takeInventory(rows) };
  await note({ action: 'ledger exported' });
  return { status: 200, headers: { 'content-type': 'application/x-ndjson' }, body: await exportRows(rows) };
}

async function takeInventory(rows: Rows): Promise<Inventory> {
  const counts = {} as Record<TableName, number>;
  for (const table of TABLES) {
    counts[table] = 0;
    for await (const _ of rows.scan(table)) counts[table]++;
  }
  const active = [...(await listSubscriptions(rows)).values()].filter(({ retiredAt }) => !retiredAt);
  return { subscriptions: active.length, rows: counts, leaving: await isLeaving(rows) };
}

async function exportRows(rows: Rows): Promise<string> {
  const lines: string[] = [];
  for (const table of EXPORTED) {
    for await (const { partition, row, value } of rows.scan(table)) {
      lines.push(`${JSON.stringify({ table, partition, row, value })}\n`);
    }
  }
  return lines.join('');
}
