/**
 * What takes a reading of everything: campaigns, and how many people were reached. It is made by whoever asks while the
 * stored one is out of date, kept in one row, and says of when it is. The first screen shows what is stored.
 */
import { z } from 'zod';
import type { Delivery } from '../../model/notice.ts';
import type { Row, Rows } from '../../ports.ts';
import { originsText } from '../../report/story.ts';
import { toCampaigns } from '../../rules/campaigns.ts';
import type { Counts } from '../finding-counts.ts';
import type { FindingSummary, Findings } from '../findings.ts';
import type { DeskPorts } from './desk-ports.ts';
import { isReached, type PersonWord, reachOf, toWord } from './reach.ts';
import { type DeskCampaign, Overview } from './shape.ts';

const PARTITION = 'desk';
const ROW = 'overview';
const LEASE = 'overview-lease';
const OLD_MS = 5 * 60_000;
const LEASE_MS = 5 * 60_000;
/** Making it takes at most a tenth of the time. */
const MOST_SHARE = 10;
/** Campaigns that are shown, those with the most people first. */
const MOST = 50;
const MOST_ORIGINS = 4;
/** Reading everything is not done more often than this. */
export const OVERVIEW_EVERY_MS = 60_000;

/** `stamp`: what the counts were, so that it is seen whether something has changed since. `tookMs`: how long making it took. */
const Stored = z.object({ stamp: z.string(), tookMs: z.number(), overview: Overview });
/** An overview as it is stored. */
export type StoredOverview = z.infer<typeof Stored>;
const Lease = z.object({ until: z.coerce.date() });

/** The stored overview; one of another version of Postern counts as none. @throws UpstreamError */
export async function readOverview(rows: Rows): Promise<StoredOverview | undefined> {
  const row = await rows.get('inbox', PARTITION, ROW);
  return Stored.safeParse(row?.value).data;
}

/** What changes with every finding and every decision. */
export function stampOf({ attempts, attacked, byStatus, days }: Counts): string {
  return JSON.stringify([attempts, attacked, Object.entries(byStatus).sort(), days.size]);
}

/**
 * The overview, made anew if it is out of date and nobody else is at it; else what is stored, which at first is nothing.
 * @throws UpstreamError
 */
export async function freshOverview(ports: DeskPorts): Promise<Overview | undefined> {
  const { rows, findings, clock } = ports;
  const began = clock.now();
  const [stored, counts] = await Promise.all([readOverview(rows), findings.counts()]);
  const stamp = stampOf(counts);
  if (stored && !(isDue(stored, began) && isOld(stored, stamp, began))) return stored.overview;
  if (!(await takeLease(rows, began))) return stored?.overview;
  const overview = await makeOverview(rows, findings, began);
  const tookMs = clock.now().getTime() - began.getTime();
  await rows.transact('inbox', PARTITION, [
    { op: 'put', row: ROW, value: { stamp, tookMs, overview } },
    { op: 'delete', row: LEASE },
  ]);
  return overview;
}

/** Not more often than once a minute, and the longer it takes, the less often. A clock that went back makes it due. */
function isDue({ overview, tookMs }: StoredOverview, now: Date): boolean {
  const age = now.getTime() - Date.parse(overview.at);
  return age < 0 || age >= Math.max(OVERVIEW_EVERY_MS, MOST_SHARE * tookMs);
}

/** Something was found or decided since, or so much time went by that notices will have arrived. */
export function isOld({ overview, stamp }: StoredOverview, now: string, at: Date): boolean {
  return stamp !== now || Math.abs(at.getTime() - Date.parse(overview.at)) >= OLD_MS;
}

/** One at a time; a lease that was not given back ends by itself. */
async function takeLease(rows: Rows, now: Date): Promise<boolean> {
  const row = await rows.get('inbox', PARTITION, LEASE);
  const until = Lease.safeParse(row?.value).data?.until;
  const leftMs = until ? until.getTime() - now.getTime() : 0;
  if (leftMs > 0 && leftMs <= LEASE_MS) return false;
  const value = { until: new Date(now.getTime() + LEASE_MS) };
  const write = row
    ? ({ op: 'replace', row: LEASE, value, tag: row.tag } as const)
    : ({ op: 'insert', row: LEASE, value } as const);
  return (await rows.transact('inbox', PARTITION, [write])) === 'done';
}

async function makeOverview(rows: Rows, findings: Findings, now: Date): Promise<Overview> {
  const summaries = await everyFinding(findings);
  const campaigns = toCampaigns(summaries)
    .toSorted((a, b) => b.identified - a.identified || b.last.getTime() - a.last.getTime())
    .slice(0, MOST)
    .map((campaign): z.infer<typeof DeskCampaign> => {
      const { id, attempts, identified, attacked, compromised, origins, first, last } = campaign;
      return {
        ...{ id, attempts, identified, attacked, compromised },
        origins: originsText(origins, MOST_ORIGINS),
        first: first.toISOString(),
        last: last.toISOString(),
        findings: campaign.findings.length,
      };
    });
  return { at: now.toISOString(), campaigns, reach: await countReach(rows, summaries) };
}

/** Open findings that are no false alarms. */
async function everyFinding(findings: Findings): Promise<FindingSummary[]> {
  const { findings: all } = await findings.list({}, Number.POSITIVE_INFINITY);
  return all.filter(({ desk }) => desk?.reason !== 'false-alarm');
}

/** Of the people who were attacked: how many were told, reached, and have answered. */
async function countReach(rows: Rows, summaries: readonly FindingSummary[]): Promise<Overview['reach']> {
  const attacked = Map.groupBy(
    summaries.filter(({ outcome }) => outcome !== 'identified'),
    ({ person }) => person,
  );
  const reach = { people: attacked.size, told: 0, reached: 0, answered: 0 };
  for await (const [person, word] of words(rows)) {
    const ids = (attacked.get(person) ?? []).flatMap(({ id, formerIds }) => [id, ...formerIds]);
    if (ids.length === 0) continue;
    const one = reachOf(word, ids);
    if (isTold(word.deliveries)) reach.told += 1;
    if (isReached(one)) reach.reached += 1;
    if (one.kind === 'answered') reach.answered += 1;
  }
  return reach;
}

function isTold(deliveries: readonly Delivery[]): boolean {
  return deliveries.some(({ status, notice }) => notice.finding !== undefined && isSent(status));
}

/** A provider has taken it. */
export function isSent(status: Delivery['status']): boolean {
  return status === 'accepted' || status === 'delivered';
}

/** What everybody was told, person by person. A scan yields rows in any order, so all of them are gathered first. */
export async function* words(rows: Rows): AsyncGenerator<readonly [person: string, word: PersonWord]> {
  const byPerson = new Map<string, Pick<Row, 'row' | 'value'>[]>();
  for await (const { partition, row, value } of rows.scan('ledger')) {
    if (!partition.startsWith('p_')) continue;
    const known = byPerson.get(partition);
    if (known) known.push({ row, value });
    else byPerson.set(partition, [{ row, value }]);
  }
  for (const [person, all] of byPerson) yield [person, toWord(all)];
}
