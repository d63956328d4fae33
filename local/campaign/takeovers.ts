/** How four accounts are lost, each in its own way, and how they are cleaned up a day later. */
import type { Act } from './attack-plan.ts';
import { audit, phoneChange, securityInfo, self } from './audit-shape.ts';
import { cleanUp } from './clean-up.ts';
import { consent } from './consent-shape.ts';
import { attackClient, type Device } from './devices.ts';
import { ATTACKER_PHONE, forwardMail, hideMail, registerPhone, relayedSignIn } from './foothold.ts';
import { codeMail, deleteMail, mailboxAct, readMail, resetMail } from './mailbox-shape.ts';
import { type Account, DAY, HOUR, MINUTE, type Scene, SECOND } from './options.ts';
import type { Resident } from './people.ts';
import { ATTACK_NETWORKS, attackSpot, type Spot } from './places.ts';
import type { Random } from './random.ts';
import { changePassword, resetByDesk, startFlow } from './recovery-flow.ts';
import { riskDetection } from './risk-shape.ts';
import { signIn } from './sign-in-shape.ts';

/** The sequences that end in a compromised account. */
export type TakeoverKind =
  | 'secondary_mailbox'
  | 'sim_swap'
  | 'push_approved'
  | 'relay_phishing'
  | 'help_desk'
  | 'poisoned_channel';

/** The last attempt on the victim, and who will clean up. */
export interface TakeoverStart {
  readonly person: Resident;
  readonly at: number;
  readonly flow: string;
  readonly spot: Spot;
  readonly device: Device;
  readonly desk: Resident;
  readonly random: Random;
}

/** A takeover as acts; `lockout` = while the owner's password does not work. */
export interface Takeover {
  readonly acts: readonly Act[];
  readonly lockout?: { readonly from: number; readonly until: number };
}

/** Plans one takeover. */
export function planTakeover(kind: TakeoverKind, start: TakeoverStart): Takeover {
  switch (kind) {
    case 'secondary_mailbox':
      return byFlow(start, [lootSecondary(start)], resetThroughSecondary);
    case 'sim_swap':
      return byFlow(start, [], resetThroughSms);
    case 'push_approved':
      return byFlow(start, [], resetThroughPush);
    case 'relay_phishing':
      return byRelay(start);
    case 'help_desk':
      return byDesk(start);
    case 'poisoned_channel':
      return byFlow(start, poison(start), resetThroughPoison);
  }
}

function byFlow(
  start: TakeoverStart,
  before: readonly Act[],
  play: (scene: Scene, start: TakeoverStart) => void,
): Takeover {
  const until = start.at + start.random.int(18, 30) * HOUR;
  const act = { at: start.at, play: (scene: Scene) => play(scene, start) };
  return {
    acts: [...before, act, cleanUp(start, until)],
    lockout: { from: start.at + 2 * MINUTE, until: until + HOUR },
  };
}

/** Forty minutes before: into the second mailbox with a stolen password. */
function lootSecondary({ person, at, spot, device }: TakeoverStart): Act {
  const account = person.secondary as Account;
  const before = at - 40 * MINUTE;
  const play = (scene: Scene) => {
    const request = signIn(scene, { account, at: before, spot, device });
    riskDetection(scene, {
      account,
      at: before,
      spot,
      device,
      type: 'unfamiliarFeatures',
      state: 'atRisk',
      timing: 'offline',
      request,
    });
    readMail(scene, account, before + 4 * MINUTE, spot.ip, 'Bind');
  };
  return { at: before, play };
}

function resetThroughSecondary(scene: Scene, start: TakeoverStart): void {
  const { person, spot } = start;
  const secondary = person.secondary as Account;
  const flow = openFlow(scene, start).start('email');
  const code = codeMail(scene, secondary, flow.now() + 25 * SECOND);
  readMail(scene, secondary, flow.now() + 40 * SECOND, spot.ip, 'Bind', code);
  deleteMail(scene, secondary, flow.now() + 55 * SECOND, spot.ip, code, 'Example Org account email verification code');
  const done = flow.pass('email').reset([person]).now();
  const notice = resetMail(scene, secondary, done + 20 * SECOND);
  deleteMail(scene, secondary, done + 90 * SECOND, spot.ip, notice, 'Your password has been reset');
  signIn(scene, { account: person, at: done + 45 * SECOND, spot, device: start.device });
  registerPhone(scene, start, done + 4 * MINUTE);
  hideMail(scene, start, done + 9 * MINUTE);
}

function resetThroughSms(scene: Scene, start: TakeoverStart): void {
  const { person, spot, device } = start;
  const flow = openFlow(scene, start).start('sms').fail('sms').start('sms').pass('sms').reset([person]);
  const done = flow.now();
  signIn(scene, { account: person, at: done + 50 * SECOND, spot, device, factor: 'Text message' });
  readMail(scene, person, done + 3 * MINUTE, spot.ip, 'Sync');
  forwardMail(scene, start, done + 6 * MINUTE);
  const doer = self(person, spot, device);
  securityInfo(scene, {
    account: person,
    at: done + 11 * MINUTE,
    doer,
    activity: 'User registered security info',
    method: 'Microsoft Authenticator',
    reason: 'User registered Authenticator App with Notification and Code',
  });
}

