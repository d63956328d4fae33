/** Who did what an audit record tells. */
import type { AccountRef } from '../model/log-event.ts';
import { accountOf, isSameAccount, object, type RawRecord, text } from './record.ts';

/** `postern.by`: the account itself, somebody else, an application, or Microsoft's own machinery. */
export type Initiator = 'self' | 'admin' | 'app' | 'system';

/** The `initiatedBy` of a record, read. */
export interface InitiatedBy {
  readonly account: AccountRef | undefined;
  readonly ipAddress: unknown;
  /** Display name of the application, lower case. */
  readonly app: string | undefined;
}

/** The account that password writeback and self-service reset write with. */
const PASSWORD_SERVICE = 'fim_password_service@support.onmicrosoft.com';

/** Microsoft's services that write into directories on somebody else's wish, by display name. */
const SYSTEM_APP =
  /^(?:microsoft |azure |office 365 |windows )|strongauthenticationservice|device registration service|directorysync|password reset service/;

/** Reads `initiatedBy`; empty when it names nobody. */
export function initiatedBy(value: unknown): InitiatedBy {
  const initiator = object(value);
  const user = object(initiator?.user);
  const account = user && accountOf(user.id, user.userPrincipalName);
  const app = text(object(initiator?.app)?.displayName)?.toLowerCase();
  return { account, ipAddress: user?.ipAddress, app };
}

/** Whether the record's initiator is the subject itself. */
export function initiatorOf(initiator: InitiatedBy, subject: AccountRef | undefined, raw: unknown): Initiator {
  const { account, app } = initiator;
  if (account?.upn === PASSWORD_SERVICE) return 'system';
  if (account && subject) return isSameAccount(account, subject) ? 'self' : 'admin';
  if (app !== undefined) return SYSTEM_APP.test(app) ? 'system' : 'app';
  return object((raw as RawRecord | null)?.app) ? 'app' : 'system';
}
