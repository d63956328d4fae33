/** Who set a password, and how. */
import type { Initiator } from './initiators.ts';

/** `postern.password.action`. `other` = a password was written, but this record does not say on whose wish. */
export type PasswordAction = 'reset_self' | 'reset_admin' | 'reset_graph' | 'changed_self' | 'changed_other' | 'other';

/**
 * What a successful record of this activity does to the account's password; `undefined` when nothing.
 *
 * `Reset user password` by the password service is written for self-service and for portal resets alike, so it is
 * `other`: only the self-service records prove self-service.
 * @param activity Activity name, lower case, trimmed.
 * @param completed True for the flow's own "User successfully reset password".
 */
export function passwordAction(
  activity: string,
  facts: { readonly by: () => Initiator },
  completed: boolean,
): PasswordAction | undefined {
  switch (activity) {
    case 'self-service password reset flow activity progress':
      return completed ? 'reset_self' : undefined;
    case 'reset password (self-service)':
      return 'reset_self';
    case 'reset password (by admin)':
      return 'reset_admin';
    case 'reset user password':
    case 'reset password':
      return facts.by() === 'admin' ? 'reset_admin' : 'other';
    case 'change password (self-service)':
      return 'changed_self';
    case 'change user password': {
      const by = facts.by();
      return by === 'self' ? 'changed_self' : by === 'admin' ? 'changed_other' : 'other';
    }
    default:
      return activity.includes('resetpasswordonpasswordmethods') ? 'reset_graph' : undefined;
  }
}