/** The owner approves the push for "IT support"; every method is replaced within a quarter of an hour (Storm-2949). */
function resetThroughPush(scene: Scene, start: TakeoverStart): void {
  const { person, spot, device } = start;
  const done = openFlow(scene, start).start('app_push').pass('app_push').reset([person]).now();
  signIn(scene, {
    account: person,
    at: done + 40 * SECOND,
    spot,
    device,
    app: 'My Signins',
    factor: 'Mobile app notification',
  });
  const base = { account: person, doer: self(person, spot, device) };
  const authenticator = {
    method: 'Microsoft Authenticator',
    reason: 'User registered Authenticator App with Notification and Code',
  };
  const correlationId = scene.random.uuid();
  const info = (
    minutes: number,
    activity: string,
    more: { method?: string; reason?: string; correlationId?: string },
  ) => securityInfo(scene, { ...base, at: done + minutes * MINUTE, activity, ...more });
  info(2, 'User deleted security info', { method: 'Mobile Phone' });
  info(3, 'User deleted security info', { method: 'Microsoft Authenticator' });
  info(4, 'User started security info registration', { correlationId });
  info(6, 'User registered security info', { ...authenticator, correlationId });
  info(6.1, 'User registered all required security info', { correlationId });
  info(8, 'User changed default security info', { method: 'Microsoft Authenticator' });
  for (let file = 0; file < 60; file++) {
    const data = { SourceFileName: `document-${file}.docx`, SiteUrl: 'https://example-my.example.org/personal/' };
    mailboxAct(scene, {
      account: person,
      at: done + 15 * MINUTE + file * 17 * SECOND,
      operation: 'FileDownloaded',
      ip: spot.ip,
      data,
    });
  }
}

/** Five days before: a relayed sign-in leaves the attackers' phone behind; the clean-up overlooks it. */
function poison(start: TakeoverStart): Act[] {
  const { person, random } = start;
  const inside = { person, spot: attackSpot(ATTACK_NETWORKS + 1, random), device: attackClient(random) };
  const at = start.at - 5 * DAY;
  const play = (scene: Scene) => {
    relayedSignIn(scene, inside, at);
    registerPhone(scene, inside, at + 6 * MINUTE);
  };
  return [{ at, play }, cleanUp(start, at + 4 * HOUR, true)];
}

function resetThroughPoison(scene: Scene, start: TakeoverStart): void {
  const { person, spot, device } = start;
  const done = openFlow(scene, start).start('sms').pass('sms').reset([person]).now();
  signIn(scene, { account: person, at: done + 45 * SECOND, spot, device, factor: 'Text message' });
  hideMail(scene, start, done + 7 * MINUTE);
}

/** A day after the last look: password and code typed into a page that passes them on. No reset at all. */
function byRelay(start: TakeoverStart): Takeover {
  const { person, random } = start;
  const inside = { person, spot: attackSpot(ATTACK_NETWORKS + 2, random), device: attackClient(random) };
  const at = start.at + random.int(20, 30) * HOUR;
  const play = (scene: Scene) => {
    relayedSignIn(scene, inside, at);
    registerPhone(scene, inside, at + 6 * MINUTE);
    const doer = self(person, inside.spot, inside.device);
    const minute = (minutes: number) => ({ account: person, at: at + minutes * MINUTE });
    audit(scene, { ...minute(11), activity: 'Create application password for user', service: 'Core Directory', doer });
    signIn(scene, {
      ...minute(16),
      spot: inside.spot,
      device: inside.device,
      client: 'IMAP4',
      app: 'Office 365 Exchange Online',
    });
    readMail(scene, person, at + 17 * MINUTE, inside.spot.ip, 'Sync');
    consent(scene, { ...minute(24), doer, app: 'Mail Backup', scopes: 'openid offline_access Mail.Read' });
    hideMail(scene, inside, at + 31 * MINUTE);
  };
  return { acts: [{ at, play }, cleanUp(start, at + 26 * HOUR)] };
}

/** A voice on the phone asks the help desk for a new password, and then for a new number. */
function byDesk(start: TakeoverStart): Takeover {
  const { person, desk, random } = start;
  const inside = { person, spot: attackSpot(ATTACK_NETWORKS + 3, random), device: attackClient(random) };
  const at = start.at + random.int(5, 24) * HOUR;
  const spot = desk.office ?? desk.home;
  const play = (scene: Scene) => {
    const there = { account: person, spot: inside.spot, device: inside.device };
    resetByDesk(scene, { account: person, at, desk, spot });
    const entered = at + scene.random.int(20, 30) * SECOND;
    signIn(scene, { ...there, at: entered, code: 50055 });
    const changed = entered + scene.random.int(25, 45) * SECOND;
    changePassword(scene, { ...there, at: changed });
    const doer = { account: desk, ip: spot.ip };
    securityInfo(scene, {
      account: person,
      at: changed + 4 * MINUTE,
      doer,
      activity: 'Admin updated security info',
      method: 'Mobile Phone',
    });
    phoneChange(scene, {
      account: person,
      at: changed + 4 * MINUTE + SECOND,
      doer,
      from: person.number,
      to: ATTACKER_PHONE,
    });
    signIn(scene, { ...there, at: changed + 6 * MINUTE, factor: 'Text message' });
    hideMail(scene, inside, changed + 12 * MINUTE);
  };
  const until = at + 20 * HOUR;
  return { acts: [{ at, play }, cleanUp(start, until)], lockout: { from: at, until: until + HOUR } };
}

function openFlow(scene: Scene, { person, at, spot, device, flow }: TakeoverStart) {
  return startFlow(scene, { account: person, at, spot, device, correlationId: flow }).options();
}
