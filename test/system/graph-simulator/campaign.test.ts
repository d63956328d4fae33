import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CampaignRecord, campaignPeople, campaignTruth, generateCampaign } from '../../../local/campaign.ts';
import { type CampaignFeed, loadCampaign } from '../../../local/graph-simulator/campaign-feed.ts';
import { type GraphSimulatorProcess, startGraphSimulatorProcess } from '../../../local/graph-simulator/process.ts';
import { type GraphSimulator, startGraphSimulator } from '../../../local/graph-simulator/start.ts';
import { createClient, DAY, fetchToken, HOUR, iso, MINUTE } from './tenant-for-tests.ts';

const OPTIONS = { people: 400, days: 12, attempts: 200, attacked: 30, seed: 3 };
const FROM = Date.parse('2026-09-01T00:00:00Z');
const END = FROM + OPTIONS.days * DAY;

interface Entry {
  readonly id: string;
  readonly [name: string]: unknown;
}

/** Reads a log as it stands, without regard to limits. */
async function readAll(simulator: GraphSimulator, path: string, version: 'v1.0' | 'beta' = 'v1.0'): Promise<Entry[]> {
  const client = createClient(simulator);
  const all: Entry[] = [];
  let next: string | undefined = path;
  while (next !== undefined) {
    simulator.control.resetStats();
    const answer: { value: Entry[]; '@odata.nextLink'?: string } = await client.api(next).version(version).get();
    all.push(...answer.value);
    const link: string | undefined = answer['@odata.nextLink'];
    next = link === undefined ? undefined : link.slice(`${simulator.baseUrl}/${version}`.length);
  }
  return all;
}

describe('a campaign played into the simulator', () => {
  let simulator: GraphSimulator;
  let feed: CampaignFeed;
  let now = FROM;
  const records: CampaignRecord[] = [...generateCampaign(OPTIONS)];
  const of = (source: CampaignRecord['source']) => records.filter((record) => record.source === source);
  beforeAll(async () => {
    simulator = await startGraphSimulator({ now: () => now, tickMs: 0 });
    feed = loadCampaign(simulator, OPTIONS);
  });
  afterAll(() => simulator.close());

  it('starts with everybody who is there on the first day, in one group', async () => {
    const people = campaignPeople(OPTIONS);
    const expected =
      people.filter(({ joins }) => joins === 0).length + people.filter(({ secondary }) => secondary).length;
    expect(await readAll(simulator, `/groups/${feed.groupId}/transitiveMembers?$select=id`)).toHaveLength(expected);
    const person = people.find(({ secondary }) => secondary);
    const user = await createClient(simulator)
      .api(`/users/${person?.upn}?$select=id,displayName,preferredLanguage,mobilePhone,otherMails,mail`)
      .get();
    expect(user).toMatchObject({
      id: person?.id,
      displayName: person?.name,
      preferredLanguage: person?.language,
      mobilePhone: person?.number,
      otherMails: [person?.privateMail],
      mail: person?.upn,
    });
    const { value } = await createClient(simulator).api(`/users/${person?.id}/authentication/emailMethods`).get();
    expect(value).toMatchObject([{ emailAddress: person?.secondary?.upn }]);
  });

  it('shows at any time what has arrived by then, and makes records only when they are needed', async () => {
    now = FROM + 2 * DAY + 7 * HOUR;
    const expected = of('directory-audits').filter(({ arrivesAt }) => arrivesAt.getTime() <= now);
    const seen = await readAll(simulator, '/auditLogs/directoryAudits');
    expect(seen.map(({ id }) => id).sort()).toEqual(expected.map(({ record }) => String(record.id)).sort());
    expect(feed.fed()).toBeLessThan(records.length / 3);
  });

  it('ends with every record: the last version of each sign-in, repeated ones twice', async () => {
    now = END + 2 * DAY;
    const audits = await readAll(simulator, '/auditLogs/directoryAudits');
    expect(audits.map(({ id }) => id).sort()).toEqual(
      of('directory-audits')
        .map(({ record }) => String(record.id))
        .sort(),
    );
    const signIns = await readAll(simulator, "/auditLogs/signIns?$filter=signInEventTypes/any(t: t ne 'x')", 'beta');
    // A late copy of a version that another has replaced is not the last version.
    const versions = new Set<string>();
    const last = new Map<unknown, unknown>();
    for (const { record } of of('sign-ins')) {
      const version = JSON.stringify(record);
      if (!versions.has(version)) last.set(record.id, record.riskState);
      versions.add(version);
    }
    expect(new Map(signIns.map(({ id, riskState }) => [id, riskState]))).toEqual(last);
    expect(signIns.length).toBeGreaterThan(last.size);
    const risks = await readAll(simulator, '/identityProtection/riskDetections?$top=500');
    expect(new Set(risks.map(({ id }) => id))).toEqual(new Set(of('risk-detections').map(({ record }) => record.id)));
    expect(feed.fed()).toBe(records.length);
  });

  it('and with newcomers, changed phones, rules and mails', async () => {
    const people = campaignPeople(OPTIONS);
    const client = createClient(simulator);
    const newcomer = people.find(({ joins }) => joins > 0);
    simulator.control.resetStats();
    expect(await client.api(`/users/${newcomer?.upn}`).get()).toMatchObject({ id: newcomer?.id });
    const rule = of('mailbox-activity').find(({ record }) => record.operation === 'New-InboxRule') as CampaignRecord;
    const { value: rules } = await client
      .api(`/users/${rule.record.userPrincipalName}/mailFolders/inbox/messageRules`)
      .get();
    const parameters = (rule.record.auditData as { Parameters: { Name: string; Value: string }[] }).Parameters;
    expect(rules.map(({ displayName }: { displayName: string }) => displayName)).toContain(
      parameters.find(({ Name }) => Name === 'Name')?.Value,
    );
    const [mail] = of('provider-mail');
    const { value: mails } = await client.api(`/users/${mail?.record.recipientAddress}/messages?$top=1000`).get();
    expect(mails.map(({ internetMessageId }: { internetMessageId: string }) => internetMessageId)).toContain(
      mail?.record.messageId,
    );
  });

  it('changes methods when it happens, not when the log tells of it', async () => {
    const change = of('directory-audits').find(({ record }): boolean => {
      const [target] = record.targetResources as { modifiedProperties?: { displayName: string; oldValue: string }[] }[];
      const details = target?.modifiedProperties?.find(
        ({ displayName }) => displayName === 'StrongAuthenticationUserDetails',
      );
      return details?.oldValue.includes('+1') ?? false;
    }) as CampaignRecord;
    const [target] = change.record.targetResources as {
      id: string;
      modifiedProperties: { oldValue: string; newValue: string }[];
    }[];
    const phone = (text: string | undefined) => (JSON.parse(text ?? '[]') as { PhoneNumber: string }[])[0]?.PhoneNumber;
    const at = Date.parse(String(change.record.activityDateTime));
    let clock = FROM;
    const other = await startGraphSimulator({ now: () => clock, tickMs: 0 });
    loadCampaign(other, OPTIONS);
    const number = async () => {
      other.control.resetStats();
      return (await createClient(other).api(`/users/${target?.id}/authentication/phoneMethods`).get()).value[0]
        ?.phoneNumber;
    };
    clock = at - 1000;
    expect(await number()).toBe(phone(target?.modifiedProperties[0]?.oldValue));
    clock = at + 1000;
    expect(await number()).toBe(phone(target?.modifiedProperties[0]?.newValue));
    await other.close();
  });

  it('the attack is in it', () => {
    const { attempts, flows } = campaignTruth(OPTIONS);
    const told = new Set(of('directory-audits').map(({ record }) => record.correlationId));
    expect([attempts, flows.every((flow) => told.has(flow))]).toEqual([200, true]);
  });
});

