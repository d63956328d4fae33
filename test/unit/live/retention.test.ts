import { beforeAll, describe, expect, it } from 'vitest';
import { createDueRows } from '../../../src/live/due.ts';
import { createFindings } from '../../../src/live/findings.ts';
import { createPeopleStore } from '../../../src/live/people-store.ts';
import { createRetention } from '../../../src/live/retention.ts';
import type { StoredFinding } from '../../../src/live/stored-finding.ts';
import { createMemoryLog } from '../../../src/memory.ts';
import { type Row, TABLES } from '../../../src/ports.ts';
import { createWorld, evidenceIn, settle, storedIn, takeAll, type World } from './live-run.ts';
import { type SmallCampaign, smallCampaign } from './small-campaign.ts';

const DAY = 24 * 3600_000;
const settings = {
  POSTERN_RETENTION_EVIDENCE_DAYS: 92,
  POSTERN_RETENTION_FINDINGS_DAYS: 180,
  POSTERN_RETENTION_LEDGER_DAYS: 365,
};

let campaign: SmallCampaign;
beforeAll(async () => {
  campaign = await smallCampaign(1);
});

/** The campaign, ingested, and what the rest of the product would have written of it. */
async function played(): Promise<World & { people: ReturnType<typeof createPeopleStore> }> {
  const world = await createWorld(campaign.watch, campaign.people);
  const records = campaign.records.map(({ record }) => record);
  await takeAll(world, [{ records, now: campaign.end }], []);
  await settle(world, campaign.end);
  const findings = createFindings(world.rows);
  const due = createDueRows(world.rows);
  const put = (
    table: 'ledger' | 'inbox' | 'state' | 'trail' | 'people',
    partition: string,
    row: string,
    value: unknown,
  ) => world.rows.transact(table, partition, [{ op: 'put', row, value }]);
  const at = campaign.end.toISOString();
  for (const [index, { finding }] of (await storedIn(world)).entries()) {
    const { person, id } = finding;
    await findings.index(person, id);
    await due.put({ at: new Date(campaign.end.getTime() + DAY), kind: 'silence', ref: `${person}~r${index}`, person });
    await put('ledger', person, `notice:n_${index}`, {
      notice: { id: `n_${index}`, person, reference: `r${index}` },
      times: { planned: at },
    });
    await put('ledger', person, 'told', { tellings: [{ at, finding: id, reference: `r${index}` }], cards: 1 });
    await put('ledger', person, `answer:r${index}`, { reference: `r${index}`, given: [{ at }] });
    await put('ledger', 'ref', `r${index}`, { person, finding: id });
    await put('ledger', 'provider', `m/${index}`, { person, notice: `n_${index}` });
    await put('inbox', 'tasks', `${index}:t_${index}`, { id: `t_${index}`, person, status: 'closed', since: at });
    await put('inbox', 'tasks', `of:t_${index}`, { row: `${index}:t_${index}` });
    await put('trail', at.slice(0, 7), `${at}:x:${index}`, {
      at,
      actor: 'key',
      action: 'finding opened',
      person,
      ref: id,
    });
    await put('state', `snapshot:${person}`, finding.accounts[0] ?? '', { methods: {} });
    await put('people', `proof:${person}`, 'channel:c_1', { hash: 'h', until: new Date(campaign.end.getTime() + DAY) });
  }
  return { ...world, people: createPeopleStore(world.rows, world.clock) };
}

function retentionOf(world: World & { people: ReturnType<typeof createPeopleStore> }) {
  return createRetention({ ...world, log: createMemoryLog(), settings });
}

async function everything(world: World): Promise<(Row & { table: string })[]> {
  const all: (Row & { table: string })[] = [];
  for (const table of TABLES) for await (const row of world.rows.scan(table)) all.push({ ...row, table });
  return all;
}

/** Kinds of rows: table, partition and the first part of the row key, with what differs from person to person left out. */
function placesOf(rows: readonly (Row & { table: string })[]): string[] {
  const kinds = rows.map(({ table, partition, row }) => {
    const [first = ''] = partition.split(':');
    const place = `${table}/${first.replace(/^(p_|b\d\d|2).*/, '*')}`;
    const isNamed = ['evidence', 'inbox'].includes(table) || /^(p_|people|proof:|prune|due)/.test(partition);
    return `${place}/${isNamed ? (row.split(':')[0] ?? '').replace(/^(\d|p_).*/, '*') : '*'}`;
  });
  return [...new Set(kinds)].sort();
}

const essenceOf = (findings: readonly StoredFinding[]) =>
  findings.map(({ finding, state }) => `${finding.id} ${state} ${finding.outcome} ${finding.chains}`).sort();

