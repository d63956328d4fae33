/** How many people can be reached, and how well. Pure. */
import type { Settings } from '../config.ts';
import type { EnrolledPerson } from '../model/enrolled-person.ts';

/** Counts of people. */
export interface Reach {
  readonly enrolled: number;
  /** With two proven channels, at least one outside the mail of their own tenant. */
  readonly reachable: number;
  /** Without any proven channel: only the desk can reach them. */
  readonly unproven: number;
}

const DAY_MS = 24 * 3600_000;

/** Counts; a proof counts for POSTERN_REPROVE_DAYS. */
export function reachOf(
  people: readonly EnrolledPerson[],
  now: Date,
  settings: Pick<Settings, 'POSTERN_REPROVE_DAYS'>,
): Reach {
  const oldest = now.getTime() - settings.POSTERN_REPROVE_DAYS * DAY_MS;
  let reachable = 0;
  let unproven = 0;
  for (const { channels, accounts } of people) {
    const domains = new Set(accounts.map(({ upn }) => upn.split('@')[1]));
    const proven = channels.filter(
      ({ provenAt, retiredAt, lost }) => provenAt && provenAt.getTime() >= oldest && !retiredAt && !lost,
    );
    const isOutside = proven.some(
      ({ kind, address }) => kind === 'sms' || !domains.has(address.split('@')[1]?.toLowerCase()),
    );
    if (proven.length === 0) unproven += 1;
    else if (proven.length >= 2 && isOutside) reachable += 1;
  }
  return { enrolled: people.length, reachable, unproven };
}
