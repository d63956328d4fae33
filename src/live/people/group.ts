/** Keeps the enrolled in step with an Entra group: who joins is enrolled, who leaves is removed and erased. Pure. */
import { type EnrolledPerson, Language } from '../../model/enrolled-person.ts';

/** A member as Graph lists them. */
export interface GroupMember {
  readonly id: string;
  readonly upn: string;
  readonly name: string;
  /** `preferredLanguage`, as `fr-CA`. */
  readonly language?: string;
}

/** What is to be done. */
export interface GroupChanges {
  readonly joined: readonly EnrolledPerson[];
  /** Renamed accounts; ids stay the same. */
  readonly changed: readonly EnrolledPerson[];
  readonly left: readonly string[];
  /** Most of the group is gone at once: nobody is removed, an admin must look (an emptied group must not end the watch). */
  readonly isSuspicious: boolean;
}

/** Of at least this many, at most this share may leave in one step. */
const FEW = 10;
const SHARE = 0.5;

/** Compares the members with the enrolled. People who were enrolled by hand are never removed. */
export function compareGroup(
  members: readonly GroupMember[],
  enrolled: readonly EnrolledPerson[],
  context: { readonly now: Date; readonly random: (length: number) => string },
): GroupChanges {
  const byKey = new Map(
    enrolled.flatMap((person) =>
      person.accounts.flatMap(({ id, upn }) => [...(id ? [[id, person] as const] : []), [upn, person] as const]),
    ),
  );
  const seen = new Set<string>();
  const joined: EnrolledPerson[] = [];
  const changed: EnrolledPerson[] = [];
  for (const member of members) {
    const [id, upn] = [member.id.toLowerCase(), member.upn.toLowerCase()];
    const known = byKey.get(id) ?? byKey.get(upn);
    if (!known) joined.push(newcomer({ ...member, id, upn }, context));
    else {
      seen.add(known.id);
      const accounts = known.accounts.map((one) => (one.id === id || one.upn === upn ? { ...one, id, upn } : one));
      if (JSON.stringify(accounts) !== JSON.stringify(known.accounts)) changed.push({ ...known, accounts });
    }
  }
  const fromGroup = enrolled.filter(({ origin }) => origin === 'group');
  const left = fromGroup.filter(({ id }) => !seen.has(id)).map(({ id }) => id);
  const isSuspicious = fromGroup.length >= FEW && left.length > fromGroup.length * SHARE;
  return { joined, changed, left: isSuspicious ? [] : left, isSuspicious };
}

function newcomer(
  { id, upn, name, language }: GroupMember,
  { now, random }: { readonly now: Date; readonly random: (length: number) => string },
): EnrolledPerson {
  return {
    id: `p_${random(16)}`,
    name: name.trim() === '' ? upn : name,
    accounts: [{ kind: 'work', id, upn }],
    recovery: [],
    channels: [],
    language: Language.safeParse(language?.toLowerCase().split('-')[0]).data ?? 'en',
    timeZone: 'UTC',
    sensitive: false,
    safetyPlan: { wording: 'normal' },
    origin: 'group',
    drill: false,
    enrolledAt: now,
  };
}
