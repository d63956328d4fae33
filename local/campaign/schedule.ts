/** Which benign stories happen to whom, and when. At most one at a time, never to somebody under attack. */
import { type CampaignSettings, DAY, HOUR } from './options.ts';
import type { Resident } from './people.ts';
import { type Spot, travelSpot } from './places.ts';
import { randomFrom } from './random.ts';

/** Everything that looks a little like an attack and is none, and how likely it is to happen to a person in a month. */
const STORIES = {
  forgot_password: 0.08,
  forgot_password_traveling: 0.012,
  travel: 0.06,
  cancelled_recovery: 0.03,
  recovery_not_enabled: 0.25,
  locked_out_and_unlocked: 0.01,
  new_phone: 0.04,
  new_laptop: 0.02,
  passkey: 0.1,
  desk_reset: 0.015,
  password_change: 0.06,
  old_password_on_phone: 0.01,
  consent: 0.04,
  inbox_rule: 0.05,
  borrowed_computer: 0.008,
  mail_code: 0.9,
} as const;
/** A benign story; `onboarding` happens to everybody who joins. */
export type StoryKind = keyof typeof STORIES | 'onboarding';

/** One story of one person. */
export interface Story {
  readonly kind: StoryKind;
  /** First day of the log (0-based) that it touches, and how many. */
  readonly day: number;
  readonly days: number;
  /** Where a traveler is. */
  readonly away?: Spot;
}

/** Stories start two days in: everybody has a day of history before anything happens. */
const FIRST_DAY = 2;
/** Days between two stories of one person. */
const PAUSE = 4;

/** The stories of a person, by day. */
export function storiesOf(settings: CampaignSettings, person: Resident, underAttack: boolean): readonly Story[] {
  if (person.desk || underAttack) return [];
  const random = randomFrom(settings.seed, 'stories', person.index);
  if (person.joins > 0) return [{ kind: 'onboarding', day: person.joins, days: 1 }];
  const stories: Story[] = [];
  for (const [kind, probability] of Object.entries(STORIES) as [keyof typeof STORIES, number][]) {
    if (!random.chance(probability) || !isPossible(kind, person)) continue;
    const travels = kind === 'travel' || kind === 'forgot_password_traveling';
    const days = travels ? random.int(2, 6) : 1;
    const day = random.int(FIRST_DAY, settings.days - days - 2);
    const isFree = stories.every((other) => day >= other.day + other.days + PAUSE || other.day >= day + days + PAUSE);
    if (isFree) stories.push({ kind, day, days, ...(travels && { away: travelSpot(random) }) });
  }
  return stories.sort((a, b) => a.day - b.day);
}

function isPossible(kind: StoryKind, person: Resident): boolean {
  switch (kind) {
    case 'recovery_not_enabled':
      return person.recovery === 'off';
    case 'mail_code':
      return person.secondary !== undefined;
    case 'forgot_password':
    case 'forgot_password_traveling':
    case 'cancelled_recovery':
    case 'locked_out_and_unlocked':
      return person.recovery === 'enabled';
    default:
      return true;
  }
}

/** The story that keeps the person away from home on this day. */
export function awayOn(stories: readonly Story[], day: number): Spot | undefined {
  return stories.find((story) => story.away && day >= story.day && day < story.day + story.days)?.away;
}

/** True from the day after the story on. */
export function hasHappened(stories: readonly Story[], kind: StoryKind, day: number): boolean {
  return stories.some((story) => story.kind === kind && day > story.day);
}

/** Epoch ms of an hour of the person's own clock, within the UTC day `day` of the log. */
export function localTime(settings: CampaignSettings, person: Resident, day: number, hour: number): number {
  const utc = (((hour - person.city.offset) % 24) + 24) % 24;
  // A few minutes before midnight at the latest: what follows within the minute must be of the same day.
  return settings.from + day * DAY + Math.floor(Math.min(utc, 23.9) * HOUR);
}
