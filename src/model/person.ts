import type { AccountRef } from './log-event.ts';

/** Somebody who is protected, with every account that counts as theirs. Chains group by person. */
export interface Person {
  /** Opaque and stable. */
  readonly id: string;
  /** Work accounts and linked mailboxes: events of any of them belong to the person. */
  readonly accounts: readonly AccountRef[];
  /** Recovery addresses (mail addresses or numbers) that an attacker wants; only compared, never shown. */
  readonly recoveryAddresses: readonly string[];
  /** Set for people whose compromise is worse: VIPs, break-glass accounts. */
  readonly sensitive: boolean;
}

/** Finds the person of an account. `undefined` = not enrolled. */
export type Enrollment = (account: AccountRef) => Person | undefined;

/** The key an account is known by when it is its own person: UPN where there is one, else object id. */
export function accountKey(account: AccountRef): string {
  return account.upn ?? account.id ?? '';
}
