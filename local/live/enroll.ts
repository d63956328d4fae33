/** The people of the campaign as enrolled people: languages, zones and channels of which two are independent. */
import { createHash } from 'node:crypto';
import { type ContactChannel, type EnrolledPerson, Language } from '../../src/model/enrolled-person.ts';
import { normalizeContact } from '../../src/sources/contacts.ts';
import { phoneNumber, type Resident } from '../campaign/people.ts';

/** IANA zone of each home city. */
const ZONES: Readonly<Record<string, string>> = {
  Oslo: 'Europe/Oslo',
  Berlin: 'Europe/Berlin',
  Paris: 'Europe/Paris',
  London: 'Europe/London',
  Warsaw: 'Europe/Warsaw',
  Athens: 'Europe/Athens',
  Washington: 'America/New_York',
  Chicago: 'America/Chicago',
  Nairobi: 'Africa/Nairobi',
  Tokyo: 'Asia/Tokyo',
  'New Delhi': 'Asia/Kolkata',
  Amman: 'Asia/Amman',
};
/** People whose own language has no catalog read one of these, so that a run shows them. */
const SPOKEN: readonly Language[] = ['fa', 'he', 'ru', 'zh', 'es'];
/** Numbers of channels lie behind those of recovery, which the campaign uses. */
const CHANNEL_NUMBERS = 40_000;

/**
 * `hash` is the keyed hash of POSTERN_HASH_KEY. Everybody was enrolled well before `now`. Whoever has channels proved them
 * then; the others came with a group, and only the desk can reach them, as in an organization that has just begun.
 */
export function enrollResident(
  resident: Resident,
  hash: (value: string) => string,
  now: Date,
  hasChannels: boolean,
): EnrolledPerson {
  const id = `p_${digest(resident.id).slice(0, 16)}`;
  const before = new Date(now.getTime() - 60 * 24 * 3600_000);
  const { secondary, index, language: spoken } = resident;
  return {
    id,
    name: resident.name,
    accounts: [
      { kind: 'work', id: resident.id, upn: resident.upn },
      ...(secondary ? [{ kind: 'linked' as const, id: secondary.id, upn: secondary.upn, mailOptIn: before }] : []),
    ],
    recovery: [
      { kind: 'phone', hash: hash(normalizeContact('phone', resident.number)), addedAt: before, provenAt: before },
      { kind: 'email', hash: hash(normalizeContact('email', resident.privateMail)), addedAt: before, provenAt: before },
    ],
    channels: hasChannels ? channelsOf(resident, id, before) : [],
    language:
      Language.safeParse(spoken.split('-')[0]).data ??
      (index % 2 === 0 ? 'en' : (SPOKEN[(index >> 1) % SPOKEN.length] ?? 'en')),
    timeZone: ZONES[resident.city.name] ?? 'UTC',
    sensitive: false,
    safetyPlan: { wording: 'normal' },
    origin: 'group',
    drill: index < 3,
    enrolledAt: before,
  };
}

function channelsOf({ upn, index }: Resident, id: string, before: Date): ContactChannel[] {
  const [local] = upn.split('@');
  return [
    {
      id: `c_${digest(`${id} mail`).slice(0, 8)}`,
      kind: 'email',
      address: `${local}@post.example.com`,
      addedAt: before,
      provenAt: before,
    },
    {
      id: `c_${digest(`${id} sms`).slice(0, 8)}`,
      kind: 'sms',
      address: normalizeContact('phone', phoneNumber(index + CHANNEL_NUMBERS)),
      addedAt: before,
      provenAt: before,
    },
  ];
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
