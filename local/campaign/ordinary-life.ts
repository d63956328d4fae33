/** A person's ordinary day: signing in from known places with known devices, and the noise that comes with it. */
import { audit } from './audit-shape.ts';
import type { Device } from './devices.ts';
import { mail, readMail } from './mailbox-shape.ts';
import { type CampaignSettings, DAY, HOUR, MINUTE, type Scene, SECOND } from './options.ts';
import type { Resident } from './people.ts';
import { carrierSpot, HOME_CITIES, type Spot, TRAVEL_CITIES } from './places.ts';
import { awayOn, hasHappened, localTime, type Story } from './schedule.ts';
import { APP_NAMES, signIn } from './sign-in-shape.ts';

/** A person's day and what is special about it. */
export interface LifeDay {
  readonly settings: CampaignSettings;
  readonly person: Resident;
  readonly day: number;
  readonly stories: readonly Story[];
  /** While somebody else has changed the password: the owner's old one is wrong. Epoch ms. */
  readonly lockedOut?: { readonly from: number; readonly until: number } | undefined;
}

const FACTORS = ['Mobile app notification', 'Previously satisfied', 'Text message', 'OATH verification code'] as const;

/** The devices that the person owns on this day. */
export function devicesOn({ person, stories, day }: LifeDay): { laptop: Device; phone: Device } {
  return {
    laptop: hasHappened(stories, 'new_laptop', day) ? person.nextLaptop : person.laptop,
    phone: hasHappened(stories, 'new_phone', day) ? person.nextPhone : person.phone,
  };
}

/** The day's ordinary records. Day 0 shows every place and device of the person once: the baseline. */
export function liveDay(scene: Scene, life: LifeDay): void {
  const { person, day, settings } = life;
  // A newcomer's first day is the onboarding, which may last past midnight.
  if (person.joins > 0 && day <= person.joins + 1) return;
  if (day === 0) {
    baselineDay(scene, life);
    return;
  }
  const weekday = new Date(settings.from + day * DAY).getUTCDay();
  const isWorkday = weekday !== 0 && weekday !== 6;
  if (isWorkday && scene.random.chance(0.93)) workday(scene, life);
  else if (scene.random.chance(0.3)) phoneSignIn(scene, life, 9, 21);
  if (scene.random.chance(0.06)) heartbeat(scene, life);
  if (scene.random.chance(0.012)) ordinaryMail(scene, life);
}

function baselineDay(scene: Scene, life: LifeDay): void {
  const { person, settings } = life;
  const { random } = scene;
  const at = (fromHour: number, toHour: number) => settings.from + random.int(fromHour * 60, toHour * 60) * MINUTE;
  arrive(scene, life, { at: at(5, 9), spot: person.home, device: person.laptop });
  if (person.office) arrive(scene, life, { at: at(9, 12), spot: person.office, device: person.laptop });
  arrive(scene, life, { at: at(12, 14), spot: carrierOf(scene, person), device: person.phone });
  arrive(scene, life, { at: at(15, 19), spot: person.home, device: person.phone });
  if (person.secondary) {
    const { secondary: account, home: spot, laptop: device } = person;
    signIn(scene, { account, at: at(6, 10), spot, device, factor: FACTORS[0] });
  }
}

function workday(scene: Scene, life: LifeDay): void {
  const { person, settings, day, stories } = life;
  const { random } = scene;
  const away = awayOn(stories, day);
  const spot = away ?? (person.office && random.chance(0.6) ? person.office : person.home);
  const { laptop } = devicesOn(life);
  const morning = localTime(settings, person, day, 7 + random.next() * 3);
  arrive(scene, life, { at: morning, spot, device: laptop });
  const rest = settings.from + (day + 1) * DAY - morning;
  if (random.chance(0.55))
    refresh(scene, life, { at: morning + Math.min(rest - 1, random.int(40, 300) * MINUTE), spot, device: laptop });
  if (random.chance(0.35)) phoneSignIn(scene, life, 8, 22);
  if (person.secondary && !away && random.chance(0.15)) {
    const at = localTime(settings, person, day, 12 + random.next() * 8);
    signIn(scene, { account: person.secondary, at, spot: person.home, device: laptop, factor: FACTORS[0] });
  }
}

function phoneSignIn(scene: Scene, life: LifeDay, fromHour: number, toHour: number): void {
  const { person, settings, day, stories } = life;
  const { random } = scene;
  const { phone } = devicesOn(life);
  const away = awayOn(stories, day);
  const outside = phone.id !== '' && random.chance(0.5);
  const spot = away
    ? outside
      ? roaming(scene, away)
      : away
    : random.chance(0.5)
      ? carrierOf(scene, person)
      : person.home;
  const at = localTime(settings, person, day, fromHour + random.next() * (toHour - fromHour));
  arrive(scene, life, { at, spot, device: phone });
}