describe('as a process of its own', () => {
  const dir = mkdtempSync(join(tmpdir(), 'postern-graph-'));
  const clockFile = join(dir, 'clock');
  const setClock = (at: number) => writeFileSync(clockFile, String(at).padEnd(20));
  let running: GraphSimulatorProcess | undefined;
  afterAll(async () => {
    await running?.close();
    rmSync(dir, { recursive: true });
  });
  const start = async (port: number) => {
    running = await startGraphSimulatorProcess({ dir: join(dir, 'data'), port, clockFile, campaign: OPTIONS });
    return running;
  };
  const read = async ({ baseUrl }: GraphSimulatorProcess, token: string, path: string) => {
    const response = await fetch(`${baseUrl}/v1.0${path}`, { headers: { authorization: `Bearer ${token}` } });
    return { status: response.status, body: (await response.json()) as { value: Entry[]; '@odata.nextLink'?: string } };
  };

  it('follows the clock file, and goes on where it was after SIGKILL: tokens, links, settings, records', async () => {
    setClock(FROM + 3 * DAY);
    const first = await start(0);
    const token = await fetchToken({ ...first, tokenUrl: first.tokenUrl } as unknown as GraphSimulator);
    const path = `/auditLogs/directoryAudits?$top=40&$filter=activityDateTime le ${iso(FROM + 3 * DAY)}&$orderby=activityDateTime`;
    const before = await read(first, token, path);
    expect(before.body.value).toHaveLength(40);
    await first.control.change({ ssprReporting: false });
    await first.close('SIGKILL');
    setClock(FROM + 3 * DAY + MINUTE);
    const second = await start(first.port);
    const link = before.body['@odata.nextLink'] ?? '';
    const after = await read(second, token, link.slice(`${first.baseUrl}/v1.0`.length));
    expect(after.status).toBe(200);
    const overlap = after.body.value.filter(({ id }) => before.body.value.some((entry) => entry.id === id));
    expect(overlap).toEqual([]);
    expect(await second.control.settings()).toMatchObject({ ssprReporting: false });
    const { records } = await second.control.stats();
    const expected = [...generateCampaign(OPTIONS)].filter(
      ({ arrivesAt }) => arrivesAt.getTime() <= FROM + 3 * DAY + MINUTE + 65 * MINUTE,
    );
    expect(Object.values(records).reduce((sum, count) => sum + count, 0)).toBe(expected.length);
    setClock(END + 3 * DAY);
    await second.control.settle();
    const all = await second.control.stats();
    expect(Object.values(all.records).reduce((sum, count) => sum + count, 0)).toBe(
      [...generateCampaign(OPTIONS)].length,
    );
    await second.close();
  });

  it('says why it does not start', async () => {
    await expect(
      startGraphSimulatorProcess({ dir: join(dir, 'data'), port: 0, clockFile: join(dir, 'none') }),
    ).rejects.toThrow('did not start');
    await expect(
      startGraphSimulatorProcess({ dir: join(dir, 'data'), port: 0, clockFile, campaign: { people: 1 } }),
    ).rejects.toThrow('did not start');
    await expect(
      startGraphSimulatorProcess({ dir: join(dir, 'data'), port: 0, clockFile, campaign: { ...OPTIONS, seed: 9 } }),
    ).rejects.toThrow('did not start');
    await expect(startGraphSimulatorProcess({ dir: join(dir, 'data'), port: 65_536, clockFile })).rejects.toThrow(
      'did not start',
    );
  });
});
