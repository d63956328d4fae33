import { describe, expect, it } from 'vitest';
import { audit, auditByAdmin, DANA_ID, eventOf, FLOW, NO_TIME, posternOf, readingOf, step } from './records.ts';

const DANA = { id: DANA_ID, upn: 'dana@example.org' };

describe('who and where', () => {
  it('reads a step of the flow: the account that is claimed, from the place of who claims it', () => {
    const event = eventOf(step('User was presented with verification options'));
    expect(event).toMatchObject({
      source: 'directory-audits',
      id: 'Directory_1',
      at: new Date('2026-03-01T09:14:27.123Z'),
      subject: DANA,
      place: { ip: '198.51.100.23', network: '198.51.100.0/24' },
      arrived: false,
    });
    expect(event.actor).toBeUndefined();
    expect(event.fields.postern).toEqual({
      by: 'self',
      ip: '198.51.100.23',
      network: '198.51.100.0/24',
      recovery: { flow: FLOW, step: 'options' },
    });
  });

  it('in the flow the claimed account is the subject even if the target is written otherwise', () => {
    const record = step('User submitted their user ID', {
      targetResources: [{ id: 'other', type: 'User', userPrincipalName: 'other@example.org' }],
    });
    expect(eventOf(record).subject).toEqual(DANA);
  });

  it('an admin is the actor, the user the subject', () => {
    const event = eventOf(auditByAdmin('Reset password (by admin)'));
    expect(event.subject).toEqual(DANA);
    expect(event.actor).toEqual({ id: 'ac7e68c4-40fe-4b81-a7f7-b484de797cd3', upn: 'admin@example.org' });
    expect(event.fields.postern).toMatchObject({ by: 'admin', actor: 'admin@example.org' });
  });

  it('finds the user among several targets, and "Type" as the documentation spells it', () => {
    const targetResources = [
      { id: 'g', type: 'Group', displayName: 'Staff' },
      { id: DANA_ID, Type: 'User', userPrincipalName: 'dana@example.org' },
    ];
    expect(eventOf(auditByAdmin('Add member to group', { targetResources })).subject).toEqual(DANA);
  });

  it('takes the id of a passkey record from the initiator: its target has only the name', () => {
    const targetResources = [{ id: null, type: 'User', userPrincipalName: 'DANA@example.org' }];
    const event = eventOf(audit('Add Passkey (device-bound)', { targetResources }));
    expect(event.subject).toEqual(DANA);
    expect(event.fields.postern.method).toEqual({ action: 'added', type: 'passkey' });
  });

  it.each([
    [{ user: { userPrincipalName: 'fim_password_service@support.onmicrosoft.com' } }, 'system'],
    [{ user: null, app: { displayName: 'Microsoft password reset service' } }, 'system'],
    [{ user: null, app: { displayName: 'HR Sync' } }, 'app'],
    [{ user: null, app: { appId: '1' } }, 'app'],
    [{ user: { id: DANA_ID, userPrincipalName: null } }, 'self'],
    [undefined, 'system'],
  ])('initiated by %j: %s', (initiatedBy, by) => {
    expect(posternOf(audit('Reset user password', { initiatedBy })).by).toBe(by);
  });

  it('a service has no place', () => {
    const initiatedBy = {
      user: { userPrincipalName: 'fim_password_service@support.onmicrosoft.com', ipAddress: '192.0.2.9' },
    };
    expect(eventOf(audit('Reset user password', { initiatedBy })).place).toEqual({});
  });

  it('reads the client from the details', () => {
    const additionalDetails = [{ key: 'User-Agent', value: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/120.0' }];
    expect(eventOf(audit('Update user', { additionalDetails })).place.client).toBe('linux/firefox');
  });

  it('names the indicator lists that the address is on', () => {
    const user = { id: DANA_ID, userPrincipalName: 'dana@example.org', ipAddress: '203.0.113.5' };
    expect(posternOf(step('User submitted their user ID', { initiatedBy: { user } })).indicator).toEqual([
      'anonymizers',
    ]);
  });
});

describe('texts', () => {
  it.each([
    [
      'Update application – Certificates and secrets management ',
      'Update application – Certificates and secrets management',
    ],
    ['Update user.', 'Update user'],
  ])('"%s"', (written, read) => expect(eventOf(audit(written)).fields.activityDisplayName).toBe(read));

  it('keeps a reason as it is, apart from blanks at the ends', () => {
    const event = eventOf(audit('Reset password (self-service)', { resultReason: 'Successfully completed reset. ' }));
    expect(event.fields.resultReason).toBe('Successfully completed reset.');
  });

  it('does not change the record', () => {
    const record = Object.freeze(audit('Update user. '));
    eventOf(record);
    expect(record.activityDisplayName).toBe('Update user. ');
  });
});

describe('actions', () => {
  it('the records of one reset that share a correlation id are one action', () => {
    const actions = [
      step('User successfully reset password', { id: 'a' }),
      audit('Reset password (self-service)', { id: 'b' }),
      audit('Reset user password', { id: 'c' }),
    ].map((record) => eventOf(record).action);
    expect(new Set(actions)).toEqual(new Set([`reset:${FLOW}`]));
  });

  it('the three records of one enrollment are one action, and one of them added something', () => {
    const records = [
      'User started security info registration',
      'User registered security info',
      'User registered all required security info',
    ].map((activity, index) => audit(activity, { id: `${index}`, resultReason: 'User registered Mobile Phone SMS' }));
    expect(new Set(records.map((record) => eventOf(record).action))).toEqual(new Set([`registration:${FLOW}`]));
    expect(records.map((record) => posternOf(record).method)).toEqual([
      { action: 'started', type: 'phone' },
      { action: 'added', type: 'phone' },
      { action: 'reviewed', type: 'phone' },
    ]);
  });

  it("a passkey's two records are one action", () => {
    const first = eventOf(audit('Add Passkey (device-bound)', { id: 'a' }));
    const second = eventOf(audit('User registered security info', { id: 'b' }));
    expect(first.action).toBe(second.action);
  });

  it('deleting and registering with one correlation id stay two actions', () => {
    const removed = eventOf(audit('User deleted security info', { resultReason: 'User deleted Mobile Phone SMS' }));
    const added = eventOf(audit('User registered security info'));
    expect(removed.action).not.toBe(added.action);
  });

  it('without a correlation id, and for other records, the action is the record', () => {
    expect(eventOf(audit('User registered security info', { correlationId: null })).action).toBe('Directory_1');
    expect(eventOf(step('User submitted their user ID')).action).toBe('Directory_1');
    expect(eventOf(audit('Update user')).action).toBe('Directory_1');
  });
});

describe('records that cannot be read', () => {
  it.each([
    [audit('Update user', { activityDateTime: '9999-12-31T23:59:59Z' }), [`activityDateTime: ${NO_TIME}`]],
    [audit('Update user', { id: '' }), ['id: is empty']],
    [audit('Update user', { id: undefined }), ['id: is missing']],
    [audit('  '), ['activityDisplayName: empty']],
  ])('%#', (record, problems) => expect(readingOf(record)).toEqual({ kind: 'unreadable', problems }));

  it.each([[null], ['x'], [[null, 5, 'x', { modifiedProperties: 'x' }]], [{ type: 'User' }]])(
    'targets that are no targets: %j',
    (targetResources) => expect(readingOf(audit('Update user', { targetResources })).kind).toBe('event'),
  );
});