interface Arrival {
  readonly at: number;
  readonly spot: Spot;
  readonly device: Device;
}

/** A sign-in, now and then after a typo or an interruption. */
function arrive(scene: Scene, { person, lockedOut, day }: LifeDay, { at, spot, device }: Arrival): void {
  const { random } = scene;
  const facts = { account: person, spot, device, app: random.pick(APP_NAMES) };
  if (lockedOut && at >= lockedOut.from && at < lockedOut.until) {
    signIn(scene, { ...facts, at, code: 50126 });
    return;
  }
  // Only a device that is known by now tells that an unanswered second factor was the owner's; a phone can be new.
  if (device.managed && day > 0 && random.chance(0.01)) signIn(scene, { ...facts, at, code: 50074 });
  if (day > 0 && random.chance(0.03)) signIn(scene, { ...facts, at: at + 20 * SECOND, code: 50126 });
  if (random.chance(0.04)) signIn(scene, { ...facts, at: at + 31 * SECOND, code: 50140 });
  signIn(scene, { ...facts, at: at + 40 * SECOND, ...(random.chance(0.6) && { factor: random.pick(FACTORS) }) });
}

/** A token refresh that nobody sees. */
function refresh(scene: Scene, { person, lockedOut }: LifeDay, { at, spot, device }: Arrival): void {
  if (lockedOut && at >= lockedOut.from && at < lockedOut.until) return;
  const client = 'Mobile Apps and Desktop clients';
  signIn(scene, { account: person, at, spot, device, app: scene.random.pick(APP_NAMES), client, interactive: false });
}

function carrierOf(scene: Scene, person: Resident): Spot {
  return carrierSpot(person.carrier, person.city, scene.random);
}

function roaming(scene: Scene, away: Spot): Spot {
  return carrierSpot(HOME_CITIES.length * 2 + TRAVEL_CITIES.indexOf(away.city), away.city, scene.random);
}

/** Authenticator rewrites its own entry: the clock drifted, nothing else. */
function heartbeat(scene: Scene, { person, settings, day, stories }: LifeDay): void {
  const { random } = scene;
  const at = settings.from + day * DAY + random.int(0, DAY / SECOND - 1) * SECOND;
  const device = {
    DeviceName: person.phone.system,
    DeviceToken: `apns2-${person.id.replaceAll('-', '')}`,
    DeviceTag: 'SoftwareTokenActivated',
    PhoneAppVersion: '6.8.30',
    DeviceId: '00000000-0000-0000-0000-000000000000',
    Id: hasHappened(stories, 'new_phone', day - 1) ? person.nextPhone.name : person.id,
    TimeInterval: 0,
    AuthenticationType: 3,
    NotificationType: 2,
    LastAuthenticatedTimestamp: new Date(at - random.int(1, 40) * HOUR).toISOString(),
    AuthenticatorFlavor: 'Authenticator',
    HashFunction: null,
  };
  const drift = random.int(0, 4);
  const entry = (OathTokenTimeDrift: number) => JSON.stringify([{ ...device, OathTokenTimeDrift }]);
  audit(scene, {
    account: person,
    at,
    activity: 'Update user',
    service: 'Core Directory',
    app: 'Azure MFA StrongAuthenticationService',
    modified: [
      { displayName: 'StrongAuthenticationPhoneAppDetail', oldValue: entry(drift), newValue: entry(drift + 1) },
      { displayName: 'Included Updated Properties', oldValue: null, newValue: '"StrongAuthenticationPhoneAppDetail"' },
      { displayName: 'TargetId.UserType', oldValue: null, newValue: '"Member"' },
    ],
    details: { UserType: 'Member' },
  });
}

/** Mail that means nothing, and reading it at home. */
function ordinaryMail(scene: Scene, { person, settings, day }: LifeDay): void {
  const { random } = scene;
  const at = localTime(settings, person, day, 9 + random.next() * 8);
  const subject = random.pick(['Monthly report', 'Agenda for Thursday', 'Lunch?', 'Minutes', 'Draft for comments']);
  const id = mail(scene, { to: person, at, from: 'newsroom@example.com', subject });
  if (random.chance(0.4)) readMail(scene, person, at + random.int(5, 20) * MINUTE, person.home.ip, 'Bind', id);
}
