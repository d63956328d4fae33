/** Benign stories about devices, methods and mailboxes. */

import { audit, phoneChange, securityInfo, self } from './audit-shape.ts';
import { consent } from './consent-shape.ts';
import { borrowedComputer, type Device } from './devices.ts';
import { mailboxAct } from './mailbox-shape.ts';
import { HOUR, MINUTE, SECOND } from './options.ts';
import { phoneNumber } from './people.ts';
import { friendSpot, type Spot } from './places.ts';
import { signIn } from './sign-in-shape.ts';
import type { Telling } from './stories.ts';

/** A new phone: the old Authenticator goes and the new one comes, in one action on the known computer. */
export function renewPhone({ scene, person, at, spot, laptop }: Telling): void {
  const { random } = scene;
  signIn(scene, { account: person, at, spot, device: laptop, app: 'My Signins', factor: 'Text message' });
  const base = { account: person, correlationId: random.uuid(), doer: self(person, spot, laptop) };
  const method = 'Microsoft Authenticator';
  const gone = at + random.int(1, 4) * MINUTE;
  securityInfo(scene, {
    ...base,
    at: gone,
    activity: 'User deleted security info',
    method,
    reason: 'User deleted Authenticator App with Notification and Code',
  });
  securityInfo(scene, {
    ...base,
    at: gone + MINUTE,
    activity: 'User registered security info',
    method,
    reason: 'User registered Authenticator App with Notification and Code',
  });
  if (!random.chance(0.3)) return;
  const doer = { account: person, ip: '' };
  phoneChange(scene, {
    account: person,
    at: gone + 3 * MINUTE,
    doer,
    from: person.number,
    to: phoneNumber(79_999 - person.index),
  });
}

/** A new computer: set up at home, known from the next day on. */
export function changeDevice(telling: Telling): void {
  const { scene, person, at, laptop } = telling;
  const spot = person.home;
  const device = person.nextLaptop;
  const { random } = scene;
  signIn(scene, {
    account: person,
    at,
    spot,
    device: { ...device, id: '', name: '', managed: false },
    factor: 'Mobile app notification',
  });
  registerDevice(telling, at + 2 * MINUTE, spot, device);
  signIn(scene, {
    account: person,
    at: at + random.int(10, 60) * MINUTE,
    spot,
    device,
    factor: 'Previously satisfied',
  });
  signIn(scene, { account: person, at: at + 2 * HOUR, spot, device: laptop });
}

/** The passkey rollout: two records for one passkey, the first without the id of its target. */
export function addPasskey({ scene, person, at, spot, laptop }: Telling): void {
  const { random } = scene;
  signIn(scene, { account: person, at, spot, device: laptop, app: 'My Signins', factor: 'Mobile app notification' });
  const base = { account: person, correlationId: random.uuid(), doer: self(person, spot, laptop) };
  const done = at + random.int(60, 240) * SECOND;
  audit(scene, {
    ...base,
    at: done,
    activity: 'Add Passkey (device-bound)',
    service: 'Device Registration Service',
    operation: 'Add',
    targetId: false,
    details: { WebAuthnInfo: 'example', AAGuid: 'de1e552d-db1d-4423-a619-566b625cdc84' },
  });
  securityInfo(scene, {
    ...base,
    at: done + SECOND,
    activity: 'User registered security info',
    method: 'Passkey (device-bound)',
  });
}

/** A consent that gives an application the calendar or nothing much. */
export function consentToApp({ scene, person, at, spot, laptop }: Telling): void {
  const { random } = scene;
  signIn(scene, { account: person, at, spot, device: laptop });
  const [app, scopes] = random.pick([
    ['Meeting Planner', 'openid profile User.Read Calendars.Read'],
    ['Whiteboard', 'openid profile email User.Read'],
    ['Survey Forms', 'openid profile User.Read offline_access'],
  ] as const);
  consent(scene, { account: person, at: at + 2 * MINUTE, doer: self(person, spot, laptop), app, scopes });
}

