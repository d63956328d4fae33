/** What the live watch must end in, whatever happens; run a little with the unit tests and a lot with the system tests. */
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { DEFAULT_LATE_MS } from '../../../src/live/ingest.ts';
import type { RawRecord } from '../../../src/ports.ts';
import {
  createWorld,
  essence,
  evidenceIn,
  misplaced,
  mortal,
  settle,
  shaky,
  storedIn,
  takeAll,
  untold,
  type World,
  yieldingClock,
} from './live-run.ts';
import { type SmallCampaign, scanOf, smallCampaign, type WatchRules } from './small-campaign.ts';

const HOUR = 3600_000;
let campaign: SmallCampaign;
let expected: string[];

async function check(world: World): Promise<void> {
  const stored = await storedIn(world);
  expect(essence(stored.filter(({ state }) => state === 'open').map(({ finding }) => finding))).toEqual(expected);
  expect(untold(stored, world.queues.sent)).toEqual([]);
  expect((await evidenceIn(world)).outbox ?? []).toEqual([]);
  expect(await misplaced(world)).toEqual([]);
  for await (const { row } of world.rows.list('state', 'due')) expect.fail(`still due: ${row}`);
}

/** Records as they arrive, `hours` at a time. */
function arriving(hours: number) {
  const batches = Map.groupBy(campaign.records, ({ arrivesAt }) => Math.floor(arrivesAt.getTime() / (hours * HOUR)));
  return [...batches].map(([index, records]) => ({
    records: records.map(({ record }) => record),
    now: new Date((index + 1) * hours * HOUR),
  }));
}

/** Records in any order, cut anywhere, some twice: everything arrives when it is all over. */
function shuffled(order: readonly number[], size: number) {
  const records = order.map((index) => campaign.records[index % campaign.records.length]?.record ?? {});
  const batches: { records: RawRecord[]; now: Date }[] = [];
  for (let at = 0; at < records.length; at += size)
    batches.push({ records: records.slice(at, at + size), now: campaign.end });
  return batches;
}

/** All records as they are in Graph. */
function records(): RawRecord[] {
  return campaign.records.map(({ record }) => record);
}

const anyOrder = fc
  .tuple(fc.integer({ min: 0, max: 2 ** 31 }), fc.integer({ min: 0, max: 200 }))
  .map(([seed, twice]) => {
    const indexes = campaign.records.map((_, index) => index);
    const all = [...indexes, ...indexes.slice(0, twice)];
    return all
      .map((index, position) => ({ index, rank: Math.imul(position + 1, seed | 1) >>> 0 }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ index }) => index);
  });
const kills = fc.array(fc.record({ at: fc.integer({ min: 1, max: 40 }), moment: fc.constantFrom('before', 'after') }), {
  maxLength: 12,
});

/** How much is tried. */
export interface Effort {
  readonly seed: number;
  readonly rules?: WatchRules;
  /** Runs of each property. */
  readonly runs: number;
  /** Of all writes of a batch, every so many-th is where the process dies. */
  readonly killEvery: number;
}

/** Declares the tests. */
export function describeLaws({ seed, rules, runs, killEvery }: Effort): void {
  beforeAll(async () => {
    campaign = await smallCampaign(seed, rules);
    expected = essence(await scanOf(campaign, campaign.end));
  });

  it('the campaign is worth it: outcomes of every kind, chains and campaigns', async () => {
    const findings = await scanOf(campaign, campaign.end);
    expect(new Set(findings.map(({ outcome }) => outcome)).size).toBe(3);
    expect(new Set(findings.flatMap(({ chains }) => chains)).size).toBeGreaterThan(20);
    expect(findings.filter(({ campaign: id }) => id !== undefined).length).toBeGreaterThan(20);
  });

  it.each([1, 24])('as it arrives, %i hours at a time', async (hours) => {
    const world = await createWorld(campaign.watch, campaign.people);
    const live = world.instance();
    for (const { records, now } of arriving(hours)) {
      world.clock.set(now);
      await live.ingest(records, now);
      await world.sweepAt(now, live);
    }
    await settle(world, campaign.end);
    await check(world);
  });

  it('in any order, any batches, with duplicates', async () => {
    await fc.assert(
      fc.asyncProperty(anyOrder, fc.integer({ min: 20, max: 400 }), async (order, size) => {
        const world = await createWorld(campaign.watch, campaign.people);
        await takeAll(world, shuffled(order, size), []);
        await settle(world, campaign.end);
        await check(world);
      }),
      { numRuns: runs },
    );
  });

  it('killed between any two writes, again and again', async () => {
    let deaths = 0;
    await fc.assert(
      fc.asyncProperty(anyOrder, fc.integer({ min: 60, max: 400 }), kills, async (order, size, killed) => {
        const world = await createWorld(campaign.watch, campaign.people);
        deaths += (await takeAll(world, shuffled(order, size), killed)).deaths;
        await settle(world, new Date(campaign.end.getTime() + HOUR));
        await check(world);
      }),
      { numRuns: runs },
    );
    expect(deaths).toBeGreaterThan(0);
  });

  it('with two instances at once, of which one dies', async () => {
    let conflicts = 0;
    await fc.assert(
      fc.asyncProperty(
        anyOrder,
        fc.integer({ min: 30, max: 200 }),
        fc.nat(),
        kills,
        async (order, size, seed, deaths) => {
          const world = await createWorld(campaign.watch, campaign.people);
          const batches = shuffled(order, size);
          const rows = shaky(world.rows, seed);
          const clock = yieldingClock(world.clock);
          const firm = { ...world, instance: () => world.instance({ rows, clock }) };
          const frail = { ...world, rows, instance: (over = {}) => world.instance({ rows, clock, ...over }) };
          // Both get some of the same: that is what polling and notifications do.
          const [mine, theirs] = [0, 1].map((which) => batches.filter((_, index) => index % 3 !== which));
          const taken = await Promise.all([takeAll(firm, mine ?? [], []), takeAll(frail, theirs ?? [], deaths)]);
          for (const each of taken) conflicts += each.conflicts;
          await settle(world, new Date(campaign.end.getTime() + HOUR));
          await check(world);
        },
      ),
      { numRuns: runs },
    );
    expect(conflicts).toBeGreaterThan(0);
  });

  it('killed at each write of one batch in turn', async () => {
    const now = campaign.end;
    const whole = await createWorld(campaign.watch, campaign.people);
    const counted = mortal(whole.rows, whole.queues, 0, 'before');
    await whole.instance(counted).ingest(records(), now);
    expect(counted.count()).toBeGreaterThan(20);
    for (let at = 1; at <= counted.count(); at += killEvery) {
      for (const moment of ['before', 'after'] as const) {
        const world = await createWorld(campaign.watch, campaign.people);
        await takeAll(world, [{ records: records(), now }], [{ at, moment }]);
        await settle(world, new Date(campaign.end.getTime() + DEFAULT_LATE_MS));
        await check(world);
      }
    }
  });
}
