import type { AccountRef } from './log-event.ts';

/** Somebody who is protected, with every account that counts as theirs. Chains group by person. */
export interface Person {
  /** Opaque and stable. */
  readonly id: string;
  /** Work accounts and linked mailboxes: events of any of them belong to the person. */
  readonly accounts: readonly AccountRef[];
  /**
   * Recovery addresses (mail addresses or numbers) that an attacker wants; only compared, never shown. What happens at
   * such a mail address concerns the person as well.
   */
  readonly recoveryAddresses: readonly string[];
  /** Set for people whose compromise is worse: VIPs, break-glass accounts. */
  readonly sensitive: boolean;
}

/** Finds the person of an account. `undefined` = not enrolled. */
export type Enrollment = (account: AccountRef) => Person | undefined;

/** The key an account is known by when it is its own person: UPN where there is one, else object id. */
export function accountKey({ upn, id }: AccountRef): string {
  return upn === undefined ? (id ?? '') : addressOfGuest(upn);
}

const GUEST = '#ext#@';

/**
 * A guest's own address. The directory calls eve@partner.example `eve_partner.example#EXT#@tenant.example`, and so does
 * its audit log; the sign-in log has the address. Other names are returned as they are.
 * @param upn In lower case.
 */
export function addressOfGuest(upn: string): string {
  const end = upn.indexOf(GUEST);
  const at = upn.lastIndexOf('_', end);
  return end < 0 || at <= 0 ? upn : `${upn.slice(0, at)}@${upn.slice(at + 1, end)}`;
}

/** Finds people by any of their accounts, then by a recovery address that is nobody else's. */
export function createEnrollment(people: readonly Person[]): Enrollment {
  const byKey = new Map<string, Person>();
  for (const person of people) {
    for (const { id, upn } of person.accounts) {
      if (id) byKey.set(id, person);
      if (upn) byKey.set(addressOfGuest(upn), person);
    }
  }
  for (const [address, person] of soleOwners(people)) if (!byKey.has(address)) byKey.set(address, person);
  return ({ id, upn }) => (upn && byKey.get(addressOfGuest(upn))) || (id && byKey.get(id)) || undefined;
}

/** Recovery mail addresses that only one person has. */
function soleOwners(people: readonly Person[]): ReadonlyMap<string, Person> {
  const owners = new Map<string, Person>();
  const shared = new Set<string>();
  for (const person of people) {
    for (const address of person.recoveryAddresses) {
      const key = address.toLowerCase();
      if (!key.includes('@')) continue;
      if ((owners.get(key) ?? person) !== person) shared.add(key);
      owners.set(key, person);
    }
  }
  for (const key of shared) owners.delete(key);
  return owners;
}
