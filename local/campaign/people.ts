/** The people of the tenant: who they are, where they live and work, what they own. */
import { type Device, newLaptop, newPhone } from './devices.ts';
import { NAMINGS } from './names.ts';
import type { Account, CampaignSettings } from './options.ts';
import { type City, HOME_CITIES, homeSpot, officeSpot, type Spot } from './places.ts';
import { type Random, randomFrom } from './random.ts';

/** What the password reset page says to somebody who enters this person's name. */
export type RecoveryState = 'enabled' | 'off' | 'insufficient';

/** Somebody with an account. */
export interface Resident extends Account {
  readonly index: number;
  /** Preferred language, as the directory writes it. */
  readonly language: string;
  readonly city: City;
  readonly home: Spot;
  /** Absent for people who never come to an office. */
  readonly office?: Spot;
  /** Number of the mobile carrier. */
  readonly carrier: number;
  readonly laptop: Device;
  readonly phone: Device;
  /** The laptop and phone that replace them when a story says so. */
  readonly nextLaptop: Device;
  readonly nextPhone: Device;
  readonly recovery: RecoveryState;
  /** Recovery phone and private mail address. */
  readonly number: string;
  readonly privateMail: string;
  /** A second mailbox in the same tenant, which is where this person's recovery codes go. */
  readonly secondary?: Account;
  /** Works at the help desk. */
  readonly desk: boolean;
  /** Day of the log on which the person joins; 0 = was there before. */
  readonly joins: number;
}

/** How many of the first people staff the help desk. */
const DESK_STAFF = 6;
/** One in so many people has a second mailbox in the tenant. */
const LINKED_EVERY = 160;

/** Everybody, in a fixed order. */
export function createPeople(settings: CampaignSettings): Resident[] {
  const taken = new Map<string, number>();
  const people: Resident[] = [];
  for (let index = 0; index < settings.people; index++) people.push(createResident(settings, index, people, taken));
  return people;
}

function createResident(
  settings: CampaignSettings,
  index: number,
  others: readonly Resident[],
  taken: Map<string, number>,
): Resident {
  const random = randomFrom(settings.seed, 'person', index);
  const { name, local, language } = nameOf(random, taken);
  const family = index % 7 === 6 ? others[index - 1] : undefined;
  const office = random.int(0, 5);
  const city = family?.city ?? (random.chance(0.7) ? HOME_CITIES[office] : undefined) ?? random.pick(HOME_CITIES);
  const desk = index < DESK_STAFF;
  const registered = random.chance(0.85);
  const recovery = random.next();
  const secondary = index % LINKED_EVERY === LINKED_EVERY / 2;
  const joins = !desk && !secondary && random.chance(0.025) ? random.int(3, settings.days - 4) : 0;
  return {
    index,
    id: random.uuid(),
    upn: `${local}@example.org`,
    name,
    language,
    city,
    home: homeSpot(family ? index - 1 : index, family ? 2 : 1, city),
    ...((desk || random.chance(0.7)) && { office: officeSpot(office, random.int(0, 7)) }),
    carrier: HOME_CITIES.indexOf(city) * 2 + random.int(0, 1),
    laptop: newLaptop(random),
    phone: newPhone(random, registered),
    nextLaptop: newLaptop(random),
    nextPhone: newPhone(random, registered),
    recovery: secondary || recovery < 0.84 ? 'enabled' : recovery < 0.92 ? 'off' : 'insufficient',
    number: phoneNumber(index),
    privateMail: `${local}@mail.example.net`,
    ...(secondary && {
      secondary: { id: random.uuid(), upn: `${local}.archive@example.org`, name: `${name} (archive)` },
    }),
    desk,
    joins,
  };
}

/** A name that nobody else's address spells the same. */
function nameOf(random: Random, taken: Map<string, number>): { name: string; local: string; language: string } {
  const naming = random.chance(0.4) ? NAMINGS[0] : random.pick(NAMINGS);
  if (!naming) throw new RangeError('no names');
  const [given, family] = [random.pick(naming.given), random.pick(naming.family)];
  const spelled = `${given[1]}.${family[1]}`;
  const count = (taken.get(spelled) ?? 0) + 1;
  taken.set(spelled, count);
  const name = naming.familyFirst ? `${family[0]} ${given[0]}` : `${given[0]} ${family[0]}`;
  return { name, local: count === 1 ? spelled : `${spelled}${count}`, language: naming.language };
}

/** 555-0100 to 555-0199 are set aside for fiction in every area code; index 79,999 is the last that is unique. */
export function phoneNumber(index: number): string {
  const area = 200 + (Math.floor(index / 100) % 800);
  return `+1 ${area}55501${String(index % 100).padStart(2, '0')}`;
}
