import { describe, expect, it } from 'vitest';
import type { CampaignRecord } from '../../../local/campaign.ts';
import { changesOf } from '../../../local/graph-simulator/campaign-changes.ts';

const AT = '2026-09-02T10:00:00.1230000Z';
const findUser = (key: string) => (['dana-id', 'dana@example.org'].includes(key) ? 'dana-id' : undefined);
const arrivesAt = new Date('2026-09-02T10:05:00Z');

function audit(activityDisplayName: string, more: object = {}, target: object = {}): CampaignRecord {
  const record = {
    id: 'r1',
    activityDisplayName,
    activityDateTime: AT,
    targetResources: [{ id: 'dana-id', userPrincipalName: 'dana@example.org', modifiedProperties: [], ...target }],
    additionalDetails: [],
    ...more,
  };
  return { source: 'directory-audits', record, arrivesAt };
}

const details = (phone: string | null) => ({
  modifiedProperties: [
    {
      displayName: 'StrongAuthenticationUserDetails',
      oldValue: '[]',
      newValue: JSON.stringify([{ PhoneNumber: phone, Email: null }]),
    },
  ],
});
const method = (value: string) => ({ additionalDetails: [{ key: 'AuthenticationMethod', value }] });

describe('what an audit record changes', () => {
  it.each([
    [
      'a reset',
      audit('Reset user password'),
      [
        { kind: 'patch', change: { lastPasswordChangeDateTime: AT } },
        {
          kind: 'add-method',
          method: { '@odata.type': '#microsoft.graph.passwordAuthenticationMethod', createdDateTime: AT },
        },
      ],
    ],
    [
      'the end of sessions',
      audit('Update StsRefreshTokenValidFrom Timestamp'),
      [{ kind: 'patch', change: { signInSessionsValidFromDateTime: AT } }],
    ],
    [
      'another phone',
      audit('Update user', {}, details('+1 2005550199')),
      [{ kind: 'add-method', method: { phoneNumber: '+1 2005550199', phoneType: 'mobile' } }, { kind: 'touch' }],
    ],
    ['no phone', audit('Update user', {}, details(null)), [{ kind: 'remove-methods', of: 'phone' }, { kind: 'touch' }]],
    [
      'a new Authenticator',
      audit('User registered security info', method('Microsoft Authenticator')),
      [
        {
          kind: 'add-method',
          method: { '@odata.type': '#microsoft.graph.microsoftAuthenticatorAuthenticationMethod' },
        },
      ],
    ],
    [
      'a passkey',
      audit('User registered security info', method('Passkey (device-bound)')),
      [{ kind: 'add-method', method: { '@odata.type': '#microsoft.graph.fido2AuthenticationMethod' } }],
    ],
    [
      'a pass of the desk',
      audit('Admin registered security info', {}, { modifiedProperties: [{ displayName: 'TemporaryAccessPass.Id' }] }),
      [{ kind: 'add-method', method: { '@odata.type': '#microsoft.graph.temporaryAccessPassAuthenticationMethod' } }],
    ],
    [
      'an Authenticator less',
      audit('User deleted security info', method('Microsoft Authenticator')),
      [{ kind: 'remove-methods', of: 'microsoftAuthenticator' }],
    ],
    [
      'a phone less',
      audit('Admin deleted security info', method('Mobile Phone')),
      [{ kind: 'remove-methods', of: 'phone' }],
    ],
  ])('%s', (_, record, changes) => {
    const happened = changesOf(record, findUser);
    expect(happened?.at).toBe(Date.parse('2026-09-02T10:00:00.123Z'));
    expect(happened?.changes).toMatchObject(changes.map((change) => ({ ...change, user: 'dana-id' })));
  });

  it.each([
    ['a step of a reset', audit('Self-service password reset flow activity progress')],
    ['a phone that comes with a record of its own', audit('User registered security info', method('Mobile Phone SMS'))],
    [
      'another property',
      audit('Update user', {}, { modifiedProperties: [{ displayName: 'StrongAuthenticationPhoneAppDetail' }] }),
    ],
    [
      'an account of nobody here',
      audit('Reset user password', {}, { id: 'other', userPrincipalName: 'other@example.com' }),
    ],
    ['no target', audit('Reset user password', { targetResources: [] })],
    ['a sign-in', { source: 'sign-ins', record: { id: 's', createdDateTime: AT }, arrivesAt } as CampaignRecord],
  ])('nothing: %s', (_, record) => {
    expect(changesOf(record, findUser)).toBeUndefined();
  });

  it('a target without id is found by its name', () => {
    const record = audit('Reset user password', {}, { id: null });
    expect(changesOf(record, findUser)?.changes[0]).toMatchObject({ user: 'dana-id' });
  });
});

describe('what other records change', () => {
  it('an inbox rule', () => {
    const record = {
      id: 'm1',
      createdDateTime: '2026-09-02T10:00:00Z',
      operation: 'New-InboxRule',
      auditData: {
        UserKey: 'dana-id',
        Parameters: [
          { Name: 'Name', Value: '.' },
          { Name: 'SubjectOrBodyContainsWords', Value: 'security;password' },
          { Name: 'DeleteMessage', Value: 'True' },
          { Name: 'MoveToFolder', Value: 'RSS' },
        ],
      },
    };
    expect(changesOf({ source: 'mailbox-activity', record, arrivesAt }, findUser)?.changes).toEqual([
      {
        kind: 'add-rule',
        user: 'dana-id',
        rule: {
          id: 'rule-m1',
          displayName: '.',
          isEnabled: true,
          hasError: false,
          isReadOnly: false,
          conditions: { bodyOrSubjectContains: ['security', 'password'] },
          actions: { delete: true, moveToFolder: 'folder-RSS' },
        },
      },
    ]);
  });

  it('a mail', () => {
    const record = {
      id: 'a-b',
      receivedDateTime: '2026-09-02T10:00:00Z',
      senderAddress: 'no-reply@example.com',
      recipientAddress: 'dana@example.org',
      subject: 'Your code',
      messageId: '<1@example.com>',
    };
    const [change] = changesOf({ source: 'provider-mail', record, arrivesAt }, findUser)?.changes ?? [];
    expect(change).toMatchObject({
      kind: 'mail',
      user: 'dana-id',
      message: {
        id: 'AAMkab=',
        subject: 'Your code',
        internetMessageId: '<1@example.com>',
        internetMessageHeaders: [{ name: 'Authentication-Results', value: expect.stringContaining('dmarc=pass') }],
      },
    });
    const elsewhere = { ...record, recipientAddress: 'x@example.com' };
    expect(changesOf({ source: 'provider-mail', record: elsewhere, arrivesAt }, findUser)).toBeUndefined();
  });
});
