/**
 * Plays the reference campaign into a simulator: its people are the tenant's users, its records arrive when they arrive,
 * and what they tell about methods, rules, passwords and mails comes true when it happened.
 *
 * Records are made when the clock needs them, so a start costs nothing and memory holds about a day of them.
 */
import { setImmediate as breathe } from 'node:timers/promises';
import { ConfigError } from '../../src/errors.ts';
import { settle } from '../campaign/options.ts';
import { type CampaignOptions, type CampaignRecord, campaignPeople, generateCampaign } from '../campaign.ts';
import { changesOf } from './campaign-changes.ts';
import { CAMPAIGN_GROUP, type CampaignUser, campaignUsers } from './campaign-users.ts';
import type { Feed, GraphSimulator } from './start.ts';

/** The running feed. */
export interface CampaignFeed extends Feed {
  /** Group that everybody is in. */
  readonly groupId: string;
  /** Records added so far, of former lives too. */
  readonly fed: () => number;
}

/** An event can be told an hour after it happened, and must come true at its time. */
const LOOK_AHEAD_MS = 65 * 60_000;
/** Records per transaction; between two, requests are answered. */
const BATCH = 250;

/**
 * Fills the tenant and attaches the feed. In a folder that already holds this campaign it goes on where it was.
 * @throws ConfigError when the folder holds another campaign
 */
export function loadCampaign(simulator: GraphSimulator, options: CampaignOptions = {}): CampaignFeed {
  const { remembered } = simulator;
  const settings = settle(options);
  const users = campaignPeople(options).flatMap((person, index) => campaignUsers(person, index, settings.from));
  const name = JSON.stringify(settings);
  const known = remembered.get('campaign');
  if (known === undefined) fillTenant(simulator, users, name);
  else if (known !== name) {
    throw new ConfigError([
      'the folder of the Graph simulator holds another campaign: choose another folder, or delete it',
    ]);
  }
  const newcomers = new Map(users.filter(({ joins }) => joins > 0).map((one) => [one.user.id, one] as const));
  const ids = new Map(
    users.flatMap(
      ({ user }) =>
        [
          [user.id, user.id],
          [user.userPrincipalName, user.id],
        ] as const,
    ),
  );
  const put = createPutter(simulator, newcomers, (key) => ids.get(key));
  const feed = createFeed(simulator, name, generateCampaign(options), put);
  simulator.attach(feed);
  return feed;
}

function fillTenant(
  { remembered, control, tenant }: GraphSimulator,
  users: readonly CampaignUser[],
  name: string,
): void {
  remembered.transaction(() => {
    control.putGroup(CAMPAIGN_GROUP, []);
    for (const { user, methods, joins } of users) {
      if (joins > 0) continue;
      tenant.users.put(user);
      tenant.groups.addMember(CAMPAIGN_GROUP.id, user.id);
      tenant.methods.put(user.id, methods);
    }
    remembered.put('campaign', name);
    remembered.put('campaign-fed', '0');
  });
}

type Put = (record: CampaignRecord, isNew: boolean) => void;

/** Adds a record, and what it means; a repeated record means nothing new. */
function createPutter(
  { tenant, control }: GraphSimulator,
  newcomers: ReadonlyMap<string, CampaignUser>,
  findUser: (key: string) => string | undefined,
): Put {
  const told = new Set<unknown>();
  return (entry, isNew) => {
    const { source, record, arrivesAt } = entry;
    if (isNew) tenant.logs.add(source, record, arrivesAt.getTime());
    if (source === 'sign-ins' || source === 'risk-detections' || told.has(record.id)) return;
    told.add(record.id);
    if (!isNew) return;
    const joined = record.activityDisplayName === 'Add user' ? newcomers.get(targetId(record)) : undefined;
    if (joined) {
      const { user, methods } = joined;
      const at = new Date(String(record.activityDateTime));
      control.schedule(at, { kind: 'join', user, methods, groups: [CAMPAIGN_GROUP.id] });
    }
    const happened = changesOf(entry, findUser);
    for (const change of happened?.changes ?? []) control.schedule(new Date(happened?.at ?? 0), change);
  };
}

function targetId(record: Readonly<Record<string, unknown>>): string {
  const [target] = record.targetResources as readonly { readonly id?: string }[];
  return target?.id ?? '';
}

function createFeed(
  { remembered }: GraphSimulator,
  name: string,
  records: Iterator<CampaignRecord>,
  put: Put,
): CampaignFeed {
  const before = Number(remembered.get('campaign-fed') ?? 0);
  let made = 0;
  let reached = Number.NEGATIVE_INFINITY;
  let next: CampaignRecord | undefined;
  let isDone = remembered.get('campaign-done') === name;
  let running: Promise<void> = Promise.resolve();

  const take = () => {
    const result = records.next();
    isDone = result.done === true;
    next = result.done ? undefined : result.value;
    if (isDone) remembered.put('campaign-done', name);
  };
  /** @returns whether there may be more */
  const batch = (goal: number): boolean => {
    for (let count = 0; count < BATCH; count++) {
      if (!next) take();
      if (!next || next.arrivesAt.getTime() > goal) return false;
      put(next, made >= before);
      made++;
      next = undefined;
    }
    return true;
  };
  async function pull(goal: number): Promise<void> {
    while (!isDone && reached < goal) {
      const more = remembered.transaction(() => {
        const result = batch(goal);
        if (made > before) remembered.put('campaign-fed', String(made));
        return result;
      });
      if (!more) break;
      await breathe();
    }
    reached = isDone ? Number.POSITIVE_INFINITY : Math.max(reached, goal);
  }
  return {
    groupId: CAMPAIGN_GROUP.id,
    fed: () => Math.max(made, before),
    reach: (until) => {
      const goal = until + LOOK_AHEAD_MS;
      if (reached >= goal) return Promise.resolve();
      running = running.then(() => pull(goal));
      return running;
    },
  };
}
