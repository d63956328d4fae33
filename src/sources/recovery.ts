/**
 * Which step of a self-service password reset a record tells.
 *
 * Microsoft documents none of these texts; they come from published hunting queries and transcribed audit trails, so
 * they are matched loosely, and a text that is not recognized is step `other`: counted, never dropped.
 */

/** A step of an attempt, in the order of the flow. */
export type RecoveryStep =
  | 'submitted'
  | 'options'
  | 'gate_started'
  | 'gate_completed'
  | 'gate_failed'
  | 'verified'
  | 'password_submitted'
  | 'completed'
  | 'unlocked'
  | 'cancelled'
  | 'not_enabled'
  | 'insufficient_methods'
  | 'blocked'
  | 'other';

/** What a person must show at a gate. */
export type RecoveryGate = 'sms' | 'voice' | 'email' | 'app_push' | 'app_code' | 'questions' | 'other';

/** One record's part in an attempt. */
export interface Recovery {
  readonly step: RecoveryStep;
  /** Only for `gate_*`. */
  readonly gate?: RecoveryGate;
}

/** In order: the first that matches names the gate. "Mobile app code" must come before "mobile". */
const GATES: readonly (readonly [RegExp, RecoveryGate])[] = [
  [/question/, 'questions'],
  [/(?:app|authenticator|token|oath).*(?:code|otp|pin)|software token|hardware token|\btotp\b/, 'app_code'],
  [/(?:app|authenticator).*(?:notif|push|approv|prompt)|push notification/, 'app_push'],
  [/sms|text message/, 'sms'],
  [/voice|call|office phone/, 'voice'],
  [/e-?mail/, 'email'],
];

const FAILED = /fail|incorrect|wrong|invalid|denied|declin|expired|timed? ?out|unable|could not|couldn't|did not/;

/** In order: the first that matches names the step. */
const STEPS: readonly (readonly [RegExp, RecoveryStep])[] = [
  [/insufficient authentication methods|not registered|no authentication methods/, 'insufficient_methods'],
  [/not enabled|not allowed to reset|isn't enabled/, 'not_enabled'],
  [/submitted (?:their|a|the) user ?-?id|submitted (?:their|the) user ?name/, 'submitted'],
  [/presented with .*options/, 'options'],
  [/completed all .*verification/, 'verified'],
  [/successfully (?:completed )?reset|reset (?:their )?password successfully/, 'completed'],
  [/unlocked/, 'unlocked'],
  [/cancel+ed/, 'cancelled'],
  [/blocked|too many|locked out|throttled/, 'blocked'],
];

/** How many different texts are remembered; Entra writes a few dozen. */
const REMEMBERED = 512;
const remembered = new Map<string, Recovery>();

/**
 * The step of one audit record, or `undefined` for an activity that is no part of the self-service flow.
 * @param activity Activity name, lower case, trimmed.
 */
export function recoveryOf(
  activity: string,
  succeeded: boolean,
  facts: { readonly reason: () => string | undefined },
): Recovery | undefined {
  switch (activity) {
    case 'self-service password reset flow activity progress':
      return stepOfReason(facts.reason() ?? '', succeeded);
    case 'reset password (self-service)':
      return { step: succeeded ? 'completed' : 'other' };
    case 'unlock user account (self-service)':
      return { step: succeeded ? 'unlocked' : 'other' };
    case 'blocked from self-service password reset':
      return { step: 'blocked' };
    default:
      return undefined;
  }
}

function stepOfReason(reason: string, succeeded: boolean): Recovery {
  const key = succeeded ? reason : `! ${reason}`;
  const known = remembered.get(key);
  if (known) return known;
  const recovery = readReason(normalizeReason(reason), succeeded);
  if (remembered.size >= REMEMBERED) remembered.clear();
  remembered.set(key, recovery);
  return recovery;
}

/** Lower case, blanks collapsed, trailing dots and blanks removed. */
function normalizeReason(reason: string): string {
  return reason
    .toLowerCase()
    .replaceAll('’', "'")
    .replace(/\s+/g, ' ')
    .replace(/[\s.]+$/, '')
    .trim();
}

function readReason(reason: string, succeeded: boolean): Recovery {
  const step = STEPS.find(([pattern]) => pattern.test(reason))?.[1];
  if (step) return { step };
  if (/submitted (?:a|the|their) new password/.test(reason)) {
    return { step: succeeded ? 'password_submitted' : 'other' };
  }
  const gate = GATES.find(([pattern]) => pattern.test(reason))?.[1] ?? 'other';
  const namesGate = gate !== 'other' || /verification|gate/.test(reason);
  if (!namesGate) return { step: 'other' };
  if (!succeeded || FAILED.test(reason)) return { step: 'gate_failed', gate };
  if (/start|sent|requested|began/.test(reason)) return { step: 'gate_started', gate };
  if (/complet|passed|verified|succe/.test(reason)) return { step: 'gate_completed', gate };
  return { step: 'other' };
}
