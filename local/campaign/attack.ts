/** What the attackers do to people who are probed or attacked but not compromised. */
import { audit } from './audit-shape.ts';
import type { Device } from './devices.ts';
import { codeMail } from './mailbox-shape.ts';
import { HOUR, MINUTE, type Scene, SECOND } from './options.ts';
import type { Resident } from './people.ts';
import type { Spot } from './places.ts';
import { changePassword, type Flow, type Gate, startFlow } from './recovery-flow.ts';
import { riskDetection } from './risk-shape.ts';
import { signIn } from './sign-in-shape.ts';

/** How a look at the recovery options ends. */
export type Probe = 'submitted' | 'options' | 'cancelled' | 'off' | 'insufficient';
/** How a gate is tried in vain. */
export type GateAttack =
  | 'sms_unanswered'
  | 'sms_failed'
  | 'voice_failed'
  | 'email_unanswered'
  | 'push_denied'
  | 'app_code_failed'
  | 'questions_failed'
  | 'half_way'
  | 'blocked';
/** What one attempt does. `takeover` is told in takeovers.ts. */
export type Strike = Probe | GateAttack | 'takeover';

/** Passwords that are tried, and all wrong. */
export const WRONG_PASSWORDS = 'wrong_passwords';

/** Who is attacked from where. */
export interface Target {
  readonly person: Resident;
  readonly at: number;
  readonly spot: Spot;
  readonly device: Device;
}

/** Plays one attempt: one recovery flow. */
export function playAttempt(
  scene: Scene,
  step: Exclude<Strike, 'takeover'>,
  target: Target & { readonly flow: string },
): void {
  const { person, at, spot, device, flow: correlationId } = target;
  const flow = startFlow(scene, { account: person, at, spot, device, correlationId });
  if (step === 'submitted') return;
  if (step === 'off') flow.off();
  else if (step === 'insufficient') flow.insufficient();
  else {
    flow.options();
    if (step === 'cancelled') flow.cancel();
    else if (step !== 'options') tryGate(scene, flow, step, person);
  }
}

function tryGate(scene: Scene, flow: Flow, attack: GateAttack, person: Resident): void {
  const { random } = scene;
  switch (attack) {
    case 'sms_unanswered':
      flow.start('sms');
      if (random.chance(0.3)) flow.start('sms');
      return;
    case 'sms_failed':
      failAt(flow, 'sms', random.int(1, 4), random.chance(0.3));
      return;
    case 'voice_failed':
      failAt(flow, 'voice', random.int(1, 2), random.chance(0.5));
      return;
    case 'email_unanswered':
      flow.start('email');
      if (person.secondary) codeMail(scene, person.secondary, flow.now() + random.int(5, 50) * SECOND);
      return;
    case 'push_denied':
      failAt(flow, 'app_push', random.int(1, 3), false);
      return;
    case 'app_code_failed':
      failAt(flow, 'app_code', random.int(1, 4), random.chance(0.3));
      return;
    case 'questions_failed':
      failAt(flow, 'questions', random.int(1, 3), random.chance(0.5));
      return;
    case 'half_way':
      flow.start('sms').pass('sms');
      failAt(flow, 'app_code', random.int(1, 3), true);
      return;
    case 'blocked':
      failAt(flow, 'sms', 6, false);
      flow.blocked();
  }
}

function failAt(flow: Flow, gate: Gate, times: number, cancels: boolean): void {
  for (let tries = 0; tries < times; tries++) flow.start(gate).fail(gate);
  if (cancels) flow.cancel();
}

/** Codes that are only given once the password was right. */
const BEHIND_THE_PASSWORD = [50074, 50076, 50158, 53003] as const;
const RISKS = ['unfamiliarFeatures', 'anonymizedIPAddress', 'maliciousIPAddress', 'passwordSpray'] as const;

/** Sign-ins from the attackers' address that all fail: at the password, behind it, or at the owner's phone. */
export function playPasswordAttack(
  scene: Scene,
  target: Target,
  attack: typeof WRONG_PASSWORDS | 'password_known' | 'factor_refused',
): void {
  const { random } = scene;
  const { person, at, spot, device } = target;
  const facts = { account: person, spot, device };
  let now = at;
  const wrong = attack === WRONG_PASSWORDS ? random.int(1, 3) : random.int(0, 2);
  for (let tries = 0; tries < wrong; tries++) {
    signIn(scene, { ...facts, at: now, code: 50126 });
    now += random.int(5, 60) * SECOND;
  }
  if (attack === WRONG_PASSWORDS) return;
  const type = random.pick(RISKS);
  const isRisky = random.chance(0.6);
  const code = attack === 'password_known' ? random.pick(BEHIND_THE_PASSWORD) : 50074;
  const request = signIn(scene, { ...facts, at: now, code, ...(isRisky && { risk: type }) });
  const timing = random.chance(0.5) ? 'realtime' : 'offline';
  if (isRisky) riskDetection(scene, { ...facts, at: now, type, state: 'atRisk', timing, request });
  if (attack === 'factor_refused') now = refuse(scene, target, now);
  if (random.chance(0.25)) ownerReacts(scene, person, now + random.int(60, 170) * MINUTE);
}

/** The owner's phone asks again and again, and the owner says no. */
function refuse(scene: Scene, { person, spot, device }: Target, from: number): number {
  const { random } = scene;
  let now = from;
  for (let times = random.int(2, 6); times > 0; times--) {
    now += random.int(20, 90) * SECOND;
    signIn(scene, { account: person, at: now, spot, device, code: 500121 });
  }
  if (random.chance(0.35)) {
    audit(scene, {
      account: person,
      at: now + MINUTE,
      activity: 'Suspicious activity reported',
      service: 'Azure MFA',
      doer: { account: person, ip: '' },
    });
  }
  return now;
}

/** Warned, the owner changes the password at home. */
function ownerReacts(scene: Scene, person: Resident, at: number): void {
  const place = { account: person, spot: person.home, device: person.laptop };
  signIn(scene, { ...place, at, app: 'My Signins', factor: 'Previously satisfied' });
  changePassword(scene, { ...place, at: at + scene.random.int(1, 5) * MINUTE });
  signIn(scene, { ...place, at: at + HOUR / 4 });
}
