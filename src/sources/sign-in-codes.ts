/**
 * What a sign-in's error code says about an attacker's progress.
 *
 * Meanings: Microsoft "Authentication and authorization error codes" and the published Entra error code list. Which codes
 * prove that the password was right: the list that public hunting queries agree on, without 50173 and 50133 (a session
 * that a password change ended is no password) and 50072 (a first sign-in's prompt).
 */

/** What came of a sign-in. `interrupt` = a normal step on the way, neither success nor failure. */
export type SignInResult =
  | 'success'
  | 'wrong_password'
  | 'locked'
  | 'password_known'
  | 'mfa_denied'
  | 'mfa_failed'
  | 'tap_failed'
  | 'blocked_risk'
  | 'interrupt'
  | 'other';

/** Correct password, temporary or expired: it must be changed at this sign-in. */
export const TEMPORARY_PASSWORD = 50055;

const RESULTS: ReadonlyMap<number, SignInResult> = new Map(
  Object.entries({
    success: [0],
    wrong_password: [50126, 50056, 50064],
    locked: [50053],
    password_known: [
      50055, 50144, 50057, 50155, 50105, 50005, 50074, 50076, 50079, 50129, 50158, 50203, 53000, 53001, 53002, 53003,
      53010,
    ],
    mfa_failed: [500121, 50088],
    tap_failed: [130503, 130504, 130505],
    blocked_risk: [50135, 50142, 53004, 53011, 530032, 530034],
    interrupt: [
      16000, 16001, 16003, 50058, 50072, 50078, 50097, 50125, 50132, 50133, 50140, 50173, 50199, 65001, 65004, 70043,
      70044, 90095, 700082, 9002341,
    ],
  } satisfies Partial<Record<SignInResult, number[]>>).flatMap(([result, codes]) =>
    codes.map((code) => [code, result as SignInResult] as const),
  ),
);

/**
 * The result of an error code.
 * @param details `failureReason` and `additionalDetails` joined: they tell a denial from a timeout and a lockout from a
 *   blocked address.
 * @param interactive Asked only where it matters. A token refresh shows no password: what would prove one is an interrupt there.
 */
export function signInResult(code: number, details: () => string, interactive: () => boolean): SignInResult {
  const result = RESULTS.get(code) ?? 'other';
  switch (result) {
    case 'mfa_failed':
      return code === 500121 && isDenial(details()) ? 'mfa_denied' : result;
    case 'locked':
      return /malicious ip|ip address/i.test(details()) ? 'blocked_risk' : result;
    case 'password_known':
      return interactive() ? result : 'interrupt';
    default:
      return result;
  }
}

/** The person pressed "deny" or reported fraud. "Did not respond" is also written as "MFA denied; …". */
function isDenial(details: string): boolean {
  return /denied|declined|rejected|fraud/i.test(details) && !/did not respond|no response|timed? ?out/i.test(details);
}