/** A rule that tidies newsletters away. */
export function makeInboxRule({ scene, person, at, spot, laptop }: Telling): void {
  const { random } = scene;
  signIn(scene, { account: person, at, spot, device: laptop, app: 'One Outlook Web' });
  const [name, words] = random.pick([
    ['Newsletters', 'newsletter;digest'],
    ['Travel', 'itinerary;boarding'],
    ['Invoices', 'invoice'],
  ] as const);
  const parameters = { Name: name, SubjectContainsWords: words, MoveToFolder: name, StopProcessingRules: 'True' };
  mailboxAct(scene, {
    account: person,
    at: at + random.int(2, 9) * MINUTE,
    operation: 'New-InboxRule',
    ip: spot.ip,
    parameters,
  });
}

/** Reads mail on a friend's computer, once, and does nothing else. */
export function borrowComputer({ scene, person, at }: Telling): void {
  const { random } = scene;
  const spot = friendSpot(random, person.city);
  signIn(scene, { account: person, at, spot, device: borrowedComputer(random), factor: 'Mobile app notification' });
}

/** A newcomer: the account is made, the first sign-in asks for security info, three records of it follow. */
export function joinTenant(telling: Telling): void {
  const { scene, person, laptop, desk } = telling;
  const { random } = scene;
  const spot = person.office ?? person.home;
  const doer = { account: desk, ip: (desk.office ?? desk.home).ip };
  const unmanaged = { ...laptop, id: '', name: '', managed: false };
  audit(scene, {
    account: person,
    at: telling.at,
    activity: 'Add user',
    service: 'Core Directory',
    operation: 'Add',
    doer,
  });
  const at = telling.at + random.int(60, 180) * MINUTE;
  if (random.chance(0.3)) issuePass(scene, person, telling.at + HOUR / 2, doer);
  signIn(scene, { account: person, at, spot, device: unmanaged, code: 50072 });
  signIn(scene, { account: person, at: at + 20 * SECOND, spot, device: unmanaged, code: 50079 });
  const started = at + 2 * MINUTE;
  enroll(telling, started, spot);
  signIn(scene, { account: person, at: started + 3 * MINUTE, spot, device: laptop, factor: 'Mobile app notification' });
  registerDevice(telling, started + 5 * MINUTE, spot, laptop);
}

/** Three records for one enrollment, and the phone number in a fourth. */
function enroll({ scene, person, laptop }: Telling, started: number, spot: Spot): void {
  const base = { account: person, correlationId: scene.random.uuid(), doer: self(person, spot, laptop) };
  const method = 'Microsoft Authenticator';
  securityInfo(scene, { ...base, at: started, activity: 'User started security info registration' });
  securityInfo(scene, {
    ...base,
    at: started + 80 * SECOND,
    activity: 'User registered security info',
    method,
    reason: 'User registered Authenticator App with Notification and Code',
  });
  securityInfo(scene, { ...base, at: started + 82 * SECOND, activity: 'User registered all required security info' });
  phoneChange(scene, {
    account: person,
    at: started + 85 * SECOND,
    doer: { account: person, ip: '' },
    from: null,
    to: person.number,
  });
}

function registerDevice({ scene, person }: Telling, at: number, spot: Spot, device: Device): void {
  audit(scene, {
    account: person,
    at,
    activity: 'Register device',
    service: 'Device Registration Service',
    category: 'Device',
    operation: 'Add',
    doer: self(person, spot, device),
  });
}

/** The help desk makes a Temporary Access Pass for a first sign-in. */
function issuePass(
  scene: Telling['scene'],
  person: Telling['person'],
  at: number,
  doer: { account: Telling['desk']; ip: string },
): void {
  const times = [new Date(at).toISOString(), new Date(at + HOUR).toISOString()];
  const property = (name: string, value: string | undefined) => ({
    displayName: `TemporaryAccessPass.${name}`,
    oldValue: '""',
    newValue: JSON.stringify(value),
  });
  securityInfo(scene, {
    account: person,
    at,
    doer,
    activity: 'Admin registered security info',
    reason: 'Admin registered temporary access pass method for user',
    modified: [
      property('Id', scene.random.uuid()),
      property('StartDateTime', times[0]),
      property('EndDateTime', times[1]),
      property('AccessPassUsage', 'Once'),
    ],
  });
}
