import { describe, expect, it } from 'vitest';
import { putSubscription } from '../../../src/live/subscription-rows.ts';
import { handleUninstall, isLeaving, roleFor, type UninstallPorts } from '../../../src/live/uninstall.ts';
import { createMemoryRows } from '../../../src/memory.ts';

const NOW = new Date('2026-11-26T10:00:00Z');
const query = (text: string) => new URLSearchParams(text);

async function stand() {
  const rows = createMemoryRows();
  const subscription = {
    kind: 'users' as const,
    resource: 'users',
    clientState: 'x'.repeat(43),
    notificationUrl: 'https://app.example.org/api/graph-notifications',
    createdAt: NOW,
    expiresAt: NOW,
    renewAt: NOW,
  };
  await putSubscription(rows, 'sub-1', subscription);
  await putSubscription(rows, 'sub-2', { ...subscription, retiredAt: NOW });
  await rows.transact('people', 'people', [{ op: 'put', row: 'p_1', value: { id: 'p_1' } }]);
  await rows.transact('ledger', 'p_1', [{ op: 'put', row: 'notice:n_1', value: { status: 'delivered' } }]);
  await rows.transact('trail', '2026-11', [{ op: 'put', row: 'a', value: { action: 'person added' } }]);
  const noted: string[] = [];
  const order: string[] = [];
  const ports: UninstallPorts = {
    rows,
    subscriptions: async () => ({
      removeAll: async () => {
        order.push((await isLeaving(rows)) ? 'marked before' : 'not marked');
        return 1;
      },
    }),
    note: async ({ action }) => void noted.push(action),
  };
  const ask = (method: string, text = '') => handleUninstall({ method, query: query(text) }, ports);
  return { rows, ports, noted, order, ask };
}

describe('uninstall', () => {
  it('counts what there is, and changes nothing', async () => {
    const { ask, noted, rows } = await stand();
    expect((await ask('GET')).jsonBody).toEqual({
      subscriptions: 1,
      rows: { people: 1, evidence: 0, ledger: 1, inbox: 0, state: 2, trail: 1 },
      leaving: false,
    });
    expect(noted).toEqual([]);
    expect(await isLeaving(rows)).toBe(false);
  });

  it('exports ledger and trail, a row a line, and says so in the trail', async () => {
    const { ask, noted } = await stand();
    const { body } = await ask('GET', 'export=1');
    expect(
      body
        ?.trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { table: 'ledger', partition: 'p_1', row: 'notice:n_1', value: { status: 'delivered' } },
      { table: 'trail', partition: '2026-11', row: 'a', value: { action: 'person added' } },
    ]);
    expect(noted).toEqual(['ledger exported']);
  });

  it('deletes the subscriptions, after it is noted that none is to be made again', async () => {
    const { ask, noted, order, rows } = await stand();
    expect((await ask('POST')).jsonBody).toEqual({ removed: 1 });
    expect(order).toEqual(['marked before']);
    expect(await isLeaving(rows)).toBe(true);
    expect((await ask('GET')).jsonBody).toMatchObject({ leaving: true });
    expect(noted).toEqual(['uninstall started']);
  });

  it('can be repeated, and taken back', async () => {
    const { ask, rows } = await stand();
    await ask('POST');
    expect((await ask('POST')).status).toBe(200);
    expect((await ask('DELETE')).jsonBody).toMatchObject({ leaving: false });
    expect(await isLeaving(rows)).toBe(false);
  });

  it.each([
    ['GET', '', 'Postern.Admin'],
    ['GET', 'export=1', 'Postern.Desk'],
    ['GET', 'export', 'Postern.Desk'],
    ['POST', 'export=1', 'Postern.Admin'],
    ['DELETE', '', 'Postern.Admin'],
  ])('%s ?%s needs %s: who was told is for the desk', (method, text, role) => {
    expect(roleFor({ method, query: query(text) })).toBe(role);
  });
});
