import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  type CampaignOptions,
  campaignTruth,
  generateCampaign,
  LATENESS_MS,
  peopleFile,
  writeCampaign,
} from '../../../local/campaign.ts';
import { networkOf, tally } from './tally.ts';

const DAY = 24 * 3600_000;
const FROM = Date.parse('2026-09-01T00:00:00Z');
const SMALL: CampaignOptions = { seed: 7, people: 500, days: 14, attempts: 700, attacked: 60 };

/** Account → person, from the people file as `scan --people` reads it. */
function persons(options: CampaignOptions): (account: string) => string {
  const { people } = parse(peopleFile(options)) as { people: { id: string; accounts: string[] }[] };
  const owners = new Map(people.flatMap(({ id, accounts }) => accounts.map((account) => [account, id] as const)));
  return (account) => owners.get(account) ?? account;
}

describe('the default campaign, read back', () => {
  const truth = campaignTruth();
  const seen = tally(generateCampaign(), persons({}));

  it('holds 2,700 attempts, 241 attacked and 4 compromised', () => {
    expect([truth.attempts, truth.attacked.length, truth.compromised.length]).toEqual([2700, 241, 4]);
    expect([...seen.flowsFromNewPlaces].sort()).toEqual(truth.flows);
    expect([...seen.attacked].sort()).toEqual(truth.attacked);
    expect([...seen.compromised].sort()).toEqual(truth.compromised);
  });

  it('loses each of the four in its own way', () => {
    expect(new Set(Object.values(truth.takeovers)).size).toBe(4);
    expect(Object.keys(truth.takeovers).sort()).toEqual(truth.compromised);
  });

  it('reaches a few thousand accounts, and every attacked person was looked up', () => {
    expect(truth.identified.length).toBeGreaterThan(2000);
    expect(new Set(truth.attacked).difference(new Set(truth.identified)).size).toBe(0);
  });

  it('shows attackers to nobody but their targets, and recovery of benign people only at known places', () => {
    expect([...seen.touched].sort()).toEqual(truth.identified);
    expect(seen.flowsFromKnownPlaces.size).toBeGreaterThan(300);
    expect(seen.flowsFromKnownPlaces.intersection(new Set(truth.flows)).size).toBe(0);
  });

  it('tells every kind of benign story, to nobody who is attacked', () => {
    expect([...new Set(truth.benign.map(({ story }) => story))].sort()).toEqual([
      'borrowed_computer',
      'cancelled_recovery',
      'consent',
      'desk_reset',
      'forgot_password',
      'forgot_password_traveling',
      'inbox_rule',
      'locked_out_and_unlocked',
      'mail_code',
      'new_laptop',
      'new_phone',
      'old_password_on_phone',
      'onboarding',
      'passkey',
      'password_change',
      'recovery_not_enabled',
      'travel',
    ]);
    const attacked = new Set(truth.attacked);
    expect(truth.benign.filter(({ account }) => attacked.has(account))).toEqual([]);
  });

  it('has only sign-ins on the first day besides background noise, and everybody signs in', () => {
    const first = seen.facts.filter(({ at }) => at < FROM + DAY);
    expect(new Set(first.map(({ source }) => source))).toEqual(new Set(['sign-ins']));
    expect(first.filter(({ record }) => ![0, 50140].includes(record.status.errorCode))).toEqual([]);
    const joined = truth.benign.filter(({ story }) => story === 'onboarding').length;
    expect(new Set(first.map(({ account }) => account)).size).toBe(4000 - joined + 25);
  });

  it('comes in bursts of 3 to 20 accounts from one address, from many networks', () => {
    const flows = new Set(truth.flows);
    const starts = seen.facts.filter(
      ({ record }) => record.resultReason === 'User submitted their user ID' && flows.has(record.correlationId),
    );
    const byAddress = Map.groupBy(starts, ({ record }) => String(record.initiatedBy.user.ipAddress));
    const sizes = [...byAddress.values()].map((burst) => new Set(burst.map(({ account }) => account)).size);
    expect([Math.min(...sizes), Math.max(...sizes)]).toEqual([3, 20]);
    expect(new Set([...byAddress.keys()].map(networkOf)).size).toBeGreaterThan(80);
    expect(new Set(starts.map(({ record }) => record.userAgent)).size).toBeGreaterThan(5);
    expect(new Set(starts.map(({ at }) => Math.floor((at - FROM) / DAY))).size).toBe(29);
  });

  it('uses nothing but addresses, names and numbers set aside for examples', () => {
    const text = seen.facts
      .slice(0, 30_000)
      .map(({ record }) => JSON.stringify(record))
      .join('\n');
    const v4 = text.match(/\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b(?!\.)/g) ?? [];
    expect(
      v4.filter((ip) => !/^(192\.0\.2|198\.51\.100|203\.0\.113)\./.test(ip) && !/^(1[0-9]{2}\.0\.0\.0)$/.test(ip)),
    ).toEqual([]);
    expect(seen.facts.filter(({ network }) => !/^(2001:db8:|198\.51\.100|203\.0\.113|$)/.test(network))).toEqual([]);
    expect(seen.facts.filter(({ account }) => !account.endsWith('@example.org'))).toEqual([]);
  });
});

