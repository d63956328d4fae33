/** The benign stories, told as records. Each looks a little like an attack; the owner's place or device says it is none. */
import {
  addPasskey,
  borrowComputer,
  changeDevice,
  consentToApp,
  joinTenant,
  makeInboxRule,
  renewPhone,
} from './account-stories.ts';
import type { Device } from './devices.ts';
import type { Scene } from './options.ts';
import { devicesOn, type LifeDay } from './ordinary-life.ts';
import {
  cancelRecovery,
  changeOwnPassword,
  forgetPassword,
  forgetPasswordAway,
  getResetByDesk,
  lockOldPhoneOut,
  recoverByMail,
  retryDisabledRecovery,
  unlockOwnAccount,
} from './password-stories.ts';
import type { Resident } from './people.ts';
import type { Spot } from './places.ts';
import { riskDetection } from './risk-shape.ts';
import { awayOn, localTime, type Story, type StoryKind } from './schedule.ts';
import { signIn } from './sign-in-shape.ts';

/** What a story is told with. */
export interface Telling {
  readonly scene: Scene;
  readonly person: Resident;
  /** When it starts, epoch ms: office hours of the person's own clock. */
  readonly at: number;
  /** Where the person is: home, office or a hotel. */
  readonly spot: Spot;
  readonly laptop: Device;
  readonly phone: Device;
  /** Somebody of the help desk. */
  readonly desk: Resident;
  readonly story: Story;
}

const TELL: Readonly<Record<StoryKind, (telling: Telling) => void>> = {
  forgot_password: forgetPassword,
  forgot_password_traveling: forgetPasswordAway,
  travel: arriveAbroad,
  cancelled_recovery: cancelRecovery,
  recovery_not_enabled: retryDisabledRecovery,
  locked_out_and_unlocked: unlockOwnAccount,
  new_phone: renewPhone,
  new_laptop: changeDevice,
  passkey: addPasskey,
  desk_reset: getResetByDesk,
  password_change: changeOwnPassword,
  old_password_on_phone: lockOldPhoneOut,
  consent: consentToApp,
  inbox_rule: makeInboxRule,
  borrowed_computer: borrowComputer,
  mail_code: recoverByMail,
  onboarding: joinTenant,
};

/** Tells the person's story of this day, if one starts today. */
export function tellStory(scene: Scene, life: LifeDay, desk: readonly Resident[]): void {
  const { person, settings, stories, day } = life;
  const story = stories.find((candidate) => candidate.day === day);
  if (!story) return;
  const { random } = scene;
  const spot = awayOn(stories, day) ?? (person.office && random.chance(0.4) ? person.office : person.home);
  TELL[story.kind]({
    scene,
    person,
    at: localTime(settings, person, day, 8.5 + random.next() * 9),
    spot,
    ...devicesOn(life),
    desk: random.pick(desk),
    story,
  });
}

/** A traveler's first sign-in; Identity Protection often finds it unfamiliar, and is told that it was the owner. */
function arriveAbroad({ scene, person, at, spot, laptop }: Telling): void {
  const { random } = scene;
  const isRisky = random.chance(0.5);
  const type = random.pick(['unfamiliarFeatures', 'unlikelyTravel', 'newCountry']);
  const facts = { account: person, at, spot, device: laptop, factor: 'Mobile app notification' };
  const request = signIn(scene, { ...facts, ...(isRisky && { risk: type }) });
  if (!isRisky) return;
  const timing = type === 'unfamiliarFeatures' ? 'realtime' : 'offline';
  const state = random.chance(0.7) ? 'dismissed' : 'remediated';
  const detail = state === 'dismissed' ? 'aiConfirmedSigninSafe' : 'userPassedMFADrivenByRiskBasedPolicy';
  riskDetection(scene, {
    account: person,
    at,
    spot,
    device: laptop,
    type,
    state,
    detail,
    timing,
    request,
    level: 'low',
  });
}
