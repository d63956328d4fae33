/**
 * Self-service password reset, record by record. The texts and their order are those of published audit trails and
 * hunting queries; Microsoft documents none of them.
 */
import { audit } from './audit-shape.ts';
import type { Device } from './devices.ts';
import { resetMail } from './mailbox-shape.ts';
import { type Account, type Scene, SECOND } from './options.ts';
import type { Spot } from './places.ts';

/** How the texts name each gate. */
export const GATES = {
  sms: 'mobile SMS',
  voice: 'mobile voice call',
  email: 'email',
  app_push: 'mobile app notification',
  app_code: 'mobile app code',
  questions: 'security questions',
} as const;
/** What a person must show on the way. */
export type Gate = keyof typeof GATES;

/** One attempt. Every method writes one record (or the few of one step) `after` seconds after the step before. */
export interface Flow {
  /** Time of the last step, epoch ms. */
  readonly now: () => number;
  readonly options: () => Flow;
  readonly cancel: () => Flow;
  readonly off: () => Flow;
  readonly insufficient: () => Flow;
  readonly start: (gate: Gate) => Flow;
  readonly pass: (gate: Gate) => Flow;
  readonly fail: (gate: Gate) => Flow;
  readonly blocked: () => Flow;
  /** All gates passed; password set; sessions ended; notices sent to these accounts. */
  readonly reset: (notify: readonly Account[]) => Flow;
  /** All gates passed; the account is unlocked with its old password. */
  readonly unlock: () => Flow;
}

const ACTIVITY = 'Self-service password reset flow activity progress';
const SERVICE = 'Self-service Password Management';
const PASSWORD_SERVICE: Account = {
  id: '5bd1f0a7-3c1e-4a58-9d10-7f6e2c4b8a90',
  upn: 'fim_password_service@support.onmicrosoft.com',
  name: '',
};

/**
 * Somebody enters the account's name at `at` (epoch ms): the first record of an attempt. One function, because the steps
 * share the clock and the correlation id of the attempt.
 */
export function startFlow(
  scene: Scene,
  from: { account: Account; spot: Spot; device: Device; at: number; correlationId?: string },
): Flow {
  const { random } = scene;
  const { account, spot, device } = from;
  const correlationId = from.correlationId ?? random.uuid();
  const doer = { account, ip: spot.ip, userAgent: device.userAgent };
  let at = from.at;
  const write = (activity: string, reason: string, failed = false, details?: Record<string, string>) =>
    audit(scene, {
      account,
      at,
      activity,
      service: SERVICE,
      correlationId,
      doer,
      reason,
      failed,
      ...(details && { details }),
    });
  const step = (minSeconds: number, maxSeconds: number, reason: string, failed = false): Flow => {
    at += random.int(minSeconds, maxSeconds) * SECOND;
    write(ACTIVITY, reason, failed);
    return flow;
  };
  const verified = () => step(1, 3, 'User completed all verification steps required to reset their password');
  const flow: Flow = {
    now: () => at,
    options: () => step(1, 4, 'User was presented with verification options'),
    cancel: () => step(8, 90, 'User cancelled before passing the required authentication methods'),
    off: () => step(0, 1, 'Password reset is not enabled for this user', true),
    insufficient: () =>
      step(
        0,
        1,
        "User's account has insufficient authentication methods defined. Add authentication info to resolve this ",
        true,
      ),
    start: (gate) => step(6, 40, `User started the ${GATES[gate]} verification option`),
    pass: (gate) => step(15, 70, `User completed the ${GATES[gate]} verification option`),
    fail: (gate) => step(15, 60, `User failed to complete the ${GATES[gate]} verification option`, true),
    blocked: () => {
      at += random.int(1, 3) * SECOND;
      write('Blocked from self-service password reset', 'User exceeded the number of attempts');
      return flow;
    },
    reset: (notify) => {
      verified();
      step(20, 60, 'User submitted a new password');
      at += SECOND;
      passwordWritten(scene, account, at);
      write('Reset password (self-service)', 'Successfully completed reset.', false, { OnPremisesAgent: 'None' });
      step(1, 2, 'User successfully reset password');
      for (const to of notify) resetMail(scene, to, at + random.int(3, 40) * SECOND);
      return flow;
    },
    unlock: () => {
      verified();
      at += 2 * SECOND;
      write('Unlock user account (self-service)', 'Success', false, { OnPremisesAgent: 'None' });
      return flow;
    },
  };
  write(ACTIVITY, 'User submitted their user ID');
  return flow;
}

/** What the directory writes for every reset, whoever did it: the reset and the end of all sessions, in one second. */
export function passwordWritten(scene: Scene, account: Account, at: number): void {
  const doer = { account: PASSWORD_SERVICE, ip: '' };
  const correlationId = scene.random.uuid();
  const record = { account, service: 'Core Directory', correlationId, doer };
  audit(scene, { ...record, at, activity: 'Reset user password', operation: 'Reset' });
  audit(scene, {
    ...record,
    at: at + 300,
    activity: 'Update StsRefreshTokenValidFrom Timestamp',
    modified: [
      {
        displayName: 'StsRefreshTokensValidFrom',
        oldValue: null,
        newValue: JSON.stringify([new Date(at).toISOString()]),
      },
    ],
  });
}

/** The help desk sets a temporary password. */
export function resetByDesk(scene: Scene, facts: { account: Account; at: number; desk: Account; spot: Spot }): void {
  const { account, at, desk, spot } = facts;
  passwordWritten(scene, account, at);
  audit(scene, {
    account,
    at: at + 500,
    activity: 'Reset password (by admin)',
    service: SERVICE,
    doer: { account: desk, ip: spot.ip },
    reason: 'Successfully completed reset.',
    details: { OnPremisesAgent: 'None' },
  });
}

/** Somebody who knows the old password sets a new one. */
export function changePassword(
  scene: Scene,
  facts: { account: Account; at: number; spot: Spot; device: Device },
): void {
  const { account, at, spot, device } = facts;
  const doer = { account, ip: spot.ip, userAgent: device.userAgent };
  audit(scene, { account, at, activity: 'Change user password', service: 'Core Directory', doer });
  audit(scene, {
    account,
    at: at + 800,
    activity: 'Change password (self-service)',
    service: SERVICE,
    doer,
    reason: 'None',
  });
}
