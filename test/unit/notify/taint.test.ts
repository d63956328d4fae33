import { describe, expect, it } from 'vitest';
import type { ContactChannel, EnrolledPerson } from '../../../src/model/enrolled-person.ts';
import type { Finding } from '../../../src/model/finding.ts';
import { type ChannelUse, judgeChannel, type TaintContext } from '../../../src/notify/taint.ts';
import {
  ago,
  breakIn,
  channel,
  DAY_MS,
  delivery,
  finding,
  NOW,
  PHONE,
  PRIVATE,
  person,
  plan,
  signal,
  WORK,
} from './plan-situation.ts';

/** Stands for the keyed hash. */
const hashContact = (kind: string, value: string) => `${kind}:${value}`;
const onFile = (kind: 'email' | 'phone', value: string, addedAt = ago(100 * DAY_MS)) => ({
  kind,
  hash: hashContact(kind, value),
  addedAt,
});

function judge(one: ContactChannel, more: Partial<TaintContext> = {}): ChannelUse {
  return judgeChannel(one, {
    person: person({ channels: [one] }),
    finding: breakIn(),
    deliveries: [],
    sendable: new Set(['email', 'sms']),
    reproveDays: 180,
    hashContact,
    now: NOW,
    ...more,
  });
}

function says(use: ChannelUse): string {
  return use.use === 'full' ? 'full' : `${use.use} ${use.why}`;
}

const gate = (name: string) => signal({ rule: 'sspr-gate-started-new-place', recordId: `g-${name}`, gate: name });
const withGate = (name: string, more: Partial<Finding> = {}) => finding({ evidence: [signal(), gate(name)], ...more });

describe('what may be sent over a channel', () => {
  it.each<[string, ContactChannel, string]>([
    ['proven and untouched', PHONE, 'full'],
    ['the attacked mailbox', WORK, 'desk-line affected-mailbox'],
    ['the attacked mailbox, written otherwise', channel('c', ' Jane@Example.org'), 'desk-line affected-mailbox'],
    ['never proven', { ...PHONE, provenAt: undefined }, 'none unproven'],
    ['proof older than 180 days', { ...PHONE, provenAt: ago(181 * DAY_MS) }, 'desk-line proof-expired'],
    ['proof of 180 days', { ...PHONE, provenAt: ago(180 * DAY_MS) }, 'full'],
    ['stopped', { ...PHONE, lost: { at: NOW, why: 'stopped' } }, 'none lost'],
    ['replaced last month', { ...PHONE, retiredAt: ago(31 * DAY_MS) }, 'desk-line replaced'],
    [
      'replaced so long ago that somebody else may have it',
      { ...PHONE, retiredAt: ago(91 * DAY_MS) },
      'none long-replaced',
    ],
  ])('%s', (_, one, expected) => {
    expect(says(judge(one))).toBe(expected);
  });

  it('what nothing carries, or the safety plan forbids', () => {
    expect(says(judge(PHONE, { sendable: new Set(['email']) }))).toBe('none no-transport');
    const strict = person({ safetyPlan: { wording: 'normal', channels: ['c_private'] } });
    expect(says(judge(PHONE, { person: strict }))).toBe('none not-allowed');
    expect(says(judge(PRIVATE, { person: strict }))).toBe('full');
  });

  it('an attacked account that logs know by its id only', () => {
    const evidence = [signal({ account: '0a0a0a0a-0000-4000-8000-000000000001' })];
    expect(says(judge(WORK, { finding: finding({ evidence }) }))).toBe('desk-line affected-mailbox');
  });

  it('the linked mailbox that received what the attacker asked for', () => {
    const mail = signal({ rule: 'recovery-code-mail', source: 'provider-mail', account: 'jane@private.example' });
    expect(says(judge(PRIVATE, { finding: finding({ evidence: [signal(), mail] }) }))).toBe(
      'desk-line affected-mailbox',
    );
  });
});

