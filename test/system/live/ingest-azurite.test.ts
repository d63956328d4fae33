import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Azurite, startAzurite } from '../../../local/azurite.ts';
import { createTableRows } from '../../../src/azure/tables.ts';
import { passesByItself } from '../../../src/errors.ts';
import type { LiveIngest } from '../../../src/live/ingest.ts';
import type { RawRecord } from '../../../src/ports.ts';
import { createWorld, essence, evidenceIn, misplaced, settle, storedIn, untold } from '../../unit/live/live-run.ts';
import { type SmallCampaign, scanOf, smallCampaign } from '../../unit/live/small-campaign.ts';

let campaign: SmallCampaign;
let dir: string;
let azurite: Azurite;
beforeAll(async () => {
  campaign = await smallCampaign(2);
  dir = mkdtempSync(join(tmpdir(), 'postern-azurite-'));
  azurite = await startAzurite({ dir });
});
afterAll(async () => {
  await azurite.close();
  rmSync(dir, { recursive: true, force: true });
});

/** Takes a batch again until it is safe, as polling does. Returns how often it was not. */
async function insist(live: LiveIngest, records: readonly RawRecord[], now: Date): Promise<number> {
  for (let failures = 0; ; failures++) {
    try {
      await live.ingest(records, now);
      return failures;
    } catch (error) {
      if (!passesByItself(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

describe('the live watch over real tables', () => {
  it('ends in the findings of a scan, with two instances, and the tables killed and started again under them', async () => {
    const world = await createWorld(campaign.watch, campaign.people, {}, createTableRows(azurite));
    const other = createTableRows(azurite);
    const instances = [world.instance(), world.instance({ rows: other })];
    const records = campaign.records.map(({ record }) => record);
    const size = Math.ceil(records.length / 24);
    const batches = Array.from({ length: 24 }, (_, index) => records.slice(index * size, (index + 1) * size));
    let failures = 0;
    const work = instances.map(async (live, which) => {
      for (const [index, batch] of batches.entries()) {
        // Each third batch reaches both: polling and notifications tell the same.
        if (index % 3 === 2 || index % 3 === which) failures += await insist(live, batch, campaign.end);
      }
    });
    const { port } = azurite;
    await new Promise((resolve) => setTimeout(resolve, 300));
    await azurite.close('SIGKILL');
    azurite = await startAzurite({ dir, port });
    await Promise.all(work);
    expect(failures).toBeGreaterThan(0);
    await settle(world, campaign.end);
    const stored = await storedIn(world);
    const open = stored.filter(({ state }) => state === 'open').map(({ finding }) => finding);
    expect(essence(open)).toEqual(essence(await scanOf(campaign, campaign.end)));
    expect(untold(stored, world.queues.sent)).toEqual([]);
    expect((await evidenceIn(world)).outbox ?? []).toEqual([]);
    expect(await misplaced(world)).toEqual([]);
  });
});
