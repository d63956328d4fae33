/** Which of a person's untainted channels carry a notice: two independent ones, one of them outside the tenant's mail. */
import type { ContactChannel, EnrolledPerson } from '../model/enrolled-person.ts';

/** Channels to use, and those to fall back on. */
export interface ChannelChoice {
  /** At most two, best pair first. */
  readonly chosen: readonly ContactChannel[];
  /** The rest, best first. */
  readonly spare: readonly ContactChannel[];
  /** At least one of `chosen` does not depend on the tenant's mail. */
  readonly hasOutside: boolean;
}

/**
 * Whether a channel does not depend on the mail system of the person's work accounts: a phone, or a mail address in none
 * of their domains (nor above or below one).
 */
export function isOutside(channel: Pick<ContactChannel, 'kind' | 'address'>, person: EnrolledPerson): boolean {
  if (channel.kind === 'sms') return true;
  const domain = domainOf(channel.address);
  const work = person.accounts.filter(({ kind }) => kind === 'work').map(({ upn }) => domainOf(upn));
  return !work.some((own) => domain === own || domain.endsWith(`.${own}`) || own.endsWith(`.${domain}`));
}

/**
 * The best pair of `candidates`. Two mailboxes of the tenant are one channel, because who holds the tenant holds both.
 * Better: different kinds, then both outside, then different domains, then proven more recently.
 */
export function chooseChannels(candidates: readonly ContactChannel[], person: EnrolledPerson): ChannelChoice {
  const sorted = eachAddressOnce(candidates).sort((a, b) => byWorth(a, b, person));
  const pairs = sorted.flatMap((first, index) => sorted.slice(index + 1).map((second) => [first, second] as const));
  const usable = pairs.filter((pair) => pair.some((channel) => isOutside(channel, person)));
  // Stable sort: among equals the pair of the more worthy channels, which come first, stays first.
  const best = usable.sort((a, b) => worthOfPair(b, person) - worthOfPair(a, person))[0] ?? sorted.slice(0, 1);
  return {
    chosen: best,
    spare: sorted.filter((channel) => !best.includes(channel)),
    hasOutside: best.some((channel) => isOutside(channel, person)),
  };
}

function eachAddressOnce(channels: readonly ContactChannel[]): ContactChannel[] {
  const seen = new Map<string, ContactChannel>();
  for (const channel of channels) {
    const key = channel.address.trim().toLowerCase();
    if (!seen.has(key)) seen.set(key, channel);
  }
  return [...seen.values()];
}

function worthOfPair([a, b]: readonly [ContactChannel, ContactChannel], person: EnrolledPerson): number {
  const areBothOutside = isOutside(a, person) && isOutside(b, person);
  return (a.kind !== b.kind ? 4 : 0) + (areBothOutside ? 2 : 0) + (domainOf(a.address) !== domainOf(b.address) ? 1 : 0);
}

function byWorth(a: ContactChannel, b: ContactChannel, person: EnrolledPerson): number {
  return (
    Number(isOutside(b, person)) - Number(isOutside(a, person)) ||
    (b.provenAt?.getTime() ?? 0) - (a.provenAt?.getTime() ?? 0) ||
    (a.id < b.id ? -1 : 1)
  );
}

function domainOf(address: string): string {
  return address
    .slice(address.lastIndexOf('@') + 1)
    .trim()
    .toLowerCase();
}