describe('other seeds', () => {
  it.each([2, 3, 4, 5, 6, 8, 9, 10])('seed %i holds what its truth says', (seed) => {
    const options = { ...SMALL, seed };
    const truth = campaignTruth(options);
    const seen = tally(generateCampaign(options), persons(options));
    expect([truth.attempts, truth.attacked.length, truth.compromised.length]).toEqual([700, 60, 4]);
    expect([...seen.flowsFromNewPlaces].sort()).toEqual(truth.flows);
    expect([...seen.attacked].sort()).toEqual(truth.attacked);
    expect([...seen.compromised].sort()).toEqual(truth.compromised);
    expect([...seen.touched].sort()).toEqual(truth.identified);
  });

  it('give all six ways to lose an account', () => {
    const ways = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].flatMap((seed) =>
      Object.values(campaignTruth({ ...SMALL, seed }).takeovers),
    );
    expect([...new Set(ways)].sort()).toEqual([
      'help_desk',
      'poisoned_channel',
      'push_approved',
      'relay_phishing',
      'secondary_mailbox',
      'sim_swap',
    ]);
  });

  it('give the same bytes for the same options and others for others', () => {
    const digest = (options: CampaignOptions) => {
      const hash = createHash('sha256');
      for (const { source, record, arrivesAt } of generateCampaign(options)) {
        hash.update(`${source}${JSON.stringify(record)}${arrivesAt.toISOString()}`);
      }
      return hash.digest('hex');
    };
    expect(digest(SMALL)).toBe(digest({ ...SMALL }));
    expect(digest(SMALL)).not.toBe(digest({ ...SMALL, seed: 8 }));
  });
});

describe('arrival', () => {
  const records = [...generateCampaign(SMALL)];
  const versions = Map.groupBy(records, ({ source, record }) => `${source} ${record.id}`);
  const eventTime = ({ record }: (typeof records)[number]) =>
    Date.parse(`${String(record.activityDateTime ?? record.createdDateTime ?? record.receivedDateTime).slice(0, 19)}Z`);

  it('is in order of arrival, which is not the order of events', () => {
    const late = records.filter(
      (item, at) => at > 0 && item.arrivesAt < (records[at - 1]?.arrivesAt ?? item.arrivesAt),
    );
    expect(late).toEqual([]);
    const disordered = records.filter((item, at) => at > 0 && eventTime(item) < eventTime(records[at - 1] ?? item));
    expect(disordered.length).toBeGreaterThan(records.length / 10);
  });

  it('is late within bounds', () => {
    let late = 0;
    for (const [first] of versions.values()) {
      if (!first) continue;
      const delay = first.arrivesAt.getTime() - eventTime(first);
      const { usual, worst } = LATENESS_MS[first.source];
      expect(delay).toBeGreaterThanOrEqual(0);
      expect(delay).toBeLessThanOrEqual(worst + 1000);
      if (delay > usual + 1000) late++;
    }
    expect(late / versions.size).toBeGreaterThan(0.01);
    expect(late / versions.size).toBeLessThan(0.03);
  });

  it('repeats a few percent of the records, sign-ins also with another risk', () => {
    const repeated = [...versions.values()].filter((same) => same.length > 1);
    expect(repeated.length / versions.size).toBeGreaterThan(0.025);
    expect(repeated.length / versions.size).toBeLessThan(0.05);
    const changed = repeated.filter((same) => new Set(same.map(({ record }) => record.riskState)).size > 1);
    expect(changed.length).toBeGreaterThan(20);
    expect(changed.every((same) => same[0]?.source === 'sign-ins')).toBe(true);
  });

  it('ends within the log, and a day later for what comes late', () => {
    const end = FROM + 14 * DAY;
    expect(records.every((item) => eventTime(item) >= FROM && eventTime(item) < end)).toBe(true);
    expect(records.at(-1)?.arrivesAt.getTime()).toBeLessThan(end + 1.1 * DAY);
  });
});

describe('options', () => {
  it.each([
    { people: 10 },
    { days: 3 },
    { people: 400.5 },
    { attacked: 5 },
    { attempts: 300 },
    { from: new Date(Number.NaN) },
  ])('refuses %j', (options) => {
    expect(() => campaignTruth(options)).toThrow(RangeError);
  });
});

describe('writeCampaign', () => {
  it('writes one file per source, and the people', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'campaign-'));
    const shares: number[] = [];
    const count = await writeCampaign(dir, SMALL, ({ share }) => shares.push(share));
    expect((await readdir(dir)).sort()).toEqual([
      'directory-audits.ndjson',
      'mailbox-activity.ndjson',
      'message-traces.ndjson',
      'people.yml',
      'risk-detections.ndjson',
      'sign-ins.ndjson',
    ]);
    const lines = (
      await Promise.all(
        (
          await readdir(dir)
        )
          .filter((name) => name.endsWith('.ndjson'))
          .map((name) => readFile(join(dir, name), 'utf8')),
      )
    ).flatMap((text) => text.trimEnd().split('\n'));
    expect(lines.length).toBe(count);
    expect(lines.every((line) => typeof JSON.parse(line) === 'object')).toBe(true);
    expect(await readFile(join(dir, 'people.yml'), 'utf8')).toBe(peopleFile(SMALL));
    expect(shares.at(-1)).toBe(1);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    await rm(dir, { recursive: true });
  });
});
