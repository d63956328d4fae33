/** Benign stories about passwords: forgotten, changed, reset by the help desk. */
import { audit } from './audit-shape.ts';
import type { Device } from './devices.ts';
import { codeMail, readMail } from './mailbox-shape.ts';
import { HOUR, MINUTE, type Scene, SECOND } from './options.ts';
import type { Resident } from './people.ts';
import type { Spot } from './places.ts';
import { changePassword, type Gate, resetByDesk, startFlow } from './recovery-flow.ts';
import { signIn } from './sign-in-shape.ts';
import type { Telling } from './stories.ts';

/** Wrong passwords, a lockout, a reset from the usual address, and in again with the known device. */
export function forgetPassword(telling: Telling): void {
  const { scene, person, spot, laptop } = telling;
  const { random } = scene;
  const stuck = mistype(telling, random.int(1, 2), random.chance(0.4));
  const done = recover(telling, stuck + random.int(1, 6) * MINUTE);
  signIn(scene, {
    account: person,
    at: done + random.int(20, 120) * SECOND,
    spot,
    device: laptop,
    factor: 'Previously satisfied',
  });
  if (random.chance(0.3)) writeBack(telling, done);
}

/** The same in a hotel; the known device has been or will be used on the hotel's network within hours. */
export function forgetPasswordAway(telling: Telling): void {
  const { scene, person, spot, laptop } = telling;
  const { random } = scene;
  const early = random.chance(0.5);
  const stuck = mistype(telling, random.int(1, 2), false);
  if (early) signIn(scene, { account: person, at: telling.at, spot, device: laptop, interactive: false });
  const done = recover(telling, stuck + random.int(2, 10) * MINUTE);
  signIn(scene, {
    account: person,
    at: done + random.int(1, 90) * MINUTE,
    spot,
    device: laptop,
    factor: 'Text message',
  });
}

/** Starts a reset at the usual address, remembers the password, and gives it up. */
export function cancelRecovery({ scene, person, at, spot, laptop }: Telling): void {
  const { random } = scene;
  const flow = startFlow(scene, { account: person, spot, device: laptop, at }).options();
  if (random.chance(0.3)) flow.start('sms');
  flow.cancel();
  signIn(scene, { account: person, at: flow.now() + random.int(1, 30) * MINUTE, spot, device: laptop });
}

/** May not reset the password, tries again and again, and remembers it. */
export function retryDisabledRecovery({ scene, person, at, spot, laptop }: Telling): void {
  const { random } = scene;
  let now = at;
  for (let tries = random.int(1, 4); tries > 0; tries--) {
    now = startFlow(scene, { account: person, spot, device: laptop, at: now }).off().now() + random.int(1, 15) * MINUTE;
  }
  signIn(scene, { account: person, at: now, spot, device: laptop });
}

/** Locked out by typos; unlocks the account with the old password. */
export function unlockOwnAccount(telling: Telling): void {
  const { scene, person, spot, laptop } = telling;
  const stuck = mistype(telling, 3, true);
  const flow = startFlow(scene, { account: person, spot, device: laptop, at: stuck + 2 * MINUTE }).options();
  flow.start('app_code').pass('app_code').unlock();
  signIn(scene, { account: person, at: flow.now() + 50 * SECOND, spot, device: laptop });
}

/** Locked out, calls the help desk, uses the temporary password on the own computer and changes it. */
export function getResetByDesk(telling: Telling): void {
  const { scene, person, spot, laptop, desk } = telling;
  const { random } = scene;
  const stuck = mistype(telling, random.int(2, 4), true);
  const reset = stuck + random.int(8, 50) * MINUTE;
  resetByDesk(scene, { account: person, at: reset, desk, spot: desk.office ?? desk.home });
  useTemporaryPassword(scene, { person, spot, laptop, at: reset + random.int(20, 900) * SECOND });
}

/** Signs in with a temporary password, has to change it, and does. */
export function useTemporaryPassword(
  scene: Scene,
  facts: { person: Resident; spot: Spot; laptop: Device; at: number },
): void {
  const { person, spot, laptop, at } = facts;
  signIn(scene, { account: person, at, spot, device: laptop, code: 50055 });
  changePassword(scene, { account: person, at: at + scene.random.int(25, 45) * SECOND, spot, device: laptop });
  signIn(scene, { account: person, at: at + 90 * SECOND, spot, device: laptop, factor: 'Mobile app notification' });
}

/** An ordinary change of password; directory synchronization writes it again two minutes later. */
export function changeOwnPassword(telling: Telling): void {
  const { scene, person, at, spot, laptop } = telling;
  signIn(scene, { account: person, at, spot, device: laptop, app: 'My Signins' });
  changePassword(scene, { account: person, at: at + MINUTE, spot, device: laptop });
  writeBack(telling, at + MINUTE);
}

/** After a change the phone keeps trying the old password until the account is locked. */
export function lockOldPhoneOut(telling: Telling): void {
  const { scene, person, at, spot, laptop, phone } = telling;
  const { random } = scene;
  changePassword(scene, { account: person, at, spot, device: laptop });
  const facts = { account: person, spot: person.home, device: phone };
  for (let tries = 0; tries < 6; tries++) {
    const code = tries < 4 ? 50126 : 50053;
    signIn(scene, { ...facts, at: at + HOUR + tries * random.int(1, 5) * MINUTE, code });
  }
  signIn(scene, { ...facts, at: at + 2 * HOUR });
}

/** The code goes to the person's own second mailbox, read at the same address: the benign twin of the seed case. */
export function recoverByMail({ scene, person, at, spot, laptop }: Telling): void {
  const { secondary } = person;
  if (!secondary) return;
  const flow = startFlow(scene, { account: person, spot, device: laptop, at }).options().start('email');
  const code = codeMail(scene, secondary, flow.now() + 20 * SECOND);
  readMail(scene, secondary, flow.now() + 35 * SECOND, spot.ip, 'Bind', code);
  flow.pass('email').start('app_code').pass('app_code').reset([person, secondary]);
  signIn(scene, {
    account: person,
    at: flow.now() + 70 * SECOND,
    spot,
    device: laptop,
    factor: 'Mobile app notification',
  });
}

/** Wrong passwords from here; returns the time of the last. */
function mistype({ scene, person, at, spot, laptop }: Telling, times: number, locked: boolean): number {
  let now = at;
  for (let tries = 0; tries < times + (locked ? 1 : 0); tries++) {
    now += scene.random.int(8, 50) * SECOND;
    signIn(scene, { account: person, at: now, spot, device: laptop, code: tries < times ? 50126 : 50053 });
  }
  return now;
}

/** Resets the password through one or two gates; returns when it was done. */
function recover({ scene, person, spot, laptop, phone }: Telling, at: number): number {
  const { random } = scene;
  const device = random.chance(0.3) ? phone : laptop;
  const flow = startFlow(scene, { account: person, spot, device, at }).options();
  const gates: readonly Gate[] = random.pick([
    ['app_code'],
    ['sms'],
    ['sms', 'app_code'],
    ['app_push', 'sms'],
  ] as const);
  for (const gate of gates) {
    flow.start(gate);
    if (random.chance(0.15)) flow.fail(gate).start(gate);
    flow.pass(gate);
  }
  return flow.reset([person]).now();
}

/** Directory synchronization brings the new password back from the local directory. */
function writeBack({ scene, person }: Telling, at: number): void {
  audit(scene, {
    account: person,
    at: at + 2 * MINUTE,
    activity: 'Change user password',
    service: 'Core Directory',
    app: 'Microsoft Entra Connect',
  });
}