describe('erasing a person', () => {
  it('leaves nothing that names them, and everything of the others', async () => {
    const world = await played();
    const before = await storedIn(world);
    const tied = before.find(({ finding }) => finding.ties.length > 0 && finding.outcome === 'compromised');
    const id = tied?.finding.person ?? '';
    const person = (await world.people.get(id)) ?? expect.fail('no such person');
    const traces = [id, ...person.accounts.flatMap((account) => [account.upn, account.id ?? ''])];
    const mentions = async () => {
      const rows = await everything(world);
      return rows.filter(({ table, partition, row, value }) => {
        const text = [table, partition, row, JSON.stringify(value)].join('\n').toLowerCase();
        return traces.some((trace) => text.includes(trace.toLowerCase()));
      });
    };
    expect(placesOf(await mentions())).toEqual([
      'evidence/*/finding',
      'evidence/*/person',
      'evidence/*/window',
      'inbox/findings/*',
      'inbox/findings/tab',
      'inbox/findings/who',
      'inbox/tasks/*',
      'ledger/*/answer',
      'ledger/*/notice',
      'ledger/*/told',
      'ledger/provider/*',
      'ledger/ref/*',
      'people/people/(version)',
      'people/people/*',
      'people/proof/channel',
      'state/due/*',
      'state/snapshot/*',
      'trail/*/*',
    ]);
    const retention = retentionOf(world);
    expect(await retention.erase([id])).toBe(0);
    await world.people.remove(id);
    expect(await retention.erase([id])).toBeGreaterThan(10);
    expect(placesOf(await mentions())).toEqual([]);
    const recordIds = tied?.finding.evidence.map(({ recordId }) => recordId) ?? [];
    const text = JSON.stringify(await everything(world));
    expect(recordIds.filter((recordId) => text.includes(recordId))).toEqual([]);
    const others = before.filter(({ finding }) => finding.person !== id);
    expect(essenceOf(await storedIn(world))).toEqual(essenceOf(others));
    const findings = createFindings(world.rows);
    const listed = others.filter(({ state }) => state === 'open');
    expect((await findings.list({}, 1000)).findings).toHaveLength(listed.length);
    const { attempts, identified } = await findings.totals();
    expect(await findings.counts()).toMatchObject({ attempts, identified });
    // What the others' findings rest on is still counted when everything is read and evaluated again.
    await takeAll(world, [{ records: campaign.records.map(({ record }) => record), now: campaign.end }], []);
    await settle(world, campaign.end);
    expect(essenceOf(await storedIn(world))).toEqual(essenceOf(others));
    expect(placesOf(await mentions())).toEqual([]);
  });

  it('is made good by the daily run, whatever was written after they left', async () => {
    const world = await played();
    const [gone, stays] = campaign.people.map(({ id }) => id);
    await world.people.remove(gone ?? '');
    const report = await retentionOf(world).prune(campaign.end);
    expect(report.erased).toBe(1);
    const text = JSON.stringify(await everything(world));
    expect([text.includes(gone ?? ''), text.includes(stays ?? '')]).toEqual([false, true]);
    expect(await retentionOf(world).prune(campaign.end)).toEqual({ rows: 0, erased: 0 });
  });
});

describe('retention', () => {
  const daysLater = (days: number) => new Date(campaign.end.getTime() + days * DAY);

  it('keeps everything while it is young', async () => {
    const world = await played();
    const before = await everything(world);
    expect(await retentionOf(world).prune(daysLater(30))).toMatchObject({ erased: 0 });
    const kept = (rows: readonly (Row & { table: string })[]) =>
      rows
        .filter(({ table, partition }) => table !== 'people' && partition !== 'prune')
        .map(({ row, value }) => [row, value]);
    expect(kept(await everything(world))).toEqual(kept(before));
  });

  it('ends hits, findings and what was told, each in its time', async () => {
    const world = await played();
    const findings = (await storedIn(world)).length;
    const count = async (kind: string) => (await evidenceIn(world))[kind]?.length ?? 0;
    await retentionOf(world).prune(daysLater(100));
    expect([await count('window'), await count('finding')]).toEqual([0, findings]);
    const hits = ((await evidenceIn(world)).person ?? []).flatMap(
      ({ value }) => (value as { hits: { hits: unknown[] } }).hits.hits,
    );
    expect(hits).toEqual([]);
    await retentionOf(world).prune(daysLater(200));
    expect(await count('finding')).toBe(0);
    expect((await createFindings(world.rows).list({ states: ['open', 'withdrawn'] }, 10)).findings).toEqual([]);
    expect(placesOf((await everything(world)).filter(({ table }) => table === 'ledger'))).toHaveLength(5);
    await retentionOf(world).prune(daysLater(400));
    await retentionOf(world).prune(daysLater(401));
    await retentionOf(world).prune(daysLater(402));
    expect(placesOf(await everything(world))).toEqual([
      'evidence/*/person',
      'inbox/findings/sum',
      'ledger/*/told',
      'people/people/(version)',
      'people/people/*',
      'state/due/*',
      'state/prune/orphans',
      'state/snapshot/*',
    ]);
  });

  it('takes nothing back for want of evidence, and goes on where it was', async () => {
    const world = await played();
    const before = essenceOf(await storedIn(world));
    await retentionOf(world).prune(daysLater(100));
    const live = world.instance();
    for (const { id } of campaign.people) await live.evaluate(`person:${id}`, daysLater(100));
    expect(essenceOf(await storedIn(world))).toEqual(before);
    // Groups that were pruned are made anew, above the versions that people still have links of.
    const records = campaign.records.map(({ record }) => record);
    const late = { ...world, instance: () => world.instance({ evidenceMs: 400 * DAY }) };
    await takeAll(late, [{ records, now: daysLater(100) }], []);
    expect(essenceOf(await storedIn(world))).toEqual(before);
  });
});
