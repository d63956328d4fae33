/**
 * The reference campaign: a month of a tenant's logs, invented from a seed, with an attack hidden in it whose size is
 * that of the campaign that Microsoft described on 2019-10-04: 2,700 attempts to identify accounts, 241 attacked,
 * 4 compromised. Everything in it is synthetic, and the truth about it is known.
 */
import { stringify } from 'yaml';
import { createMailroom } from './campaign/arrival.ts';
import { planAttack } from './campaign/attack-plan.ts';
import { type CampaignOptions, type CampaignRecord, DAY, settle } from './campaign/options.ts';
import { liveDay } from './campaign/ordinary-life.ts';
import { createPeople, type Resident } from './campaign/people.ts';
import { randomFrom } from './campaign/random.ts';
import { type StoryKind, storiesOf } from './campaign/schedule.ts';
import { tellStory } from './campaign/stories.ts';
import type { TakeoverKind } from './campaign/takeovers.ts';

export { LATENESS_MS } from './campaign/arrival.ts';
export type { CampaignOptions, CampaignRecord, CampaignSource } from './campaign/options.ts';
export { CAMPAIGN_FILES, type CampaignProgress, PEOPLE_FILE, writeCampaign } from './campaign/writer.ts';

/** What a scan must find, and what it must not. Accounts are user principal names, lower case, sorted. */
export interface CampaignTruth {
  /** Recovery flows that attackers started. */
  readonly attempts: number;
  /** Their correlation ids. */
  readonly flows: readonly string[];
  /** Persons with at least one attempt. */
  readonly identified: readonly string[];
  /** Persons attacked; the compromised are among them. */
  readonly attacked: readonly string[];
  readonly compromised: readonly string[];
  /** Which way each of the compromised was lost. */
  readonly takeovers: Readonly<Record<string, TakeoverKind>>;
  /** What innocently looks like an attack, and to whom it happens. */
  readonly benign: readonly { readonly account: string; readonly story: StoryKind; readonly day: number }[];
}

/** What everything else is derived from. */
function prepare(options: CampaignOptions) {
  const settings = settle(options);
  const people = createPeople(settings);
  const plan = planAttack(settings, people);
  const underAttack = new Set(plan.attacked);
  const stories = people.map((person) => storiesOf(settings, person, underAttack.has(person)));
  return { settings, people, plan, stories };
}

/**
 * The log, in the order in which its records arrive. Every event lies within `from` and `from + days`; the last
 * records arrive up to a day later. The same options give the same records. Throws a RangeError for impossible options.
 */
export function* generateCampaign(options: CampaignOptions = {}): Generator<CampaignRecord, void, undefined> {
  const { settings, people, plan, stories } = prepare(options);
  const mailroom = createMailroom(settings);
  const desk = people.filter((person) => person.desk);
  let next = 0;
  for (let day = 0; day < settings.days; day++) {
    const tomorrow = settings.from + (day + 1) * DAY;
    for (const person of people) {
      const life = {
        settings,
        person,
        day,
        stories: stories[person.index] ?? [],
        lockedOut: plan.lockouts.get(person.index),
      };
      const scene = mailroom.scene(randomFrom(settings.seed, 'life', person.index, day));
      liveDay(scene, life);
      tellStory(scene, life, desk);
    }
    for (let act = plan.acts[next]; act && act.at < tomorrow; act = plan.acts[next]) {
      act.play(mailroom.scene(randomFrom(settings.seed, 'act', next)));
      next++;
    }
    yield* mailroom.arrived(tomorrow);
  }
  yield* mailroom.arrived(Number.POSITIVE_INFINITY);
}

/** What is true of the campaign with these options. */
export function campaignTruth(options: CampaignOptions = {}): CampaignTruth {
  const { people, plan, stories } = prepare(options);
  const names = (list: readonly { readonly upn: string }[]) => list.map(({ upn }) => upn).sort();
  return {
    attempts: plan.flows.length,
    flows: [...plan.flows].sort(),
    identified: names(plan.probed),
    attacked: names(plan.attacked),
    compromised: names(plan.compromised.map(({ person }) => person)),
    takeovers: Object.fromEntries(plan.compromised.map(({ person, kind }) => [person.upn, kind])),
    benign: people.flatMap((person) =>
      (stories[person.index] ?? []).map(({ kind, day }) => ({ account: person.upn, story: kind, day })),
    ),
  };
}

/** Somebody of the tenant, as the directory knows them. */
export type CampaignPerson = Pick<
  Resident,
  'id' | 'upn' | 'name' | 'language' | 'number' | 'privateMail' | 'secondary' | 'recovery' | 'desk' | 'joins'
>;

/** Everybody who has an account in the tenant at the end; second mailboxes stand with their owner. */
export function campaignPeople(options: CampaignOptions = {}): readonly CampaignPerson[] {
  return createPeople(settle(options));
}

/** `people.yml` for `scan --people`: who has a second mailbox, and where their recovery codes go. */
export function peopleFile(options: CampaignOptions = {}): string {
  const linked = createPeople(settle(options)).filter((person) => person.secondary);
  const people = linked.map(({ upn, secondary, number, privateMail }) => ({
    id: upn,
    accounts: [upn, ...(secondary ? [secondary.upn] : [])],
    recovery: [number, privateMail, ...(secondary ? [secondary.upn] : [])],
    sensitive: false,
  }));
  return `# People with linked accounts in the reference campaign. All invented.\n${stringify({ people })}`;
}