describe('who received the verification message', () => {
  const both = { recovery: [onFile('email', 'jane@private.example'), onFile('phone', '+15550100')] };
  const bare = { recovery: [] };
  const cases: [string, string, Partial<EnrolledPerson>, Partial<Finding>, string, string][] = [
    ['by mail, and it is on file', 'email', both, {}, 'full', 'desk-line received-verification'],
    ['by SMS, and it is on file', 'sms', both, {}, 'desk-line received-verification', 'full'],
    ['by a call, and it is on file', 'voice', both, {}, 'desk-line received-verification', 'full'],
    ['by app: nothing was sent', 'app_push', both, {}, 'full', 'full'],
    ['by SMS to another number on file', 'sms', { recovery: [onFile('phone', '+15550133')] }, {}, 'full', 'full'],
    ['by SMS, nothing on file, only tried', 'sms', bare, {}, 'full', 'full'],
    [
      'by SMS, nothing on file, and somebody got in',
      'sms',
      bare,
      { outcome: 'compromised' },
      'desk-line received-verification',
      'full',
    ],
    [
      'by mail, only a phone on file, and somebody got in',
      'email',
      { recovery: [onFile('phone', '+15550133')] },
      { outcome: 'compromised' },
      'full',
      'desk-line received-verification',
    ],
  ];
  it.each(cases)('%s', (_, name, who, what, phone, mail) => {
    const channels = [PHONE, PRIVATE];
    const more = { person: person({ channels, ...who }), finding: withGate(name, what) };
    expect([says(judge(PHONE, more)), says(judge(PRIVATE, more))]).toEqual([phone, mail]);
  });

  it('without a key nothing can be compared: as if nothing were on file', () => {
    const context = {
      person: person({ channels: [PHONE], recovery: [onFile('phone', '+15550133')] }),
      deliveries: [],
      sendable: new Set(['sms'] as const),
      reproveDays: 180,
      now: NOW,
    };
    const got = withGate('sms', { outcome: 'compromised' });
    expect(says(judgeChannel(PHONE, { ...context, finding: got }))).toBe('desk-line received-verification');
    expect(says(judgeChannel(PHONE, { ...context, finding: withGate('sms') }))).toBe('full');
  });
});

describe('added lately', () => {
  const lately = (days: number) =>
    channel('c_new', '+15550177', { addedAt: ago(days * DAY_MS), provenAt: ago(days * DAY_MS) });
  const at = (one: ContactChannel, who: Partial<EnrolledPerson> = {}, what: Partial<Finding> = {}) =>
    says(judge(one, { person: person({ channels: [PRIVATE, one], ...who }), finding: breakIn(what) }));

  it.each([
    ['29 days ago', lately(29), 'desk-line added-lately'],
    ['30 days ago', lately(30), 'full'],
    ['in the chain’s window, however long ago that began', lately(0.05), 'desk-line added-lately'],
  ])('%s', (_, one, expected) => {
    expect(at(one)).toBe(expected);
  });

  it('in the window of a chain that began two months ago', () => {
    expect(at(lately(45), {}, { first: ago(60 * DAY_MS), last: NOW })).toBe('desk-line added-lately');
  });

  it('what a person comes with is no change: they could not be told anything for a month otherwise', () => {
    const yesterday = { enrolledAt: ago(DAY_MS), channels: [lately(1)] };
    expect(at(lately(1), yesterday)).toBe('full');
    const byGroup = { enrolledAt: ago(20 * DAY_MS), channels: [lately(10)] };
    expect(at(lately(10), byGroup)).toBe('full');
    expect(at(lately(10), { enrolledAt: ago(20 * DAY_MS), channels: [lately(10), PRIVATE] })).toBe(
      'desk-line added-lately',
    );
  });

  it('enrolled while the attack goes on: what was added in its window is not trusted', () => {
    const inWindow = lately(1.5 / 24);
    expect(at(inWindow, { enrolledAt: ago(1.5 * 3600_000), channels: [inWindow] })).toBe('desk-line added-lately');
  });

  it('it became a recovery address last week', () => {
    const recovery = [onFile('phone', '+15550100', ago(7 * DAY_MS))];
    expect(at(PHONE, { recovery, channels: [PHONE] })).toBe('desk-line added-lately');
  });
});

describe('the last delivery', () => {
  const [notice] = plan({ finding: breakIn() }).notices;
  if (!notice) throw new Error('nothing planned');
  const at = (day: number, status: 'delivered' | 'failed', why?: string) =>
    delivery(
      { ...notice, id: `n_${day}`, channel: PHONE.id },
      { status, times: { [status]: ago(day * DAY_MS) }, ...(why && { why }) },
    );
  it.each([
    ['failed', [at(1, 'failed', 'BOUNCED')], 'desk-line last-delivery-failed'],
    [
      'failed, and one before arrived',
      [at(1, 'failed', 'NO_REPORT'), at(2, 'delivered')],
      'desk-line last-delivery-failed',
    ],
    ['arrived, and one before failed', [at(2, 'failed', 'BOUNCED'), at(1, 'delivered')], 'full'],
    ['failed because of us', [at(1, 'failed', 'MISCONFIGURED')], 'full'],
    ['failed on the provider’s bad day', [at(1, 'failed', 'UNAVAILABLE')], 'full'],
  ])('%s', (_, deliveries, expected) => {
    expect(says(judge(PHONE, { deliveries }))).toBe(expected);
  });

  it('says nothing of other channels', () => {
    const other = delivery({ ...notice, channel: 'c_private' }, { status: 'failed', why: 'BOUNCED' });
    expect(says(judge(PHONE, { deliveries: [other] }))).toBe('full');
  });
});
